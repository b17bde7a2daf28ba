"""Word embedding, temporal affine layer and temporal softmax loss against PyTorch, at extremes, and with bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from cs182lib.layers import (
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from tests.parity import TOLERANCE, assert_same_as_torch, ramp

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7), st.integers(1, 4))
def test_embedding_equals_torch(dtype, N, T, V, D):
    x = np.arange(N * T).reshape(N, T) * 3 % V
    assert_same_as_torch(lambda W: word_embedding_forward(x, W), word_embedding_backward,
                         lambda W: F.embedding(torch.tensor(x), W), ramp(V, D, dtype=dtype))


def test_equal_words_add_up_and_absent_words_get_nothing():
    x = np.array([[3, 1, 3], [3, 3, 1]], np.uint16)
    out, cache = word_embedding_forward(x, np.eye(5)[:, :2])
    assert out.shape == (2, 3, 2)
    np.testing.assert_array_equal(word_embedding_backward(np.ones(out.shape), cache)[:, 0], [0, 2, 0, 4, 0])


def test_the_courses_embedding():
    x, W = np.array([[0, 3, 1, 2], [2, 1, 0, 3]]), np.linspace(0, 1, 15).reshape(5, 3)
    np.testing.assert_allclose(word_embedding_forward(x, W)[0][1, 3], np.array([9, 10, 11]) / 14)


@pytest.mark.parametrize("x, error, words", [
    (np.array([[0, 5]]), ValueError, r"word indices from 0 to 4, got 5 at index \(0, 1\)"),
    (np.array([[0], [-1]]), ValueError, r"got -1 at index \(1, 0\)"),
    (np.array([[0.0]]), TypeError, "integer word indices.*float64"),
    ([[1]], TypeError, "x must be a NumPy array"),
    (np.zeros((0, 3), int), ValueError, "x is empty"),
])
def test_bad_words_are_refused(x, error, words):
    with pytest.raises(error, match=words):
        word_embedding_forward(x, np.ones((5, 2)))


@DTYPES
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), st.integers(1, 6))
def test_temporal_affine_equals_torch(dtype, N, T, D, M):
    assert_same_as_torch(temporal_affine_forward, temporal_affine_backward, lambda x, w, b: x @ w + b,
                         ramp(N, T, D, dtype=dtype), ramp(D, M, dtype=dtype), ramp(M, dtype=dtype))


def test_temporal_affine_refuses():
    x, w, b = np.ones((2, 3, 4)), np.ones((4, 5)), np.ones(5)
    with pytest.raises(ValueError, match="x must have 3 axes"):
        temporal_affine_forward(x[0], w, b)
    with pytest.raises(ValueError, match=r"w must have the shape \(4, any\)"):
        temporal_affine_forward(x, w.T, b)
    out, cache = temporal_affine_forward(x, w, b)
    assert len(cache) == 4 and cache[3] is out  # the course's cache: (x, w, b, out)
    with pytest.raises(ValueError, match="dout must have the shape"):
        temporal_affine_backward(x, cache)


@DTYPES
@given(N=st.integers(1, 4), T=st.integers(1, 5), V=st.integers(2, 7), scale=st.sampled_from([1e-3, 1.0, 30.0]))
def test_temporal_softmax_equals_torch(dtype, N, T, V, scale):
    x = ramp(N, T, V, dtype=dtype) * dtype(scale)
    y, mask = (np.arange(N * T) * 3 % V).reshape(N, T), (np.arange(N * T) % 3 > 0).reshape(N, T)
    loss, dx = temporal_softmax_loss(x, y, mask)
    tensor = torch.tensor(x, requires_grad=True)
    each = F.cross_entropy(tensor.reshape(N * T, V), torch.tensor(y.ravel()), reduction="none")
    expected = (each * torch.tensor(mask.ravel())).sum() / N
    expected.backward()
    assert isinstance(loss, float) and dx.dtype == dtype
    assert loss == pytest.approx(expected.item(), rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(dx, tensor.grad.numpy(), **TOLERANCE[dtype])


@pytest.mark.parametrize("N, T, part", [(100, 1, 1), (100, 10, 1), (5000, 10, 0.1)])
def test_even_scores_cost_the_logarithm_of_the_vocabulary_at_every_step(N, T, part):
    mask = np.arange(N * T).reshape(N, T) * 0.618 % 1 < part
    loss, _ = temporal_softmax_loss(np.zeros((N, T, 10)), np.ones((N, T), int), mask)
    assert loss == pytest.approx(mask.sum() / N * math.log(10))


@pytest.mark.filterwarnings("error")
@DTYPES
def test_nothing_counts_where_the_mask_is_false(dtype):
    x, y = ramp(2, 3, 4, dtype=dtype), np.full((2, 3), 99)  # words out of range, where nobody looks
    loss, dx = temporal_softmax_loss(x, y, np.zeros((2, 3), bool))
    assert loss == 0 and not dx.any() and dx.shape == x.shape


@pytest.mark.filterwarnings("error")
@DTYPES
def test_extreme_scores_cost_what_they_should(dtype):
    x = np.array([[[1e4, -1e4, 0], [-1e4, 1e4, 5e3]]], dtype)
    loss, dx = temporal_softmax_loss(x, np.array([[1, 1]]), np.ones((1, 2), bool))
    assert loss == pytest.approx(2e4)  # one step is certain and wrong by 2e4, one right
    np.testing.assert_allclose(dx[0], [[1, -1, 0], [0, 0, 0]])


def test_verbose_prints_the_shape(capsys):
    temporal_softmax_loss(np.ones((2, 3, 4)), np.zeros((2, 3), int), np.ones((2, 3), bool), verbose=True)
    assert capsys.readouterr().out == "dx.shape: (2, 3, 4)\n"


@pytest.mark.parametrize("change, error, words", [
    ({"x": np.ones((2, 12))}, ValueError, "x must have 3 axes"),
    ({"y": np.full((2, 3), 4)}, ValueError, r"from 0 to 3, got 4 at index \(0, 0\)"),
    ({"y": np.zeros((3, 2), int)}, ValueError, r"y must have the shape \(2, 3\)"),
    ({"y": np.zeros((2, 3))}, TypeError, "integer word indices"),
    ({"mask": np.ones((2, 3))}, TypeError, "mask must be a NumPy array of bools"),
    ({"mask": np.ones((3, 2), bool)}, ValueError, r"mask must have the shape \(2, 3\)"),
])
def test_temporal_softmax_refuses(change, error, words):
    right = {"x": np.ones((2, 3, 4)), "y": np.zeros((2, 3), int), "mask": np.ones((2, 3), bool)}
    with pytest.raises(error, match=words):
        temporal_softmax_loss(**(right | change))
