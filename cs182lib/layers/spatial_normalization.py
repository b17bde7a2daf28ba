"""Batch and group normalization of images (N, C, H, W): what shares a mean lies in a channel or a group of channels."""

import numpy as np

from cs182lib.layers.normalization import (
    bn_options,
    eps_option,
    scale_and_shift,
    standardize_rows,
    unstandardize_rows,
    update_running,
)
from cs182lib.validation import check_count, check_floats, require

__all__ = ["spatial_batchnorm_forward", "spatial_batchnorm_backward", "groupnorm_forward", "groupnorm_backward"]


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Standardize each channel over batch and pixels: batch norm with every pixel as an example of its channel.

    Equal to `batchnorm_forward` on x laid out as (N·H·W, C); here without moving the data.

    Parameters
    ----------
    x : (N, C, H, W) floats
    gamma, beta : (C,) floats
    bn_param : dict, as for `batchnorm_forward`, with statistics of shape (C,)

    Returns
    -------
    out : (N, C, H, W)
    cache : (mode, x̂ as (N, C, H·W), istd, gamma)

    Raises
    ------
    TypeError, ValueError : an array of the wrong kind or shape, NaN, an option missing, unknown or out of range

    References
    ----------
    Ioffe and Szegedy, "Batch Normalization", ICML 2015, section 3.2.
    """
    check_floats("x", x, ndim=4)
    N, C, H, W = x.shape
    gamma, beta = scale_and_shift(gamma, beta, C, x.dtype)
    mode, eps, momentum = bn_options(bn_param, C, x.dtype)
    x = x.reshape(N, C, H * W)
    if mode == "train":
        x_hat = x - _channel_mean(x)[:, None]
        var = _channel_dot(x_hat, x_hat) / x.dtype.type(N * H * W)
        update_running(bn_param, momentum, _channel_mean(x), var)
    else:
        x_hat, var = x - bn_param["running_mean"].astype(x.dtype)[:, None], bn_param["running_var"].astype(x.dtype)
    istd = 1 / np.sqrt(var + x.dtype.type(eps))
    x_hat *= istd[:, None]
    out = x_hat * gamma[:, None]
    out += beta[:, None]
    return out.reshape(N, C, H, W), (mode, x_hat, istd, gamma)


def spatial_batchnorm_backward(dout, cache):
    """Backpropagate through `spatial_batchnorm_forward`: the formula of `batchnorm_backward_alt`, over N, H and W.

    Parameters
    ----------
    dout : (N, C, H, W) floats
    cache : (mode, x̂, istd, gamma)

    Returns
    -------
    dx : (N, C, H, W), dgamma : (C,), dbeta : (C,)
    """
    mode, x_hat, istd, gamma = cache
    N, C, HW = x_hat.shape
    check_floats("dout", dout, shape=(N, C, None, None))
    require(dout.size == x_hat.size, f"dout must have {HW} pixels per channel as out has, got shape {dout.shape}")
    shape, dout = dout.shape, dout.reshape(N, C, HW)
    dbeta, dgamma = _channel_mean(dout) * dout.dtype.type(N * HW), _channel_dot(dout, x_hat)
    scale = (gamma * istd)[:, None]
    if mode == "test":
        return (dout * scale).reshape(shape), dgamma, dbeta
    dx = x_hat * (dgamma / -(N * HW))[:, None]
    dx += dout
    dx -= (dbeta / (N * HW))[:, None]
    dx *= scale
    return dx.reshape(shape), dgamma, dbeta


def _channel_mean(x):
    """Average (N, C, P) over N and P -> (C,)."""
    return x.mean(axis=2).mean(axis=0)


def _channel_dot(a, b):
    """Sum the product of two (N, C, P) arrays over N and P -> (C,), without storing the product."""
    return np.einsum("ncp,ncp->nc", a, b).sum(axis=0)


def groupnorm_forward(x, gamma, beta, G, gn_param=None):
    """Standardize each group of channels of each image by itself, then scale and shift each channel.

    G = 1 is layer norm over a whole image, G = C instance norm.

    Parameters
    ----------
    x : (N, C, H, W) floats
    gamma, beta : (C,) or (1, C, 1, 1) floats
    G : int, number of groups; must divide C
    gn_param : dict or None; eps : number > 0, default 1e-5

    Returns
    -------
    out : (N, C, H, W)
    cache : (x̂, istd, gamma, G), x̂ as (N, C, H, W)

    Raises
    ------
    TypeError, ValueError : wrong shapes, NaN, or G does not divide C

    References
    ----------
    Wu and He, "Group Normalization", ECCV 2018, eq. 7.
    """
    check_floats("x", x, ndim=4)
    N, C, H, W = x.shape
    check_count("G", G)
    require(C % G == 0, f"G must divide the number of channels, got G = {G} for {C} channels")
    gamma, beta = scale_and_shift(np.ravel(gamma), np.ravel(beta), C, x.dtype)
    groups = x.reshape(N, G, -1)  # (N, C, H, W) -> (N, G, C/G·H·W)
    x_hat, istd = standardize_rows(groups, eps_option("gn_param", gn_param))
    x_hat = x_hat.reshape(N, C, H, W)
    return gamma[:, None, None] * x_hat + beta[:, None, None], (x_hat, istd, gamma, G)


def groupnorm_backward(dout, cache):
    """Backpropagate through `groupnorm_forward`.

    Parameters
    ----------
    dout : (N, C, H, W) floats
    cache : (x̂, istd, gamma, G)

    Returns
    -------
    dx : (N, C, H, W), dgamma : (C,), dbeta : (C,)
    """
    x_hat, istd, gamma, G = cache
    check_floats("dout", dout, shape=x_hat.shape)
    groups = (len(dout), G, -1)  # (N, C, H, W) -> (N, G, C/G·H·W)
    dx_hat = (dout * gamma[:, None, None]).reshape(groups)
    dx = unstandardize_rows(dx_hat, x_hat.reshape(groups), istd).reshape(dout.shape)
    return dx, np.einsum("nchw,nchw->c", dout, x_hat), dout.sum(axis=(0, 2, 3))
