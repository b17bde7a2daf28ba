"""Right solutions of the Transformer exercises that do it in another way, in the form (exercise, solution)."""

import math

import plain_transformer
import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language import transformer, transformer_blocks


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


class AttentionByLoops(nn.Module):
    """Query by query, over the keys that it may see; who sees nothing sees all."""

    def forward(self, queries, keys, values, mask=None):
        if mask is not None and mask.dim() < queries.dim():
            mask = mask[:, None].expand(*queries.shape[:-1], -1)
        outputs, rows = [], []
        for place in torch.cartesian_prod(*map(torch.arange, queries.shape[:-1])).tolist():
            batch = tuple(place[:-1])
            seen = torch.ones(keys.shape[-2], dtype=torch.bool) if mask is None else mask[tuple(place)]
            seen = seen if seen.any() else ~seen
            e = torch.stack([(queries[tuple(place)] * key).sum() for key in keys[batch]]) / keys.shape[-1] ** 0.5
            weights = torch.where(seen, (e - e.max()).exp(), 0.0)
            rows.append(weights / weights.sum())
            outputs.append(sum(w * value for w, value in zip(rows[-1], values[batch])))
        shape = queries.shape[:-1]
        return torch.stack(outputs).view(*shape, -1), torch.stack(rows).view(*shape, -1)


class ProjectionByEinsum(nn.Module):
    """Never moves an axis: the letters say which is which."""

    def __init__(self, n_heads, feature_sizes):
        super().__init__()
        self.n_heads = n_heads

    def forward(self, inputs, mask=None):
        q, k, v = (x.unflatten(2, (self.n_heads, -1)) for x in inputs)  # (B, n, heads, part)
        similarity = torch.einsum("bqhd,bkhd->bqkh", q, k) / math.sqrt(q.shape[3])
        if mask is not None:
            similarity = similarity.masked_fill(~mask[..., None], -1e9)
        return torch.einsum("bqkh,bkhd->bqhd", similarity.softmax(dim=2), v).flatten(2)


class PositionsByRotation(nn.Module):
    """A pair is a complex number: the first place, turned once more at each step."""

    def __init__(self, hidden_size):
        super().__init__()
        self.size = hidden_size

    def forward(self, inputs, start=1):
        turn = torch.tensor([10000.0 ** (-2 * i / self.size) for i in range(self.size // 2)], dtype=torch.float64)
        places = torch.arange(start, start + inputs.shape[1], dtype=torch.float64)
        hand = torch.polar(torch.ones(len(places), len(turn), dtype=torch.float64), torch.outer(places, turn))
        code = torch.view_as_real(hand).flip(-1).reshape(len(places), self.size)
        return inputs + code.to(inputs)


class FeedForwardByProducts(nn.Module):
    """Writes norm and layers out; the state dict has the course's names."""

    def __init__(self, input_size, filter_size, hidden_size, dropout):
        super().__init__()
        self.norm, self.p = nn.LayerNorm(input_size), dropout
        self.feed_forward = nn.Sequential(nn.Linear(input_size, filter_size), nn.ReLU(),
                                          nn.Linear(filter_size, hidden_size))

    def forward(self, inputs):
        x = inputs - inputs.mean(-1, keepdim=True)
        x = x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * self.norm.weight + self.norm.bias
        up, _, down = self.feed_forward
        x = torch.maximum(x @ up.weight.T + up.bias, torch.zeros(())) @ down.weight.T + down.bias
        keep = torch.rand_like(x) >= self.p if self.training else torch.ones_like(x)
        return inputs + x * keep / (1 - self.p * self.training if self.p < 1 else 1)


def attend(attention, x, memory, mask):
    """Return what a MultiHeadAttention gives, by the function behind torch.nn.MultiheadAttention."""
    names = ("query", "key", "value", "output")
    weights = {name: getattr(attention, f"{name}_layer").weight for name in names}
    d, hidden = x.shape[2], None if mask is None else ~mask.repeat_interleave(attention.n_heads, dim=0)
    out, _ = F.multi_head_attention_forward(
        x.transpose(0, 1), memory.transpose(0, 1), memory.transpose(0, 1), d, attention.n_heads,
        torch.cat([weights[name] for name in names[:3]]), None, None, None, False, 0.0, weights["output"], None,
        attn_mask=hidden, need_weights=False)
    return out.transpose(0, 1)


class EncoderBlockByTorch(transformer_blocks.TransformerEncoderBlock):
    """Attends by PyTorch's function, which takes a mask of what must not be seen."""

    def __init__(self, input_size, n_heads, filter_size, hidden_size, dropout=None):
        super().__init__(input_size, n_heads, filter_size, hidden_size, dropout)

    def forward(self, inputs, self_attention_mask=None):
        normal = F.layer_norm(inputs, inputs.shape[-1:], self.norm.weight, self.norm.bias)
        return self.feed_forward(attend(self.self_attention, normal, normal, self_attention_mask).add(inputs))


class DecoderBlockByTorch(transformer_blocks.TransformerDecoderBlock):
    """Attends by PyTorch's function, and sums at the end."""

    def __init__(self, input_size, n_heads, filter_size, hidden_size, dropout=None):
        super().__init__(input_size, n_heads, filter_size, hidden_size, dropout)

    def forward(self, decoder_inputs, encoder_outputs, self_attention_mask=None, cross_attention_mask=None):
        own = self.self_norm(decoder_inputs)
        back = attend(self.self_attention, own, own, self_attention_mask)
        asks = self.cross_norm_target(decoder_inputs + back)
        seen = attend(self.cross_attention, asks, self.cross_norm_source(encoder_outputs), cross_attention_mask)
        return self.feed_forward(torch.stack([decoder_inputs, back, seen]).sum(dim=0))


class TransformerByPrefixes(plain_transformer.Transformer):
    """Computes each place anew, from the beginning that ends there."""

    def forward(self, source, target, encoder_mask, decoder_mask, mask_future=True, shift_target_sequence_right=True):
        T = target.shape[1]
        if not mask_future:
            return super().forward(source, target, encoder_mask, decoder_mask, False, shift_target_sequence_right)
        read = self.shift(target) if shift_target_sequence_right else target
        places = []
        for t in range(1, T + 1):
            own = None if decoder_mask is None else decoder_mask[:, :t]
            places.append(super().forward(source, read[:, :t], encoder_mask, own, True, False)[:, -1])
        return torch.stack(places, dim=1)


def fast(kind):
    """Return the library's module with PyTorch's fused kernel."""
    return lambda *arguments: kind(*arguments, attention="fast")


UNUSUAL = [("AttentionQKV", AttentionByEinsum), ("AttentionQKV", AttentionByLoops),
           ("MultiHeadProjection", ProjectionByChunks), ("MultiHeadProjection", ProjectionByEinsum),
           ("PositionEmbedding", PositionsByExponential), ("PositionEmbedding", PositionsByRotation),
           ("TransformerFeedForward", FeedForwardByFunctions), ("TransformerFeedForward", FeedForwardByProducts),
           ("TransformerEncoderBlock", EncoderBlockByTorch),
           ("TransformerEncoderBlock", fast(transformer_blocks.TransformerEncoderBlock)),
           ("TransformerDecoderBlock", DecoderBlockByTorch),
           ("TransformerDecoderBlock", fast(transformer_blocks.TransformerDecoderBlock)),
           ("Transformer", TransformerByPrefixes), ("Transformer", fast(transformer.Transformer))]
