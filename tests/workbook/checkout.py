"""A copy of the workbook in which the commands of the README are run as they stand there.

Its .venv is no environment of its own: `python` calls the Python of the tests, on the copy's library. Its twelve
notebooks are replaced by short ones where a command executes them, and its budgets of training by tiny ones.
"""

import os
import re
import shutil
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cs182lib.workbook.paths import ROOT

FOLDERS = ("cs182lib", "deeplearning", "results", "datasets/pretrained", "notebooks")
FILES = ("README.md", "Makefile", "pyproject.toml", "constraints.txt")
PYTHON = """#!/bin/sh
PYTHONPATH="{folder}" exec "{python}" {module}"$@"
"""
COMMANDS = {"python": "", "cs182": "-m cs182lib.workbook ", "accelerate": "-m accelerate.commands.accelerate_cli "}
TINY_TEST = """import os
from pathlib import Path

import pytest

import cs182lib


def test_the_copy_is_tested():
    assert Path(cs182lib.__file__).parents[1] == Path.cwd() and os.environ["CS182_DATA"] == "embedded"


@pytest.mark.notebooks
def test_of_a_notebook():
    assert os.environ["CS182_DATA"] == "embedded"


@pytest.mark.real_data
def test_on_real_data():
    assert os.environ["CS182_DATASETS"] == "/tmp"
"""
CELLS = ('print("Data: doodles (stand-in), fingerprint 2b597c2d03b3")',
         "from cs182lib.workbook import key_figures\n\nkey_figures(test_acc=0.5)")


class Checkout:
    """A copy of the workbook in `folder`; call it with a command line."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        for name in FOLDERS:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(ROOT / name, folder)
        (folder / "tests").mkdir()
        (folder / "tests" / "test_tiny.py").write_text(TINY_TEST)
        self.make_venv()

    def make_venv(self):
        """Write a .venv that make takes for finished."""
        programs = self.folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        for name, module in COMMANDS.items():
            (programs / name).write_text(PYTHON.format(folder=self.folder, python=sys.executable, module=module))
            (programs / name).chmod(0o755)
        (programs / "activate").write_text(f'PATH="{programs}:$PATH"\n')
        mark = re.search(r"touch (\.venv/ready-\d+)", self.run("make -n setup").stdout)[1]
        (self.folder / mark).touch()

    def shorten(self):
        """Put a short notebook in the place of each, and tiny recipes in the place of the CIFAR-10 net's."""
        for path in (self.folder / "notebooks").glob("*/*.ipynb"):
            path.unlink()
        nb = new_notebook(cells=[new_markdown_cell("# Short"), *map(new_code_cell, CELLS)])
        nbformat.write(nb, self.folder / "notebooks" / "hw1" / "04_convolutional_networks.ipynb")
        with open(self.folder / "cs182lib" / "vision" / "cifar_recipes.py", "a", encoding="utf-8") as file:
            file.write('\nBUDGETS["2min"] = Recipe(widths=(4, 4, 4), epochs=1, batch_size=2000, tta="none")\n')
        return self

    def run(self, command, active=True, **environment):
        """Run a command line of the shell in the copy, with its .venv active; return the finished process."""
        path = f"{self.folder / '.venv' / 'bin'}:{os.environ['PATH']}" if active else os.environ["PATH"]
        known = {"PATH": path, "CS182_DATA": "embedded", "CS182_DATASETS": str(ROOT / "datasets"),
                 "MAKEFLAGS": "", "MAKELEVEL": "0",  # as if no make had started the tests
                 "OMP_NUM_THREADS": "1", "BROWSER": "true"}
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env={**os.environ, **known, **environment},
                              capture_output=True, text=True, timeout=200)

    def succeed(self, command, **environment):
        """Run a command line that must succeed; return what it printed."""
        done = self.run(command, **environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr
