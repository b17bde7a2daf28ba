"""Every check of the summarizer's parts passes right solutions and fails wrong ones with the likely cause."""

import numpy as np
import plain_summarizer
import pytest
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from unusual_summarizer import UNUSUAL
from wrong_summarizer import WRONG

from cs182lib.checks import hw3_summarizer
from cs182lib.language import decoding, pointer, transformer_trainer
from cs182lib.language.transformer import TransformerDecoder

LIBRARY = {"masked_loss": transformer_trainer.masked_loss, "generate_summary": transformer_trainer.generate_summary,
           "shift_target_sequence_right": lambda x: TransformerDecoder.shift_target_sequence_right(None, x),
           "pointer_mixture": pointer.pointer_mixture, "length_penalty": decoding.length_penalty}


def check(name):
    return getattr(hw3_summarizer, f"check_{name}")


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [LIBRARY[name], getattr(plain_summarizer, name)], capsys)
    assert len(WRONG[name]) >= 5


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_summarizer, name), old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub(name):
    assert_not_written_yet(check(name), "language/")


def test_each_mistake_in_writing_shows():
    model, scores = hw3_summarizer.small_model()
    mask = np.arange(5) < np.array([[5], [3], [4]])
    right = hw3_summarizer.written(scores, hw3_summarizer.SOURCE, mask, 7)
    wrong = [hw3_summarizer.written(scores, hw3_summarizer.SOURCE, mask, 7, **mistake)
             for mistake in ({"skip": 1}, {"stuck": True}, {"choose": np.argmin})]
    assert all((words != right).any() for words in wrong)
    assert len({tuple(row) for row in right.tolist()}) == 3 and len(np.unique(right)) >= 4
