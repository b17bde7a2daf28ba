"""Guess why an array is wrong, by trying what known mistakes would have given."""

from itertools import permutations

import numpy as np

AUTOGRAD = {  # words of PyTorch's message -> the usual reason
    "does not require grad": "no gradient was asked for: requires_grad_() on what it is taken by, and no .data, "
                             ".detach() or torch.no_grad() on the way",
    "not have been used in the graph": "the gradient is taken by another tensor than the one that was used",
    "implicitly created only for scalar": "backward() begins at one number: add up first, or pass it a gradient",
    "leaf Variable that requires grad": "what wants a gradient is changed in place: make a new tensor",
    "modified by an inplace operation": "what the gradient needs was changed in place: make a new tensor",
    "through the graph a second time": "a graph serves one backward pass: compute the scores anew before each",
}
WHOLE = "a length or an index must be a whole number: / gives a float, // does not"
PYTHON = {  # words of Python's and NumPy's messages -> the usual reason
    "truth value of an array": "if, and, or, max and min of Python take one number: for arrays there are np.where, &, "
                               "|, np.maximum and np.minimum",
    "only integer scalar arrays can be": "an array stands where one whole number is meant: np.max(0, x) takes x for an "
                                         "axis, np.maximum(0, x) compares",
    "cannot be interpreted as an integer": WHOLE, "or a single integer, got": WHOLE, "slice indices must be": WHOLE,
}


