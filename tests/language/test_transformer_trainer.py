"""The course's trainer: losses on both scales, dropout passed on, one step, batches, and writing word after word."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cs182lib.language.transformer_trainer import (
    TransformerTrainer,
    build_batch,
    build_dataset,
    generate_summary,
    masked_loss,
    unmasked_mean_loss,
)
from cs182lib.language.vocabulary import SPECIAL, Vocabulary, padI, unkI

VOCABULARY = Vocabulary([*SPECIAL, *"the bank buys gold today".split()])
ARTICLES = [SimpleNamespace(title=title, body=body) for title, body in (
    ("bank buys gold", "the bank buys gold today"), ("the bank", "today the bank buys the gold the bank"),
    ("gold today quorn bank buys the gold", "gold"))]
DATA = build_dataset(ARTICLES, VOCABULARY, 7, 5)


def trainer(seed=0, **options):
    torch.manual_seed(seed)
    return TransformerTrainer(len(VOCABULARY), 8, 7, 5, 1, 12, n_heads=2, **options)


def a_batch(rng=0, batch_size=6):
    names = ("source_sequence", "encoder_mask", "target_sequence", "decoder_mask")
    return dict(zip(names, build_batch(DATA, batch_size, rng)))


def test_records():
    assert DATA[0]["input"] == [3, 4, 5, 6, 7, padI, padI] and DATA[0]["input_mask"] == 5 * [True] + 2 * [False]
    assert DATA[0]["output"] == [4, 5, 6, padI, padI] and DATA[0]["output_mask"] == [True] * 4 + [False]
    assert DATA[2]["output"] == [6, 7, unkI, 4, padI] and all(DATA[2]["output_mask"])
    assert len(DATA[1]["input"]) == 7 and DATA[1]["summary"] == "the bank"


def test_batches_are_drawn_with_replacement():
    rows, row_masks, targets, target_masks = build_batch(DATA, 500, 3)
    assert rows.shape == row_masks.shape == (500, 7) and targets.shape == target_masks.shape == (500, 5)
    assert len(np.unique(rows, axis=0)) == 3
    assert all(np.array_equal(a, b) for a, b in zip(build_batch(DATA, 4, 3), build_batch(DATA, 4, 3)))


def test_both_losses():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 6, dtype=torch.float64, generator=generator)
    target = torch.randint(6, (3, 4), generator=generator)
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]]).bool()
    losses = -logits.log_softmax(-1).gather(2, target[..., None])[..., 0]
    loss, accuracy = masked_loss(logits, target, mask)
    assert torch.allclose(loss, losses[mask].mean())
    assert accuracy.item() == pytest.approx((logits.argmax(-1) == target)[mask].double().mean().item())
    assert torch.allclose(unmasked_mean_loss(logits, target), losses.mean())


def test_padding_does_not_reach_the_masked_loss():
    one, batch = trainer(), a_batch()
    changed = copy.deepcopy(batch)
    changed["target_sequence"][~batch["decoder_mask"]] = 5
    assert one(batch, optimize=False) == one(changed, optimize=False)
    other = trainer(masked=False)
    assert other(batch, optimize=False)[0] != other(changed, optimize=False)[0]


@pytest.mark.parametrize("masked", [True, False])
def test_one_step_is_that_of_adam(masked):
    one, batch = trainer(masked=masked, learning_rate=0.01), a_batch()
    model = copy.deepcopy(one.model)
    source, target = (torch.tensor(batch[name]) for name in ("source_sequence", "target_sequence"))
    masks = [torch.tensor(batch[name]) for name in ("encoder_mask", "decoder_mask")]
    logits = model(source, target, *masks)
    losses = F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="none").view_as(target)
    expected = losses[masks[1]].mean() if masked else losses.mean()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    expected.backward()
    optimizer.step()
    loss, accuracy = one(batch)
    assert loss == pytest.approx(expected.item()) and 0 <= accuracy <= 1
    for ours, theirs in zip(one.model.parameters(), model.parameters()):
        assert torch.allclose(ours, theirs)


def test_measuring_changes_nothing_and_training_learns():
    one, batch = trainer(dropout=0.3, learning_rate=0.01), a_batch()
    before = one(batch, optimize=False)
    assert before == one(batch, optimize=False)
    for _ in range(150):
        one(batch)
    assert one(batch, optimize=False)[0] < 0.2 * before[0]


def test_dropout_is_passed_on():
    assert trainer(dropout=0.3).model.encoder.encoder0.feed_forward.dropout.p == 0.3


def test_writing_reads_each_word_where_it_stands():
    one, batch = trainer(learning_rate=0.01), a_batch()
    for _ in range(200):
        one(batch)
    source, mask, _, _ = build_batch(DATA, 3, 1)
    source, mask = torch.tensor(source), torch.tensor(mask)
    with torch.no_grad():
        words = generate_summary(one.model.eval(), source, mask, 5)
        again = one.model(source, words, mask, None).argmax(-1)  # what the model says when it reads its own words
    assert torch.equal(words, again)


def test_bad_input():
    one, batch = trainer(), a_batch()
    with pytest.raises(ValueError, match="batch has no 'decoder_mask'"):
        one({name: value for name, value in batch.items() if name != "decoder_mask"})
    with pytest.raises(ValueError, match="must have the shape"):
        one({**batch, "target_sequence": batch["target_sequence"][:, :3]})
    with pytest.raises(ValueError, match="dataset is empty"):
        build_batch([], 3)
    with pytest.raises(ValueError, match="output_length"):
        generate_summary(one.model, torch.zeros(1, 3).long(), None, 0)
