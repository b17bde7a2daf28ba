"""What the checks of all NumPy networks share: initial values, scores, loss and gradients."""

import copy

import numpy as np

from cs182lib.checks.compare import NUMERIC
from cs182lib.checks.definitions import softmax_losses
from cs182lib.checks.inputs import scattered
from cs182lib.training.gradient_check import eval_numerical_gradient

SPREAD = 0.15  # for the standard deviation of 2 000 or more draws: nine of its own standard deviations
SHIFT = 0.2  # for their mean: again nine


def construct(check, network, *arguments, **options):
    """Return network(...), with a clear failure where that raises or there is no dict `params`."""
    model = check.run(network, *arguments, label="__init__", **options)
    check.true(isinstance(getattr(model, "params", None), dict), "the network has no dict `params` after __init__",
               "params", "fill self.params in __init__")
    return model


def fully_connected_shapes(input_dim, hidden_dims, num_classes, norm=False):
    """Return the shape of every parameter of a fully connected net by name."""
    sizes, shapes = [input_dim, *hidden_dims, num_classes], {}
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:]), 1):
        shapes[f"W{i}"], shapes[f"b{i}"] = (fan_in, fan_out), (fan_out,)
        if norm and i <= len(hidden_dims):
            shapes[f"gamma{i}"] = shapes[f"beta{i}"] = (fan_out,)
    return shapes


def check_defaults(check, network, shapes, *arguments):
    """Check the sizes that a network made without options has, and that nothing is penalized."""
    model = construct(check, network, *arguments)
    check_shapes(check, model, shapes)
    check.true(getattr(model, "reg", None) == 0, f"reg is {getattr(model, 'reg', 'missing')} without options, "
               "expected 0", "reg")


def wide_net(check, FullyConnectedNet, **options):
    """Return a net with enough weights for statistics."""
    return construct(check, FullyConnectedNet, [90, 70], input_dim=80, num_classes=30, weight_scale=1e-2,
                     dtype=np.float64, **options)


def check_shapes(check, model, shapes):
    """Check that params holds exactly these names and shapes."""
    missing, extra = sorted(shapes.keys() - model.params.keys()), sorted(model.params.keys() - shapes.keys())
    check.true(not missing and not extra, f"params has the keys {', '.join(sorted(model.params))}; missing: "
               f"{', '.join(missing) or 'none'}, unexpected: {', '.join(extra) or 'none'}", "params",
               "the last layer has neither gamma nor beta" if any("gamma" in key for key in extra) else None)
    for key, shape in shapes.items():
        got = np.shape(model.params[key])
        check.true(got == shape, f"params[{key!r}] has shape {got}, expected {shape}", "params",
                   "the axes are swapped: (inputs, outputs)" if got == shape[::-1] else None)


def check_initial(check, model, shapes, weight_scale, dtype=None):
    """Check names, shapes, zeros and ones, and that the weights are normal with the given standard deviation.

    A right draw fails less often than once in 10^18 runs.
    """
    check_shapes(check, model, shapes)
    for key, value in model.params.items():
        if dtype is not None:
            check.true(value.dtype == dtype, f"params[{key!r}] is {value.dtype}, expected {np.dtype(dtype)}", "params",
                       "cast every parameter to the dtype that was asked for")
        if not key.startswith("W"):
            name, start = f"params[{key!r}]", 1.0 if key.startswith("gamma") else 0.0
            check.compare({name: value}, {name: np.full(value.shape, start)}, context=" after __init__")
            continue
        std, mean = value.std() / weight_scale, value.mean() / weight_scale
        causes = {1 / weight_scale: "weight_scale is not used", weight_scale: "weight_scale is multiplied in twice",
                  weight_scale**-0.5: "weight_scale is taken for the variance: it is the standard deviation",
                  12**-0.5: "the weights are uniform: draw them normal", 0: "all weights are equal"}
        cause = next((text for size, text in causes.items() if abs(std - size) < SPREAD * max(size, 0.01)), None)
        check.true(abs(std - 1) < SPREAD, f"params[{key!r}] has the standard deviation {std * weight_scale:.3g}, "
                   f"expected {weight_scale:.3g}", "params", cause)
        check.true(abs(mean) < SHIFT, f"params[{key!r}] has the mean {mean * weight_scale:.3g}, expected 0",
                   "params", "draw the weights around zero")


