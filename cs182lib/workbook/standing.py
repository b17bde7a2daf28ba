"""Where a learner stands: every exercise with its place and state, and what they add up to."""

import json
from collections import Counter
from dataclasses import dataclass
from unicodedata import category

from cs182lib.exercises import Exercise, choose
from cs182lib.workbook import own
from cs182lib.workbook.paths import ROOT

STATES = ("right", "changed", "wrong", "open")
MEANING = {"right": "checked and right", "changed": "right once, and edited since", "wrong": "the last check found a "
           "mistake", "open": "not written yet, or never checked"}


@dataclass(frozen=True)
class Row:
    """One exercise: where it is written, and what its checks have said.

    Attributes
    ----------
    exercise : Exercise
    file : str, relative to the workbook's folder, with forward slashes
    line : int, or None for a cell and for what is not in its file
    state : one of STATES; None in the library, where nothing is solved
    message : str, what the last check said; tries, hints : how many; time : ISO 8601 in UTC, or None
    """

    exercise: Exercise
    file: str
    line: int | None
    state: str | None = None
    message: str = ""
    tries: int = 0
    hints: int = 0
    time: str | None = None

    @property
    def place(self):
        """`my182/layers/dense.py:12`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def own_rows(folder, names=()):
    """Return a list with a Row for each exercise of the own workbook in `folder`, or for those that `names` stand for.

    ValueError for a name that `choose` does not know.
    """
    states = own.states(folder)
    return [_row(folder, exercise, own.PACKAGE, states[exercise.name])
            for exercise in choose(names, own.own_exercises(folder))]


def library_rows(names=()):
    """Return such a list with the library's places and no state: all exercises, or those that `names` stand for.

    ValueError for a name that `choose` does not know.
    """
    return [_row(ROOT, exercise, "cs182lib", {}) for exercise in choose(names)]


def _row(folder, exercise, package, state):
    path, line = own.place(folder, exercise, package)
    return Row(exercise, path.relative_to(folder).as_posix(), line, **state | {"message": _clean(state["message"])}
               if state else {})


def _clean(text):
    """Return `text` with a mark in place of control characters and half characters, which no page or screen takes."""
    return "".join(char if category(char)[0] != "C" or char in "\n\t" else "\ufffd" for char in text)


def tally(rows):
    """Return how many of the `rows` are in each state, `points` that can be had, and `reached`: those of the right."""
    counts = Counter(row.state for row in rows)
    return {**{state: counts[state] for state in STATES}, "points": sum(row.exercise.points for row in rows),
            "reached": sum(row.exercise.points for row in rows if row.state == "right")}


def grouped(rows, attribute):
    """Return {name: its rows}, in order; `rows` is a list of Row, `attribute` says whose: `homework` or `notebook`."""
    groups = {}
    for row in rows:
        groups.setdefault(getattr(row.exercise, attribute), []).append(row)
    return groups


def next_row(rows):
    """Return the first of `rows` that is open or wrong; failing that, the first that was edited since; or None."""
    waiting = [row for row in rows if row.state in ("open", "wrong")] or [row for row in rows if row.state == "changed"]
    return waiting[0] if waiting else None


def check_call(row):
    """Say how the exercise of `row`, a Row, is checked: by a command, or for a cell in words."""
    return "run its cell in the notebook, and the cell below" if row.exercise.is_cell else (
        f"cs182 check {row.exercise.name}")


def homework_title(homework):
    """Return `homework` in words: `hw1` is Homework 1."""
    return homework.replace("hw", "Homework ")


def notebook_title(folder, notebook):
    """Return the first heading of a notebook of this workbook; where it cannot be read, its name.

    `folder` is the workbook's Path, `notebook` the short name, `hw1/03_dropout`, whose last part stands in then.
    """
    try:
        nb = json.loads((folder / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
        lines = [line for cell in nb["cells"] if cell["cell_type"] == "markdown"
                 for line in "".join(cell["source"]).splitlines()]
        return _clean(next(line.removeprefix("# ") for line in lines if line.startswith("# ")))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError):
        return notebook.split("/")[-1]
