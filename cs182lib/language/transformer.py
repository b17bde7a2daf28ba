"""The Transformer: an encoder reads, a decoder writes and looks at what was read.

Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3, with the course's choices: normalization comes
first, encoder and decoder share one embedding, and it is the output layer too. Names, shapes and state-dict keys are
the course's, so its checkpoints load.
"""

import torch
from torch import nn

from cs182lib.language.decoder_cache import DecoderCache
from cs182lib.language.masks import (
    convert_padding_mask_to_attention_mask,
    convert_to_attention_mask,
    future_mask,
    masked_everywhere_alike,
)
from cs182lib.language.transformer_blocks import TransformerDecoderBlock, TransformerEncoderBlock
from cs182lib.language.transformer_embeddings import EmbeddingTranspose, TransformerInputEmbedding
from cs182lib.validation import check_count

__all__ = ["Transformer", "TransformerDecoder", "TransformerEncoder"]


class _Stack(nn.Module):
    """Blocks as attributes encoder0, encoder1, ... or decoder0, ..., the names in the course's state dicts."""

    def __init__(self, name, n_layers, block, **sizes):
        super().__init__()
        self._names = [f"{name}{i}" for i in range(check_count("n_layers", n_layers))]
        for block_name in self._names:
            setattr(self, block_name, block(**sizes))

    @property
    def blocks(self):
        """The blocks, first to last."""
        return [getattr(self, name) for name in self._names]


class TransformerEncoder(_Stack):
    """Embed a sequence and let its places look at each other n_layers times: (B, S) -> (B, S, d).

    Parameters
    ----------
    embedding_layer : TransformerInputEmbedding
    n_layers, n_heads : ints
    d_model, d_filter : ints, lengths of the vectors and of the feed-forward layers' middle
    dropout : float or None
    switches : norm="pre" or "post", attention="readable" or "fast"
    """

    def __init__(self, embedding_layer, n_layers, n_heads, d_model, d_filter, dropout=None, **switches):
        super().__init__("encoder", n_layers, TransformerEncoderBlock, input_size=d_model, n_heads=n_heads,
                         filter_size=d_filter, hidden_size=d_model, dropout=dropout, **switches)
        self.embedding_layer = embedding_layer

    @property
    def encoding_stack(self):
        """The blocks under the course's name."""
        return self.blocks

    def forward(self, inputs, encoder_mask=None):
        """Return (B, S, d) from inputs (B, S), tokens, and encoder_mask, as `convert_to_attention_mask` takes it."""
        mask = convert_to_attention_mask(inputs, encoder_mask)
        x = self.embedding_layer(inputs)
        for block in self.blocks:
            x = block(x, mask)
        return x


class TransformerDecoder(_Stack):
    """Predict every next token of the target, from the ones before and the encoder's output.

    Parameters
    ----------
    embedding_layer : TransformerInputEmbedding
    output_layer : module (B, T, d) -> (B, T, V), or None: the decoder returns its vectors
    n_layers, n_heads, d_model, d_filter, dropout, switches : as in `TransformerEncoder`
    """

    def __init__(self, embedding_layer, output_layer, n_layers, n_heads, d_model, d_filter, dropout=None, **switches):
        super().__init__("decoder", n_layers, TransformerDecoderBlock, input_size=d_model, n_heads=n_heads,
                         filter_size=d_filter, hidden_size=d_model, dropout=dropout, **switches)
        self.embedding_layer = embedding_layer
        self.output_layer = output_layer

    @property
    def decoding_stack(self):
        """The blocks under the course's name."""
        return self.blocks

    def forward(self, target_input, encoder_output, encoder_mask=None, decoder_mask=None, mask_future=False,
                shift_target_sequence_right=False, return_states=False):
        """Return the logits of every target place.

        Parameters
        ----------
        target_input : (B, T) tokens
        encoder_output : (B, S, d) floats
        encoder_mask, decoder_mask : masks of the source and the target, as in `convert_to_attention_mask`
        mask_future : bool, no target place sees a later one
        shift_target_sequence_right : bool, read 0 and the target without its last token, so that place t predicts
            token t; without it place t would see the very token it is to predict
        return_states : bool

        Returns
        -------
        logits : (B, T, V)
        states : with return_states, (B, T, d), what the logits were made from
        weights : with return_states, (B, T, S), the last block's attention to the source, the mean of its heads
        """
        if shift_target_sequence_right:
            target_input = self.shift_target_sequence_right(target_input)
        x = self.embedding_layer(target_input)
        own = self.get_self_attention_mask(target_input, decoder_mask, mask_future)
        source = self.get_cross_attention_mask(encoder_output, target_input, encoder_mask, decoder_mask)
        *blocks, last = self.blocks
        for block in blocks:
            x = block(x, encoder_output, own, source)
        if not return_states:
            return self._scores(last(x, encoder_output, own, source))
        states, weights = last(x, encoder_output, own, source, return_weights=True)
        return self._scores(states), states, weights.mean(dim=1)  # (B, heads, T, S) -> (B, T, S)

    def _scores(self, states):
        return states if self.output_layer is None else self.output_layer(states)

    def shift_target_sequence_right(self, target_sequence):
        """Return target_sequence (B, T) with a 0 put before it and its last token dropped: [a, b, c] -> [0, a, b]."""
        return torch.cat((torch.zeros_like(target_sequence[:, :1]), target_sequence[:, :-1]), dim=1)

    def get_future_mask(self, batch_size, sequence_length, device=None):
        """Return (batch_size, T, T) on `device`, T = sequence_length, True where a place may see: itself and before."""
        return future_mask(sequence_length, device).expand(batch_size, -1, -1)

    def get_self_attention_mask(self, target_sequence, decoder_mask, mask_future):
        """Return (B, T, T) or None for target_sequence (B, T): decoder_mask, and with mask_future no future."""
        mask = convert_to_attention_mask(target_sequence, decoder_mask)
        if not mask_future:
            return mask
        future = self.get_future_mask(*target_sequence.shape[:2], device=target_sequence.device)
        return future if mask is None else future & mask

    def get_cross_attention_mask(self, encoder_output, decoder_input, encoder_mask, decoder_mask):
        """Return (B, T, S) or None, from the masks of both sequences: real target places see the real source places.

        encoder_output (B, S, d) and decoder_input (B, T, d) say the lengths; encoder_mask and decoder_mask have any
        form of `convert_to_attention_mask`. Of a mask (B, T, T) a place counts as real where any place may see it.
        """
        source, target = (_seen_by_any(sequence, mask) for sequence, mask in (
            (encoder_output, encoder_mask), (decoder_input, decoder_mask)))
        if target is None:
            return None if source is None else convert_padding_mask_to_attention_mask(decoder_input, source)
        target = target[:, :, None].expand(-1, -1, encoder_output.shape[1])  # (B, T) -> (B, T, S)
        return target if source is None else target & source[:, None]

    def init_cache(self, encoder_output, encoder_mask=None):
        """Return the cache with which `step` writes: the source's keys and values, and no token yet.

        Parameters
        ----------
        encoder_output : (B, S, d) floats
        encoder_mask : None or a mask in any form of `convert_to_attention_mask`
        """
        source = _seen_by_any(encoder_output, encoder_mask)
        return DecoderCache(self.blocks, encoder_output, None if source is None else source[:, None])  # (B, 1, S)

    def step(self, tokens, cache, return_states=False):
        """Read one token more and return the logits of the next one: what `forward` with mask_future gives there.

        Parameters
        ----------
        tokens : (B,) the token before: 0 at first, since `forward` puts 0 before the target
        cache : from `init_cache`; it is changed, one position longer afterwards
        return_states : bool

        Returns
        -------
        logits : (B, V); with return_states also states : (B, d) and weights : (B, S), as in `forward`
        """
        cache.position += 1
        x = self.embedding_layer(tokens[:, None], start=cache.position)  # (B, 1, d)
        for block, own, source in zip(self.blocks, cache.own, cache.source):
            x = _step(block, x, own, source, cache.source_mask, return_states and source is cache.source[-1])
        states = x[:, 0]  # (B, 1, d) -> (B, d)
        if not return_states:
            return self._scores(states)
        return self._scores(states), states, cache.source[-1].weights.mean(dim=1)[:, 0]  # (B, heads, 1, S) -> (B, S)


