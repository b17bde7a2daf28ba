"""Pairs keep every word of an article, batches hold each pair once, and those of like length together."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.language.batching import BucketBatches, Pair, collate_pairs, numerize_pair, pad_rows
from cs182lib.language.vocabulary import SPECIAL, padI, unkI

W2I = {word: i for i, word in enumerate([*SPECIAL, "the", "bank", "buys"])}
V = len(W2I)


def test_unknown_words_get_numbers_of_their_own():
    pair = numerize_pair("quorn the bank zyx quorn".split(), "zyx buys quorn nowhere".split(), W2I)
    assert pair.unknown == ["quorn", "zyx"]
    assert pair.source.tolist() == [V, 3, 4, V + 1, V]
    assert pair.target.tolist() == [V + 1, 5, V, unkI, padI]


def test_long_texts_are_cut_and_the_end_still_fits():
    pair = numerize_pair(["a", "b", "the", "c"], ["the", "c", "bank", "a"], W2I, input_length=3, output_length=3)
    assert pair.unknown == ["a", "b"] and pair.source.tolist() == [V, V + 1, 3]
    assert pair.target.tolist() == [3, unkI, padI]  # c stands in what was cut off


def test_bad_pairs():
    with pytest.raises(TypeError, match="tokenize the text first"):
        numerize_pair("the bank", ["the"], W2I)
    with pytest.raises(ValueError, match="source_words is empty"):
        numerize_pair([], ["the"], W2I)
    with pytest.raises(ValueError, match="output_length"):
        numerize_pair(["the"], ["the"], W2I, output_length=1)
    with pytest.raises(ValueError, match="and only 2 fit"):
        pad_rows([np.arange(3)], 2)


def test_a_batch_is_padded_to_its_longest():
    pairs = [Pair(np.array([V, 3, 4]), np.array([V, padI]), ["x"]),
             Pair(np.array([5]), np.array([3, 4, unkI, padI]), [])]
    batch = collate_pairs(pairs, V)
    assert batch["source_sequence"].tolist() == [[unkI, 3, 4], [5, padI, padI]]
    assert batch["source_extended"].tolist() == [[V, 3, 4], [5, padI, padI]]
    assert batch["encoder_mask"].tolist() == [[True, True, True], [True, False, False]]
    assert batch["target_sequence"].tolist() == [[unkI, padI, padI, padI], [3, 4, unkI, padI]]
    assert batch["target_extended"].tolist() == [[V, padI, padI, padI], [3, 4, unkI, padI]]
    assert batch["decoder_mask"].sum(dim=1).tolist() == [2, 4]  # the PAD that ends a headline counts
    longer = collate_pairs(pairs, V, input_length=7, output_length=5)
    assert longer["source_sequence"].shape == (2, 7) and longer["target_extended"].shape == (2, 5)


def batches_of(lengths, batch_size, generator=None, pool=50):
    return BucketBatches(list(range(len(lengths))), lengths, batch_size, list, generator, pool)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=80), st.integers(1, 9), st.integers(1, 4))
def test_every_example_once_in_each_pass(lengths, batch_size, pool):
    batches = batches_of(lengths, batch_size, torch.Generator().manual_seed(3), pool)
    for _ in range(2):
        found = list(batches)
        assert len(found) == len(batches) and max(map(len, found)) <= batch_size
        assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))


def test_like_lengths_together_and_another_order_each_time():
    lengths = np.random.default_rng(0).integers(1, 400, 2000).tolist()
    batches = batches_of(lengths, 20, torch.Generator().manual_seed(3))
    first, second = list(batches), list(batches)
    spread = [max(lengths[i] for i in batch) - min(lengths[i] for i in batch) for batch in first]
    assert np.mean(spread) < 12 and first != second
    means = [np.mean([lengths[i] for i in batch]) for batch in first]
    assert abs(np.corrcoef(means[:-1], means[1:])[0, 1]) < 0.3  # short and long batches take turns


def test_without_generator_in_order_of_length():
    batches = batches_of([(5, 1), (2, 9), (5, 0), (1, 1)], 2)
    assert list(batches) == list(batches) == [[3, 1], [2, 0]]


def test_state_gives_the_same_batches_again():
    batches = batches_of(list(range(1, 100)), 4, torch.Generator().manual_seed(3), pool=3)
    list(batches)
    kept = batches.state_dict()
    second = list(batches)
    other = batches_of(list(range(1, 100)), 4, torch.Generator().manual_seed(99), pool=3)
    other.load_state_dict(kept)
    assert list(other) == second
    fixed = batches_of([1, 2, 3], 2)
    fixed.load_state_dict(fixed.state_dict())
    assert list(fixed) == [[0, 1], [2]]


def test_bad_batches():
    with pytest.raises(ValueError, match="as many"):
        BucketBatches([1, 2], [1], 2, list)
    with pytest.raises(ValueError, match="batch_size"):
        batches_of([1, 2], 0)
