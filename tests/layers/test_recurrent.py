"""RNN, LSTM and GRU against PyTorch and numeric gradients, at extremes, over growing sequences, and with bad input."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cs182lib import layers as L
from cs182lib.layers import sigmoid
from cs182lib.training.gradient_check import eval_numerical_gradient_array
from tests.parity import assert_same_as_torch, ramp

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
CELLS = pytest.mark.parametrize("cell", GATES)
TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def passes(cell):
    return getattr(L, f"{cell}_forward"), getattr(L, f"{cell}_backward")


def steps(cell):
    return getattr(L, f"{cell}_step_forward"), getattr(L, f"{cell}_step_backward")


def inputs(cell, N, T, D, H, dtype=np.float64):
    """Return x, h0, Wx, Wh, b of unlike numbers."""
    k = GATES[cell]
    return (ramp(N, T, D, dtype=dtype), ramp(N, H, low=-0.5, high=0.4, dtype=dtype), ramp(D, k * H, dtype=dtype),
            ramp(H, k * H, low=-0.4, high=0.5, dtype=dtype), ramp(k * H, low=-0.3, high=0.6, dtype=dtype))


def torch_order(cell, w):
    """Return (K, gates) as PyTorch's (gates, K): the LSTM's i, f, o, g become i, f, g, o."""
    parts = list(w.T.chunk(GATES[cell])) if w.ndim == 2 else list(w.chunk(GATES[cell]))
    if cell == "lstm":
        parts[2], parts[3] = parts[3], parts[2]
    return torch.cat(parts)


def torch_sequence(cell):
    """Return a function (x, h0, Wx, Wh, b) -> h that runs PyTorch's own module on our weights."""
    def run(x, h0, Wx, Wh, b):
        net = TORCH[cell](x.shape[2], h0.shape[1], batch_first=True, dtype=x.dtype)
        weights = {"weight_ih_l0": torch_order(cell, Wx), "weight_hh_l0": torch_order(cell, Wh),
                   "bias_ih_l0": torch_order(cell, b), "bias_hh_l0": torch.zeros_like(b)}
        state = (h0[None], torch.zeros_like(h0)[None]) if cell == "lstm" else h0[None]
        return torch.func.functional_call(net, weights, (x, state))[0]

    return run


@CELLS
@DTYPES
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), st.integers(1, 6))
def test_sequences_equal_torch(cell, dtype, N, T, D, H):
    assert_same_as_torch(*passes(cell), torch_sequence(cell), *inputs(cell, N, T, D, H, dtype))


@CELLS
def test_gradients_equal_numeric_ones(cell):
    forward, backward = passes(cell)
    arguments = inputs(cell, 2, 10, 3, 5)  # the course's sizes
    h, cache = forward(*arguments)
    dh = ramp(*h.shape, low=-1.2, high=0.8)
    for gradient, argument in zip(backward(dh, cache), arguments, strict=True):
        expected = eval_numerical_gradient_array(lambda _: forward(*arguments)[0], argument, dh)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


def lstm_step(x, h, c, *weights):
    """Run the step with next_h and next_c side by side, (N, 2H), as one output."""
    next_h, next_c, cache = L.lstm_step_forward(x, h, c, *weights)
    return np.concatenate((next_h, next_c), axis=1), cache


def lstm_step_back(dout, cache):
    return L.lstm_step_backward(*np.split(dout, 2, axis=1), cache)


def torch_lstm_step(x, h, c, Wx, Wh, b):
    return torch.cat(torch.lstm_cell(x, (h, c), torch_order("lstm", Wx), torch_order("lstm", Wh),
                                     torch_order("lstm", b), torch.zeros_like(b)), dim=1)


@DTYPES
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6))
def test_lstm_step_equals_torch(dtype, N, D, H):
    x, h, *weights = inputs("lstm", N, 1, D, H, dtype)
    c = ramp(N, H, low=-1.5, high=1.4, dtype=dtype)
    assert_same_as_torch(lstm_step, lstm_step_back, torch_lstm_step, x[:, 0].copy(), h, c, *weights)


@DTYPES
@pytest.mark.parametrize("cell, function", [("rnn", torch.rnn_tanh_cell), ("gru", torch.gru_cell)])
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6))
def test_step_equals_torch(cell, function, dtype, N, D, H):
    x, *rest = inputs(cell, N, 1, D, H, dtype)
    assert_same_as_torch(*steps(cell), lambda x, h, Wx, Wh, b: function(x, h, Wx.T, Wh.T, b, torch.zeros_like(b)),
                         x[:, 0].copy(), *rest)


@CELLS
@DTYPES
def test_a_sequence_is_its_steps(cell, dtype):
    x, h, *weights = inputs(cell, 3, 6, 4, 5, dtype)
    out, _ = passes(cell)[0](x, h, *weights)
    c = np.zeros_like(h)
    for t in range(6):
        if cell == "lstm":
            h, c, _ = L.lstm_step_forward(x[:, t], h, c, *weights)
        else:
            h, _ = steps(cell)[0](x[:, t], h, *weights)
        np.testing.assert_allclose(out[:, t], h, rtol=0, atol=100 * np.finfo(dtype).eps)


def even(*shape, low, high):
    return np.linspace(low, high, int(np.prod(shape))).reshape(shape)


