"""Counting models: a probability worked out by hand, probabilities that sum to one, the words that count."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.language.ngrams import KneserNey, Unigram, adjusted_counts, counted_words, estimate_discounts, ngram_loss
from cs182lib.language.vocabulary import Vocabulary, build_dataset

HEADLINES = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6), min_size=1, max_size=12)
ORDERS = st.integers(1, 4)


def data(texts, size=None, **options):
    vocabulary = Vocabulary.build(texts, size)
    return build_dataset(texts, vocabulary, length=7, **options), vocabulary


def test_counts_by_hand():
    dataset, vocabulary = data(["a b a", "a b b", "b a"])
    a, b = (vocabulary.w2i[word] for word in "ab")
    unigrams, bigrams, trigrams = adjusted_counts(counted_words(dataset), 3)
    # different words before a: <START> b; before b: <START> a b
    assert unigrams == {(): {a: 2, b: 3}}
    # after <START> how often: a twice, b once; before "a b" only <START>; before "b a" a and <START>; before "b b" a
    assert bigrams == {(0,): {a: 2, b: 1}, (a,): {b: 1}, (b,): {a: 2, b: 1}}
    assert trigrams == {(0, a): {b: 2}, (0, b): {a: 1}, (a, b): {a: 1, b: 1}}


def test_probability_by_hand():
    """p(a | a b) of the three headlines above, with one discount for each order, in fractions."""
    dataset, vocabulary = data(["a b a", "a b b", "b a"])
    a, b = (vocabulary.w2i[word] for word in "ab")
    model = KneserNey(dataset, len(vocabulary), discounts="single")
    D1 = Fraction(1, 2)  # unigrams: counts 2 and 3, none of 1
    D2 = Fraction(3, 3 + 2 * 2)  # bigrams: 2 1 1 2 1
    D3 = Fraction(3, 3 + 2 * 1)  # trigrams: 2 1 1 1
    bottom = Fraction(1, 3)  # UNK, a, b
    one = (2 - D1) / 5 + 2 * D1 / 5 * bottom
    two = (2 - D2) / 3 + 2 * D2 / 3 * one
    three = (1 - D3) / 2 + 2 * D3 / 2 * two
    assert model.prob(a, [a]) == pytest.approx(float(D3 / 2 * D2 * one))  # <START> a: b twice; a: b once; never a
    assert model.prob(a, [a, b]) == pytest.approx(float(three))
    assert model.prob(a, [b, a, b]) == model.prob(a, [a, b])


@given(HEADLINES, ORDERS, st.sampled_from(["modified", "single"]), st.booleans(), st.sampled_from([None, 5]),
       st.lists(st.integers(0, 9), max_size=4))
def test_probabilities_sum_to_one(texts, order, discounts, end, size, before):
    dataset, vocabulary = data(texts, size, end=end)
    for model in (KneserNey(dataset, len(vocabulary), order, discounts), Unigram(dataset, len(vocabulary))):
        p = [model.prob(word, before) for word in model.possible]
        assert math.fsum(p) == pytest.approx(1, abs=1e-12) and min(p) > 0
    np.testing.assert_allclose(KneserNey(dataset, len(vocabulary), order, discounts).distribution(before).sum(), 1)


def test_discounts_by_formula():
    n = Counter({1: 100, 2: 40, 3: 20, 4: 12})
    Y = 100 / 180
    expected = [0, 1 - 2 * Y * 40 / 100, 2 - 3 * Y * 20 / 40, 3 - 4 * Y * 12 / 20]
    assert estimate_discounts(n) == pytest.approx(expected)
    assert estimate_discounts(n, "single") == pytest.approx([0, Y, Y, Y])
    assert estimate_discounts(Counter()) == [0, 0.5, 0.5, 0.5]
    assert estimate_discounts(Counter({1: 1, 2: 9, 3: 180}))[2] == pytest.approx(1 / 19)  # the formula would give < 0


def test_order_one_is_discounted_frequency():
    dataset, vocabulary = data(["a a b", "a c"])
    model = KneserNey(dataset, len(vocabulary), order=1, discounts="single")  # counts 3 1 1: D = 1/2 by n2 = 0
    assert model.prob(vocabulary.w2i["a"]) == pytest.approx((3 - 0.5) / 5 + 1.5 / 5 / 4)


def test_a_word_that_follows_one_word_only_is_rare_elsewhere():
    texts = [f"{city} says" for city in "abc"] + 9 * ["san francisco"] + 3 * ["d says", "e says", "f says"]
    dataset, vocabulary = data(texts)
    model, francisco, says = KneserNey(dataset, len(vocabulary), 2), *map(vocabulary.w2i.get, ("francisco", "says"))
    unseen = [vocabulary.w2i["says"]]  # nothing follows "says", so that single words decide
    assert model.prob(says, unseen) > 4 * model.prob(francisco, unseen)
    assert Unigram(dataset, len(vocabulary)).prob(says) < 2 * Unigram(dataset, len(vocabulary)).prob(francisco)
    assert model.prob(francisco, [vocabulary.w2i["san"]]) > 0.8


def test_loss_counts_the_same_words_as_the_mask():
    dataset, vocabulary = data(["a b a", "c", "a b"], end=True)
    model = Unigram(dataset, len(vocabulary))
    words = counted_words(dataset)
    assert [len(headline) for headline in words] == [4, 2, 3]
    log_p = [math.log(model.prob(word)) for headline in words for word in headline]
    assert ngram_loss(model, dataset) == pytest.approx(-sum(log_p) / 9)
    total = 9 + 5  # UNK, PAD as the end, a, b, c
    assert model.prob(vocabulary.w2i["a"]) == 4 / total and model.prob(1) == 1 / total


def test_bad_arguments():
    dataset, vocabulary = data(["a b"])
    with pytest.raises(ValueError, match="discounts must be one of 'modified', 'single', got 'none'"):
        KneserNey(dataset, len(vocabulary), discounts="none")
    with pytest.raises(ValueError, match="order must be at least 1"):
        KneserNey(dataset, len(vocabulary), order=0)
    with pytest.raises(ValueError, match="vocab_size is 4, but the data hold the word 4"):
        Unigram(dataset, 4)
