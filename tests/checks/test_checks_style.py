"""Every check of style transfer passes right solutions and fails wrong ones with the likely cause."""

import plain_style
import pytest
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from unusual_style import SOLUTIONS
from wrong_style import WRONG

from cs182lib.checks import CheckFailed, hw2_style
from cs182lib.vision import style_transfer


def check(name):
    return getattr(hw2_style, f"check_{name}")


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [getattr(style_transfer, name), getattr(plain_style, name)], capsys)
    assert len(WRONG[name]) >= 5


@pytest.mark.parametrize("name, solution", SOLUTIONS)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


def test_depth_is_checked_where_it_is_taken():
    def deaf(x, cnn, depth=None):
        return plain_style.extract_features(x, cnn)

    with pytest.raises(CheckFailed, match="depth is not used"):
        check("extract_features")(deaf)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_style, name), old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    assert_not_written_yet(check(name), "vision/style_transfer.py")
    with pytest.raises(CheckFailed, match="returned None"):
        check(name)(lambda *arguments, **options: None)
