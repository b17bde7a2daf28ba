"""Checks of the vanilla RNN: a step and a sequence, forward and backward."""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.hw2_sequence_definitions import (
    add_mistakes,
    bptt_gradients,
    gradient_mistakes,
    rnn,
    rnn_step,
    sequence_mistakes,
    sigmoid,
)
from cs182lib.checks.inputs import scattered

STEP_CASES = (3, 1.0, ""), (1, 1.0, ""), (2, 2e3, " for huge inputs")  # N, largest input; exp(2e3) overflows


def weights(D, H, gates=1):
    """Return fixed Wx (D, gates·H), Wh (H, gates·H) and b (gates·H,) by name.

    gates is the number of blocks of H columns: 1 for the vanilla RNN, 3 for the GRU, 4 for the LSTM.
    """
    return {"Wx": scattered((D, gates * H), -0.9, 0.8, start=9), "Wh": scattered((H, gates * H), -0.7, 0.8, start=31),
            "b": scattered((gates * H,), -0.4, 0.6, start=5)}


def sequence(N, T, D, H, gates=1):
    """Return a layer's arguments by name: x (N, T, D), h0 (N, H), and those of `weights` for D, H and gates."""
    return {"x": scattered((N, T, D)), "h0": scattered((N, H), start=17), **weights(D, H, gates)}


def check_rnn_step_forward(rnn_step_forward):
    """Check next_h = tanh(x Wx + prev_h Wh + b) of `rnn_step_forward`, for a batch, one example, and huge inputs."""
    check = Checker("rnn_step_forward", N=3, D=6, H=4)
    for N, size, context in STEP_CASES:
        check_forward(check, rnn_step_forward, rnn_step, _step_mistakes, context, returns=("next_h",),
                      x=scattered((N, 6), -size, size), prev_h=scattered((N, 4), start=17), **weights(6, 4))
    check.passed()


def _step_mistakes(x, prev_h, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    return {
        "tanh is missing": a,
        "the bias b is not added": np.tanh(a - b),
        "the state is left out: add prev_h Wh": np.tanh(x @ Wx + b),
        "the input is left out: add x Wx": np.tanh(prev_h @ Wh + b),
        "Wh is transposed: prev_h @ Wh": np.tanh(x @ Wx + prev_h @ Wh.T + b),
        "sigmoid in the place of tanh": sigmoid(a),
        "ReLU in the place of tanh": np.maximum(a, 0),
        "prev_h is added as it is: multiply it by Wh": np.tanh(x @ Wx + prev_h + b),
        "tanh is taken of a part only: add up first": np.tanh(x @ Wx) + prev_h @ Wh + b,
    }


def check_rnn_step_backward(rnn_step_backward, rnn_step_forward=layers.rnn_step_forward):
    """Check dx, dprev_h, dWx, dWh and db of `rnn_step_backward` against numeric gradients.

    `rnn_step_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("rnn_step_backward", N=4, D=5, H=6)
    check_backward(check, rnn_step_backward, rnn_step_forward, rnn_step, _step_backward_mistakes, returns=("next_h",),
                   x=scattered((4, 5)), prev_h=scattered((4, 6), start=17), **weights(5, 6))
    check.passed()


def _step_gradients(da, x, prev_h, Wx, Wh):
    return {"dx": da @ Wx.T, "dprev_h": da @ Wh.T, "dWx": x.T @ da, "dWh": prev_h.T @ da, "db": da.sum(axis=0)}


def _step_backward_mistakes(dnext_h, x, prev_h, Wx, Wh, b):
    a, next_h = x @ Wx + prev_h @ Wh + b, rnn_step(x, prev_h, Wx, Wh, b)
    da = dnext_h * (1 - next_h**2)
    table = {name: {} for name in ("dx", "dprev_h", "dWx", "dWh", "db")}
    add_mistakes(table, {cause: _step_gradients(wrong, x, prev_h, Wx, Wh) for cause, wrong in {
        "tanh' is missing: da = dnext_h * (1 - next_h**2)": dnext_h,
        "tanh' is 1 - next_h**2: the square is missing": dnext_h * (1 - next_h),
        "tanh is taken twice: next_h is tanh(a) already": dnext_h * (1 - np.tanh(next_h)**2),
        "tanh' is 1 - tanh(a)², of the output, not 1 - a²": dnext_h * (1 - a**2),
        "this is the derivative of sigmoid": dnext_h * next_h * (1 - next_h),
        "tanh' is that of the new state, 1 - next_h**2, not of the one before": dnext_h * (1 - prev_h**2),
        "dnext_h is missing: the gradient is that of the sum of next_h": 1 - next_h**2,
    }.items()})
    table["dprev_h"]["Wh is not transposed: da @ Wh.T"] = da @ Wh
    table["dprev_h"]["the state before is not squashed again: dprev_h = da @ Wh.T"] = da @ Wh.T * (1 - prev_h**2)
    table["dWh"]["the new state is used: the step read prev_h, so prev_h.T @ da"] = next_h.T @ da
    table["dWh"]["the gradient goes to prev_h in the wrong order: prev_h.T @ da"] = da.T @ prev_h
    table["db"]["db is not summed over the batch: da.sum(axis=0)"] = da
    table["db"]["db is summed over the features: sum over the batch, axis=0"] = da.sum(axis=1)
    return table


def check_rnn_forward(rnn_forward):
    """Check the states (N, T, H) that `rnn_forward` returns, one after each step; also for one step and one example."""
    check = Checker("rnn_forward", N=2, T=3, D=4, H=5)
    for N, T in ((2, 3), (3, 1), (1, 4)):
        check_forward(check, rnn_forward, rnn, sequence_mistakes(rnn), f" for {N} sequences of {T} steps",
                      returns=("h",), **sequence(N, T, 4, 5))
    check.passed()


def check_rnn_backward(rnn_backward, rnn_forward=layers.rnn_forward):
    """Check dx, dh0 and, summed over the steps, dWx, dWh and db of `rnn_backward` against numeric gradients.

    `rnn_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("rnn_backward", N=2, T=5, D=3, H=5)
    for N, T in ((2, 5), (3, 1), (1, 4)):
        check_backward(check, rnn_backward, rnn_forward, rnn, _backward_mistakes,
                       f" for {N} sequences of {T} steps", returns=("h",), **sequence(N, T, 3, 5))
    check.passed()


def _backward_mistakes(dh, x, h0, Wx, Wh, b):
    h = rnn(x, h0, Wx, Wh, b)
    before = np.concatenate((h0[:, None], h[:, :-1]), axis=1)  # the state that each step read

    def gradients(read=before, slope=1 - h**2):
        """Return the gradients of one step, as `gradient_mistakes` wants them, with these parts in place."""
        def step(t, dh_t):
            dx, dprev_h, *rest = _step_gradients(dh_t * slope[:, t], x[:, t], read[:, t], Wx, Wh).values()
            return dx, (dprev_h,), *rest

        return step

    table = gradient_mistakes(gradients(), dh, states=1)
    add_mistakes(table, {"tanh' = 1 - h² is missing": bptt_gradients(gradients(slope=np.ones_like(h)), dh, 1)})
    later = bptt_gradients(gradients(read=h), dh, 1)
    table["dWh"]["each step's new state is used: it read the state before it, h0 at the first"] = later["dWh"]
    return table
