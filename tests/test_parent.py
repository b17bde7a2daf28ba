"""A process that ends with the one that started it."""

import os
import subprocess
import sys
import time

import psutil
import pytest

CHILD = """
import os, subprocess, sys, time
from cs182lib.parent import end_with_parent
end_with_parent(os.getppid())
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), grandchild.pid, flush=True)
time.sleep(60)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


def ends(pid, seconds=20):
    """Say whether a process is gone within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(os.name == "nt", reason="there a virtual environment's Python is the child of another process")
def test_it_ends_with_all_it_has_started_once_its_parent_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        child, grandchild = map(int, parent.stdout.readline().split())
        assert not ends(child, 1.5) and not ends(grandchild, 0.1)
        parent.kill()
        assert ends(child) and ends(grandchild)


@pytest.mark.skipif(os.name == "nt", reason="there a virtual environment's Python is the child of another process")
def test_it_ends_where_the_parent_is_gone_before():
    code = "from cs182lib.parent import end_with_parent; import time; end_with_parent(1); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30).returncode == 1


def test_a_module_is_run_as_python_runs_it(tmp_path):
    (tmp_path / "told.py").write_text("import sys\nprint(__name__, sys.argv[1:], sys.path[0] in ('', sys.argv[2]))")
    for words in (["cs182lib.parent", str(os.getpid()), "told"], ["told"]):
        done = subprocess.run([sys.executable, "-m", *words, "a b", str(tmp_path)], cwd=tmp_path, capture_output=True,
                              text=True, timeout=60)
        assert (done.stdout, done.stderr) == (f"__main__ {['a b', str(tmp_path)]} True\n", "")
