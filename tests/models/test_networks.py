"""The NumPy networks: gradients against numeric ones and PyTorch, parameters, options, bad input."""

import numpy as np
import pytest
import torch

from cs182lib.models import FullyConnectedNet, ThreeLayerConvNet, TwoLayerNet
from cs182lib.training import eval_numerical_gradient
from tests.parity import ramp

F = torch.nn.functional


def assert_gradients(model, X, y, atol=1e-7, h=1e-5):
    loss, grads = model.loss(X, y)
    assert np.isfinite(loss) and set(grads) == set(model.params)
    for key, w in model.params.items():
        numeric = eval_numerical_gradient(lambda _: model.loss(X, y)[0], w, h=h)
        np.testing.assert_allclose(grads[key], numeric, rtol=1e-5, atol=atol, err_msg=key)


def test_two_layer_net_has_the_course_parameters_and_initial_spread():
    model = TwoLayerNet(30, 50, 7, weight_scale=1e-2, rng=0)
    assert {key: w.shape for key, w in model.params.items()} == {"W1": (30, 50), "b1": (50,), "W2": (50, 7), "b2": (7,)}
    for key, n in (("W1", 1500), ("W2", 350)):
        assert abs(model.params[key].std() / 1e-2 - 1) < 5 / np.sqrt(2 * n)
    assert not model.params["b1"].any() and not model.params["b2"].any()


@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_two_layer_net_gradients(reg):
    model = TwoLayerNet(12, 5, 4, weight_scale=0.3, reg=reg, rng=1)
    assert_gradients(model, ramp(3, 3, 4), np.array([0, 3, 1]))


@pytest.mark.parametrize("reg", [0.0, 3.14])
@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
@pytest.mark.parametrize("dropout", [0, 0.4])
def test_fully_connected_gradients(reg, normalization, dropout):
    model = FullyConnectedNet([6, 5], input_dim=12, num_classes=4, reg=reg, normalization=normalization,
                              dropout=dropout, weight_scale=0.4, dtype=np.float64, seed=3, rng=2)
    for i in (1, 2):
        model.params[f"b{i}"] += ramp(len(model.params[f"b{i}"]), low=0.1, high=0.5)  # away from ReLU's corner
    assert_gradients(model, ramp(5, 12), np.array([0, 1, 2, 3, 1]))


@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
def test_fully_connected_equals_torch(normalization):
    model = FullyConnectedNet([6, 5], input_dim=12, num_classes=4, normalization=normalization, weight_scale=0.5,
                              dtype=np.float64, rng=4)
    X, y = ramp(7, 12), np.arange(7) % 4
    p = {key: torch.tensor(w, requires_grad=True) for key, w in model.params.items()}
    x = torch.tensor(X)
    for i in (1, 2):
        x = x @ p[f"W{i}"] + p[f"b{i}"]
        if normalization == "batch":
            x = F.batch_norm(x, None, None, p[f"gamma{i}"], p[f"beta{i}"], training=True)
        elif normalization == "layer":
            x = F.layer_norm(x, x.shape[1:], p[f"gamma{i}"], p[f"beta{i}"])
        x = x.relu()
    expected = F.cross_entropy(x @ p["W3"] + p["b3"], torch.tensor(y))
    expected.backward()
    loss, grads = model.loss(X, y)
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-10)
    for key in p:
        np.testing.assert_allclose(grads[key], p[key].grad.numpy(), rtol=1e-7, atol=1e-10, err_msg=key)


def test_the_penalty_is_half_reg_times_the_squared_weights_only():
    free, bound = (FullyConnectedNet([6], input_dim=5, num_classes=3, use_batchnorm=True, reg=reg, dtype=np.float64,
                                     weight_scale=0.5, rng=5) for reg in (0.0, 2.0))
    X, y = ramp(4, 5), np.array([0, 1, 2, 0])
    (plain, grads), (penalized, more) = free.loss(X, y), bound.loss(X, y)
    squares = sum(np.sum(bound.params[key] ** 2) for key in ("W1", "W2"))
    assert penalized - plain == pytest.approx(squares)
    for key, w in bound.params.items():
        np.testing.assert_allclose(more[key] - grads[key], 2.0 * w if key[0] == "W" else 0, atol=1e-12, err_msg=key)


