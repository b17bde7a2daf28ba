"""Small folders in the layout of CIFAR-10, with known content."""

import os
import subprocess
import sys

import numpy as np
import pytest
from python2_pickles import Python2Pickler

from cs182lib.data import batch_files

RECORDS = 20
NAMES = (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch")


def write_pickled(path, X, y):
    """Write one file of the pickled edition as Python 2 did."""
    batch = {b"batch_label": b"x", b"labels": [int(label) for label in y], b"data": X.reshape(len(X), -1),
             b"filenames": [b"a.png"] * len(X)}
    with open(path, "wb") as file:
        Python2Pickler(file, protocol=2).dump(batch)


def write_binary(path, X, y):
    """Write one file of the binary edition."""
    np.concatenate([y[:, None].astype(np.uint8), X.reshape(len(X), -1)], axis=1).tofile(path)


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """Both editions of a small CIFAR-10 under tmp_path, which becomes CS182_DATASETS; returns X and y of each file."""
    monkeypatch.setattr(batch_files, "RECORDS", RECORDS)
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "auto")
    rng = np.random.default_rng(0)
    content = {}
    for folder in ("cifar-10-batches-bin", "cifar-10-batches-py"):
        (tmp_path / folder).mkdir()
    for name in NAMES:
        X = rng.integers(0, 256, (RECORDS, 3, 32, 32), dtype=np.uint8)
        y = rng.integers(0, 10, RECORDS)
        content[name] = X, y
        write_binary(tmp_path / "cifar-10-batches-bin" / f"{name}.bin", X, y)
        write_pickled(tmp_path / "cifar-10-batches-py" / name, X, y)
    return content


@pytest.fixture
def binary(cifar, tmp_path):
    """The folder of the binary edition."""
    return tmp_path / "cifar-10-batches-bin"


@pytest.fixture
def pickled(cifar, tmp_path):
    """The folder of the pickled edition."""
    return tmp_path / "cifar-10-batches-py"


PEAK = """
import resource, sys
from pathlib import Path
import numpy as np
from cs182lib.data import get_CIFAR10_data
data = get_CIFAR10_data(dtype=np.float32)
assert "torch" not in sys.modules
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
status = Path("/proc/self/status")
if status.exists():  # on Linux ru_maxrss begins with the parent's; VmHWM is this program's own
    peak = int(status.read_text().split("VmHWM:")[1].split()[0])
print(peak)
"""


@pytest.fixture
def peak_of_loading():
    """A function that returns the peak memory in kB of a fresh process that loads the data for training."""
    pytest.importorskip("resource")

    def peak(**environment):
        result = subprocess.run([sys.executable, "-c", PEAK], env={**os.environ, **environment}, capture_output=True,
                                text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        return int(result.stdout)

    return peak
