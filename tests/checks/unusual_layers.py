"""More right but unusual layers and update rules, beside those of `unusual`: each exercise has two or more."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from plain import batchnorm_backward, batchnorm_forward

from cs182lib import layers


def svm_by_mask(x, y):
    right = np.zeros(x.shape, bool)
    np.put_along_axis(right, y[:, None], True, axis=1)
    margins = (x - x[right][:, None] + 1).clip(min=0)
    violated = (margins > 0) & ~right
    dx = violated / x.dtype.type(len(x))
    dx = dx - right * dx.sum(axis=1, keepdims=True)
    return np.sum(margins, where=~right) / len(x), dx.astype(x.dtype)


def momentum_by_mean(w, dw, config=None):
    """Keep the arrays of the config and write into them; the step is a copy of w."""
    config = config if config is not None else {}
    for key, value in {"learning_rate": 1e-2, "momentum": 0.9, "velocity": np.zeros(w.shape, w.dtype)}.items():
        config.setdefault(key, value)
    np.add(config["momentum"] * config["velocity"], dw, out=config["velocity"])
    moved = w.copy()
    moved -= config["learning_rate"] * config["velocity"]
    return moved, config


def rmsprop_epsilon_in_the_root(w, dw, config=None):
    config = config if config is not None else {}
    given = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros_like(dw), **config}
    given["cache"] = given["decay_rate"] * given["cache"] + (1 - given["decay_rate"]) * dw**2
    config.update(given)
    return w - given["learning_rate"] * dw / np.sqrt(given["cache"] + given["epsilon"]), config


def rmsprop_by_lerp(w, dw, config=None):
    config = config if config is not None else {}
    given = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros_like(dw), **config}
    given["cache"] = given["cache"] + (1 - given["decay_rate"]) * (np.square(dw) - given["cache"])
    config.update(given)
    w -= given["learning_rate"] / (given["epsilon"] + given["cache"]**0.5) * dw
    return [w, config]


def adam_with_hats(w, dw, config=None):
    """Keep t as it comes, and build everything up from Python numbers and whole arrays."""
    c = config if config is not None else {}
    for key, value in dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0).items():
        c.setdefault(key, value)
    zeros = np.zeros(w.shape, w.dtype)
    c["m"], c["v"] = (c["beta1"] * c.get("m", zeros) + dw - c["beta1"] * dw,
                      c["beta2"] * c.get("v", zeros) + dw * dw - c["beta2"] * dw * dw)
    c["t"] = c["t"] + 1
    corrections = [1 - np.exp(c["t"] * np.log(c[beta])) for beta in ("beta1", "beta2")]
    root = np.sqrt(c["v"] / corrections[1])
    return (w - c["learning_rate"] * (c["m"] / corrections[0]) / (root + c["epsilon"])).astype(w.dtype), c


def dropout_by_places(x, dropout_param):
    """Keep the places of what is dropped, not a mask."""
    out, p = np.array(x), dropout_param["p"]
    if dropout_param["mode"] != "train":
        return out, ((), 1)
    state = np.random.RandomState(dropout_param.get("seed"))
    places = np.nonzero(state.uniform(size=x.shape) < p)
    out[places] = 0
    out /= 1 - p
    return out, (places, 1 - p)


def dropout_by_places_backward(dout, cache):
    places, kept = cache
    dx = dout / dout.dtype.type(kept)
    if len(places):
        dx[places] = 0
    return dx


def conv_by_windows(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    seen = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]  # (N, C, H', W', HH, WW)
    out = np.einsum("ncijhv,fchv->nfij", seen, w, optimize=True) + b[:, None, None]
    return out, {"seen": seen, "x": x, "w": w, "options": (s, p)}


def conv_by_windows_backward(dout, cache):
    """Spread dout out by the stride and convolve it with the turned filters."""
    (s, p), w, x = cache["options"], cache["w"], cache["x"]
    (N, F, H, W), (HH, WW) = dout.shape, w.shape[2:]
    spread = np.zeros((N, F, s * (H - 1) + 1, s * (W - 1) + 1), dout.dtype)
    spread[:, :, ::s, ::s] = dout
    spread = np.pad(spread, [(0, 0), (0, 0), (HH - 1, HH - 1), (WW - 1, WW - 1)])
    dxp = np.einsum("nfijhv,fchv->ncij", sliding_window_view(spread, (HH, WW), axis=(2, 3)), w[:, :, ::-1, ::-1])
    whole = np.zeros((N, x.shape[1], x.shape[2] + 2 * p, x.shape[3] + 2 * p), x.dtype)
    whole[:, :, :dxp.shape[2], :dxp.shape[3]] = dxp  # where the stride leaves a rest, no window saw it
    dx = whole[:, :, p:p + x.shape[2], p:p + x.shape[3]]
    return dx, np.einsum("nfij,ncijhv->fchv", dout, cache["seen"]), np.einsum("nfij->f", dout)


def pool_by_loops(x, pool_param):
    """Go through the numbers one by one and keep the place of the largest."""
    HH, WW, s = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out, places = np.empty((N, C, (H - HH) // s + 1, (W - WW) // s + 1), x.dtype), {}
    for n, c, i, j in np.ndindex(out.shape):
        best = None
        for h in range(i * s, i * s + HH):
            for v in range(j * s, j * s + WW):
                if best is None or x[n, c, h, v] >= x[n, c][best]:  # among equal ones the last
                    best = h, v
        out[n, c, i, j], places[n, c, i, j] = x[n, c][best], best
    return out, (places, x)


def pool_by_loops_backward(dout, cache):
    places, x = cache
    dx = x * 0
    for (n, c, i, j), (h, v) in places.items():
        dx[n, c, h, v] += dout[n, c, i, j]
    return dx


def spatial_by_columns(x, gamma, beta, bn_param):
    """Take batch norm of (N·H·W, C) with the pixels in another order."""
    moved = np.moveaxis(x, 1, -1)[:, ::-1]
    out, cache = batchnorm_forward(moved.reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return np.moveaxis(out.reshape(moved.shape)[:, ::-1], -1, 1), cache


def spatial_by_columns_backward(dout, cache):
    moved = np.moveaxis(dout, 1, -1)[:, ::-1]
    dx, dgamma, dbeta = batchnorm_backward(moved.reshape(-1, dout.shape[1]), cache)
    return np.moveaxis(dx.reshape(moved.shape)[:, ::-1], -1, 1), dgamma, dbeta


def groupnorm_by_layernorm(x, gamma, beta, G, gn_param=None):
    """Call layer norm with gamma 1 and beta 0 on rows of one group each."""
    rows = x.reshape(len(x) * G, -1)
    size = rows.shape[1]
    x_hat, cache = layers.layernorm_forward(rows, np.ones(size, x.dtype), np.zeros(size, x.dtype), gn_param or {})
    x_hat = x_hat.reshape(x.shape)
    return x_hat * gamma[:, None, None] + beta[:, None, None], (x_hat, gamma, cache, rows.shape)


def groupnorm_by_layernorm_backward(dout, cache):
    x_hat, gamma, inner, shape = cache
    dx, _, _ = layers.layernorm_backward((dout * gamma[:, None, None]).reshape(shape), inner)
    return dx.reshape(dout.shape), (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))


LAYERS = [
    ("svm_loss", (svm_by_mask,)),
    ("sgd_momentum", (momentum_by_mean,)),
    ("rmsprop", (rmsprop_by_lerp,)),
    ("rmsprop", (rmsprop_epsilon_in_the_root,)),
    ("adam", (adam_with_hats,)),
    ("dropout_forward", (dropout_by_places,)),
    ("dropout_backward", (dropout_by_places_backward, dropout_by_places)),
    ("conv_forward_naive", (conv_by_windows,)),
    ("conv_backward_naive", (conv_by_windows_backward, conv_by_windows)),
    ("max_pool_forward_naive", (pool_by_loops,)),
    ("max_pool_backward_naive", (pool_by_loops_backward, pool_by_loops)),
    ("spatial_batchnorm_forward", (spatial_by_columns,)),
    ("spatial_batchnorm_backward", (spatial_by_columns_backward, spatial_by_columns)),
    ("groupnorm_forward", (groupnorm_by_layernorm,)),
    ("groupnorm_backward", (groupnorm_by_layernorm_backward, groupnorm_by_layernorm)),
]
