"""Gradient checkers, schedules, augmentation."""

import numpy as np
import pytest

from cs182lib.training import (
    constant,
    cosine,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    eval_numerical_gradient_blobs,
    flip_and_shift,
    grad_check_sparse,
    linear,
    one_cycle,
    random_flip,
    random_shift,
    rel_error,
    step_decay,
)
from tests.parity import ramp


def test_numeric_gradients_of_functions_with_known_ones():
    x, df = ramp(3, 4), ramp(3, 4, low=-2)
    np.testing.assert_allclose(eval_numerical_gradient(lambda x: np.sum(x**3), x), 3 * x**2, atol=1e-8)
    np.testing.assert_allclose(eval_numerical_gradient_array(np.exp, x, df), np.exp(x) * df, atol=1e-8)
    a, b = ramp(3, 4), ramp(4, 2)
    dout = ramp(3, 2)
    da, db = eval_numerical_gradient_blobs(lambda a, b: a @ b, (a, b), dout)
    np.testing.assert_allclose(da, dout @ b.T, atol=1e-9)
    np.testing.assert_allclose(db, a.T @ dout, atol=1e-9)


def test_the_input_is_restored_even_after_an_error():
    x = ramp(3, 4)
    before = x.copy()
    eval_numerical_gradient(np.sum, x)
    np.testing.assert_array_equal(x, before)
    with pytest.raises(ZeroDivisionError):
        eval_numerical_gradient(lambda x: 1 / 0, x)
    np.testing.assert_array_equal(x, before)


def test_the_sparse_check_tells_right_from_wrong():
    x = ramp(3, 4, low=1, high=2)
    assert grad_check_sparse(lambda x: np.sum(x**2), x, 2 * x, rng=0) < 1e-8
    assert grad_check_sparse(lambda x: np.sum(x**2), x, 3 * x, rng=0) > 0.1


def test_rel_error():
    assert rel_error(np.array([1.0, 2.0]), np.array([1.0, 3.0])) == pytest.approx(0.2)
    assert rel_error(np.zeros(2), np.zeros(2)) == 0 and rel_error(1.0, -1.0) == 1
    with pytest.raises(ValueError, match="one shape"):
        rel_error(np.ones((2, 1)), np.ones(2))


def test_schedules_start_and_end_where_they_should():
    n = 100
    assert {constant(t, n) for t in range(n)} == {1.0}
    for fall in (linear, cosine):
        factors = [fall(t, n) for t in range(n + 1)]
        assert factors[0] == 1 and abs(factors[n]) < 1e-12 and factors[n // 2] == pytest.approx(0.5)
        assert all(b < a for a, b in zip(factors, factors[1:]))
    factors = [one_cycle(0.2)(t, n) for t in range(n + 1)]
    assert np.argmax(factors) == 20 and factors[20] == 1 and 0 < factors[0] < 0.1 and abs(factors[n]) < 1e-12
    assert [step_decay(0.1, 0.5)(t, n) for t in (0, 49, 50, 99)] == pytest.approx([1, 1, 0.1, 0.1])
    with pytest.raises(ValueError, match="warmup"):
        one_cycle(1.0)


def test_flips_mirror_about_half_of_the_images():
    X = ramp(400, 2, 3, 4)
    out = random_flip(X, np.random.default_rng(0))
    flipped = (out == X[:, :, :, ::-1]).all(axis=(1, 2, 3))
    np.testing.assert_array_equal(out, np.where(flipped[:, None, None, None], X[:, :, :, ::-1], X))
    assert abs(flipped.mean() - 0.5) < 5 * 0.5 / np.sqrt(400)


def test_shifts_move_by_every_distance_and_repeat_the_edge():
    X = ramp(300, 2, 6, 7, dtype=np.float32)
    out = random_shift(X, np.random.default_rng(0), pixels=1)
    padded = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    places = [(i, j) for i in range(3) for j in range(3)]
    matches = np.array([(out == padded[:, :, i:i + 6, j:j + 7]).all(axis=(1, 2, 3)) for i, j in places])
    assert (matches.sum(axis=0) == 1).all() and (matches.sum(axis=1) > 0).all()
    assert out.dtype == np.float32 and out.flags.c_contiguous
    assert flip_and_shift(X, np.random.default_rng(0)).shape == X.shape


def test_augmentation_refuses_flat_images():
    with pytest.raises(ValueError, match="X must have 4 axes"):
        random_flip(np.ones((3, 12)), np.random.default_rng(0))
