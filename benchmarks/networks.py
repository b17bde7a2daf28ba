"""Pairs of training steps: loss, gradients and update, ours and eager PyTorch's, of the same network."""

import numpy as np
import torch
from torch import nn

from cs182lib.models import FullyConnectedNet, ThreeLayerConvNet
from cs182lib.training import adam, sgd_momentum

RULES = {"sgd_momentum": (sgd_momentum, lambda p: torch.optim.SGD(p, 1e-4, momentum=0.9)),
         "adam": (adam, lambda p: torch.optim.Adam(p, 1e-4))}


def convnet():
    return nn.Sequential(nn.Conv2d(3, 32, 7, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(32 * 16 * 16, 100), nn.ReLU(), nn.Linear(100, 10))


def fully_connected():
    sizes = [3072] + [100] * 5
    blocks = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *blocks, nn.Linear(100, 10))


NETWORKS = {
    "ThreeLayerConvNet, batch 50": (lambda: ThreeLayerConvNet(rng=0), convnet, 50, 1.5),
    "FullyConnectedNet([100]*5), batch 100": (lambda: FullyConnectedNet([100] * 5, rng=0), fully_connected, 100, 1.0),
}


def step_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    for name, (make, make_torch, batch, bound) in NETWORKS.items():
        X = np.random.default_rng(0).standard_normal((batch, 3, 32, 32)).astype(np.float32)
        y = np.arange(batch) % 10
        for rule, (update, make_optimizer) in RULES.items():
            yield (f"step of {name}, {rule}", our_step(make(), update, X, y),
                   torch_step(make_torch(), make_optimizer, X, y), bound)


def our_step(model, update, X, y):
    configs = {key: {"learning_rate": 1e-4} for key in model.params}

    def step():
        _, grads = model.loss(X, y)
        for key, w in model.params.items():
            model.params[key], _ = update(w, grads[key], configs[key])

    return step


def torch_step(model, make_optimizer, X, y):
    X, y = torch.tensor(X), torch.tensor(y)
    optimizer = make_optimizer(model.parameters())

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X), y).backward()
        optimizer.step()

    return step
