"""Plain right solutions, written the way a learner would, with caches of their own: each must pass its check.

The tests also break them, by replacing a piece of their source: each broken one must fail its check.
"""

import numpy as np


def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1)
    out = rows @ w + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = rows.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(x, 0)
    return out, x


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - x.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    p = e / e.sum(axis=1, keepdims=True)
    log_p = shifted - np.log(e.sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(N), y].mean()
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def svm_loss(x, y):
    N = x.shape[0]
    margins = np.maximum(0, x - x[np.arange(N), y][:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= (margins > 0).sum(axis=1)
    dx /= N
    return loss, dx


def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v + dw
    next_w = w - config["learning_rate"] * v
    config["velocity"] = v
    return next_w, config


def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    rate, rho = config.setdefault("learning_rate", 1e-2), config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    cache = config.get("cache", np.zeros_like(w))
    cache = rho * cache + (1 - rho) * dw**2
    next_w = w - rate * dw / (np.sqrt(cache) + eps)
    config["cache"] = cache
    return next_w, config


def adam(w, dw, config=None):
    config = {} if config is None else config
    rate, eps = config.setdefault("learning_rate", 1e-3), config.setdefault("epsilon", 1e-8)
    beta1, beta2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    m, v, t = config.get("m", np.zeros_like(w)), config.get("v", np.zeros_like(w)), config.get("t", 0)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    next_w = w - rate * m_hat / (np.sqrt(v_hat) + eps)
    config.update(m=m, v=v, t=t)
    return next_w, config


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    xn = (x - mean) / std
    out = gamma * xn + beta
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, (mode, xn, std, gamma)


def batchnorm_backward(dout, cache):
    mode, xn, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xn).sum(axis=0)
    dxn = dout * gamma
    if mode == "test":
        return dxn / std, dgamma, dbeta
    dx = (dxn - dxn.sum(axis=0) / N - xn * (dxn * xn).sum(axis=0) / N) / std
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param=None):
    eps = (ln_param or {}).get("eps", 1e-5)
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    xn = (x - mean) / std
    out = gamma * xn + beta
    return out, (xn, std, gamma)


def layernorm_backward(dout, cache):
    xn, std, gamma = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xn).sum(axis=0)
    dxn = dout * gamma
    dx = (dxn - dxn.sum(axis=1, keepdims=True) / D - xn * (dxn * xn).sum(axis=1, keepdims=True) / D) / std
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])  # noqa: NPY002 - as the course does
    mask = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) >= p) / (1 - p)  # noqa: NPY002
        out = x * mask
    else:
        out = x
    return out.astype(x.dtype, copy=False), (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if mask is None:
        return dout
    dx = dout * mask
    return dx.astype(dout.dtype)


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out), x.dtype)
    for f in range(F):
        for i in range(H_out):
            for j in range(W_out):
                top, left = i * stride, j * stride
                window = xp[:, :, top:top + HH, left:left + WW]
                out[:, f, i, j] = (window * w[f]).sum(axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        dxp[n, :, top:top + HH, left:left + WW] += w[f] * dout[n, f, i, j]
        dw[f] += xp[n, :, top:top + HH, left:left + WW] * dout[n, f, i, j]
        db[f] += dout[n, f, i, j]
    dx = dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - HH) // stride, 1 + (W - WW) // stride), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[n, c, i, j] = x[n, c, top:top + HH, left:left + WW].max()
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top:top + HH, left:left + WW]
        mask = window == window.max()
        dx[n, c, top:top + HH, left:left + WW] += mask / mask.sum() * dout[n, c, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)  # (N·H·W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)  # (N·H·W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def groupnorm_forward(x, gamma, beta, G, gn_param=None):
    eps = (gn_param or {}).get("eps", 1e-5)
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    mean = groups.mean(axis=(2, 3, 4), keepdims=True)
    std = np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + eps)
    xn = ((groups - mean) / std).reshape(x.shape)
    out = xn * gamma.reshape(1, C, 1, 1) + beta.reshape(1, C, 1, 1)
    return out, (xn, std, gamma, G)


def groupnorm_backward(dout, cache):
    xn, std, gamma, G = cache
    N, C, H, W = dout.shape
    M = C // G * H * W  # numbers in a group
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * xn).sum(axis=(0, 2, 3))
    dxn = (dout * gamma.reshape(1, C, 1, 1)).reshape(N, G, M)
    xn, std = xn.reshape(N, G, M), std.reshape(N, G, 1)
    dx = (dxn - dxn.sum(axis=2, keepdims=True) / M - xn * (dxn * xn).sum(axis=2, keepdims=True) / M) / std
    return dx.reshape(dout.shape), dgamma, dbeta
