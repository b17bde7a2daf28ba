"""Every check of the language model passes right solutions and fails wrong ones with the likely cause."""

import numpy as np
import plain_language
import pytest
import torch
import torch.nn.functional as F
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from wrong_language import WRONG

from cs182lib.checks import hw3_language, hw3_writing
from cs182lib.language import language_model, ngrams, sampling, vocabulary


def check(name):
    return getattr(hw3_language, f"check_{name}", None) or getattr(hw3_writing, f"check_{name}")


def library(name):
    return next(getattr(module, name) for module in (vocabulary, sampling, language_model, ngrams)
                if hasattr(module, name))


def text_by_filter(numerized, vocabulary):
    return " ".join(filter(lambda word: word != "PAD", map(vocabulary.words.__getitem__, map(int, numerized))))


def batch_by_roll(dataset, indices):
    rows = [dataset[int(i)] for i in indices]
    target = np.stack([np.asarray(row["numerized"], np.int32) for row in rows])
    batch_input = np.roll(target, 1, axis=1)
    batch_input[:, 0] = 0
    return [batch_input, target, np.asarray([row["mask"] for row in rows], np.float32)]


class LanguageModelByCells(language_model.LanguageModel):
    """Reads word by word."""

    def forward(self, x):
        state, rows = None, []
        for t in range(x.shape[1]):
            h, state = self.lstm(self.embedding(x[:, t:t + 1]), state)
            rows.append(self.output(self.dropout(h)))
        return torch.cat(rows, dim=1)


def loss_by_indexing(pred, target, mask):
    return F.cross_entropy(pred[mask > 0], target[mask > 0])


def loss_by_hand(pred, target, mask):
    log_z = torch.logsumexp(pred, dim=2)
    picked = torch.einsum("btv,btv->bt", pred, F.one_hot(target, pred.shape[2]).to(pred.dtype))
    return ((log_z - picked) * mask / mask.sum()).sum()


def evaluate_one_by_one(model, dataset, batch_size):
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(torch.tensor([[0, *row["numerized"][:sum(row["mask"]) - 1]]]))[0],
                                  torch.tensor(row["numerized"][:sum(row["mask"])]), reduction="sum")
                  for row in dataset]
    model.train()
    return sum(losses) / sum(sum(row["mask"]) for row in dataset)


def log_probs_as_array(headlines, model, vocabulary, length, end):
    return plain_language.headline_log_probs(headlines, model, vocabulary, length, end).numpy()


def sample_by_gumbel(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    """Keep words by thresholds on their probabilities; the best of the logits plus Gumbel noise is a draw."""
    if temperature == 0:
        return logits.max(-1).indices
    p = sampling.next_word_probabilities(logits, temperature, top_k, top_p)
    noise = -(-torch.rand(p.shape, generator=generator, dtype=p.dtype).log()).log()
    return (p.log() + noise).argmax(-1)


UNUSUAL = [("numerized2text", text_by_filter), ("build_batch", batch_by_roll), ("LanguageModel", LanguageModelByCells),
           ("loss_fn", loss_by_indexing), ("loss_fn", loss_by_hand), ("evaluate_loss", evaluate_one_by_one),
           ("headline_log_probs", log_probs_as_array), ("sample_next", sample_by_gumbel)]


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [library(name), getattr(plain_language, name)], capsys)
    assert len(WRONG[name]) >= 5


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_language, name), old, new), output or "", cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub(name):
    assert_not_written_yet(check(name), "language/")


def test_each_mistake_in_writing_shows():
    model, weights = hw3_writing._telling()
    right = {start: hw3_writing.greedy(weights, start[0].split(), start[1]) for start in hw3_writing.STARTERS}
    wrong = {start: hw3_writing._wrong_sentences(weights, *start, right[start]) for start in right}
    for cause in next(iter(wrong.values())):
        assert any(wrong[start][cause] != right[start] for start in right), cause
    assert len({len(words) for words in right.values()}) > 2
