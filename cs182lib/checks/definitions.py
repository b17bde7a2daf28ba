"""The definitions that implementations are checked against: written from the formulas, apart from the library.

Slow and plain on purpose. Every function returns the output alone and changes nothing.
"""

import numpy as np


def affine(x, w, b):
    """out[n, m] = Σ_d x[n, d] w[d, m] + b[m], x flattened per example."""
    rows = x.reshape(len(x), -1)  # (N, d_1, ..., d_k) -> (N, D)
    return np.stack([(rows * w[:, m]).sum(axis=1) + b[m] for m in range(w.shape[1])], axis=1)


def relu(x):
    """Keep what is positive: max(x, 0)."""
    return np.where(x > 0, x, 0.0)


def normalize(x, axis, eps=1e-5, ddof=0):
    """(x - mean) / √(var + eps) over `axis`."""
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True, ddof=ddof)
    return (x - mean) / np.sqrt(var + eps)


def batchnorm(x, gamma, beta, bn_param):
    """Batch norm of (N, D) in the mode of bn_param, whose running statistics it reads and does not write."""
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "test":
        return gamma * (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps) + beta
    return gamma * normalize(x, 0, eps) + beta


def spatial_batchnorm(x, gamma, beta, bn_param):
    """Batch norm of each channel of (N, C, H, W) over N, H and W, one channel after the other."""
    out = np.empty_like(x)
    for c in range(x.shape[1]):
        param = {key: value[c] if np.ndim(value) else value for key, value in bn_param.items()}
        out[:, c] = batchnorm(x[:, c].reshape(-1, 1), gamma[c], beta[c], param).reshape(x[:, c].shape)  # (N·H·W, 1)
    return out


def layernorm(x, gamma, beta, ln_param=None):
    """Normalize each row by itself, then scale by gamma and shift by beta."""
    return gamma * normalize(x, 1, (ln_param or {}).get("eps", 1e-5)) + beta


def groupnorm(x, gamma, beta, G, gn_param=None):
    """Normalize each group of C / G neighboring channels of each image by itself."""
    size, eps = x.shape[1] // G, (gn_param or {}).get("eps", 1e-5)
    groups = [normalize(x[:, g * size:(g + 1) * size], (1, 2, 3), eps) for g in range(G)]
    return gamma.reshape(1, -1, 1, 1) * np.concatenate(groups, axis=1) + beta.reshape(1, -1, 1, 1)


def windows(x, HH, WW, stride):
    """Yield (i, j, view (N, C, HH, WW)) for every place of the window."""
    for i in range((x.shape[2] - HH) // stride + 1):
        for j in range((x.shape[3] - WW) // stride + 1):
            yield i, j, x[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]


def conv(x, w, b, conv_param):
    """out[n, f, i, j] = b[f] + Σ over c, h, v of the padded window at (i, j) times w[f, c, h, v]."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    padded = np.zeros((N, x.shape[1], H + 2 * pad, W + 2 * pad))
    padded[:, :, pad:pad + H, pad:pad + W] = x
    out = np.empty((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    for i, j, window in windows(padded, HH, WW, stride):
        out[:, :, i, j] = np.einsum("nchv,fchv->nf", window, w) + b
    return out


def max_pool(x, pool_param):
    """Keep the largest number of each window: x (N, C, H, W) -> (N, C, H', W')."""
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - HH) // stride + 1, (W - WW) // stride + 1))
    for i, j, window in windows(x, HH, WW, stride):
        out[:, :, i, j] = window.reshape(N, C, -1).max(axis=2)  # (N, C, HH·WW)
    return out


def softmax(x):
    """Turn each row of scores into probabilities: e^x over its sum along the row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_losses(x, y):
    """Cross-entropy of each example, (N,)."""
    return np.array([np.log(np.sum(np.exp(row - row.max()))) + row.max() - row[label] for row, label in zip(x, y)])


def svm_losses(x, y):
    """Hinge loss of each example with margin 1, (N,)."""
    return np.array([sum(max(0.0, row[c] - row[label] + 1) for c in range(len(row)) if c != label)
                     for row, label in zip(x, y)])
