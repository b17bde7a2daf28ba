"""Our BERT is `transformers`' BertModel; masks, heads and gradients do what the definition says."""

import numpy as np
import pytest
import torch
from reference import import_transformers

from cs182lib.language.bert import (
    BertClassifier,
    BertConfig,
    BertEncoder,
    BertMaskedLM,
    count_parameters,
    masked_mean,
)
from cs182lib.language.bert_files import find_teacher, load_bert, save_bert
from cs182lib.language.wordpiece import load_wordpiece, pad_pieces

SIZES = dict(vocab_size=23, hidden_size=12, num_hidden_layers=3, num_attention_heads=4, intermediate_size=20,
             max_position_embeddings=11)
IDS = torch.tensor([[3, 7, 1, 22, 5, 9, 2], [4, 4, 8, 0, 0, 0, 0]])
MASK = IDS > 0


def encoder(seed=0, **changes):
    torch.manual_seed(seed)
    model = BertEncoder(BertConfig(**{**SIZES, **changes})).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.3 * torch.randn_like(p))  # biases and norms away from their start, scores that matter
    return model


def reference(model, tmp_path, **options):
    """Return `transformers`' model with the same weights, by way of a folder."""
    save_bert(model, tmp_path)
    transformers = import_transformers()
    return transformers.BertModel.from_pretrained(tmp_path, attn_implementation="eager", **options).eval()


