"""Homework 2: every check names at least six different mistakes, and passes at least two unusual right solutions."""

from collections import Counter

import pytest
import trained_captioners
import unusual_captioning
import unusual_pictures
import unusual_sequences
import unusual_style
import wrong_attention
import wrong_captioning
import wrong_pictures
import wrong_sequences
import wrong_style
import wrong_words

from cs182lib.exercises import choose

NAMES = [exercise.name for exercise in choose(["hw2"])]
WRONG = {f"hw2/{name}": [((old, new), cause) for old, new, _, cause in table]
         for module in (wrong_sequences, wrong_words, wrong_captioning, wrong_attention, wrong_pictures, wrong_style)
         for name, table in module.WRONG.items()}
WRONG["hw2/train_captioner"] = [(name, cause) for name, _, _, cause in trained_captioners.WRONG]
RIGHT = Counter(f"hw2/{name}" for module in (unusual_sequences, unusual_captioning, unusual_pictures, unusual_style)
                for name, _ in module.SOLUTIONS)
RIGHT["hw2/train_captioner"] = len(trained_captioners.RIGHT)


@pytest.mark.parametrize("name", NAMES)
def test_six_mistakes_are_named(name):
    """The tests beside this one prove each row; here they are counted, those without a cause left out."""
    assert len({edit for edit, cause in WRONG[name] if cause}) >= 6
    assert len({cause for _, cause in WRONG[name] if cause}) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_two_unusual_solutions_pass(name):
    assert RIGHT[name] >= 2


def test_tables_are_those_of_the_exercises():
    assert set(WRONG) == set(NAMES) and set(RIGHT) == set(NAMES)
