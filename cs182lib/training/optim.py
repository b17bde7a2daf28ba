"""Update rules for one parameter array: rule(w, dw, config) -> (next_w, config).

`config` holds the rule's settings and its memory between steps (velocity, running means, step count). Missing keys get
the defaults, in the dict that was passed, which the rule also updates; w itself is left as it was.
"""

import math

import numpy as np

from cs182lib.validation import check_floats, check_number, check_options

__all__ = ["sgd", "sgd_momentum", "nesterov", "rmsprop", "adam", "adamw"]


def _prepare(w, dw, config, numbers, arrays=()):
    """Check w and dw, fill missing settings in, and return the config.

    numbers : dict name -> (default, low, high); `arrays` are names of memory that starts at zero, of w's shape.
    """
    check_floats("w", w)
    check_floats("dw", dw, shape=w.shape)
    config = {} if config is None else config
    check_options("config", config, {*numbers, *arrays})
    for name, (default, low, high) in numbers.items():
        check_number(f"config[{name!r}]", config.setdefault(name, default), low, high)
    for name in arrays:
        if name not in config:
            config[name] = np.zeros_like(w)
        check_floats(f"config[{name!r}]", config[name], shape=w.shape)
    return config


_RATE = (1e-2, 0, None)
_FRACTION = (0, 1)


def sgd(w, dw, config=None):
    """Step against the gradient: w - learning_rate * dw.

    Parameters
    ----------
    w : floats, the parameter
    dw : floats of the shape of w, its gradient
    config : dict or None; learning_rate : number >= 0, default 1e-2

    Returns
    -------
    next_w : the shape of w
    config : the dict that was passed, filled in

    Raises
    ------
    TypeError, ValueError : w or dw is no float array, shapes differ, NaN, an unknown option or one out of range
    """
    config = _prepare(w, dw, config, {"learning_rate": _RATE})
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    """Step along a running sum of gradients: v = momentum * v + dw, w - learning_rate * v.

    The velocity is kept free of the learning rate, as in PyTorch, so that a schedule acts at once.

    Parameters
    ----------
    w, dw : as for `sgd`
    config : dict or None; learning_rate 1e-2, momentum 0.9 in [0, 1], velocity zeros

    Returns
    -------
    next_w, config : as for `sgd`

    Raises
    ------
    as for `sgd`

    References
    ----------
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964, section 2.
    """
    config = _prepare(w, dw, config, {"learning_rate": _RATE, "momentum": (0.9, *_FRACTION)}, ["velocity"])
    config["velocity"] = config["momentum"] * config["velocity"] + dw
    return w - config["learning_rate"] * config["velocity"], config


def nesterov(w, dw, config=None):
    """Step along the velocity one step ahead: v = momentum * v + dw, w - learning_rate * (dw + momentum * v).

    Parameters
    ----------
    w, dw : as for `sgd`
    config : dict or None; learning_rate 1e-2, momentum 0.9 in [0, 1], velocity zeros

    Returns
    -------
    next_w, config : as for `sgd`

    Raises
    ------
    as for `sgd`

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, section 2; in
    PyTorch's form, which evaluates the gradient at the point already moved.
    """
    check_floats("w", w)
    _, config = sgd_momentum(w.copy(), dw, config)  # for its velocity; plain momentum may change the w it is given
    return w - config["learning_rate"] * (dw + config["momentum"] * config["velocity"]), config


def rmsprop(w, dw, config=None):
    """Divide the step by a running root mean square: c = ρ c + (1 - ρ) dw², w - learning_rate * dw / (√c + epsilon).

    Parameters
    ----------
    w, dw : as for `sgd`
    config : dict or None; learning_rate 1e-2, decay_rate ρ 0.99 in [0, 1], epsilon 1e-8, cache zeros

    Returns
    -------
    next_w, config : as for `sgd`

    Raises
    ------
    as for `sgd`

    References
    ----------
    Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
    """
    numbers = {"learning_rate": _RATE, "decay_rate": (0.99, *_FRACTION), "epsilon": (1e-8, 0, None)}
    config = _prepare(w, dw, config, numbers, ["cache"])
    rho = config["decay_rate"]
    config["cache"] = rho * config["cache"] + (1 - rho) * dw * dw
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


_ADAM = {"learning_rate": (1e-3, 0, None), "beta1": (0.9, *_FRACTION), "beta2": (0.999, *_FRACTION),
         "epsilon": (1e-8, 0, None), "t": (0, 0, None)}


def adam(w, dw, config=None):
    """Divide a running mean of gradients by their running root mean square, both corrected for their start at zero.

    t = t + 1;  m = β₁ m + (1 - β₁) dw;  v = β₂ v + (1 - β₂) dw²
    w - learning_rate * m̂ / (√v̂ + epsilon),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ).

    Parameters
    ----------
    w, dw : as for `sgd`
    config : dict or None; learning_rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8, m and v zeros, t 0 steps so far

    Returns
    -------
    next_w, config : as for `sgd`

    Raises
    ------
    as for `sgd`

    Notes
    -----
    The two corrections are numbers, so they are folded into the step and the denominator: no array is made for m̂ or v̂.

    References
    ----------
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
    """
    config = _prepare(w, dw, config, _ADAM, ["m", "v"])
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw * dw
    denominator = np.sqrt(config["v"])
    denominator /= math.sqrt(1 - beta2 ** config["t"])
    denominator += config["epsilon"]
    step = np.divide(config["learning_rate"] / (1 - beta1 ** config["t"]) * config["m"], denominator, out=denominator)
    return w - step, config


def adamw(w, dw, config=None):
    """Step as `adam` does and shrink the weights on their own: w (1 - learning_rate * weight_decay) - Adam's step.

    A penalty inside the loss would be divided by √v̂ like the rest of the gradient; this decay is not.

    Parameters
    ----------
    w, dw : as for `sgd`
    config : dict or None; that of `adam`, and weight_decay 1e-2

    Returns
    -------
    next_w, config : as for `sgd`

    Raises
    ------
    as for `sgd`

    References
    ----------
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
    """
    config = _prepare(w, dw, config, {**_ADAM, "weight_decay": (1e-2, 0, None)}, ["m", "v"])
    shrunk = w * (1 - config["learning_rate"] * config["weight_decay"])
    next_w, memory = adam(shrunk, dw, {name: value for name, value in config.items() if name != "weight_decay"})
    config.update(memory)
    return next_w, config
