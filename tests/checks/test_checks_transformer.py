"""Every check of the Transformer passes right solutions and fails wrong ones with the likely cause."""

import plain_transformer
import pytest
import torch
import torch.nn.functional as F
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from torch import nn
from wrong_transformer import WRONG

from cs182lib.checks import CheckFailed, hw3, hw3_transformer
from cs182lib.language import attention, transformer, transformer_blocks, transformer_embeddings

MODULES = (attention, transformer_blocks, transformer_embeddings, transformer)
LIBRARY = {name: next(getattr(module, name) for module in MODULES if hasattr(module, name)) for name in WRONG}


def check(name):
    return getattr(hw3_transformer, f"check_{name}")


class AttentionByEinsum(nn.Module):
    """Fills with the smallest number there is, and writes softmax out."""

    def forward(self, queries, keys, values, mask=None):
        e = torch.einsum("...qd,...kd->...qk", queries * keys.size(-1) ** -0.5, keys)
        if mask is not None:
            mask = mask[:, None] if mask.dim() == 3 and e.dim() == 4 else mask
            e = e.masked_fill(mask == 0, torch.finfo(e.dtype).min)
        e = (e - e.amax(dim=-1, keepdim=True)).exp()
        weights = e / e.sum(dim=-1, keepdim=True)
        return torch.einsum("...qk,...kd->...qd", weights, values), weights


class ProjectionByChunks(nn.Module):
    """Attends head by head, with PyTorch's kernel."""

    def __init__(self, n_heads, feature_sizes):
        super().__init__()
        self.n_heads = n_heads

    def forward(self, inputs, mask=None):
        parts = zip(*(x.chunk(self.n_heads, dim=-1) for x in inputs))
        return torch.cat([F.scaled_dot_product_attention(*part, attn_mask=mask) for part in parts], dim=-1)


class PositionsByExponential(nn.Module):
    """Fills the even and the odd places of a table, with an exponential of logarithms."""

    def __init__(self, hidden_size):
        super().__init__()
        self.register_buffer("rate", torch.exp(torch.arange(0, hidden_size, 2) * -(9.210340371976184 / hidden_size)),
                             persistent=False)

    def forward(self, inputs, start=1):
        code = torch.zeros(inputs.shape[1], inputs.shape[2], dtype=inputs.dtype)
        angle = torch.outer(torch.arange(inputs.shape[1]) + start, self.rate)
        code[:, 0::2], code[:, 1::2] = angle.sin(), angle.cos()
        return inputs.add(code)


class FeedForwardByFunctions(nn.Module):
    """Adds up in another order, and drops by the function."""

    def __init__(self, input_size, filter_size, hidden_size, dropout):
        super().__init__()
        self.norm, self.p = nn.LayerNorm([input_size]), dropout
        self.feed_forward = nn.ModuleDict({"0": nn.Linear(input_size, filter_size),
                                           "2": nn.Linear(filter_size, hidden_size)})

    def forward(self, inputs):
        middle = self.feed_forward["0"](self.norm(inputs)).clamp(min=0)
        return F.dropout(self.feed_forward["2"](middle), self.p, self.training).add_(inputs)


UNUSUAL = [("AttentionQKV", AttentionByEinsum), ("MultiHeadProjection", ProjectionByChunks),
           ("PositionEmbedding", PositionsByExponential), ("TransformerFeedForward", FeedForwardByFunctions)]


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [LIBRARY[name], getattr(plain_transformer, name)], capsys)
    assert len(WRONG[name]) >= 5 and hw3.CHECKS[f"hw3/{name}"] is check(name)


@pytest.mark.parametrize("name", ["MultiHeadProjection", "TransformerEncoderBlock", "TransformerDecoderBlock",
                                  "Transformer"])
def test_the_fast_path_passes(name):
    check(name)(lambda *arguments: LIBRARY[name](*arguments, attention="fast"))


@pytest.mark.parametrize("name", ["TransformerEncoderBlock", "TransformerDecoderBlock"])
def test_normalizing_last_fails(name):
    with pytest.raises(CheckFailed):
        check(name)(lambda *arguments: LIBRARY[name](*arguments, norm="post"))


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_transformer, name), old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    assert_not_written_yet(check(name), "language/transformer.py")
    with pytest.raises(CheckFailed, match="expected an nn.Module"):
        check(name)(lambda *arguments: None)
