"""Every check of the distillation losses passes right solutions and fails wrong ones with the likely cause."""

import plain_distillation
import pytest
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from unusual_distillation import UNUSUAL
from wrong_distillation import WRONG

from cs182lib.checks import CheckFailed, hw3_distillation
from cs182lib.language import distillation


def check(name):
    return getattr(hw3_distillation, f"check_{name}")


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [getattr(distillation, name), getattr(plain_distillation, name)], capsys)
    assert len(WRONG[name]) >= 5


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_distillation, name), old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    def crash(*arguments):
        raise KeyError("layer")

    assert_not_written_yet(check(name), "language/distillation.py")
    with pytest.raises(CheckFailed, match="raised KeyError"):
        check(name)(crash)
