"""Whitening against its definition: unit covariance; the wrapped network behaves as itself."""

import numpy as np
import pytest

from cs182lib.models import FullyConnectedNet, Whitened, pca_whitening
from tests.parity import ramp


def correlated(n=500):
    X = np.random.default_rng(0).standard_normal((n, 6)) @ (np.eye(6) + ramp(6, 6))
    return (X - X.mean(axis=0)).reshape(n, 2, 3)


@pytest.mark.parametrize("k", [1, 4, 6])
def test_the_projected_covariance_is_the_identity(k):
    X = correlated()
    Z = X.reshape(len(X), -1) @ pca_whitening(X, k, eps=0)
    np.testing.assert_allclose(Z.T @ Z / len(Z), np.eye(k), atol=1e-8)


def test_the_leading_components_are_kept_and_eps_shrinks_the_faint_ones():
    X = correlated()
    rows = X.reshape(len(X), -1)
    largest = np.linalg.svd(rows, compute_uv=False)[0]
    direction = pca_whitening(X, 1, eps=0)[:, 0]
    assert np.linalg.norm(rows @ direction) / np.linalg.norm(direction) == pytest.approx(largest)
    spread = (rows @ pca_whitening(X, 6, eps=0.1)).var(axis=0)
    assert (np.diff(spread) < 0).all() and spread[0] < 1


def test_the_wrapped_network_sees_the_projection_and_shares_its_parameters():
    X, y = correlated(8).astype(np.float32), np.arange(8) % 3
    net = FullyConnectedNet([5], input_dim=4, num_classes=3, normalization="batch", rng=1)
    P = pca_whitening(X, 4)
    model = Whitened(net, P)
    assert P.dtype == np.float32 and model.rng is net.rng and model.bn_params is net.bn_params
    loss, grads = model.loss(X, y)
    assert np.isfinite(loss) and set(grads) == set(net.params)
    model.params = {key: 2 * w for key, w in net.params.items()}
    assert net.params is model.params
    np.testing.assert_array_equal(model.loss(X), net.loss(X.reshape(8, -1) @ P))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="num_components must be at most 6.*got 7"):
        pca_whitening(correlated(), 7)
    with pytest.raises(ValueError, match="X must hold 6 numbers per example"):
        Whitened(FullyConnectedNet([5], input_dim=4), ramp(6, 4)).loss(ramp(3, 5))
