"""The key-value cache: write word after word without computing again what does not change.

Without it, word t costs a pass over all t words before. What a place offers to later ones (its keys and values) never
changes, since it cannot see them; and the source's keys and values are the same for every word. So both are kept.
"""

import torch
import torch.nn.functional as F

__all__ = ["CachedAttention", "DecoderCache"]


class CachedAttention:
    """One multi-head attention whose memory grows: the keys and values of each place are computed once.

    The matrices under weight normalization are made once, too; with one word at a time that would be half the work.

    Parameters
    ----------
    attention : MultiHeadAttention
    memory : (B, n, d) floats, the first places
    """

    def __init__(self, attention, memory):
        self.layer, self.length, self.weights = attention.attention_layer, 0, None
        self.matrices = {name: getattr(attention, f"{name}_layer").weight
                         for name in ("query", "key", "value", "output")}
        B, _, d = memory.shape
        self.kept = memory.new_empty(2, B, self.layer.n_heads, 0, d // self.layer.n_heads)  # keys and values
        self.append(memory)

    def append(self, memory):
        """Add the keys and values of memory (B, n, d); the room for them doubles when it is full."""
        new = torch.stack([self._project(name, memory) for name in ("key", "value")])  # (2, B, heads, n, d / heads)
        first, self.length = self.length, self.length + memory.shape[1]
        if self.length > self.kept.shape[3]:
            room = new.new_empty(*new.shape[:3], max(self.length, 2 * first), new.shape[4])
            room[:, :, :, :first] = self.kept[:, :, :, :first]
            self.kept = room
        self.kept[:, :, :, first:self.length] = new

    def look(self, x, mask=None, return_weights=False):
        """Return what the queries x (B, nq, d) read, (B, nq, d), where mask (B, nq, length) is True (None: everywhere).

        With return_weights, `weights` keeps (B, heads, nq, length), else None.
        """
        keys, values = self.kept[:, :, :, :self.length]  # each (B, heads, length, d / heads)
        output, self.weights = self.layer.attend(self._project("query", x), keys, values, mask, return_weights)
        return F.linear(output, self.matrices["output"])

    def select(self, indices):
        """Keep the rows `indices` of the batch, in this order."""
        self.kept = self.kept[:, indices]

    def _project(self, name, x):
        return self.layer._split_heads(F.linear(x, self.matrices[name]))


class DecoderCache:
    """All that a decoder remembers between two steps: one pair of cached attentions for each block, and the position.

    Made by `TransformerDecoder.init_cache`, used by `TransformerDecoder.step`.

    Parameters
    ----------
    blocks : list of TransformerDecoderBlock
    encoder_output : (B, S, d) floats
    source_mask : (B, 1, S) bool or None, True at the words of the sources
    """

    def __init__(self, blocks, encoder_output, source_mask):
        nothing = encoder_output[:, :0]  # (B, 0, d)
        self.own = [CachedAttention(block.self_attention, nothing) for block in blocks]
        self.source = [CachedAttention(block.cross_attention, block.cross_norm_source(encoder_output))
                       for block in blocks]
        self.source_mask = source_mask  # (B, 1, S) or None
        self.position = 0

    def select(self, indices):
        """Keep the rows `indices` of the batch, in this order: reorder beams, drop finished rows, repeat a source.

        Parameters
        ----------
        indices : (B',) long tensor
        """
        for attention in (*self.own, *self.source):
            attention.select(indices)
        if self.source_mask is not None:
            self.source_mask = self.source_mask[indices]
