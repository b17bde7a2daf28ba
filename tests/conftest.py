"""One footing for every test: stand-in data (real data where a test is marked so), no display, repeatable draws."""

import os
from pathlib import Path

os.environ.setdefault("CS182_DATA", "embedded")
os.environ.setdefault("MPLBACKEND", "agg")

import hypothesis
import pytest
from durations import pytest_terminal_summary  # noqa: F401 - the table at the end of `make test`

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
