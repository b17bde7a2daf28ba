"""The peak memory that the benchmarks report."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import numpy as np
from benchmarks.memory import peak_memory
before = peak_memory()
np.ones(50_000_000)
print(peak_memory() - before)
"""


def test_the_peak_stays_after_the_memory_is_given_back():
    big = bytearray(b"x" * 600_000_000)  # held by the process that starts the other: no part of the other's peak
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(big) == 600_000_000 and 3.9e8 < int(run.stdout) < 4.2e8
