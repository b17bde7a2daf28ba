"""The vanilla recurrent network, one step at a time and over whole sequences, and what all recurrent layers share.

The step functions are the definition. The sequence functions do the same arithmetic for T steps with everything that
does not have to wait for the step before taken out of the loop: x Wx + b of all steps is one matrix product, and so are
dx, dWx and dWh once the loop has collected the gradients. Buffers inside are time-major, (T, N, ...), so that what a
step reads and writes lies in one piece.
"""

import numpy as np

from cs182lib.validation import check_floats

__all__ = ["sigmoid", "rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward"]


def sigmoid(x):
    """Squash numbers into (0, 1): out = 1 / (1 + exp(-x)).

    Parameters
    ----------
    x : floats of any shape

    Returns
    -------
    out : the shape and dtype of x

    Raises
    ------
    TypeError, ValueError : x is no float array, is empty, or holds NaN

    Notes
    -----
    exp only ever sees -|x|, so nothing overflows: for x < 0 the fraction is extended by exp(x).

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    check_floats("x", x)
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def check_step(x, prev_h, Wx, Wh, b, gates, name="prev_h"):
    """Raise TypeError or ValueError unless all that enters a step are float arrays that fit together and hold no NaN.

    Parameters
    ----------
    x : (N, D) of one step, or (N, T, D) of all
    prev_h : (N, H), the state
    Wx, Wh, b : (D, gates·H), (H, gates·H), (gates·H,)
    gates : int, how many blocks of H columns the weights have: 1 in an RNN, 3 in a GRU, 4 in an LSTM
    name : str, what the state is called in the caller's signature
    """
    check_floats(name, prev_h, shape=(len(x), None))
    H = prev_h.shape[1]
    check_floats("Wx", Wx, shape=(x.shape[-1], gates * H))
    check_floats("Wh", Wh, shape=(H, gates * H))
    check_floats("b", b, shape=(gates * H,))


def time_major(a):
    """Return the array a, (N, T, K), as (T, N, K), each step in one piece of memory."""
    return np.ascontiguousarray(a.transpose(1, 0, 2))


def batch_major(a):
    """Return (T, N, K) as a new array (N, T, K)."""
    return a.transpose(1, 0, 2).copy()


def from_inputs(xs, Wx, b):
    """Return xs Wx + b of every step at once, one large product for T small ones: (T, N, D) -> (T, N, K)."""
    T, N, D = xs.shape
    a = xs.reshape(T * N, D) @ Wx  # (T, N, D) -> (T·N, D) -> (T·N, K)
    a += b
    return a.reshape(T, N, -1)  # (T·N, K) -> (T, N, K)


def states(h0, T, dtype):
    """Return an array for the states h_0 ... h_T, (T + 1, N, H) of `dtype`, that begins with h0, (N, H)."""
    h = np.empty((T + 1, *h0.shape), dtype)
    h[0] = h0
    return h


def weight_gradients(da, xs, h, Wx, dm=None):
    """Return dx (N, T, D), dWx, dWh and db from the gradients of all steps, each by one product over all of them.

    Parameters
    ----------
    da : (T, N, K) floats, gradient of x Wx + b
    xs : (T, N, D) floats, the inputs
    h : (T + 1, N, H) floats, the states from h_0 on
    Wx : (D, K) floats
    dm : (T, N, K) floats, gradient of h Wh where it is another than da (in a GRU), or None
    """
    rows = da.reshape(-1, da.shape[2])  # (T, N, K) -> (T·N, K)
    dx = batch_major((rows @ Wx.T).reshape(xs.shape))  # (T·N, D) -> (T, N, D) -> (N, T, D)
    dWx = xs.reshape(len(rows), -1).T @ rows  # (D, T·N) (T·N, K)
    from_h = rows if dm is None else dm.reshape(rows.shape)  # (T, N, K) -> (T·N, K)
    dWh = h[:-1].reshape(len(rows), -1).T @ from_h  # (H, T·N) (T·N, K)
    return dx, dWx, dWh, rows.sum(axis=0)


def activate(a, sigmoids):
    """Turn the first `sigmoids` columns of a into sigmoid(a) and the others into tanh(a), in place."""
    left = a[:, :sigmoids]
    left *= 0.5
    np.tanh(a, out=a)
    left *= 0.5
    left += 0.5


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Take one step of a vanilla RNN: next_h = tanh(x Wx + prev_h Wh + b).

    Parameters
    ----------
    x : (N, D) floats, the input of this step
    prev_h : (N, H) floats, the hidden state before it
    Wx : (D, H) floats
    Wh : (H, H) floats
    b : (H,) floats

    Returns
    -------
    next_h : (N, H), in (-1, 1)
    cache : (x, prev_h, Wx, Wh, next_h)

    Raises
    ------
    TypeError, ValueError : not float arrays, NaN, or shapes that do not fit

    References
    ----------
    Elman, "Finding Structure in Time", Cognitive Science 1990.
    """
    check_floats("x", x, ndim=2)
    check_step(x, prev_h, Wx, Wh, b, gates=1)
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    """Backpropagate through `rnn_step_forward`: da = dnext_h (1 - next_h²), since tanh' = 1 - tanh².

    Parameters
    ----------
    dnext_h : (N, H) floats
    cache : from `rnn_step_forward`

    Returns
    -------
    dx : (N, D), dprev_h : (N, H), dWx : (D, H), dWh : (H, H), db : (H,)

    Raises
    ------
    TypeError, ValueError : dnext_h is no float array of next_h's shape, or holds NaN
    """
    x, prev_h, Wx, Wh, next_h = cache
    check_floats("dnext_h", dnext_h, shape=next_h.shape)
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """Run a vanilla RNN over sequences: h_t = tanh(x_t Wx + h_{t-1} Wh + b), t = 1 ... T.

    Parameters
    ----------
    x : (N, T, D) floats
    h0 : (N, H) floats, the state before the first step
    Wx, Wh, b : (D, H), (H, H), (H,) floats, the same at every step

    Returns
    -------
    h : (N, T, H), the states after each step, without h0
    cache : (xs, h of 0 ... T time-major, Wx, Wh)

    Raises
    ------
    TypeError, ValueError : as `rnn_step_forward`
    """
    check_floats("x", x, ndim=3)
    check_step(x, h0, Wx, Wh, b, gates=1, name="h0")
    xs = time_major(x)
    a = from_inputs(xs, Wx, b)  # (T, N, H)
    h = states(h0, len(xs), a.dtype)
    for t in range(len(xs)):
        a[t] += h[t] @ Wh
        np.tanh(a[t], out=h[t + 1])
    return batch_major(h[1:]), (xs, h, Wx, Wh)


def rnn_backward(dh, cache):
    """Backpropagate through time: each state's gradient is its own dh plus what comes back from the next step.

    Parameters
    ----------
    dh : (N, T, H) floats, the gradient that each state gets from above, not through the next step
    cache : from `rnn_forward`

    Returns
    -------
    dx : (N, T, D), dh0 : (N, H), dWx : (D, H), dWh : (H, H), db : (H,), the weights' summed over the steps

    Raises
    ------
    TypeError, ValueError : dh is no float array of h's shape, or holds NaN

    References
    ----------
    Werbos, "Backpropagation Through Time: What It Does and How to Do It", Proc. IEEE 1990.
    """
    xs, h, Wx, Wh = cache
    T, N, H = h[1:].shape
    check_floats("dh", dh, shape=(N, T, H))
    da = 1 - h[1:]**2  # tanh' at every step, (T, N, H)
    dprev_h = np.zeros((N, H), da.dtype)
    for t in reversed(range(T)):
        da[t] *= dh[:, t] + dprev_h
        dprev_h = da[t] @ Wh.T
    dx, dWx, dWh, db = weight_gradients(da, xs, h, Wx)
    return dx, dprev_h, dWx, dWh, db
