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
    """Return network(*arguments, **options); the Checker `check` fails where that raises or makes no dict `params`."""
    model = check.run(network, *arguments, label="__init__", **options)
    check.true(isinstance(getattr(model, "params", None), dict), "the network has no dict `params` after __init__",
               "params", "fill self.params in __init__")
    return model


def fully_connected_shapes(input_dim, hidden_dims, num_classes, norm=False):
    """Return the shape of every parameter of a fully connected net by name.

    The net takes input_dim numbers, has layers of the sizes hidden_dims, with gamma and beta if `norm`, and gives
    num_classes scores.
    """
    sizes, shapes = [input_dim, *hidden_dims, num_classes], {}
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:]), 1):
        shapes[f"W{i}"], shapes[f"b{i}"] = (fan_in, fan_out), (fan_out,)
        if norm and i <= len(hidden_dims):
            shapes[f"gamma{i}"] = shapes[f"beta{i}"] = (fan_out,)
    return shapes


def check_defaults(check, network, shapes, scale, *arguments):
    """Check the sizes that a network made without options has, how large its W1 is, and that nothing is penalized.

    The Checker `check` fails unless network(*arguments) has parameters of the dict `shapes`, W1 of the standard
    deviation `scale`, to 10 %, and reg 0.
    """
    model = construct(check, network, *arguments)
    check_shapes(check, model, shapes)
    check.true(getattr(model, "reg", None) == 0, f"reg is {getattr(model, 'reg', 'missing')} without options, "
               "expected 0", "reg", "without the option nothing is penalized: reg=0.0, kept as self.reg")
    std = float(np.std(model.params["W1"]))  # of some thousand draws: 10 % is more than nine standard deviations
    check.true(abs(std / scale - 1) < 0.1, f"params['W1'] has a standard deviation of {std:.2g} without options, "
               f"expected {scale:.2g}", "params", f"the default is weight_scale={scale:g}")


def wide_net(check, FullyConnectedNet, **options):
    """Return a FullyConnectedNet made with `options`, such as use_batchnorm=True, with enough weights for statistics.

    Its sizes are 80, 90, 70 and 30, its weight_scale is 1e-2; the Checker `check` fails where it cannot be made.
    """
    return construct(check, FullyConnectedNet, [90, 70], input_dim=80, num_classes=30, weight_scale=1e-2,
                     dtype=np.float64, **options)


def check_shapes(check, model, shapes):
    """Fail the Checker `check` unless model.params holds exactly these names and shapes, `shapes` being a dict."""
    missing, extra = sorted(shapes.keys() - model.params.keys()), sorted(model.params.keys() - shapes.keys())
    check.true(not missing and not extra, f"params has the keys {', '.join(sorted(model.params))}; missing: "
               f"{', '.join(missing) or 'none'}, unexpected: {', '.join(extra) or 'none'}", "params",
               _keys_cause(missing, extra))
    for key, shape in shapes.items():
        got = np.shape(model.params[key])
        check.true(got == shape, f"params[{key!r}] has shape {got}, expected {shape}", "params",
                   _shape_cause(got, shape))


def _keys_cause(missing, extra):
    norm = ("gamma", "beta")
    if extra and all(key.startswith(norm) for key in extra):
        return "the last layer has neither gamma nor beta, and without normalization no layer has"
    if missing and all(key.startswith(norm) for key in missing):
        return "with normalization, of either kind, every hidden layer has gamma and beta"
    if missing and not extra:
        return "every layer has W and b, the last one, too: layers are counted from 1"
    return "the keys are W1, b1, ...: layers are counted from 1" if missing else None


def _shape_cause(got, shape):
    if sorted(got) == sorted(shape):
        return "the axes are swapped: (inputs, outputs) of a layer, (F, C, height, width) of filters"
    if len(got) == len(shape) == 2 and got[1] == shape[1]:
        return f"the layer reads {shape[0]} numbers of each example: count what comes out of the layer before"
    if len(got) == len(shape) and got[-1] != shape[-1]:
        return "a size is not the one that was asked for, or another default than the course's"
    return None


