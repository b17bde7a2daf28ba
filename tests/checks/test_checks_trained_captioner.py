"""The check of a trained captioner passes those that write what is there, and says why of the others."""

import pytest
from breaking import assert_explained
from trained_captioners import DATA, RIGHT, WRONG, writer

from cs182lib.checks import CheckFailed, check


@pytest.mark.parametrize("model", RIGHT)
def test_captions_about_the_picture_pass(model, capsys):
    check("hw2/train_captioner", model, DATA)
    printed = capsys.readouterr().out
    assert printed.startswith("train_captioner is right: ") and printed.count("\n") == 1


@pytest.mark.parametrize("name, model, output, cause", WRONG)
def test_bad_captioner_is_told_why(name, model, output, cause):
    with pytest.raises(CheckFailed) as caught:
        check("hw2/train_captioner", model, DATA)
    assert_explained(caught.value, output, cause)


def test_what_sample_raises_is_passed_on():
    def broken(features, n):
        raise KeyError("W_vocab")

    with pytest.raises(CheckFailed, match="sample.* raised KeyError: 'W_vocab'"):
        check("hw2/train_captioner", writer(broken), DATA)
