"""Work with known faults, which the examination must find, and work without one."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from killing import Subject

PARTS = 8


def counting(folder, write):
    """Add up numbers, a part after the other; `write` keeps in total.json what the next call goes on from."""
    path = folder / "total.json"
    total, done = json.loads(path.read_text()) if path.exists() else (0, 0)
    for part in range(done, PARTS):
        time.sleep(0.02)
        total += part
        write(path, json.dumps([total, part + 1]))


def whole(path, text):
    """Write under one name only, and rename."""
    partial = path.with_suffix(".part")
    partial.write_text(text)
    os.replace(partial, path)


def in_place(path, text):
    """Write in place, in two steps."""
    with open(path, "w") as file:
        file.write(text[:3])
    with open(path, "a") as file:
        file.write(text[3:])


def under_new_names(path, text):
    """Write under a name that is another each time, and rename."""
    partial = path.with_name(f"{random.random()}.part")
    partial.write_text(text)
    os.replace(partial, path)


def forgetting(folder):
    """Go on, but from a sum that is too large."""
    path = folder / "total.json"
    if path.exists():
        total, done = json.loads(path.read_text())
        whole(path, json.dumps([total + 100, done]))
    counting(folder, whole)


def locking(folder):
    """Refuse to start where a file says that somebody else is at work."""
    Path("lock").touch(exist_ok=False)
    counting(folder, whole)
    Path("lock").unlink()


def starting(folder):
    """Start a program that goes on alone."""
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    counting(folder, whole)
    program.kill()
    program.wait()


def total(folder):
    """Return the sum."""
    return json.loads((folder / "total.json").read_text())


FAULTS = {
    "none": lambda folder: counting(folder, whole),
    "differs": forgetting,
    "fails": locking,
    "torn": lambda folder: counting(folder, in_place),
    "orphan": starting,
    "leftover": lambda folder: counting(folder, under_new_names),
}
SUBJECTS = tuple(Subject(name, work, total) for name, work in FAULTS.items())
