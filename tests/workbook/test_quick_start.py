"""The library is imported at once, and `cs182 --help` answers at once: what takes long is imported where it is used."""

import subprocess
import sys

import pytest

IMPORTED = "import cs182lib"
HELP = """
from cs182lib.workbook.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
HEAVY = {"numpy", "torch", "matplotlib", "scipy", "h5py", "nbformat", "IPython"}
MEASURE = "\nimport sys, time\nprint('\\n' + ' '.join(sys.modules), time.process_time(), sep='\\n')"


def measured(code):
    """Return the modules that a fresh Python has imported after the code, and the processor's seconds till then."""
    done = subprocess.run([sys.executable, "-c", code + MEASURE], capture_output=True, text=True, check=True,
                          timeout=120)
    *_, modules, seconds = done.stdout.splitlines()
    return set(modules.split()), float(seconds)


@pytest.mark.parametrize("code, most", [(IMPORTED, 0.3), (HELP, 0.5)])
def test_it_begins_at_once(code, most):
    results = [measured(code) for _ in range(3)]
    assert not results[0][0] & HEAVY
    assert min(seconds for _, seconds in results) < most


def test_what_takes_long_would_be_seen():
    modules, seconds = measured("import numpy, torch")
    assert modules & HEAVY == {"numpy", "torch"} and seconds > 3 * measured(IMPORTED)[1]
