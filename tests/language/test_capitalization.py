"""Capitals become marks and come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs182lib.language.capitalization import preprocess_capitalization, unprocess_capitalization
from cs182lib.language.vocabulary import word_tokenize


@pytest.mark.parametrize("text, marked", [
    ("IBM and Apple buy McDonald", "⇧ibm and ↑apple buy ↑mc↑donald"), ("USAir", "⇧us↑air"), ("ABc", "↑a↑bc"),
    ("I, A.B.", "↑i, ↑a.↑b."), ("U2 AB3c", "↑u2 ⇧ab3c"), ("iPhone", "i↑phone"), ("ÄÖß", "↑ä↑öß"), ("İ ẞ", "İ ẞ"),
    ("up ↑ ⇧", "up ↑↑ ↑⇧"), ("", ""), ("ΑΣ", "⇧ασ"),
])
def test_marks(text, marked):
    assert preprocess_capitalization(text) == marked
    assert unprocess_capitalization(marked) == text


@given(st.text() | st.text("aBC ↑⇧ßİẞ1ǅσΣ"))
def test_every_text_comes_back(text):
    marked = preprocess_capitalization(text)
    assert unprocess_capitalization(marked) == text


def test_marks_are_words_of_their_own():
    assert word_tokenize(preprocess_capitalization("IBM buys Apple")) == ["⇧", "ibm", "buys", "↑", "apple"]
