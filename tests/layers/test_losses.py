"""Losses against PyTorch and closed forms."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.layers import softmax_loss, svm_loss
from tests.parity import TOLERANCE, ramp

LOSSES = {softmax_loss: torch.nn.functional.cross_entropy,
          svm_loss: lambda x, y: x.shape[1] * torch.nn.functional.multi_margin_loss(x, y)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
@given(n=st.integers(1, 6), c=st.integers(2, 7), scale=st.sampled_from([1e-3, 1.0, 30.0]))
def test_losses_equal_torch(loss, dtype, n, c, scale):
    x, y = ramp(n, c, dtype=dtype) * dtype(scale), np.arange(n) * 3 % c
    value, dx = loss(x, y)
    tensor = torch.tensor(x, requires_grad=True)
    expected = LOSSES[loss](tensor, torch.tensor(y))
    expected.backward()
    assert dx.dtype == dtype and isinstance(value, float)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(dx, tensor.grad.numpy(), **TOLERANCE[dtype])


def test_even_scores_cost_the_logarithm_of_the_number_of_classes():
    assert softmax_loss(np.zeros((3, 7)), np.array([0, 3, 6]))[0] == pytest.approx(math.log(7))
    assert svm_loss(np.zeros((3, 7)), np.array([0, 3, 6]))[0] == pytest.approx(6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_survives_extreme_scores(dtype):
    x = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 5e3]], dtype)
    value, dx = softmax_loss(x, np.array([1, 1]))
    assert value == pytest.approx(1e4) and np.isfinite(dx).all()  # one row is certain and wrong by 2e4, one right
    np.testing.assert_allclose(dx.sum(axis=1), 0, atol=1e-7)  # softmax sums to one


@pytest.mark.parametrize("y, error, words", [
    (np.array([0, 3]), ValueError, "labels from 0 to 2, got 3 at index 1"),
    (np.array([-1, 0]), ValueError, "got -1 at index 0"),
    (np.array([0.0, 1.0]), TypeError, "integer labels"),
    (np.array([0, 1, 2]), ValueError, "y must have the shape"),
])
@pytest.mark.parametrize("loss", LOSSES)
def test_bad_labels_are_refused(loss, y, error, words):
    with pytest.raises(error, match=words):
        loss(np.ones((2, 3)), y)