def same(a, b, rtol=1e-4):
    """Say whether the arrays a and b agree in shape and, to `rtol` of the largest number of b, in value."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=rtol * max(np.abs(b).max(initial=0), 1e-12))


def likely_cause(got, expected, mistakes=None, sizes=None, siblings=None):
    """Name the first known mistake that explains `got`, or return None.

    Parameters
    ----------
    got, expected : arrays of any shape, also of two different ones
    mistakes : dict, cause -> the array (or a function that returns it) which that mistake gives
    sizes : dict, name -> int, lengths whose presence or absence as a factor is worth a name, such as {"N": 5}
    siblings : dict, name -> array, the other expected outputs
    """
    got, expected = np.asarray(got), np.asarray(expected)
    for cause, wrong in (mistakes or {}).items():
        if same(got, wrong() if callable(wrong) else wrong):
            return cause
    for name, other in (siblings or {}).items():
        if same(got, other) and not same(other, expected):
            return f"these are the numbers of {name}: return the outputs in the order asked for"
    if got.shape != expected.shape:
        return _wrong_shape(got, expected)
    return _not_numbers(got, expected) or _scaled(got, expected, sizes or {}) or _misplaced(got, expected) or _border(
        got, expected)


def exception_cause(error):
    """Name the usual reason of `error`, an exception inside an implementation, or return None."""
    text = str(error)
    words = ("mismatch", "broadcast", "aligned", "cannot be multiplied", "must match")  # NumPy's and PyTorch's
    if isinstance(error, (ValueError, RuntimeError)) and any(word in text for word in words):
        return "two shapes do not fit: a reshape or transpose (.T) is missing, or two arguments are swapped"
    if isinstance(error, KeyError):
        return (f"a dict has no key {text}: is it spelled, and stored, as it is read? Where it is an option, it may be "
                "left out: there is a default")
    if isinstance(error, ValueError) and "unpack" in text:
        return "a tuple has more or fewer entries than names on the left: compare with what was returned or cached"
    if isinstance(error, (TypeError, AttributeError)) and "NoneType" in text:
        return ("a value is None: a cache that was not kept, a function without a return, or .grad of what does not "
                "require a gradient?")
    if isinstance(error, IndexError) and "list index" in text:
        return "a list has fewer entries than are counted: is there one for each layer or step?"
    if isinstance(error, IndexError) and "out of bounds" in text:
        return "an index is larger than its axis: are two axes swapped, or does a range end too late?"
    if isinstance(error, UnboundLocalError):
        return "a variable is used in a branch (such as the other mode) where nothing was assigned to it"
    if isinstance(error, RecursionError):
        return "a function calls itself without an end"
    return next((cause for words, cause in {**AUTOGRAD, **PYTHON}.items() if words in text), None)


def _wrong_shape(got, expected):
    if same(got.squeeze(), expected.squeeze()):
        return "right numbers, but axes of length 1 too many or too few (keepdims, or x[i:i+1] for x[i])"
    if got.ndim == expected.ndim:
        for axes in permutations(range(got.ndim)):
            if same(got.transpose(axes), expected):
                return "right numbers, but transposed: the axes are swapped"
    if got.size == expected.size and same(got.ravel(), expected.ravel()):
        return f"right numbers in the wrong shape: reshape to {expected.shape}"
    if got.shape == expected.shape[::-1]:
        return "the axes are swapped: is an operand transposed?"
    if got.ndim < expected.ndim:
        return "too few axes: was it summed over an axis too many?"
    if got.ndim > expected.ndim:
        return "too many axes: is a sum over an axis missing?"
    return None


def _not_numbers(got, expected):
    if np.isnan(got).any():
        return "NaN: look for 0/0, the logarithm or root of a negative number, or inf - inf after an overflow"
    if np.isinf(got).any():
        return "infinite: look for a division by zero or an exponential that overflows"
    if got.dtype.kind in "iub" and expected.dtype.kind == "f":
        return "integers: the result is stored in an integer array and rounded"
    if not got.any():
        return "all zeros: it is made but never filled"
    return None


def _scaled(got, expected, sizes):
    """Recognize got = k * expected and got = expected + k."""
    where = np.abs(expected) > 1e-3 * np.abs(expected).max(initial=0)
    if not where.any():
        return None
    if same(got, expected, rtol=1e-3):
        return "nearly right: a small constant such as eps, or float32 on the way"
    factor = float(np.median(got[where] / expected[where]))
    if same(got, factor * expected):
        return _factor_named(factor, sizes, got.size == 1)
    if got.size > 1 and same(got, expected + np.mean(got - expected)):
        return f"{np.mean(got - expected):.4g} too much everywhere: a constant is added or left out"
    return None


def _factor_named(factor, sizes, alone):
    """Name a factor; one number `alone` is some multiple of another, which says nothing unless the factor is known."""
    if np.isclose(factor, -1):
        return "the sign is flipped"
    for name, size in sizes.items():
        if size > 1 and np.isclose(abs(factor), size):
            return f"{name} = {size} times too large: a factor 1/{name} is missing (a sum where a mean is meant?)"
        if size > 1 and np.isclose(abs(factor), 1 / size):
            return f"{name} = {size} times too small: a factor 1/{name} too much (a mean where a sum is meant?)"
    if alone and not any(np.isclose(abs(factor), known) for known in (2, 0.5)):
        return None
    return f"every number is {factor:.4g} times the expected one: a factor is missing or too much"


def _misplaced(got, expected):
    for axes in permutations(range(got.ndim)):
        if axes != tuple(range(got.ndim)) and same(got.transpose(axes), expected):
            return "right numbers, but transposed: the axes are swapped"
    for axis in range(got.ndim):
        if same(np.flip(got, axis), expected):
            return f"right numbers in reverse order along axis {axis}"
    if got.size > 2 and same(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "right numbers in the wrong places: a reshape where a transpose is needed, or the other way round?"
    return None


def _border(got, expected):
    """Recognize numbers that are wrong only at one end of an axis."""
    wrong = ~np.isclose(got, expected, rtol=1e-4, atol=1e-6 * max(np.abs(expected).max(initial=0), 1e-12))
    for axis, length in enumerate(got.shape):
        places = np.unique(np.nonzero(wrong)[axis])
        if length > 2 and len(places) == 1 and places[0] in (0, length - 1):
            end = "first" if places[0] == 0 else "last"
            return f"only the {end} entries along axis {axis} are wrong: a range or slice that is off by one?"
    return None
