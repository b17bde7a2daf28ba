"""Right but unusual convnets of PyTorch: columns, padding by hand, parameters under other names."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def raw_by_columns(x, params):
    w1, b1, w2, b2, fc_w, fc_b = params
    for w, b in ((w1, b1), (w2, b2)):
        columns = F.unfold(x, w.shape[2:], padding=w.shape[2] // 2)  # (N, C·k·k, H·W)
        x = (w.flatten(1) @ columns + b[:, None]).clamp(min=0).reshape(len(x), len(w), *x.shape[2:])
    return F.linear(x.flatten(1), fc_w.T, fc_b)


def raw_padded_first(x, params):
    for w, b in zip(params[:4:2], params[1:4:2]):
        k = w.shape[-1] // 2
        x = torch.maximum(F.conv2d(F.pad(x, (k, k, k, k)), w, padding=0) + b.view(1, -1, 1, 1), torch.zeros(()))
    return torch.einsum("nd,dc->nc", x.reshape(x.shape[0], -1), params[4]) + params[5]


class ModuleOfParameters(nn.Module):
    """Bare parameters instead of layers."""

    def __init__(self, in_channel, channel_1, channel_2, num_classes):
        super().__init__()
        shapes = (channel_1, in_channel, 5, 5), (channel_2, channel_1, 3, 3), (num_classes, channel_2 * 32 * 32)
        self.weights = nn.ParameterList([torch.randn(shape) * (2 / math.prod(shape[1:]))**0.5 for shape in shapes])
        self.biases = nn.ParameterList([torch.zeros(shape[0]) for shape in shapes])

    def forward(self, x):
        for i in (0, 1):
            x = F.conv2d(x, self.weights[i], self.biases[i], padding=2 - i).relu()
        return x.flatten(1) @ self.weights[2].T + self.biases[2]


class ModuleInAList(nn.Module):
    """One ModuleList, weights drawn uniformly with the variance of Kaiming's rule."""

    def __init__(self, in_channel, channel_1, channel_2, num_classes):
        super().__init__()
        self.steps = nn.ModuleList([
            nn.Conv2d(in_channel, channel_1, 5, padding="same"), nn.ReLU(),
            nn.Conv2d(channel_1, channel_2, 3, padding=1), nn.ReLU(), nn.Flatten(),
            nn.Linear(32 * channel_2 * 32, num_classes)])
        for step in self.steps:
            if hasattr(step, "weight"):
                nn.init.kaiming_uniform_(step.weight, nonlinearity="relu")

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x