COURSE = [  # x, h0, Wx, Wh, b of the course's own checks
    ("rnn", [even(2, 3, 4, low=-.1, high=.3), even(2, 5, low=-.3, high=.1), even(4, 5, low=-.2, high=.4),
             even(5, 5, low=-.4, high=.1), even(5, low=-.7, high=.1)]),
    ("lstm", [even(2, 3, 5, low=-.4, high=.6), even(2, 4, low=-.4, high=.8), even(5, 16, low=-.2, high=.9),
              even(4, 16, low=-.3, high=.6), even(16, low=.2, high=.7)]),
]


@pytest.mark.parametrize("cell, arguments", COURSE)
def test_the_courses_sequences(cell, arguments):
    assert_same_as_torch(*passes(cell), torch_sequence(cell), *arguments)


def test_the_courses_steps():
    x, h, Wx, Wh, b = (even(3, 10, low=-.4, high=.7), even(3, 4, low=-.2, high=.5), even(10, 4, low=-.1, high=.9),
                       even(4, 4, low=-.3, high=.7), even(4, low=-.2, high=.4))
    assert_same_as_torch(*steps("rnn"), lambda x, h, Wx, Wh, b: torch.tanh(x @ Wx + h @ Wh + b), x, h, Wx, Wh, b)
    x, h, c = even(3, 4, low=-.4, high=1.2), even(3, 5, low=-.3, high=.7), even(3, 5, low=-.4, high=.9)
    weights = even(4, 20, low=-2.1, high=1.3), even(5, 20, low=-.7, high=2.2), even(20, low=.3, high=.7)
    assert_same_as_torch(lstm_step, lstm_step_back, torch_lstm_step, x, h, c, *weights)


@pytest.mark.filterwarnings("error")
@DTYPES
def test_sigmoid_at_extremes(dtype):
    x = np.array([-1000, -40, -1, 0, 1, 40, 1000], dtype)
    out = sigmoid(x)
    assert out.dtype == dtype
    np.testing.assert_allclose(out, torch.sigmoid(torch.tensor(x)).numpy(), rtol=1e-5, atol=0)
    assert out[0] == 0 and out[3] == 0.5 and out[-1] == 1


@pytest.mark.filterwarnings("error")
@CELLS
@DTYPES
def test_saturated_cells_stay_finite_and_pass_no_gradient(cell, dtype):
    forward, backward = passes(cell)
    x, h0, Wx, Wh, b = inputs(cell, 2, 3, 4, 5, dtype)
    x = x * dtype(1e6)  # every gate is shut or wide open
    h, cache = forward(x, h0, Wx, Wh, b)
    gradients = backward(np.ones_like(h), cache)
    assert np.isfinite(h).all() and np.abs(h).max() <= 3  # a cell grows by at most one each step
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    np.testing.assert_allclose(gradients[0], 0, atol=1e-6)


@CELLS
@pytest.mark.parametrize("N, T", [(1, 4), (3, 1)])
def test_what_is_returned_belongs_to_the_caller(cell, N, T):
    forward, backward = passes(cell)
    h, cache = forward(*inputs(cell, N, T, 3, 2))
    dh = np.ones_like(h)
    first = backward(dh, cache)
    h[:] = 7
    np.testing.assert_array_equal(dh, 1)
    for a, b in zip(first, backward(dh, cache)):
        np.testing.assert_array_equal(a, b)


@CELLS
def test_memory_grows_linearly_with_time(cell):
    def peak(T):
        arguments = inputs(cell, 8, T, 16, 32, np.float32)
        tracemalloc.start()
        h, cache = passes(cell)[0](*arguments)
        passes(cell)[1](h, cache)
        _, bytes_ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return bytes_

    short, long, longer = peak(20), peak(200), peak(380)
    assert longer - long == pytest.approx(long - short, rel=0.1)
    assert long < 10.5 * short


@CELLS
def test_bad_input_is_refused(cell):
    forward, backward = passes(cell)
    x, h0, Wx, Wh, b = inputs(cell, 2, 3, 4, 5)
    k = GATES[cell]
    for arguments, error, words in [
        ((x[:, 0], h0, Wx, Wh, b), ValueError, "x must have 3 axes"),
        ((x, h0[:1], Wx, Wh, b), ValueError, r"h0 must have the shape \(2, any\)"),
        ((x, h0, Wx[1:], Wh, b), ValueError, rf"Wx must have the shape \(4, {5 * k}\)"),
        ((x, h0, Wx, Wh[:, 1:], b), ValueError, rf"Wh must have the shape \(5, {5 * k}\)"),
        ((x, h0, Wx, Wh, b[1:]), ValueError, "b must have the shape"),
        ((x.astype(int), h0, Wx, Wh, b), TypeError, "x must hold floats"),
        ((np.where(x > 0.8, np.nan, x), h0, Wx, Wh, b), ValueError, "x holds NaN"),
        ((x[:, :0], h0, Wx, Wh, b), ValueError, "x is empty"),
    ]:
        with pytest.raises(error, match=words):
            forward(*arguments)
    with pytest.raises(ValueError, match=r"dh must have the shape \(2, 3, 5\)"):
        backward(np.ones((3, 2, 5)), forward(x, h0, Wx, Wh, b)[1])


def test_steps_refuse_bad_states():
    x, h, *weights = inputs("lstm", 2, 1, 4, 5)
    with pytest.raises(ValueError, match="prev_c must have the shape"):
        L.lstm_step_forward(x[:, 0], h, h[:, 1:], *weights)
    with pytest.raises(ValueError, match="x must have 2 axes"):
        L.lstm_step_forward(x, h, h, *weights)
    _, _, cache = L.lstm_step_forward(x[:, 0], h, h, *weights)
    with pytest.raises(ValueError, match="dnext_c must have the shape"):
        L.lstm_step_backward(h, h[:1], cache)