def largest_difference(ours, theirs, mask):
    return max((a - b)[mask].abs().max().item() for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("act", ["gelu", "relu", "gelu_new"])
def test_hidden_states_and_attentions_are_those_of_transformers(tmp_path, act):
    model = encoder(hidden_act=act)
    theirs = reference(model, tmp_path)
    types = (torch.arange(7) > 3).long().expand(2, 7)
    out = model(IDS, MASK, types, attentions=True)
    right = theirs(IDS, MASK.long(), types, output_hidden_states=True, output_attentions=True)
    assert len(out.hidden_states) == 4 and len(out.attentions) == len(out.scores) == 3
    assert largest_difference(out.hidden_states, right.hidden_states, MASK) < 1e-5
    rows = MASK[:, None].expand(2, 4, 7)
    assert largest_difference(out.attentions, right.attentions, rows) < 1e-5


def test_gradients_are_those_of_transformers(tmp_path):
    model = encoder()
    theirs = reference(model, tmp_path)
    weight = torch.linspace(-1, 1, 7 * 12).view(7, 12)
    (model(IDS).last_hidden_state * weight).sum().backward()
    (theirs(IDS).last_hidden_state * weight).sum().backward()
    right = dict(theirs.named_parameters())
    for ours, name in (("embeddings.word.weight", "embeddings.word_embeddings.weight"),
                       ("blocks.0.attention.key.weight", "encoder.layer.0.attention.self.key.weight"),
                       ("blocks.2.up.bias", "encoder.layer.2.intermediate.dense.bias")):
        torch.testing.assert_close(model.get_parameter(ours).grad, right[name].grad, rtol=1e-4, atol=1e-4)


def test_a_checkpoint_with_a_head_loads(tmp_path):
    transformers = import_transformers()
    torch.manual_seed(3)
    theirs = transformers.BertForSequenceClassification(transformers.BertConfig(**SIZES, num_labels=5)).eval()
    theirs.save_pretrained(tmp_path)
    right = theirs.bert(IDS, MASK.long(), output_hidden_states=True).hidden_states
    assert largest_difference(load_bert(tmp_path)(IDS, MASK).hidden_states, right, MASK) < 1e-5


def test_the_masked_language_model_is_that_of_transformers(tmp_path):
    transformers = import_transformers()
    model = BertMaskedLM(encoder()).eval()
    torch.nn.init.normal_(model.bias)
    torch.nn.init.normal_(model.transform.weight)
    save_bert(model.encoder, tmp_path)
    theirs = transformers.BertForMaskedLM.from_pretrained(tmp_path).eval()
    head = theirs.cls.predictions
    head.transform.dense.load_state_dict(model.transform.state_dict())
    head.transform.LayerNorm.load_state_dict(model.norm.state_dict())
    head.bias.data = model.bias.data
    head.decoder.bias = head.bias
    torch.testing.assert_close(model(IDS, MASK)[MASK], theirs(IDS, MASK.long()).logits[MASK], rtol=1e-4, atol=1e-4)


@pytest.mark.real_data
def test_the_teacher_is_that_of_transformers():
    folder = find_teacher()
    if folder is None:
        pytest.skip("needs the extra [teacher]")
    transformers = import_transformers()
    theirs = transformers.BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    rows = load_wordpiece(folder).encode(["Crude oil rose 1.5 pct.", "Grain exports of the U.S. fell sharply in 1987"])
    ids, mask = pad_pieces(rows)
    with torch.no_grad():
        out = load_bert(folder)(ids, mask, attentions=True)
        right = theirs(ids, mask.long(), output_hidden_states=True, output_attentions=True)
    assert largest_difference(out.hidden_states, right.hidden_states, mask) < 1e-5
    assert largest_difference(out.attentions, right.attentions, mask[:, None].expand(2, 12, ids.shape[1])) < 1e-5


def test_the_fast_path_is_the_readable_one():
    model = encoder().double()
    fast, readable = model(IDS, MASK), model(IDS, MASK, attentions=True)
    assert not fast.attentions and not fast.scores
    for a, b in zip(fast.hidden_states, readable.hidden_states):
        torch.testing.assert_close(a[MASK], b[MASK], rtol=1e-10, atol=1e-10)


def test_attention_is_the_softmax_of_its_scores_over_what_is_there():
    out = encoder().double()(IDS, MASK, attentions=True)
    for scores, weights in zip(out.scores, out.attentions):
        right = np.exp(scores.detach().numpy()) * MASK.numpy()[:, None, None, :]
        np.testing.assert_allclose(weights.detach().numpy(), right / right.sum(-1, keepdims=True), rtol=1e-9)


def test_padding_changes_nothing():
    model = BertClassifier(encoder(), num_classes=5).eval()
    alone = model(IDS[1:, :3])
    torch.testing.assert_close(model(IDS, MASK)[1:], alone)
    other = IDS.masked_fill(~MASK, 6)
    torch.testing.assert_close(model(other, MASK)[1:], alone)
    torch.testing.assert_close(model(IDS, MASK.long())[1:], alone)


def test_pooling():
    model = encoder()
    last = model(IDS, MASK).last_hidden_state
    torch.testing.assert_close(masked_mean(last, MASK)[1], last[1, :3].mean(0))
    torch.testing.assert_close(masked_mean(last), last.mean(1))
    for pooling, pooled in (("cls", last[:, 0]), ("mean", masked_mean(last, MASK))):
        head = BertClassifier(model, 5, pooling).eval()
        torch.testing.assert_close(head(IDS, MASK), head.classifier(pooled))


def test_the_start():
    model = BertEncoder(BertConfig(vocab_size=500, hidden_size=96))
    assert model.blocks[0].up.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert not model.blocks[0].up.bias.any() and not model.embeddings.word.weight[0].any()


def test_parameters_are_counted():
    counts = count_parameters(encoder())
    D, F = 12, 20
    assert counts["embeddings"] == (23 + 11 + 2) * D + 2 * D
    assert counts["blocks"] == 3 * (4 * (D * D + D) + (D * F + F) + (F * D + D) + 4 * D)


def test_dropout_is_off_in_eval_mode_and_on_in_training():
    model = encoder(hidden_dropout_prob=0.5)
    assert torch.equal(model(IDS).last_hidden_state, model(IDS).last_hidden_state)
    model.train()
    assert not torch.equal(model(IDS).last_hidden_state, model(IDS).last_hidden_state)


@pytest.mark.parametrize("ids, mask, message", [
    (torch.zeros(2, 12, dtype=torch.long), None, "has 12 pieces a row, this BERT has 11 positions"),
    (IDS + 1, None, "must lie in 0 to 22, got 1 to 23"),
    (IDS, MASK[:, :3], r"mask must have the shape of ids, \(2, 7\), got \(2, 3\)"),
    (IDS[0], None, "whole numbers of shape"),
    (IDS.float(), None, "whole numbers of shape"),
])
def test_bad_input(ids, mask, message):
    with pytest.raises(ValueError, match=message):
        encoder()(ids, mask)


@pytest.mark.parametrize("changes, message", [
    ({"num_attention_heads": 5}, "hidden_size must be a multiple of num_attention_heads, got 12 and 5"),
    ({"hidden_act": "tanh"}, "hidden_act must be one of 'gelu'"),
    ({"hidden_size": 0}, "hidden_size must be at least 1"),
    ({"hidden_dropout_prob": 1.0}, "hidden_dropout_prob must lie in"),
])
def test_bad_config(changes, message):
    with pytest.raises(ValueError, match=message):
        BertConfig(**{**SIZES, **changes})
