"""Whitened inputs: pixels made uncorrelated and of equal variance before a network sees them."""

import numpy as np

from cs182lib.models.fully_connected import check_images
from cs182lib.validation import check_count, check_floats, check_number, require


def pca_whitening(X, num_components, eps=0.01):
    """Find the projection onto the leading principal components, each scaled to about unit variance.

    With the covariance Xᵀ X / N = V diag(λ) Vᵀ and mean λ̄ of the leading λ:  P = V_k diag(1 / √(λ_k + eps λ̄)).

    Parameters
    ----------
    X : (N, d_1, ..., d_k) floats with mean zero over N, as the loader gives them; D = d_1 ... d_k
    num_components : int from 1 to D
    eps : number >= 0; keeps the faintest components, mostly noise, from being blown up

    Returns
    -------
    P : (D, num_components), the dtype of X

    Raises
    ------
    TypeError, ValueError : X is no float array or holds NaN, or there are more components than numbers per example

    References
    ----------
    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.3.
    """
    check_floats("X", X)
    check_number("eps", eps, 0)
    rows = X.reshape(len(X), -1)  # (N, d_1, ..., d_k) -> (N, D)
    k = check_count("num_components", num_components)
    require(k <= rows.shape[1], f"num_components must be at most {rows.shape[1]}, the numbers per example, got {k}")
    eigenvalues, V = np.linalg.eigh(rows.T @ rows / len(rows))  # in rising order
    eigenvalues, V = eigenvalues[::-1][:k], V[:, ::-1][:, :k]
    return (V / np.sqrt(eigenvalues + eps * eigenvalues.mean())).astype(X.dtype)


class Whitened:
    """A network that sees its inputs through a fixed projection; everything else is the network's own.

    Parameters
    ----------
    model : a network with params and loss, whose input_dim is the projection's number of components
    projection : (D, k) floats, from `pca_whitening`

    Raises
    ------
    TypeError, ValueError : the projection is no float matrix, or holds NaN
    """

    def __init__(self, model, projection):
        check_floats("projection", projection, ndim=2)
        self.model, self.projection = model, projection
        self.rng, self.bn_params = model.rng, getattr(model, "bn_params", [])

    @property
    def params(self):
        """The params dict of the network behind the projection."""
        return self.model.params

    @params.setter
    def params(self, params):
        self.model.params = params

    def loss(self, X, y=None):
        """Return what the network's own `loss` gives for the projection of X, (N, d_1, ..., d_k), and the labels y."""
        X = check_images(X, self.projection.dtype, len(self.projection))
        return self.model.loss(X.reshape(len(X), -1) @ self.projection, y)  # (N, d_1, ..., d_k) -> (N, D) -> (N, k)