def _step(block, x, own, source, source_mask, return_weights):
    """Take x (B, 1, d) through one block; its own keys and values are added to the cache."""

    def look_back(x):
        own.append(x)
        return own.look(x)

    return block.combine(x, look_back, lambda x: source.look(x, source_mask, return_weights))


def _seen_by_any(sequence, mask):
    """Return (B, T): the places of a sequence that its mask lets any place see; None for no mask."""
    mask = convert_to_attention_mask(sequence, mask)
    return None if mask is None else masked_everywhere_alike(mask).any(dim=1)


class Transformer(nn.Module):
    """Read a source and predict a target: one embedding for both, and for the output.

    Parameters
    ----------
    vocab_size : int, V; None: source and target are vectors (B, T, d_model), and so is what comes out
    n_layers, n_heads : ints, of encoder and of decoder; n_heads divides d_model
    d_model, d_filter : ints, lengths of the vectors and of the feed-forward layers' middle
    dropout : float or None
    embedding_initializer : as in `TransformerInputEmbedding`
    norm : "pre" (the course's) or "post" (the paper's)
    tied : bool, the output layer is the embedding; False: a matrix of its own
    detach_output : bool, a tied output sends no gradient to the embedding (the course's choice)
    positions : "sinusoidal" or "learned", up to max_length
    attention : "readable", or "fast" with PyTorch's fused kernel: the same numbers
    """

    def __init__(self, vocab_size=None, n_layers=6, n_heads=8, d_model=512, d_filter=2048, dropout=None,
                 embedding_initializer=None, *, norm="pre", tied=True, detach_output=True, positions="sinusoidal",
                 max_length=512, attention="readable"):
        super().__init__()
        embedding = TransformerInputEmbedding(d_model, vocab_size, dropout, embedding_initializer=embedding_initializer,
                                              positions=positions, max_length=max_length)
        if vocab_size is None:
            output = None
        else:
            output = EmbeddingTranspose(embedding.embedding, detach_output) if tied else nn.Linear(
                d_model, vocab_size, bias=False)
        sizes = n_layers, n_heads, d_model, d_filter, dropout
        self.encoder = TransformerEncoder(embedding, *sizes, norm=norm, attention=attention)
        self.decoder = TransformerDecoder(embedding, output, *sizes, norm=norm, attention=attention)

    def forward(self, source_sequence, target_sequence, encoder_mask=None, decoder_mask=None, mask_future=True,
                shift_target_sequence_right=True, return_states=False):
        """Return logits (B, T, V) from source_sequence (B, S), target_sequence (B, T), encoder_mask and decoder_mask.

        Logit t predicts target token t from the source and the target tokens before t. mask_future,
        shift_target_sequence_right and return_states are those of `TransformerDecoder.forward`.
        """
        encoder_output = self.encoder(source_sequence, encoder_mask)
        return self.decoder(target_sequence, encoder_output, encoder_mask, decoder_mask, mask_future,
                            shift_target_sequence_right, return_states)
