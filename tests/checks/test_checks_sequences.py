"""Every check of a recurrent layer or a layer of words passes right solutions, fails wrong ones and says why."""

import plain_sequences as plain
import pytest
import unusual_sequences as unusual
import wrong_sequences
import wrong_words
from breaking import assert_explained, broken, failure

from cs182lib import layers
from cs182lib.checks.hw2 import CHECKS

WRONG = wrong_sequences.WRONG | wrong_words.WRONG


def forward_of(name):
    """Return the forward pass whose cache a backward pass takes, as a tuple of none or one."""
    return (getattr(plain, name.replace("_backward", "_forward")),) if "_backward" in name else ()


def test_at_least_five_wrong_ones_for_each():
    assert all(len(table) >= 5 for table in WRONG.values())


@pytest.mark.parametrize("name", WRONG)
def test_library_passes(name, capsys):
    CHECKS[f"hw2/{name}"](getattr(layers, name))
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name} is right: ") and printed.endswith("comparisons)\n") and printed.count("\n") == 1


@pytest.mark.parametrize("name", WRONG)
def test_plain_solution_passes(name):
    CHECKS[f"hw2/{name}"](getattr(plain, name), *forward_of(name))


@pytest.mark.parametrize("name, implementations", unusual.SOLUTIONS)
def test_unusual_solution_passes(name, implementations):
    CHECKS[f"hw2/{name}"](*implementations)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    error = failure(f"hw2/{name}", broken(getattr(plain, name), old, new), *forward_of(name))
    assert_explained(error, output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_is_not_written_yet(name):
    def stub(*arguments, **options):
        raise NotImplementedError("write it in layers/recurrent.py")

    assert "is not written yet: write it in layers/recurrent.py" in str(failure(f"hw2/{name}", stub))


@pytest.mark.parametrize("name", WRONG)
def test_forgotten_return(name):
    assert "returned None" in str(failure(f"hw2/{name}", lambda *arguments, **options: None))


def test_the_cache_is_the_learners_own():
    forward = broken(plain.rnn_forward, "h[:, t] = prev_h", "h[:, t] = -prev_h")
    assert "check it first" in str(failure("hw2/rnn_backward", plain.rnn_backward, forward))
