"""Layers applied to every step of a sequence alike: the temporal affine layer and the temporal softmax loss."""

import numpy as np

from cs182lib.layers.dense import affine_backward, affine_forward
from cs182lib.layers.embedding import check_words
from cs182lib.validation import check_floats, describe, require

__all__ = ["temporal_affine_forward", "temporal_affine_backward", "temporal_softmax_loss"]


def temporal_affine_forward(x, w, b):
    """Apply one affine layer to every step: out[n, t] = x[n, t] w + b.

    Parameters
    ----------
    x : (N, T, D) floats
    w : (D, M) floats
    b : (M,) floats

    Returns
    -------
    out : (N, T, M)
    cache : (x, w, b, out)

    Raises
    ------
    TypeError, ValueError : not float arrays, NaN, or shapes that do not fit
    """
    check_floats("x", x, ndim=3)
    check_floats("w", w, shape=(x.shape[2], None))
    N, T, D = x.shape
    out, _ = affine_forward(x.reshape(N * T, D), w, b)  # (N, T, D) -> (N·T, D): a step is an example like any other
    out = out.reshape(N, T, -1)  # (N·T, M) -> (N, T, M)
    return out, (x, w, b, out)


def temporal_affine_backward(dout, cache):
    """Backpropagate through `temporal_affine_forward`: dx = dout wᵀ, dw = Σ_t x_tᵀ dout_t, db = Σ_n Σ_t dout.

    Parameters
    ----------
    dout : (N, T, M) floats
    cache : (x, w, b, out)

    Returns
    -------
    dx : (N, T, D), dw : (D, M), db : (M,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape, or holds NaN
    """
    x, w, b, out = cache
    check_floats("dout", dout, shape=out.shape)
    rows, drows = x.reshape(-1, x.shape[2]), dout.reshape(-1, dout.shape[2])  # -> (N·T, D), (N·T, M)
    dx, dw, db = affine_backward(drows, (rows, w, b))
    return dx.reshape(x.shape), dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    """Measure the cross-entropy of softmax(x) against the words y, summed over the steps, averaged over the examples.

    loss = 1/N Σ_n Σ_t mask[n,t] [ log Σ_v exp(x_ntv) - x_nt,y_nt ],  dx = mask (softmax(x) - onehot(y)) / N.

    Parameters
    ----------
    x : (N, T, V) floats, scores of the V words
    y : (N, T) integers in [0, V), the right words; where mask is False they are not looked at
    mask : (N, T) bools, False where a caption has ended and nothing counts
    verbose : bool; print the shape of dx

    Returns
    -------
    loss : float; 0 where the mask is False everywhere
    dx : (N, T, V), the dtype of x

    Raises
    ------
    TypeError, ValueError : x is not such a float array, y holds no integers or one out of range, mask holds no bools,
        or the shapes do not fit

    Notes
    -----
    A long caption weighs more than a short one, since steps are added up; dividing by their number would change that.
    Each row's maximum is subtracted first, so that exp never sees a positive number.
    """
    check_floats("x", x, ndim=3)
    N, T, V = x.shape
    if not isinstance(mask, np.ndarray) or mask.dtype != bool:
        raise TypeError(f"mask must be a NumPy array of bools, got {describe(mask)}; make it with y != null")
    require(mask.shape == (N, T), f"mask must have the shape {(N, T)}, got {describe(mask)}")
    check_words("y", y, V, (N, T), mask)
    shifted = x[mask]  # (N, T, V) -> (K, V), the K steps that count
    shifted -= shifted.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    totals = p.sum(axis=1, keepdims=True)  # (K, 1)
    right = np.arange(len(p)), y[mask]
    loss = float(np.sum(np.log(totals[:, 0]) - shifted[right])) / N
    p /= totals
    p[right] -= 1
    p /= N
    dx = np.zeros_like(x)
    dx[mask] = p
    if verbose:
        print("dx.shape:", dx.shape)
    return loss, dx
