"""A small convolutional network made of NumPy layers."""

import numpy as np

from cs182lib.layers import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
    initial_weight,
    softmax_loss,
)
from cs182lib.models.fully_connected import check_images, l2_penalty
from cs182lib.validation import as_generator, check_count, check_number, require

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


class ThreeLayerConvNet:
    """Classify with convolution - ReLU - 2x2 max pool - affine - ReLU - affine - softmax.

    The convolution has stride 1 and keeps height and width (padding (filter_size - 1) / 2).

    Parameters
    ----------
    input_dim : (C, H, W); H and W even
    num_filters : int F
    filter_size : odd int, height and width of each filter in pixels
    hidden_dim, num_classes : int, hidden units, and classes
    weight_scale : standard deviation of the initial weights, or "kaiming" or "xavier"
    reg : number >= 0, strength of the penalty 0.5 reg Σ W²
    dtype : float type of the parameters, to which X is cast
    rng : np.random.Generator, int or None (NumPy's global state), for the initial weights

    Attributes
    ----------
    params : dict; W1 (F, C, filter_size, filter_size), b1 (F,), W2 (F·H/2·W/2, hidden_dim), b2, W3, b3

    Raises
    ------
    TypeError, ValueError : a size is no whole number above 0, height or width is odd, the filter's size is even, or reg
        is below 0
    """

    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32, rng=None):
        C, H, W = (check_count("every length in input_dim", n) for n in input_dim)
        require(H % 2 == 0 and W % 2 == 0, f"input_dim must have an even height and width for pooling, got {input_dim}")
        check_count("filter_size", filter_size)
        require(filter_size % 2 == 1, f"filter_size must be odd so that padding keeps the size, got {filter_size}")
        self.input_dim, self.reg, self.dtype = (C, H, W), check_number("reg", reg, 0), np.dtype(dtype)
        self.rng = as_generator(rng)
        shapes = {"W1": (num_filters, C, filter_size, filter_size),
                  "W2": (num_filters * (H // 2) * (W // 2), hidden_dim), "W3": (hidden_dim, num_classes)}
        biases = {"b1": num_filters, "b2": hidden_dim, "b3": num_classes}
        self.params = {key: initial_weight(shape, weight_scale, self.rng, dtype) for key, shape in shapes.items()}
        self.params |= {key: np.zeros(check_count(f"the size of {key}", size), dtype) for key, size in biases.items()}
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}

    def loss(self, X, y=None):
        """Compute scores (y is None), or the loss and the gradient of every parameter.

        Parameters
        ----------
        X : (N, C, H, W) numbers
        y : (N,) integers in [0, num_classes), or None

        Returns
        -------
        scores : (N, num_classes) if y is None
        loss, grads : float, and a dict keyed like params, otherwise
        """
        W1, b1, W2, b2, W3, b3 = (self.params[key] for key in ("W1", "b1", "W2", "b2", "W3", "b3"))
        C, H, W = self.input_dim
        X = check_images(X, self.dtype, C * H * W).reshape(-1, C, H, W)  # (N, ...) -> (N, C, H, W)
        pooled, conv_cache = conv_relu_pool_forward(X, W1, b1, self.conv_param, POOL)
        hidden, fc_cache = affine_relu_forward(pooled, W2, b2)
        scores, out_cache = affine_forward(hidden, W3, b3)
        if y is None:
            return scores
        grads = {}
        loss, dscores = softmax_loss(scores, y)
        dhidden, grads["W3"], grads["b3"] = affine_backward(dscores, out_cache)
        dpooled, grads["W2"], grads["b2"] = affine_relu_backward(dhidden, fc_cache)
        _, grads["W1"], grads["b1"] = conv_relu_pool_backward(dpooled, conv_cache, need_dx=False)
        return loss + l2_penalty(self.params, grads, self.reg), grads
