"""The Makefile's set-up: never trusts what an interrupted one left, never repeats a finished one.

The Python it is given is a shell script that writes down what it is asked to do, so nothing is installed.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from cs182lib.workbook.paths import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="needs make and a POSIX shell")
FAKE_PYTHON = f"""#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
  -c*) test -n "$OLD" && exit 1; exec "{sys.executable}" "$@" ;;
  --version) echo "Python 3.8.1" ;;
  "-m venv .venv") test -n "$NO_VENV" && exit 1; mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m cs182lib.parent "*" pip install"*) touch .venv/installed; test -n "$HANG" && sleep 60; test -z "$FAIL" ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """Return a function that calls make in a copy of the files it needs, under the fake Python."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, checkout)
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    log = tmp_path / "log"

    def call(target, wait=True, **environment):
        log.write_text("")
        process = subprocess.Popen(["make", target, f"PYTHON={python}"], cwd=call.folder, text=True,
                                   env={**os.environ, "LOG": str(log), "MAKEFLAGS": "", **environment},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        if not wait:
            return process
        out, err = process.communicate(timeout=60)
        return process.returncode, out + err, log.read_text()

    call.folder, call.log = checkout, log
    return call


def test_set_up_happens_once(make):
    code, out, calls = make("setup")
    assert code == 0 and "-m venv .venv" in calls and re.search(r"^Set up in \d+ seconds$", out, re.M)
    assert re.search(r"-m cs182lib.parent \d+ pip install .*--constraint constraints.txt --editable \.\[dev\]", calls)
    assert make("setup")[2] == ""
    assert make("lint")[2] == "-m ruff check .\n"


def test_every_target_sets_up_by_itself(make):
    for target in ("run", "test", "lab", "data", "bench", "notebooks", "lint"):
        shutil.rmtree(make.folder / ".venv", ignore_errors=True)
        code, out, calls = make(target)
        assert code == 0, out
        assert calls.index("pip install") < calls.rindex("\n-m "), target


def test_a_run_ends_with_make(make):
    """Where make alone is killed, neither a run nor an installation goes on, which the next call would meet."""
    process = make("run", wait=False)
    process.communicate(timeout=60)
    assert re.findall(r"-m cs182lib.parent (\d+) (.+)\b(?:install|run)", make.log.read_text()) == [
        (str(process.pid), "pip "), (str(process.pid), "cs182lib.workbook ")]


def test_a_failed_install_is_not_trusted(make):
    assert make("setup", FAIL="1")[0] != 0
    (make.folder / ".venv" / "leftover").touch()
    assert make("setup")[0] == 0
    assert not (make.folder / ".venv" / "leftover").exists()


def test_a_killed_set_up_is_not_trusted(make):
    process = make("setup", wait=False, HANG="1")
    for _ in range(200):
        if (make.folder / ".venv" / "installed").exists():
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (make.folder / ".venv" / "leftover").touch()
    code, _, calls = make("setup")
    assert code == 0 and "pip install" in calls and not (make.folder / ".venv" / "leftover").exists()


@pytest.mark.parametrize("name, old, new", [("pyproject.toml", '"numpy>=', '"numpy>=9'),
                                            ("constraints.txt", "torch==", "torch==9")])
def test_a_changed_requirement_means_a_new_set_up(make, name, old, new):
    make("setup")
    path = make.folder / name
    path.touch()
    assert make("setup")[2] == ""  # touched, not changed
    path.write_text(path.read_text().replace(old, new))
    assert "pip install" in make("setup")[2]


def test_a_changed_setting_of_a_tool_means_none(make):
    make("setup")
    path = make.folder / "pyproject.toml"
    path.write_text(path.read_text().replace("line-length = 120", "line-length = 80"))
    assert make("setup")[2] == ""


def test_a_moved_folder_means_a_new_set_up(make):
    make("setup")
    make.folder = make.folder.rename(make.folder.with_name("elsewhere"))
    assert "-m venv .venv" in make("setup")[2]


def test_a_python_that_has_gone_means_a_new_set_up(make):
    make("setup")
    (make.folder / ".venv" / "bin" / "python").unlink()
    (make.folder / ".venv" / "bin" / "python").symlink_to("/nonexistent/python")
    code, _, calls = make("lint")
    assert code == 0 and "-m venv .venv" in calls


def test_an_old_python_is_named_in_one_sentence(make):
    code, out, _ = make("setup", OLD="1")
    assert code != 0 and not (make.folder / ".venv").exists()
    assert re.search(r"^The workbook needs Python 3\.10 to 3\.13, and .* is Python 3\.8\.1\. .*PYTHON=", out, re.M)


def test_a_python_without_venv_says_what_to_install(make):
    code, out, _ = make("setup", NO_VENV="1")
    assert code != 0 and "apt install python3-venv" in out and not (make.folder / ".venv").exists()


def test_help_is_the_default_and_lists_the_targets(make):
    _, out, calls = make("help")
    assert calls == ""
    targets = re.findall(r"^  make (\w+) +\w", out, re.M)
    assert targets == ["help", "run", "test", "start", "lab", "data", "bench", "mutation", "fuzz", "kills", "notebooks",
                       "lint", "setup", "clean"]
    default = subprocess.run(["make"], cwd=make.folder, capture_output=True, text=True)
    assert re.findall(r"^  make (\w+)", default.stdout, re.M) == targets
