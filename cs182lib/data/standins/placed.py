"""Doodles drawn on a larger canvas, with the place of the object known pixel by pixel."""

from types import SimpleNamespace

import numpy as np

from cs182lib.data.standins.doodles import CLASSES, FIXED, HABITATS, INK, POSES, random_colors, rgb
from cs182lib.data.standins.shapes import Pen, RawBits
from cs182lib.validation import check_count, require


def place_doodles(n, seed, canvas=64, size=32):
    """Draw n doodles, one object each, anywhere on a canvas in the colors of its habitat.

    Parameters
    ----------
    n : int, how many; classes and poses take turns
    seed : int, of the draws
    canvas : int, side of the pictures in pixels
    size : int, about the side of the object in pixels

    Returns
    -------
    X : (n, 3, canvas, canvas) uint8
    y : (n,) int64, index into CLASSES
    mask : (n, canvas, canvas) bool, where the object is

    Raises
    ------
    TypeError, ValueError : n, seed or a size is no whole number in range
    """
    check_count("n", n)
    require(0 < check_count("size", size) <= check_count("canvas", canvas),
            f"size must be at most the canvas of {canvas} pixels, got {size}")
    X, mask = np.empty((n, 3, canvas, canvas), np.uint8), np.empty((n, canvas, canvas), bool)
    kind = np.arange(n) % (2 * len(CLASSES))
    y, pose = kind % len(CLASSES), kind // len(CLASSES)
    for i in range(n):
        bits, name = RawBits(check_count("seed", seed, low=0), i), CLASSES[y[i]]
        image = _background(HABITATS[name], canvas)
        behind = image.copy()
        _draw(POSES[name][pose[i]], bits, image, size)
        mask[i] = (image != behind).any(axis=1)[0]
        X[i] = np.minimum(np.maximum(image + 0.5, 0), 255)[0].astype(np.uint8)
    return X, y, mask


def _background(habitat, canvas):
    """Paint one color above the middle and another below: float32 (1, 3, canvas, canvas)."""
    row = (np.arange(canvas, dtype=np.float32) + 0.5).reshape(1, 1, canvas, 1)
    below = np.minimum(np.maximum(row - np.float32(0.6 * canvas), 0), 1)
    above_color, below_color = (rgb(color) for color in habitat)
    image = np.empty((1, 3, canvas, canvas), np.float32)
    image[:] = above_color + below * (below_color - above_color)
    return image


def _draw(drawing, bits, image, size):
    """Draw one object of about `size` pixels anywhere in the picture, facing left or right."""
    canvas, half = image.shape[2], np.float32(size / 2)
    center = np.arange(canvas, dtype=np.float32) + np.float32(0.5)
    cx, cy = bits.uniform(size / 2, canvas - size / 2, 1), bits.uniform(size / 2, canvas - size / 2, 1)
    mirror = 1 - 2 * bits.chance(0.5, 1)
    x = (center[None, None, :] - cx) * (mirror / half) + np.zeros((1, canvas, 1), np.float32)
    y = (cy - center[None, :, None]) / half + np.zeros((1, 1, canvas), np.float32)
    colors = SimpleNamespace(main=random_colors(bits, 1), second=random_colors(bits, 1), **FIXED)
    drawing(Pen(image, x, y, np.full((1, 1, 1), 1 / half, np.float32), INK),
            lambda low, high: bits.uniform(low, high, 1), colors)