def test_scores_come_from_test_mode():
    model = FullyConnectedNet([6, 5], input_dim=12, num_classes=4, use_batchnorm=True, dropout=0.5, rng=6)
    X = ramp(7, 12, dtype=np.float32)
    model.loss(X, np.arange(7) % 4)
    np.testing.assert_array_equal(model.loss(X), model.loss(X))  # no mask is drawn
    np.testing.assert_allclose(model.loss(X)[:1], model.loss(X[:1]), rtol=1e-5, atol=1e-6)  # no batch statistics
    assert [bn["mode"] for bn in model.bn_params] == ["test", "test"]


def test_attributes_are_the_courses():
    model = FullyConnectedNet([6, 5], input_dim=12, num_classes=4, dropout=0.25, use_batchnorm=True, seed=3)
    assert model.num_layers == 3 and model.use_dropout and model.use_batchnorm and model.normalization == "batch"
    assert model.dropout_param == {"mode": "train", "p": 0.25, "seed": 3}
    assert model.bn_params == [{"mode": "train"}, {"mode": "train"}]
    assert FullyConnectedNet([6], input_dim=12).dropout_param == {}
    assert set(model.params) == {"W1", "b1", "gamma1", "beta1", "W2", "b2", "gamma2", "beta2", "W3", "b3"}


def test_convnet_gradients_and_shapes():
    model = ThreeLayerConvNet((3, 6, 8), num_filters=4, filter_size=3, hidden_dim=5, num_classes=4, weight_scale=0.2,
                              reg=0.5, dtype=np.float64, rng=7)
    assert model.params["W1"].shape == (4, 3, 3, 3) and model.params["W2"].shape == (4 * 3 * 4, 5)
    assert_gradients(model, ramp(2, 3, 6, 8), np.array([3, 1]), h=1e-6, atol=1e-6)
    assert model.loss(ramp(2, 3, 6, 8)).shape == (2, 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("model", [lambda dtype: TwoLayerNet(12, 5, 4, dtype=dtype, reg=0.1),
                                   lambda dtype: FullyConnectedNet([6, 5], 12, 4, 0.3, True, 0.1, dtype=dtype),
                                   lambda dtype: ThreeLayerConvNet((3, 2, 2), 4, 3, 5, 4, dtype=dtype, reg=0.1)])
def test_the_type_stays(model, dtype):
    model = model(dtype)
    _, grads = model.loss(ramp(3, 3, 2, 2), np.array([0, 3, 1]))  # X is cast to the model's type
    assert {array.dtype for array in (*model.params.values(), *grads.values())} == {np.dtype(dtype)}
    assert model.loss(np.ones((3, 3, 2, 2), np.uint8)).dtype == dtype


def test_a_seed_fixes_the_weights_and_so_does_numpys_global_seed():
    for make in (TwoLayerNet, lambda **kw: FullyConnectedNet([5], **kw), ThreeLayerConvNet):
        np.testing.assert_array_equal(make(rng=3).params["W1"], make(rng=3).params["W1"])
        drawn = []
        for _ in range(2):
            np.random.seed(8)  # noqa: NPY002 - this is what the course does
            drawn.append(make().params["W1"])
        np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize("make, error, words", [
    (lambda: TwoLayerNet(hidden_dim=0), ValueError, "hidden_dim must be at least 1, got 0"),
    (lambda: TwoLayerNet(reg=-1), ValueError, "reg"),
    (lambda: FullyConnectedNet([5], dropout=1), ValueError, "dropout must lie in"),
    (lambda: FullyConnectedNet([5], normalization="instance"), ValueError, "None, 'batch', 'layer'"),
    (lambda: FullyConnectedNet([5.5]), TypeError, "whole number"),
    (lambda: ThreeLayerConvNet(filter_size=4), ValueError, "filter_size must be odd"),
    (lambda: ThreeLayerConvNet((3, 31, 32)), ValueError, "even height"),
    (lambda: TwoLayerNet().loss(np.ones((2, 5))), ValueError, "X must hold 3072 numbers per example"),
    (lambda: TwoLayerNet().loss([[1.0]]), TypeError, "X must be a NumPy array"),
    (lambda: TwoLayerNet(5).loss(np.full((2, 5), np.nan)), ValueError, "NaN"),
    (lambda: TwoLayerNet(5).loss(np.ones((2, 5)), np.array([0, 10])), ValueError, "labels from 0 to 9"),
])
def test_bad_input_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
