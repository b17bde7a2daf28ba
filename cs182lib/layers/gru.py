"""The gated recurrent unit, one step at a time (the definition) and over whole sequences (the same, fast)."""

import numpy as np

from cs182lib.layers.recurrent import (
    activate,
    batch_major,
    check_step,
    from_inputs,
    sigmoid,
    states,
    time_major,
    weight_gradients,
)
from cs182lib.validation import check_floats

__all__ = ["gru_step_forward", "gru_step_backward", "gru_forward", "gru_backward"]


def gru_step_forward(x, prev_h, Wx, Wh, b):
    """Take one step of a GRU: a mixture of the old state and a candidate, which sees as much of it as r lets through.

    a = x Wx + b and m = prev_h Wh, each in three parts r, z, n;
    r, z = sigmoid(a_r + m_r), sigmoid(a_z + m_z);  n = tanh(a_n + r m_n);  next_h = (1 - z) n + z prev_h.

    The reset gate r multiplies m_n = prev_h Wh_n, after the matrix product, as in PyTorch and cuDNN; in the paper it
    multiplies prev_h before it. PyTorch has a second bias, for m; here it is zero.

    Parameters
    ----------
    x : (N, D) floats
    prev_h : (N, H) floats
    Wx : (D, 3H), Wh : (H, 3H), b : (3H,) floats; the columns hold r (reset), z (update), n (new), PyTorch's order

    Returns
    -------
    next_h : (N, H)
    cache : (x, prev_h, Wx, Wh, r, z, n, m_n)

    Raises
    ------
    TypeError, ValueError : not float arrays, NaN, or shapes that do not fit

    References
    ----------
    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, eq. 5-8 (there z and 1 - z
    have each other's place).
    """
    check_floats("x", x, ndim=2)
    check_step(x, prev_h, Wx, Wh, b, gates=3)
    a_r, a_z, a_n = np.split(x @ Wx + b, 3, axis=1)  # (N, 3H) -> three of (N, H)
    m_r, m_z, m_n = np.split(prev_h @ Wh, 3, axis=1)
    r, z = sigmoid(a_r + m_r), sigmoid(a_z + m_z)
    n = np.tanh(a_n + r * m_n)
    return (1 - z) * n + z * prev_h, (x, prev_h, Wx, Wh, r, z, n, m_n)


def gru_step_backward(dnext_h, cache):
    """Backpropagate through `gru_step_forward`; prev_h is reached through z, through all three gates, and directly.

    da_n = dnext_h (1 - z)(1 - n²);  da_z = dnext_h (prev_h - n) z(1-z);  da_r = da_n m_n r(1-r);
    dm is da with da_n r in the place of da_n, and dprev_h = dnext_h z + dm Whᵀ.

    Parameters
    ----------
    dnext_h : (N, H) floats
    cache : from `gru_step_forward`

    Returns
    -------
    dx : (N, D), dprev_h : (N, H), dWx : (D, 3H), dWh : (H, 3H), db : (3H,)

    Raises
    ------
    TypeError, ValueError : dnext_h is no float array of next_h's shape, or holds NaN
    """
    x, prev_h, Wx, Wh, r, z, n, m_n = cache
    check_floats("dnext_h", dnext_h, shape=n.shape)
    da_n = dnext_h * (1 - z) * (1 - n**2)
    da_z = dnext_h * (prev_h - n) * z * (1 - z)
    da_r = da_n * m_n * r * (1 - r)
    da = np.concatenate((da_r, da_z, da_n), axis=1)  # three of (N, H) -> (N, 3H)
    dm = np.concatenate((da_r, da_z, da_n * r), axis=1)
    return da @ Wx.T, dnext_h * z + dm @ Wh.T, x.T @ da, prev_h.T @ dm, da.sum(axis=0)


def gru_forward(x, h0, Wx, Wh, b):
    """Run a GRU over sequences from the state h0, in steps of `gru_step_forward`.

    Parameters
    ----------
    x : (N, T, D) floats
    h0 : (N, H) floats
    Wx, Wh, b : (D, 3H), (H, 3H), (3H,) floats, gates r, z, n

    Returns
    -------
    h : (N, T, H), the states after each step, without h0
    cache : (xs, h of 0 ... T, gates, m_n, all time-major, Wx, Wh)

    Raises
    ------
    TypeError, ValueError : as `gru_step_forward`
    """
    check_floats("x", x, ndim=3)
    check_step(x, h0, Wx, Wh, b, gates=3, name="h0")
    xs, H = time_major(x), h0.shape[1]
    gates = from_inputs(xs, Wx, b)  # (T, N, 3H)
    h = states(h0, len(xs), gates.dtype)
    m_n = np.empty_like(h[1:])
    for t in range(len(xs)):
        m = h[t] @ Wh  # (N, 3H)
        m_n[t] = m[:, 2 * H:]
        r, z, n = np.split(gates[t], 3, axis=1)  # views, (N, H) each
        gates[t, :, :2 * H] += m[:, :2 * H]
        activate(gates[t, :, :2 * H], sigmoids=2 * H)
        n += r * m_n[t]
        np.tanh(n, out=n)
        h[t + 1] = n + z * (h[t] - n)
    return batch_major(h[1:]), (xs, h, gates, m_n, Wx, Wh)


def gru_backward(dh, cache):
    """Backpropagate through `gru_forward`.

    Parameters
    ----------
    dh : (N, T, H) floats, the gradient that each state gets from above, not through the next step
    cache : from `gru_forward`

    Returns
    -------
    dx : (N, T, D), dh0 : (N, H), dWx : (D, 3H), dWh : (H, 3H), db : (3H,), the weights' summed over the steps

    Raises
    ------
    TypeError, ValueError : dh is no float array of h's shape, or holds NaN
    """
    xs, h, gates, m_n, Wx, Wh = cache
    T, N, H = m_n.shape
    check_floats("dh", dh, shape=(N, T, H))
    da, dm, dprev_h = np.empty_like(gates), np.empty_like(gates), np.zeros_like(h[0])
    for t in reversed(range(T)):
        dh_t = dh[:, t] + dprev_h
        r, z, n = np.split(gates[t], 3, axis=1)
        da_r, da_z, da_n = np.split(da[t], 3, axis=1)  # views to write into
        np.multiply(dh_t * (1 - z), 1 - n**2, out=da_n)
        np.multiply(dh_t * (h[t] - n), z * (1 - z), out=da_z)
        np.multiply(da_n * m_n[t], r * (1 - r), out=da_r)
        dm[t] = da[t]
        dm[t, :, 2 * H:] *= r
        dprev_h = dh_t * z + dm[t] @ Wh.T
    dx, dWx, dWh, db = weight_gradients(da, xs, h, Wx, dm)
    return dx, dprev_h, dWx, dWh, db
