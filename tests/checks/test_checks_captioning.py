"""The checks of CaptioningRNN pass right ones, whatever they write after <END>, and fail wrong ones with the cause."""

import numpy as np
import plain_captioning
import pytest
from breaking import assert_explained, broken, failure
from wrong_captioning import WRONG

from cs182lib.checks import CheckFailed, hw2_captioning
from cs182lib.checks.hw2 import CHECKS
from cs182lib.models import CaptioningRNN


def check_of(name):
    return CHECKS[f"hw2/{name}"]


def test_at_least_five_wrong_ones_for_each():
    assert all(len(table) >= 5 for table in WRONG.values()) and len(WRONG) == 6


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("solution", [CaptioningRNN, plain_captioning.CaptioningRNN])
def test_right_captioners_pass(name, solution, capsys):
    check_of(name)(solution)
    printed = capsys.readouterr().out
    assert " is right: " in printed and printed.endswith("comparisons)\n") and printed.count("\n") == 1


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_captioner_fails(name, old, new, output, cause):
    error = failure(f"hw2/{name}", broken(plain_captioning.CaptioningRNN, old, new))
    assert_explained(error, output, cause)


@pytest.mark.parametrize("method, name", [("loss", "CaptioningRNN"), ("sample", "CaptioningRNN_sample_with_lstm")])
def test_a_stub_is_not_written_yet(method, name):
    def stub(*arguments, **options):
        raise NotImplementedError("write it")

    with pytest.raises(CheckFailed, match="is not written yet: write it"):
        check_of(name)(type("Mine", (CaptioningRNN,), {method: stub}))
    with pytest.raises(CheckFailed, match="returned None"):
        check_of(name)(type("Mine", (CaptioningRNN,), {method: lambda *arguments: None}))


@pytest.mark.parametrize("cell_type", hw2_captioning.BLOCKS)
def test_each_mistake_in_sampling_shows(cell_type):
    features, p = hw2_captioning.pictures(), hw2_captioning._telling(cell_type)
    right = hw2_captioning.until_end(hw2_captioning.greedy_captions(cell_type, features, p, 8))
    lengths = (right != 2).sum(axis=1)
    assert len(np.unique(right, axis=0)) >= 5 and len(np.unique(lengths)) >= 3 and lengths[0] < lengths.max() == 8
    for cause, captions in hw2_captioning.sample_mistakes(cell_type, features, p, 8).items():
        if "cell" not in cause or cell_type == "lstm":
            assert (hw2_captioning.until_end(captions) != right).any(), cause
