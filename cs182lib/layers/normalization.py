"""Batch and layer normalization of feature vectors; `spatial_normalization` has the versions for images.

All standardize numbers over some axes, then scale and shift them. They differ in which numbers share a mean:
a feature over the batch (batch norm) or an example over its features (layer norm).
"""

import numpy as np

from cs182lib.validation import check_choice, check_floats, check_number, check_options

__all__ = ["batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt", "layernorm_forward",
           "layernorm_backward"]

_BN_OPTIONS = {"mode", "eps", "momentum", "running_mean", "running_var"}


def scale_and_shift(gamma, beta, size, dtype):
    """Return gamma and beta as (size,) arrays of x's dtype (the course passes integers here).

    TypeError or ValueError where one of them is no float array of that shape, or holds NaN.
    """
    gamma, beta = np.asarray(gamma, dtype=dtype), np.asarray(beta, dtype=dtype)
    check_floats("gamma", gamma, shape=(size,))
    check_floats("beta", beta, shape=(size,))
    return gamma, beta


def bn_options(bn_param, size, dtype):
    """Return (mode, eps, momentum) of `bn_param`, once all its options are in order.

    Running statistics that it lacks are filled in, (size,) of `dtype`: mean 0 and variance 1, as PyTorch does.

    Raises
    ------
    TypeError, ValueError : an option that is unknown, of another type or out of range, or no mode
    """
    check_options("bn_param", bn_param, _BN_OPTIONS)
    mode = check_choice("bn_param['mode']", bn_param.get("mode"), ("train", "test"))
    eps = check_number("bn_param['eps']", bn_param.get("eps", 1e-5), 0, low_open=True)
    momentum = check_number("bn_param['momentum']", bn_param.get("momentum", 0.9), 0, 1)
    check_floats("bn_param['running_mean']", bn_param.setdefault("running_mean", np.zeros(size, dtype)), shape=(size,))
    check_floats("bn_param['running_var']", bn_param.setdefault("running_var", np.ones(size, dtype)), shape=(size,))
    return mode, eps, momentum


def batchnorm_forward(x, gamma, beta, bn_param):
    """Standardize each feature over the batch, then scale by gamma and shift by beta.

    train: μ = mean_n x, σ² = mean_n (x - μ)² (biased), x̂ = (x - μ) / √(σ² + eps), out = gamma x̂ + beta;
           running = momentum * running + (1 - momentum) * (μ or σ²).
    test:  the same with the running mean and variance.

    Parameters
    ----------
    x : (N, D) floats
    gamma, beta : (D,) floats
    bn_param : dict
        mode : "train" or "test", required
        eps : number > 0, default 1e-5
        momentum : number in [0, 1], default 0.9
        running_mean, running_var : (D,) floats, default 0 and 1; written back in both modes

    Returns
    -------
    out : (N, D)
    cache : (mode, x̂, xc, istd, gamma) with xc = x - mean and istd = 1/√(var + eps), for either backward pass

    Raises
    ------
    TypeError, ValueError : an array of the wrong kind or shape, NaN, an option missing, unknown or out of range

    Notes
    -----
    The variance is the mean of the squared differences, not mean(x²) - mean(x)²: no cancellation for large means.

    References
    ----------
    Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2.
    """
    check_floats("x", x, ndim=2)
    gamma, beta = scale_and_shift(gamma, beta, x.shape[1], x.dtype)
    mode, eps, momentum = bn_options(bn_param, x.shape[1], x.dtype)
    if mode == "train":
        mean = x.mean(axis=0)  # (D,)
        xc = x - mean
        var = np.einsum("nd,nd->d", xc, xc) / x.dtype.type(len(x))  # sum of squares in one pass, nothing stored
        update_running(bn_param, momentum, mean, var)
    else:
        xc, var = x - bn_param["running_mean"].astype(x.dtype), bn_param["running_var"].astype(x.dtype)
    istd = 1 / np.sqrt(var + x.dtype.type(eps))
    x_hat = xc * istd
    return gamma * x_hat + beta, (mode, x_hat, xc, istd, gamma)


def update_running(bn_param, momentum, mean, var):
    """Move the running statistics towards the batch's mean and var, in place: momentum running + (1 - momentum) batch.

    Parameters
    ----------
    bn_param : dict that holds running_mean and running_var, (D,)
    momentum : number in [0, 1]
    mean, var : (D,) floats
    """
    for key, value in (("running_mean", mean), ("running_var", var)):
        bn_param[key] = momentum * bn_param[key] + (1 - momentum) * value


