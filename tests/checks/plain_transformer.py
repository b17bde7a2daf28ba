"""Plain right solutions of the Transformer exercises, written as a learner would; `wrong_transformer` breaks them."""

import math
import warnings

import torch
from torch import nn


class AttentionQKV(nn.Module):
    def forward(self, queries, keys, values, mask=None):
        similarity = torch.matmul(queries, keys.transpose(-2, -1)) / math.sqrt(keys.shape[-1])
        if mask is not None:
            if mask.dim() < similarity.dim():
                mask = mask.unsqueeze(1)
            similarity = similarity + -1e9 * torch.logical_not(mask)
        weights = torch.softmax(similarity, dim=-1)
        output = torch.matmul(weights, values)
        return output, weights


class MultiHeadProjection(nn.Module):
    def __init__(self, n_heads, feature_sizes):
        super().__init__()
        self.n_heads = n_heads
        self.attention_map = AttentionQKV()

    def forward(self, inputs, mask=None):
        queries, keys, values = [self._split_heads(x) for x in inputs]
        output, _ = self.attention_map(queries, keys, values, mask)
        return self._combine_heads(output)

    def _split_heads(self, x):
        B, T, d = x.shape
        return x.view(B, T, self.n_heads, d // self.n_heads).permute(0, 2, 1, 3)

    def _combine_heads(self, x):
        B, heads, T, part = x.shape
        return x.permute(0, 2, 1, 3).reshape(B, T, heads * part)


def normed(d):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.utils.weight_norm(nn.Linear(d, d, bias=False))


class MultiHeadAttention(nn.Module):
    def __init__(self, n_heads, d):
        super().__init__()
        self.query_layer, self.key_layer, self.value_layer, self.output_layer = [normed(d) for _ in range(4)]
        self.attention_layer = MultiHeadProjection(n_heads, [d])

    def forward(self, inputs, mask=None):
        asks, memory = inputs
        projected = self.query_layer(asks), self.key_layer(memory), self.value_layer(memory)
        return self.output_layer(self.attention_layer(projected, mask))


class PositionEmbedding(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.divisor = 10000 ** (torch.arange(0, hidden_size, 2, dtype=torch.float32) / hidden_size)

    def forward(self, inputs, start=1):
        T = inputs.shape[1]
        position = torch.arange(start, start + T, dtype=torch.float32)
        angle = position[:, None] / self.divisor[None, :]
        code = torch.stack([torch.sin(angle), torch.cos(angle)], dim=2).view(1, T, self.hidden_size)
        return inputs + code


class TransformerFeedForward(nn.Module):
    def __init__(self, input_size, filter_size, hidden_size, dropout):
        super().__init__()
        self.norm = nn.LayerNorm(input_size)
        self.feed_forward = nn.Sequential(nn.Linear(input_size, filter_size), nn.ReLU(),
                                          nn.Linear(filter_size, hidden_size))
        self.dropout = nn.Dropout(0 if dropout is None else dropout)

    def forward(self, inputs):
        norm_input = self.norm(inputs)
        out = self.dropout(self.feed_forward(norm_input))
        return inputs + out


class TransformerEncoderBlock(nn.Module):
    def __init__(self, input_size, n_heads, filter_size, hidden_size, dropout=None):
        super().__init__()
        self.norm = nn.LayerNorm(input_size)
        self.self_attention = MultiHeadAttention(n_heads, input_size)
        self.feed_forward = TransformerFeedForward(input_size, filter_size, hidden_size, dropout)

    def forward(self, inputs, self_attention_mask=None):
        norm_inputs = self.norm(inputs)
        attended = self.self_attention((norm_inputs, norm_inputs), self_attention_mask)
        x = inputs + attended
        return self.feed_forward(x)


class TransformerDecoderBlock(nn.Module):
    def __init__(self, input_size, n_heads, filter_size, hidden_size, dropout=None):
        super().__init__()
        self.self_norm = nn.LayerNorm(input_size)
        self.self_attention = MultiHeadAttention(n_heads, input_size)
        self.cross_attention = MultiHeadAttention(n_heads, input_size)
        self.cross_norm_source = nn.LayerNorm(input_size)
        self.cross_norm_target = nn.LayerNorm(input_size)
        self.feed_forward = TransformerFeedForward(input_size, filter_size, hidden_size, dropout)

    def forward(self, decoder_inputs, encoder_outputs, self_attention_mask=None, cross_attention_mask=None):
        norm_inputs = self.self_norm(decoder_inputs)
        x = decoder_inputs + self.self_attention((norm_inputs, norm_inputs), self_attention_mask)
        source = self.cross_norm_source(encoder_outputs)
        target = self.cross_norm_target(x)
        y = x + self.cross_attention((target, source), cross_attention_mask)
        return self.feed_forward(y)


class Input(nn.Module):
    def __init__(self, V, d):
        super().__init__()
        self.embedding = nn.Embedding(V, d)
        self.positions = PositionEmbedding(d)


class Output(nn.Module):
    def __init__(self, embedding):
        super().__init__()
        self.embedding = embedding


class Holder(nn.Module):
    pass


class Transformer(nn.Module):
    def __init__(self, vocab_size=None, n_layers=6, n_heads=8, d_model=512, d_filter=2048, dropout=None):
        super().__init__()
        self.n_layers, self.encoder, self.decoder = n_layers, Holder(), Holder()
        self.encoder.embedding_layer = self.decoder.embedding_layer = Input(vocab_size, d_model)
        self.decoder.output_layer = Output(self.encoder.embedding_layer.embedding)
        for i in range(n_layers):
            sizes = d_model, n_heads, d_filter, d_model, dropout
            setattr(self.encoder, f"encoder{i}", TransformerEncoderBlock(*sizes))
            setattr(self.decoder, f"decoder{i}", TransformerDecoderBlock(*sizes))

    def embed(self, tokens):
        layer = self.encoder.embedding_layer
        return layer.positions(layer.embedding(tokens))

    def attention_mask(self, mask, S, rows):
        if mask is None:
            return None
        if mask.dim() == 1:
            mask = torch.arange(S)[None, :] < mask[:, None]
        if mask.dim() == 3:
            mask = mask[:, 0]
        return mask.bool()[:, None, :].repeat(1, rows, 1)

    def shift(self, target):
        return torch.cat([torch.zeros_like(target[:, :1]), target[:, :-1]], dim=1)

    def future(self, T):
        places = torch.arange(T)
        return places[None, :] <= places[:, None]

    def forward(self, source, target, encoder_mask, decoder_mask, mask_future=True, shift_target_sequence_right=True):
        S, T = source.shape[1], target.shape[1]
        source_mask = self.attention_mask(encoder_mask, S, S)
        x = self.embed(source)
        for i in range(self.n_layers):
            x = getattr(self.encoder, f"encoder{i}")(x, source_mask)
        if shift_target_sequence_right:
            target = self.shift(target)
        own = self.attention_mask(decoder_mask, T, T)
        if mask_future:
            own = self.future(T).repeat(len(target), 1, 1) if own is None else own & self.future(T)
        cross = self.attention_mask(encoder_mask, S, T)
        y = self.embed(target)
        for i in range(self.n_layers):
            y = getattr(self.decoder, f"decoder{i}")(y, x, own, cross)
        logits = y @ self.decoder.output_layer.embedding.weight.detach().T
        return logits
