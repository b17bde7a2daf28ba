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
    cache : (mode, x, mean, istd, gamma), from which the backward pass makes x̂ = (x - mean) istd again

    Raises
    ------
    TypeError, ValueError : an array of the wrong kind or shape, NaN, an option missing, unknown or out of range

    Notes
    -----
    Every step is taken for one image at a time, whose numbers then stay in the processor's cache from one step to the
    next: a whole batch would be fetched from memory again for each.

    References
    ----------
    Ioffe and Szegedy, "Batch Normalization", ICML 2015, section 3.2.
    """
    check_floats("x", x, ndim=4)
    N, C, H, W = x.shape
    gamma, beta = scale_and_shift(gamma, beta, C, x.dtype)
    mode, eps, momentum = bn_options(bn_param, C, x.dtype)
    pixels = x.reshape(N, C, H * W)
    if mode == "train":
        mean = _sum(pixels) / x.dtype.type(N * H * W)
        var = sum(_dot(image, image) for image in _centered(pixels, mean)) / x.dtype.type(N * H * W)
        update_running(bn_param, momentum, mean, var)
    else:
        mean, var = bn_param["running_mean"].astype(x.dtype), bn_param["running_var"].astype(x.dtype)
    istd = 1 / np.sqrt(var + x.dtype.type(eps))
    scale = (gamma * istd)[:, None]
    shift = beta[:, None] - mean[:, None] * scale
    out = np.empty_like(pixels)
    for image, image_out in zip(pixels, out):
        np.multiply(image, scale, out=image_out)
        image_out += shift
    return out.reshape(x.shape), (mode, x, mean, istd, gamma)


def spatial_batchnorm_backward(dout, cache):
    """Backpropagate through `spatial_batchnorm_forward`: the formula of `batchnorm_backward_alt`, over N, H and W.

    Parameters
    ----------
    dout : (N, C, H, W) floats
    cache : (mode, x, mean, istd, gamma)

    Returns
    -------
    dx : (N, C, H, W), dgamma : (C,), dbeta : (C,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of x's shape, or holds NaN
    """
    mode, x, mean, istd, gamma = cache
    check_floats("dout", dout, shape=x.shape)
    N, C, H, W = x.shape
    pixels, dpixels = x.reshape(N, C, H * W), dout.reshape(N, C, H * W)
    dbeta = _sum(dpixels)
    dgamma = sum(_dot(d, image) for d, image in zip(dpixels, _centered(pixels, mean))) * istd
    scale = (gamma * istd)[:, None]
    if mode == "test":
        return (dpixels * scale).reshape(x.shape), dgamma, dbeta
    along = scale * (dgamma * istd / (N * H * W))[:, None]  # dx = scale (dout - mean dout) - along (x - mean)
    level = along * mean[:, None] - scale * (dbeta / (N * H * W))[:, None]
    dx = np.empty_like(dpixels)
    for image, d, dimage in zip(pixels, dpixels, dx):
        np.multiply(image, -along, out=dimage)
        dimage += level
        dimage += d * scale
    return dx.reshape(x.shape), dgamma, dbeta


def _centered(pixels, mean):
    """Yield each image (C, P) of (N, C, P) less the mean of its channels."""
    for image in pixels:
        yield image - mean[:, None]


def _sum(pixels):
    """Add (N, C, P) up over N and P -> (C,); a product with ones, since BLAS adds faster than a sum does."""
    return (pixels @ np.ones(pixels.shape[2], pixels.dtype)).sum(axis=0)


def _dot(a, b):
    """Sum the product of two (C, P) arrays over P -> (C,): (C, 1, P) @ (C, P, 1), so nothing but the sums is stored."""
    return (a[:, None, :] @ b[:, :, None])[:, 0, 0]


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

    Raises
    ------
    TypeError, ValueError : dout is no float array of x's shape, or holds NaN
    """
    x_hat, istd, gamma, G = cache
    check_floats("dout", dout, shape=x_hat.shape)
    groups = (len(dout), G, -1)  # (N, C, H, W) -> (N, G, C/G·H·W)
    dx_hat = (dout * gamma[:, None, None]).reshape(groups)
    dx = unstandardize_rows(dx_hat, x_hat.reshape(groups), istd).reshape(dout.shape)
    return dx, np.einsum("nchw,nchw->c", dout, x_hat), dout.sum(axis=(0, 2, 3))
