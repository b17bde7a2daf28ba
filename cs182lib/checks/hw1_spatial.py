"""Checks of batch norm and group norm of images."""

import numpy as np

from cs182lib import layers
from cs182lib.checks import definitions
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.hw1_normalization import (
    WRITES,
    batchnorm_mistakes,
    check_running,
    normalization_mistakes,
    path_mistakes,
    running,
)
from cs182lib.checks.inputs import scattered


def _images(N=2, C=6, H=3, W=4):
    """Return x (N, C, H, W) whose channels have unlike means and spreads, gamma and beta (C,)."""
    spread = np.arange(1, C + 1).reshape(1, C, 1, 1)
    return (scattered((N, C, H, W)) * spread + 2 * spread, scattered((C,), 0.5, 2.0, start=3),
            scattered((C,), 1.0, 3.0, start=8))


def rows(x):
    """Return the pixels of x (N, C, H, W) as examples (N·H·W, C)."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def images(flat, shape):
    """Return `flat`, the pixels (N·H·W, C), as images of `shape` (N, C, H, W): what `rows` did is undone."""
    N, C, H, W = shape
    return flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)


def check_spatial_batchnorm_forward(spatial_batchnorm_forward):
    """Check both modes of `spatial_batchnorm_forward`(x, gamma, beta, bn_param) -> (out, cache).

    Its means must be per channel, over N, H and W; the running statistics, eps and momentum are looked at, too.
    """
    check = Checker("spatial_batchnorm_forward", N=2, C=6, H=3, W=4)
    x, gamma, beta = _images()
    for mode, options in (("train", {}), ("test", {}), ("train", {"eps": 0.5, "momentum": 0.6})):
        param = running(6, mode, **options)
        context = f" in {mode} mode" + (f" with {options}" if options else "")
        check_forward(check, spatial_batchnorm_forward, definitions.spatial_batchnorm, _spatial_mistakes, context,
                      WRITES, x=x, gamma=gamma, beta=beta, bn_param=param)
        statistics = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        check_running(check, spatial_batchnorm_forward, param, (x, gamma, beta), statistics, 24, context)
    check.passed()


def _spatial_mistakes(x, gamma, beta, param):
    eps, g, b = param.get("eps", 1e-5), gamma.reshape(1, -1, 1, 1), beta.reshape(1, -1, 1, 1)
    N, C, H, W = x.shape
    mixed = definitions.batchnorm(x.reshape(-1, C), gamma, beta, param).reshape(x.shape)  # (N·H·W, C), wrongly
    back = definitions.batchnorm(rows(x), gamma, beta, param).reshape(x.shape)  # (N, H, W, C) read as (N, C, H, W)
    table = {
        "the pixels are still rows: reshape to (N, H, W, C), then transpose(0, 3, 1, 2)": definitions.batchnorm(
            rows(x), gamma, beta, param),
        "channels are mixed: x.reshape(-1, C) needs x.transpose(0, 2, 3, 1) first": mixed,
        "channels are mixed on the way in: x.reshape(-1, C) needs x.transpose(0, 2, 3, 1) first": images(
            mixed.reshape(-1, C), x.shape),
        "the channels are not moved back: reshape to (N, H, W, C), then transpose(0, 3, 1, 2)": back,
        "each pixel has its own mean: take it over N, H and W": g * definitions.normalize(x, 0, eps) + b,
        "each image has its own mean: take it over N, H and W": g * definitions.normalize(x, (2, 3), eps) + b,
        "one mean for all channels: take one for each": g * definitions.normalize(x, (0, 1, 2, 3), eps) + b,
        "the axes are swapped on the way: (N, W, H, C) is not (N, H, W, C)": lambda: definitions.batchnorm(
            x.transpose(0, 3, 2, 1).reshape(-1, C), gamma, beta, param).reshape(N, H, W, C).transpose(0, 3, 1, 2),
    }
    for cause, wrong in batchnorm_mistakes(rows(x), gamma, beta, param).items():
        table[cause] = images(wrong() if callable(wrong) else wrong, x.shape)
    return table


def check_spatial_batchnorm_backward(spatial_batchnorm_backward,
                                     spatial_batchnorm_forward=layers.spatial_batchnorm_forward):
    """Check dx, dgamma and dbeta of `spatial_batchnorm_backward`(dout, cache) numerically, in both modes.

    The cache is that of `spatial_batchnorm_forward`.
    """
    check = Checker("spatial_batchnorm_backward", N=2, C=6, H=3, W=4)
    x, gamma, beta = _images()
    for mode, options in (("train", {}), ("train", {"eps": 0.5}), ("test", {})):
        check_backward(check, spatial_batchnorm_backward, spatial_batchnorm_forward, definitions.spatial_batchnorm,
                       _spatial_backward_mistakes, f" in {mode} mode" + (f" with {options}" if options else ""), WRITES,
                       x=x, gamma=gamma, beta=beta, bn_param=running(6, mode, **options))
    check.passed()


def _spatial_backward_mistakes(dout, x, gamma, beta, param):
    table = normalization_mistakes(rows(dout), rows(x), gamma, beta, param)
    table["dx"] = {cause: images(wrong, x.shape) for cause, wrong in table["dx"].items()}
    if param["mode"] == "train":
        eps, mixed = param.get("eps", 1e-5), dout.reshape(-1, x.shape[1])
        table["dx"] |= {
            "the pixels are still rows: reshape to (N, H, W, C), then transpose(0, 3, 1, 2)":
                _train_dx(rows(dout), rows(x), gamma, eps),
            "the channels are not moved back: reshape to (N, H, W, C), then transpose(0, 3, 1, 2)":
                _train_dx(rows(dout), rows(x), gamma, eps).reshape(x.shape),
            "channels are mixed: dout.reshape(-1, C) needs dout.transpose(0, 2, 3, 1) first":
                images(_train_dx(mixed, rows(x), gamma, eps), x.shape),
        }
    table["dbeta"] |= {
        "summed over the batch alone: sum over N, H and W": dout.sum(axis=0),
        "averaged over the pixels: sum over N, H and W": dout.mean(axis=(2, 3)).sum(axis=0),
        "the first image alone: sum over N, H and W": dout[0].sum(axis=(1, 2)),
        "channels are mixed: dout.reshape(-1, C) needs dout.transpose(0, 2, 3, 1) first":
            dout.reshape(-1, x.shape[1]).sum(axis=0),
    }
    return table


def _train_dx(dout, x, gamma, eps):
    """Return dx of batch norm in training mode; all arrays (N·H·W, C)."""
    x_hat, istd = definitions.normalize(x, 0, eps), 1 / np.sqrt(x.var(axis=0) + eps)
    return gamma * istd * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))


def check_groupnorm_forward(groupnorm_forward):
    """Check `groupnorm_forward`(x, gamma, beta, G, gn_param) for several numbers of groups G, and eps.

    They go from one (layer norm) to as many as channels (instance norm).
    """
    check = Checker("groupnorm_forward", N=2, C=6, H=3, W=4)
    x, gamma, beta = _images()
    for G, param in ((2, {}), (3, {}), (1, {}), (6, {}), (2, {"eps": 0.5})):
        check_forward(check, groupnorm_forward, definitions.groupnorm, _groupnorm_mistakes,
                      f" for G = {G}" + (f" with {param}" if param else ""),
                      x=x, gamma=gamma, beta=beta, G=G, gn_param=param)
    check.passed()


def _groupnorm_mistakes(x, gamma, beta, G, param):
    eps, g, b = param.get("eps", 1e-5), gamma.reshape(1, -1, 1, 1), beta.reshape(1, -1, 1, 1)
    N, C, H, W = x.shape
    right = (definitions.groupnorm(x, gamma, beta, G, param) - b) / g
    apart = definitions.normalize(x.reshape(N, C // G, G, H, W), (1, 3, 4), eps).reshape(x.shape)
    own = definitions.normalize(x.reshape(N, G, C // G, H, W), (2, 3, 4), eps, 1).reshape(x.shape)
    plain = x.reshape(N, G, -1)
    mean, var = plain.mean(axis=2, keepdims=True), plain.var(axis=2, keepdims=True)
    return {
        "G is taken for the size of a group: it is the number of groups": lambda: g * definitions.normalize(
            x.reshape(N, C // G, -1), 2, eps).reshape(x.shape) + b,
        "a group is every G-th channel: it is C / G neighbors": g * apart + b,
        "the batch shares a mean: take each image by itself":
            g * definitions.normalize(x.reshape(N, G, -1), (0, 2), eps).reshape(x.shape) + b,
        "each channel has its own mean (instance norm): a group shares one": g * definitions.normalize(
            x, (2, 3), eps) + b,
        "each image has one mean (layer norm): each group has one": g * definitions.normalize(x, (1, 2, 3), eps) + b,
        "the variance is unbiased (divided by the count - 1)": g * own + b,
        "gamma and beta are left out": right,
        "gamma is left out": right + b,
        "beta is left out": g * right,
        "gamma and beta are swapped": b * right + g,
        "eps is outside the root: divide by √(var + eps)": g * ((plain - mean) / (np.sqrt(var) + eps)).reshape(
            x.shape) + b,
        "eps is left out, or not read from the options": b + g * (
            (plain - mean) / np.sqrt(var + 1e-5)).reshape(x.shape),
    }


def check_groupnorm_backward(groupnorm_backward, groupnorm_forward=layers.groupnorm_forward):
    """Check dx, dgamma and dbeta of `groupnorm_backward`(dout, cache) against numeric gradients.

    The cache is that of `groupnorm_forward`.
    """
    check = Checker("groupnorm_backward", N=2, C=6, H=3, W=4)
    x, gamma, beta = _images()
    for G, param in ((2, {}), (3, {"eps": 0.5})):
        check_backward(check, groupnorm_backward, groupnorm_forward, definitions.groupnorm,
                       _groupnorm_backward_mistakes, f" for G = {G}", x=x, gamma=gamma, beta=beta, G=G, gn_param=param)
    check.passed()


def _groupnorm_backward_mistakes(dout, x, gamma, beta, G, param):
    eps, groups = param.get("eps", 1e-5), (len(x), G, -1)
    plain, d, dx_hat = x.reshape(groups), dout.reshape(groups), (dout * gamma.reshape(1, -1, 1, 1)).reshape(groups)
    x_hat = definitions.normalize(plain, 2, eps)
    istd = 1 / np.sqrt(plain.var(axis=2, keepdims=True) + eps)
    mean, along = dx_hat.mean(axis=2, keepdims=True), (dx_hat * x_hat).mean(axis=2, keepdims=True)
    product = dout * x_hat.reshape(x.shape)
    return {
        "dx": {cause: wrong.reshape(x.shape) for cause, wrong in {
            **path_mistakes(lambda a, c: istd * (dx_hat - a * mean - c * x_hat * along), plain.shape[2], istd),
            "mean and variance are taken for constants": dx_hat * istd,
            "gamma is missing: multiply dout by gamma first": istd * (
                d - d.mean(axis=2, keepdims=True) - x_hat * (d * x_hat).mean(axis=2, keepdims=True)),
            "the way back through the variance is missing": istd * (dx_hat - mean),
            "the way back through the mean is missing": istd * (dx_hat - x_hat * along),
            "the division by the standard deviation is missing": dx_hat - mean - x_hat * along,
            "the part along x̂ has the wrong sign": istd * (dx_hat - mean + x_hat * along),
        }.items()},
        "dgamma": {
            "summed over the batch alone: sum over N, H and W": product.sum(axis=0),
            "dout * x is summed: use x̂, x after normalization": (dout * x).sum(axis=(0, 2, 3)),
            "dgamma is not summed over the batch": product.sum(axis=(2, 3)),
        },
        "dbeta": {
            "summed over the batch alone: sum over N, H and W": dout.sum(axis=0),
            "dbeta is not summed over the batch": dout.sum(axis=(2, 3)),
            "averaged over N, H and W: sum": dout.mean(axis=(0, 2, 3)),
        },
    }
