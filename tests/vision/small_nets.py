"""Networks so small that their gradients can be written down."""

import torch
from torch import nn

from cs182lib.checks.inputs import scattered


def tensor(shape, low=-1.0, high=1.0, start=1, dtype=torch.float64):
    """Return a fixed tensor of numbers without pattern."""
    return torch.from_numpy(scattered(shape, low, high, start)).to(dtype)


class Linear(nn.Module):
    """scores = W x + b: the gradient of score k is W[k], whatever the picture."""

    mean, std, input_size = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 8

    def __init__(self, classes, *shape, start=1):
        super().__init__()
        self.W = nn.Parameter(tensor((classes, *shape), start=start))
        self.b = nn.Parameter(tensor((classes,), start=90 + start))

    def forward(self, x):
        return x.flatten(1) @ self.W.flatten(1).T + self.b  # (N, C, H, W) @ (C H W, classes) -> (N, classes)


class Quadratic(Linear):
    """scores = W x^2 + b: the gradient of score k is 2 W[k] x, another one for every picture."""

    def forward(self, x):
        return super().forward(x * x)


class ConvNet(nn.Module):
    """conv 3x3 - relu - mean over the positions - affine, with `features` and `classifier` as SqueezeNet has them."""

    mean, std, input_size = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), 8

    def __init__(self, C=3, filters=4, classes=5):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(C, filters, 3, padding=1), nn.ReLU())
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                        nn.Linear(filters, classes))
        with torch.no_grad():
            for i, p in enumerate(self.parameters()):
                p.copy_(tensor(p.shape, start=7 * i + 1))
        self.double()

    def forward(self, x):
        return self.classifier(self.features(x))