def check_initial(check, model, shapes, weight_scale, dtype=None):
    """Check names, shapes, zeros and ones, and the mean and standard deviation of the weights.

    A right draw, normal of mean 0, fails less often than once in 10^18 runs.

    Parameters
    ----------
    check, model, shapes : as for `check_shapes`
    weight_scale : number above 0, the standard deviation that each W must have, to 15 %
    dtype : what every parameter must have, or None for any
    """
    check_shapes(check, model, shapes)
    for key, value in model.params.items():
        if dtype is not None:
            check.true(value.dtype == dtype, f"params[{key!r}] is {value.dtype}, expected {np.dtype(dtype)}", "params",
                       "cast every parameter to the dtype that was asked for")
        if not key.startswith("W"):
            name, start = f"params[{key!r}]", 1.0 if key.startswith("gamma") else 0.0
            check.compare({name: value}, {name: np.full(value.shape, start)}, {name: {
                "biases and beta start at 0, gamma at 1": value}}, " after __init__")
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
    """Replace every parameter of `model` by fixed numbers, so that the scores can be known.

    The Checker `check` fails where the parameters have not the names and shapes of the dict `shapes`.
    """
    check_shapes(check, model, shapes)
    for start, (key, shape) in enumerate(shapes.items()):
        low, high = (0.5, 1.5) if key.startswith("gamma") else (-0.8, 0.9)
        model.params[key] = scattered(shape, low, high, start=1 + 17 * start)


def check_scores(check, model, X, scores, mistakes, context=" (y is None)"):
    """Check model.loss(X) against the definition scores(X, params).

    Parameters
    ----------
    check : Checker, which fails, too, where loss changes the params
    model : network of the learner, with params that are filled
    X : floats (N, ...), the batch
    scores : (X, params) -> (N, C)
    mistakes : dict, cause -> function like `scores` that makes this mistake
    context : str, in which case this is
    """
    before = copy.deepcopy(model.params)
    if isinstance(check.run(model.loss, X, label="loss"), tuple):
        check.fail("loss returned a tuple where y is None, expected scores alone", "scores",
                   "y None means: return the scores before loss and gradients are made")
    got = check.call(model.loss, ("scores",), label="loss", X=X)
    table = {cause: (lambda wrong=wrong: wrong(X, model.params)) for cause, wrong in mistakes.items()}
    check.compare(got, {"scores": scores(X, model.params)}, {"scores": table}, context)
    _check_params_kept(check, model, before)


def _check_params_kept(check, model, before):
    changed = [key for key in before if not np.array_equal(before[key], model.params[key])]
    check.true(not changed, f"loss changed params[{', '.join(map(repr, changed))}]", "params", "work on copies")


def straight_through(function):
    """Return `function` of (array, layer) with the gradient of the identity, as if its backward pass were left out.

    What it adds to the array of each layer is kept from the first call on.
    """
    added = {}

    def passing(a, layer):
        if layer not in added:
            added[layer] = function(a) - a
        return a + added[layer]

    return passing


def check_loss(check, model, X, y, scores, context="", blunders=dict):
    """Check loss and gradients at reg 0 and 0.7 against the definition and its numeric gradients.

    Parameters
    ----------
    check, X, scores, context : as for `check_scores`
    model : network of the learner, with float64 params that are filled; its reg is 0 afterwards
    y : (N,), the right classes
    blunders : function () -> {cause: scores function whose gradient is what that mistake gives}
    """
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
            "the weights are not squared": plain + 0.5 * reg * sum(params[key].sum() for key in weights),
            "the loss of the data is missing: add the penalty to it": penalty,
            "the penalty is subtracted": plain - penalty,
            "the last layer is not penalized": plain + penalty - 0.5 * reg * squares[weights[-1]],
            "the first layer is not penalized": plain + penalty - 0.5 * reg * squares["W1"],
            "only the first layer is penalized": plain + 0.5 * reg * squares["W1"]}
        check.compare(got, {"loss": plain + penalty}, {"loss": wrong}, where, **NUMERIC)
        _check_gradients(check, got["grads"], params, gradients, reg, len(y), where, {
            cause: lambda value, wrong=wrong: eval_numerical_gradient(
                lambda _: softmax_losses(wrong(X, params), y).mean(), value) for cause, wrong in blunders().items()})
    model.reg = 0.0
    _check_params_kept(check, model, before)


def _check_gradients(check, grads, params, gradients, reg, N, where, blunders):
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
                      "the penalty's gradient is divided by N": plain + reg * params[key] / N,
                      "the gradient of the data's loss is missing: add reg * W to it": reg * params[key],
                      "the penalty is subtracted": plain - reg * params[key]}
            if not key.startswith("W"):
                wrong = {"only weights W are penalized": plain + reg * params[key]}
        wrong |= {f"these are the numbers of grads[{other!r}]": gradient for other, gradient in gradients.items()
                  if other != key and gradient.shape == plain.shape}
        wrong |= {cause: (lambda blunder=blunder, value=params[key], penalty=expected - plain: blunder(value) + penalty)
                  for cause, blunder in blunders.items()}
        check.compare({name: grads[key]}, {name: expected}, {name: wrong}, where, **NUMERIC)
