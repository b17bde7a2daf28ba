"""Batch, layer, group and spatial batch norm against PyTorch, and their statistics against the definitions."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cs182lib.layers import (
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    groupnorm_backward,
    groupnorm_forward,
    layernorm_backward,
    layernorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from tests.parity import assert_same_as_torch, ramp

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
MODES = pytest.mark.parametrize("mode", ["train", "test"])


def statistics(size, dtype):
    return ramp(size, dtype=dtype), ramp(size, low=0.5, high=2, dtype=dtype)


def torch_batch_norm(mode, mean, var):
    mean, var = torch.tensor(mean), torch.tensor(var)
    return lambda x, gamma, beta: F.batch_norm(x, mean, var, gamma, beta, training=mode == "train", eps=1e-3)


@DTYPES
@MODES
@pytest.mark.parametrize("backward", [batchnorm_backward, batchnorm_backward_alt])
def test_batch_norm_equals_torch(backward, mode, dtype):
    mean, var = statistics(5, dtype)

    def forward(x, gamma, beta):
        return batchnorm_forward(x, gamma, beta, dict(mode=mode, eps=1e-3, running_mean=mean, running_var=var))

    inputs = 3 + 2 * ramp(7, 5, dtype=dtype), ramp(5, dtype=dtype), ramp(5, dtype=dtype)
    assert_same_as_torch(forward, backward, torch_batch_norm(mode, mean, var), *inputs)


@DTYPES
@MODES
def test_spatial_batch_norm_equals_torch(mode, dtype):
    mean, var = statistics(3, dtype)

    def forward(x, gamma, beta):
        return spatial_batchnorm_forward(x, gamma, beta, dict(mode=mode, eps=1e-3, running_mean=mean, running_var=var))

    inputs = 3 + 2 * ramp(4, 3, 5, 2, dtype=dtype), ramp(3, dtype=dtype), ramp(3, dtype=dtype)
    assert_same_as_torch(forward, spatial_batchnorm_backward, torch_batch_norm(mode, mean, var), *inputs)


@DTYPES
def test_layer_and_group_norm_equal_torch(dtype):
    inputs = ramp(4, 7, dtype=dtype), ramp(7, dtype=dtype), ramp(7, dtype=dtype)
    assert_same_as_torch(layernorm_forward, layernorm_backward, lambda x, g, b: F.layer_norm(x, (7,), g, b), *inputs)
    inputs = ramp(2, 6, 3, 5, dtype=dtype), ramp(6, dtype=dtype), ramp(6, dtype=dtype)
    for G in (1, 2, 3, 6):
        assert_same_as_torch(lambda x, g, b, G=G: groupnorm_forward(x, g, b, G), groupnorm_backward,
                             lambda x, g, b, G=G: F.group_norm(x, G, g, b), *inputs)


@DTYPES
def test_running_statistics_follow_the_formula(dtype):
    x, bn_param = ramp(7, 5, dtype=dtype), {"mode": "train", "momentum": 0.8}
    for _ in range(3):
        batchnorm_forward(x, np.ones(5, dtype), np.zeros(5, dtype), bn_param)
    np.testing.assert_allclose(bn_param["running_mean"], (1 - 0.8**3) * x.mean(axis=0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(bn_param["running_var"], 0.8**3 + (1 - 0.8**3) * x.var(axis=0), rtol=1e-5)
    assert bn_param["running_mean"].dtype == bn_param["running_var"].dtype == dtype


def test_training_ignores_and_testing_keeps_the_running_statistics():
    x, kept = ramp(7, 5), {"running_mean": np.full(5, 9.0), "running_var": np.full(5, 4.0)}
    ones, zeros = np.ones(5), np.zeros(5)
    out, _ = batchnorm_forward(x, ones, zeros, {"mode": "train", **kept})
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=0), 1, rtol=1e-3)
    bn_param = {"mode": "test", **kept}
    out, _ = batchnorm_forward(x, ones, zeros, bn_param)
    np.testing.assert_allclose(out, (x - 9) / np.sqrt(4 + 1e-5))
    assert (bn_param["running_mean"] == 9).all() and (bn_param["running_var"] == 4).all()


def test_a_fresh_net_in_test_mode_starts_from_mean_0_and_variance_1():
    bn_param = {"mode": "test"}
    x = ramp(4, 3)
    np.testing.assert_allclose(batchnorm_forward(x, np.ones(3), np.zeros(3), bn_param)[0], x / np.sqrt(1 + 1e-5))
    assert (bn_param["running_mean"] == 0).all() and (bn_param["running_var"] == 1).all()


@pytest.mark.parametrize("dtype, atol", [(np.float32, 1e-2), (np.float64, 1e-7)])
def test_a_large_mean_does_not_hurt(dtype, atol):
    x = ramp(64, 3, dtype=dtype)
    shifted, plain = (batchnorm_forward(x + dtype(c), np.ones(3), np.zeros(3), {"mode": "train"})[0] for c in (4096, 0))
    np.testing.assert_allclose(shifted, plain, atol=atol)


def test_integer_gamma_and_beta_take_the_type_of_x():
    x = ramp(2, 3, 4, 5, dtype=np.float32)
    out, _ = spatial_batchnorm_forward(x, np.array([3, 4, 5]), np.array([6, 7, 8]), {"mode": "train"})
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), [6, 7, 8], rtol=1e-4)
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), [3, 4, 5], rtol=1e-2)


@pytest.mark.parametrize("options, words", [
    ({}, r"bn_param\['mode'\] must be one of 'train', 'test', got None"),
    ({"mode": "eval"}, "got 'eval'"),
    ({"mode": "train", "eps": 0}, "eps"),
    ({"mode": "train", "momentum": 1.5}, "momentum"),
    ({"mode": "train", "epsilon": 1e-5}, "unknown option 'epsilon'"),
    ({"mode": "test", "running_mean": np.zeros(4)}, "running_mean"),
])
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        batchnorm_forward(np.ones((2, 3)), np.ones(3), np.zeros(3), options)


def test_bad_shapes_are_refused():
    with pytest.raises(ValueError, match="gamma must have the shape"):
        batchnorm_forward(np.ones((2, 3)), np.ones(2), np.zeros(3), {"mode": "train"})
    with pytest.raises(ValueError, match="G must divide the number of channels, got G = 4 for 6"):
        groupnorm_forward(np.ones((2, 6, 3, 3)), np.ones(6), np.zeros(6), 4)
    with pytest.raises(ValueError, match="x must have 4 axes"):
        spatial_batchnorm_forward(np.ones((2, 6)), np.ones(6), np.zeros(6), {"mode": "train"})
