"""Fully connected layers and the activation between them: affine, ReLU."""

import numpy as np

from cs182lib.validation import check_floats, require


def affine_forward(x, w, b):
    """Multiply each example by a weight matrix and add a bias: out = x w + b.

    Parameters
    ----------
    x : (N, d_1, ..., d_k) floats; each example is flattened to D = d_1 * ... * d_k numbers
    w : (D, M) floats
    b : (M,) floats

    Returns
    -------
    out : (N, M)
    cache : (x, w, b), for `affine_backward`

    Raises
    ------
    TypeError, ValueError : x, w or b is not a float array, is empty, holds NaN, or the shapes do not fit

    Examples
    --------
    >>> affine_forward(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([5.0]))[0]
    array([[16.]])
    """
    check_floats("x", x)
    check_floats("w", w, ndim=2)
    check_floats("b", b, shape=(w.shape[1],))
    rows = x.reshape(x.shape[0], -1)  # (N, d_1, ..., d_k) -> (N, D)
    require(rows.shape[1] == w.shape[0], f"x has {rows.shape[1]} numbers per example but w has {w.shape[0]} rows; "
            f"got x of shape {x.shape} and w of shape {w.shape}, which must agree")
    out = rows @ w
    out += b
    return out, (x, w, b)


def affine_backward(dout, cache):
    """Backpropagate through `affine_forward`: dx = dout wᵀ, dw = xᵀ dout, db = Σ_n dout.

    Parameters
    ----------
    dout : (N, M) floats, gradient of the loss with respect to out
    cache : (x, w, b) from `affine_forward`

    Returns
    -------
    dx : (N, d_1, ..., d_k), dw : (D, M), db : (M,)

    Raises
    ------
    TypeError, ValueError : dout does not have out's shape, or holds NaN
    """
    x, w, _ = cache
    check_floats("dout", dout, shape=(x.shape[0], w.shape[1]))
    rows = x.reshape(x.shape[0], -1)  # (N, d_1, ..., d_k) -> (N, D)
    dx = (dout @ w.T).reshape(x.shape)  # (N, D) -> (N, d_1, ..., d_k)
    return dx, rows.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    """Keep what is positive: out = max(0, x).

    Parameters
    ----------
    x : floats of any shape

    Returns
    -------
    out : the shape of x
    cache : x

    Raises
    ------
    TypeError, ValueError : x is no float array, is empty, or holds NaN

    References
    ----------
    Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010.
    """
    check_floats("x", x)
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    """Backpropagate through `relu_forward`: dx = dout where x > 0, else 0 (at x = 0 too, as PyTorch has it).

    Parameters
    ----------
    dout : floats of the shape of x
    cache : x

    Returns
    -------
    dx : the shape of x

    Raises
    ------
    TypeError, ValueError : dout is no float array of x's shape, or holds NaN
    """
    x = cache
    check_floats("dout", dout, shape=x.shape)
    return dout * (x > 0)


__all__ = [name for name in dir() if name.endswith(("_forward", "_backward"))]
