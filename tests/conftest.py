"""One footing for every test: stand-in data (real data where a test is marked so), no display, repeatable draws.

One thread, too: the nets of tests are so small that two threads wait for each other longer than they work, many times
as long where the machine has other work.
"""

import os
from pathlib import Path

os.environ.setdefault("CS182_DATA", "embedded")
os.environ.setdefault("MPLBACKEND", "agg")
if "OMP_NUM_THREADS" not in os.environ:
    os.environ.update(OMP_NUM_THREADS="1", ONE_THREAD_FOR_TESTS="")

import hypothesis
import pytest
from durations import pytest_terminal_summary  # noqa: F401 - the table after each part of `make test`

from cs182lib.data.cifar10 import EDITIONS

hypothesis.settings.register_profile("workbook", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("workbook")

DATASETS = Path(__file__).resolve().parents[1] / "datasets"


@pytest.fixture(autouse=True)
def data_in_use(request, monkeypatch):
    """Let tests marked `real_data` see the real data, and all others the stand-in only."""
    real = request.node.get_closest_marker("real_data") is not None
    if real and "CS182_DATASETS" not in os.environ and not any((DATASETS / name).exists() for name in EDITIONS):
        pytest.skip("needs the real data: make data, or set CS182_DATASETS")
    monkeypatch.setenv("CS182_DATA", "real" if real else "embedded")


@pytest.fixture
def all_threads(monkeypatch):
    """Let what the test starts take as many threads as a user's notebook does."""
    if "ONE_THREAD_FOR_TESTS" in os.environ:
        monkeypatch.delenv("OMP_NUM_THREADS")
