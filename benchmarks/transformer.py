"""Training steps of the Transformer and the language model beside the same models of PyTorch's modules alone."""

import warnings
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.language_model import LanguageModel, loss_fn
from cs182lib.language.transformer import Transformer

V, LAYERS, HEADS, D, FILTER = 4000, 3, 4, 256, 1024
B, S, T = 32, 120, 24  # articles, their words, words of a headline


class TorchTransformer(nn.Module):
    """nn.Transformer between one embedding and its transpose, with learned positions; every part at its fastest."""

    def __init__(self):
        super().__init__()
        self.embedding, self.position = nn.Embedding(V, D), nn.Embedding(512, D)
        warnings.filterwarnings("ignore", message="enable_nested_tensor")  # for inference alone
        self.transformer = nn.Transformer(D, HEADS, LAYERS, LAYERS, FILTER, dropout=0.0, batch_first=True,
                                          norm_first=True)

    def forward(self, source, target, source_mask):
        x, y = (self.embedding(tokens) + self.position.weight[:tokens.shape[1]] for tokens in (source, target))
        future = nn.Transformer.generate_square_subsequent_mask(T)
        states = self.transformer(x, y, tgt_mask=future, tgt_is_causal=True, src_key_padding_mask=~source_mask,
                                  memory_key_padding_mask=~source_mask)
        return F.linear(states, self.embedding.weight)


class TorchLanguageModel(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.embedding, self.output = nn.Embedding(V, size), nn.Linear(size, V)
        self.lstm = nn.LSTM(size, size, batch_first=True)

    def forward(self, x):
        return self.output(self.lstm(self.embedding(x))[0])


def transformer_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    torch.manual_seed(0)
    source, target = torch.randint(3, V, (B, S)), torch.randint(3, V, (B, T))
    mask = torch.arange(S) < torch.randint(S // 2, S + 1, (B, 1))  # articles of half to the whole length
    shifted = torch.cat((torch.zeros_like(target[:, :1]), target[:, :-1]), dim=1)
    for precision in ("float32", "bfloat16"):
        ours = Transformer(V, LAYERS, HEADS, D, FILTER, embedding_initializer=partial(nn.init.normal_, std=D**-0.5),
                           detach_output=False, attention="fast")
        peer = TorchTransformer()
        yield (f"step of Transformer, {LAYERS} + {LAYERS} layers of {D}, {precision}",
               step_of(ours, partial(F.cross_entropy, label_smoothing=0.1), (source, target, mask, None), target,
                       precision),
               step_of(peer, partial(F.cross_entropy, label_smoothing=0.1), (source, shifted, mask), target, precision),
               1.0)
    words, real = torch.randint(3, V, (128, 21)), torch.ones(128, 20)
    yield ("step of LanguageModel, 128 headlines, LSTM of 256",
           step_of(LanguageModel(V, 256), None, (words[:, :-1],), words[:, 1:], mask=real),
           step_of(TorchLanguageModel(256), F.cross_entropy, (words[:, :-1],), words[:, 1:]), 1.05)


def step_of(model, loss, inputs, target, precision="float32", mask=None):
    """Return a function that takes one step of Adam; loss is that of a whole batch, (B, T, V) and (B, T)."""
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = model(*inputs)
            value = loss_fn(logits, target, mask) if loss is None else loss(logits.flatten(0, 1), target.flatten())
        value.backward()
        optimizer.step()

    return step
