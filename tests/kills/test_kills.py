"""A sample of kills of all kinds of work, and the examination itself on work with known faults."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
SAMPLE = ("CaptioningSolver", "cs182 run", "cs182 update")  # `make kills` goes through all
FAULTS = ("differs", "fails", "torn", "orphan", "leftover")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a process the orphans of another")


def kills(*arguments):
    """Run the examination, in a process of its own, for it adopts orphans; return its exit status and its rows."""
    done = subprocess.run([sys.executable, str(FOLDER / "kills.py"), *arguments], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=600)
    assert not done.stderr, done.stderr
    lines = done.stdout.splitlines()
    rows = {line[:26].strip(): list(map(int, line[26:].split())) for line in lines[1:-1] if not line.startswith("    ")}
    return done, rows


@pytest.mark.slow
def test_after_a_kill_the_next_call_goes_on_to_the_same_end():
    done, rows = kills(*SAMPLE, "--number", "2")
    assert done.returncode == 0, done.stdout
    assert list(rows) == [name for name in rows if any(word in name for word in SAMPLE)] and len(rows) == len(SAMPLE)
    assert all(row[:2] >= [2, 1] for row in rows.values()), done.stdout


def test_every_fault_is_found():
    done, rows = kills("--module", "sham_subjects", "--number", "6")
    assert done.returncode == 1
    assert rows.keys() == {"none", *FAULTS}
    assert rows["none"][0] == 6 and rows["none"][2:] == [0] * len(FAULTS), done.stdout
    for column, name in enumerate(FAULTS, 2):
        assert rows[name][column] > 0, done.stdout


def test_every_long_run_is_killed():
    code = ("import sys; sys.argv = ['']; sys.path.insert(0, sys.path[0]); import kills, subjects_full\n"
            "from cs182lib.workbook.full_runs import FULL_RUNS\n"
            "print(set(subjects_full.SHRINK) ^ set(FULL_RUNS))")
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
