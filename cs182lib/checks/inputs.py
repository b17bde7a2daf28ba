"""Fixed inputs for checks: no draws, the same bits on every machine, no two numbers equal."""

import numpy as np

GOLDEN = 0.6180339887498949  # (√5 - 1) / 2: its multiples modulo 1 fill [0, 1) evenly and never meet


def scattered(shape, low=-1.0, high=1.0, start=1):
    """Return float64 numbers spread over [low, high) in an order without pattern.

    An even ramp would not do: its columns differ by a constant only, which batch norm removes.

    Parameters
    ----------
    shape : tuple of ints
    low, high : numbers, the ends of the range
    start : int, the first multiple; arrays of another start hold other numbers
    """
    k = start + np.arange(np.prod(shape, dtype=int))
    return (low + (high - low) * (k * GOLDEN % 1)).reshape(shape)


def away_from_zero(x, gap=0.05):
    """Return x with every number moved away from zero by `gap`, so that a numeric gradient never crosses the kink."""
    return np.where(x < 0, x - gap, x + gap)


def to_float32(value):
    """Return `value` with its float arrays as float32, also inside a dict."""
    if isinstance(value, dict):
        return {key: to_float32(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return value
