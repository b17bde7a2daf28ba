"""Both convolutions against PyTorch and each other, over strides, paddings and odd shapes."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cs182lib.layers import (
    conv_backward_fast,
    conv_backward_naive,
    conv_forward_fast,
    conv_forward_naive,
    convolution,
)
from tests.parity import assert_same_as_torch, ramp

PAIRS = {"naive": (conv_forward_naive, conv_backward_naive), "fast": (conv_forward_fast, conv_backward_fast)}


def check(pair, dtype, n, c, f, size, field, stride, pad):
    forward, backward = PAIRS[pair]
    conv_param = {"stride": stride, "pad": pad}
    inputs = ramp(n, c, *size, dtype=dtype), ramp(f, c, *field, dtype=dtype), ramp(f, dtype=dtype)
    assert_same_as_torch(lambda *a: forward(*a, conv_param), backward,
                         lambda x, w, b: torch.nn.functional.conv2d(x, w, b, stride, pad), *inputs)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("pair", PAIRS)
@settings(max_examples=25)
@given(n=st.integers(1, 3), c=st.integers(1, 3), f=st.integers(1, 4), stride=st.integers(1, 4), pad=st.integers(0, 2),
       out=st.tuples(st.integers(1, 4), st.integers(1, 5)), field=st.tuples(st.integers(1, 4), st.integers(1, 5)))
def test_equal_to_torch(pair, dtype, n, c, f, out, field, stride, pad):
    size = tuple((o - 1) * stride + k - 2 * pad for o, k in zip(out, field))
    assume(min(size) >= 1)
    check(pair, dtype, n, c, f, size, field, stride, pad)


def test_fast_is_the_same_however_the_batch_is_cut(monkeypatch):
    x, w, b = ramp(7, 3, 6, 5), ramp(4, 3, 3, 3), ramp(4)
    whole, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
    dout = ramp(*whole.shape)
    gradients = conv_backward_fast(dout, cache)
    monkeypatch.setattr(convolution, "BLOCK_BYTES", 1)
    cut, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
    np.testing.assert_allclose(cut, whole, rtol=1e-12)
    for ours, theirs in zip(conv_backward_fast(dout, cache), gradients):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_a_first_layer_may_leave_the_gradient_of_its_input_out():
    _, cache = conv_forward_fast(ramp(7, 3, 6, 5), ramp(4, 3, 3, 3), ramp(4), {"stride": 1, "pad": 1})
    dout = ramp(7, 4, 6, 5)
    dx, dw, db = conv_backward_fast(dout, cache, need_dx=False)
    _, dw_whole, db_whole = conv_backward_fast(dout, cache)
    assert dx is None
    np.testing.assert_array_equal(dw, dw_whole)
    np.testing.assert_array_equal(db, db_whole)


def test_neighbors_are_weighed_not_flipped():
    x = np.zeros((1, 1, 1, 4))
    x[0, 0, 0, 1] = 1.0
    w = np.array([[[[1.0, 2.0, 3.0]]]])
    for forward, _ in PAIRS.values():
        np.testing.assert_array_equal(forward(x, w, np.zeros(1), {"stride": 1, "pad": 0})[0].ravel(), [2, 1])


@pytest.mark.parametrize("forward", [pair[0] for pair in PAIRS.values()])
@pytest.mark.parametrize("conv_param, words", [
    ({"stride": 2, "pad": 0}, "stride 2 does not fit.*difference 3 is no multiple"),
    ({"stride": 0, "pad": 0}, r"conv_param\['stride'\] must be at least 1, got 0"),
    ({"stride": 1, "pad": -1}, r"conv_param\['pad'\] must be at least 0"),
    ({"stride": 1, "padding": 1}, "unknown option 'padding'"),
])
def test_bad_options_are_refused(forward, conv_param, words):
    with pytest.raises(ValueError, match=words):
        forward(ramp(2, 3, 6, 6), ramp(4, 3, 3, 3), ramp(4), conv_param)


@pytest.mark.parametrize("forward", [pair[0] for pair in PAIRS.values()])
def test_bad_shapes_are_refused(forward):
    with pytest.raises(ValueError, match="w must have the shape .any, 3, any, any."):
        forward(ramp(2, 3, 6, 6), ramp(4, 2, 3, 3), ramp(4), {"stride": 1, "pad": 0})
    with pytest.raises(ValueError, match="window is 9 but the padded input has only 8"):
        forward(ramp(2, 3, 6, 6), ramp(4, 3, 9, 3), ramp(4), {"stride": 1, "pad": 1})
    with pytest.raises(TypeError, match="x must hold floats"):
        forward(np.ones((2, 3, 6, 6), np.uint8), ramp(4, 3, 3, 3), ramp(4), {"stride": 1, "pad": 1})
