"""Right but unusual networks: a tape of closures, recursion, other layers, no layers at all."""

import math

import numpy as np
import unusual
from plain import softmax_loss
from unusual_torch import ModuleInAList, ModuleOfParameters, raw_by_columns, raw_padded_first

from cs182lib import layers


class Tape:
    """Run layers forward and remember how to go back; gradients are collected by name."""

    def __init__(self):
        self.back, self.grads = [], {}

    def layer(self, forward, backward, x, *names_and_arrays, options=()):
        """Call forward(x, *arrays, *options) and remember backward, whose further results belong to the names."""
        names, arrays = names_and_arrays[::2], names_and_arrays[1::2]
        out, cache = forward(x, *arrays, *options)
        self.back.append((backward, cache, names))
        return out

    def backward(self, dout):
        while self.back:
            backward, cache, names = self.back.pop()
            result = backward(dout, cache)
            dout, *gradients = result if isinstance(result, (tuple, list)) else (result,)
            self.grads.update(zip(names, gradients))
        return self.grads


def penalized(loss, grads, params, reg):
    """Add the penalty by one dot product over all weights."""
    weights = [key for key in grads if key[0] == "W"]
    flat = np.concatenate([params[key].ravel() for key in weights])
    for key in weights:
        grads[key] = grads[key] + (reg * params[key]).astype(params[key].dtype)
    return loss + reg / 2 * float(flat @ flat), grads


class TwoLayerNetByTape:
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0):
        self.reg, self.params = reg, {}
        for i, (n, m) in enumerate(((input_dim, hidden_dim), (hidden_dim, num_classes)), start=1):
            self.params.update({f"W{i}": np.random.default_rng(i).normal(0, weight_scale, (n, m)),
                                f"b{i}": np.zeros((m,))})

    def loss(self, X, y=None):
        tape, p = Tape(), self.params
        out = tape.layer(unusual.affine_einsum, unusual.affine_einsum_backward, X, "W1", p["W1"], "b1", p["b1"])
        out = tape.layer(unusual.relu_by_sign, unusual.relu_by_sign_backward, out)
        out = tape.layer(unusual.affine_einsum, unusual.affine_einsum_backward, out, "W2", p["W2"], "b2", p["b2"])
        if y is None:
            return out
        loss, dout = unusual.softmax_by_rows(out, y)
        return penalized(loss, tape.backward(dout), p, self.reg)


class TwoLayerNetInOneGo:
    """No layers at all: matrix products and a mask."""

    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0, seed=None):
        rng = np.random.default_rng(seed)
        sizes = {"W1": (input_dim, hidden_dim), "W2": (hidden_dim, num_classes)}
        self.params = {key: rng.normal(size=size) * weight_scale for key, size in sizes.items()}
        self.params |= {"b1": 0 * self.params["W1"][0], "b2": 0 * self.params["W2"][0]}
        self.reg = reg

    def loss(self, X, y=None):
        W1, W2, b1, b2 = (self.params[key] for key in ("W1", "W2", "b1", "b2"))
        X = X.reshape(len(X), -1)
        h = X @ W1 + b1
        h *= h > 0
        scores = h @ W2 + b2
        if y is not None:
            loss, d = softmax_loss(scores, y)
            dh = (d @ W2.T) * (h > 0)
            penalty = 0.5 * self.reg * sum(np.linalg.norm(W)**2 for W in (W1, W2))
            return loss + penalty, {"b2": d.sum(0), "W2": h.T @ d + self.reg * W2, "b1": dh.sum(0),
                                    "W1": X.T @ dh + self.reg * W1, "of no use": None}
        return scores


