"""A training step of the captioner beside the same network in eager PyTorch."""

import numpy as np
import torch
from torch import nn

from benchmarks.networks import our_step
from cs182lib.models import CaptioningRNN
from cs182lib.training import adam

N, T, V, D, W, H = 100, 16, 1004, 512, 256, 512  # captions, steps, words, features, word vector, state


class TorchCaptioner(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.project = nn.Embedding(V, W), nn.Linear(D, H)
        self.lstm, self.score = nn.LSTM(W, H, batch_first=True), nn.Linear(H, V)

    def forward(self, features, words):
        h0 = self.project(features)[None]  # (N, H) -> (1, N, H)
        h, _ = self.lstm(self.embed(words), (h0, torch.zeros_like(h0)))
        return self.score(h)


def captioning_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    rng = np.random.default_rng(0)
    features, captions = rng.standard_normal((N, D)).astype(np.float32), rng.integers(1, V, (N, T + 1))
    words = {"<NULL>": 0, **{f"word {i}": i for i in range(1, V)}}
    model = CaptioningRNN(words, D, W, H, "lstm", rng=0)
    yield (f"step of CaptioningRNN, LSTM, batch {N}, T = {T}, adam", our_step(model, adam, features, captions),
           torch_step(TorchCaptioner(), features, captions), 1.5)


def torch_step(model, features, captions):
    features, captions = torch.tensor(features), torch.tensor(captions)
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)

    def step():
        optimizer.zero_grad()
        scores = model(features, captions[:, :-1]).flatten(0, 1)  # (N, T, V) -> (N·T, V)
        loss = nn.functional.cross_entropy(scores, captions[:, 1:].flatten(), ignore_index=0, reduction="sum") / N
        loss.backward()
        optimizer.step()

    return step
