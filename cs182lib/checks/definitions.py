"""The definitions that implementations are checked against: written from the formulas, apart from the library.

Slow and plain on purpose. Every function returns the output alone and changes nothing.
"""

import numpy as np


def affine(x, w, b):
    """Return out[n, m] = Σ_d x[n, d] w[d, m] + b[m], (N, M); w is (D, M), b (M,), x (N, ...) flattened per example."""
    rows = x.reshape(len(x), -1)  # (N, d_1, ..., d_k) -> (N, D)
    return np.stack([(rows * w[:, m]).sum(axis=1) + b[m] for m in range(w.shape[1])], axis=1)


def relu(x):
    """Return x, of any shape, with only what is positive kept: max(x, 0)."""
    return np.where(x > 0, x, 0.0)


def normalize(x, axis, eps=1e-5, ddof=0):
    """Return x less its mean over `axis`, divided by √(var + eps); var divides by the count minus ddof."""
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True, ddof=ddof)
    return (x - mean) / np.sqrt(var + eps)


def batchnorm(x, gamma, beta, bn_param):
    """Return batch norm of x (N, D), with gamma and beta (D,), in the mode of bn_param.

    The running statistics in bn_param, (D,) each, are read in test mode and never written.
    """
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "test":
        return gamma * (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps) + beta
    return gamma * normalize(x, 0, eps) + beta


def spatial_batchnorm(x, gamma, beta, bn_param):
    """Return batch norm of each channel of x (N, C, H, W) over N, H and W, one channel after the other.

    gamma, beta and the running statistics in bn_param, which are not written, are (C,).
    """
    out = np.empty_like(x)
    for c in range(x.shape[1]):
        param = {key: value[c] if np.ndim(value) else value for key, value in bn_param.items()}
        out[:, c] = batchnorm(x[:, c].reshape(-1, 1), gamma[c], beta[c], param).reshape(x[:, c].shape)  # (N·H·W, 1)
    return out


def layernorm(x, gamma, beta, ln_param=None):
    """Return each row of x (N, D) normalized by itself, times gamma (D,), plus beta (D,); ln_param may hold eps."""
    return gamma * normalize(x, 1, (ln_param or {}).get("eps", 1e-5)) + beta


def groupnorm(x, gamma, beta, G, gn_param=None):
    """Return x (N, C, H, W) with each group of C / G neighboring channels of each image normalized by itself.

    gamma and beta (C,) then scale and shift the channels; G is the number of groups, and gn_param may hold eps.
    """
    size, eps = x.shape[1] // G, (gn_param or {}).get("eps", 1e-5)
    groups = [normalize(x[:, g * size:(g + 1) * size], (1, 2, 3), eps) for g in range(G)]
    return gamma.reshape(1, -1, 1, 1) * np.concatenate(groups, axis=1) + beta.reshape(1, -1, 1, 1)


def windows(x, HH, WW, stride):
    """Yield (i, j, view (N, C, HH, WW)) for every place of the window in x (N, C, H, W), `stride` pixels apart."""
    for i in range((x.shape[2] - HH) // stride + 1):
        for j in range((x.shape[3] - WW) // stride + 1):
            yield i, j, x[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]


def conv(x, w, b, conv_param):
    """Return out[n, f, i, j] = b[f] + Σ over c, h, v of the padded window at (i, j) times w[f, c, h, v].

    x is (N, C, H, W), w (F, C, HH, WW), b (F,), and out (N, F, H', W'); conv_param holds stride and pad in pixels.
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    padded = np.zeros((N, x.shape[1], H + 2 * pad, W + 2 * pad))
    padded[:, :, pad:pad + H, pad:pad + W] = x
    out = np.empty((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    for i, j, window in windows(padded, HH, WW, stride):
        out[:, :, i, j] = np.einsum("nchv,fchv->nf", window, w) + b
    return out


def max_pool(x, pool_param):
    """Return the largest number of each window: x (N, C, H, W) -> (N, C, H', W').

    pool_param holds pool_height, pool_width and stride in pixels.
    """
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - HH) // stride + 1, (W - WW) // stride + 1))
    for i, j, window in windows(x, HH, WW, stride):
        out[:, :, i, j] = window.reshape(N, C, -1).max(axis=2)  # (N, C, HH·WW)
    return out


def softmax(x):
    """Return the probabilities of each row of scores x (N, C): e^x over its sum along the row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_losses(x, y):
    """Return the cross-entropy of each example, (N,), for scores x (N, C) and the right classes y (N,), ints."""
    return np.array([np.log(np.sum(np.exp(row - row.max()))) + row.max() - row[label] for row, label in zip(x, y)])


def svm_losses(x, y):
    """Return the hinge loss of each example with margin 1, (N,), for scores x (N, C) and the right classes y (N,)."""
    return np.array([sum(max(0.0, row[c] - row[label] + 1) for c in range(len(row)) if c != label)
                     for row, label in zip(x, y)])
