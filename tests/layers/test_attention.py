"""Additive attention against PyTorch's autograd and numeric gradients, at extremes, and with bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.layers import additive_attention_backward, additive_attention_forward
from cs182lib.training.gradient_check import eval_numerical_gradient_array
from tests.parity import assert_same_as_torch, ramp

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def inputs(N, L, D, H, K, dtype=np.float64):
    return (ramp(N, H, dtype=dtype), ramp(N, L, D, low=-1, high=1.2, dtype=dtype), ramp(H, K, dtype=dtype),
            ramp(D, K, low=-0.8, high=0.6, dtype=dtype), ramp(K, low=-1, high=1.4, dtype=dtype))


def context(*arguments):
    out, _, cache = additive_attention_forward(*arguments)
    return out, cache


def torch_context(query, A, Wq, Wa, v):
    weights = torch.softmax(torch.tanh((query @ Wq)[:, None] + A @ Wa) @ v, dim=1)
    return torch.einsum("nl,nld->nd", weights, A)


@DTYPES
@given(*[st.integers(1, 4)] * 5)
def test_attention_equals_torch(dtype, N, L, D, H, K):
    assert_same_as_torch(context, additive_attention_backward, torch_context, *inputs(N, L, D, H, K, dtype))


def test_gradients_equal_numeric_ones():
    arguments = inputs(2, 3, 4, 5, 6)
    out, cache = context(*arguments)
    dcontext = ramp(*out.shape, low=-1.2, high=0.8)
    for gradient, argument in zip(additive_attention_backward(dcontext, cache), arguments, strict=True):
        expected = eval_numerical_gradient_array(lambda _: context(*arguments)[0], argument, dcontext)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


@DTYPES
def test_weights_are_a_distribution_that_finds_the_place_asked_for(dtype):
    query, A, Wq, Wa, v = inputs(2, 6, 4, 5, 3, dtype)
    _, weights, _ = additive_attention_forward(query, A, Wq, Wa, v)
    assert weights.shape == (2, 6) and weights.dtype == dtype and (weights > 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    A[1, 4] = 50 * Wa @ np.sign(v)  # this place answers with the largest score there is
    out, weights, _ = additive_attention_forward(query, A, Wq, Wa, 40 * v)
    assert weights[1].argmax() == 4
    np.testing.assert_allclose(out[1], weights[1] @ A[1], rtol=1e-5)


@pytest.mark.filterwarnings("error")
def test_extreme_scores_stay_finite():
    query, A, Wq, Wa, v = inputs(2, 3, 4, 5, 6)
    out, weights, cache = additive_attention_forward(query, A, Wq, Wa, 1e4 * v)
    assert np.isfinite(out).all() and np.isfinite(weights).all()
    assert all(np.isfinite(gradient).all() for gradient in additive_attention_backward(np.ones_like(out), cache))


def test_bad_input_is_refused():
    query, A, Wq, Wa, v = inputs(2, 3, 4, 5, 6)
    for arguments, words in [((query[:1], A, Wq, Wa, v), "A must have the shape"),
                             ((query, A[0], Wq, Wa, v), "A must have 3 axes"),
                             ((query, A, Wq[1:], Wa, v), "Wq must have the shape"),
                             ((query, A, Wq, Wa.T, v), "Wa must have the shape"),
                             ((query, A, Wq, Wa, v[1:]), "v must have the shape")]:
        with pytest.raises(ValueError, match=words):
            additive_attention_forward(*arguments)
    with pytest.raises(ValueError, match="dcontext must have the shape"):
        additive_attention_backward(np.ones((4, 2)), context(query, A, Wq, Wa, v)[1])
