"""Fully connected networks made of NumPy layers."""

import math

import numpy as np

from cs182lib.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward_alt,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    initial_weight,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from cs182lib.validation import as_generator, check_choice, check_count, check_number, check_shape, require


def l2_penalty(params, grads, reg):
    """Add reg * W to the gradient of every weight matrix W and return 0.5 reg Σ W²; biases, gamma, beta stay free.

    Parameters
    ----------
    params : dict of arrays; the weight matrices are those whose name begins with W
    grads : dict of arrays of the same names and shapes, changed in place
    reg : number >= 0
    """
    weights = [key for key in params if key.startswith("W")] if reg else []
    for key in weights:
        grads[key] += reg * params[key]
    return 0.5 * reg * sum(float(np.vdot(params[key], params[key])) for key in weights)


def check_images(X, dtype, num_features):
    """Return X, of shape (N, d_1, ..., d_k), in the model's dtype, once it is in order.

    Raises
    ------
    TypeError, ValueError : X is no array of numbers, is empty, or has not `num_features` = d_1 * ... * d_k per example
    """
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "fiu":
        raise TypeError(f"X must be a NumPy array of numbers, got {type(X).__name__}")
    require(X.ndim >= 2, f"X must have an axis of examples and at least one more, got shape {X.shape}")
    check_shape("X", X)
    got = math.prod(X.shape[1:])
    require(got == num_features, f"X must hold {num_features} numbers per example, as the model's input_dim says, "
            f"got {got} (shape {X.shape})")
    return X.astype(dtype, copy=False)


class TwoLayerNet:
    """Classify with affine - ReLU - affine - softmax.

    Parameters
    ----------
    input_dim : int D, numbers per example
    hidden_dim : int H, hidden units
    num_classes : int C
    weight_scale : standard deviation of the initial weights, or "kaiming" or "xavier"
    reg : number >= 0, strength of the penalty 0.5 reg Σ W²
    rng : np.random.Generator, int or None (NumPy's global state), for the initial weights
    dtype : float type of the parameters, to which X is cast

    Attributes
    ----------
    params : dict; W1 (D, H), b1 (H,), W2 (H, C), b2 (C,)

    Raises
    ------
    TypeError, ValueError : a size is no whole number above 0, or reg is below 0
    """

    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
                 rng=None, dtype=np.float64):
        for name, size in (("input_dim", input_dim), ("hidden_dim", hidden_dim), ("num_classes", num_classes)):
            check_count(name, size)
        self.reg, self.dtype, self.rng = check_number("reg", reg, 0), np.dtype(dtype), as_generator(rng)
        self.params = {
            "W1": initial_weight((input_dim, hidden_dim), weight_scale, self.rng, dtype),
            "b1": np.zeros(hidden_dim, dtype),
            "W2": initial_weight((hidden_dim, num_classes), weight_scale, self.rng, dtype),
            "b2": np.zeros(num_classes, dtype),
        }

    def loss(self, X, y=None):
        """Compute scores (y is None), or the loss and the gradient of every parameter.

        Parameters
        ----------
        X : (N, d_1, ..., d_k) numbers with d_1 ... d_k = D
        y : (N,) integers in [0, C), or None

        Returns
        -------
        scores : (N, C) if y is None
        loss, grads : float, and a dict keyed like params, otherwise
        """
        p = self.params
        X = check_images(X, self.dtype, len(p["W1"]))
        a, fc1_cache = affine_forward(X, p["W1"], p["b1"])
        h, relu_cache = relu_forward(a)
        scores, fc2_cache = affine_forward(h, p["W2"], p["b2"])
        if y is None:
            return scores
        grads = {}
        loss, dscores = softmax_loss(scores, y)
        dh, grads["W2"], grads["b2"] = affine_backward(dscores, fc2_cache)
        _, grads["W1"], grads["b1"] = affine_backward(relu_backward(dh, relu_cache), fc1_cache)
        return loss + l2_penalty(p, grads, self.reg), grads


