"""Greedy writing and beam search against a search through all headlines of a small chain of words."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs182lib.language.decoding import beam_search, length_penalty, write_summaries
from cs182lib.language.sampling import sample_next
from cs182lib.language.vocabulary import padI, startI

V = 5  # <START>, UNK, PAD and two words


class Chain:
    """A writer whose next word depends on the last one, the one before it, and the article."""

    def __init__(self, n, seed=0, beams=1, sharpness=2.0):
        logits = torch.randn(n, V, V, V, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        self.log_p = (sharpness * logits).log_softmax(-1)  # (n, before, last, next)
        self.article, self.before = torch.arange(n).repeat_interleave(beams), torch.zeros(n * beams, dtype=torch.long)
        self.read = []

    def step(self, words):
        self.read.append(words)
        log_p = self.log_p[self.article, self.before, words]
        self.before = words
        return log_p

    def select(self, rows):
        assert (self.article[rows] == self.article).all()
        self.before = self.before[rows]

    def score(self, i, words):
        before, last, total = 0, startI, 0.0
        for word in words:
            total, before, last = total + self.log_p[i, before, last, word].item(), last, word
        return total


def until_end(row):
    row = row.tolist()
    return row[:row.index(padI) + 1] if padI in row else row


def all_headlines(length):
    words = [w for w in range(V) if w != padI]
    for n in range(length):
        yield from ([*start, padI] for start in product(words, repeat=n))
    yield from (list(start) for start in product(words, repeat=length))


def test_greedy_reads_what_it_wrote():
    chain = Chain(6)
    written = write_summaries(chain, 6, 7)
    assert (chain.read[0] == startI).all() and all((chain.read[t + 1] == written[:, t]).all()
                                                   for t in range(written.shape[1] - 1))
    for i, row in enumerate(written):
        kept, before, last = until_end(row), 0, startI
        for word in kept:
            assert word == chain.log_p[i, before, last].argmax()
            before, last = last, word
        assert (row[len(kept):] == padI).all()


def test_without_end_all_get_every_word():
    chain = Chain(6)
    assert write_summaries(chain, 6, 9, end=None).shape == (6, 9) and len(chain.read) == 9


def test_stops_when_all_have_ended():
    class Ends:
        steps = 0

        def step(self, words):
            self.steps += 1
            chosen = {1: (3, 4), 2: (3, padI), 3: (padI, 3)}[self.steps]
            return torch.eye(V)[list(chosen)]

    writer = Ends()
    assert write_summaries(writer, 2, 50).tolist() == [[3, 3, padI], [4, padI, padI]] and writer.steps == 3


def test_draws_follow_the_probabilities():
    generator = torch.Generator().manual_seed(0)
    chain = Chain(1, beams=4000, sharpness=1.0)
    written = write_summaries(chain, 4000, 2, lambda log_p: sample_next(log_p, generator=generator), end=None)
    expected = (chain.log_p[0, 0, startI][:, None] + chain.log_p[0, startI]).exp()  # (first, second)
    counts = torch.bincount(written[:, 0] * V + written[:, 1], minlength=V * V).view(V, V) / 4000
    assert (counts - expected).abs().max() < 0.03


@settings(max_examples=12)
@given(st.integers(0, 40), st.sampled_from([0.0, 0.6, 1.0, 2.0]))
def test_a_wide_beam_finds_the_best_of_all(seed, alpha):
    n, length = 2, 4
    chain = Chain(n, seed, beams=400)
    written, scores = beam_search(chain, n, length, beam_width=400, alpha=alpha)
    for i in range(n):
        best = max(all_headlines(length), key=lambda words: chain.score(i, words) / ((5 + len(words)) / 6) ** alpha)
        assert until_end(written[i]) == best
        assert scores[i].item() == pytest.approx(chain.score(i, best) / ((5 + len(best)) / 6) ** alpha)


@settings(max_examples=30)
@given(st.integers(0, 40), st.sampled_from([1, 2, 3]))
def test_a_narrow_beam_is_honest_about_its_score(seed, K):
    chain = Chain(3, seed, beams=K)
    written, scores = beam_search(chain, 3, 6, beam_width=K, alpha=0.6)
    for i in range(3):
        words = until_end(written[i])
        assert scores[i].item() == pytest.approx(chain.score(i, words) / length_penalty(len(words), 0.6), rel=1e-5)
    if K == 1:
        greedy = write_summaries(Chain(3, seed), 3, 6)
        assert (written == greedy).all()


def test_a_larger_alpha_never_writes_shorter():
    lengths = [sum(len(until_end(row)) for row in beam_search(Chain(20, 7, beams=30), 20, 8, 30, alpha)[0])
               for alpha in (0.0, 1.0, 3.0)]
    assert lengths[0] < lengths[1] < lengths[2]


def test_length_penalty():
    assert length_penalty(1, 0.6) == 1 and length_penalty(7, 0.5) == pytest.approx(2 ** 0.5)
    assert torch.equal(length_penalty(torch.tensor([1, 7]), 1.0), torch.tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="alpha"):
        length_penalty(3, -1)


def test_bad_arguments():
    with pytest.raises(ValueError, match="max_length"):
        write_summaries(Chain(1), 1, 0)
    with pytest.raises(ValueError, match="beam_width"):
        beam_search(Chain(1), 1, 3, 0)
