"""Right but unusual solutions: other algorithms, caches, loops, views, in-place work on own arrays."""

from types import SimpleNamespace

import numpy as np
import plain


def affine_by_examples(x, w, b):
    out = np.empty((len(x), len(b)), x.dtype)
    for n, example in enumerate(x):
        out[n] = np.tensordot(w, example.ravel(), axes=(0, 0))
        out[n] += b
    return out, lambda dout: ((dout @ w.T).reshape(x.shape), sum(
        np.outer(example.ravel(), d) for example, d in zip(x, dout)), np.ones(len(x), x.dtype) @ dout)


def affine_einsum(x, w, b):
    rows = x.reshape(len(x), -1)
    return np.einsum("nd,dm->nm", rows, w) + b[None], {"rows": rows, "w": w.copy(), "shape": x.shape}


def affine_einsum_backward(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["shape"])
    return [dx, np.einsum("nd,nm->dm", cache["rows"], dout), np.einsum("nm->m", dout)]


def relu_by_sign(x):
    return (x + np.abs(x)) / 2, np.sign(x)


def relu_by_sign_backward(dout, cache):
    return (dout + dout * cache) / 2


def relu_mask(x):
    mask = x > 0
    return np.where(mask, x, x.dtype.type(0)), mask


def softmax_by_rows(x, y):
    loss, dx = 0.0, np.empty_like(x)
    for n in range(len(x)):
        e = np.exp(x[n] - x[n].max())
        dx[n] = e / e.sum() / len(x)
        dx[n, y[n]] -= 1 / len(x)
        loss += (np.log(e.sum()) + x[n].max() - x[n, y[n]]) / len(x)
    return loss, dx


def softmax_logaddexp(x, y):
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    onehot = np.eye(x.shape[1], dtype=x.dtype)[y]
    return np.array(-(log_p * onehot).sum() / len(x)), (np.exp(log_p) - onehot) / len(x)


def svm_by_loops(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(len(x)):
        for c in range(x.shape[1]):
            margin = x[n, c] - x[n, y[n]] + 1
            if c != y[n] and margin > 0:
                loss += margin / len(x)
                dx[n, c] += 1 / len(x)
                dx[n, y[n]] -= 1 / len(x)
    return loss, dx


def momentum_in_place(w, dw, config=None):
    config = {} if config is None else config
    velocity = config.setdefault("velocity", np.zeros_like(w))
    velocity *= config.setdefault("momentum", 0.9)
    velocity += dw
    w -= config.setdefault("learning_rate", 1e-2) * velocity
    return w, config


def rmsprop_root_of_the_sum(w, dw, config=None):
    config = {} if config is None else config
    rho, cache = config.setdefault("decay_rate", 0.99), config.setdefault("cache", np.zeros_like(w))
    cache += (1 - rho) * (dw * dw - cache)
    root = np.sqrt(cache + config.setdefault("epsilon", 1e-8)**2)
    return w - config.setdefault("learning_rate", 1e-2) * dw / root, config


def adam_epsilon_hat(w, dw, config=None):
    config = {} if config is None else config
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0,
                "m": np.zeros_like(w), "v": np.zeros_like(w)}
    config.update(defaults | config)
    c = SimpleNamespace(**config)
    config["t"] = c.t + 1
    config["m"] = c.m + (1 - c.beta1) * (dw - c.m)
    config["v"] = c.v + (1 - c.beta2) * (dw * dw - c.v)
    rate = c.learning_rate * (1 - c.beta2**config["t"])**0.5 / (1 - c.beta1**config["t"])
    w -= rate * config["m"] / (np.sqrt(config["v"]) + c.epsilon)
    return w, config


def batchnorm_by_columns(x, gamma, beta, bn_param):
    """Normalize column after column, and give the backward pass only x and the statistics."""
    D, out, statistics = x.shape[1], np.empty_like(x), []
    bn_param.setdefault("running_mean", np.zeros(D, x.dtype))
    bn_param.setdefault("running_var", np.ones(D, x.dtype))
    bn_param["running_mean"], bn_param["running_var"] = bn_param["running_mean"].copy(), bn_param["running_var"].copy()
    for d in range(D):
        if bn_param["mode"] == "train":
            mean = sum(x[:, d]) / len(x)
            var = sum((x[:, d] - mean)**2) / len(x)
            for key, value in (("running_mean", mean), ("running_var", var)):
                bn_param[key][d] += (1 - bn_param.get("momentum", 0.9)) * (value - bn_param[key][d])
        else:
            mean, var = bn_param["running_mean"][d], bn_param["running_var"][d]
        statistics.append((mean, np.sqrt(var + bn_param.get("eps", 1e-5))))
        out[:, d] = gamma[d] * (x[:, d] - mean) / statistics[d][1] + beta[d]
    return out, SimpleNamespace(x=x, gamma=gamma, statistics=statistics, mode=bn_param["mode"])


