"""Every exercise of every homework: its check, its solution, its texts, and its place in a notebook."""

import importlib
import inspect
import re

import nbformat
import pytest

from cs182lib.checks.by_name import check_of
from cs182lib.exercises import exercises
from cs182lib.workbook.paths import NOTEBOOKS, list_notebooks, notebook_name

SUBJECTS = ("layers", "models", "training", "vision", "language")  # what a learner has a copy of
TAG = "exercise:"
every_exercise = pytest.mark.parametrize("exercise", exercises().values(), ids=lambda exercise: exercise.name)
every_notebook = pytest.mark.parametrize("path", list_notebooks(), ids=notebook_name)


def code_cells(path):
    """Return the code cells of a notebook."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def checked_names(path):
    """Return the names of the checks that a notebook calls, in its order."""
    return re.findall(r'\bcheck\(\s*"(hw\d/\w+)"', "\n".join(cell.source for cell in code_cells(path)))


def find(solution):
    """Return what `module:qualname` names in the library."""
    module, qualname = solution.split(":")
    found = importlib.import_module(f"cs182lib.{module}")
    for name in qualname.split("."):
        found = getattr(found, name)
    return found


def test_there_is_an_exercise_for_every_check_and_the_other_way_round():
    for homework in ("hw1", "hw2", "hw3"):
        known = importlib.import_module(f"cs182lib.checks.{homework}").CHECKS
        assert [name for name in exercises() if name.startswith(homework)] == list(known)


@every_exercise
def test_solution_is_in_the_library(exercise):
    assert len(set(exercise.solution)) == len(exercise.solution)
    for solution in exercise.solution:
        assert solution.split(".")[0] in SUBJECTS
        found = find(solution)
        assert inspect.isfunction(found) or inspect.isclass(found)
        assert found.__module__ == f"cs182lib.{solution.split(':')[0]}", "it is only imported there"


@every_exercise
def test_check_takes_what_the_exercise_needs(exercise):
    _, *further = inspect.signature(check_of(exercise.name)).parameters.values()
    if exercise.is_cell:
        assert exercise.needs == ()
        return
    assert [parameter.name for parameter in further] == [need.split("/")[1] for need in exercise.needs]
    for parameter, need in zip(further, exercise.needs):
        assert parameter.default is find(exercises()[need].solution[0])


@every_exercise
def test_texts(exercise):
    assert len(set(exercise.hints)) == len(exercise.hints) == 3
    for text in (exercise.task, *exercise.hints):
        assert isinstance(text, str) and len(text) > 10 and text == text.strip() and "  " not in text
    assert exercise.task.endswith(".")
    assert 1 <= exercise.points <= 5


@every_exercise
def test_notebook_checks_it(exercise):
    path = NOTEBOOKS / f"{exercise.notebook}.ipynb"
    assert checked_names(path).count(exercise.name) == 1
    assert exercise.notebook.startswith(f"{exercise.homework}/")


@every_exercise
def test_a_cell_to_be_written_has_its_tag_and_is_checked_right_after(exercise):
    cells = code_cells(NOTEBOOKS / f"{exercise.notebook}.ipynb")
    tagged = [i for i, cell in enumerate(cells) if f"{TAG}{exercise.name}" in cell.metadata.get("tags", [])]
    assert len(tagged) == exercise.is_cell
    for i in tagged:
        assert "check(" not in cells[i].source
        assert f'check("{exercise.name}", ' in cells[i + 1].source


@every_notebook
def test_notebook_names_no_other_exercise(path):
    known = [name for name, exercise in exercises().items() if exercise.notebook == notebook_name(path)]
    assert checked_names(path) == known, "the order of the exercises is that of the notebook"
    cells = nbformat.read(path, as_version=4).cells
    tags = [tag.removeprefix(TAG) for cell in cells for tag in cell.metadata.get("tags", []) if tag.startswith(TAG)]
    assert set(tags) <= set(known)
    assert not any(re.search(r"cs182lib\.checks(\.| import hw)", cell.source) for cell in cells), "import check alone"
