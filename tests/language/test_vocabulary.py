"""Words, numbers and batches in the course's form."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.data.standins.gazette import gazette_words
from cs182lib.language.vocabulary import (
    SPECIAL,
    Vocabulary,
    batch_to_torch,
    build_batch,
    build_dataset,
    list_to_device,
    numerize_sequence,
    numerized2text,
    pad_sequence,
    padI,
    startI,
    unkI,
    word_tokenize,
)

TITLES = ["apple buys google", "Google buys apple , apple says", "tesla"]


@pytest.fixture
def vocabulary():
    return Vocabulary.build(TITLES)


@pytest.mark.parametrize("text, words", [
    ("U.S. sets 1ST-QTR loss at 12.5 MLN dlrs", "u.s. sets 1st - qtr loss at 12.5 mln dlrs"),
    ("Champion Products <CH> approves split", "champion products < ch > approves split"),
    ("don't say it's O'Neill's 1,234,567", "don 't say it 's o ' neill 's 1,234,567"),
    ("mid-july at&t 'worth $1 bn'", "mid-july at&t ' worth $ 1 bn '"),
    ("\tno\n\u2018words\u2019 here... ", "no \u2018 words \u2019 here . . ."), ("", ""),
    ("Überfluß 3,5%", "überfluß 3,5 %"),
])
def test_words_of_a_text(text, words):
    assert word_tokenize(text) == words.split()


@given(st.text())
def test_only_blanks_are_lost(text):
    assert "".join(word_tokenize(text)) == "".join(text.lower().split())


@given(st.lists(st.sampled_from("acme fell 3.5 % , . 's mid-july u.s. 1,200 < > and".split())))
def test_words_with_blanks_between_them_stay_as_they_are(words):
    assert word_tokenize(" ".join(words)) == words


def test_words_of_the_gazette_stand_between_blanks():
    words = sorted(gazette_words())
    assert len(words) > 1000 and word_tokenize(" ".join(words)) == words


def test_most_frequent_words_come_first(vocabulary):
    assert vocabulary.words == [*SPECIAL, "apple", "buys", "google", ",", "says", "tesla"]
    assert Vocabulary.build(TITLES, size=5).words == [*SPECIAL, "apple", "buys"]
    assert Vocabulary.build(TITLES, min_count=3).words == [*SPECIAL, "apple"]
    assert Vocabulary.build([["b", "a"], ["UNK"]]).words == [*SPECIAL, "a", "b"]
    assert len(vocabulary) == 9 and (startI, unkI, padI) == (0, 1, 2)


def test_numbers_and_back(vocabulary):
    numbers = numerize_sequence(["apple", "eats", "tesla"], vocabulary)
    assert numbers == [3, unkI, 8]
    assert numerized2text([*numbers, padI, padI], vocabulary) == "apple UNK tesla"
    assert numerized2text(np.array([startI, 4]), vocabulary) == "<START> buys"
    assert numerized2text(torch.tensor([5]), vocabulary) == "google"
    for bad in (-1, 9):
        with pytest.raises(ValueError, match=f"from 0 to 8, got \\[{bad}\\]"):
            numerized2text([bad], vocabulary)


@given(st.lists(st.integers(0, 9)), st.integers(1, 12))
def test_padding_fills_up_or_cuts_off(numbers, length):
    padded, mask = pad_sequence(numbers, padI, length)
    assert len(padded) == len(mask) == length and sum(mask) == min(length, len(numbers))
    assert padded[:sum(mask)] == numbers[:length] and set(padded[sum(mask):]) <= {padI}
    assert mask == sorted(mask, reverse=True)


def test_files(vocabulary, tmp_path):
    path = tmp_path / "vocabulary.txt"
    vocabulary.save(path)
    assert path.read_bytes().startswith(b"<START>\nUNK\nPAD\napple\n")
    assert Vocabulary.load(path).w2i == vocabulary.w2i
    for text, message in (("<START>\nUNK\nPAD\n\na\n", "line 4 is empty"), ("a\nb\n", "must begin with <START>"),
                          ("<START>\nUNK\nPAD\na\na\n", "'a'.* twice")):
        path.write_text(text)
        with pytest.raises(ValueError, match=f"vocabulary.txt is no vocabulary: .*{message}"):
            Vocabulary.load(path)


def test_batch(vocabulary):
    dataset = build_dataset(TITLES, vocabulary, length=5)
    batch_input, target, mask = build_batch(dataset, [2, 0, 1, 2])
    np.testing.assert_array_equal(target, [[8, 2, 2, 2, 2], [3, 4, 5, 2, 2], [5, 4, 3, 6, 3], [8, 2, 2, 2, 2]])
    np.testing.assert_array_equal(batch_input, [[0, 8, 2, 2, 2], [0, 3, 4, 5, 2], [0, 5, 4, 3, 6], [0, 8, 2, 2, 2]])
    np.testing.assert_array_equal(mask.sum(1), [1, 3, 5, 1])
    tensors = batch_to_torch(batch_input, target, mask)
    assert [tensor.dtype for tensor in tensors] == [torch.long, torch.long, torch.float32]
    assert [tensor.device.type for tensor in list_to_device(tensors, "cpu")] == 3 * ["cpu"]
    with pytest.raises(ValueError, match="indices is empty"):
        build_batch(dataset, [])


def test_the_end_can_be_predicted_too(vocabulary):
    dataset = build_dataset(TITLES, vocabulary, length=5, end=True)
    _, target, mask = build_batch(dataset, range(3))
    np.testing.assert_array_equal(mask.sum(1), [4, 5, 2])  # the second title is too long to show its end
    assert target[0, 3] == padI and mask[0, 3] and not mask[0, 4]