class FullyConnectedByTape:
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout=0, use_batchnorm=False, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None, normalization=None):
        self.norm, self.p, self.reg, self.dtype = normalization or use_batchnorm, dropout, reg, dtype
        self.params, self.bn_params = {}, [{} for _ in hidden_dims]
        self.dropout_param = {"p": dropout, **({} if seed is None else {"seed": seed})}
        for i, (n, m) in enumerate(zip([input_dim, *hidden_dims], [*hidden_dims, num_classes]), start=1):
            self.params[f"W{i}"] = np.random.randn(n, m).astype(dtype) * dtype(weight_scale)  # noqa: NPY002
            self.params[f"b{i}"] = np.zeros(m, dtype)
            if self.norm and i <= len(hidden_dims):
                self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(m, dtype), np.zeros(m, dtype)

    def loss(self, X, y=None):
        tape, mode, out = Tape(), {"mode": "test" if y is None else "train"}, X.astype(self.dtype)
        for i in range(1, len(self.bn_params) + 2):
            named = {name: f"{name}{i}" for name in ("W", "b", "gamma", "beta")}
            W, b, gamma, beta = ((key, self.params.get(key)) for key in named.values())
            out = tape.layer(unusual.affine_einsum, unusual.affine_einsum_backward, out, *W, *b)
            if i > len(self.bn_params):
                break
            if self.norm == "layer":
                out = tape.layer(unusual.layernorm_by_rows, unusual.layernorm_by_rows_backward, out, *gamma, *beta)
            elif self.norm:
                self.bn_params[i - 1].update(mode)
                out = tape.layer(unusual.batchnorm_by_columns, unusual.batchnorm_by_jacobian, out, *gamma, *beta,
                                 options=(self.bn_params[i - 1],))
            out = tape.layer(unusual.relu_by_sign, unusual.relu_by_sign_backward, out)
            if self.p:
                out = tape.layer(unusual.dropout_by_choice, unusual.dropout_by_choice_backward, out,
                                 options=({**self.dropout_param, **mode},))
        if y is None:
            return out
        loss, dout = unusual.softmax_logaddexp(out, y)
        return penalized(float(loss), tape.backward(dout), self.params, self.reg)


class FullyConnectedByRecursion:
    """Each layer calls the next one and goes back when that returns; layers are the library's."""

    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout=0.0, use_batchnorm=False, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None, normalization=None):
        self.dims, self.reg, self.dtype = (input_dim, *hidden_dims, num_classes), reg, dtype
        self.kind = "batch" if use_batchnorm else normalization
        self.options = {"p": dropout} if seed is None else {"p": dropout, "seed": seed}
        rng, last = np.random.default_rng(seed), len(hidden_dims) + 1
        self.bn_params = [{"mode": "train", "running_mean": np.zeros(n, dtype), "running_var": np.ones(n, dtype)}
                          for n in hidden_dims]
        self.params = {}
        for i in range(last, 0, -1):
            if self.kind and i < last:
                self.params |= {f"beta{i}": np.zeros(self.dims[i], dtype), f"gamma{i}": np.ones(self.dims[i], dtype)}
            self.params[f"b{i}"] = np.zeros(self.dims[i], dtype)
            self.params[f"W{i}"] = rng.normal(0, weight_scale, self.dims[i - 1:i + 1]).astype(dtype)

    def loss(self, X, y=None):
        return self._from(1, np.asarray(X, self.dtype), y)[:1 if y is None else 2][0 if y is None else slice(None)]

    def _from(self, i, x, y):
        """Return (scores,), or loss, gradients and the gradient of x, of layer i and all that follow."""
        W, b = self.params[f"W{i}"], self.params[f"b{i}"]
        a, fc = layers.affine_forward(x, W, b)
        if i == len(self.dims) - 1:
            if y is None:
                return (a,)
            loss, da = layers.softmax_loss(a, y)
            grads = {}
        else:
            out, caches = self._hidden(i, a, "test" if y is None else "train")
            following = self._from(i + 1, out, y)
            if y is None:
                return following
            loss, grads, dout = following
            da = self._hidden_back(i, dout, caches, grads)
        dx, dW, grads[f"b{i}"] = layers.affine_backward(da, fc)
        grads[f"W{i}"] = dW + self.dtype(self.reg) * W
        return loss + 0.5 * self.reg * (W.astype(float)**2).sum(), grads, dx

    def _hidden(self, i, a, mode):
        norm = dropped = None
        if self.kind:
            scale = self.params[f"gamma{i}"], self.params[f"beta{i}"]
            self.bn_params[i - 1]["mode"] = mode
            a, norm = (layers.layernorm_forward(a, *scale) if self.kind == "layer" else
                       layers.batchnorm_forward(a, *scale, self.bn_params[i - 1]))
        out, relu = layers.relu_forward(a)
        if mode == "train" and self.options["p"]:
            out, dropped = layers.dropout_forward(out, {**self.options, "mode": mode})
        return out, (norm, relu, dropped)

    def _hidden_back(self, i, dout, caches, grads):
        norm, relu, dropped = caches
        dout = layers.relu_backward(dout if dropped is None else layers.dropout_backward(dout, dropped), relu)
        if norm is None:
            return dout
        backward = layers.layernorm_backward if self.kind == "layer" else layers.batchnorm_backward
        dout, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, norm)
        return dout


