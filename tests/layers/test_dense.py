"""Affine layers and ReLU against PyTorch, at extremes, and with bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.layers import affine_backward, affine_forward, relu_backward, relu_forward
from tests.parity import assert_same_as_torch, ramp

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
@given(st.integers(1, 5), st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 6))
def test_affine_equals_torch(dtype, n, rest, m):
    d = int(np.prod(rest))
    inputs = ramp(n, *rest, dtype=dtype), ramp(d, m, dtype=dtype), ramp(m, dtype=dtype)
    assert_same_as_torch(affine_forward, affine_backward, lambda x, w, b: x.flatten(1) @ w + b, *inputs)


@DTYPES
def test_relu_equals_torch(dtype):
    extreme = np.array([-1e4, -50, -1e-3, 1e-3, 50, 1e4], dtype)
    for x in (ramp(3, 4, 5, low=-4, high=4.3, dtype=dtype), extreme):
        assert_same_as_torch(relu_forward, relu_backward, torch.relu, x)


def test_relu_passes_nothing_at_zero():
    assert relu_backward(np.ones(1), np.zeros(1)) == 0


@pytest.mark.parametrize("x, w, b, error, words", [
    (np.ones((2, 3)), np.ones((4, 5)), np.ones(5), ValueError, "x has 3 numbers per example but w has 4 rows"),
    (np.ones((2, 3), int), np.ones((3, 5)), np.ones(5), TypeError, "x must hold floats.*int64.*astype"),
    ([[1.0]], np.ones((1, 1)), np.ones(1), TypeError, "x must be a NumPy array"),
    (np.ones((2, 3)), np.ones((3, 5)), np.ones((1, 5)), ValueError, "b must have 1 axes"),
    (np.ones((0, 3)), np.ones((3, 5)), np.ones(5), ValueError, "x is empty"),
    (np.array([[1, np.nan, 2]]), np.ones((3, 5)), np.ones(5), ValueError, r"x holds NaN, first at index \(0, 1\)"),
])
def test_affine_refuses(x, w, b, error, words):
    with pytest.raises(error, match=words):
        affine_forward(x, w, b)


def test_backward_refuses_a_gradient_of_another_shape():
    _, cache = affine_forward(np.ones((2, 3)), np.ones((3, 5)), np.ones(5))
    with pytest.raises(ValueError, match="dout must have the shape"):
        affine_backward(np.ones((5, 2)), cache)
