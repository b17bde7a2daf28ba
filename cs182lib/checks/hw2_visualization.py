"""Checks of saliency maps, fooling images and class visualization; torch is imported only when one runs."""

import inspect
from functools import partial

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.hw2_scores import SHAPE, Rectified, Scores
from cs182lib.checks.inputs import scattered

TRAINING = "the model is in training mode, so dropout is on: model.eval()"
GRAPH = "the graph hangs on what is returned: .detach() it, and no create_graph=True"


def check_compute_saliency_maps(compute_saliency_maps):
    """Check the maps that `compute_saliency_maps` returns for four pictures of different classes, and for one alone.

    The four are checked in float64 and in float32.
    """
    import torch

    check = Checker("compute_saliency_maps", N=4, C=3)
    scores, X, y = Scores(), scattered((4, *SHAPE), -2, 2), np.array([2, 0, 6, 5])

    def maps(gradient, reduce=lambda g: np.abs(g).max(axis=0)):
        """Return reduce(gradient(picture, class)) of each picture."""
        return np.stack([reduce(gradient(x, k)) for x, k in zip(X, y)])

    right = maps(scores.gradient)
    mistakes = _saliency_mistakes(maps, scores, y)
    for dtype in (np.float64, np.float32):
        pictures, network = torch.from_numpy(X.astype(dtype)), scores.network(dtype)
        got = _run(check, compute_saliency_maps, "saliency", pictures, torch.from_numpy(y), network)
        trained = {TRAINING: got.numpy()} if network.training else {}
        _compare(check, "saliency", got, right, mistakes | trained, dtype)
    got = _run(check, compute_saliency_maps, "saliency", torch.from_numpy(X[1:2]), torch.from_numpy(y[1:2]),
               scores.network())
    _compare(check, "saliency", got, right[1:2], {}, np.float64, " for one picture")
    check.passed()


def _saliency_mistakes(maps, scores, y):
    """Return what wrong maps would be; maps(gradient, reduce) makes a map of each picture."""
    return {
        "the absolute value is missing": lambda: maps(scores.gradient, lambda g: g.max(axis=0)),
        "the absolute value comes after the maximum: it comes before":
            lambda: maps(scores.gradient, lambda g: np.abs(g.max(axis=0))),
        "a sum over the channels: take the maximum": lambda: maps(scores.gradient, lambda g: np.abs(g).sum(axis=0)),
        "a mean over the channels: take the maximum": lambda: maps(scores.gradient, lambda g: np.abs(g).mean(axis=0)),
        "the smallest over the channels: take the maximum":
            lambda: maps(scores.gradient, lambda g: np.abs(g).min(axis=0)),
        "the norm over the channels: take the maximum":
            lambda: maps(scores.gradient, lambda g: np.sqrt((g * g).sum(axis=0))),
        "gradient of the softmax probability: take the score itself": lambda: maps(scores.of_probability),
        "gradient of the cross-entropy loss: take the score itself":
            lambda: maps(lambda x, k: scores.of_probability(x, k, log=True)),
        "gradient of the highest score: take that of class y[n]":
            lambda: maps(lambda x, k: scores.gradient(x, scores(x).argmax())),
        "gradient of the sum of all scores: take that of class y[n] alone":
            lambda: maps(lambda x, k: scores.gradient(x, slice(None)).sum(axis=0)),
        "every picture gets the class of the first: y has one for each":
            lambda: maps(lambda x, k: scores.gradient(x, y[0])),
        "X is multiplied in: the map is the gradient alone": lambda: maps(lambda x, k: scores.gradient(x, k) * x),
        "the channels are still there: take the largest over them, dim=1": lambda: maps(scores.gradient, np.abs),
        "the largest over the batch: take it over the channels, dim=1":
            lambda: maps(scores.gradient, np.abs).max(axis=0),
        "each map is scaled so that its largest number is 1: leave it as it is":
            lambda: maps(scores.gradient, lambda g: np.abs(g).max(axis=0) / np.abs(g).max()),
    }


def check_make_fooling_image(make_fooling_image):
    """Check the picture of `make_fooling_image` after the right number of steps of length 1, for three targets.

    One target is far away. Where there are the options learning_rate and max_iterations, they are checked too.
    """
    import torch

    check = Checker("make_fooling_image")
    for target, b, start in ((4, [3, 1, 0, -1, -14, 1, 2], 3), (1, [0, -9, 0, 1, 0, 0, 1], 90),
                             (4, [3, 1, 0, -1, -120, 1, 2], 3)):
        scores, x = Scores(1.0, b), scattered(SHAPE, start=start)
        right = _climb(scores, x, target)
        for dtype in (np.float64, np.float32):
            picture = torch.from_numpy(x[None].astype(dtype))
            got = _run(check, make_fooling_image, "X_fooling", picture, target, scores.network(dtype))
            _compare(check, "X_fooling", got, right[None], partial(_fooling_mistakes, scores, x, target), dtype,
                     f" for target {target}")
    if {"learning_rate", "max_iterations"} <= inspect.signature(make_fooling_image).parameters.keys():
        _check_fooling_options(check, make_fooling_image)
    check.passed()


