"""Layers that nearly always come together, joined: affine or convolution, normalization, ReLU, dropout, pooling.

Each forward pass returns the caches of its layers as a tuple, in their order; each backward pass starts from the end.
The convolutions are the fast ones.
"""

from cs182lib.layers.convolution import conv_backward_fast, conv_forward_fast
from cs182lib.layers.dense import affine_backward, affine_forward, relu_backward, relu_forward
from cs182lib.layers.dropout import dropout_backward, dropout_forward
from cs182lib.layers.normalization import batchnorm_backward_alt, batchnorm_forward
from cs182lib.layers.pooling import max_pool_backward_fast, max_pool_forward_fast
from cs182lib.layers.spatial_normalization import spatial_batchnorm_backward, spatial_batchnorm_forward


def affine_relu_forward(x, w, b):
    """affine - ReLU. Returns out (N, M) and (fc_cache, relu_cache); arguments as in `affine_forward`."""
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    """Backpropagate through affine - ReLU. Returns dx, dw, db."""
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)


def affine_relu_bn_forward(x, w, b, gamma, beta, bn_params):
    """affine - batch norm - ReLU (in this order; the name is the course's). Returns out and three caches."""
    a, fc_cache = affine_forward(x, w, b)
    normed, bn_cache = batchnorm_forward(a, gamma, beta, bn_params)
    out, relu_cache = relu_forward(normed)
    return out, (fc_cache, bn_cache, relu_cache)


def affine_relu_bn_backward(dout, cache):
    """Backpropagate through affine - batch norm - ReLU. Returns dx, dw, db, dgamma, dbeta."""
    fc_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = batchnorm_backward_alt(relu_backward(dout, relu_cache), bn_cache)
    return *affine_backward(da, fc_cache), dgamma, dbeta


affine_bn_relu_forward = affine_relu_bn_forward
affine_bn_relu_backward = affine_relu_bn_backward


def affine_relu_do_forward(x, w, b, do_params):
    """affine - ReLU - dropout. Returns out and (affine_relu_cache, dropout_cache)."""
    a, cache = affine_relu_forward(x, w, b)
    out, do_cache = dropout_forward(a, do_params)
    return out, (cache, do_cache)


def affine_relu_do_backward(dout, cache):
    """Backpropagate through affine - ReLU - dropout. Returns dx, dw, db."""
    cache, do_cache = cache
    return affine_relu_backward(dropout_backward(dout, do_cache), cache)


def affine_relu_bn_do_forward(x, w, b, gamma, beta, bn_params, do_params):
    """affine - batch norm - ReLU - dropout. Returns out and (affine_relu_bn_cache, dropout_cache)."""
    a, cache = affine_relu_bn_forward(x, w, b, gamma, beta, bn_params)
    out, do_cache = dropout_forward(a, do_params)
    return out, (cache, do_cache)


def affine_relu_bn_do_backward(dout, cache):
    """Backpropagate through affine - batch norm - ReLU - dropout. Returns dx, dw, db, dgamma, dbeta."""
    cache, do_cache = cache
    return affine_relu_bn_backward(dropout_backward(dout, do_cache), cache)


def conv_relu_forward(x, w, b, conv_param):
    """convolution - ReLU. Returns out (N, F, H', W') and (conv_cache, relu_cache)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache, need_dx=True):
    """Backpropagate through convolution - ReLU. Returns dx (None if it is not needed), dw, db."""
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache, need_dx)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    """convolution - spatial batch norm - ReLU. Returns out and three caches."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normed, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normed)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache):
    """Backpropagate through convolution - spatial batch norm - ReLU. Returns dx, dw, db, dgamma, dbeta."""
    conv_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, relu_cache), bn_cache)
    return *conv_backward_fast(da, conv_cache), dgamma, dbeta


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    """convolution - ReLU - max pool. Returns out and (conv_cache, relu_cache, pool_cache)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    s, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_fast(s, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache, need_dx=True):
    """Backpropagate through convolution - ReLU - max pool. Returns dx (None if it is not needed), dw, db."""
    conv_cache, relu_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward_fast(dout, pool_cache), (conv_cache, relu_cache), need_dx)


_PREFIXES = ("affine_relu", "affine_bn_relu", "conv_relu", "conv_bn_relu")
__all__ = [name for name in dir() if name.startswith(_PREFIXES)]
