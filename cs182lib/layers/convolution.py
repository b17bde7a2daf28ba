"""Convolution: as four readable loops, and fast as matrix products over blocks of images that fit into the cache."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cs182lib.validation import check_count, check_floats, check_options, require

__all__ = ["conv_forward_naive", "conv_backward_naive", "conv_forward_fast", "conv_backward_fast"]

BLOCK_BYTES = 2**20  # columns worked on at a time: about what a core's own cache holds


def output_size(size, field, stride, pad, name):
    """Return how many places a window has along one axis: 1 + (size + 2 pad - field) / stride.

    Parameters
    ----------
    size, field : int, pixels of the input and of the window along that axis
    stride, pad : int, pixels from place to place, and zeros added at either end
    name : str, what the axis is called in an error

    Raises
    ------
    ValueError : the window is larger than the padded input, or the stride does not divide what is left
    """
    room = size + 2 * pad - field
    require(room >= 0, f"{name} of the window is {field} but the padded input has only {size + 2 * pad}; "
            "use a smaller window or more padding")
    require(room % stride == 0, f"stride {stride} does not fit: {name} of the padded input is {size + 2 * pad}, of the "
            f"window {field}, and the difference {room} is no multiple of the stride; change padding, window or stride")
    return 1 + room // stride


def _conv_options(x, w, b, conv_param):
    """Check the arguments of a convolution; return (stride, pad, H_out, W_out)."""
    check_floats("x", x, ndim=4)
    check_floats("w", w, shape=(None, x.shape[1], None, None))
    check_floats("b", b, shape=(len(w),))
    check_options("conv_param", conv_param, {"stride", "pad"})
    stride = check_count("conv_param['stride']", conv_param.get("stride", 1))
    pad = check_count("conv_param['pad']", conv_param.get("pad", 0), low=0)
    H_out = output_size(x.shape[2], w.shape[2], stride, pad, "the height")
    W_out = output_size(x.shape[3], w.shape[3], stride, pad, "the width")
    return stride, pad, H_out, W_out


def conv_forward_naive(x, w, b, conv_param):
    """Slide F filters over each image: out[n,f,i,j] = b[f] + Σ_c,h,v xp[n,c,i·stride+h,j·stride+v] w[f,c,h,v].

    xp is x with `pad` zeros on each side. This is the definition, in loops; `conv_forward_fast` gives the same.

    Parameters
    ----------
    x : (N, C, H, W) floats
    w : (F, C, HH, WW) floats
    b : (F,) floats
    conv_param : dict; stride : int >= 1, default 1; pad : int >= 0 pixels on every side, default 0

    Returns
    -------
    out : (N, F, H', W') with H' = 1 + (H + 2 pad - HH) / stride, W' likewise
    cache : (x, w, b, conv_param)

    Raises
    ------
    TypeError, ValueError : an array of the wrong kind or shape, NaN, an unknown option, a filter larger than the input,
        or a stride that does not divide what it has to cover

    References
    ----------
    LeCun et al., "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE 1998, section II.
    """
    stride, pad, H_out, W_out = _conv_options(x, w, b, conv_param)
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    HH, WW = w.shape[2:]
    out = np.empty((len(x), len(w), H_out, W_out), np.result_type(x, w))
    for n in range(len(x)):
        for f in range(len(w)):
            for i in range(H_out):
                for j in range(W_out):
                    window = xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]  # (C, HH, WW)
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    """Backpropagate through `conv_forward_naive`: each output hands its gradient to the window and the filter it saw.

    Parameters
    ----------
    dout : (N, F, H', W') floats
    cache : (x, w, b, conv_param)

    Returns
    -------
    dx : (N, C, H, W), dw : (F, C, HH, WW), db : (F,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape or holds NaN, or what is in the cache does not fit
    """
    x, w, b, conv_param = cache
    stride, pad, H_out, W_out = _conv_options(x, w, b, conv_param)
    check_floats("dout", dout, shape=(len(x), len(w), H_out, W_out))
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    HH, WW = w.shape[2:]
    for n in range(len(x)):
        for f in range(len(w)):
            for i in range(H_out):
                for j in range(W_out):
                    rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                    dw[f] += dout[n, f, i, j] * xp[n, :, rows, cols]
                    dxp[n, :, rows, cols] += dout[n, f, i, j] * w[f]
    return dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]], dw, dout.sum(axis=(0, 2, 3))


def _pad(x, pad):
    """Surround (N, C, H, W) with zeros, and with one spare row below, over whose start the last windows may read."""
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad + 1, W + 2 * pad), x.dtype)
    padded[:, :, pad:pad + H, pad:pad + W] = x
    return padded


def _windows(padded, HH, WW, stride, H_out, W_out):
    """View the padded images as (N, C, HH, WW, H', row): entry [n,c,h,v,i,j] is padded[n,c,i·stride+h,j·stride+v].

    With stride 1 a row is as long as a padded row, a few windows wider than W': those at the end wrap into the next
    row and mean nothing, but now the last two axes lie without a gap in memory, and copying or adding them is one
    long run instead of many short ones. With a larger stride a row is W'.
    """
    sn, sc, sh, sw = padded.strides
    row = padded.shape[3] if stride == 1 else W_out
    shape = padded.shape[:2] + (HH, WW, H_out, row)
    return as_strided(padded, shape, (sn, sc, sh, sw, sh * stride, sw * stride))


def _blocks(windows):
    """Yield slices of images whose columns together take about BLOCK_BYTES."""
    per_image = windows[0].size * windows.itemsize
    block = max(1, BLOCK_BYTES // per_image)
    for start in range(0, len(windows), block):
        yield slice(start, min(start + block, len(windows)))


def conv_forward_fast(x, w, b, conv_param):
    """Do what `conv_forward_naive` does as matrix products: filters (F, C·HH·WW) times columns (C·HH·WW, H'·W').

    Parameters, Returns and Raises are those of `conv_forward_naive`, except that the cache is
    (x, w, b, conv_param, padded): the columns are made again in the backward pass instead of kept, since writing and
    reading HH·WW times the input costs more than that. (The course keeps them, as x_cols, in the fifth place.)

    References
    ----------
    Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document Processing", 2006.
    """
    stride, pad, H_out, W_out = _conv_options(x, w, b, conv_param)
    padded = _pad(x, pad)
    windows = _windows(padded, *w.shape[2:], stride, H_out, W_out)
    filters = w.reshape(len(w), -1)  # (F, C, HH, WW) -> (F, C·HH·WW)
    out = np.empty((len(x), len(w), H_out, W_out), np.result_type(x, w))
    for block in _blocks(windows):
        columns = windows[block].reshape(block.stop - block.start, filters.shape[1], -1)  # -> (n, C·HH·WW, H'·row)
        wide = (filters @ columns).reshape(-1, len(w), *windows.shape[4:])  # (n, F, H'·row) -> (n, F, H', row)
        np.add(wide[..., :W_out], b[:, None, None], out=out[block])
    return out, (x, w, b, conv_param, padded)


def conv_backward_fast(dout, cache, need_dx=True):
    """Backpropagate through `conv_forward_fast`: dw = dout columnsᵀ; dx adds up wᵀ dout where the columns came from.

    Parameters
    ----------
    dout : (N, F, H', W') floats
    cache : from `conv_forward_fast`
    need_dx : bool; False saves half of the work in a first layer, whose input is data and needs no gradient

    Returns
    -------
    dx : (N, C, H, W), or None if it is not needed, dw : (F, C, HH, WW), db : (F,)

    Raises
    ------
    TypeError, ValueError : dout is no float array of out's shape, or holds NaN
    """
    x, w, b, conv_param, padded = cache
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    H_out, W_out = (output_size(x.shape[a], w.shape[a], stride, pad, "the size") for a in (2, 3))
    check_floats("dout", dout, shape=(len(x), len(w), H_out, W_out))
    windows = _windows(padded, *w.shape[2:], stride, H_out, W_out)
    dpadded = np.zeros_like(padded)
    dwindows = _windows(dpadded, *w.shape[2:], stride, H_out, W_out)
    filters = w.reshape(len(w), -1)  # (F, C, HH, WW) -> (F, C·HH·WW)
    dfilters = np.zeros_like(filters)
    for block in _blocks(windows):
        wide = np.zeros((block.stop - block.start, len(w), *windows.shape[4:]), dout.dtype)
        wide[..., :W_out] = dout[block]  # zeros where a row is wider than W': no gradient for windows that mean nothing
        wide = wide.reshape(*wide.shape[:2], -1)  # (n, F, H', row) -> (n, F, H'·row)
        columns = windows[block].reshape(len(wide), filters.shape[1], -1)  # -> (n, C·HH·WW, H'·row)
        for g, c in zip(wide, columns):
            dfilters += g @ c.T
        if need_dx:
            _add_columns(dwindows[block], filters.T @ wide)
    dx = None if not need_dx else dpadded[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
    return dx, dfilters.reshape(w.shape), dout.sum(axis=(0, 2, 3))


def _add_columns(dwindows, dcolumns):
    """Add each column to the pixels its window covers; one (h, v) at a time, for which no two windows overlap."""
    dcolumns = dcolumns.reshape(dwindows.shape)  # (n, C·HH·WW, H'·row) -> (n, C, HH, WW, H', row)
    for h in range(dwindows.shape[2]):
        for v in range(dwindows.shape[3]):
            dwindows[:, :, h, v] += dcolumns[:, :, h, v]
