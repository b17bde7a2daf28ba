"""A learner who has written everything can run the notebooks of the own workbook to the end."""

import nbformat
import pytest
from filling import solve, solve_notebook

from cs182lib.exercises import exercises
from cs182lib.workbook import own
from cs182lib.workbook.execute import execute_notebook
from cs182lib.workbook.start import start


@pytest.mark.slow
@pytest.mark.notebooks
@pytest.mark.usefixtures("all_threads")
@pytest.mark.parametrize("notebook", ["hw1/01_fully_connected_nets", "hw2/01_rnn_captioning"])
def test_a_solved_own_workbook_runs(notebook, tmp_path):
    folder = start(tmp_path / "mine")
    solve(folder, *(name for name, exercise in exercises().items() if not exercise.is_cell))
    path = solve_notebook(folder, notebook)
    nb = nbformat.read(path, as_version=4)
    execute_notebook(nb, path.parent)
    states = own.states(folder)
    mine = [name for name, exercise in exercises().items() if exercise.notebook == notebook]
    assert mine and {states[name]["state"] for name in mine} == {"right"}
