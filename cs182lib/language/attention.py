"""Attention: every query takes an average of the values, weighed by how well their keys fit it.

Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.2. In every mask True means: may be seen.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.masks import masked_everywhere_alike
from cs182lib.validation import check_choice, check_count, require

__all__ = ["ApplyAttentionMask", "AttentionQKV", "MultiHeadAttention", "MultiHeadProjection", "WeightNormLinear",
           "fast_attention"]

MASKED = -1e9  # exp(-1e9) is 0; unlike -inf it leaves a query that sees nothing without NaN: it sees all alike


class ApplyAttentionMask(nn.Module):
    """Set the similarities that must not count to -1e9, so that softmax gives them the weight 0.

    The course adds -1e9. That is the same in float32, where -1e9 swallows what it is added to; setting it is right
    in every precision.
    """

    def forward(self, similarity, mask=None):
        """Return similarity (B, [heads], nq, nkv) masked; a mask of one axis less counts for every head."""
        if mask is None:
            return similarity
        mask = _for_all_heads(mask, similarity.ndim)
        return similarity.masked_fill(~mask, max(MASKED, torch.finfo(similarity.dtype).min))


class AttentionQKV(nn.Module):
    """Scaled dot-product attention: softmax(Q Kᵀ / √dk) V.

    The products of dk numbers of variance 1 have the variance dk; divided by √dk they stay where softmax has a slope.
    """

    def __init__(self):
        super().__init__()
        self.apply_mask = ApplyAttentionMask()

    def forward(self, queries, keys, values, mask=None):
        """Return what every query reads, and where.

        Parameters
        ----------
        queries : (B, [heads], nq, dk) floats
        keys : (B, [heads], nkv, dk) floats
        values : (B, [heads], nkv, dv) floats
        mask : None, (B, nq, nkv) or (B, heads, nq, nkv), True where a query may see a key

        Returns
        -------
        output : (B, [heads], nq, dv)
        weights : (B, [heads], nq, nkv), each row sums to 1; a query that may see nothing sees all alike

        Raises
        ------
        ValueError : shapes that do not fit
        """
        _check_shapes(queries, keys, values, mask)
        weights = self.apply_mask(self.similarity(queries, keys), mask).softmax(dim=-1)
        return weights @ values, weights

    def similarity(self, queries, keys):
        """Return how well every key fits every query, (B, [heads], nq, nkv), before mask and softmax.

        queries and keys are (B, [heads], nq, dk) and (B, [heads], nkv, dk).
        """
        return queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])


def fast_attention(queries, keys, values, mask=None):
    """Return the output of `AttentionQKV`, computed block by block: the weights never stand in memory as a whole.

    queries, keys, values, mask and the errors, a ValueError where their shapes do not fit, are those of `AttentionQKV`.

    PyTorch's kernel has no rule for a query that sees nothing (zeros in one version, NaN in another). So such a query
    is replaced by zero and sees everything: all similarities are 0, and it gets the plain average of the values.

    References
    ----------
    Dao et al., "FlashAttention", NeurIPS 2022, section 3.1, algorithm 1.
    """
    _check_shapes(queries, keys, values, mask)
    if mask is not None:
        mask = masked_everywhere_alike(_for_all_heads(mask, queries.ndim))
        sees = mask.any(dim=-1, keepdim=True)
        queries, mask = queries * sees, mask | ~sees
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)


def _for_all_heads(mask, ndim):
    return (mask.unsqueeze(1) if mask.ndim == ndim - 1 else mask).bool()  # (B, nq, nkv) -> (B, 1, nq, nkv)


def _check_shapes(queries, keys, values, mask):
    """Raise ValueError unless the shapes fit; the rest of the broadcasting rules is PyTorch's."""
    require(queries.ndim == keys.ndim == values.ndim and queries.ndim in (3, 4),
            f"queries, keys and values must have three axes, or four with heads, got the shapes "
            f"{tuple(queries.shape)}, {tuple(keys.shape)}, {tuple(values.shape)}")
    require(queries.shape[-1] == keys.shape[-1], f"queries and keys must have vectors of one length, got "
            f"{queries.shape[-1]} and {keys.shape[-1]}")
    require(keys.shape[:-1] == values.shape[:-1] and queries.shape[:-2] == keys.shape[:-2],
            f"every key needs a value, and every row its own, got the shapes {tuple(queries.shape)}, "
            f"{tuple(keys.shape)}, {tuple(values.shape)}")
    if mask is not None:
        require(mask.ndim in (queries.ndim - 1, queries.ndim) and all(
            got in (1, want) for got, want in zip(mask.shape[-2:], (queries.shape[-2], keys.shape[-2]))),
            f"mask must have the shape (B, {queries.shape[-2]}, {keys.shape[-2]}), with or without an axis of heads, "
            f"got {tuple(mask.shape)}")


