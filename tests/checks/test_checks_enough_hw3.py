"""Every exercise of Homework 3 has enough known mistakes that are named, and enough right solutions of another kind."""

import pytest
import unusual_distillation
import unusual_language
import unusual_summarizer
import unusual_training
import unusual_transformer
import wrong_distillation
import wrong_language
import wrong_summarizer
import wrong_training
import wrong_transformer

from cs182lib.checks import hw3

WRONG, UNUSUAL = {}, {}
for table in (wrong_language, wrong_transformer, wrong_summarizer, wrong_distillation, wrong_training):
    WRONG |= table.WRONG
for table in (unusual_language, unusual_transformer, unusual_summarizer, unusual_distillation, unusual_training):
    for exercise, solution in table.UNUSUAL:
        UNUSUAL.setdefault(exercise, []).append(solution)
NAMES = [name.split("/")[1] for name in hw3.CHECKS]


def test_the_tables_are_of_these_exercises():
    assert WRONG.keys() == UNUSUAL.keys() == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_six_mistakes_are_named(name):
    named = {row[:-2] for row in WRONG[name] if row[-1]}
    assert len(named) >= 6
    assert len({row[-1] for row in WRONG[name] if row[-1]}) >= 6, "they share a cause"


@pytest.mark.parametrize("name", NAMES)
def test_two_unusual_solutions_pass(name):
    assert len(set(UNUSUAL[name])) >= 2