def batchnorm_backward(dout, cache):
    """Backpropagate through `batchnorm_forward` along its computation graph, one node at a time.

    Parameters
    ----------
    dout : (N, D) floats
    cache : from `batchnorm_forward`

    Returns
    -------
    dx : (N, D), dgamma : (D,), dbeta : (D,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of x's shape, or holds NaN
    """
    mode, x_hat, xc, istd, gamma = cache
    check_floats("dout", dout, shape=x_hat.shape)
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma  # out = gamma * x_hat + beta
    if mode == "test":
        return dx_hat * istd, dgamma, dbeta  # mean and variance are constants
    distd = (dx_hat * xc).sum(axis=0)  # x_hat = xc * istd
    dvar = -0.5 * istd**3 * distd  # istd = (var + eps)^(-1/2)
    dxc = dx_hat * istd + 2 / len(dout) * xc * dvar  # both ways out of xc: x_hat, and var = mean(xc²)
    dmean = -dxc.sum(axis=0)  # xc = x - mean
    return dxc + dmean / len(dout), dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    """Backpropagate through `batchnorm_forward` by the simplified formula.

    dx = gamma istd (dout - mean_n dout - x̂ mean_n (dout x̂)): what is left of dout once its mean and its part
    along x̂ are taken out, the two directions in which the standardized batch cannot move.

    Parameters
    ----------
    dout : (N, D) floats
    cache : from `batchnorm_forward`

    Returns
    -------
    dx : (N, D), dgamma : (D,), dbeta : (D,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of x's shape, or holds NaN
    """
    mode, x_hat, _, istd, gamma = cache
    check_floats("dout", dout, shape=x_hat.shape)
    dbeta = dout.sum(axis=0)
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    if mode == "test":
        return dout * (gamma * istd), dgamma, dbeta
    dx = x_hat * (dgamma / -len(dout))  # built in place: one array, not five
    dx += dout
    dx -= dbeta / len(dout)
    dx *= gamma * istd
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param=None):
    """Standardize each example over its own features, then scale and shift: the same in training and testing.

    x̂_nd = (x_nd - mean_d x_n) / √(var_d x_n + eps), out = gamma x̂ + beta.

    Parameters
    ----------
    x : (N, D) floats
    gamma, beta : (D,) floats
    ln_param : dict or None; eps : number > 0, default 1e-5

    Returns
    -------
    out : (N, D)
    cache : (x̂, istd, gamma)

    Raises
    ------
    TypeError, ValueError : x, gamma or beta is no float array, holds NaN or does not fit; eps is not above 0

    References
    ----------
    Ba, Kiros and Hinton, "Layer Normalization", arXiv:1607.06450, eq. 4.
    """
    check_floats("x", x, ndim=2)
    gamma, beta = scale_and_shift(gamma, beta, x.shape[1], x.dtype)
    x_hat, istd = standardize_rows(x, eps_option("ln_param", ln_param))
    return gamma * x_hat + beta, (x_hat, istd, gamma)


def layernorm_backward(dout, cache):
    """Backpropagate through `layernorm_forward`: the batch-norm formula with rows in the place of columns.

    Parameters
    ----------
    dout : (N, D) floats
    cache : (x̂, istd, gamma)

    Returns
    -------
    dx : (N, D), dgamma : (D,), dbeta : (D,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of x's shape, or holds NaN
    """
    x_hat, istd, gamma = cache
    check_floats("dout", dout, shape=x_hat.shape)
    return unstandardize_rows(dout * gamma, x_hat, istd), (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def eps_option(name, options):
    """Return the option eps of the dict `options`, 1e-5 where it is not given.

    TypeError or ValueError where `options` is no dict or holds anything else, or eps is not above 0; the message says
    `name`.
    """
    options = {} if options is None else options
    check_options(name, options, {"eps"})
    return check_number(f"{name}['eps']", options.get("eps", 1e-5), 0, low_open=True)


def standardize_rows(rows, eps):
    """Return (rows - mean) / √(variance + eps) over the last axis, and 1 over that root, (N, 1) for rows (N, D)."""
    xc = rows - rows.mean(axis=-1, keepdims=True)
    istd = 1 / np.sqrt((xc * xc).mean(axis=-1, keepdims=True) + rows.dtype.type(eps))
    return xc * istd, istd


def unstandardize_rows(dx_hat, x_hat, istd):
    """Return the gradient of `standardize_rows`: dx_hat less its mean and its part along x_hat, times istd.

    Parameters
    ----------
    dx_hat, x_hat : (N, D) floats, the gradient of the standardized rows, and these
    istd : (N, 1) floats, 1 / standard deviation
    """
    along = (dx_hat * x_hat).mean(axis=-1, keepdims=True)
    return istd * (dx_hat - dx_hat.mean(axis=-1, keepdims=True) - x_hat * along)
