"""The names of the course's compiled extension, here in NumPy: nothing to build."""

from cs182lib.layers import col2im
from cs182lib.layers import im2col as im2col_cython


def col2im_cython(cols, N, C, H, W, field_height, field_width, padding, stride):
    """Add columns (C·HH·WW, H'·W'·N) back to images (N, C, H, W); see `cs182lib.layers.col2im`."""
    return col2im(cols, (N, C, H, W), field_height, field_width, padding, stride)


def col2im_6d_cython(cols, N, C, H, W, HH, WW, pad, stride):
    """Add columns given as (C, HH, WW, N, H', W') back to images (N, C, H, W)."""
    flat = cols.transpose(0, 1, 2, 4, 5, 3).reshape(C * HH * WW, -1)  # the images change fastest, as in im2col
    return col2im(flat, (N, C, H, W), HH, WW, pad, stride)


__all__ = ["im2col_cython", "col2im_cython", "col2im_6d_cython"]
