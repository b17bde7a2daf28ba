"""Dropout: what it keeps, how it scales, when it repeats itself."""

import numpy as np
import pytest

from cs182lib.layers import dropout_backward, dropout_forward
from tests.parity import ramp


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("p", [0, 0.3, 0.75])
def test_training_drops_a_share_p_and_rescales_the_rest(p, dtype):
    x = 10 + ramp(300, 400, dtype=dtype)
    out, cache = dropout_forward(x, {"mode": "train", "p": p, "seed": 1})
    assert out.dtype == dtype
    np.testing.assert_allclose(out, np.where(out == 0, 0, x / dtype(1 - p)), rtol=1e-6)
    share, sigma = np.mean(out == 0), np.sqrt(p * (1 - p) / x.size)
    assert abs(share - p) <= 6 * sigma  # once in 5e8 draws, and the seed is fixed
    dout = ramp(300, 400, low=1, high=2, dtype=dtype)
    dx = dropout_backward(dout, cache)
    assert dx.dtype == dtype
    np.testing.assert_allclose(dx, np.where(out == 0, 0, dout / dtype(1 - p)), rtol=1e-6)


def test_testing_changes_nothing():
    x = ramp(3, 4)
    out, cache = dropout_forward(x, {"mode": "test", "p": 0.9})
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(dropout_backward(x, cache), x)
    assert cache[1] is None


def test_a_seed_repeats_the_mask_and_a_generator_does_not():
    x = np.ones((20, 30))
    seeded = {"mode": "train", "p": 0.5, "seed": 7}
    np.testing.assert_array_equal(dropout_forward(x, seeded)[0], dropout_forward(x, seeded)[0])
    generator = {"mode": "train", "p": 0.5, "rng": np.random.default_rng(7)}
    first, second = dropout_forward(x, generator)[0], dropout_forward(x, generator)[0]
    assert (first != second).any()
    np.testing.assert_array_equal(first, dropout_forward(x, seeded)[0])


def test_without_either_the_global_seed_decides():
    x, masks = np.ones((20, 30)), []
    for seed in (3, 3, 4):
        np.random.seed(seed)  # noqa: NPY002 - this is what the course does
        masks.append(dropout_forward(x, {"mode": "train", "p": 0.5})[0])
    np.testing.assert_array_equal(masks[0], masks[1])
    assert (masks[0] != masks[2]).any()


@pytest.mark.parametrize("options, error, words", [
    ({"mode": "train", "p": 1.0}, ValueError, r"\[0, 1\), got 1.0"),
    ({"mode": "train", "p": -0.1}, ValueError, "p"),
    ({"mode": "train"}, TypeError, "p"),
    ({"p": 0.5}, ValueError, "mode"),
    ({"mode": "train", "p": 0.5, "rate": 0.5}, ValueError, "unknown option 'rate'"),
])
def test_bad_options_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        dropout_forward(np.ones((2, 3)), options)
