"""What the checks of arguments let through and refuse."""

import numpy as np
import pytest

from cs182lib import validation as v


@pytest.mark.parametrize("x", [np.full(3, np.inf), np.full(4, 1e38, np.float32), np.full((2, 2), -1e300),
                               np.ones((4, 6))[:, ::2], np.ones((2, 3)).T])
def test_large_infinite_and_strided_arrays_pass(x):
    assert v.check_floats("x", x) is x


@pytest.mark.parametrize("index", [(0, 0), (1, 2), (3, 4)])
def test_nan_is_found_wherever_it_is(index):
    x = np.full((4, 5), 1e200)
    x[index] = np.nan
    for view in (x, np.asfortranarray(x)):
        with pytest.raises(ValueError, match=f"x holds NaN, first at index \\({index[0]}, {index[1]}\\)"):
            v.check_floats("x", view)


@pytest.mark.parametrize("call, error, words", [
    (lambda: v.check_floats("x", 3.0), TypeError, "x must be a NumPy array of floats, got float 3.0"),
    (lambda: v.check_floats("x", np.ones(3, complex)), TypeError, "complex128"),
    (lambda: v.check_shape("x", np.ones((2, 3)), shape=(2, None, 4)), ValueError, r"3 axes \(2, any, 4\)"),
    (lambda: v.check_number("p", True), TypeError, "p must be a number, got bool True"),
    (lambda: v.check_number("p", float("nan"), 0, 1), ValueError, r"\[0, 1\], got nan"),
    (lambda: v.check_number("p", 0, 0, None, low_open=True), ValueError, r"\(0, inf\), got 0"),
    (lambda: v.check_count("n", 2.0), TypeError, "n must be a whole number, got float 2.0"),
    (lambda: v.check_count("n", -1, low=0), ValueError, "n must be at least 0, got -1"),
    (lambda: v.check_choice("mode", "dev", ("train", "test")), ValueError, "'train', 'test', got 'dev'"),
    (lambda: v.check_options("config", None, {"a"}), TypeError, "config must be a dict, got NoneType None"),
    (lambda: v.check_labels("y", np.array([[1]]), 1, 2), ValueError, "y must have 1 axes"),
])
def test_messages_name_the_argument_what_came_and_what_was_expected(call, error, words):
    with pytest.raises(error, match=words):
        call()
