"""What of a traceback is the learner's own code."""

import traceback
from pathlib import Path

from cs182lib.exercises.exercise import PACKAGE

SHOWN = 4  # calls of a traceback that are shown at its start, and as many at its end


def place_of(error):
    """Return " in `layers/dense.py`, line 12" for where an error was raised, "" where that is no file."""
    frames = traceback.extract_tb(error.__traceback__)
    path = Path(frames[-1].filename) if frames else Path("<none>")
    if path.name.startswith("<") or "ipykernel" in str(path):
        return ""
    parts = path.parts
    if PACKAGE in parts:
        parts = parts[len(parts) - parts[::-1].index(PACKAGE):]
    return f" in `{'/'.join(parts[-2:])}`, line {frames[-1].lineno}"


def learner_frames(error):
    """Return the lines of a traceback that lie in the learner's package or notebook, as text; none for no error.

    Of very many calls, as where a function calls itself without an end, only the first and the last are shown.
    """
    if error is None or isinstance(error, NotImplementedError):
        return []
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_learners(frame.filename)]
    lines = [_as_lines(frame) for frame in frames]
    if len(lines) > 3 * SHOWN:
        lines[SHOWN:-SHOWN] = [[f"  ... and {len(lines) - 2 * SHOWN} calls between"]]
    return ["Your code, the last call last:", *sum(lines, [])] if lines else []


def _as_lines(frame):
    parts = Path(frame.filename).parts
    place = "/".join(parts[-2:]) if PACKAGE in parts else "the notebook"
    return [f"  {place}, line {frame.lineno}, in {frame.name}", f"    {frame.line}"]


def _is_learners(filename):
    return PACKAGE in Path(filename).parts or "ipykernel" in filename or filename.startswith("<ipython")
