"""Checks of the affine layer and ReLU."""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.definitions import affine, relu
from cs182lib.checks.inputs import away_from_zero, scattered


def check_affine_forward(affine_forward):
    """Check out = x w + b of `affine_forward`(x, w, b) for images, for vectors and for a batch of one."""
    check = Checker("affine_forward", N=3, D=24, M=5)
    for shape in ((3, 2, 3, 4), (4, 7), (1, 6)):
        x = scattered(shape)
        D = x[0].size
        w, b = scattered((D, 5), start=9), scattered((5,), -3, 2, start=5)
        check_forward(check, affine_forward, affine, _affine_mistakes, f" for x of shape {shape}", x=x, w=w, b=b)
    check.passed()


def _affine_mistakes(x, w, b):
    rows, flat_wrong = x.reshape(len(x), -1), x.reshape(len(x), -1, order="F")
    return {
        "the bias b is not added": rows @ w,
        "the bias is subtracted": rows @ w - b,
        "the bias is added once per input: multiply first, then add b": lambda: rows @ w + x[0].size * b,
        "the biases are added up: each output has its own": rows @ w + b.sum(),
        "the bias is added to the weights: multiply first, then add b": rows @ (w + b),
        "x is flattened across examples, or in another order: use x.reshape(N, -1)": flat_wrong @ w + b,
        "the examples are mixed: x.reshape(D, N).T is not x.reshape(N, D)": rows.reshape(-1, len(x)).T @ w + b,
        "a ReLU too much: the affine layer is linear": relu(rows @ w + b),
    }


def check_affine_backward(affine_backward, affine_forward=layers.affine_forward):
    """Check dx, dw and db of `affine_backward`(dout, cache) numerically, on the cache of `affine_forward`."""
    check = Checker("affine_backward", N=4, D=6, M=5)
    for shape in ((4, 2, 3), (3, 7)):
        x = scattered(shape)
        w, b = scattered((x[0].size, 5), start=9), scattered((5,), start=5)
        check_backward(check, affine_backward, affine_forward, affine, _affine_backward_mistakes,
                       f" for x of shape {shape}", x=x, w=w, b=b)
    check.passed()


def _affine_backward_mistakes(dout, x, w, b):
    rows = x.reshape(len(x), -1)
    return {
        "dx": {"dx is left flat: give it the shape of x, dx.reshape(x.shape), with the x that affine_forward got: does "
               "the cache hold a flat one?": dout @ w.T,
               "the bias has no part in dx": lambda: (dout @ w.T).reshape(x.shape) + b.sum()},
        "dw": {"dw has the axes swapped: dw = x.T @ dout": dout.T @ rows,
               "x is reshaped to (D, N), which deals its numbers out anew: transpose the rows, x.reshape(N, -1).T":
                   x.reshape(-1, len(x)) @ dout,
               "the first example alone: sum over the batch, x.T @ dout": np.outer(rows[0], dout[0])},
        "db": {"db is not summed over the batch: dout.sum(axis=0)": dout,
               "db is summed over the outputs: sum over the batch, axis=0": dout.sum(axis=1),
               "db is summed over everything: sum over the batch alone, axis=0": dout.sum(),
               "db is the bias itself": b},
    }


def check_relu_forward(relu_forward):
    """Check out = max(0, x) of `relu_forward`(x) for matrices and images."""
    check = Checker("relu_forward")
    for shape in ((3, 5), (2, 3, 4, 5)):
        check_forward(check, relu_forward, relu, _relu_mistakes, x=away_from_zero(scattered(shape, -1.2, 1.0)))
    check.passed()


def _relu_mistakes(x):
    return {
        "the negative numbers are kept and the positive ones dropped: max, not min": np.minimum(x, 0),
        "this is |x|: negative numbers become 0": np.abs(x),
        "nothing is set to zero": x,
        "this is the step x > 0: multiply it by x": (x > 0) * 1.0,
        "negative numbers leak through: that is the leaky ReLU": np.where(x > 0, x, 0.01 * x),
        "numbers are cut off at 1: ReLU has no upper end": np.clip(x, 0, 1),
    }


def check_relu_backward(relu_backward, relu_forward=layers.relu_forward):
    """Check dx of `relu_backward`(dout, cache) numerically, away from the kink at 0, on the cache of `relu_forward`."""
    check = Checker("relu_backward")
    for shape in ((3, 5), (2, 3, 4, 5)):
        check_backward(check, relu_backward, relu_forward, relu, _relu_backward_mistakes,
                       x=away_from_zero(scattered(shape, -1.2, 1.0)))
    check.passed()


def _relu_backward_mistakes(dout, x):
    return {"dx": {
        "the gradient passes everywhere: it stops where x < 0": dout,
        "the gradient passes where x is negative: it must pass where x > 0": dout * (x < 0),
        "dout is missing: multiply the mask by dout": (x > 0) * 1.0,
        "the gradient itself is cut at zero: the mask comes from x, not from dout": np.maximum(dout, 0),
        "dout is multiplied by relu(x): multiply by 1 where x > 0": dout * relu(x),
        "dout is multiplied by x: multiply by 1 where x > 0, else 0": dout * x,
    }}
