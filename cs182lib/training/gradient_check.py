"""Numeric gradients: what a backward pass must agree with."""

import numpy as np

from cs182lib.validation import check_count, check_floats, require

__all__ = ["eval_numerical_gradient", "eval_numerical_gradient_array", "eval_numerical_gradient_blobs",
           "grad_check_sparse", "rel_error"]


def rel_error(x, y):
    """Return the largest |x - y| / max(1e-8, |x| + |y|), the course's relative error.

    Parameters
    ----------
    x, y : arrays of one shape, or numbers

    Returns
    -------
    error : float from 0 (equal) to 1 (opposite signs, or one of them zero)

    Raises
    ------
    ValueError : x and y have different shapes, one of which would be broadcast
    """
    x, y = np.asarray(x), np.asarray(y)
    require(x.shape == y.shape, f"x and y must have one shape, got {x.shape} and {y.shape}; one would broadcast")
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)), initial=0))


def eval_numerical_gradient(f, x, verbose=False, h=1e-5):
    """Estimate the gradient of a number f(x) by centered differences: (f(x + h e_i) - f(x - h e_i)) / 2h for each i.

    Parameters
    ----------
    f : function of x that returns a number
    x : floats of any shape; changed in place while measuring and restored, so that f may hold on to it
    verbose : print each entry
    h : half the step

    Returns
    -------
    grad : float64, the shape of x

    Raises
    ------
    TypeError, ValueError : x is no float array, is empty, or holds NaN

    Notes
    -----
    The error of the formula is h² f'''/6, that of rounding about 1e-16 |f| / h in float64: h near 1e-5 balances them.
    """
    check_floats("x", x)
    grad = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        grad[index] = (_at(f, x, index, h) - _at(f, x, index, -h)) / (2 * h)
        if verbose:
            print(index, grad[index])
    return grad


def _at(f, x, index, step):
    """Return f(x) with x[index] moved by `step`, and put x back."""
    old = x[index]
    x[index] = old + step
    try:
        return f(x)
    finally:
        x[index] = old


def eval_numerical_gradient_array(f, x, df, h=1e-5):
    """Estimate the gradient of sum(f(x) * df), for a function f whose value is an array.

    Parameters
    ----------
    f : function of x that returns an array
    x : float array, changed in place while measuring and restored
    df : array of the shape of f(x), the gradient coming from above
    h : half the step

    Returns
    -------
    grad : float64, the shape of x
    """
    return eval_numerical_gradient(lambda x: np.sum(f(x) * df), x, h=h)


def eval_numerical_gradient_blobs(f, inputs, output, h=1e-5):
    """Estimate the gradient for each of several input arrays of a function that returns an array.

    Parameters
    ----------
    f : function of *inputs that returns an array
    inputs : sequence of float arrays
    output : the gradient coming from above, of the shape of f(*inputs)
    h : half the step

    Returns
    -------
    grads : list of arrays, one for each input
    """
    return [eval_numerical_gradient_array(lambda _: f(*inputs), x, output, h) for x in inputs]


def grad_check_sparse(f, x, analytic_grad, num_checks=10, h=1e-5, rng=None):
    """Compare an analytic gradient with the numeric one at a few random places; return the largest relative error.

    Parameters
    ----------
    f : function of x that returns a number
    x : floats of any shape
    analytic_grad : array of the shape of x
    num_checks : int, how many places
    h : half the step
    rng : np.random.Generator or seed, for the places

    Returns
    -------
    error : float, see `rel_error`

    Raises
    ------
    TypeError, ValueError : x or analytic_grad is no float array or holds NaN, their shapes differ, or num_checks is
        below 1
    """
    check_floats("x", x)
    check_floats("analytic_grad", analytic_grad, shape=x.shape)
    rng = np.random.default_rng(rng)
    worst = 0.0
    for _ in range(check_count("num_checks", num_checks)):
        index = tuple(int(rng.integers(n)) for n in x.shape)
        numeric = (_at(f, x, index, h) - _at(f, x, index, -h)) / (2 * h)
        worst = max(worst, rel_error(numeric, analytic_grad[index]))
    return worst
