"""Word embedding: a table with one learned vector for each word."""

import numpy as np

from cs182lib.validation import check_floats, describe, require

__all__ = ["word_embedding_forward", "word_embedding_backward"]


def check_words(name, x, V, shape=None, mask=True):
    """Raise an error that begins with `name` unless x holds word indices from 0 to V - 1.

    Parameters
    ----------
    name : str, what x is called in the caller's signature
    x : the value that came, expected to be integers of the shape `shape`
    V : int, the size of the vocabulary
    shape : tuple or None (any)
    mask : bool array of x's shape; where it is False any integer will do

    Raises
    ------
    TypeError : x is no array of integers
    ValueError : x is empty, has another shape, or holds an index out of range
    """
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "iu":
        raise TypeError(f"{name} must be a NumPy array of integer word indices, got {describe(x)}; "
                        f"convert it with np.asarray({name}, int)")
    if shape is not None:
        require(x.shape == shape, f"{name} must have the shape {shape}, got {describe(x)}")
    require(x.size > 0, f"{name} is empty, got {describe(x)}; pass at least one word")
    bad = ((x < 0) | (x >= V)) & mask
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name} must hold word indices from 0 to {V - 1}, got {int(x[where])} at index {where}; "
                         "does the vocabulary belong to these captions?")


def word_embedding_forward(x, W):
    """Look up the vector of each word: out[n, t] = W[x[n, t]].

    Parameters
    ----------
    x : (N, T) integers in [0, V), word indices (any other number of axes will do too)
    W : (V, D) floats, one row for each word of the vocabulary

    Returns
    -------
    out : (N, T, D)
    cache : (x, W)

    Raises
    ------
    TypeError, ValueError : x holds no integers or one out of range, or W is not a float matrix

    Examples
    --------
    >>> word_embedding_forward(np.array([[2, 0]]), np.array([[0.0], [1.0], [4.0]]))[0]
    array([[[4.],
            [0.]]])
    """
    check_floats("W", W, ndim=2)
    check_words("x", x, len(W))
    return W[x], (x, W)


def word_embedding_backward(dout, cache):
    """Backpropagate through `word_embedding_forward`: dW[v] = Σ dout[n, t] over all places where word v stood.

    Parameters
    ----------
    dout : (N, T, D) floats
    cache : (x, W)

    Returns
    -------
    dW : (V, D); the words themselves are integers and have no gradient

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape, or holds NaN
    """
    x, W = cache
    check_floats("dout", dout, shape=(*x.shape, W.shape[1]))
    dW = np.zeros(W.shape, dout.dtype)
    np.add.at(dW, x, dout)  # dW[x] += dout would keep one of several equal words only
    return dW
