"""Readers of the workbook's own files: results, times, an own workbook's state, notebooks and code."""

import json

import nbformat
from corpus import Reader, is_text

from cs182lib.exercises.exercise import exercises
from cs182lib.workbook import own, start
from cs182lib.workbook.full_runs import stopwatch
from cs182lib.workbook.notebook_file import read_notebook
from cs182lib.workbook.results import load_results
from cs182lib.workbook.standing import notebook_title, own_rows
from cs182lib.workbook.tables import made_pages, results_page
from cs182lib.workbook.unfinished import Unfinished

RESULT = {"name": "run", "title": "A run", "command": "cs182 full run", "seed": 1, "seconds": 61.5,
          "data": {"source": "CIFAR-10", "fingerprint": "f"}, "figures": {"best_val_acc": 0.5},
          "machine": {"cpu": "x", "cores": 2, "threads": 1, "os": "Linux", "python": "3.11", "numpy": "2.0",
                      "torch": "2.4"},
          "date": "2026-01-01", "curve": {"epoch": [1, 2], "acc": [0.1, 0.2]}}
CODE = '''"""Dense layers."""


def affine_forward(x, w, b):
    """Return x w + b."""
    out = x.reshape(len(x), -1) @ w + b  # a comment
    return out, (x, w, b)
'''
NOTEBOOK = {"cells": [{"cell_type": "code", "source": ["1"], "metadata": {}},
                      {"cell_type": "markdown", "source": ["# Dense layers\n", "text"], "metadata": {}}],
            "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
DONE = {"a": {"source": "0123456789ab", "row": {"passed": True, "seconds": 1.5}}}
NAME = "hw1/affine_forward"
NOTEBOOK_NAME = exercises()[NAME].notebook


def make_results(folder):
    """Write one result."""
    (folder / "run.json").write_text(json.dumps(RESULT))


def make_own(folder):
    """Write the files of an own workbook that say where the learner stands."""
    (folder / ".cs182").mkdir()
    (folder / own.MARK).write_text(json.dumps({"homeworks": ["hw1"], "version": "1"}))
    (folder / start.DELIVERED).write_text(json.dumps({"my182/layers/dense.py": "0" * 64, "README.md": "1" * 64}))
    (folder / "my182" / "layers").mkdir(parents=True)
    (folder / "my182" / "layers" / "dense.py").write_text(CODE)
    path = folder / "notebooks" / f"{NOTEBOOK_NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(NOTEBOOK))
    code = own.code_hash(folder, exercises()[NAME])
    entries = [{"exercise": NAME, "state": "wrong", "message": "no", "code": code}, {"exercise": NAME, "hint": 2},
               {"exercise": NAME, "state": "right", "message": "yes", "code": code}]
    (folder / own.PROGRESS).write_text("".join(json.dumps({"time": "2026-01-01T00:00:00+00:00", **e}) + "\n"
                                               for e in entries))


def read_own(folder):
    """Return where the learner stands."""
    return {row.exercise.name: {"state": row.state, "message": row.message, "tries": row.tries, "hints": row.hints,
                                "time": row.time, "place": row.place} for row in own_rows(folder)}


def judge_own(answer):
    """Every exercise in one of the states, with what can be shown."""
    assert answer
    for row in answer.values():
        assert row["state"] in ("right", "changed", "wrong", "open") and row["tries"] >= 0
        assert type(row["hints"]) is int and 0 <= row["hints"] <= 3
        is_text(row["message"], row["place"], row["time"] or "")


def judge_delivered(answer):
    """Names of homeworks, and a hash for each path."""
    homeworks, delivered = answer
    assert homeworks and set(homeworks) <= {"hw1", "hw2", "hw3"}
    is_text(*delivered, *delivered.values())


def read_time(folder):
    """Start the stopwatch of a run once more; return how often it was started."""
    with stopwatch(folder / "run.time") as spent:
        return {"sessions": spent["sessions"], "before": spent["seconds"]}


def judge_time(answer):
    """Numbers that can be added to."""
    assert type(answer["sessions"]) is int and answer["sessions"] > 0
    assert type(answer["before"]) in (int, float) and 0 <= answer["before"] < 1e12


def make_unfinished(folder):
    """Write what a call of two runs keeps once the first is done."""
    Unfinished(folder / "unfinished.json", {"runs": ["a", "b"]}).add("a", DONE["a"])


def judge_unfinished(answer):
    """What was written, or nothing: a damaged note makes the call begin anew."""
    assert answer in ({}, DONE)


def make_tables(folder):
    """Write results and README.md with places for the tables."""
    (folder / "results").mkdir()
    make_results(folder / "results")
    rows = [{"name": "hw1/04_convolutional_networks", "title": "X", "seconds": 5.0, "figures": {"test_acc": 0.5},
             "data": {"source": "doodles (stand-in)", "fingerprint": "0123456789ab"}}]
    recorded = {"machine": RESULT["machine"], "notebooks": rows}
    (folder / "results" / "notebooks.json").write_text(json.dumps(recorded))
    (folder / "results" / "notebooks_real.json").write_text(json.dumps(recorded))
    rows = [{"label": "X", "run": "run", "figure": "best_val_acc", "asked": 0.5, "staff": 0.4, "aim": 0.9}]
    (folder / "results" / "benchmarks.json").write_text(json.dumps({"rows": rows}))
    (folder / "README.md").write_text("".join(f"<!-- {name}:begin -->\n<!-- {name}:end -->\n"
                                              for name in ("notebooks", "limits")))


def make_notebook(folder):
    """Write a notebook."""
    (folder / "a.ipynb").write_text(nbformat.writes(nbformat.from_dict({**NOTEBOOK, "cells": [
        {"cell_type": "code", "id": "a", "source": "1", "metadata": {}, "outputs": [], "execution_count": 1},
        {"cell_type": "markdown", "id": "b", "source": "# Dense layers", "metadata": {"tags": ["question"]}}]})))


def judge_notebook(answer):
    """Cells with sources that can be worked on."""
    for cell in answer["cells"]:
        assert isinstance(cell["source"], str) and isinstance(cell["metadata"], dict)
        assert cell["cell_type"] in ("code", "markdown", "raw")


READERS = {
    "notebook": Reader(make_notebook, lambda folder: read_notebook(folder / "a.ipynb"), ("a.ipynb",), judge_notebook,
                       "json"),
    "notebooks' times": Reader(make_tables, lambda folder: list(made_pages(folder).values()),
                               ("results/notebooks.json", "results/notebooks_real.json", "results/benchmarks.json"),
                               lambda answer: is_text(*answer), "json"),
    "unfinished.json": Reader(make_unfinished, lambda folder: Unfinished(folder / "unfinished.json", {}).left,
                              ("unfinished.json",), judge_unfinished, "json"),
    "results": Reader(make_results, lambda folder: results_page(load_results(folder)), ("run.json",), is_text, "json"),
    "workbook.json": Reader(make_own, read_own, (str(own.MARK),), judge_own, "json"),
    "progress.jsonl": Reader(make_own, read_own, (str(own.PROGRESS),), judge_own, "json"),
    "learner's code": Reader(make_own, read_own, ("my182/layers/dense.py",), judge_own, "text"),
    "delivered.json": Reader(make_own, lambda folder: list(start.read_state(folder)), (str(start.DELIVERED),),
                             judge_delivered, "json"),
    "notebook's title": Reader(make_own, lambda folder: notebook_title(folder, NOTEBOOK_NAME),
                               (f"notebooks/{NOTEBOOK_NAME}.ipynb",), is_text, "json"),
    "time of a full run": Reader(lambda folder: (folder / "run.time").write_text('{"seconds": 5.5, "sessions": 2}'),
                                 read_time, ("run.time",), judge_time, "json"),
}
