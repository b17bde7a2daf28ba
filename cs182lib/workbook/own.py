"""A learner's own workbook: where it is, and what has been solved in it.

`.cs182/workbook.json` says which homeworks it holds; `.cs182/progress.jsonl` gets one line for each check and hint. A
line is appended in one write and under a lock, so a kill loses at most that line, and two checks at once lose nothing.
"""

import ast
import hashlib
import json
import os
import sys
import warnings
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from cs182lib.exercises.exercise import PACKAGE, exercises
from cs182lib.files import parse_json
from cs182lib.validation import require

HOMEWORKS = ("hw1", "hw2", "hw3")
MARK = Path(".cs182") / "workbook.json"
HINTS = 3  # of each exercise
PROGRESS = Path(".cs182") / "progress.jsonl"


def find_own(start="."):
    """Return the folder of the own workbook that `start` lies in, or None."""
    here = Path(start).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / MARK).is_file()), None)


def own_folder(start="."):
    """Return the folder of the own workbook that `start` lies in.

    Raises
    ------
    ValueError : it lies in none
    """
    folder = find_own(start)
    if folder is None:
        raise ValueError(f"{Path(start).resolve()} lies in no workbook of your own; change to its folder, or make one: "
                         "cs182 start DIR")
    return folder


def open_own():
    """Let the notebook that calls this import the learner's package; ValueError where it lies in no own workbook."""
    folder = str(own_folder())
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that a numpy.py or torch.py lying there hides no other module


def own_exercises(folder):
    """Return the exercises of the homeworks that the workbook in `folder`, a Path, holds, as a dict by name.

    Raises
    ------
    ValueError : the file that says which homeworks these are is damaged
    """
    homeworks = read_homeworks(folder)
    return {name: e for name, e in exercises().items() if e.homework in homeworks}


def read_homeworks(folder):
    """Return the homeworks that the workbook in `folder` holds, a list such as ["hw1", "hw2"].

    ValueError where the file that says so is damaged.
    """
    try:
        homeworks = parse_json((folder / MARK).read_bytes())["homeworks"]
        require(isinstance(homeworks, list) and homeworks and set(homeworks) <= set(HOMEWORKS), "no list of homeworks")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f'{folder / MARK} is damaged; write {{"homeworks": ["hw1"]}} into it, with the homeworks that '
                         "this workbook holds") from error
    return homeworks


def place(folder, exercise, package=PACKAGE):
    """Return (path, line) of what the learner writes; for a cell, and where it is gone, the line is None.

    Parameters
    ----------
    folder : Path of the own workbook
    exercise : Exercise
    package : name of the package's folder in it; "cs182lib" with the checkout as `folder` gives the library's place
    """
    if exercise.is_cell:
        return folder / "notebooks" / f"{exercise.notebook}.ipynb", None
    path, node = definition(folder, exercise.solution[0], package)
    return path, node and node.lineno


def definition(folder, target, package=PACKAGE):
    """Return (path, syntax node) of a definition; the node is None where the file has it not, or is no Python.

    Parameters
    ----------
    folder : Path of the own workbook
    target : str, `layers.dense:affine_forward`
    package : name of the package's folder in it
    """
    module, qualname = target.split(":")
    path = folder / package / Path(*module.split(".")).with_suffix(".py")
    try:
        node = _parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return path, None
    for name in qualname.split("."):  # of two definitions of one name Python takes the last
        node = next((child for child in reversed(getattr(node, "body", ())) if getattr(child, "name", None) == name),
                    None)
    return path, node


@lru_cache(maxsize=64)
def _parse(source):
    """Return the syntax tree of a module; several exercises lie in one, and are asked for one after the other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an odd backslash the learner hears when the module is imported
        return ast.parse(source)


def code_hash(folder, exercise):
    """Return a hash, 16 hex digits, of what the learner has written in `folder` for `exercise`.

    Comments and spacing do not count. It covers the definitions that the exercise names, not helpers that the learner
    adds, and no cell: a notebook may be saved long after its check has run.
    """
    nodes = [definition(folder, target)[1] for target in exercise.solution]
    text = "\n".join(map(_unparse, nodes))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _unparse(node):
    """Return the code of a syntax node (a dump is another in each Python), "" for None and for one too deep."""
    try:
        return ast.unparse(node) if node else ""
    except RecursionError:
        return ""


def append(folder, **entry):
    """Add one line to the progress file of the workbook in `folder`: the time now, and `entry`.

    The entry holds `exercise` with `state`, `message` and `code`, or with `hint`, the number of the hint given.
    """
    path = folder / PROGRESS
    line = json.dumps({"time": datetime.now(timezone.utc).isoformat(timespec="seconds"), **entry}) + "\n"
    with FileLock(path.with_suffix(".lock")).acquire(poll_interval=0.002), open(path, "ab+", buffering=0) as file:
        torn = False
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        file.write((("\n" if torn else "") + line).encode())


def read_progress(folder):
    """Return every entry of the progress file of the workbook in `folder`, a list of dicts, oldest first.

    A line torn by a kill, or no entry at all, is left out.
    """
    try:
        lines = (folder / PROGRESS).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if _is_entry(entry):
            entries.append(entry)
    return entries


def _is_entry(entry):
    """Say whether this is what `append` writes: a check has a state, a hint its number; both have a time."""
    if not (isinstance(entry, dict) and isinstance(entry.get("exercise"), str) and isinstance(entry.get("time"), str)):
        return False
    try:
        datetime.fromisoformat(entry["time"])
    except ValueError:
        return False
    said = type(entry["hint"]) is int if "hint" in entry else isinstance(entry.get("state"), str)
    return said and isinstance(entry.get("message", ""), str) and 0 <= entry.get("hint", 0) <= HINTS


def states(folder):
    """Return for each exercise of the workbook in `folder` a dict, by its name: state, message, tries, hints, time.

    state : "right"; "changed" (right once, and edited since); "wrong"; or "open" (never tried, or not written yet)
    """
    found = {name: {"state": "open", "message": "", "tries": 0, "hints": 0, "time": None}
             for name in own_exercises(folder)}
    codes = {}
    for entry in read_progress(folder):
        known = found.get(entry["exercise"])
        if known is None:
            continue
        if "hint" in entry:
            known["hints"] = max(known["hints"], entry["hint"])
            continue
        state = {"right": "right", "not written": "open"}.get(entry["state"], "wrong")
        known.update(state=state, message=entry.get("message", ""), time=entry["time"],
                     tries=known["tries"] + (state != "open"))
        codes[entry["exercise"]] = entry.get("code")
    for name, known in found.items():
        exercise = exercises()[name]
        if known["state"] == "right" and not exercise.is_cell and codes[name] != code_hash(folder, exercise):
            known["state"] = "changed"
    return found
