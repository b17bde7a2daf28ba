"""One footing for every test: stand-in data (real data where a test is marked so), no display, repeatable draws."""

import os

os.environ.setdefault("CS182_DATA", "embedded")
os.environ.setdefault("MPLBACKEND", "agg")

import hypothesis
import pytest

hypothesis.settings.register_profile("workbook", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("workbook")


@pytest.fixture(autouse=True)
def data_in_use(request, monkeypatch):
    """Let tests marked `real_data` see the real data, and all others the stand-in only."""
    real = request.node.get_closest_marker("real_data") is not None
    monkeypatch.setenv("CS182_DATA", "real" if real else "embedded")
