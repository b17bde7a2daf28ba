"""From pictures to the normalized tensors that a network takes, and back."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from cs182lib.data.paintings import read_picture
from cs182lib.validation import check_count, describe, require


def preprocess(image, cnn, size=512):
    """Scale a picture so that its shorter side is `size`, and normalize it as `cnn` was trained to see pictures.

    x = (pixels / 255 - mean) / std

    Parameters
    ----------
    image : file name, PIL image, or uint8 array (H, W, 3)
    cnn : a network with the attributes mean and std, three numbers each, such as that of `load_squeezenet`
    size : int, in pixels

    Returns
    -------
    x : float32 tensor (1, 3, H', W'), on the device of the network; the longer side keeps the proportions, rounded down

    Raises
    ------
    TypeError, ValueError : no picture, no such file, or a network without mean and std
    """
    image = open_picture(image)
    W, H = image.size
    short = min(W, H)
    check_count("size", size)
    image = image.resize((size * W // short, size * H // short), Image.Resampling.BILINEAR)  # smooths as it shrinks
    mean, std, device = _normalization(cnn)
    x = torch.from_numpy(np.asarray(image).copy()).to(device).permute(2, 0, 1)[None]  # (H, W, 3) -> (1, 3, H, W)
    return (x.float() / 255 - mean) / std


def deprocess(x, cnn):
    """Turn a normalized picture back into bytes; what lies outside of black and white is cut off.

    Parameters
    ----------
    x : float tensor (1, 3, H, W); cnn : as for `preprocess`

    Returns
    -------
    picture : uint8 array (H, W, 3)

    Raises
    ------
    TypeError, ValueError : x is no float tensor of that shape; cnn has no mean and std
    """
    if not (isinstance(x, torch.Tensor) and x.is_floating_point() and x.ndim == 4 and x.shape[:2] == (1, 3)):
        raise ValueError(f"x must be a float tensor of shape (1, 3, H, W), got {describe_tensor(x)}")
    mean, std, _ = _normalization(cnn)
    pixels = (x.detach() * std + mean).clamp(0, 1)[0].permute(1, 2, 0)  # (1, 3, H, W) -> (H, W, 3)
    return (pixels * 255).round().byte().cpu().numpy()


def open_picture(image):
    """Return a file, PIL image or uint8 array (H, W, 3) as a PIL image in RGB.

    TypeError where it is none of these, ValueError where the array has another shape or the file is no picture.
    """
    if isinstance(image, (str, Path)):
        require(Path(image).is_file(), f"image {str(image)!r} is no file; pass the path of a picture, or its pixels")
        return Image.fromarray(read_picture(image))
    if isinstance(image, Image.Image):
        return image.convert("RGB")
    if not (isinstance(image, np.ndarray) and image.dtype == np.uint8):
        raise TypeError(f"image must be a file name, a PIL image or a uint8 array (H, W, 3), got {describe(image)}")
    require(image.ndim == 3 and image.shape[2] == 3 and image.size, f"image must have the shape (H, W, 3), got "
            f"{describe(image)}; make gray ones colored by np.stack([gray] * 3, axis=2)")
    return Image.fromarray(image)


def describe_tensor(value):
    """Say in a few words what `value` is: a tensor's shape and dtype, else as `describe` does."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)} and dtype {value.dtype}"
    return describe(value)


def _normalization(cnn):
    """Return mean and std as tensors (3, 1, 1), and the device of the network."""
    if not (hasattr(cnn, "mean") and hasattr(cnn, "std")):
        raise TypeError(f"cnn must have the attributes mean and std, as the net of load_squeezenet has, "
                        f"got {type(cnn).__name__}")
    device = next(iter(cnn.parameters())).device
    return (*(torch.tensor(values, device=device).view(3, 1, 1) for values in (cnn.mean, cnn.std)), device)  # (3,)