def batchnorm_by_jacobian(dout, cache):
    """Multiply by each column's Jacobian, an N x N matrix, instead of simplifying."""
    dx, dgamma, N = np.empty_like(dout), np.empty_like(dout[0]), len(dout)
    for d, (mean, std) in enumerate(cache.statistics):
        x_hat = (cache.x[:, d] - mean) / std
        dgamma[d] = dout[:, d] @ x_hat
        jacobian = np.eye(N, dtype=dout.dtype)
        if cache.mode == "train":
            jacobian = jacobian - 1 / N - np.outer(x_hat, x_hat) / N
        dx[:, d] = jacobian @ dout[:, d] * cache.gamma[d] / std
    return dx, dgamma, dout.sum(0)


def batchnorm_reversed(x, gamma, beta, bn_param):
    """Return a view with negative strides; the numbers are the same."""
    out, cache = plain.batchnorm_forward(x[::-1], gamma, beta, bn_param)
    return out[::-1], cache


def batchnorm_reversed_backward(dout, cache):
    dx, dgamma, dbeta = plain.batchnorm_backward(dout[::-1], cache)
    return dx[::-1], dgamma, dbeta


def layernorm_by_batchnorm(x, gamma, beta, ln_param=None):
    ones = np.ones(len(x), x.dtype)
    x_hat, cache = plain.batchnorm_forward(x.T, ones[:, None].T[0], 0 * ones, {"mode": "train", **(ln_param or {})})
    return gamma * x_hat.T + beta, (cache, x_hat.T, gamma)


def layernorm_by_batchnorm_backward(dout, cache):
    bn_cache, x_hat, gamma = cache
    dx = plain.batchnorm_backward((dout * gamma).T, bn_cache)[0].T
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def layernorm_by_rows(x, gamma, beta, ln_param=None):
    eps = 1e-5 if ln_param is None else ln_param.get("eps", 1e-5)
    out = np.stack([gamma * (row - row.mean()) / np.sqrt(row.var() + x.dtype.type(eps)) + beta for row in x])
    return out, (x, gamma, eps)


def layernorm_by_rows_backward(dout, cache):
    x, gamma, eps = cache
    out, again = plain.layernorm_forward(x, gamma, 0 * gamma, {"eps": eps})  # work it out anew, keep nothing
    return plain.layernorm_backward(dout, again)


def dropout_by_choice(x, dropout_param):
    p, cache = dropout_param["p"], {}
    if dropout_param["mode"] == "test":
        return x.copy(), cache
    cache["kept"] = np.random.default_rng(dropout_param.get("seed")).random(x.size).reshape(x.shape) < 1 - p
    cache["p"] = p
    return np.where(cache["kept"], x, 0).astype(x.dtype) / (1 - p), cache


def dropout_by_choice_backward(dout, cache):
    if not cache:
        return dout.copy()
    dx = np.zeros_like(dout)
    dx[cache["kept"]] = dout[cache["kept"]] / (1 - cache["p"])
    return dx


def conv_by_shifts(x, w, b, conv_param):
    """Add up HH·WW shifted images, one for each place in the filter."""
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H, W = ((xp.shape[2 + k] - w.shape[2 + k]) // s + 1 for k in (0, 1))
    out = np.zeros((len(x), H, W, len(w)), x.dtype) + b
    for h, v in np.ndindex(w.shape[2:]):
        shifted = xp[:, :, h:h + s * H:s, v:v + s * W:s][:, :, :H, :W]
        out += np.tensordot(shifted, w[:, :, h, v], axes=(1, 1))
    return out.transpose(0, 3, 1, 2), (xp, w, x.shape, s, p)  # a view


def conv_by_shifts_backward(dout, cache):
    xp, w, (_, _, H, W), s, p = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for h, v in np.ndindex(w.shape[2:]):
        at = np.s_[:, :, h:h + s * (dout.shape[2] - 1) + 1:s, v:v + s * (dout.shape[3] - 1) + 1:s]
        dxp[at] += np.einsum("nfij,fc->ncij", dout, w[:, :, h, v])
        dw[:, :, h, v] = np.einsum("nfij,ncij->fc", dout, xp[at])
    return dxp[:, :, p:p + H, p:p + W], dw, dout.sum((0, 2, 3))


def pool_by_sorting(x, pool_param):
    height, width, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    view = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::s, ::s]
    flat = view.reshape(*view.shape[:4], -1)
    return np.sort(flat, axis=-1)[..., -1], (x.shape, flat.argmax(axis=-1), width, s)


