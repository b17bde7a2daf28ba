"""Byte-pair encoding writes every text, and comes back from its file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.language.subwords import Subwords
from cs182lib.language.vocabulary import SPECIAL

TEXTS = 20 * ["the bank says profit rose", "the banks say profits fell", "banking profits rose"]


@pytest.fixture(scope="module")
def subwords():
    return Subwords.train(TEXTS, vocab_size=280)


@given(text=st.text())
def test_every_text_comes_back(subwords, text):
    ids = subwords.encode(text)
    assert subwords.decode(ids) == text
    assert all(len(SPECIAL) <= i < len(subwords) for i in ids)


def test_frequent_pieces_are_whole(subwords):
    assert len(subwords) == 280
    assert subwords.pieces("the profit")[:1] == ["the"] and len(subwords.encode("profits profits")) < 8
    assert len(subwords.encode("zzzz")) == 4
    assert subwords.encode("<START>UNK") != [0, 1] and subwords.decode([0, 2, *subwords.encode("ba"), 1]) == "ba"


def test_first_pair_joined_is_the_most_frequent():
    found = Subwords.train(["abab abab cd"], vocab_size=260)
    assert found.encode("abcd") == [259, *found.encode("c"), *found.encode("d")] and found.decode([259]) == "ab"


def test_files(subwords, tmp_path):
    path = tmp_path / "subwords.json"
    subwords.save(path)
    assert Subwords.load(path).encode("the banks rose") == subwords.encode("the banks rose")
    path.write_bytes(path.read_bytes().replace(b"<START>", b"<BEGIN>"))
    with pytest.raises(ValueError, match="subwords.json begins with the pieces .*<BEGIN>"):
        Subwords.load(path)
    path.write_text("{}")
    with pytest.raises(ValueError, match="subwords.json is no tokenizer"):
        Subwords.load(path)


def test_bad_arguments(subwords):
    with pytest.raises(ValueError, match="vocab_size must be at least 259, got 100"):
        Subwords.train(TEXTS, vocab_size=100)
    with pytest.raises(ValueError, match="from 0 to 279, got \\[280\\]"):
        subwords.decode([3, 280])
