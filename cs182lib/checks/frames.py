"""What of a traceback is the learner's own code."""

import traceback
from pathlib import Path

from cs182lib.exercises.exercise import PACKAGE


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
    """Return the lines of a traceback that lie in the learner's package or notebook, as text; none for no error."""
    if error is None or isinstance(error, NotImplementedError):
        return []
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_learners(frame.filename)]
    lines = []
    for frame in frames:
        parts = Path(frame.filename).parts
        place = "/".join(parts[-2:]) if PACKAGE in parts else "the notebook"
        lines += [f"  {place}, line {frame.lineno}, in {frame.name}", f"    {frame.line}"]
    return ["Your code, the last call last:", *lines] if lines else []


def _is_learners(filename):
    return PACKAGE in Path(filename).parts or "ipykernel" in filename or filename.startswith("<ipython")
