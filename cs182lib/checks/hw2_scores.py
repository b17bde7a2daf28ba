"""Networks for the checks of network visualization: scores whose gradient can be written down.

s_k = W_k x + Q_k x² / 2 + b_k with the gradient W_k + Q_k x, so that every mistake has numbers of its own. torch is
imported only when one is made.
"""

import numpy as np

from cs182lib.checks.inputs import scattered

CLASSES, SHAPE = 7, (3, 5, 6)


class Scores:
    """The scores in NumPy and in torch, and their gradient by hand.

    Parameters
    ----------
    slope : number that W is multiplied by, 1 by default
    b : CLASSES numbers, or None for fixed ones
    """

    def __init__(self, slope=1.0, b=None):
        self.W = slope * scattered((CLASSES, *SHAPE), -0.6, 0.4, start=11)
        self.Q = 0.1 * scattered((CLASSES, *SHAPE), -1, 1.4, start=700)
        self.b = scattered((CLASSES,), start=5) if b is None else np.asarray(b)

    def __call__(self, x):
        """Return the scores (classes,) of one picture (C, H, W)."""
        return (self.W * x + self.Q * x * x / 2).sum(axis=(1, 2, 3)) + self.b

    def gradient(self, x, k):
        """Return the gradient (C, H, W) of score k by the picture x (C, H, W); for a slice k, one for each class."""
        return self.W[k] + self.Q[k] * x

    def of_probability(self, x, k, log=False):
        """Return the gradient of the softmax probability of class k, or where log is True of its logarithm.

        It is taken by the picture x, and has its shape (C, H, W).
        """
        p = np.exp(self(x) - self(x).max())
        p /= p.sum()
        mean = np.tensordot(p, self.W + self.Q * x, 1)
        return (1 if log else p[k]) * (self.gradient(x, k) - mean)

    def network(self, dtype=np.float64):
        """Return the same scores as an nn.Module in eval mode; in training mode dropout would spoil them.

        dtype is that of its weights, in NumPy's terms: np.float64 or np.float32.
        """
        import torch

        arrays = (a.astype(dtype) for a in (self.W, self.Q, self.b))

        class Network(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.weights = torch.nn.ParameterList(torch.from_numpy(a) for a in arrays)

            def forward(self, X):
                """Return the scores (N, classes) of pictures (N, C, H, W)."""
                W, Q, b = (w.flatten(min(1, w.ndim - 1)) for w in self.weights)  # (classes, C H W) twice, (classes,)
                x = torch.nn.functional.dropout(X.flatten(1), 0.5, self.training)  # (N, C, H, W) -> (N, C H W)
                return x @ W.T + (x * x) @ Q.T / 2 + b

        return Network().eval().requires_grad_(False)


class Rectified(Scores):
    """The same scores behind a ReLU: one that is not above zero has no slope."""

    def __call__(self, x):
        return np.maximum(super().__call__(x), 0)

    def gradient(self, x, k):
        """Return the gradient (C, H, W) of score k, of one class, by the picture x; it is zero where the score is."""
        return (self(x)[k] > 0) * super().gradient(x, k)

    def network(self, dtype=np.float64):
        """Return them as an nn.Module; dtype is as for `Scores.network`."""
        import torch

        return torch.nn.Sequential(super().network(dtype), torch.nn.ReLU())
