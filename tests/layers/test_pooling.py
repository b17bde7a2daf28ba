"""Pooling against PyTorch and the loops, with overlaps and ties."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs182lib.layers import (
    avg_pool_backward,
    avg_pool_forward,
    max_pool_backward_fast,
    max_pool_backward_naive,
    max_pool_forward_fast,
    max_pool_forward_naive,
)
from tests.parity import assert_same_as_torch, ramp

F = torch.nn.functional
POOLS = {"naive": (max_pool_forward_naive, max_pool_backward_naive, F.max_pool2d),
         "fast": (max_pool_forward_fast, max_pool_backward_fast, F.max_pool2d),
         "average": (avg_pool_forward, avg_pool_backward, F.avg_pool2d)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", POOLS)
@settings(max_examples=25)
@given(out=st.tuples(st.integers(1, 4), st.integers(1, 5)), field=st.tuples(st.integers(1, 3), st.integers(1, 4)),
       stride=st.integers(1, 4))
def test_equal_to_torch(name, dtype, out, field, stride):
    forward, backward, reference = POOLS[name]
    size = [(o - 1) * stride + k for o, k in zip(out, field)]
    pool_param = {"pool_height": field[0], "pool_width": field[1], "stride": stride}
    assert_same_as_torch(lambda x: forward(x, pool_param), backward, lambda x: reference(x, field, stride),
                         ramp(2, 3, *size, dtype=dtype))


@pytest.mark.parametrize("name", ["naive", "fast"])
def test_among_equals_the_first_gets_the_whole_gradient(name):
    forward, backward, _ = POOLS[name]
    out, cache = forward(np.zeros((1, 1, 2, 4)), {"pool_height": 2, "pool_width": 2, "stride": 2})
    dx = backward(np.array([[[[3.0, 5.0]]]]), cache)
    np.testing.assert_array_equal(dx, [[[[3, 0, 5, 0], [0, 0, 0, 0]]]])


@pytest.mark.parametrize("name", POOLS)
def test_the_gradient_is_neither_lost_nor_made(name):
    forward, backward, _ = POOLS[name]
    out, cache = forward(np.round(3 * ramp(2, 3, 6, 8)), {"pool_height": 2, "pool_width": 2, "stride": 2})
    dout = ramp(*out.shape)
    np.testing.assert_allclose(backward(dout, cache).sum(), dout.sum(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("options, error, words", [
    ({"pool_height": 2, "pool_width": 2, "stride": 2}, ValueError, "does not fit"),
    ({"pool_height": 9, "pool_width": 2, "stride": 1}, ValueError, "window is 9"),
    ({"pool_height": 2, "pool_width": 2}, TypeError, "stride"),
    ({"pool_height": 2, "pool_width": 2, "stride": 1, "pad": 1}, ValueError, "unknown option 'pad'"),
])
def test_bad_options_are_refused(name, options, error, words):
    with pytest.raises(error, match=words):
        POOLS[name][0](ramp(2, 3, 5, 6), options)
