"""Inverted dropout."""

import numpy as np

from cs182lib.validation import as_generator, check_choice, check_floats, check_number, check_options

__all__ = ["dropout_forward", "dropout_backward"]


def dropout_forward(x, dropout_param):
    """Set each number to zero with probability p and divide the rest by 1 - p, so that the mean stays.

    train: out = x * mask, mask = 1[u >= p] / (1 - p), u ~ U[0, 1).   test: out = x.

    Parameters
    ----------
    x : floats of any shape
    dropout_param : dict
        p : the probability of DROPPING a number, in [0, 1)
        mode : "train" or "test"
        seed : int, optional; the same mask at every call, which a numeric gradient needs
        rng : np.random.Generator, optional; a new mask at every call, repeatable as a whole
        With neither, the mask follows NumPy's global seed.

    Returns
    -------
    out : the shape and dtype of x
    cache : (dropout_param, mask); mask is None in test mode

    Raises
    ------
    TypeError, ValueError : x is not a float array or holds NaN, an option is missing, unknown or out of range

    References
    ----------
    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014, section 4.
    """
    check_floats("x", x)
    check_options("dropout_param", dropout_param, {"p", "mode", "seed", "rng"})
    p = check_number("dropout_param['p']", dropout_param.get("p"), 0, 1, high_open=True)
    if check_choice("dropout_param['mode']", dropout_param.get("mode"), ("train", "test")) == "test":
        return x, (dropout_param, None)
    uniform = _generator(dropout_param).random(x.shape, dtype=np.float32)
    mask = np.multiply(uniform >= p, 1 / (1 - p), dtype=x.dtype)
    return x * mask, (dropout_param, mask)


def _generator(dropout_param):
    if "seed" in dropout_param:
        return np.random.default_rng(dropout_param["seed"])
    return as_generator(dropout_param.get("rng"))  # without one: from NumPy's global state, which the course seeds


def dropout_backward(dout, cache):
    """Backpropagate through `dropout_forward`: dx = dout * mask in training, dout in testing.

    Parameters
    ----------
    dout : floats of the shape of x
    cache : (dropout_param, mask)

    Returns
    -------
    dx : the shape of x

    Raises
    ------
    TypeError, ValueError : dout is no float array or holds NaN; in training, it does not have the mask's shape
    """
    _, mask = cache
    check_floats("dout", dout, shape=None if mask is None else mask.shape)
    return dout if mask is None else dout * mask
