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
    """affine - ReLU. x, w and b are those of `affine_forward`, and so are the errors.

    Returns
    -------
    out : (N, M)
    cache : (fc_cache, relu_cache)
    """
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    """Backpropagate through affine - ReLU: dout (N, M) and the cache of `affine_relu_forward`. Returns dx, dw, db."""
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)


def affine_relu_bn_forward(x, w, b, gamma, beta, bn_params):
    """affine - batch norm - ReLU (in this order; the name is the course's).

    x, w and b are those of `affine_forward`; gamma, beta and bn_params (a dict) those of `batchnorm_forward`.

    Returns
    -------
    out : (N, M)
    cache : the caches of the three layers
    """
    a, fc_cache = affine_forward(x, w, b)
    normed, bn_cache = batchnorm_forward(a, gamma, beta, bn_params)
    out, relu_cache = relu_forward(normed)
    return out, (fc_cache, bn_cache, relu_cache)


def affine_relu_bn_backward(dout, cache):
    """Backpropagate through affine - batch norm - ReLU: dout (N, M) and the cache of `affine_relu_bn_forward`.

    Returns dx, dw, db, dgamma, dbeta.
    """
    fc_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = batchnorm_backward_alt(relu_backward(dout, relu_cache), bn_cache)
    return *affine_backward(da, fc_cache), dgamma, dbeta


affine_bn_relu_forward = affine_relu_bn_forward
affine_bn_relu_backward = affine_relu_bn_backward


def affine_relu_do_forward(x, w, b, do_params):
    """affine - ReLU - dropout. x, w and b are those of `affine_forward`, do_params the dict of `dropout_forward`.

    Returns
    -------
    out : (N, M)
    cache : (affine_relu_cache, dropout_cache)
    """
    a, cache = affine_relu_forward(x, w, b)
    out, do_cache = dropout_forward(a, do_params)
    return out, (cache, do_cache)


def affine_relu_do_backward(dout, cache):
    """Backpropagate through affine - ReLU - dropout: dout (N, M) and the cache of `affine_relu_do_forward`.

    Returns dx, dw, db.
    """
    cache, do_cache = cache
    return affine_relu_backward(dropout_backward(dout, do_cache), cache)


def affine_relu_bn_do_forward(x, w, b, gamma, beta, bn_params, do_params):
    """affine - batch norm - ReLU - dropout.

    x, w, b, gamma, beta and bn_params are those of `affine_relu_bn_forward`, do_params the dict of `dropout_forward`.

    Returns
    -------
    out : (N, M)
    cache : (affine_relu_bn_cache, dropout_cache)
    """
    a, cache = affine_relu_bn_forward(x, w, b, gamma, beta, bn_params)
    out, do_cache = dropout_forward(a, do_params)
    return out, (cache, do_cache)


def affine_relu_bn_do_backward(dout, cache):
    """Backpropagate through affine - batch norm - ReLU - dropout: dout (N, M) and the cache of the forward pass.

    Returns dx, dw, db, dgamma, dbeta.
    """
    cache, do_cache = cache
    return affine_relu_bn_backward(dropout_backward(dout, do_cache), cache)


def conv_relu_forward(x, w, b, conv_param):
    """convolution - ReLU. x, w, b and conv_param are those of `conv_forward_naive`.

    Returns
    -------
    out : (N, F, H', W')
    cache : (conv_cache, relu_cache)
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache, need_dx=True):
    """Backpropagate through convolution - ReLU: dout (N, F, H', W') and the cache of `conv_relu_forward`.

    Returns dx, dw, db; dx is None where need_dx is False, which saves half of the work.
    """
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache, need_dx)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    """convolution - spatial batch norm - ReLU.

    x, w, b and conv_param are those of `conv_forward_naive`; gamma, beta and bn_param those of
    `spatial_batchnorm_forward`.

    Returns
    -------
    out : (N, F, H', W')
    cache : the caches of the three layers
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normed, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normed)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache):
    """Backpropagate through convolution - spatial batch norm - ReLU: dout (N, F, H', W') and the cache.

    Returns dx, dw, db, dgamma, dbeta.
    """
    conv_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, relu_cache), bn_cache)
    return *conv_backward_fast(da, conv_cache), dgamma, dbeta


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    """convolution - ReLU - max pool.

    x, w, b and conv_param are those of `conv_forward_naive`, pool_param the dict of `max_pool_forward_naive`.

    Returns
    -------
    out : (N, F, H'', W''), smaller by the pooling
    cache : (conv_cache, relu_cache, pool_cache)
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    s, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_fast(s, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache, need_dx=True):
    """Backpropagate through convolution - ReLU - max pool: dout, of out's shape, and the cache of the forward pass.

    Returns dx, dw, db; dx is None where need_dx is False, which saves half of the work of the convolution.
    """
    conv_cache, relu_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward_fast(dout, pool_cache), (conv_cache, relu_cache), need_dx)


_PREFIXES = ("affine_relu", "affine_bn_relu", "conv_relu", "conv_bn_relu")
__all__ = [name for name in dir() if name.startswith(_PREFIXES)]
