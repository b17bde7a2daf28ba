"""Pictures as NumPy arrays: normalized for SqueezeNet and back, blurred, read from a file."""

import numpy as np
from PIL import Image

from cs182lib.data.paintings import read_picture
from cs182lib.layers import conv_forward_fast
from cs182lib.validation import check_count, check_floats, check_shape, describe
from cs182lib.vision.squeezenet import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["SQUEEZENET_MEAN", "SQUEEZENET_STD", "blur_image", "deprocess_image", "image_from_url", "load_image",
           "preprocess_image"]

SQUEEZENET_MEAN, SQUEEZENET_STD = np.array(IMAGENET_MEAN, np.float32), np.array(IMAGENET_STD, np.float32)
BLUR = np.array([[1, 2, 1], [2, 188, 2], [1, 2, 1]]) / 200


def blur_image(X):
    """Blur pictures very gently: every channel is convolved with [1 2 1; 2 188 2; 1 2 1] / 200, zeros around it.

    Parameters
    ----------
    X : (N, 3, H, W) floats

    Returns
    -------
    blurred : of the shape and dtype of X

    Raises
    ------
    TypeError, ValueError : X is no float array of that shape, is empty, or holds NaN
    """
    check_floats("X", X, shape=(None, 3, None, None))
    w = np.zeros((3, 3, 3, 3), X.dtype)
    w[range(3), range(3)] = BLUR  # channel c of the result sees channel c alone
    out, _ = conv_forward_fast(X, w, np.zeros(3, X.dtype), {"stride": 1, "pad": 1})
    return out


def preprocess_image(img):
    """Normalize a picture as SqueezeNet was trained to see them: (img / 255 - mean) / std.

    Parameters
    ----------
    img : (H, W, 3) numbers from 0 to 255

    Returns
    -------
    normalized : (H, W, 3) float32

    Raises
    ------
    TypeError, ValueError : img is no array of numbers, or has another shape
    """
    if not isinstance(img, np.ndarray) or img.dtype.kind not in "fiu":
        raise TypeError(f"img must be a NumPy array of numbers, got {describe(img)[:100]}")
    check_shape("img", img, shape=(None, None, 3))
    return (img.astype(np.float32) / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD


def deprocess_image(img, rescale=False):
    """Undo `preprocess_image`.

    Parameters
    ----------
    img : (H, W, 3) floats
    rescale : bool; stretch the numbers so that they fill the whole range, instead of cutting off what lies outside

    Returns
    -------
    picture : (H, W, 3) uint8

    Raises
    ------
    TypeError, ValueError : img is no float array of that shape, or holds NaN
    """
    check_floats("img", img, shape=(None, None, 3))
    img = img * SQUEEZENET_STD + SQUEEZENET_MEAN
    if rescale:
        low, high = img.min(), img.max()
        img = (img - low) / (high - low if high > low else 1)
    return np.round(np.clip(255 * img, 0, 255)).astype(np.uint8)


def load_image(filename, size=None):
    """Read the picture `filename` as RGB, and scale it so that its shorter side is `size` pixels where a size is given.

    Returns
    -------
    picture : (H, W, 3) uint8

    Raises
    ------
    TypeError, ValueError : size is no whole number above 0; no such file, or no picture in it
    """
    image = Image.fromarray(read_picture(filename))
    if size is not None:
        factor = check_count("size", size) / min(image.size)
        image = image.resize([max(round(side * factor), size) for side in image.size], Image.Resampling.BILINEAR)
    return np.asarray(image)


def image_from_url(url):
    """Refuse to open the address `url`: most of COCO's pictures have moved, and nothing here goes on the network.

    Raises
    ------
    ValueError : always, with what to do instead
    """
    raise ValueError(f"no picture is fetched from {url!r}: download it yourself and read it with load_image(path), or "
                     "use the scenes, whose pictures scene_images gives")
