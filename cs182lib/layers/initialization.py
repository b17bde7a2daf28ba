"""Initial weights: how large they must be so that signals keep their size from layer to layer."""

import math

import numpy as np

from cs182lib.validation import check_count, check_number

__all__ = ["kaiming_normal", "xavier_normal", "xavier_uniform", "initial_weight"]


def _fans(shape):
    """Count the inputs and outputs of one unit: (D, M) for a dense layer, (F, C, HH, WW) for a convolution."""
    for n in shape:
        check_count("shape", n)
    if len(shape) == 2:
        return shape
    receptive = math.prod(shape[2:])
    return shape[1] * receptive, shape[0] * receptive


def kaiming_normal(shape, rng, dtype=np.float32):
    """Draw weights with standard deviation √(2 / fan_in), which keeps the variance through affine and ReLU.

    Parameters
    ----------
    shape : (D, M) of a dense layer or (F, C, HH, WW) of a convolution
    rng : np.random.Generator
    dtype : float type of the result

    Returns
    -------
    w : floats of that shape

    Raises
    ------
    TypeError, ValueError : a length in the shape is no whole number above 0

    References
    ----------
    He et al., "Delving Deep into Rectifiers", ICCV 2015, eq. 10.
    """
    fan_in, _ = _fans(shape)
    return (rng.standard_normal(shape) * math.sqrt(2 / fan_in)).astype(dtype)


def xavier_normal(shape, rng, dtype=np.float32):
    """Draw weights with standard deviation √(2 / (fan_in + fan_out)), a compromise between both directions.

    Parameters
    ----------
    shape, rng, dtype : as for `kaiming_normal`

    Returns
    -------
    w : floats of that shape

    Raises
    ------
    TypeError, ValueError : a length in the shape is no whole number above 0

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    eq. 12.
    """
    return (rng.standard_normal(shape) * math.sqrt(2 / sum(_fans(shape)))).astype(dtype)


def xavier_uniform(shape, rng, dtype=np.float32):
    """Draw weights from U(-a, a), a = √(6 / (fan_in + fan_out)), which has the variance of `xavier_normal`.

    Parameters
    ----------
    shape, rng, dtype : as for `kaiming_normal`

    Returns
    -------
    w : floats of that shape

    Raises
    ------
    TypeError, ValueError : a length in the shape is no whole number above 0

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    eq. 16.
    """
    bound = math.sqrt(6 / sum(_fans(shape)))
    return rng.uniform(-bound, bound, shape).astype(dtype)


def initial_weight(shape, weight_scale, rng, dtype=np.float32):
    """Draw normal weights of standard deviation `weight_scale`, or by the rule of the name "kaiming" or "xavier".

    Parameters
    ----------
    shape : tuple of ints
    weight_scale : number >= 0, "kaiming" or "xavier"
    rng : np.random.Generator
    dtype : float type of the result

    Returns
    -------
    w : floats of that shape

    Raises
    ------
    TypeError, ValueError : weight_scale is none of these
    """
    if weight_scale == "kaiming":
        return kaiming_normal(shape, rng, dtype)
    if weight_scale == "xavier":
        return xavier_normal(shape, rng, dtype)
    check_number("weight_scale (a number, 'kaiming' or 'xavier')", weight_scale, 0)
    return (rng.standard_normal(shape) * weight_scale).astype(dtype)
