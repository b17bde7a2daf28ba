"""Pairs of functions, forward and backward: our layer and PyTorch's, on the same numbers."""

import numpy as np
import torch
from torch.nn import functional as F

from cs182lib import layers as L

CONVOLUTIONS = [(100, 3, 32, 32, 7), (100, 3, 32, 32, 3), (100, 32, 16, 64, 3), (64, 64, 32, 64, 3)]
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def pair(forward, backward, torch_function, *inputs):
    """Return (ours, peer), each running forward and backward once."""
    out, _ = forward(*inputs)
    dout = np.random.default_rng(1).standard_normal(out.shape).astype(out.dtype)
    tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    torch_dout = torch.tensor(dout)

    def ours():
        backward(dout, forward(*inputs)[1])

    def peer():
        for tensor in tensors:
            tensor.grad = None
        torch_function(*tensors).backward(torch_dout)

    return ours, peer


def draw(*shape, dtype):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def layer_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    for dtype, bound in ((np.float32, 2.0), (np.float64, 1.2)):
        for N, C, H, filters, k in CONVOLUTIONS:
            inputs = draw(N, C, H, H, dtype=dtype), draw(filters, C, k, k, dtype=dtype), draw(filters, dtype=dtype)
            options = {"stride": 1, "pad": k // 2}
            yield (f"conv {np.dtype(dtype)} {N, C, H, filters, k}",
                   *pair(lambda x, w, b, o=options: L.conv_forward_fast(x, w, b, o), L.conv_backward_fast,
                         lambda x, w, b, p=k // 2: F.conv2d(x, w, b, padding=p), *inputs), bound)
    images, rows, scale = draw(100, 32, 32, 32, dtype=np.float32), draw(100, 500, dtype=np.float32), np.float32
    yield ("max pool 2x2 (100, 32, 32, 32)", *pair(lambda x: L.max_pool_forward_fast(x, POOL), L.max_pool_backward_fast,
                                                   lambda x: F.max_pool2d(x, 2), images), 2.0)
    yield ("spatial batch norm (100, 32, 32, 32)",
           *pair(lambda x, g, b: L.spatial_batchnorm_forward(x, g, b, {"mode": "train"}), L.spatial_batchnorm_backward,
                 batch_norm, images, draw(32, dtype=scale), draw(32, dtype=scale)), 2.0)
    yield ("batch norm (100, 500)",
           *pair(lambda x, g, b: L.batchnorm_forward(x, g, b, {"mode": "train"}), L.batchnorm_backward_alt,
                 batch_norm, rows, draw(500, dtype=scale), draw(500, dtype=scale)), 2.0)
    rng = np.random.default_rng(2)
    yield ("dropout (100, 500)", *pair(lambda x: L.dropout_forward(x, {"mode": "train", "p": 0.5, "rng": rng}),
                                       L.dropout_backward, lambda x: F.dropout(x, 0.5), rows), 2.0)
    yield "batch-norm backward, closed form to graph (100, 500)", *closed_form_and_graph(rows), 1 / 1.3


def batch_norm(x, gamma, beta):
    return F.batch_norm(x, torch.zeros(x.shape[1]), torch.ones(x.shape[1]), gamma, beta, training=True)


def closed_form_and_graph(x):
    ones = np.ones(x.shape[1], x.dtype)
    _, cache = L.batchnorm_forward(x, ones, ones, {"mode": "train"})
    return lambda: L.batchnorm_backward_alt(x, cache), lambda: L.batchnorm_backward(x, cache)