def _check_fooling_options(check, make_fooling_image):
    """Check steps of another length, when it gives up, and how a target without a slope is reached."""
    import torch

    scores, x, target = Scores(1.0, [3, 1, 0, -1, -14, 1, 2]), scattered(SHAPE, start=3), 4
    X, half = torch.from_numpy(x[None]), partial(_climb, scores, x, target, length=lambda g: 2 * np.linalg.norm(g))
    needed = next(n for n in range(100) if scores(half(steps=n)).argmax() == target)
    got = _run(check, make_fooling_image, "X_fooling", X, target, scores.network(), learning_rate=0.5,
               max_iterations=needed)
    _compare(check, "X_fooling", got, half()[None], {"learning_rate is not used": _climb(scores, x, target)[None]},
             np.float64, f" for learning_rate=0.5, max_iterations={needed}")
    try:
        make_fooling_image(X, target, scores.network(), learning_rate=0.5, max_iterations=needed - 1)
    except RuntimeError:
        check.note("max_iterations")
    else:
        check.fail(f"a picture came back for max_iterations={needed - 1} where {needed} steps are needed, expected a "
                   "RuntimeError", "max_iterations", "max_iterations is not used, or counted one too far")
    scores, x, target = Rectified(1.0, [3.1, -14.4, 3.3, 8.7, -6.9, 4.7, -10.5]), scattered(SHAPE, start=80), 1

    def away(x):
        g = scores.gradient(x, target)
        return g if g.any() else -scores.gradient(x, scores(x).argmax())

    got = _run(check, make_fooling_image, "X_fooling", torch.from_numpy(x[None]), target, scores.network())
    _compare(check, "X_fooling", got, _climb(scores, x, target, away)[None], {}, np.float64,
             " where the target's score has no slope at first")


def _climb(scores, x, target, direction=None, length=np.linalg.norm, steps=100, stop=True):
    """Walk along the gradient until the target is on top; the options are what mistakes change.

    direction : (x) -> g, by default the gradient of the target's score; length : (g) -> number that divides it
    """
    for _ in range(steps):
        if stop and scores(x).argmax() == target:
            break
        g = scores.gradient(x, target) if direction is None else direction(x)
        x = x + g / length(g)
    return x


def _fooling_mistakes(scores, x, target):
    def climb(direction=None, **options):
        return _climb(scores, x, target, direction, **options)[None]

    fooled, total = climb()[0], np.zeros(SHAPE)

    def accumulated(x):
        return np.add(total, scores.gradient(x, target), out=total)

    last = scores.gradient(fooled, target)
    too_few = {f"only {steps} steps: go on until the model is fooled": climb(steps=steps) for steps in range(2, 60)
               if scores(climb(steps=steps)[0]).argmax() != target}
    return {
        **too_few,
        "every step is half as long: learning_rate is 1": climb(length=lambda g: 2 * np.linalg.norm(g)),
        "it never ends: stop when the target is on top": _climb(scores, x, target, stop=False)[None],
        "the picture comes back unchanged": x[None],
        "only one step: go on until the model is fooled": climb(steps=1),
        "one step too many: look at the scores before each step": (fooled + last / np.linalg.norm(last))[None],
        "descent: add the step, the score is to rise": climb(lambda x: -scores.gradient(x, target)),
        "the gradient is not normalized: divide it by its norm": climb(length=lambda g: 1),
        "divided by the square of the norm": climb(length=lambda g: (g * g).sum()),
        "divided by the sum of absolute values: the L2 norm is the root of the sum of squares":
            climb(length=lambda g: np.abs(g).sum()),
        "divided by the largest entry: divide by the L2 norm": climb(length=lambda g: np.abs(g).max()),
        "the sign of the gradient: divide it by its norm": climb(lambda x: np.sign(scores.gradient(x, target)),
                                                                  length=lambda g: 1),
        "gradient of the softmax probability: climb the score":
            climb(lambda x: scores.of_probability(x, target)),
        "gradient of the score on top: climb that of target_y":
            climb(lambda x: scores.gradient(x, scores(x).argmax())),
        "the gradients of all steps add up: set .grad to None (or zero) before each":
            climb(lambda x: accumulated(x).copy()),
    }


def check_update_class_visualization(update_class_visualization):
    """Check one step of `update_class_visualization`, plain or normalized, with two strengths of the penalty."""
    check, x = Checker("update_class_visualization"), scattered((1, *SHAPE), -2, 2)
    for l2_reg, rate in ((0.3, 0.7), (0.0, 2.5)):
        _check_step(check, update_class_visualization, x, l2_reg, rate)
        if "normalize" in inspect.signature(update_class_visualization).parameters:
            _check_step(check, update_class_visualization, x, l2_reg, rate, normalize=True)
    check.passed()


