"""Starting and updating an own workbook never loses what a learner wrote, and leaves nothing half-made."""

import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from cs182lib.workbook import start as module
from cs182lib.workbook.cli import main
from cs182lib.workbook.guide import guide
from cs182lib.workbook.paths import NOTEBOOKS
from cs182lib.workbook.start import LIBRARY, blank_files, start, update

DENSE = "my182/layers/dense.py"


@pytest.fixture
def few(monkeypatch):
    """Stand in for the files of the newest version with a few that a test can change."""
    files = {DENSE: b"stub 1\n", "README.md": b"read me 1\n", "notebooks/hw1/01_x.ipynb": b"{}\n"}
    monkeypatch.setattr(module, "blank_files", lambda homeworks: dict(files))
    return files


@pytest.fixture
def workbook(few, tmp_path):
    """Return the folder of a workbook made of the few files."""
    return start(tmp_path / "mine", ["hw1"])


def contents(folder):
    """Return path -> bytes of all files but those under .cs182."""
    return {str(path.relative_to(folder)).replace(os.sep, "/"): path.read_bytes()
            for path in folder.rglob("*") if path.is_file() and ".cs182" not in path.parts}


def test_start_writes_the_workbook(tmp_path, capsys):
    assert main(["start", str(tmp_path / "deep" / "mine"), "--hw", "1"]) == 0
    folder = tmp_path / "deep" / "mine"
    assert contents(folder) == blank_files(["hw1"])
    assert json.loads((folder / ".cs182/workbook.json").read_text())["homeworks"] == ["hw1"]
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
    assert "cs182 check hw1/affine_forward" in capsys.readouterr().out
    assert "my182" in (folder / "README.md").read_text() and os.access(folder, os.R_OK | os.X_OK)


