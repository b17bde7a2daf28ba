"""Make an own workbook to solve, and bring a newer version into one without touching what was written there."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import nbformat

from cs182lib import __version__
from cs182lib.exercises.exercise import PACKAGE, exercises
from cs182lib.files import read_json, write_whole
from cs182lib.validation import require
from cs182lib.workbook.blank import SUBJECTS, blank_module, renamed
from cs182lib.workbook.blank_notebook import blank_notebook
from cs182lib.workbook.guide import guide
from cs182lib.workbook.notebook_file import read_notebook
from cs182lib.workbook.own import HOMEWORKS, MARK, find_own, read_homeworks
from cs182lib.workbook.paths import NOTEBOOKS, list_notebooks, notebook_name

LIBRARY = Path(__file__).resolve().parents[1]
DELIVERED = Path(".cs182") / "delivered.json"  # path -> SHA-256 of the file as it was delivered
IGNORED = "__pycache__/\n.ipynb_checkpoints/\nprogress.html\n.cs182/progress.lock\n"


def start(folder, homeworks=HOMEWORKS):
    """Make a new workbook in `folder`, whole or not at all, and return its absolute Path.

    Parameters
    ----------
    folder : path; it must not exist yet, or be empty
    homeworks : which homeworks to solve; the ones before the first of them come solved

    Raises
    ------
    ValueError : the folder holds something already, or lies in the workbook's own checkout of notebooks or library
    """
    folder = Path(folder).resolve()
    if (folder / MARK).exists():
        raise ValueError(f"{folder} holds a workbook already, and what you wrote there stays; for the newest version "
                         f"of it: cs182 update {folder}; for a second workbook choose another folder")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty; choose a folder that does not exist yet")
    if find_own(folder.parent) or LIBRARY in (folder, *folder.parents) or NOTEBOOKS in (folder, *folder.parents):
        raise ValueError(f"{folder} lies inside a workbook; choose a folder outside of it")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a start that was killed
    try:
        files = blank_files(homeworks)
        for name, content in files.items():
            write_whole(partial / name, content)
        write_whole(partial / MARK, _json({"homeworks": list(homeworks), "version": __version__}))
        write_whole(partial / DELIVERED, _json({name: _hash(content) for name, content in files.items()}))
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def update(folder):
    """Bring the newest version into the workbook in `folder`; return a list of (what was done, path).

    A file that the learner has not touched is replaced; beside one that they have edited the new version is laid as
    `name.new.py`. Where nothing new is to be had nothing is done. Killed half-way, the next call goes on.

    Raises
    ------
    ValueError : there is no workbook in this folder
    """
    folder = Path(folder).resolve()
    if not (folder / MARK).is_file():
        raise ValueError(f"{folder} holds no workbook; make one with: cs182 start {folder}")
    homeworks, delivered = read_state(folder)
    files, done = blank_files(homeworks), []
    for name, content in files.items():
        action = _bring(folder, name, content, delivered)
        if action:
            done.append(action)
    done += [("no longer part of the workbook, left alone", name) for name in delivered
             if name not in files and ".new." not in name and (folder / name).exists()]
    kept = {name: known for name, known in delivered.items() if ".new." in name}
    write_whole(folder / DELIVERED, _json(kept | {name: _hash(content) for name, content in files.items()}))
    write_whole(folder / MARK, _json({"homeworks": homeworks, "version": __version__}))
    return done


def read_state(folder):
    """Return the homeworks of the own workbook in `folder`, and path -> SHA-256 of each file as it was delivered.

    ValueError where the file that keeps them is damaged.
    """
    path = folder / DELIVERED
    advice = f"delete {path} to treat every file as yours, and run the command again"
    delivered = read_json(path, advice) if path.is_file() else {}
    require(isinstance(delivered, dict) and all(isinstance(known, str) for known in delivered.values()),
            f"{path} must hold paths and their hashes; {advice}")
    return read_homeworks(folder), delivered


def _bring(folder, name, content, delivered):
    """Bring one file up to date; return (what was done, path) or None."""
    path, new = folder / name, _hash(content)
    if not path.exists():
        write_whole(path, content)
        return "written", name
    current = _hash(path.read_bytes())
    if current == new:
        return None
    if current == delivered.get(name):
        write_whole(path, content)
        return "brought up to date", name
    if new == delivered.get(name):
        return "yours, left alone", name
    beside = _free_name(folder, name, content, delivered)
    write_whole(folder / beside, content)
    delivered[beside] = new
    return f"yours, left alone; the new version is {beside}", name


def _free_name(folder, name, content, delivered):
    """Return `dense.new.py`, or `dense.new.2.py` where that was edited too."""
    stem, suffix = os.path.splitext(name)
    number = 1
    while True:
        beside = f"{stem}.new{'' if number == 1 else f'.{number}'}{suffix}"
        path = folder / beside
        if not path.exists() or _hash(path.read_bytes()) in (delivered.get(beside), _hash(content)):
            return beside
        number += 1


def blank_files(homeworks=HOMEWORKS):
    """Return path -> bytes of every file of a workbook in which these homeworks are to be solved.

    The same library gives the same bytes. Homeworks before the first chosen one come solved: later ones build on them.
    """
    open_ones = {name: e for name, e in exercises().items() if e.homework >= min(homeworks)}
    files = {"README.md": guide(homeworks).encode(), ".gitignore": IGNORED.encode(),
             f"{PACKAGE}/__init__.py": b'"""My own library: what I write in the workbook."""\n'}
    for path in sorted(path for subject in SUBJECTS for path in (LIBRARY / subject).rglob("*.py")):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        source = blank_module(path.read_text(encoding="utf-8"), ".".join(parts), open_ones.values())
        files["/".join([PACKAGE, *parts]) + ".py"] = renamed(source).encode()
    for path in list_notebooks():
        if path.parent.name in homeworks:
            nb = blank_notebook(read_notebook(path), open_ones)
            files[f"notebooks/{notebook_name(path)}.ipynb"] = (nbformat.writes(nb) + "\n").encode()
    return files


def _json(value):
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _hash(content):
    return hashlib.sha256(content).hexdigest()