def _check_step(check, function, x, l2_reg, rate, **options):
    """Check one step in float64 and float32; without options it may be normalized or not."""
    import torch

    scores, target = Scores(), 4
    context = f" with l2_reg = {l2_reg}" + (", normalize=True" if options else "")
    for dtype in (np.float64, np.float32):
        img = torch.from_numpy(x.astype(dtype))
        got = _run(check, function, "img", scores.network(dtype), target, l2_reg, rate, img, kept=False, **options)
        step = np.linalg.norm(got.numpy() - x) if got.shape == x.shape else 0
        normalized = bool(options) or abs(step / rate - 1) < 1e-3
        right, mistakes = _ascent(scores, x, target, l2_reg, rate, normalized)
        if options:
            mistakes["normalize=True is ignored: divide the gradient by its norm"] = _ascent(
                scores, x, target, l2_reg, rate, False)[0]
        _compare(check, "img", got, right, mistakes, dtype, context)


def _ascent(scores, x, target, l2_reg, rate, normalized):
    """Return the picture after the right step, and after wrong ones."""
    norm, g, penalty = np.linalg.norm(x), scores.gradient(x, target), 2 * l2_reg * x

    def step(g, length=None):
        return x + rate * g / (length if length else np.linalg.norm(g) if normalized else 1)

    right = g - penalty
    mistakes = {
        "the picture comes back unchanged": x,
        "descent: add the gradient, the score is to rise": step(-right),
        "the penalty has the wrong sign: the objective is s_y - l2_reg ‖img‖²": step(g + penalty),
        "descent on the score, ascent on the penalty": step(-g - penalty),
        "the penalty is missing: l2_reg ‖img‖²": step(g),
        "the penalty counts half: the derivative of x² is 2 x": step(g - penalty / 2),
        "the norm is not squared: l2_reg ‖img‖²": step(g - l2_reg * x / norm),
        "the norm is not squared, and has the wrong sign": step(g + l2_reg * x / norm),
        "the penalty is averaged over the pixels: it is a sum": step(g - penalty / x.size),
        "learning_rate is not used": x + (step(right) - x) / rate,
        "this is the gradient: take a step along it, img + learning_rate * g": right,
        "this is the step: add it to img": step(right) - x,
        "divided by the square of the norm": step(right, (right**2).sum()),
        "divided by the sum of absolute values: the L2 norm is the root of the sum of squares":
            step(right, np.abs(right).sum()),
        "divided by the largest entry: the L2 norm is the root of the sum of squares":
            step(right, np.abs(right).max()),
        "divided by the norm of the picture: by that of the gradient, or not at all": step(right, norm),
        "the penalty is left out of the norm: divide by the norm of the whole gradient":
            step(right, np.linalg.norm(g)),
        "only the score's gradient is normalized: add the penalty's first":
            x + rate * (g / np.linalg.norm(g) - penalty),
        "gradient of the softmax probability: climb the score":
            step(scores.of_probability(x[0], target) - penalty),
        "gradient of the highest score: climb that of target_y":
            step(scores.gradient(x[0], scores(x[0]).argmax()) - penalty),
        "gradient of the sum of all scores: climb that of target_y":
            step((scores.W + scores.Q * x).sum(axis=0) - penalty),
    }
    return step(right), mistakes


def _run(check, function, name, *arguments, kept=True, **options):
    """Return what the function gives, a tensor detached; tensors among the arguments stay as they were."""
    import torch

    before = [a.clone() if isinstance(a, torch.Tensor) else a for a in arguments]
    got = check.run(function, *arguments, **options)
    check.true(got is not None, f"it returned None, expected {name}", name, "did you forget the return?")
    check.true(isinstance(got, torch.Tensor), f"{name} is a {type(got).__name__}, expected a tensor", name,
               "leave out .numpy() and .item()" if isinstance(got, (np.ndarray, np.generic, float)) else None)
    if kept:
        changed = any(isinstance(a, torch.Tensor) and not torch.equal(a, b) for a, b in zip(arguments, before))
        check.true(not changed, "X changed; the true picture is still needed", "X unchanged",
                   "an operation in place on X (+=, .data, name_()): work on X.clone()")
    check.true(not got.requires_grad, f"{name} wants a gradient, expected a detached tensor", name, GRAPH)
    return got


def _compare(check, name, got, right, mistakes, dtype, context=""):
    """Compare in the precision of dtype."""
    got = {name: got.numpy()}
    if dtype == np.float32:
        return check.single(got, {name: right}, context)
    table = mistakes if callable(mistakes) else lambda: mistakes
    check.compare(got, {name: right}, lambda: {name: table()}, context)
