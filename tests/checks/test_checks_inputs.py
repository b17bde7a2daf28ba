"""The fixed inputs of the checks: apart from each other, and away from every kink of a numeric gradient."""

import numpy as np
import pytest

from cs182lib.checks import definitions as de
from cs182lib.checks.compare import Checker
from cs182lib.checks.hw1_network_dropout import keep_from_kinks
from cs182lib.checks.inputs import away_from_zero, scattered
from cs182lib.checks.network_parts import fill, fully_connected_shapes
from cs182lib.models import FullyConnectedNet

GAP = 2e-4  # a step of 1e-5 moves an activation by less


def test_scattered_numbers_differ_and_stay_in_range():
    x = np.sort(scattered((400,), -2, 3))
    assert x.min() >= -2 and x.max() < 3 and np.diff(x).min() > 1e-3
    assert np.abs(away_from_zero(x)).min() >= 0.05
    np.testing.assert_array_equal(scattered((2, 3)), scattered((6,)).reshape(2, 3))


def hidden_activations(X, params, norm=lambda a, i: a):
    """Return what enters every ReLU of a fully connected net."""
    found = []
    for i in range(1, 1 + len([key for key in params if key.startswith("W")]) - 1):
        found.append(norm(de.affine(X, params[f"W{i}"], params[f"b{i}"]), i))
        X = de.relu(found[-1])
    return found


@pytest.mark.parametrize("norm", [None, "batch", "layer"])
@pytest.mark.parametrize("hidden", [[7], [8, 6], [7, 8, 6], [8, 7]])
def test_networks_stay_away_from_kinks(hidden, norm):
    model = FullyConnectedNet(hidden, input_dim=6, num_classes=4, normalization=norm, dtype=np.float64)
    fill(Checker("inputs"), model, fully_connected_shapes(6, hidden, 4, norm=norm is not None))

    def normalize(a, i):
        if norm is None:
            return a
        return model.params[f"gamma{i}"] * de.normalize(a, 0 if norm == "batch" else 1) + model.params[f"beta{i}"]

    for a in hidden_activations(scattered((5, 6), -1.5, 1.5), model.params, normalize):
        assert np.abs(a).min() > GAP
        assert 0.1 < (a > 0).mean() < 0.9


def test_no_dropout_mask_reaches_a_kink():
    model = FullyConnectedNet([8, 7], input_dim=6, num_classes=4, dtype=np.float64)
    fill(Checker("inputs"), model, fully_connected_shapes(6, [8, 7], 4))
    keep_from_kinks(model.params)
    first, _ = hidden_activations(scattered((5, 6), -1.5, 1.5), model.params)
    furthest = de.relu(first) / 0.7 @ np.abs(model.params["W2"])
    assert furthest.max() < 1.5 - GAP


def test_convnet_stays_away_from_kinks_and_ties():
    shapes = {"W1": (3, 2, 3, 3), "b1": (3,), "W2": (18, 5), "b2": (5,), "W3": (5, 4), "b3": (4,)}
    p = {key: scattered(shape, -0.8, 0.9, start=1 + 17 * start) for start, (key, shape) in enumerate(shapes.items())}
    a1 = de.conv(scattered((2, 2, 4, 6), -1.5, 1.5), p["W1"], p["b1"] - 2.0, {"stride": 1, "pad": 1})
    pooled = de.max_pool(a1, {"pool_height": 2, "pool_width": 2, "stride": 2})
    a2 = de.affine(de.relu(pooled), p["W2"], p["b2"])
    for a in (a1, pooled, a2):
        assert np.abs(a).min() > GAP and 0.1 < (a > 0).mean() < 0.9
    windows = a1.reshape(2, 3, 2, 2, 3, 2).transpose(0, 1, 2, 4, 3, 5).reshape(-1, 4)  # (N·C·H'·W', 4)
    best = np.sort(windows, axis=1)
    assert (best[:, 3] - best[:, 2]).min() > GAP
