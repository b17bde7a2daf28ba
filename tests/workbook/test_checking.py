"""Whatever a learner's code does, its check ends, says what happened, and stops no other."""

import json
import os
import subprocess
import sys
import time

import pytest
from filling import solve

from cs182lib.exercises import choose, exercises
from cs182lib.workbook import own
from cs182lib.workbook.checking import check_exercises
from cs182lib.workbook.cli import main
from cs182lib.workbook.start import start

NAME, OTHER = "hw1/affine_forward", "hw1/relu_forward"
STUB = 'raise NotImplementedError("write `affine_forward`")'


@pytest.fixture
def workbook(tmp_path):
    """Return an own workbook of Homework 1 in which ReLU is solved."""
    folder = start(tmp_path / "mine", ["hw1"])
    solve(folder, OTHER)
    return folder


def write(folder, code, stub=STUB, file="layers/dense.py"):
    """Replace a stub by one line of code."""
    path = folder / "my182" / file
    source = path.read_text(encoding="utf-8")
    assert stub in source
    path.write_text(source.replace(stub, code), encoding="utf-8")


def run(folder, *names, **limits):
    """Check exercises and return their results by name."""
    return {result["exercise"]: result for result in check_exercises(folder, choose(names), **limits)}


RIGHT = "return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)"


