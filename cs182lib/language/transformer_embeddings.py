"""What goes into a Transformer and what comes out: embeddings of tokens, codes of positions, scores of words."""

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.validation import check_choice, check_count, require

__all__ = ["EmbeddingTranspose", "LearnedPositionEmbedding", "PositionEmbedding", "TransformerInputEmbedding"]


class PositionEmbedding(nn.Module):
    """Add to each vector a code of its position: sin and cos of pos / 10000^(2i / d), interleaved.

    A step by k rotates every pair (sin, cos) by an angle that depends on k alone, so "k places before" is a linear
    map (Vaswani et al. 2017, section 3.5).

    Parameters
    ----------
    hidden_size : int, even

    Raises
    ------
    ValueError : hidden_size is odd
    """

    def __init__(self, hidden_size):
        super().__init__()
        require(hidden_size % 2 == 0, f"hidden_size must be even, for pairs of sin and cos, got {hidden_size}")
        self.hidden_size = hidden_size

    def forward(self, inputs, start=1):
        """Return inputs (B, T, d) plus the codes of the positions start .. start + T - 1.

        The first position is 1, as in the course's weights (its comment says 0).
        """
        check_last_axis("inputs", inputs, self.hidden_size)
        precise = {"device": inputs.device, "dtype": torch.promote_types(inputs.dtype, torch.float32)}
        positions = torch.arange(start, start + inputs.shape[1], **precise)
        divisor = 10000 ** (torch.arange(0, self.hidden_size, 2, **precise) / self.hidden_size)
        angles = positions[:, None] / divisor  # (T, 1) / (d / 2,) -> (T, d / 2)
        code = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)  # (T, d / 2, 2) -> (T, d)
        return inputs + code.to(inputs.dtype)


class LearnedPositionEmbedding(nn.Module):
    """Add to each vector a learned vector of its position, 1 .. max_length: the alternative to `PositionEmbedding`.

    Parameters
    ----------
    hidden_size : int, the length of the vectors
    max_length : int, how many positions there are

    Raises
    ------
    TypeError, ValueError : max_length is no whole number above 0
    """

    def __init__(self, hidden_size, max_length=512):
        super().__init__()
        self.hidden_size, self.max_length = hidden_size, check_count("max_length", max_length)
        self.weight = nn.Parameter(nn.init.normal_(torch.empty(max_length, hidden_size), std=0.02))

    def forward(self, inputs, start=1):
        """Return inputs (B, T, d) plus the vectors of the positions start .. start + T - 1.

        ValueError where one of them lies beyond max_length.
        """
        check_last_axis("inputs", inputs, self.hidden_size)
        stop = start - 1 + inputs.shape[1]
        require(1 <= start and stop <= self.max_length, f"inputs must end at position {self.max_length} at the latest, "
                f"got the positions {start} to {stop}; make the model with a larger max_length")
        return inputs + self.weight[start - 1:stop]  # (T, d)


def check_last_axis(name, x, size):
    """Raise ValueError, which calls x `name`, unless x has the shape (B, T, size)."""
    require(x.ndim == 3 and x.shape[-1] == size, f"{name} must have the shape (any, any, {size}), got {tuple(x.shape)}")


class TransformerInputEmbedding(nn.Module):
    """Turn token indices (B, T) into vectors (B, T, d) that know their place: drop(embedding) + code of the place.

    Unlike in the paper the vectors are not multiplied by √d, and dropout comes before the positions.

    Parameters
    ----------
    embed_size : int, d
    vocab_size : int, or None: what comes in are vectors (B, T, d) already
    dropout : float or None
    batch_norm : bool, normalize each of the d features over the batch
    embedding_initializer : function (tensor) that fills the matrix in place, such as nn.init.xavier_uniform_;
        None: standard normal numbers, the course's, which make the first losses large
    positions : "sinusoidal" or "learned"
    max_length : int, how many positions can be learned

    Raises
    ------
    TypeError, ValueError : a size is no whole number above 0, or positions is another word
    """

    def __init__(self, embed_size, vocab_size=None, dropout=None, batch_norm=False, embedding_initializer=None,
                 positions="sinusoidal", max_length=512):
        super().__init__()
        check_choice("positions", positions, ("sinusoidal", "learned"))
        self.embed_size = check_count("embed_size", embed_size)
        self.embedding = None if vocab_size is None else nn.Embedding(vocab_size, embed_size)
        if embedding_initializer is not None and self.embedding is not None:
            embedding_initializer(self.embedding.weight)
        self.position_encoding = (PositionEmbedding(embed_size) if positions == "sinusoidal" else
                                  LearnedPositionEmbedding(embed_size, max_length))
        self.dropout = nn.Dropout(dropout or 0.0)
        self.batch_norm = nn.BatchNorm1d(embed_size) if batch_norm else None

    def forward(self, inputs, start=1):
        """Return (B, T, d) for inputs, (B, T) int64 or (B, T, d) vectors; the first token stands at position `start`.

        TypeError where tokens are no integers, ValueError where they have other axes.
        """
        x = inputs if self.embedding is None else self.embedding(self._checked(inputs))
        x = self.dropout(x)
        if self.batch_norm is not None:
            x = self.batch_norm(x.transpose(1, 2)).transpose(1, 2)  # (B, T, d) -> (B, d, T) -> (B, T, d)
        return self.position_encoding(x, start=start)

    def _checked(self, tokens):
        require(tokens.ndim == 2, f"tokens must have the shape (B, T), got {tuple(tokens.shape)}")
        if tokens.is_floating_point():
            raise TypeError(f"tokens must be whole numbers, got {tokens.dtype}; make them with .long()")
        return tokens


class EmbeddingTranspose(nn.Module):
    """Score each word by its own embedding: logits = h Eᵀ, no matrix of its own.

    Parameters
    ----------
    embedding_layer : nn.Embedding, E is (V, d)
    detach_output : bool; True as in the course: no gradient reaches E through the output, it learns as the input only

    References
    ----------
    Press and Wolf, "Using the Output Embedding to Improve Language Models", EACL 2017 (there E learns from both).
    """

    def __init__(self, embedding_layer, detach_output=True):
        super().__init__()
        self.embedding, self.detach_output = embedding_layer, detach_output

    def forward(self, inputs):
        """Return logits (..., V) from inputs (..., d)."""
        E = self.embedding.weight
        return F.linear(inputs, E.detach() if self.detach_output else E)
