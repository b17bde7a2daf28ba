"""Pairs of functions for recurrent layers: ours and PyTorch's; and one long pass beside as many steps in short ones."""

import numpy as np
import torch
from torch import nn

from benchmarks.layers import draw
from cs182lib import layers as L

GATES = {"rnn": (1, nn.RNN, 1.3), "lstm": (4, nn.LSTM, 1.3), "gru": (3, nn.GRU, 1.3)}  # gates, module, bound
SIZE = 100, 20, 256, 512  # N, T, D, H


def recurrent_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    for cell, (gates, module, bound) in GATES.items():
        yield f"{cell} {SIZE}", our_pass(cell, gates, *SIZE), torch_pass(module, *SIZE), bound
    for cell, (gates, _, _) in GATES.items():
        yield (f"{cell} with T = 200, beside ten passes with T = 20", our_pass(cell, gates, 20, 200, 256, 512),
               ten_times(our_pass(cell, gates, 20, 20, 256, 512)), 1.2)


def our_pass(cell, gates, N, T, D, H):
    """Return a function that runs the NumPy layer forward and backward once."""
    forward, backward = getattr(L, f"{cell}_forward"), getattr(L, f"{cell}_backward")
    shapes = (N, T, D), (N, H), (D, gates * H), (H, gates * H), (gates * H,)
    arguments = [draw(*shape, dtype=np.float32) * np.float32(0.1) for shape in shapes]
    dh = draw(N, T, H, dtype=np.float32)
    return lambda: backward(dh, forward(*arguments)[1])


def torch_pass(module, N, T, D, H):
    """Return a function that runs PyTorch's module and its autograd, also for x and h0, once."""
    net = module(D, H, batch_first=True)
    x, h0 = torch.randn(N, T, D, requires_grad=True), torch.zeros(1, N, H, requires_grad=True)
    state = (h0, torch.zeros(1, N, H)) if module is nn.LSTM else h0
    dh = torch.randn(N, T, H)

    def run():
        net.zero_grad()
        x.grad = h0.grad = None
        net(x, state)[0].backward(dh)

    return run


def ten_times(function):
    def run():
        for _ in range(10):
            function()

    return run
