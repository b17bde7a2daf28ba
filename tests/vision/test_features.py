import numpy as np
import pytest
import torch

from cs182lib.vision.features import PCA, caption_features, cell_activations, fit_pca, to_input, two_layers
from cs182lib.vision.squeezenet import SqueezeNet


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(5)
    net = SqueezeNet("1_1", num_classes=10, stride=1).eval().requires_grad_(False)
    net.mean, net.std, net.input_size = (0.5, 0.4, 0.3), (0.25, 0.2, 0.1), 32
    return net


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (7, 40, 48, 3), dtype=np.uint8)


def test_input_is_normalized_per_channel(net, pictures):
    X = to_input(pictures, net)
    assert X.shape == (7, 3, 40, 48) and X.dtype == torch.float32
    expected = (pictures[2, 5, 9, 1] / 255 - 0.4) / 0.2
    assert abs(X[2, 1, 5, 9].item() - expected) < 1e-5


def test_two_layers_are_the_first_two_blocks_and_the_last(net, pictures):
    X = to_input(pictures, net)
    early, late = two_layers(net, X)
    torch.testing.assert_close(early, net.features[:5](X))
    torch.testing.assert_close(late, net.features(X))


def test_cells_are_means_over_the_grid_of_a_normalized_layer(net, pictures):
    cells = cell_activations(pictures, net, grid=2, batch_size=3)
    assert cells.shape == (7, 4, 128 + 512) and cells.dtype == np.float32
    early = net.features[:5](to_input(pictures, net)).numpy()
    h, w = early.shape[2] // 2, early.shape[3] // 2
    assert early.shape[2] % 2 == early.shape[3] % 2 == 0
    means = np.stack([early[:, :, i:i + h, j:j + w].mean(axis=(2, 3)) for i in (0, h) for j in (0, w)], axis=1)
    means /= np.sqrt(np.mean(means**2, axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(cells[:, :, :128], means, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.mean(cells[:, :, 128:] ** 2, axis=(1, 2)), 1, rtol=1e-4)


def test_batches_make_no_difference(net, pictures):
    together, in_twos = cell_activations(pictures, net), cell_activations(pictures, net, batch_size=2)
    np.testing.assert_allclose(in_twos, together, atol=1e-4)


def test_pca_is_the_singular_value_decomposition():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((60, 9)) @ np.diag([9, 7, 5, 3, 2, 1, 0.5, 0.2, 0.1]) + 3
    pca = fit_pca(X, 4)
    _, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(abs(pca.components.T @ Vt[:4].T), np.eye(4), atol=1e-10)
    Z = pca(X)
    assert Z.dtype == np.float32
    deviations = s[:4] / np.sqrt(60)
    np.testing.assert_allclose(Z.std(axis=0), np.sqrt(deviations / deviations.mean()), rtol=1e-5)
    np.testing.assert_allclose(np.mean(Z.astype(float) ** 2), 1, rtol=1e-5)
    assert np.all(pca.components[abs(pca.components).argmax(axis=0), np.arange(4)] > 0)


def test_pca_takes_what_there_is():
    assert fit_pca(np.random.default_rng(2).standard_normal((5, 30)), 512).components.shape == (30, 5)
    constant = fit_pca(np.ones((4, 3)), 2)
    assert np.all(np.isfinite(constant(np.ones((2, 3)))))
    assert isinstance(constant, PCA)
    with pytest.raises(TypeError, match="X must be a NumPy array"):
        fit_pca([[1.0]], 1)


def test_features_are_fitted_to_the_training_pictures_alone():
    rng = np.random.default_rng(3)
    train, val = (rng.standard_normal((n, 9, 20)).astype(np.float32) for n in (30, 8))
    maps, features = caption_features(train, val, map_dim=6, dim=10)
    assert [x.shape for x in maps] == [(30, 9, 6 + 6), (8, 9, 12)]
    assert [x.shape for x in features] == [(30, 10), (8, 10)] and features[0].dtype == np.float32
    other, _ = caption_features(train, 2 * val + 1, map_dim=6, dim=10)
    np.testing.assert_array_equal(other[0], maps[0])
    with pytest.raises(ValueError, match="val must have the shape"):
        caption_features(train, val[:, :4])


@pytest.mark.parametrize("bad", [np.zeros((2, 3, 64, 64), np.uint8), np.zeros((2, 64, 64, 3)),
                                 np.zeros((0, 64, 64, 3), np.uint8), np.zeros((2, 20, 64, 3), np.uint8)])
def test_other_pictures_are_refused(net, bad):
    with pytest.raises(ValueError, match="pictures must be"):
        cell_activations(bad, net)