def fill(check, model, shapes):
    """Replace every parameter by fixed numbers, so that the scores can be known."""
    check_shapes(check, model, shapes)
    for start, (key, shape) in enumerate(shapes.items()):
        low, high = (0.5, 1.5) if key.startswith("gamma") else (-0.8, 0.9)
        model.params[key] = scattered(shape, low, high, start=1 + 17 * start)


def check_scores(check, model, X, scores, mistakes, context=" (y is None)"):
    """Check model.loss(X) against the definition scores(X, params)."""
    before = copy.deepcopy(model.params)
    got = check.call(model.loss, ("scores",), label="loss", X=X)
    table = {cause: (lambda wrong=wrong: wrong(X, model.params)) for cause, wrong in mistakes.items()}
    check.compare(got, {"scores": scores(X, model.params)}, {"scores": table}, context)
    _check_params_kept(check, model, before)


def _check_params_kept(check, model, before):
    changed = [key for key in before if not np.array_equal(before[key], model.params[key])]
    check.true(not changed, f"loss changed params[{', '.join(map(repr, changed))}]", "params", "work on copies")


def check_loss(check, model, X, y, scores, context=""):
    """Check loss and gradients at reg 0 and 0.7 against the definition and its numeric gradients."""
    params, before = model.params, copy.deepcopy(model.params)
    plain = softmax_losses(scores(X, params), y).mean()
    gradients = {key: eval_numerical_gradient(lambda _: softmax_losses(scores(X, params), y).mean(), value)
                 for key, value in params.items()}
    weights = [key for key in params if key.startswith("W")]
    for reg in (0.0, 0.7):
        model.reg = reg
        got = check.call(model.loss, ("loss", "grads"), label="loss", X=X, y=y)
        where = f" at reg = {reg}{context}"
        squares = {key: (value**2).sum() for key, value in params.items()}
        penalty = 0.5 * reg * sum(squares[key] for key in weights)
        sizes = ("the loss is summed over the batch: average it", plain * len(y) + penalty)
        wrong = {sizes[0]: sizes[1]} if not reg else {
            sizes[0]: sizes[1], "the penalty is missing": plain,
            "the factor 0.5 of the penalty is missing": plain + 2 * penalty,
            "the biases (or gamma, beta) are penalized too: weights W alone": plain + 0.5 * reg * sum(squares.values()),
            "the biases are penalized too: weights W alone": plain + 0.5 * reg * sum(
                size for key, size in squares.items() if key[0] in "Wb"),
            "the penalty is divided by N": plain + penalty / len(y),
            "the penalty is subtracted": plain - penalty,
            "the last layer is not penalized": plain + penalty - 0.5 * reg * squares[weights[-1]],
            "only the first layer is penalized": plain + 0.5 * reg * squares["W1"]}
        check.compare(got, {"loss": plain + penalty}, {"loss": wrong}, where, **NUMERIC)
        _check_gradients(check, got["grads"], params, gradients, reg, len(y), where)
    model.reg = 0.0
    _check_params_kept(check, model, before)


def _check_gradients(check, grads, params, gradients, reg, N, where):
    check.true(isinstance(grads, dict), f"grads is a {type(grads).__name__}, expected a dict", "grads")
    missing = sorted(params.keys() - grads.keys())
    check.true(not missing, f"grads has no {', '.join(missing)}{where}", "grads", "it is keyed like params")
    for key in params:
        name, plain = f"grads[{key!r}]", gradients[key]
        expected = plain + (reg * params[key] if key.startswith("W") else 0)
        wrong = {"the gradient is summed over the batch: the loss is a mean": expected + (N - 1) * plain}
        if reg:
            wrong |= {"the penalty is missing: add reg * W": plain,
                      "the penalty's gradient is reg * W, not 2 * reg * W": plain + 2 * reg * params[key],
                      "the penalty's gradient is reg * W, not 0.5 * reg * W": plain + 0.5 * reg * params[key],
                      "the penalty is subtracted": plain - reg * params[key]}
            if not key.startswith("W"):
                wrong = {"only weights W are penalized": plain + reg * params[key]}
        check.compare({name: grads[key]}, {name: expected}, {name: wrong}, where, **NUMERIC)