def pool_by_sorting_backward(dout, cache):
    shape, winners, width, s = cache
    dx = np.zeros(shape, dout.dtype)
    n, c, i, j = np.indices(dout.shape)
    np.add.at(dx, (n, c, i * s + winners // width, j * s + winners % width), dout)
    return dx


def spatial_by_swapping(x, gamma, beta, bn_param):
    rows = np.swapaxes(x, 0, 1).reshape(len(gamma), -1).T  # (C, N, H, W) -> (N·H·W, C)
    out, cache = batchnorm_by_columns(rows, gamma, beta, bn_param)
    return np.swapaxes(out.T.reshape(x.shape[1], len(x), *x.shape[2:]), 0, 1), cache


def spatial_by_swapping_backward(dout, cache):
    rows = np.swapaxes(dout, 0, 1).reshape(dout.shape[1], -1).T
    dx, dgamma, dbeta = batchnorm_by_jacobian(rows, cache)
    return np.swapaxes(dx.T.reshape(dout.shape[1], len(dout), *dout.shape[2:]), 0, 1), dgamma, dbeta


def groupnorm_by_slices(x, gamma, beta, G, gn_param=None):
    out, size = np.empty_like(x), x.shape[1] // G
    for n, g in np.ndindex(len(x), G):
        at = np.s_[n, g * size:(g + 1) * size]
        part, scale, shift = x[at], gamma[at[1], None, None], beta[at[1], None, None]
        out[at] = scale * (part - part.mean()) / np.sqrt(part.var() + x.dtype.type((gn_param or {}).get("eps", 1e-5)))
        out[at] += shift
    return out, (x, gamma, G, gn_param)


def groupnorm_by_slices_backward(dout, cache):
    x, gamma, G, gn_param = cache
    return plain.groupnorm_backward(dout, plain.groupnorm_forward(x, gamma, 0 * gamma, G, gn_param)[1])


LAYERS = [
    ("affine_forward", (affine_by_examples,)),
    ("affine_forward", (affine_einsum,)),
    ("affine_backward", (lambda dout, cache: cache(dout), affine_by_examples)),
    ("affine_backward", (affine_einsum_backward, affine_einsum)),
    ("relu_forward", (relu_by_sign,)),
    ("relu_forward", (relu_mask,)),
    ("relu_backward", (relu_by_sign_backward, relu_by_sign)),
    ("relu_backward", (lambda dout, mask: np.where(mask, dout, 0).astype(dout.dtype), relu_mask)),
    ("softmax_loss", (softmax_by_rows,)),
    ("softmax_loss", (softmax_logaddexp,)),
    ("svm_loss", (svm_by_loops,)),
    ("sgd_momentum", (momentum_in_place,)),
    ("rmsprop", (rmsprop_root_of_the_sum,)),
    ("adam", (adam_epsilon_hat,)),
    ("batchnorm_forward", (batchnorm_by_columns,)),
    ("batchnorm_forward", (batchnorm_reversed,)),
    ("batchnorm_backward", (batchnorm_by_jacobian, batchnorm_by_columns)),
    ("batchnorm_backward", (batchnorm_reversed_backward, batchnorm_reversed)),
    ("batchnorm_backward_alt", (batchnorm_by_jacobian, batchnorm_by_columns)),
    ("batchnorm_backward_alt", (batchnorm_reversed_backward, batchnorm_reversed)),
    ("layernorm_forward", (layernorm_by_batchnorm,)),
    ("layernorm_forward", (layernorm_by_rows,)),
    ("layernorm_backward", (layernorm_by_batchnorm_backward, layernorm_by_batchnorm)),
    ("layernorm_backward", (layernorm_by_rows_backward, layernorm_by_rows)),
    ("dropout_forward", (dropout_by_choice,)),
    ("dropout_backward", (dropout_by_choice_backward, dropout_by_choice)),
    ("conv_forward_naive", (conv_by_shifts,)),
    ("conv_backward_naive", (conv_by_shifts_backward, conv_by_shifts)),
    ("max_pool_forward_naive", (pool_by_sorting,)),
    ("max_pool_backward_naive", (pool_by_sorting_backward, pool_by_sorting)),
    ("spatial_batchnorm_forward", (spatial_by_swapping,)),
    ("spatial_batchnorm_backward", (spatial_by_swapping_backward, spatial_by_swapping)),
    ("groupnorm_forward", (groupnorm_by_slices,)),
    ("groupnorm_backward", (groupnorm_by_slices_backward, groupnorm_by_slices)),
]