class FullyConnectedNet:
    """Classify with any number of blocks affine - [batch or layer norm] - ReLU - [dropout], then affine - softmax.

    Parameters
    ----------
    hidden_dims : sequence of ints, the hidden units of each block
    input_dim, num_classes : int, numbers per example, and classes
    dropout : probability of dropping a hidden unit, in [0, 1); 0 means none
    use_batchnorm : the course's switch, the same as normalization="batch"
    reg : number >= 0, strength of the penalty 0.5 reg Σ W² (biases, gamma and beta stay free)
    weight_scale : standard deviation of the initial weights, or "kaiming" or "xavier"
    dtype : float type of the parameters, to which X is cast
    seed : int or None; given, every forward pass draws the same dropout masks, which a numeric gradient needs
    normalization : None, "batch" or "layer"
    rng : np.random.Generator, int or None (NumPy's global state), for the initial weights and the masks

    Attributes
    ----------
    params : dict; W1, b1, ..., WL, bL, and with normalization gamma1, beta1, ..., gamma(L-1), beta(L-1)
    bn_params : list of dicts with the running statistics of each batch norm
    dropout_param : dict for `dropout_forward`, empty without dropout

    Raises
    ------
    TypeError, ValueError : a size is no whole number above 0, dropout, reg or normalization is out of range
    """

    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout=0, use_batchnorm=False, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None, normalization=None, rng=None):
        sizes = [input_dim, *hidden_dims, num_classes]
        for size in sizes:
            check_count("every layer's size", size)
        self.normalization = check_choice("normalization", normalization or ("batch" if use_batchnorm else None),
                                          (None, "batch", "layer"))
        self.use_batchnorm = self.normalization == "batch"
        self.use_dropout = check_number("dropout", dropout, 0, 1, high_open=True) > 0
        self.reg, self.dtype, self.rng = check_number("reg", reg, 0), np.dtype(dtype), as_generator(rng)
        self.num_layers = 1 + len(hidden_dims)
        self.params = {}
        for i in range(1, self.num_layers + 1):
            self.params[f"W{i}"] = initial_weight((sizes[i - 1], sizes[i]), weight_scale, self.rng, dtype)
            self.params[f"b{i}"] = np.zeros(sizes[i], dtype)
            if self.normalization and i < self.num_layers:
                self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(sizes[i], dtype), np.zeros(sizes[i], dtype)
        self.bn_params = [{"mode": "train"} for _ in hidden_dims] if self.use_batchnorm else []
        self.dropout_param = {"mode": "train", "p": dropout} if self.use_dropout else {}
        if self.use_dropout:
            self.dropout_param |= {"rng": self.rng} if seed is None else {"seed": seed}

    def loss(self, X, y=None):
        """Compute scores in test mode (y is None), or the loss and every gradient in training mode.

        Parameters
        ----------
        X : (N, d_1, ..., d_k) numbers with d_1 ... d_k = input_dim
        y : (N,) integers in [0, C), or None

        Returns
        -------
        scores : (N, C) if y is None
        loss, grads : float, and a dict keyed like params, otherwise
        """
        out = check_images(X, self.dtype, len(self.params["W1"]))
        self._set_mode("test" if y is None else "train")
        caches = []
        for i in range(1, self.num_layers):
            out, cache = self._block_forward(i, out)
            caches.append(cache)
        scores, cache = affine_forward(out, *self._affine(self.num_layers))
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout = self._store(grads, self.num_layers, affine_backward(dout, cache))
        for i in range(self.num_layers - 1, 0, -1):
            dout = self._block_backward(i, dout, caches[i - 1], grads)
        return loss + l2_penalty(self.params, grads, self.reg), grads

    def _set_mode(self, mode):
        for options in (*self.bn_params, *([self.dropout_param] if self.use_dropout else [])):
            options["mode"] = mode

    def _affine(self, i):
        return self.params[f"W{i}"], self.params[f"b{i}"]

    def _store(self, grads, i, gradients):
        dx, grads[f"W{i}"], grads[f"b{i}"] = gradients
        return dx

    def _block_forward(self, i, x):
        """affine - [norm] - ReLU - [dropout]; returns the output and the caches of the layers that are there."""
        out, fc_cache = affine_forward(x, *self._affine(i))
        norm_cache = do_cache = None
        if self.normalization:
            gamma, beta = self.params[f"gamma{i}"], self.params[f"beta{i}"]
            if self.use_batchnorm:
                out, norm_cache = batchnorm_forward(out, gamma, beta, self.bn_params[i - 1])
            else:
                out, norm_cache = layernorm_forward(out, gamma, beta)
        out, relu_cache = relu_forward(out)
        if self.use_dropout:
            out, do_cache = dropout_forward(out, self.dropout_param)
        return out, (fc_cache, norm_cache, relu_cache, do_cache)

    def _block_backward(self, i, dout, caches, grads):
        fc_cache, norm_cache, relu_cache, do_cache = caches
        if self.use_dropout:
            dout = dropout_backward(dout, do_cache)
        dout = relu_backward(dout, relu_cache)
        if self.normalization:
            backward = batchnorm_backward_alt if self.use_batchnorm else layernorm_backward
            dout, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, norm_cache)
        return self._store(grads, i, affine_backward(dout, fc_cache))
