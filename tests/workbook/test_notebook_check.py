"""A learner's notebook finds the own package, takes edits in without a restart, and shows a wrong answer as a table."""

import nbformat
import pytest
from filling import solve
from nbclient import NotebookClient

from cs182lib.workbook import own
from cs182lib.workbook.blank_notebook import SETUP
from cs182lib.workbook.feedback import as_html, body
from cs182lib.workbook.start import start

DENSE = 'from pathlib import Path\npath = Path("../../my182/layers/dense.py")\n'
RIGHT = "return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)"
WRONG = "return x.reshape(x.shape[0], -1) @ w, (x, w, b)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return an own workbook."""
    return start(tmp_path_factory.mktemp("own") / "mine", ["hw1"])


def execute(folder, *sources):
    """Execute cells, after the set-up cell, in a notebook of the workbook; return them with their outputs."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (SETUP, *sources)])
    NotebookClient(nb, allow_errors=True, resources={"metadata": {"path": str(folder / "notebooks" / "hw1")}}).execute()
    return nb.cells[1:]


def edit(old, new):
    """Return a cell's code that edits the learner's file."""
    return f"{DENSE}path.write_text(path.read_text().replace({old!r}, {new!r}, 1));"


def test_a_round_in_the_notebook(folder):
    stub = 'raise NotImplementedError("write `affine_forward`")'
    setup = "import numpy as np\nfrom cs182lib.checks import check\nfrom my182.layers import affine_forward"
    check = 'check("hw1/affine_forward")'
    _, blank, _, wrong, _, right, used = execute(
        folder, setup, check, edit(stub, WRONG), check, edit(WRONG, RIGHT), check,
        "print(affine_forward(np.ones((1, 2)), np.ones((2, 1)), np.ones(1))[0])")
    table, error = blank.outputs
    assert "write `affine_forward` in `layers/dense.py`" in error.evalue and error.ename == "CheckFailed"
    table, error = wrong.outputs
    assert "<table>" in table.data["text/html"] and "the bias b is not added" in table.data["text/html"]
    assert "<svg" in table.data["text/html"] and "the bias b is not added" in table.data["text/plain"]
    assert error.evalue.startswith("affine_forward: out is wrong") and len(error.traceback) == 1
    assert right.outputs[0].text == "affine_forward is right: out, float32, arguments unchanged (15 comparisons)\n"
    assert used.outputs[0].text == "[[3.]]\n"  # the new code, without a restart
    assert own.states(folder)["hw1/affine_forward"]["state"] == "right"
    assert own.states(folder)["hw1/affine_forward"]["tries"] == 2


def test_a_function_of_the_notebook_itself(folder):
    before = own.read_progress(folder)
    right, wrong = execute(
        folder, "from cs182lib.checks import check\nimport numpy as np\n"
        'check("hw1/relu_forward", lambda x: (np.maximum(x, 0), x))',
        'def relu_forward(x):\n    return x @ x, x\ncheck("hw1/relu_forward", relu_forward)')
    assert right.outputs[0].text.startswith("relu_forward is right")
    text = "\n".join(wrong.outputs[-1].traceback)
    assert "the notebook, line 2, in relu_forward" in text and "compare.py" not in text
    assert own.read_progress(folder) == before


def test_a_cell_is_recorded(folder):
    name = "hw1/overfit_three_layers"
    wrong, = execute(folder, f'from cs182lib.checks import check\ncheck("{name}", None)')
    assert wrong.outputs[-1].ename == "CheckFailed"
    assert own.states(folder)[name]["state"] == "wrong"
    missing, = execute(folder, f'from cs182lib.checks import check\ncheck("{name}")')
    assert missing.outputs[-1].ename in ("CheckFailed", "ValueError")


def test_outside_of_a_workbook(tmp_path):
    (tmp_path / "notebooks" / "hw1").mkdir(parents=True)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SETUP)])
    NotebookClient(nb, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "cs182 start DIR" in nb.cells[0].outputs[-1].evalue


def test_what_the_code_says_is_escaped():
    result = {"exercise": "hw1/adam", "message": "adam: <script>alert(1)</script>", "cause": "<b>", "output": "<i>",
              "details": {"shape": [2], "expected_shape": [2], "worst": [1], "got": "nan", "expected": 1.0,
                          "error": "nan", "allowed": 1e-9,
                          "row": {"start": 0, "got": [1.0, "nan"], "expected": [1.0, 2.0]}}}
    text = as_html(result)
    assert "<script>" not in text and "<i>" not in text and "&lt;b&gt;" in text
    assert text.count("<rect") == 4 and "<td>(1,)</td>" in text
    assert body(result) == ["<script>alert(1)</script>"]


def test_solved_notebooks_check_the_library(capsys, tmp_path, monkeypatch):
    from cs182lib.checks import check

    monkeypatch.chdir(tmp_path)
    check("hw1/affine_forward")
    assert "affine_forward is right" in capsys.readouterr().out


def test_filling_in_solves(folder):
    solve(folder, "hw1/sgd_momentum")
    (solved,) = execute(folder, 'from cs182lib.checks import check\ncheck("hw1/sgd_momentum")')
    assert "is right" in solved.outputs[0].text
