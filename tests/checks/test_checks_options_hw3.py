"""What this workbook's classes offer beside the course's is checked where it is there, and only there."""

import plain_language
import pytest
import torch
from breaking import assert_fails, broken
from torch import nn
from unusual_transformer import ProjectionByChunks, fast

from cs182lib.checks import hw3
from cs182lib.language.attention import AttentionQKV
from cs182lib.language.distillation import KnowledgeDistillationLoss
from cs182lib.language.language_model import LanguageModel, LockedDropout
from cs182lib.language.transformer import Transformer, TransformerDecoder
from cs182lib.language.transformer_blocks import (
    TransformerDecoderBlock,
    TransformerEncoderBlock,
    TransformerFeedForward,
)
from cs182lib.language.transformer_embeddings import TransformerInputEmbedding

MODEL = [
    ("nn.init.normal_(self.embedding.weight, std=rnn_size**-0.5)", "pass", "tied", "standard normal numbers"),
    ("self.output.weight = self.embedding.weight", "pass", "tied", "make them one"),
    ("LockedDropout(dropout) if locked else nn.Dropout(dropout)", "nn.Dropout(dropout)", "locked", "one mask"),
    ("LockedDropout(dropout) if locked", "nn.Identity() if locked", "locked", "drop before"),
    (" / (1 - self.word_dropout)", "", "word_dropout", "divide by"),
    ("not (self.training and self.word_dropout)", "not self.word_dropout", "word_dropout", "in training alone"),
    ("not (self.training and self.word_dropout)", "True", "word_dropout", "whole rows"),
    ("F.embedding(x, weight * keep / (1 - self.word_dropout))",
     "F.embedding(x, weight) * 2 * (torch.rand(*x.shape, 1) < 0.5)", "word_dropout", "not places"),
    ("h if keep is None else h[keep]", "h", "logits", "keep is ignored"),
    ("h if keep is None else h[keep]", "h if keep is None else h[~keep]", "logits", "upside down"),
    ("h if keep is None else h[keep]", "h if keep is None else h * keep[..., None]", "logits", None),
    ("self.dropout(self._embed(x)), state)", "self.dropout(self._embed(x)))", "logits", "state is not handed"),
    ("return self.dropout(h), state", "return self.output(self.dropout(h)), state", "forward", None),
]


class SameForAllRows(LockedDropout):
    """Drops the same numbers in each headline."""

    def forward(self, x):
        return x * nn.functional.dropout(x.new_ones(1, 1, x.shape[2]), self.p, self.training)


class LockedAlike(LanguageModel):
    def __init__(self, vocab_size, rnn_size, num_layers=1, dropout=0.0, locked=False):
        super().__init__(vocab_size, rnn_size, num_layers, dropout, locked=locked)
        if locked:
            self.dropout = SameForAllRows(self.dropout.p)


@pytest.mark.parametrize("old, new, output, cause", MODEL)
def test_options_of_the_language_model(old, new, output, cause):
    assert_fails(hw3.CHECKS["hw3/LanguageModel"], broken(LanguageModel, old, new), output, cause)


def test_each_headline_has_its_own_mask():
    assert_fails(hw3.CHECKS["hw3/LanguageModel"], LockedAlike, "locked", "a mask of its own")


class Unscaled(AttentionQKV):
    def forward(self, queries, keys, values, mask=None):
        weights = self.apply_mask(super().similarity(queries, keys), mask).softmax(dim=-1)
        return weights @ values, weights

    def similarity(self, queries, keys):
        return queries @ keys.mT


class SplitByReshape(ProjectionByChunks):
    def _split_heads(self, x):
        return x.reshape(len(x), self.n_heads, x.shape[1], -1)


class CombinedByReshape(ProjectionByChunks):
    def _combine_heads(self, x):
        return x.reshape(len(x), x.shape[2], -1)


