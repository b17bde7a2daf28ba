"""What goes on after an interruption, in small: the same code on few data. Long runs are in subjects_full."""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import numpy as np
from killing import Subject
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from subjects_full import SUBJECTS as FULL

from cs182lib.data import Dataset, load_coco_data, write_coco_files
from cs182lib.exercises import choose
from cs182lib.vision.search import FINISHED, open_study, recipe_objective, search
from cs182lib.workbook import own
from cs182lib.workbook.own_commands import check_command
from cs182lib.workbook.progress import show_progress
from cs182lib.workbook.run import run_notebooks
from cs182lib.workbook.start import DELIVERED, start, update
from tests.training import test_captioning_solver, test_fit, test_solver
from tests.vision import test_search
from tests.workbook.filling import solve

ROOT = Path(__file__).resolve().parents[2]
TINY = {
    "hw1/01_first": ["print('Data: doodles (stand-in), 9 training pictures, fingerprint 0123456789ab')",
                     "import time\ntime.sleep(0.3)"],
    "hw1/02_second": ["from cs182lib.workbook import key_figures\nkey_figures(best_val_acc=0.53)"],
    "hw2/01_fails": ["print('before')", "raise ValueError('as it must')"],
    "hw2/02_last": ["import time\ntime.sleep(0.2)\nprint(2 + 2)"],
}
CHECKED = ["hw1/affine_forward", "hw1/affine_backward", "hw1/relu_forward", "hw1/relu_backward", "hw1/softmax_loss"]


def digest(*things):
    """Return a hash of arrays and of what JSON can hold, bit by bit."""
    found = hashlib.sha256()
    for thing in things:
        found.update(np.ascontiguousarray(thing) if isinstance(thing, np.ndarray) else json.dumps(thing).encode())
    return found.hexdigest()


def write_end(*things):
    """Keep the hash of what a training came to."""
    Path("end.json").write_text(json.dumps(digest(*things)))


def read_end(folder):
    """Return that hash."""
    return json.loads((folder / "end.json").read_text())


def numpy_solver(folder):
    """Train a small net with batch norm and dropout."""
    solver = test_solver.solver(checkpoint="run.npz", num_epochs=100)
    solver.train()
    write_end(solver.loss_history, solver.val_acc_history, *solver.model.params.values())


def captioning_solver(folder):
    """Train a small captioner."""
    solver = test_captioning_solver.solver(load_coco_data(folder / "few"), checkpoint="run.npz", num_epochs=40)
    solver.train()
    write_end(solver.loss_history, solver.val_loss_history, *solver.model.params.values())


def few_captions(folder):
    """Lay out a few captions."""
    split = test_captioning_solver.split
    write_coco_files(folder / "few", test_captioning_solver.WORDS, split(60, 1), split(15, 2))


def torch_fit(folder):
    """Train a small PyTorch net with dropout and batch norm."""
    model, history = test_fit.train("run.pt", epochs=60)
    write_end(history.loss, history.lr, history.column("weight"), *(w.numpy() for w in model.state_dict().values()))


def optuna_search(folder):
    """Search for a recipe of a tiny net."""
    y = np.arange(120) % 2
    X = (np.random.default_rng(0).integers(0, 90, (120, 3, 32, 32)) + 120 * y[:, None, None, None]).astype(np.uint8)
    data = Dataset({"X_train": X, "y_train": y, "X_test": X, "y_test": y}, "light", True, "0", ("dark", "light"))
    objective = recipe_objective(data, test_search.TINY, num_training=80, num_validation=40)
    study = search(open_study("search.db", {"data": "light"}), objective, 10, progress=False)
    finished = [trial for trial in study.trials if trial.state in FINISHED]
    write_end([[trial.params, trial.value, trial.state.name] for trial in finished], study.best_value)


def tiny_notebooks(folder):
    """Lay out four notebooks, of which one fails."""
    for name, cells in TINY.items():
        path = folder / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [new_markdown_cell(f"# {name}\n\n$x^2$"), *map(new_code_cell, cells)]
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
        nbformat.write(new_notebook(cells=cells), path)


def run(folder):
    """Execute the four notebooks."""
    run_notebooks(folder=folder / "notebooks", out=folder / "build" / "report")


def report(folder):
    """Return the rows of the report without their times, and the pages."""
    out = folder / "build" / "report"
    rows = json.loads((out / "report.json").read_text())["notebooks"]
    pages = {row["name"]: hashlib.sha256((out / f"{row['name']}.html").read_bytes()).hexdigest() for row in rows}
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows], pages


def checkout(folder):
    """Lay out a checkout whose set-up is done, with the notebooks that pass: after one that fails make fails too."""
    tiny_notebooks(folder)
    (folder / "notebooks" / "hw2" / "01_fails.ipynb").unlink()
    shutil.copytree(ROOT / "cs182lib", folder / "cs182lib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)


def make_run(folder):
    """Become `make run`, in a checkout with a Python that stands for that of the set-up."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    mark = os.popen("make --no-print-directory -pn run | sed -n 's/^MARK := //p'").read().strip()
    (folder / mark).touch()
    os.execvp("make", ["make", "--no-print-directory", "run"])


def half_solved(folder):
    """Make a workbook with right, wrong, unwritten and endless answers."""
    mine = start(folder / "mine", ["hw1"])
    solve(mine, *CHECKED[:3])
    path = mine / own.PACKAGE / "layers" / "dense.py"
    source = path.read_text().replace('raise NotImplementedError("write `relu_backward`")', "return 3 * dout")
    path.write_text(source)
    path = mine / own.PACKAGE / "layers" / "losses.py"
    path.write_text(path.read_text().replace('raise NotImplementedError("write `softmax_loss`")', "while True: pass"))


def check(folder):
    """Check a few exercises and write the page of the progress."""
    check_command(CHECKED, folder / "mine", seconds=3)
    show_progress(folder / "mine")


def verdicts(folder):
    """Return state and message of each checked exercise."""
    states = own.states(folder / "mine")
    return {e.name: [states[e.name]["state"], states[e.name]["message"]] for e in choose(CHECKED)}


def begin_workbook(folder):
    """Make a workbook; the command refuses where it is there already."""
    if not (folder / "mine").exists():
        start(folder / "mine", ["hw1"])


def old_workbook(folder):
    """Make a workbook of an older version, in which every third file is edited."""
    mine = start(folder / "mine", ["hw1"])
    delivered = json.loads((mine / DELIVERED).read_text())
    for number, name in enumerate(delivered):
        content = (mine / name).read_bytes()
        (mine / name).write_bytes(content + (b"\n" if number % 3 else b"\n\n"))
        delivered[name] = hashlib.sha256(content + b"\n").hexdigest()
    (mine / DELIVERED).write_text(json.dumps(delivered))


def contents(folder):
    """Return a hash of every file of the workbook."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((folder / "mine").rglob("*")) if path.is_file() and path.suffix != ".part"}


SUBJECTS = (
    Subject("Solver", numpy_solver, read_end),
    Subject("CaptioningSolver", captioning_solver, read_end, few_captions),
    Subject("fit", torch_fit, read_end),
    Subject("search", optuna_search, read_end),
    Subject("cs182 run", run, lambda folder: list(report(folder)), tiny_notebooks),
    Subject("make run", make_run, lambda folder: list(report(folder)), checkout, own_program=True),
    Subject("cs182 check", check, verdicts, half_solved),
    Subject("cs182 start", begin_workbook, contents),
    Subject("cs182 update", lambda folder: update(folder / "mine"), contents, old_workbook),
    *FULL,
)
