"""The LSTM, one step at a time (the definition) and over whole sequences (the same arithmetic, fast)."""

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

__all__ = ["lstm_step_forward", "lstm_step_backward", "lstm_forward", "lstm_backward"]


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """Take one step of an LSTM, whose cell c is carried on by a sum and so forgets only what f tells it to.

    a = x Wx + prev_h Wh + b;  i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o);  g = tanh(a_g);
    next_c = f prev_c + i g;  next_h = o tanh(next_c).

    Parameters
    ----------
    x : (N, D) floats
    prev_h, prev_c : (N, H) floats, hidden state and cell
    Wx : (D, 4H), Wh : (H, 4H), b : (4H,) floats; the columns hold the gates in the order i, f, o, g
        (input, forget, output, and the candidate; PyTorch's order is i, f, g, o)

    Returns
    -------
    next_h : (N, H), next_c : (N, H)
    cache : (x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c)

    Raises
    ------
    TypeError, ValueError : not float arrays, NaN, or shapes that do not fit

    References
    ----------
    Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997; the forget gate is from Gers,
    Schmidhuber and Cummins, "Learning to Forget", Neural Computation 2000, section 3.
    """
    check_floats("x", x, ndim=2)
    check_step(x, prev_h, Wx, Wh, b, gates=4)
    check_floats("prev_c", prev_c, shape=prev_h.shape)
    a_i, a_f, a_o, a_g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)  # (N, 4H) -> four of (N, H)
    i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    return o * tanh_c, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Backpropagate through `lstm_step_forward`; next_c also lies behind next_h, so both gradients meet in dc.

    dc = dnext_c + dnext_h o (1 - tanh²);  da_i = dc g i(1-i);  da_f = dc prev_c f(1-f);
    da_o = dnext_h tanh(next_c) o(1-o);  da_g = dc i (1-g²);  dprev_c = dc f.

    Parameters
    ----------
    dnext_h, dnext_c : (N, H) floats
    cache : from `lstm_step_forward`

    Returns
    -------
    dx : (N, D), dprev_h : (N, H), dprev_c : (N, H), dWx : (D, 4H), dWh : (H, 4H), db : (4H,)

    Raises
    ------
    TypeError, ValueError : dnext_h or dnext_c is no float array of the state's shape, or holds NaN
    """
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    check_floats("dnext_h", dnext_h, shape=i.shape)
    check_floats("dnext_c", dnext_c, shape=i.shape)
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    da_i, da_f = dc * g * i * (1 - i), dc * prev_c * f * (1 - f)
    da_o, da_g = dnext_h * tanh_c * o * (1 - o), dc * i * (1 - g**2)
    da = np.concatenate((da_i, da_f, da_o, da_g), axis=1)  # four of (N, H) -> (N, 4H)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    """Run an LSTM over sequences from the state h0 and an empty cell, c_0 = 0, in steps of `lstm_step_forward`.

    Parameters
    ----------
    x : (N, T, D) floats
    h0 : (N, H) floats
    Wx, Wh, b : (D, 4H), (H, 4H), (4H,) floats, gates i, f, o, g

    Returns
    -------
    h : (N, T, H), the hidden states after each step, without h0; the cells are not returned
    cache : (xs, h, c of 0 ... T, gates, tanh(c), all time-major, Wx, Wh)

    Raises
    ------
    TypeError, ValueError : as `lstm_step_forward`

    Notes
    -----
    sigmoid(z) = (1 + tanh(z/2)) / 2, so one call of tanh in place serves all four gates.
    """
    check_floats("x", x, ndim=3)
    check_step(x, h0, Wx, Wh, b, gates=4, name="h0")
    xs, H = time_major(x), h0.shape[1]
    gates = from_inputs(xs, Wx, b)  # (T, N, 4H)
    h = states(h0, len(xs), gates.dtype)
    c, tanh_c = np.zeros_like(h), np.empty_like(h[1:])
    for t in range(len(xs)):
        gates[t] += h[t] @ Wh
        activate(gates[t], sigmoids=3 * H)
        i, f, o, g = np.split(gates[t], 4, axis=1)  # views, (N, H) each
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    return batch_major(h[1:]), (xs, h, c, gates, tanh_c, Wx, Wh)


def lstm_backward(dh, cache):
    """Backpropagate through `lstm_forward`, the gradients of state and cell going back together.

    Parameters
    ----------
    dh : (N, T, H) floats, the gradient that each state gets from above, not through the next step
    cache : from `lstm_forward`

    Returns
    -------
    dx : (N, T, D), dh0 : (N, H), dWx : (D, 4H), dWh : (H, 4H), db : (4H,), the weights' summed over the steps

    Raises
    ------
    TypeError, ValueError : dh is no float array of h's shape, or holds NaN
    """
    xs, h, c, gates, tanh_c, Wx, Wh = cache
    T, N, H = tanh_c.shape
    check_floats("dh", dh, shape=(N, T, H))
    da, dc, dprev_h = np.empty_like(gates), np.zeros_like(c[0]), np.zeros_like(h[0])
    for t in reversed(range(T)):
        dh_t = dh[:, t] + dprev_h
        i, f, o, g = np.split(gates[t], 4, axis=1)
        dc += dh_t * o * (1 - tanh_c[t]**2)
        da_i, da_f, da_o, da_g = np.split(da[t], 4, axis=1)  # views to write into
        np.multiply(dc * g, i * (1 - i), out=da_i)
        np.multiply(dc * c[t], f * (1 - f), out=da_f)
        np.multiply(dh_t * tanh_c[t], o * (1 - o), out=da_o)
        np.multiply(dc * i, 1 - g**2, out=da_g)
        dc *= f
        dprev_h = da[t] @ Wh.T
    dx, dWx, dWh, db = weight_gradients(da, xs, h, Wx)
    return dx, dprev_h, dWx, dWh, db