def test_start_says_how_to_go_on_from_any_shell(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    assert main(["start", str(tmp_path / "deep learning"), "--hw", "3"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    where = lines.index("cs182 exercises")
    assert ".venv" in lines[where - 2] and "activate" in lines[where - 2]
    assert shlex.split(lines[where - 1], posix=os.name != "nt")[1].strip('"') == str(tmp_path / "deep learning")


def test_start_below_a_file_says_so(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["start", str(tmp_path / "file" / "mine"), "--hw", "3"]) == 1
    assert capsys.readouterr().err.startswith("cs182: ") and not list(tmp_path.glob(".*"))


def test_an_empty_folder_will_do(few, tmp_path):
    (tmp_path / "mine").mkdir()
    assert contents(start(tmp_path / "mine", ["hw1"])) == few


def test_start_never_overwrites(workbook, tmp_path, capsys):
    (workbook / DENSE).write_text("my work")
    assert main(["start", str(workbook)]) == 1
    assert "holds a workbook already" in capsys.readouterr().err
    assert (workbook / DENSE).read_text() == "my work"
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years")
    for folder in (other, other / "thesis.txt"):
        with pytest.raises(ValueError, match="is not empty"):
            start(folder)
    assert contents(other) == {"thesis.txt": b"years"}


@pytest.mark.parametrize("inside", [NOTEBOOKS / "mine", LIBRARY / "mine"])
def test_not_inside_the_workbook_itself(inside):
    with pytest.raises(ValueError, match="lies inside a workbook"):
        start(inside)
    assert not inside.exists()


def test_not_inside_another_workbook(workbook):
    with pytest.raises(ValueError, match="lies inside a workbook"):
        start(workbook / "second")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_and_a_read_only_one_leave_nothing_and_are_told_in_one_line(few, tmp_path, monkeypatch, capsys,
                                                                                number):
    def fail(path, content):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(module, "write_whole", fail)
    with pytest.raises(OSError):
        start(tmp_path / "mine", ["hw1"])
    assert main(["start", str(tmp_path / "mine")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("cs182: ") and os.strerror(number) in told and told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_update_without_news(workbook, few, capsys):
    (workbook / DENSE).write_text("my work")
    assert update(workbook) == [("yours, left alone", DENSE)]
    assert main(["update", str(workbook)]) == 0
    assert "Nothing new." in capsys.readouterr().out
    assert contents(workbook) == {**few, DENSE: b"my work"}


def test_update_brings_new_files_and_lays_others_beside(workbook, few, capsys):
    (workbook / DENSE).write_text("my work")
    few.update({DENSE: b"stub 2\n", "README.md": b"read me 2\n", "my182/layers/new.py": b"new\n"})
    assert main(["update", str(workbook)]) == 0
    printed = capsys.readouterr().out
    assert f"{DENSE}: yours, left alone; the new version is my182/layers/dense.new.py" in printed
    assert "README.md: brought up to date" in printed and "my182/layers/new.py: written" in printed
    assert contents(workbook) == {**few, DENSE: b"my work", "my182/layers/dense.new.py": b"stub 2\n"}
    assert update(workbook) == [("yours, left alone", DENSE)]


def test_a_second_update_replaces_its_own_copy_and_no_edited_one(workbook, few):
    (workbook / DENSE).write_text("my work")
    beside = workbook / "my182/layers/dense.new.py"
    for version in (b"stub 2\n", b"stub 3\n"):
        few[DENSE] = version
        update(workbook)
    assert beside.read_bytes() == b"stub 3\n"
    beside.write_text("half merged")
    few[DENSE] = b"stub 4\n"
    update(workbook)
    assert beside.read_text() == "half merged"
    assert (workbook / "my182/layers/dense.new.2.py").read_bytes() == b"stub 4\n"
    assert (workbook / DENSE).read_text() == "my work"


def test_update_knows_a_merged_file_and_one_that_is_gone(workbook, few):
    few[DENSE] = b"stub 2\n"
    (workbook / DENSE).write_bytes(b"stub 2\n")  # copied by hand
    del few["notebooks/hw1/01_x.ipynb"]
    assert update(workbook) == [("no longer part of the workbook, left alone", "notebooks/hw1/01_x.ipynb")]
    assert (workbook / "notebooks/hw1/01_x.ipynb").exists()
    (workbook / "README.md").unlink()
    assert ("written", "README.md") in update(workbook)


def test_on_colab_the_library_is_found_without_a_restart():
    """A running Python does not read the .pth file that pip leaves for an editable package."""
    text = guide(["hw1"])
    folder, = re.findall(r"%pip install --quiet --editable (\S+)\n", text)
    assert f'\n    import sys\n    sys.path.append("{folder}")\n    %cd ' in text.split("%pip")[1]


def test_update_outside_a_workbook(tmp_path, capsys):
    assert main(["update", str(tmp_path)]) == 1
    assert "lies in no workbook of your own" in capsys.readouterr().err
    with pytest.raises(ValueError, match="holds no workbook"):
        update(tmp_path)


SCRIPT = """
import sys
from cs182lib.workbook import start as module
version = sys.argv[2].encode()
module.blank_files = lambda homeworks: {f"my182/{k}.py": version + bytes([48 + k % 10]) * 20000 for k in range(300)}
print("ready", flush=True)
module.update(sys.argv[1]) if sys.argv[3] == "update" else module.start(sys.argv[1], ["hw1"])
"""


@pytest.mark.parametrize("command", ["start", "update"])
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_at_any_moment_the_next_call_goes_on(command, tmp_path):
    folder = tmp_path / "mine"

    def call(version, command):
        return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), version, command], stdout=subprocess.PIPE)

    if command == "update":
        assert call("old", "start").wait() == 0
        (folder / "my182/7.py").write_text("my work")
    for delay in (0.0, 0.005, 0.01, 0.02, 0.04):
        process = call("new", command)
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if command == "start":
            assert not folder.exists() or len(contents(folder)) == 300
    if not folder.exists() or command == "update":
        assert call("new", command).wait() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    found = contents(folder)
    if command == "update":
        assert found.pop("my182/7.py") == b"my work"
        assert found.pop("my182/7.new.py").startswith(b"new")
    else:
        assert found.pop("my182/7.py").startswith(b"new")
    assert len(found) == 299 and all(text.startswith(b"new") and len(text) == 20003 for text in found.values())