class WithoutSource(TransformerDecoderBlock):
    def forward(self, x, source, self_attention_mask=None, cross_attention_mask=None):
        return super().combine(x, lambda x: self.self_attention((x, x), self_attention_mask), lambda x:
                               self.cross_attention((x, self.cross_norm_source(source)), cross_attention_mask))

    def combine(self, x, look_back, look_at_source):
        return self.feed_forward(x + look_back(self.self_norm(x)))


class NoWeights(TransformerDecoderBlock):
    def forward(self, *arguments, return_weights=False):
        return super().forward(*arguments)


class OneHead(Transformer):
    def forward(self, *arguments, return_states=False, **options):
        if not return_states:
            return super().forward(*arguments, **options)
        kept = []
        hook = self.decoder.decoder1.register_forward_hook(lambda block, inputs, output: kept.append(output[1][:, 0]))
        logits, states, _ = super().forward(*arguments, return_states=True, **options)
        hook.remove()
        return logits, states, kept[0]


class NoStates(Transformer):
    def forward(self, *arguments, return_states=False, **options):
        return super().forward(*arguments, **options)


class FromOne(Transformer):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        layer = self.encoder.embedding_layer
        layer.forward = lambda inputs, start=1: layer.position_encoding(layer.embedding(inputs))


class AlwaysDetached(Transformer):
    def __init__(self, *sizes, detach_output=True):
        super().__init__(*sizes)


class DropsPositions(Transformer):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        kind = broken(TransformerInputEmbedding, "return self.position_encoding(x, start=start)",
                      "return self.dropout(self.position_encoding(x, start=start))")
        self.encoder.embedding_layer.__class__ = self.decoder.embedding_layer.__class__ = kind


PARTS = [
    ("Transformer", AlwaysDetached, "embedding.grad", "detach_output is ignored"),
    ("Transformer", DropsPositions, "embedded", "before the code"),
    ("AttentionQKV", Unscaled, "similarity", "not divided"),
    ("MultiHeadProjection", SplitByReshape, "_split_heads", "then transpose"),
    ("MultiHeadProjection", CombinedByReshape, "_combine_heads", "transpose back"),
    ("TransformerFeedForward", broken(TransformerFeedForward, "self.norm, self.pre)", "self.norm, True)"), "out",
     "is ignored"),
    ("TransformerEncoderBlock", broken(TransformerEncoderBlock, "self.norm, self.pre)", "self.norm, True)"), "out",
     None),
    ("TransformerDecoderBlock", WithoutSource, "combine", "no cross-attention"),
    ("TransformerDecoderBlock", NoWeights, "weights", None),
    ("Transformer", OneHead, "weights", "one head alone"),
    ("Transformer", NoStates, "states", None),
    ("Transformer", FromOne, "embedded", "not handed on"),
    ("KnowledgeDistillationLoss", broken(KnowledgeDistillationLoss, "self.weights[name] * value", "value"), "loss",
     "not multiplied"),
    ("KnowledgeDistillationLoss", broken(KnowledgeDistillationLoss, "student, self.temperature)", "student)"), "loss",
     "temperature is not used"),
    ("KnowledgeDistillationLoss", broken(KnowledgeDistillationLoss, "if self.weights[name] and (", "if ("), "terms",
     "switched on"),
]


@pytest.mark.parametrize("name, solution, output, cause", PARTS)
def test_parts_that_other_modules_call(name, solution, output, cause):
    assert_fails(hw3.CHECKS[f"hw3/{name}"], solution, output, cause)


def test_a_class_is_asked_for_its_method(capsys):
    hw3.CHECKS["hw3/shift_target_sequence_right"](TransformerDecoder)
    assert "is right" in capsys.readouterr().out
    wrong = broken(TransformerDecoder, "torch.zeros_like(target_sequence[:, :1])", "target_sequence[:, -1:]")
    assert_fails(hw3.CHECKS["hw3/shift_target_sequence_right"], wrong, "shifted", "rolled round")


def test_without_the_options_nothing_is_missed():
    hw3.CHECKS["hw3/LanguageModel"](plain_language.LanguageModel)
    hw3.CHECKS["hw3/TransformerEncoderBlock"](fast(TransformerEncoderBlock))
    assert torch.is_grad_enabled()