class MultiHeadProjection(nn.Module):
    """Attend with every head by itself, on its own part of each vector.

    Parameters
    ----------
    n_heads : int, must divide every size
    feature_sizes : lengths of the vectors
    attention : "readable" (`AttentionQKV`) or "fast" (`fast_attention`, the same numbers)

    Raises
    ------
    TypeError, ValueError : n_heads is no whole number above 0 or does not divide a size, or attention is another word
    """

    def __init__(self, n_heads, feature_sizes, attention="readable"):
        super().__init__()
        self.n_heads = check_count("n_heads", n_heads)
        self.attention = check_choice("attention", attention, ("readable", "fast"))
        for size in feature_sizes:
            require(size % n_heads == 0, f"n_heads must divide the length of the vectors, got n_heads={n_heads} "
                                         f"and feature_sizes={tuple(feature_sizes)}")
        self.attention_map = AttentionQKV()

    def forward(self, inputs, mask=None):
        """Return (B, nq, d) from inputs = (queries, keys, values), (B, nq, d), (B, nkv, d), (B, nkv, d).

        mask is that of `AttentionQKV`. ValueError where inputs are not three, or their shapes do not fit.
        """
        require(len(inputs) == 3, f"inputs must be (queries, keys, values), got {len(inputs)} things")
        return self.attend(*(self._split_heads(x) for x in inputs), mask)[0]

    def attend(self, queries, keys, values, mask=None, return_weights=False):
        """Return the output (B, nq, d) and, with return_weights, the weights (B, heads, nq, nkv), else None.

        queries, keys and values are (B, heads, n, d / heads), split already; mask is that of `AttentionQKV`. The fast
        path never has the weights in one piece, so who asks for them gets the readable one.
        """
        if return_weights or self.attention == "readable":
            output, weights = self.attention_map(queries, keys, values, mask)
        else:
            output, weights = fast_attention(queries, keys, values, mask), None
        return self._combine_heads(output), weights

    def _split_heads(self, x):
        B, T, d = x.shape
        return x.view(B, T, self.n_heads, d // self.n_heads).transpose(1, 2)  # (B, T, d) -> (B, heads, T, d / heads)

    def _combine_heads(self, x):
        return x.transpose(1, 2).flatten(2)  # (B, heads, T, d / heads) -> (B, T, heads, d / heads) -> (B, T, d)


class WeightNormLinear(nn.Module):
    """Multiply by a matrix whose rows are a length times a direction: y = x Wᵀ, W_i = g_i v_i / ‖v_i‖.

    The state-dict names are those of `torch.nn.utils.weight_norm` around nn.Linear. The directions start by Xavier's
    rule, which the course means to do but undoes: it fills `.weight`, which is computed anew in every forward pass.

    Parameters
    ----------
    in_features, out_features : int, lengths of the vectors x and y

    References
    ----------
    Salimans and Kingma, "Weight Normalization", NeurIPS 2016, eq. 2.
    """

    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight_v = nn.Parameter(nn.init.xavier_uniform_(torch.empty(out_features, in_features)))
        self.weight_g = nn.Parameter(self.weight_v.detach().norm(dim=1, keepdim=True))  # (out, 1)

    @property
    def weight(self):
        """The matrix W, (out_features, in_features)."""
        return self.weight_v * (self.weight_g / self.weight_v.norm(dim=1, keepdim=True))

    def forward(self, x):
        """Return x Wᵀ: (..., in_features) -> (..., out_features)."""
        return F.linear(x, self.weight)


class MultiHeadAttention(nn.Module):
    """Project queries, keys and values, attend with several heads, project the result.

    Parameters
    ----------
    n_heads : int
    input_shapes : (qa_channels, ma_channels), lengths of the vectors that ask and of those in memory; equal
    attention : "readable" or "fast"

    Raises
    ------
    ValueError : input_shapes has two different lengths
    """

    def __init__(self, n_heads, input_shapes, attention="readable"):
        super().__init__()
        self.qa_channels, self.ma_channels = input_shapes
        require(self.qa_channels == self.ma_channels, f"the vectors that ask and those in memory must have one length, "
                                                      f"got input_shapes={tuple(input_shapes)}")
        self.n_heads = n_heads
        self.attention_layer = MultiHeadProjection(n_heads, input_shapes, attention)
        for name in ("query", "key", "value", "output"):
            setattr(self, f"{name}_layer", WeightNormLinear(self.qa_channels, self.qa_channels))

    def forward(self, inputs, mask=None, return_weights=False):
        """Attend from inputs[0] to inputs[1].

        Parameters
        ----------
        inputs : (query_antecedent (B, nq, d), memory_antecedent (B, nkv, d))
        mask : None or (B, nq, nkv), True where a query may see a place in memory
        return_weights : bool

        Returns
        -------
        output : (B, nq, d); with return_weights also weights : (B, heads, nq, nkv)

        Raises
        ------
        ValueError : inputs are not two, or their shapes do not fit
        """
        require(len(inputs) == 2, f"inputs must be (query_antecedent, memory_antecedent), got {len(inputs)} things")
        asks, memory = inputs
        if asks is memory:
            projected = self._project(memory, self.query_layer, self.key_layer, self.value_layer)
        else:
            projected = self._project(asks, self.query_layer) + self._project(memory, self.key_layer, self.value_layer)
        output, weights = self.attention_layer.attend(*projected, mask, return_weights)
        output = self.output_layer(output)
        return (output, weights) if return_weights else output

    def _project(self, x, *layers):
        """Return layer(x) of each layer with its heads split; one product with all matrices is faster than several."""
        together = F.linear(x, torch.cat([layer.weight for layer in layers]))  # (B, n, d) -> (B, n, layers · d)
        return [self.attention_layer._split_heads(part) for part in together.chunk(len(layers), dim=-1)]
