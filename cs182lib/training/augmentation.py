"""Random changes to a batch of images that keep their class: (X, rng) -> X."""

import numpy as np

from cs182lib.validation import check_count, check_shape

__all__ = ["random_flip", "random_shift", "flip_and_shift"]


def random_flip(X, rng):
    """Mirror each image of (N, C, H, W) left to right with probability one half."""
    check_shape("X", X, ndim=4)
    flipped = rng.random(len(X)) < 0.5
    return np.where(flipped[:, None, None, None], X[:, :, :, ::-1], X)


def random_shift(X, rng, pixels=2):
    """Move each image of (N, C, H, W) by up to `pixels` in both directions; its edge is repeated into the gap."""
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
    """Mirror each image with probability one half, then move it by up to two pixels."""
    return random_shift(random_flip(X, rng), rng)
