"""Initial weights: their spread against the formulas."""

import math

import numpy as np
import pytest

from cs182lib.layers import affine_forward, initial_weight, kaiming_normal, relu_forward, xavier_normal, xavier_uniform

SHAPES = {(300, 200): (300, 200), (40, 30, 5, 7): (30 * 35, 40 * 35)}


@pytest.mark.parametrize("shape, fans", SHAPES.items())
def test_standard_deviations(shape, fans):
    rng = np.random.default_rng(0)
    fan_in, fan_out = fans
    for draw, expected in ((kaiming_normal, math.sqrt(2 / fan_in)), (xavier_normal, math.sqrt(2 / (fan_in + fan_out))),
                           (xavier_uniform, math.sqrt(2 / (fan_in + fan_out)))):
        w = draw(shape, rng)
        assert w.shape == shape and w.dtype == np.float32
        assert abs(w.std() / expected - 1) < 5 / math.sqrt(2 * w.size)  # five standard errors of a standard deviation
        assert abs(w.mean()) < 5 * expected / math.sqrt(w.size)
    bound = math.sqrt(6 / (fan_in + fan_out))
    assert np.abs(xavier_uniform(shape, rng)).max() <= bound


def test_kaiming_keeps_the_mean_square_through_many_layers():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 512))
    for _ in range(5):
        x, _ = relu_forward(affine_forward(x, kaiming_normal((512, 512), rng, np.float64), np.zeros(512))[0])
    # ReLU halves the mean square and the weights double it. Its logarithm wanders by about √(5 / width) in each layer,
    # √(5 · 5 / 512) = 0.22 in all; a factor of 2 is three such deviations.
    assert 0.5 < np.mean(x**2) < 2


def test_weight_scale_may_be_a_number_or_a_name():
    for scale, like in (("kaiming", kaiming_normal), ("xavier", xavier_normal)):
        np.testing.assert_array_equal(initial_weight((4, 5), scale, np.random.default_rng(2)),
                                      like((4, 5), np.random.default_rng(2)))
    assert initial_weight((4, 5), 0, np.random.default_rng(2)).any() == False  # noqa: E712
    for bad in ("he", -1, None):
        with pytest.raises((TypeError, ValueError), match="weight_scale"):
            initial_weight((4, 5), bad, np.random.default_rng(2))
