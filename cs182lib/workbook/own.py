"""A learner's own workbook: where it is, and what has been solved in it.

`.cs182/workbook.json` says which homeworks it holds; `.cs182/progress.jsonl` gets one line for each check and hint. A
line is appended in one write, so a kill loses at most that line, and two checks at once lose nothing.
"""

import ast
import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path

from cs182lib.exercises import exercises

PACKAGE = "my182"  # the learner's package, the counterpart of cs182lib
MARK = Path(".cs182") / "workbook.json"
PROGRESS = Path(".cs182") / "progress.jsonl"


def find_own(start="."):
    """Return the folder of the own workbook that `start` lies in, or None."""
    here = Path(start).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / MARK).is_file()), None)


def own_exercises(folder):
    """Return the exercises of the homeworks that this workbook holds, by name."""
    homeworks = json.loads((folder / MARK).read_text(encoding="utf-8"))["homeworks"]
    return {name: e for name, e in exercises().items() if e.homework in homeworks}


def place(folder, exercise):
    """Return (path, line) of what the learner writes; for a cell, and where it is gone, the line is None."""
    if exercise.is_cell:
        return folder / "notebooks" / f"{exercise.notebook}.ipynb", None
    path, node = definition(folder, exercise.solution[0])
    return path, node and node.lineno


def definition(folder, target):
    """Return (path, syntax node) of `layers.dense:affine_forward`; the node is None where the file has it not."""
    module, qualname = target.split(":")
    path = folder / PACKAGE / Path(*module.split(".")).with_suffix(".py")
    try:
        node = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return path, None
    for name in qualname.split("."):
        node = next((child for child in node.body if getattr(child, "name", None) == name), None)
        if node is None:
            break
    return path, node


def code_hash(folder, exercise):
    """Return a hash of what the learner has written for this exercise; comments and spacing do not count."""
    nodes = [definition(folder, target)[1] for target in exercise.solution]
    text = "\n".join(ast.dump(node) if node else "" for node in nodes)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def append(folder, **entry):
    """Add one line to the progress file."""
    path = folder / PROGRESS
    line = json.dumps({"time": datetime.now(timezone.utc).isoformat(timespec="seconds"), **entry}) + "\n"
    torn = path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with open(path, "ab") as file:
        file.write((("\n" if torn else "") + line).encode())


def read_progress(folder):
    """Return every entry of the progress file, oldest first; a line that was torn by a kill is left out."""
    try:
        lines = (folder / PROGRESS).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("exercise"), str):
            entries.append(entry)
    return entries


def states(folder):
    """Return for each exercise of the workbook a dict: state, message, tries, hints, time.

    state : "right"; "changed" (right once, and edited since); "wrong"; or "open" (never tried, or not written yet)
    """
    found = {name: {"state": "open", "message": "", "tries": 0, "hints": 0, "time": None}
             for name in own_exercises(folder)}
    for entry in read_progress(folder):
        known = found.get(entry["exercise"])
        if known is None:
            continue
        if "hint" in entry:
            known["hints"] = max(known["hints"], entry["hint"])
            continue
        state = {"right": "right", "not written": "open"}.get(entry.get("state"), "wrong")
        known.update(state=state, message=entry.get("message", ""), time=entry["time"], code=entry.get("code"),
                     tries=known["tries"] + (state != "open"))
    for name, known in found.items():
        if known["state"] == "right" and known.pop("code", None) != code_hash(folder, exercises()[name]):
            known["state"] = "changed"
    return found
