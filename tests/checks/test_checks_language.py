"""Every check of the language model passes right solutions and fails wrong ones with the likely cause."""

import plain_language
import pytest
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from unusual_language import UNUSUAL
from wrong_language import WRONG

from cs182lib.checks import hw3, hw3_writing
from cs182lib.language import language_model, ngrams, sampling, vocabulary


def check(name):
    return hw3.CHECKS[f"hw3/{name}"]


def library(name):
    return next(getattr(module, name) for module in (vocabulary, sampling, language_model, ngrams)
                if hasattr(module, name))


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
