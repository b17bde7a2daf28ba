"""Max and average pooling: as readable loops, and fast by stepping through the few positions inside a window."""

import numpy as np

from cs182lib.layers.convolution import output_size
from cs182lib.validation import check_count, check_floats, check_options

__all__ = ["max_pool_forward_naive", "max_pool_backward_naive", "max_pool_forward_fast", "max_pool_backward_fast",
           "avg_pool_forward", "avg_pool_backward"]


def _pool_options(x, pool_param):
    """Check the arguments of a pooling; return (pool_height, pool_width, stride, H_out, W_out)."""
    check_floats("x", x, ndim=4)
    check_options("pool_param", pool_param, {"pool_height", "pool_width", "stride"})
    names = ("pool_height", "pool_width", "stride")
    HH, WW, stride = (check_count(f"pool_param[{name!r}]", pool_param.get(name)) for name in names)
    H_out = output_size(x.shape[2], HH, stride, 0, "the height")
    return HH, WW, stride, H_out, output_size(x.shape[3], WW, stride, 0, "the width")


def max_pool_forward_naive(x, pool_param):
    """Keep the largest number of each window: out[n,c,i,j] = max x[n, c, i·stride:i·stride+HH, j·stride:j·stride+WW].

    Parameters
    ----------
    x : (N, C, H, W) floats
    pool_param : dict; pool_height (HH), pool_width (WW), stride : ints >= 1

    Returns
    -------
    out : (N, C, H', W') with H' = 1 + (H - HH) / stride, W' likewise
    cache : (x, pool_param)

    Raises
    ------
    TypeError, ValueError : x is not a float array of 4 axes or holds NaN, an option is missing or unknown, the window
        is larger than the input, or the stride does not fit
    """
    HH, WW, stride, H_out, W_out = _pool_options(x, pool_param)
    out = np.empty(x.shape[:2] + (H_out, W_out), x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    """Backpropagate through `max_pool_forward_naive`: each output's gradient goes to the first largest number it saw.

    Parameters
    ----------
    dout : (N, C, H', W') floats
    cache : (x, pool_param)

    Returns
    -------
    dx : (N, C, H, W)

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape, or holds NaN
    """
    x, pool_param = cache
    HH, WW, stride, H_out, W_out = _pool_options(x, pool_param)
    check_floats("dout", dout, shape=x.shape[:2] + (H_out, W_out))
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * stride:i * stride + HH, j * stride:j * stride + WW]
        h, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * stride + h, j * stride + v] += dout[n, c, i, j]
    return dx


def _positions(x, HH, WW, stride, H_out, W_out):
    """Yield, for each place (h, v) inside a window, the view (..., H', W') of what all windows have there."""
    for h in range(HH):
        for v in range(WW):
            yield x[..., h:h + stride * (H_out - 1) + 1:stride, v:v + stride * (W_out - 1) + 1:stride]


def max_pool_forward_fast(x, pool_param):
    """Do what `max_pool_forward_naive` does by HH·WW elementwise maxima, an image at a time, which stays in the cache.

    Parameters, Returns and Raises are those of `max_pool_forward_naive`; the cache is (x, pool_param, out).
    """
    sizes = _pool_options(x, pool_param)
    out = np.full(x.shape[:2] + sizes[3:], -np.inf, x.dtype)
    for image, image_out in zip(x, out):
        for here in _positions(image, *sizes):
            np.maximum(image_out, here, out=image_out)
    return out, (x, pool_param, out)


def max_pool_backward_fast(dout, cache):
    """Backpropagate through `max_pool_forward_fast`; among equal numbers the first gets the gradient, as in the loops.

    Parameters
    ----------
    dout : (N, C, H', W') floats
    cache : (x, pool_param, out)

    Returns
    -------
    dx : (N, C, H, W)

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape, or holds NaN
    """
    x, pool_param, out = cache
    check_floats("dout", dout, shape=out.shape)
    sizes = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"], *out.shape[2:]
    overlap = sizes[2] < max(sizes[:2])
    dx = np.zeros_like(x)
    for image, dimage, image_out, image_dout in zip(x, dx, out, dout):
        left = image_dout.copy()  # gradient not yet handed on
        for here, dhere in zip(_positions(image, *sizes), _positions(dimage, *sizes)):
            share = left * (here == image_out)
            dhere[...] = dhere + share if overlap else share  # only windows that overlap meet a number twice
            left -= share
    return dx


def avg_pool_forward(x, pool_param):
    """Average each window: out[n,c,i,j] = mean x[n, c, i·stride:i·stride+HH, j·stride:j·stride+WW].

    Parameters and Raises are those of `max_pool_forward_naive`.

    Returns
    -------
    out : (N, C, H', W')
    cache : (x.shape, pool_param)
    """
    HH, WW, stride, H_out, W_out = _pool_options(x, pool_param)
    out = np.zeros(x.shape[:2] + (H_out, W_out), x.dtype)
    for here in _positions(x, HH, WW, stride, H_out, W_out):
        out += here
    out /= HH * WW
    return out, (x.shape, pool_param)


def avg_pool_backward(dout, cache):
    """Backpropagate through `avg_pool_forward`: every number of a window gets 1 / (HH·WW) of its gradient.

    Parameters
    ----------
    dout : (N, C, H', W') floats
    cache : (x.shape, pool_param)

    Returns
    -------
    dx : (N, C, H, W)

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape, or holds NaN
    """
    shape, pool_param = cache
    HH, WW, stride, H_out, W_out = _pool_options(np.zeros(shape, dout.dtype), pool_param)
    check_floats("dout", dout, shape=shape[:2] + (H_out, W_out))
    dx = np.zeros(shape, dout.dtype)
    for dhere in _positions(dx, HH, WW, stride, H_out, W_out):
        dhere += dout / (HH * WW)
    return dx
