"""Draws follow the probabilities they claim, within the words they may take."""

import pytest
import torch

from cs182lib.language.sampling import next_word_probabilities, sample_next

P = torch.tensor([0.1, 0.4, 0.05, 0.3, 0.15])
LOGITS = P.log()[None] + 3  # (1, 5)


@pytest.mark.parametrize("options, kept", [
    ({}, [0, 1, 2, 3, 4]), ({"top_k": 2}, [1, 3]), ({"top_k": 9}, [0, 1, 2, 3, 4]), ({"top_p": 0.39}, [1]),
    ({"top_p": 0.41}, [1, 3]), ({"top_p": 1e-9}, [1]), ({"top_p": 1.0}, [0, 1, 2, 3, 4]),
    ({"top_k": 3, "top_p": 0.8}, [1, 3]),  # of what top_k left, 0.4 / 0.85 and 0.3 / 0.85 reach 0.8
])
def test_which_words_may_be_drawn(options, kept):
    p = next_word_probabilities(LOGITS.double(), **options)[0]
    expected = torch.zeros(5, dtype=torch.float64)
    expected[kept] = P[kept].double() / P[kept].double().sum()
    torch.testing.assert_close(p, expected, rtol=1e-6, atol=1e-9)


def test_temperature_is_a_power_of_the_probabilities():
    p = next_word_probabilities(LOGITS, temperature=0.5)[0]
    torch.testing.assert_close(p, (P**2 / (P**2).sum()).double(), rtol=1e-5, atol=1e-7)


def test_equal_scores_keep_exactly_k_words():
    assert (next_word_probabilities(torch.zeros(2, 7), top_k=3) > 0).sum(1).tolist() == [3, 3]


def test_frequencies_of_draws():
    generator = torch.Generator().manual_seed(0)
    words = sample_next(LOGITS.expand(4, 5000, 5), generator=generator)
    assert words.shape == (4, 5000) and words.dtype == torch.long
    shares = torch.bincount(words.ravel(), minlength=5) / 20000
    assert (shares - P).abs().max() < 4 * (0.25 / 20000) ** 0.5


def test_greedy_and_repeatable():
    logits = torch.randn(6, 9, generator=torch.Generator().manual_seed(1))
    assert (sample_next(logits, temperature=0) == logits.argmax(1)).all()
    assert (sample_next(logits, temperature=1e-4) == logits.argmax(1)).all()
    assert (sample_next(logits, top_k=1) == logits.argmax(1)).all()
    draws = [sample_next(logits, generator=torch.Generator().manual_seed(2)) for _ in range(2)]
    assert (draws[0] == draws[1]).all()
    torch.manual_seed(2)
    assert (sample_next(logits) == draws[0]).all()


def test_impossible_words_are_never_drawn():
    logits = torch.full((2000, 3), -torch.inf)
    logits[:, 1] = 0
    assert (sample_next(logits) == 1).all()
    assert (sample_next(torch.tensor([[1e4, -1e4]])) == 0).all()


@pytest.mark.parametrize("options, message", [
    ({"temperature": -1}, "temperature must lie in"), ({"top_k": 0}, "top_k must be at least 1"),
    ({"top_p": 0.0}, "top_p must lie in"), ({"top_p": 1.5}, "top_p must lie in")])
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        sample_next(LOGITS, **options)
    with pytest.raises(ValueError, match="temperature must lie in"):
        next_word_probabilities(LOGITS, temperature=0)
