"""Plain right networks, in the course's form; the tests of the checks break them as they do the layers of `plain`."""

import numpy as np
import torch.nn.functional as F
from plain import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    conv_backward_naive,
    conv_forward_naive,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    max_pool_backward_naive,
    max_pool_forward_naive,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from torch import nn

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        rng = np.random.default_rng()
        self.params = {
            "W1": weight_scale * rng.standard_normal((input_dim, hidden_dim)), "b1": np.zeros(hidden_dim),
            "W2": weight_scale * rng.standard_normal((hidden_dim, num_classes)), "b2": np.zeros(num_classes)}

    def loss(self, X, y=None):
        p = self.params
        a, cache1 = affine_forward(X, p["W1"], p["b1"])
        h, relu_cache = relu_forward(a)
        scores, cache2 = affine_forward(h, p["W2"], p["b2"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(p["W1"]**2) + np.sum(p["W2"]**2))
        dh, dW2, db2 = affine_backward(dscores, cache2)
        da = relu_backward(dh, relu_cache)
        dx, dW1, db1 = affine_backward(da, cache1)
        dW1 = dW1 + self.reg * p["W1"]
        dW2 = dW2 + self.reg * p["W2"]
        return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout=0, use_batchnorm=False, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None, normalization=None):
        self.norm = "batch" if use_batchnorm else normalization
        self.use_dropout, self.reg, self.dtype = dropout > 0, reg, dtype
        self.num_layers, self.params, rng = 1 + len(hidden_dims), {}, np.random.default_rng()
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            self.params[f"W{i}"] = weight_scale * rng.standard_normal((dims[i - 1], dims[i]))
            self.params[f"b{i}"] = np.zeros(dims[i])
            if self.norm and i < self.num_layers:
                self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(dims[i]), np.zeros(dims[i])
        self.dropout_param = {"mode": "train", "p": dropout} if self.use_dropout else {}
        if self.use_dropout and seed is not None:
            self.dropout_param["seed"] = seed
        self.bn_params = [{"mode": "train"} for _ in hidden_dims] if self.norm == "batch" else []
        for key, value in self.params.items():
            self.params[key] = value.astype(dtype)

    def loss(self, X, y=None):
        mode = "test" if y is None else "train"
        self.dropout_param["mode"] = mode
        for bn_param in self.bn_params:
            bn_param["mode"] = mode
        out, p, L, caches = X.astype(self.dtype), self.params, self.num_layers, {}
        for i in range(1, L):
            out, caches["affine", i] = affine_forward(out, p[f"W{i}"], p[f"b{i}"])
            if self.norm == "batch":
                out, caches["norm", i] = batchnorm_forward(out, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
            elif self.norm == "layer":
                out, caches["norm", i] = layernorm_forward(out, p[f"gamma{i}"], p[f"beta{i}"])
            out, caches["relu", i] = relu_forward(out)
            if self.use_dropout:
                out, caches["dropout", i] = dropout_forward(out, self.dropout_param)
        scores, last_cache = affine_forward(out, p[f"W{L}"], p[f"b{L}"])
        if mode == "test":
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{L}"], grads[f"b{L}"] = affine_backward(dout, last_cache)
        for i in range(L - 1, 0, -1):
            if self.use_dropout:
                dout = dropout_backward(dout, caches["dropout", i])
            dout = relu_backward(dout, caches["relu", i])
            if self.norm:
                backward = batchnorm_backward if self.norm == "batch" else layernorm_backward
                dout, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, caches["norm", i])
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, caches["affine", i])
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"]**2)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * p[f"W{i}"]
        return loss, grads


class ThreeLayerConvNet:
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        rng, self.reg, self.dtype = np.random.default_rng(), reg, dtype
        self.params = {
            "W1": weight_scale * rng.standard_normal((num_filters, C, filter_size, filter_size)),
            "b1": np.zeros(num_filters),
            "W2": weight_scale * rng.standard_normal((num_filters * H * W // 4, hidden_dim)),
            "b2": np.zeros(hidden_dim),
            "W3": weight_scale * rng.standard_normal((hidden_dim, num_classes)), "b3": np.zeros(num_classes)}
        self.params = {key: value.astype(dtype) for key, value in self.params.items()}

    def loss(self, X, y=None):
        p = self.params
        conv_param = {"stride": 1, "pad": (p["W1"].shape[2] - 1) // 2}
        a1, conv_cache = conv_forward_naive(X.astype(self.dtype), p["W1"], p["b1"], conv_param)
        h1, relu1_cache = relu_forward(a1)
        s1, pool_cache = max_pool_forward_naive(h1, POOL)
        a2, fc2_cache = affine_forward(s1, p["W2"], p["b2"])
        h2, relu2_cache = relu_forward(a2)
        scores, fc3_cache = affine_forward(h2, p["W3"], p["b3"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dh2, grads["W3"], grads["b3"] = affine_backward(dscores, fc3_cache)
        da2 = relu_backward(dh2, relu2_cache)
        ds1, grads["W2"], grads["b2"] = affine_backward(da2, fc2_cache)
        dh1 = max_pool_backward_naive(ds1, pool_cache)
        da1 = relu_backward(dh1, relu1_cache)
        dx, grads["W1"], grads["b1"] = conv_backward_naive(da1, conv_cache)
        for key in ("W1", "W2", "W3"):
            loss += 0.5 * self.reg * np.sum(p[key]**2)
            grads[key] += self.reg * p[key]
        return loss, grads


def three_layer_convnet(x, params):
    conv_w1, conv_b1, conv_w2, conv_b2, fc_w, fc_b = params
    h = F.relu(F.conv2d(x, conv_w1, conv_b1, padding=2))
    h = F.relu(F.conv2d(h, conv_w2, conv_b2, padding=1))
    return h.reshape(len(x), -1) @ fc_w + fc_b


class ThreeLayerConvNetModule(nn.Module):
    def __init__(self, in_channel, channel_1, channel_2, num_classes):
        super().__init__()
        self.last = nn.Linear(channel_2 * 32 * 32, num_classes)
        self.features = nn.Sequential(nn.Conv2d(in_channel, channel_1, 5, padding=2), nn.ReLU(),
                                      nn.Conv2d(channel_1, channel_2, 3, padding=1), nn.ReLU())
        for layer in (self.features[0], self.features[2], self.last):
            nn.init.kaiming_normal_(layer.weight)

    def forward(self, x):
        return self.last(self.features(x).flatten(1))