class ConvNetByTape:
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        self.reg, self.dtype, self.pad = reg, dtype, filter_size // 2
        shapes = (num_filters, C, filter_size, filter_size), (num_filters * (H // 2) * (W // 2), hidden_dim), (
            hidden_dim, num_classes)
        self.params = {f"W{i}": np.random.default_rng().normal(0, weight_scale, shape).astype(dtype)
                       for i, shape in enumerate(shapes, start=1)}
        self.params |= {f"b{i}": np.zeros(n, dtype) for i, n in enumerate((num_filters, hidden_dim, num_classes), 1)}

    def loss(self, X, y=None):
        tape, p = Tape(), self.params
        named = [(f"W{i}", p[f"W{i}"], f"b{i}", p[f"b{i}"]) for i in (1, 2, 3)]
        out = tape.layer(unusual.conv_by_shifts, unusual.conv_by_shifts_backward, X.astype(self.dtype), *named[0],
                         options=({"stride": 1, "pad": self.pad},))
        out = tape.layer(unusual.pool_by_sorting, unusual.pool_by_sorting_backward, out,  # before ReLU: the same
                         options=({"pool_height": 2, "pool_width": 2, "stride": 2},))
        out = tape.layer(unusual.relu_mask, lambda dout, mask: dout * mask, out)
        out = tape.layer(layers.affine_relu_forward, layers.affine_relu_backward, out, *named[1])
        out = tape.layer(layers.affine_forward, layers.affine_backward, out, *named[2])
        if y is None:
            return out
        loss, dout = softmax_loss(out, y)
        return penalized(loss, tape.backward(dout), p, self.reg)


class ConvNetBySandwiches:
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        fan = num_filters * math.prod(input_dim[1:]) // 4
        sizes = {"W1": (num_filters, input_dim[0], filter_size, filter_size), "b1": num_filters,
                 "W2": (fan, hidden_dim), "b2": hidden_dim, "W3": (hidden_dim, num_classes), "b3": num_classes}
        self.params = {key: np.zeros(size, dtype) for key, size in sizes.items()}
        for key in ("W1", "W2", "W3"):
            self.params[key][...] = np.random.default_rng().normal(0, weight_scale, sizes[key])
        self.reg, self.dtype = reg, np.dtype(dtype)
        self.options = ({"stride": 1, "pad": (filter_size - 1) // 2}, {"pool_height": 2, "pool_width": 2, "stride": 2})

    def loss(self, X, y=None):
        W1, b1, W2, b2, W3, b3 = (self.params[f"{kind}{i}"] for i in (1, 2, 3) for kind in "Wb")
        h1, cache1 = layers.conv_relu_pool_forward(np.array(X, self.dtype), W1, b1, *self.options)
        h2, cache2 = layers.affine_relu_forward(h1, W2, b2)
        scores, cache3 = layers.affine_forward(h2, W3, b3)
        if y is None:
            return scores
        loss, d = layers.softmax_loss(scores, y)
        d, dW3, db3 = layers.affine_backward(d, cache3)
        d, dW2, db2 = layers.affine_relu_backward(d, cache2)
        _, dW1, db1 = layers.conv_relu_pool_backward(d, cache1)
        grads = {"b1": db1, "b2": db2, "b3": db3}
        for i, (W, dW) in enumerate(((W1, dW1), (W2, dW2), (W3, dW3)), start=1):
            loss += self.reg * np.square(W).sum() / 2
            grads[f"W{i}"] = dW + self.reg * W
        return loss, grads


NETWORKS = {
    "TwoLayerNet": [TwoLayerNetByTape, TwoLayerNetInOneGo],
    **{name: [FullyConnectedByTape, FullyConnectedByRecursion] for name in (
        "FullyConnectedNet", "FullyConnectedNet_with_batchnorm", "FullyConnectedNet_with_layernorm",
        "FullyConnectedNet_with_dropout")},
    "ThreeLayerConvNet": [ConvNetByTape, ConvNetBySandwiches],
    "three_layer_convnet": [raw_by_columns, raw_padded_first],
    "ThreeLayerConvNet_module": [ModuleOfParameters, ModuleInAList],
}
