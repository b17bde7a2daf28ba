"""Every sandwich against the composed PyTorch functions."""

import numpy as np
import pytest
import torch

from cs182lib import layers
from tests.parity import assert_same_as_torch, ramp

F = torch.nn.functional
CONV, POOL = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}
KEEP_ALL = {"mode": "train", "p": 0.0, "seed": 1}


def affine(x, w, b):
    return x.flatten(1) @ w + b


def conv(x, w, b):
    return F.conv2d(x, w, b, padding=1)


def norm(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True)


SANDWICHES = {
    "affine_relu": ([], lambda x, w, b: affine(x, w, b).relu()),
    "affine_relu_bn": ([{"mode": "train"}], lambda x, w, b, g, s: norm(affine(x, w, b), g, s).relu()),
    "affine_bn_relu": ([{"mode": "train"}], lambda x, w, b, g, s: norm(affine(x, w, b), g, s).relu()),
    "affine_relu_do": ([KEEP_ALL], lambda x, w, b: affine(x, w, b).relu()),
    "affine_relu_bn_do": ([{"mode": "train"}, KEEP_ALL], lambda x, w, b, g, s: norm(affine(x, w, b), g, s).relu()),
    "conv_relu": ([CONV], lambda x, w, b: conv(x, w, b).relu()),
    "conv_bn_relu": ([CONV, {"mode": "train"}], lambda x, w, b, g, s: norm(conv(x, w, b), g, s).relu()),
    "conv_relu_pool": ([CONV, POOL], lambda x, w, b: F.max_pool2d(conv(x, w, b).relu(), 2)),
}


def test_the_table_names_every_sandwich():
    from cs182lib.layers import sandwiches

    assert {f"{name}_{way}" for name in SANDWICHES for way in ("forward", "backward")} == set(sandwiches.__all__)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SANDWICHES)
def test_equal_to_torch(name, dtype):
    options, reference = SANDWICHES[name]
    image = name.startswith("conv")
    inputs = [ramp(4, 3, 6, 8, dtype=dtype), ramp(5, 3, 3, 3, dtype=dtype)] if image else \
        [ramp(6, 3, 4, dtype=dtype), ramp(12, 5, dtype=dtype)]
    inputs += [ramp(5, dtype=dtype)] * (3 if "bn" in name else 1)
    forward, backward = getattr(layers, f"{name}_forward"), getattr(layers, f"{name}_backward")
    assert_same_as_torch(lambda *a: forward(*a, *options), backward, reference, *inputs)


@pytest.mark.parametrize("name", ["affine_relu_do", "affine_relu_bn_do"])
def test_dropout_comes_last(name):
    options = [{"mode": "train"}] if "bn" in name else []
    inputs = [ramp(6, 12), ramp(12, 5), ramp(5)] + [ramp(5)] * (2 if "bn" in name else 0)
    out, cache = getattr(layers, f"{name}_forward")(*inputs, *options, {"mode": "train", "p": 0.5, "seed": 3})
    plain, _ = getattr(layers, f"{name[:-3]}_forward")(*inputs, *options)
    assert set(np.unique(np.round(out[plain > 0] / plain[plain > 0], 9))) == {0, 2}
    dx = getattr(layers, f"{name}_backward")(np.where(out == 0, 1e6, 0), cache)[0]
    assert not dx.any()  # what was dropped, or cut off by ReLU, has no gradient


def test_without_relu_the_affine_and_the_convolution_stay():
    """Where every pre-activation is positive ReLU is the identity: the sandwich must be its first layer alone."""
    x, w, b = ramp(4, 6, low=0.1, high=1), ramp(6, 5, low=0.1, high=1), ramp(5, low=0.1, high=1)
    out, cache = layers.affine_relu_forward(x, w, b)
    plain, plain_cache = layers.affine_forward(x, w, b)
    np.testing.assert_array_equal(out, plain)
    for ours, theirs in zip(layers.affine_relu_backward(plain, cache), layers.affine_backward(plain, plain_cache)):
        np.testing.assert_array_equal(ours, theirs)
    x, w = ramp(2, 3, 4, 6, low=0.1, high=1), ramp(5, 3, 3, 3, low=0.1, high=1)
    out, cache = layers.conv_relu_forward(x, w, b, CONV)
    plain, plain_cache = layers.conv_forward_fast(x, w, b, CONV)
    np.testing.assert_array_equal(out, plain)
    for ours, theirs in zip(layers.conv_relu_backward(plain, cache), layers.conv_backward_fast(plain, plain_cache)):
        np.testing.assert_array_equal(ours, theirs)
