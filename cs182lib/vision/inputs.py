"""Bad pictures, classes and networks are refused before any gradient is taken."""

import torch
from torch import nn

from cs182lib.validation import require
from cs182lib.vision.pixels import describe_tensor


def check_maps(name, x, count=None):
    """Return x if it is a non-empty float tensor (N, C, H, W), with N = `count` if given; its numbers are not read.

    The message calls it `name`.

    Raises
    ------
    TypeError : no tensor, or not floating point
    ValueError : another shape, or empty
    """
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        raise TypeError(f"{name} must be a float tensor, got {describe_tensor(x)}; "
                        "see cs182lib.vision.pixels.preprocess")
    require(x.ndim == 4 and x.numel() > 0 and count in (None, len(x)), f"{name} must have four axes, "
            f"({count or 'N'}, C, H, W), none of them empty, got {describe_tensor(x)}")
    return x


def check_pictures(name, X, count=None):
    """Return the tensor X, called `name`, if `check_maps` takes it with `count` and no number in it is NaN.

    Else TypeError or ValueError.
    """
    check_maps(name, X, count)
    require(not torch.isnan(X).any(), f"{name} holds NaN; look for an overflow or 0/0 where it was made")
    return X


def check_network(model):
    """Return `model`, put in eval mode, if it is an nn.Module; else TypeError."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be an nn.Module, got {type(model).__name__}; see load_squeezenet")
    return model.eval()  # dropout off, batch norm by running statistics: each picture is seen alone


def check_classes(name, y, count):
    """Return the tensor y, of shape (count,), if it holds whole numbers of at least 0; else TypeError or ValueError.

    The message calls it `name`.
    """
    if not isinstance(y, torch.Tensor) or y.is_floating_point() or y.is_complex() or y.dtype == torch.bool:
        raise TypeError(f"{name} must be a tensor of whole numbers, got {getattr(y, 'dtype', type(y).__name__)}; "
                        f"convert it with torch.as_tensor({name})")
    require(tuple(y.shape) == (count,), f"{name} must hold one class for each of the {count} pictures, "
                                        f"got shape {tuple(y.shape)}")
    require(int(y.min()) >= 0, f"{name} must hold classes from 0 on, got {int(y.min())}")
    return y.long()


def check_class(name, y, scores):
    """Return y, called `name`, as an int if `scores` (N, C) has such a class; else TypeError or ValueError."""
    if isinstance(y, bool) or not hasattr(y, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {type(y).__name__} {y!r}")
    require(0 <= int(y) < scores.shape[1], f"{name} must be a class from 0 to {scores.shape[1] - 1}, got {int(y)}")
    return int(y)
