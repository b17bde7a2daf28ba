"""Images to columns and back: the rearrangement that turns a convolution into a matrix product, spelled out."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cs182lib.layers.convolution import output_size
from cs182lib.validation import check_floats

__all__ = ["im2col", "col2im"]


def im2col(x, field_height, field_width, padding=1, stride=1):
    """Lay every window of every image out as one column.

    Parameters
    ----------
    x : (N, C, H, W) floats
    field_height, field_width : the window HH x WW, in pixels
    padding, stride : int, zeros added on each side, and pixels from window to window

    Returns
    -------
    cols : (C·HH·WW, H'·W'·N); the images change fastest along a row, as in the course

    Raises
    ------
    TypeError, ValueError : x is not a float array of 4 axes, the window is too large, or the stride does not fit
    """
    check_floats("x", x, ndim=4)
    H_out = output_size(x.shape[2], field_height, stride, padding, "the height")
    W_out = output_size(x.shape[3], field_width, stride, padding, "the width")
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(padded, (field_height, field_width), axis=(2, 3))[:, :, ::stride, ::stride]
    windows = windows[:, :, :H_out, :W_out]  # (N, C, H', W', HH, WW)
    return windows.transpose(1, 4, 5, 2, 3, 0).reshape(x.shape[1] * field_height * field_width, -1)


def col2im(cols, x_shape, field_height, field_width, padding=1, stride=1):
    """Add every column back to the pixels of its window: the transpose of `im2col`, so its backward pass.

    Parameters
    ----------
    cols : (C·HH·WW, H'·W'·N) floats
    x_shape : (N, C, H, W)
    field_height, field_width, padding, stride : as for `im2col`

    Returns
    -------
    x : (N, C, H, W), each pixel the sum over the windows that cover it

    Raises
    ------
    TypeError, ValueError : cols does not have the shape that these windows give
    """
    N, C, H, W = x_shape
    H_out = output_size(H, field_height, stride, padding, "the height")
    W_out = output_size(W, field_width, stride, padding, "the width")
    check_floats("cols", cols, shape=(C * field_height * field_width, H_out * W_out * N))
    windows = cols.reshape(C, field_height, field_width, H_out, W_out, N).transpose(5, 0, 1, 2, 3, 4)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), cols.dtype)
    for h in range(field_height):
        for v in range(field_width):
            rows, columns = slice(h, h + stride * H_out, stride), slice(v, v + stride * W_out, stride)
            padded[:, :, rows, columns] += windows[:, :, h, v]
    return padded[:, :, padding:padding + H, padding:padding + W]
