"""Bad input gets an error that names the argument, what came, what was expected, and what to do next."""

import math
import numbers

import numpy as np


def describe(value):
    """Say in a few words what `value` is: an array's shape and dtype, else its type and value."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return f"{type(value).__name__} {value!r}"


def require(condition, message):
    """Raise ValueError(message) unless `condition` holds."""
    if not condition:
        raise ValueError(message)


def as_generator(rng):
    """Return `rng` as a np.random.Generator: itself, seeded by an int, or (None) seeded from NumPy's global state."""
    if rng is None:
        rng = np.random.randint(2**31)  # noqa: NPY002 - so that np.random.seed in a notebook fixes what is drawn
    return np.random.default_rng(rng)


def check_floats(name, x, ndim=None, shape=None):
    """Return `x` if it is a non-empty floating-point array of that shape holding no NaN; else say what is wrong.

    Parameters
    ----------
    name : str, the argument's name in the caller's signature
    x : the value that came, which should be an array of floats of that shape
    ndim : int or None, how many axes are expected
    shape : tuple or None, the expected length of each axis; None inside it stands for any length

    Raises
    ------
    TypeError : not a NumPy array, or not floating point
    ValueError : wrong number of axes, wrong length of an axis, empty, or NaN inside
    """
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array of floats, got {describe(x)}; "
                        f"convert it with np.asarray({name}, float)")
    if x.dtype.kind != "f":
        raise TypeError(f"{name} must hold floats, got {describe(x)}; convert it with {name}.astype(np.float32)")
    check_shape(name, x, ndim, shape)
    check_no_nan(name, x)
    return x


def check_shape(name, x, ndim=None, shape=None):
    """Raise ValueError unless the array `x` has `ndim` axes, the lengths in `shape` (None: any), and is not empty.

    The message calls it `name`.
    """
    wanted = len(shape) if shape is not None else ndim
    if wanted is not None and x.ndim != wanted:
        raise ValueError(f"{name} must have {wanted} axes{_lengths(shape)}, got {describe(x)}")
    if shape is not None and any(want is not None and want != got for want, got in zip(shape, x.shape)):
        raise ValueError(f"{name} must have the shape {_lengths(shape, '')}, got {describe(x)}")
    if x.size == 0:
        raise ValueError(f"{name} is empty, got {describe(x)}; pass at least one example")


def _lengths(shape, prefix=" "):
    return "" if shape is None else prefix + "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"


def check_no_nan(name, x):
    """Raise ValueError where the float array `x`, of any shape, holds NaN; the message calls it `name`.

    A dot product of x with itself is NaN as soon as one entry is, and reads x once at the speed of memory;
    only when it is not finite (NaN, infinity or mere overflow) is every entry looked at.
    """
    flat = x.reshape(-1) if x.flags.c_contiguous else x.ravel(order="K")
    with np.errstate(all="ignore"):
        total = float(flat.dot(flat))
    if not math.isfinite(total) and np.isnan(x).any():
        where = tuple(int(i) for i in np.argwhere(np.isnan(x))[0])
        raise ValueError(f"{name} holds NaN, first at index {where}; look for an overflow or 0/0 where {name} was made")


def check_labels(name, y, count, num_classes):
    """Return the labels `y` if they are `count` integers from 0 to num_classes - 1; else say what is wrong with `name`.

    Raises
    ------
    TypeError : not an integer array
    ValueError : not of shape (count,), or a label out of range
    """
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        raise TypeError(f"{name} must be a NumPy array of integer labels, got {describe(y)}; "
                        f"convert it with np.asarray({name}, int)")
    check_shape(name, y, shape=(count,))
    if y.min() < 0 or y.max() >= num_classes:
        bad = int(np.argmax((y < 0) | (y >= num_classes)))
        raise ValueError(f"{name} must hold labels from 0 to {num_classes - 1}, got {int(y[bad])} at index {bad}")
    return y


def check_number(name, value, low=None, high=None, low_open=False, high_open=False):
    """Return `value` if it is a real number in [low, high]; else TypeError or ValueError about `name`.

    With low_open or high_open the end itself is out of range; None stands for no end.
    """
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, np.floating, np.integer)):
        raise TypeError(f"{name} must be a number, got {describe(value)}")
    bad = not math.isfinite(value)
    bad |= low is not None and (value <= low if low_open else value < low)
    bad |= high is not None and (value >= high if high_open else value > high)
    if bad:
        left = "(-inf" if low is None else f"{'(' if low_open else '['}{low}"
        right = "inf)" if high is None else f"{high}{')' if high_open else ']'}"
        raise ValueError(f"{name} must lie in {left}, {right}, got {value!r}")
    return value


def check_count(name, value, low=1):
    """Return `value` as an int if it is a whole number of at least `low`; else TypeError or ValueError about `name`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {describe(value)}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, got {value}")
    return int(value)


def check_choice(name, value, choices):
    """Return `value` if it is one of `choices`; else ValueError about `name` that lists them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(repr(c) for c in choices)}, got {value!r}")
    return value


def check_options(name, given, allowed):
    """Raise TypeError if the dict `given`, called `name`, is none, ValueError if it holds a key not in `allowed`."""
    if not isinstance(given, dict):
        raise TypeError(f"{name} must be a dict, got {describe(given)}")
    unknown = [key for key in given if key not in allowed]
    if unknown:
        raise ValueError(f"{name} has the unknown option {unknown[0]!r}; known are {', '.join(sorted(allowed))}")
