"""Every committed notebook: in order as a file, and the same outputs again in the promised time."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from cs182lib.workbook.normalize import complaints
from cs182lib.workbook.paths import ROOT, list_notebooks, notebook_name

BUDGETS = {"hw1": 90, "hw2": 120, "hw3": 150}  # seconds on two cores
SLACK = 1.5  # what a busy machine may take beyond that
REFERENCE = 0.6  # seconds that `yardstick` takes on the two cores that the budget is meant for

every_notebook = pytest.mark.parametrize("path", list_notebooks(), ids=notebook_name)


def yardstick():
    """Return the seconds of a fixed piece of work like that of the notebooks: matrix products and a Python loop.

    The products are those of a small layer: where a third process runs, their threads wait for each other, each time.
    """
    x, w = np.full((50, 3072), 0.5, np.float32), np.full((3072, 100), 0.5, np.float32)
    with threadpool_limits(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())), "blas"):
        start = time.perf_counter()
        for _ in range(2000):
            x @ w
        sum(i * i for i in range(1_000_000))
        return time.perf_counter() - start


def run_nbval(path, *options):
    """Execute one notebook under nbval on stand-in data and compare its outputs with the stored ones."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.notebooks.nbval_settings", "-p", "no:cacheprovider",
               "--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "--nbval-kernel-startup-timeout=120",
               "--maxfail=1", "--quiet", "--no-header", str(path), *options]
    environment = {**os.environ, "CS182_DATA": "embedded"}
    environment.pop("MPLBACKEND", None)  # the kernel shows figures by its own back end
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)


def test_there_are_notebooks():
    assert {path.parent.name for path in list_notebooks()} == BUDGETS.keys()


@pytest.mark.notebooks
@pytest.mark.usefixtures("all_threads")
@every_notebook
def test_outputs_are_the_stored_ones_in_time(path):
    before, start = yardstick(), time.perf_counter()
    done = run_nbval(path)
    seconds = time.perf_counter() - start
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    slowness = max(1, before / REFERENCE, yardstick() / REFERENCE)
    budget = BUDGETS[path.parent.name]
    assert seconds < budget * SLACK * slowness, f"{seconds:.0f} s, on a machine {slowness:.1f} times slower than meant"


@every_notebook
def test_file_is_in_order(path):
    assert complaints(path) == []
