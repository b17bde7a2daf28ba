"""The LSTM language model against PyTorch's own parts, closed forms, and text it must learn by heart."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.batching import headline_batches
from cs182lib.language.language_model import (
    LanguageModel,
    LockedDropout,
    evaluate_loss,
    generate_sentence,
    headline_log_probs,
    language_model_loss,
    load_language_model,
    loss_fn,
    perplexity,
    raw_sample_pred,
    save_language_model,
    write_headlines,
)
from cs182lib.language.ngrams import counted_words
from cs182lib.language.vocabulary import Vocabulary, build_dataset, padI, unkI
from cs182lib.training.fit import fit
from cs182lib.training.schedules import cosine

TITLES = ["acme buys bolt for 3 mln dlrs", "bolt sells acme", "crown names new chief", "acme profit falls",
          "dana buys crown for 7 mln dlrs", "the the the the the the the"]
V = 20


@pytest.fixture
def vocabulary():
    return Vocabulary.build(TITLES)


@pytest.fixture
def dataset(vocabulary):
    assert len(vocabulary) == V
    return build_dataset(TITLES, vocabulary, length=9, end=True)


def model_of(rnn_size=11, seed=0, **options):
    torch.manual_seed(seed)
    return LanguageModel(V, rnn_size, **options)


@pytest.mark.parametrize("layers", [1, 3])
def test_forward_is_embedding_lstm_output(layers):
    model = model_of(num_layers=layers, dropout=0.5).eval()
    x = torch.arange(10).reshape(2, 5)
    lstm = nn.LSTM(11, 11, layers, batch_first=True)
    lstm.load_state_dict(model.lstm.state_dict())
    expected = lstm(model.embedding.weight[x])[0] @ model.output.weight.T + model.output.bias
    torch.testing.assert_close(model(x), expected)


def test_state_dict_has_the_course_names():
    lstm = [f"lstm.{name}_l{i}" for i in range(2) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    names = ["embedding.weight", *lstm, "output.weight", "output.bias"]
    for options in ({}, {"tied": True, "locked": True, "dropout": 0.3, "word_dropout": 0.1}):
        state = model_of(num_layers=2, **options).state_dict()
        assert list(state) == names and state["embedding.weight"].shape == state["output.weight"].shape == (V, 11)
    model = model_of(tied=True)
    assert model.output.weight is model.embedding.weight
    assert sum(p.numel() for p in model.parameters()) == V * 11 + 2 * 44 * 11 + 2 * 44 + V


def test_no_word_sees_the_future():
    model, x = model_of(num_layers=2).eval(), torch.arange(8).reshape(1, 8)
    changed = x.clone()
    changed[0, 5] = 17
    difference = (model(x) - model(changed)).abs().amax((0, 2))
    assert (difference[:5] == 0).all() and (difference[5:] > 0).all()


def test_locked_dropout_drops_the_same_numbers_at_every_step():
    torch.manual_seed(0)
    layer, x = LockedDropout(0.25), torch.ones(400, 5, 30)
    out = layer(x)
    assert (out == out[:, :1]).all() and out.unique().tolist() == pytest.approx([0, 4 / 3])
    assert abs((out == 0).float().mean() - 0.25) < 0.02 and abs(out.mean() - 1) < 0.03
    assert layer.eval()(x) is x


def test_word_dropout_drops_whole_words_everywhere():
    model = model_of(word_dropout=0.4)
    x = torch.arange(V).repeat(2, 1)
    vectors = model._embed(x)
    gone = (vectors == 0).all(-1)
    assert (gone[0] == gone[1]).all() and 0 < gone[0].sum() < V
    torch.testing.assert_close(vectors[~gone], model.embedding(x)[~gone] / 0.6)
    assert torch.equal(model.eval()._embed(x), model.embedding(x))


def test_loss_by_definition_and_its_gradient():
    torch.manual_seed(0)
    pred = torch.randn(3, 5, 7, dtype=torch.float64, requires_grad=True)
    target, mask = torch.randint(7, (3, 5)), torch.tensor([[1.0] * n + [0] * (5 - n) for n in (5, 1, 3)])
    log_p = pred - pred.exp().sum(-1, keepdim=True).log()
    nats = [-log_p[b, t, target[b, t]] for b in range(3) for t in range(5) if mask[b, t]]
    loss = loss_fn(pred, target, mask)
    torch.testing.assert_close(loss, sum(nats) / 9)
    torch.testing.assert_close(loss_fn(pred, target, mask.bool()), loss)
    loss.backward()
    right = (pred.softmax(-1) - F.one_hot(target, 7)).detach() * mask[..., None] / 9
    torch.testing.assert_close(pred.grad, right)


def test_loss_of_extreme_scores_and_of_none():
    target, mask = torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1)
    assert loss_fn(torch.tensor([[[1e4, -1e4]]]), target, mask) == 0
    assert loss_fn(torch.zeros(1, 1, 8), target, mask).item() == pytest.approx(math.log(8))
    with pytest.raises(ValueError, match="no word to predict"):
        loss_fn(torch.zeros(1, 1, 8), target, 0 * mask)
    with pytest.raises(ValueError, match=r"must fit, got \(1, 8, 1\), \(1, 1\) and \(1, 1\)"):
        loss_fn(torch.zeros(1, 8, 1), target, mask)


def test_batches_hold_every_headline_once_and_no_empty_column(dataset):
    batches = headline_batches(dataset, 3, torch.Generator().manual_seed(0))
    passes = [list(batches) for _ in range(2)]
    for found in passes:
        assert len(found) == len(batches) == 2 and [len(batch[0]) for batch in found] == [3, 3]
        assert all(mask[:, -1].any() for _, _, mask in found)
        rows = sorted([word for word, counts in zip(*row) if counts] for batch in found for row in zip(
            batch[1].tolist(), batch[2].tolist()))
        assert rows == sorted(counted_words(dataset))
        assert {batch[1].shape[1] for batch in found} == {5, 8}  # short ones together, long ones together
    drawn = [[batch[1].shape for batch in batches] for _ in range(8)]
    assert len({tuple(shapes) for shapes in drawn}) == 2  # the short or the long ones first
    by_length = sorted(dataset, key=lambda record: sum(record["mask"]))
    longest = sum(by_length[3]["mask"])
    assert torch.equal(next(iter(headline_batches(dataset, 4)))[1], torch.tensor(
        [record["numerized"][:longest] for record in by_length[:4]]))


def test_evaluation_counts_words_and_leaves_dropout_off(dataset):
    model = model_of(dropout=0.5, locked=True, word_dropout=0.3)
    loss = evaluate_loss(model, dataset, batch_size=4)
    assert model.training and loss == evaluate_loss(model, dataset, batch_size=4)
    assert loss == pytest.approx(evaluate_loss(model, dataset, batch_size=1), rel=1e-5)
    batch_input, target, mask = next(iter(headline_batches(dataset, 6)))
    assert loss == pytest.approx(loss_fn(model.eval()(batch_input), target, mask).item(), rel=1e-5)
    log_probs = headline_log_probs(TITLES, model, Vocabulary.build(TITLES), 9, end=True)
    words = sum(map(len, counted_words(dataset)))
    assert -log_probs.sum().item() / words == pytest.approx(loss, rel=1e-5) and perplexity(loss) == math.exp(loss)


def test_one_headline(vocabulary):
    model = model_of()
    pred, target, mask = raw_sample_pred(TITLES[0], model, vocabulary, length=9)
    assert pred.shape == (1, 9, V) and target.shape == mask.shape == (1, 9) and mask.sum() == 7
    expected = -7 * loss_fn(pred, target, mask)
    torch.testing.assert_close(headline_log_probs(TITLES[:1], model, vocabulary, 9)[0], expected)
    assert not pred.requires_grad


def test_probabilities_of_all_headlines_sum_to_one():
    """Two words and the end: 1 + 2 + 4 headlines of up to two words, and what is longer."""
    torch.manual_seed(0)
    model, vocabulary = LanguageModel(5, 6), Vocabulary.build(["a b"])
    with torch.no_grad():
        model.output.bias[:2] = -1e9  # neither <START> nor UNK
    texts = ["", "a", "b", "a a", "a b", "b a", "b b"]
    short = headline_log_probs([text.split() for text in texts], model, vocabulary, 3, end=True).exp().sum()
    longer = headline_log_probs([[x, y, z] for x in "ab" for y in "ab" for z in "ab"], model, vocabulary, 3).exp().sum()
    assert (short + longer).item() == pytest.approx(1, abs=1e-5)


def test_loss_without_padding_is_the_loss(dataset):
    gradients = []
    for loss in (language_model_loss, lambda model, batch: loss_fn(model(batch[0]), *batch[1:])):
        model = model_of(num_layers=2)
        loss(model, next(iter(headline_batches(dataset, 6)))).backward()
        gradients.append({name: p.grad for name, p in model.named_parameters()})
    torch.testing.assert_close(*gradients)


@pytest.fixture(scope="module")
def by_heart():
    vocabulary = Vocabulary.build(TITLES)
    dataset = build_dataset(TITLES, vocabulary, length=9, end=True)
    model = model_of(40)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    fit(model, headline_batches(dataset, 6), optimizer, language_model_loss, epochs=150, schedule=cosine,
        progress=False)
    return model, vocabulary, dataset


def test_headlines_learned_by_heart_are_written_again(by_heart):
    model, vocabulary, dataset = by_heart
    starts = {"acme buys": TITLES[0], "crown": TITLES[2], "acme profit": TITLES[3], "Dana": TITLES[4]}
    for start, title in starts.items():
        assert generate_sentence(start, model, vocabulary) == title
    first_words = [math.log(n / 6) for n in (2, 1, 1, 2, 1, 1)]  # all that is left in doubt once learned by heart
    second = 2 * math.log(1 / 2)
    floor = -(sum(first_words) + second) / sum(map(len, counted_words(dataset)))
    assert floor < evaluate_loss(model, dataset) < 1.05 * floor
    assert headline_log_probs([TITLES[2]], model, vocabulary, 9, end=True).item() == pytest.approx(
        math.log(1 / 6), abs=0.3)


def test_draws_are_headlines_in_the_shares_that_were_learned(by_heart):
    model, vocabulary, dataset = by_heart
    written = write_headlines(model, torch.zeros(1200, 0, dtype=torch.long), length=9,
                              generator=torch.Generator().manual_seed(1))
    assert written.shape == (1200, 9)
    known = torch.tensor([record["numerized"] for record in dataset])
    equal = (written[:, None] == known).all(-1)  # (1200, 6)
    assert equal.any(1).float().mean() > 0.9
    assert (equal.float().mean(0) - 1 / 6).abs().max() < 0.06


def test_writing_is_reading_the_whole_beginning_anew(by_heart):
    model, vocabulary, _ = by_heart
    starts = torch.tensor([[3, 5], [4, 8]])
    written = write_headlines(model, starts, length=6, temperature=0, forbid=(0, unkI))
    for t in range(2, 6):
        logits = model.eval()(F.pad(written[:, :t], (1, 0)))[:, -1]
        logits[:, :2] = -torch.inf
        assert torch.equal(written[:, t], torch.where((written[:, :t] == padI).any(1), padI, logits.argmax(1)))
    assert write_headlines(model, starts, length=2).tolist() == starts.tolist()


def test_forbidden_words_are_not_written():
    written = write_headlines(model_of(), torch.zeros(50, 0, dtype=torch.long), 6, forbid=range(10), temperature=9.0)
    assert written.min() >= 10


def test_checkpoints(tmp_path):
    model = model_of(num_layers=2, tied=True, dropout=0.2)
    path = tmp_path / "models" / "part1" / "model_test1.pt"
    save_language_model(path, model, notes="a test", lr=0.1, epochs=3)
    again = load_language_model(path)
    assert again.kwargs == model.kwargs and torch.equal(again.eval()(torch.ones(1, 2).long()), model.eval()(
        torch.ones(1, 2).long()))
    torch.save({"kwargs": dict(vocab_size=V, rnn_size=11, num_layers=1, dropout=0.5),
                "model_state_dict": model_of().state_dict()}, path)  # the course's form
    assert torch.equal(load_language_model(path).embedding.weight, model_of().embedding.weight)
    torch.save({"model": 1}, path)
    with pytest.raises(ValueError, match="model_test1.pt is no checkpoint of a language model"):
        load_language_model(path)


@pytest.mark.parametrize("options, message", [
    ({"dropout": 1.0}, "dropout must lie in"), ({"num_layers": 0}, "num_layers must be at least 1"),
    ({"word_dropout": -0.1}, "word_dropout must lie in")])
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        model_of(**options)
