"""Losses for classification: softmax cross-entropy and the multiclass support vector machine."""

import numpy as np

from cs182lib.validation import check_floats, check_labels

__all__ = ["softmax_loss", "svm_loss"]


def softmax_loss(x, y):
    """Measure the mean cross-entropy of softmax(x) against the labels y.

    loss = 1/N Σ_n [ log Σ_c exp(x_nc) - x_n,y_n ],  dx = (softmax(x) - onehot(y)) / N.

    Parameters
    ----------
    x : (N, C) floats, scores
    y : (N,) integers in [0, C), labels

    Returns
    -------
    loss : float
    dx : (N, C), the dtype of x

    Raises
    ------
    TypeError, ValueError : x holds NaN or is not a float matrix, or y is not N labels in [0, C)

    Notes
    -----
    Each row's maximum is subtracted first: softmax does not change, and exp never sees a positive number.
    The logarithm is taken of the sum, which is at least 1, so that a probability of 0 costs a finite loss.

    Examples
    --------
    >>> round(softmax_loss(np.zeros((1, 4)), np.array([2]))[0], 4)  # log 4
    1.3863
    """
    check_floats("x", x, ndim=2)
    check_labels("y", y, *x.shape)
    n = np.arange(len(y))
    shifted = x - x.max(axis=1, keepdims=True)
    dx = np.exp(shifted)
    totals = dx.sum(axis=1, keepdims=True)  # (N, 1)
    loss = float(np.mean(np.log(totals[:, 0]) - shifted[n, y]))
    dx /= totals
    dx[n, y] -= 1
    dx /= len(y)
    return loss, dx


def svm_loss(x, y):
    """Measure the mean multiclass hinge loss with margin 1.

    loss = 1/N Σ_n Σ_{c≠y_n} max(0, x_nc - x_n,y_n + 1).

    Parameters
    ----------
    x : (N, C) floats, scores
    y : (N,) integers in [0, C), labels

    Returns
    -------
    loss : float
    dx : (N, C), the dtype of x; each violated margin gives +1/N to its class and -1/N to the right one

    Raises
    ------
    TypeError, ValueError : x holds NaN or is not a float matrix, or y is not N labels in [0, C)

    References
    ----------
    Weston and Watkins, "Support Vector Machines for Multi-Class Pattern Recognition", ESANN 1999.
    """
    check_floats("x", x, ndim=2)
    check_labels("y", y, *x.shape)
    n = np.arange(len(y))
    margins = np.maximum(0, x - x[n, y][:, None] + 1)  # (N, C) - (N, 1)
    margins[n, y] = 0
    dx = (margins > 0).astype(x.dtype)
    dx[n, y] = -dx.sum(axis=1)
    dx /= len(y)
    return float(margins.sum() / len(y)), dx
