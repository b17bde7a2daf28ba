"""Random changes to a batch of images that keep their class: (X, rng) -> X."""

import numpy as np

from cs182lib.validation import check_count, check_shape

__all__ = ["random_flip", "random_shift", "flip_and_shift"]


def random_flip(X, rng):
    """Return the images X, (N, C, H, W), each mirrored left to right with probability one half.

    rng is the np.random.Generator that decides. ValueError where X has not four axes.
    """
    check_shape("X", X, ndim=4)
    flipped = rng.random(len(X)) < 0.5
    return np.where(flipped[:, None, None, None], X[:, :, :, ::-1], X)


def random_shift(X, rng, pixels=2):
    """Return the images X, each moved by up to `pixels` in both directions, its edge repeated into the gap.

    Parameters
    ----------
    X : (N, C, H, W) numbers
    rng : np.random.Generator, for the moves
    pixels : int, the largest move along an axis

    Raises
    ------
    TypeError, ValueError : X has not four axes, or pixels is no whole number above 0
    """
    check_shape("X", X, ndim=4)
    check_count("pixels", pixels)
    N, _, H, W = X.shape
    padded = np.pad(X, ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)), mode="edge")
    rows = rng.integers(0, 2 * pixels + 1, N)[:, None] + np.arange(H)  # (N, H)
    cols = rng.integers(0, 2 * pixels + 1, N)[:, None] + np.arange(W)  # (N, W)
    n = np.arange(N)[:, None, None]
    picked = padded[n, :, rows[:, :, None], cols[:, None, :]]  # (N, H, W, C)
    return np.ascontiguousarray(picked.transpose(0, 3, 1, 2))  # (N, H, W, C) -> (N, C, H, W)


def flip_and_shift(X, rng):
    """Return the images X, (N, C, H, W), mirrored and moved by up to two pixels as `random_flip` and `random_shift` do.

    rng is the np.random.Generator that decides. ValueError where X has not four axes.
    """
    return random_shift(random_flip(X, rng), rng)
