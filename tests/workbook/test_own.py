"""The state of an own workbook survives kills, two checks at once, and whatever else is in its files."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from own_workbook import DENSE, checked, exercise, make_workbook, write_module

from cs182lib.exercises import exercises
from cs182lib.workbook import own

FORWARD = exercise("hw1/forward")
METHOD = exercise("hw1/method", solution=("models.net:Net.loss", "models.net:_helper"))
CELL = exercise("hw1/cell", solution=())
LATER = exercise("hw2/later", "hw2/01_rnn_captioning")
APPEND = """
import sys
from pathlib import Path
from cs182lib.workbook.own import append
for number in range(int(sys.argv[3])):
    append(Path(sys.argv[1]), exercise=sys.argv[2], state="wrong", message=str(number))
    print(number, flush=True)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a workbook of hw1, with four exercises to solve."""
    known = {e.name: e for e in (FORWARD, METHOD, CELL, LATER)}
    monkeypatch.setattr(own, "exercises", lambda: known)
    return make_workbook(tmp_path / "mine")


def appending(folder, name, count):
    """Start a process that notes `count` checks of the exercise `name`."""
    return subprocess.Popen([sys.executable, "-c", APPEND, str(folder), name, str(count)], stdout=subprocess.PIPE)


def edit(folder, source):
    """Write another dense.py and return the state of the exercise in it."""
    write_module(folder, "layers/dense.py", source)
    return own.states(folder)["hw1/forward"]["state"]


def test_the_workbook_is_found_from_within(folder):
    inside = folder / "my182" / "layers"
    assert own.find_own(inside) == own.find_own(folder) == folder.resolve()
    assert own.find_own(folder.parent) is None


def test_a_workbook_holds_the_exercises_of_its_homeworks(folder):
    assert list(own.own_exercises(folder)) == ["hw1/forward", "hw1/method", "hw1/cell"]
    (folder / own.MARK).write_text('{"homeworks": ["hw2"]}')
    assert list(own.own_exercises(folder)) == ["hw2/later"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"homeworks": 3}', "\0\0"])
def test_a_damaged_mark_is_named(folder, content):
    (folder / own.MARK).write_text(content)
    with pytest.raises(ValueError, match=r"workbook\.json is damaged; write"):
        own.own_exercises(folder)


def test_place_names_file_and_line(folder):
    assert own.place(folder, FORWARD) == (folder / "my182/layers/dense.py", 4)
    assert own.place(folder, CELL) == (folder / "notebooks/hw1/01_fully_connected_nets.ipynb", None)
    write_module(folder, "models/net.py", "class Net:\n    def other(self):\n        pass\n\n    def loss(self):\n"
                                          "        pass\n")
    assert own.place(folder, METHOD) == (folder / "my182/models/net.py", 5)


@pytest.mark.parametrize("source", [None, "", "def broken(:\n", "x = 1\0", "def other():\n    pass\n",
                                    "affine_forward = 3\n", "(" * 5000])
def test_place_of_what_is_gone_has_no_line(folder, source):
    if source is None:
        (folder / "my182/layers/dense.py").unlink()
    else:
        write_module(folder, "layers/dense.py", source)
    assert own.place(folder, FORWARD) == (folder / "my182/layers/dense.py", None)


def test_of_two_definitions_the_last_one_counts_as_in_python(folder):
    write_module(folder, "layers/dense.py", DENSE + "\n\ndef affine_forward(x, w, b):\n    return 0\n")
    assert own.place(folder, FORWARD)[1] == 13


def test_every_exercise_of_the_library_has_its_place():
    root = own.Path(own.__file__).parents[2]
    for known in exercises().values():
        path, line = own.place(root, known, "cs182lib")
        assert path.is_file() and (known.is_cell or line > 0), known.name
        assert all(own.definition(root, target, "cs182lib")[1] for target in known.solution), known.name


def test_nothing_checked_means_open(folder):
    assert own.states(folder) == {name: {"state": "open", "message": "", "tries": 0, "hints": 0, "time": None}
                                  for name in ("hw1/forward", "hw1/method", "hw1/cell")}


def test_the_last_check_counts_and_tries_add_up(folder):
    checked(folder, FORWARD, "not written", "not written yet")
    assert own.states(folder)["hw1/forward"]["state"] == "open"
    checked(folder, FORWARD, "wrong", "out is off")
    checked(folder, FORWARD, "error", "NameError")
    found = own.states(folder)["hw1/forward"]
    assert (found["state"], found["message"], found["tries"]) == ("wrong", "NameError", 2)
    checked(folder, FORWARD, "right", "affine_forward is right")
    found = own.states(folder)["hw1/forward"]
    assert (found["state"], found["message"], found["tries"]) == ("right", "affine_forward is right", 3)
    assert set(found) == {"state", "message", "tries", "hints", "time"} and found["time"].endswith("+00:00")


def test_hints_are_counted_up_to_the_furthest_and_leave_the_state_alone(folder):
    checked(folder, FORWARD)
    own.append(folder, exercise="hw1/forward", hint=2)
    own.append(folder, exercise="hw1/forward", hint=1)
    found = own.states(folder)["hw1/forward"]
    assert (found["state"], found["hints"], found["tries"]) == ("right", 2, 1)


def test_an_edit_after_a_right_answer_shows(folder):
    checked(folder, FORWARD)
    assert own.states(folder)["hw1/forward"]["state"] == "right"
    assert edit(folder, DENSE.replace("x @ w + b", "x @ w - b")) == "changed"
    assert edit(folder, DENSE) == "right"
    assert edit(folder, DENSE.replace("def affine_forward", "def affine_forwards")) == "changed"
    assert edit(folder, DENSE + "def broken(:\n") == "changed"


@pytest.mark.parametrize("old, new", [
    ("    return x", "    # every row is an example\n\n    return x"),
    ("x @ w + b, (x, w, b)", "((x@w)  +  b), (x, w, b)  # one product"),
    ('"""Dense layers."""', '"""Dense layers."""\nimport math\n\n\nTWO = 2\n'),
    ("NotImplementedError", "ValueError"),  # in the other function
])
def test_comments_spacing_and_other_functions_do_not_count_as_an_edit(folder, old, new):
    checked(folder, FORWARD)
    assert old in DENSE and edit(folder, DENSE.replace(old, new)) == "right"


def test_every_definition_of_an_exercise_counts(folder):
    source = "def _helper():\n    return 1\n\n\nclass Net:\n    def loss(self):\n        return _helper()\n"
    write_module(folder, "models/net.py", source)
    checked(folder, METHOD)
    assert own.states(folder)["hw1/method"]["state"] == "right"
    write_module(folder, "models/net.py", source.replace("return 1", "return 2"))
    assert own.states(folder)["hw1/method"]["state"] == "changed"


def test_a_right_cell_stays_right(folder):
    own.append(folder, exercise="hw1/cell", state="right", message="", code=None)
    assert own.states(folder)["hw1/cell"]["state"] == "right"


def test_unknown_names_and_other_homeworks_are_passed_over(folder):
    for name in ("hw1/of_an_older_edition", "hw2/later", "", "../../etc"):
        own.append(folder, exercise=name, state="right", message="", code="")
    assert {found["state"] for found in own.states(folder).values()} == {"open"}


def test_a_torn_line_is_left_out_and_the_next_one_is_whole(folder):
    checked(folder, FORWARD)
    whole = (folder / own.PROGRESS).read_bytes()
    for kept in range(len(whole)):
        (folder / own.PROGRESS).write_bytes(whole + whole[:kept])
        own.append(folder, exercise="hw1/forward", state="wrong", message="after")
        messages = [entry.get("message") for entry in own.read_progress(folder)]
        assert messages == ["", *[""] * (kept == len(whole) - 1), "after"]  # whole but for its newline


def test_garbage_is_left_out(folder):
    draws = random.Random(0)
    garbage = [bytes(draws.randrange(256) for _ in range(200)) for _ in range(50)]
    lines = [b"null", b"3", b'"text"', b"[]", b"{}", b"[" * 100_000, b"9" * 10_000, b"\xff\xfe", b"\0" * 100, b"NaN"]
    almost = [{"exercise": "hw1/forward"}, {"exercise": 3, "time": "", "state": "right"},
              {"exercise": "hw1/forward", "state": "right"}, {"exercise": "hw1/forward", "time": "", "hint": "1"},
              {"exercise": "hw1/forward", "time": 3, "state": "right"},
              {"exercise": "hw1/forward", "time": "", "state": "right", "message": ["a"]},
              {"exercise": "hw1/forward", "time": "", "state": {}}]
    (folder / own.PROGRESS).write_bytes(b"\n".join([*garbage, *lines, *(json.dumps(e).encode() for e in almost)]))
    assert own.read_progress(folder) == []
    checked(folder, FORWARD, "wrong", "a\u2028line\x85of\x0bits own")
    assert [entry["message"] for entry in own.read_progress(folder)] == ["a\u2028line\x85of\x0bits own"]
    assert own.states(folder)["hw1/forward"]["tries"] == 1


def test_two_processes_at_once_lose_nothing(folder):
    processes = [appending(folder, name, 200) for name in ("hw1/forward", "hw1/method")]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    entries = own.read_progress(folder)
    for name in ("hw1/forward", "hw1/method"):
        assert [int(entry["message"]) for entry in entries if entry["exercise"] == name] == list(range(200))
    assert len((folder / own.PROGRESS).read_bytes().splitlines()) == 400


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")
def test_a_kill_loses_at_most_the_line_being_written(folder):
    expected = 0
    for turn in range(3):
        process = appending(folder, "hw1/forward", 1_000_000)
        process.stdout.readline()
        time.sleep(0.05 * turn)
        os.kill(process.pid, signal.SIGKILL)
        told = 1 + len(process.communicate()[0].split())
        expected += told
        count = own.states(folder)["hw1/forward"]["tries"]
        assert expected <= count <= expected + 1
        expected = count
