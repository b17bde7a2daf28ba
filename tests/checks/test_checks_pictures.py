"""The checks of network visualization pass right solutions and fail wrong ones with the likely cause."""

import inspect

import plain_pictures
import pytest
import torch
from breaking import assert_explained, broken
from unusual_pictures import SOLUTIONS
from wrong_pictures import NORMALIZED, NORMALIZED_WRONG, WRONG

from cs182lib.checks import CheckFailed, hw2_visualization
from cs182lib.vision import visualization


def normalized_and(old, new):
    """Return the plain solution with the normalized step, and with every `old` in it replaced by `new`."""
    source = inspect.getsource(plain_pictures.update_class_visualization).replace(*NORMALIZED)
    assert old in source
    namespace = {"torch": torch}
    exec(source.replace(old, new), namespace)
    return namespace["update_class_visualization"]


def check(name, solution):
    getattr(hw2_visualization, f"check_{name}")(solution)


def failure(name, solution):
    with pytest.raises(CheckFailed) as caught:
        check(name, solution)
    return caught.value


def test_at_least_five_wrong_ones_for_each():
    assert all(len(table) >= 5 for table in WRONG.values())


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("module", [visualization, plain_pictures])
def test_right_solutions_pass(name, module, capsys):
    check(name, getattr(module, name))
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name} is right: ") and printed.endswith("comparisons)\n") and printed.count("\n") == 1


@pytest.mark.parametrize("name, solution", SOLUTIONS)
def test_unusual_solution_passes(name, solution):
    check(name, solution)


def test_an_option_that_is_taken_is_checked():
    def plain_step(*arguments, normalize=False):
        return visualization.update_class_visualization(*arguments)

    assert "normalize=True is ignored" in failure("update_class_visualization", plain_step).cause


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_explained(failure(name, broken(getattr(plain_pictures, name), old, new)), output, cause)


@pytest.mark.parametrize("old, new, output, cause", NORMALIZED_WRONG)
def test_wrong_normalized_step_fails(old, new, output, cause):
    assert_explained(failure("update_class_visualization", normalized_and(old, new)), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    def stub(*arguments):
        raise NotImplementedError("write it")

    assert "is not written yet: write it" in str(failure(name, stub))
    assert "raised KeyError" in str(failure(name, lambda *arguments: {}["grad"]))


def test_inputs_are_not_fooled_at_the_start_and_take_some_steps():
    scores = hw2_visualization.Scores(1.0, [3, 1, 0, -1, -14, 1, 2])
    x = hw2_visualization.scattered(hw2_visualization.SHAPE, start=3)
    path = [hw2_visualization._climb(scores, x, 4, steps=k) for k in range(12)]
    first = next(k for k, image in enumerate(path) if scores(image).argmax() == 4)
    assert 3 <= first <= 11