@pytest.mark.parametrize("code, state, words", [
    (RIGHT, "right", "affine_forward is right: out, float32"),
    (RIGHT.replace(" + b", ""), "wrong", "the bias b is not added"),
    ("while True: pass", "time", "stopped after 10 s"),
    ("import sys; sys.exit(0)", "error", "the code ends the program"),
    ("quit()", "error", "the code ends the program"),
    ("import os; os._exit(0)", "crash", "ended before the check did, with exit status 0"),
    ("import faulthandler; faulthandler._sigsegv()", "crash", "ended before the check did"),
    ("import os, signal; os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))", "crash", "ended before"),
    ("return (lambda f: f(f))(lambda f: f(f))", "wrong", "RecursionError"),
    ("raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
    ("raise MemoryError('8 GiB')", "wrong", "MemoryError: 8 GiB"),
    ("import nonsense", "wrong", "ModuleNotFoundError: No module named 'nonsense'"),
    ("input('name? ')", "wrong", "EOFError"),
    ("import sys; sys.stdout = None; " + RIGHT, "right", "is right"),
    ("open('my182/__init__.py').close(); " + RIGHT, "right", "is right"),
])
def test_anything_may_happen(workbook, code, state, words):
    write(workbook, code)
    results = run(workbook, NAME, OTHER, seconds=10 if state == "time" else 30)
    assert results[NAME]["state"] == state and words in results[NAME]["message"], results[NAME]
    assert results[OTHER]["state"] == "right"
    assert own.states(workbook)[NAME]["state"] == ("right" if state == "right" else "wrong")


def test_an_edit_while_the_check_runs_shows(workbook):
    edit = ("from pathlib import Path; p = Path(__file__); "
            "p.write_bytes(p.read_bytes().replace(b'x.shape[0]', b'len(x)')); ")
    write(workbook, edit + RIGHT)
    assert run(workbook, NAME)[NAME]["state"] == "right"
    assert own.states(workbook)[NAME]["state"] == "changed"


def test_a_hog_is_stopped(workbook):
    write(workbook, "import numpy as np; kept = [np.ones(10**6) for _ in iter(int, 1)]")
    results = run(workbook, NAME, OTHER, memory=400 << 20)
    assert results[NAME]["state"] == "memory" and "0.391 GiB" in results[NAME]["message"]
    assert results[OTHER]["state"] == "right"


def test_a_flood_is_cut(workbook):
    write(workbook, "print('x' * 50_000_000); print(out)")
    result = run(workbook, NAME)[NAME]
    assert result["state"] == "wrong" and "NameError" in result["message"]
    assert result["printed"].endswith("characters more") and len(result["printed"]) < 2100


def test_what_it_started_ends_with_it(workbook, tmp_path):
    beat = tmp_path / "beat"
    code = f"import time\\nwhile True: open({str(beat)!r}, 'a').write('x'); time.sleep(0.02)"
    write(workbook, f'import subprocess, sys, time; subprocess.Popen([sys.executable, "-c", {code!r}'
                    f'.replace(chr(92) + "n", chr(10))]); time.sleep(60)')
    assert run(workbook, NAME, seconds=2)[NAME]["state"] == "time"
    size = beat.stat().st_size
    time.sleep(0.3)
    assert size > 0 and beat.stat().st_size == size


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
def test_a_check_ends_with_the_process_that_watches_over_it(workbook, tmp_path):
    beat = tmp_path / "beat"
    write(workbook, f"import time\n    while True: open({str(beat)!r}, 'a').write('x'); time.sleep(0.02)")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-m", "cs182lib.workbook", "check", NAME], cwd=workbook, env=environment,
                          stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while time.monotonic() < end and not beat.exists():
            time.sleep(0.05)
        process.kill()
    time.sleep(3)
    size = beat.stat().st_size
    time.sleep(0.5)
    assert size > 0 and beat.stat().st_size == size
    assert len(list(tmp_path.glob("cs182-check.*"))) == 1  # until the next check
    solve(workbook, OTHER)
    subprocess.run([sys.executable, "-m", "cs182lib.workbook", "check", OTHER], cwd=workbook, env=environment)
    assert list(tmp_path.glob("cs182-check.*")) == []


def test_a_file_that_is_no_python(workbook):
    """It is the exercise's own: said with file and line. It is another's: the library's takes its place."""
    (workbook / "my182/layers/dropout.py").write_text("def dropout_forward(x, dropout_param)\n    return x\n")
    solve(workbook, NAME)
    results = run(workbook, NAME, "hw1/dropout_forward")
    assert results[NAME]["state"] == "right" and results[NAME]["borrowed"] == ["layers.dropout"]
    assert "layers/dropout.py, line 1, is no Python" in results["hw1/dropout_forward"]["message"]


def test_a_module_that_fails_when_imported(workbook):
    path = workbook / "my182/layers/dropout.py"
    path.write_text("import torchh\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    solve(workbook, NAME)
    results = run(workbook, NAME, "hw1/dropout_forward")
    assert results[NAME]["state"] == "right" and results[NAME]["borrowed"] == ["layers.dropout"]
    assert results["hw1/dropout_forward"]["state"] == "error" and "torchh" in results["hw1/dropout_forward"]["message"]


def test_a_file_that_is_gone(workbook):
    (workbook / "my182/layers/dense.py").unlink()
    result = run(workbook, NAME)[NAME]
    assert result["state"] == "error" and "`cs182 update` brings it back" in result["message"]


def test_a_definition_that_is_gone(workbook):
    path = workbook / "my182/layers/dense.py"
    path.write_bytes(path.read_bytes().replace(b"def affine_forward(", b"def my_affine_forward("))
    result = run(workbook, NAME)[NAME]
    assert result["state"] == "error" and "affine_forward" in result["message"]


def test_what_an_exercise_stands_on(workbook):
    """TwoLayerNet is right, the affine layer below it is not."""
    solve(workbook, "hw1/affine_backward", "hw1/relu_backward", "hw1/softmax_loss", "hw1/TwoLayerNet")
    write(workbook, RIGHT.replace(" + b", ""))
    run(workbook, "hw1/relu_backward")
    result = run(workbook, "hw1/TwoLayerNet")["hw1/TwoLayerNet"]
    assert result["state"] == "wrong" and NAME in result["stands_on"] and OTHER in result["stands_on"]
    assert f"look first at what it stands on: {NAME}" in own.states(workbook)["hw1/TwoLayerNet"]["message"]
    assert OTHER not in run(workbook, OTHER, "hw1/TwoLayerNet")["hw1/TwoLayerNet"]["stands_on"]
    write(workbook, RIGHT, RIGHT.replace(" + b", ""))
    assert run(workbook, "hw1/TwoLayerNet")["hw1/TwoLayerNet"]["state"] == "right"


def test_the_learners_own_forward_pass_makes_the_cache(workbook):
    solve(workbook, "hw1/affine_backward")
    write(workbook, "return x.reshape(x.shape[0], -1) @ w + b, {'x': x, 'w': w, 'b': b}")
    path = workbook / "my182/layers/dense.py"
    path.write_bytes(path.read_bytes().replace(b"x, w, _ = cache\n", b"x, w = cache['x'], cache['w']\n", 1))
    assert run(workbook, "hw1/affine_backward")["hw1/affine_backward"]["state"] == "right"


def test_frames_are_the_learners_alone(workbook):
    write(workbook, "return my_helper(x)")
    path = workbook / "my182/layers/dense.py"
    path.write_bytes(path.read_bytes() + b"\n\ndef my_helper(x):\n    return x @ x\n")
    result = run(workbook, NAME)[NAME]
    text = "\n".join(result["frames"])
    assert "in affine_forward" in text and "return x @ x" in text and "compare.py" not in text and "numpy" not in text


def test_of_a_recursion_without_an_end_few_calls_are_shown(workbook):
    write(workbook, "return affine_forward(x, w, b)")
    result = run(workbook, NAME)[NAME]
    assert result["cause"] == "a function calls itself without an end"
    assert len(result["frames"]) < 20 and any("calls between" in line for line in result["frames"])


@pytest.mark.parametrize("name", ["random", "numpy", "torch"])
def test_a_file_of_the_learners_hides_no_module(workbook, name):
    (workbook / f"{name}.py").write_text("x = 1\n")
    assert run(workbook, OTHER)[OTHER]["state"] == "right"


def test_command_line(workbook, monkeypatch, capsys):
    monkeypatch.chdir(workbook / "notebooks")
    assert main(["check", OTHER]) == 0
    assert main(["check", NAME, OTHER]) == 1
    printed = capsys.readouterr().out
    assert "✓ hw1/relu_forward" in printed and "1 of 2 right, 0 wrong, 1 not written yet" in printed
    assert "· hw1/affine_forward not written yet: write `affine_forward` in `layers/dense.py`, line " in printed
    assert main(["check", NAME, "--json"]) == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert result["exercise"] == NAME and result["state"] == "not written"
    assert main(["check", "hw1/affin_forward"]) == 1
    assert "did you mean hw1/affine_forward" in capsys.readouterr().err
    assert main(["check", OTHER, "--seconds", "-3"]) == 1
    assert "--seconds must be above 0, got -3" in capsys.readouterr().err
    assert own.states(workbook)[OTHER]["state"] == "right"
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("cs182 ")


def test_the_reader_of_a_pipe_may_stop(workbook):
    command = [sys.executable, "-m", "cs182lib.workbook", "exercises", "--json"]
    process = subprocess.Popen(command, cwd=workbook, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() == 1


def test_message_first_traceback_last(workbook, monkeypatch, capsys):
    monkeypatch.chdir(workbook)
    write(workbook, "print('here'); return x @ w")
    assert main(["check", NAME]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✗ hw1/affine_forward affine_forward(float64 (3, 2, 3, 4)")
    places = [next(i for i, line in enumerate(lines) if words in line)
              for words in ("likely cause: two shapes", "Your code printed:", "Your code, the last call last:")]
    assert places == sorted(places) and "print('here'); return x @ w" in lines[-1]


def test_hints_come_one_by_one(workbook, monkeypatch, capsys):
    monkeypatch.chdir(workbook)
    hints = exercises()[NAME].hints
    for number in (1, 2, 3, 3):
        assert main(["check", NAME, "--hint"]) == 1
        assert f"Hint {number} of 3: {hints[number - 1]}" in capsys.readouterr().out.replace("\n", " ")
    assert own.states(workbook)[NAME]["hints"] == 3
    solve(workbook, NAME)
    assert main(["check", NAME, "--hint"]) == 0
    assert "Hint" not in capsys.readouterr().out
    assert main(["check", "hw1", "--hint"]) == 1
    assert "one exercise at a time" in capsys.readouterr().err


def test_cells_are_checked_in_their_notebook(workbook):
    cell = next(name for name, exercise in exercises().items() if exercise.is_cell)
    result = run(workbook, cell)[cell]
    assert result["state"] == "not written" and "run the check below it" in result["message"]
    own.append(workbook, exercise=cell, state="right", message="x is right",
               code=own.code_hash(workbook, exercises()[cell]))
    assert run(workbook, cell)[cell]["state"] == "right"


def test_not_in_a_workbook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for command in ("check", "progress"):
        assert main([command]) == 1
        assert "cs182 start DIR" in capsys.readouterr().err


@pytest.mark.slow
def test_all_of_homework_1_in_a_minute(workbook):
    solve(workbook, *(e.name for e in choose(["hw1"]) if not e.is_cell))
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "cs182lib.workbook", "check", "hw1", "--json"], cwd=workbook,
                          capture_output=True, text=True)
    assert time.monotonic() - began < 60
    results = json.loads(done.stdout)
    assert len(results) >= 32
    for result in results:
        assert result["state"] == ("not written" if exercises()[result["exercise"]].is_cell else "right"), result
