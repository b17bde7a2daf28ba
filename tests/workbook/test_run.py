"""cs182 run: a passing, a failing and a slow notebook, each in its row of the report."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cs182lib.files import read_json
from cs182lib.workbook import cli, report, run, unfinished
from cs182lib.workbook.execute import ThisPython, execute_notebook
from cs182lib.workbook.paths import list_notebooks, notebook_name

GOOD = [new_markdown_cell("# Good & sound\n\nInline $W^\\top x$, and\n\n$$\\begin{aligned} a &= b \\\\ c &= d"
                          "\\end{aligned}$$"),
        new_code_cell("import sys\nprint(sys.executable)\n"
                      "print('Data: doodles (stand-in), 9 training pictures, fingerprint 0123456789ab')"),
        new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
        new_code_cell("from cs182lib.workbook import key_figures\nkey_figures(best_val_acc=0.5312, note='a < b')")]
BAD = [new_code_cell("print('before')"), new_code_cell("raise ValueError('first line\\nx is <wrong>')"),
       new_code_cell("print('after')")]
SLOW = [new_code_cell("import time\ntime.sleep(600)")]


class Requests(HTMLParser):
    """Collects what a browser would fetch while it shows the page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("iframe", "object", "embed"):
            self.found.append(tag)
        fetched = values.get("src") or (values.get("href") if tag == "link" else None)
        if fetched and not fetched.startswith("data:"):
            self.found.append(fetched)


def write(folder, name, cells):
    path = folder / "hw1" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run the three notebooks once; return (rows, folder of the report, what was printed)."""
    folder = tmp_path_factory.mktemp("notebooks")
    write(folder, "01_good", GOOD)
    write(folder, "02_bad", BAD)
    write(folder, "03_slow", SLOW)
    lines = []

    def execute(nb, folder, cell_timeout, on_cell):  # a busy machine may need longer than that for an import
        execute_notebook(nb, folder, cell_timeout if nb.cells[0].source == SLOW[0].source else None, on_cell)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "show", lambda text, final=False: lines.append(text) if final else None)
        patch.setattr(run, "execute_notebook", execute)
        rows = run.run_notebooks(folder=folder, out=folder / "out", cell_timeout=2)
    return rows, folder / "out", lines


def test_rows_say_what_happened(done):
    good, bad, slow = done[0]
    assert (good["name"], good["title"], good["passed"], good["error"]) == ("hw1/01_good", "Good & sound", True, None)
    assert good["figures"] == {"best_val_acc": 0.5312, "note": "a < b"}
    assert good["data"] == {"source": "doodles (stand-in)", "fingerprint": "0123456789ab"}
    assert (bad["passed"], bad["error"]) == (False, "ValueError: x is <wrong>")
    assert not slow["passed"] and slow["error"].startswith("CellTimeoutError") and 2 <= slow["seconds"] < 300


def test_one_progress_line_for_each_notebook(done):
    assert [line.split()[:2] for line in done[2]] == [["[1/3]", "hw1/01_good"], ["[2/3]", "hw1/02_bad"],
                                                      ["[3/3]", "hw1/03_slow"]]
    assert done[2][0].endswith("passed") and done[2][1].endswith("FAILED: ValueError: x is <wrong>")


def test_index_has_a_row_for_each_notebook(done):
    text = (done[1] / "index.html").read_text(encoding="utf-8")
    assert "1 of 3 notebooks passed, 2 failed" in text
    for name in ("01_good", "02_bad", "03_slow"):
        assert f'<a href="hw1/{name}.html">' in text and (done[1] / "hw1" / f"{name}.html").exists()
    for shown in ("Good &amp; sound", "<dt>best validation accuracy</dt><dd>53.1 %</dd>",
                  "<dt>note</dt><dd>a &lt; b</dd>", "doodles (stand-in)",
                  "0123456789ab", "ValueError: x is &lt;wrong&gt;"):
        assert shown in text
    kept = [{key: value for key, value in row.items() if key not in ("thumbnail", "sections")} for row in done[0]]
    assert json.loads((done[1] / "report.json").read_text())["notebooks"] == kept


def test_pages_fetch_nothing_and_set_their_formulas(done):
    for page in done[1].rglob("*.html"):
        assert Requests(page.read_text(encoding="utf-8")).found == []
    good = (done[1] / "hw1" / "01_good.html").read_text(encoding="utf-8")
    assert good.count("<math") == 2 and "<mtable" in good and "$" not in good.split("<body>")[1]
    assert 'src="data:image/png;base64,' in good


def test_page_of_a_failed_notebook_shows_the_error(done):
    bad = (done[1] / "hw1" / "02_bad.html").read_text(encoding="utf-8")
    assert "before" in bad and "x is &lt;wrong&gt;" in bad


def test_kernel_is_this_python(done):
    assert sys.executable in (done[1] / "hw1" / "01_good.html").read_text(encoding="utf-8")


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Return a function that calls `run_notebooks` on three notebooks and says which of them it executed.

    Its arguments are a notebook before which the call is interrupted, and one that fails.
    """
    for name in ("01_one", "02_two", "03_three"):
        write(tmp_path, name, [new_code_cell("1")])
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(run, "show", lambda text, final=False: None)

    def call(stop=None, failing=None, **options):
        executed = []

        def execute(path, cell_timeout, label):
            if path.stem == stop:
                raise KeyboardInterrupt
            executed.append(path.stem)
            passed = path.stem != failing
            return {"name": f"hw1/{path.stem}", "title": "A title", "passed": passed, "error": None if passed else "E",
                    "seconds": len(executed), "thumbnail": None, "sections": [("a", "A")], "data": None,
                    "figures": {"acc": 0.5}}, f"<p>{len(executed)}</html>"

        monkeypatch.setattr(run, "run_notebook", execute)
        with contextlib.suppress(KeyboardInterrupt):
            rows = run.run_notebooks(folder=tmp_path, out=tmp_path / "out", **options)
            assert [row["name"] for row in rows] == [f"hw1/{name}" for name in ("01_one", "02_two", "03_three")]
            report = json.loads((tmp_path / "out" / "report.json").read_text())["notebooks"]
            assert [row["name"] for row in report] == [row["name"] for row in rows]
            assert not (tmp_path / "out" / "unfinished.json").exists()
        return executed

    return call


def test_after_an_interruption_the_same_call_goes_on_and_the_next_one_begins_anew(calls):
    assert calls(stop="03_three") == ["01_one", "02_two"]
    assert calls(stop="03_three") == []
    assert calls() == ["03_three"]
    assert calls() == ["01_one", "02_two", "03_three"]


def test_a_notebook_that_failed_before_the_interruption_is_executed_again(calls):
    assert calls(stop="03_three", failing="01_one") == ["01_one", "02_two"]
    assert calls() == ["01_one", "03_three"]


@pytest.mark.parametrize("change, again", [
    (lambda folder: write(folder, "01_one", [new_code_cell("2")]), ["01_one"]),
    (lambda folder: (folder / "out" / "hw1" / "02_two.html").unlink(), ["02_two"]),
    (lambda folder: (folder / "out" / "unfinished.json").write_text('{"call"'), ["01_one", "02_two"]),
    (lambda folder: (folder / "out" / "unfinished.json").write_text('{"call": 1, "done": []}'), ["01_one", "02_two"]),
    (lambda folder: (folder / "data" / "new.npz").touch(), ["01_one", "02_two"]),
    (lambda folder: (folder / "data" / "standins").mkdir(), []),
    (lambda folder: os.environ.update(OMP_NUM_THREADS="7"), ["01_one", "02_two"]),
])
def test_what_has_changed_since_the_interruption_is_executed_again(calls, tmp_path, change, again, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert calls(stop="03_three") == ["01_one", "02_two"]
    change(tmp_path)
    assert calls() == [*again, "03_three"]


def test_another_library_or_another_call_begins_anew(calls, tmp_path, monkeypatch):
    calls(stop="03_three")
    assert calls(cell_timeout=5, stop="02_two") == ["01_one"]
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "a.py").write_text("1")
    monkeypatch.setattr(unfinished, "LIBRARY", tmp_path / "library")
    assert calls(stop="03_three") == ["01_one", "02_two"]
    (tmp_path / "library" / "a.py").write_text("2")
    assert calls() == ["01_one", "02_two", "03_three"]


def test_names_choose_notebooks(tmp_path):
    for name in ("01_one", "02_two"):
        write(tmp_path, name, [])
    assert [path.stem for path in run.choose(["two"], tmp_path)] == ["02_two"]
    assert [path.stem for path in run.choose([], tmp_path)] == ["01_one", "02_two"]
    with pytest.raises(ValueError, match="no notebook is named 'three'; there are hw1/01_one, hw1/02_two"):
        run.choose(["two", "three"], tmp_path)
    with pytest.raises(ValueError, match="make setup"):
        run.choose([], tmp_path / "empty")


@pytest.mark.parametrize("passed, status", [([True, True], 0), ([True, False], 1)])
def test_exit_status_says_whether_all_ran(passed, status, tmp_path, monkeypatch, capsys):
    rows = [{"passed": ok, "seconds": 1.0} for ok in passed]
    monkeypatch.setattr(run, "run_notebooks", lambda names, out, cell_timeout: rows)
    assert cli.main(["run", "--out", str(tmp_path)]) == status
    assert f"{sum(passed)} of 2 notebooks passed" in capsys.readouterr().out


def test_the_report_goes_where_it_is_told(tmp_path, monkeypatch, capsys):
    folders = []
    monkeypatch.setattr(run, "run_notebooks", lambda names, out, cell_timeout: folders.append(out) or [])
    assert cli.main(["run", "--out", str(tmp_path / "a" / "b")]) == 0
    assert folders == [tmp_path / "a" / "b"] and folders[0].is_dir()
    assert str(folders[0] / "index.html") in capsys.readouterr().out


def test_where_no_report_can_be_written_no_notebook_runs(tmp_path, monkeypatch, capsys):
    def read_only(dir):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(dir))

    monkeypatch.setattr(report.tempfile, "TemporaryFile", read_only)
    monkeypatch.setattr(run, "run_notebooks", lambda *args, **kwargs: pytest.fail("a notebook was run"))
    assert cli.main(["run", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert f"cannot be written into {tmp_path} ({os.strerror(errno.EROFS)}); name a folder" in told


def made_row(name, source="doodles (stand-in)", **others):
    """Return a row of the report, as run_notebooks makes it."""
    return {"name": name, "title": "A title", "passed": True, "error": None, "seconds": 1.5, "figures": {"acc": 0.5},
            "data": {"source": source, "fingerprint": "0" * 12}, "thumbnail": "", "sections": [], **others}


def test_only_a_passing_run_is_recorded(tmp_path):
    failing = [made_row("hw1/a"), made_row("hw1/b", passed=False)]
    with pytest.raises(ValueError, match="each notebook passes; hw1/b failed"):
        run.record_times(failing, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_on_the_standin_only_all_notebooks_are_recorded(tmp_path):
    names = [notebook_name(path) for path in list_notebooks()]
    with pytest.raises(ValueError, match=f"all {len(names)} notebooks are recorded together, and only 1 ran"):
        run.record_times([made_row(names[0])], tmp_path)
    kept = read_json(run.record_times([made_row(name) for name in names], tmp_path), "")
    assert [row["name"] for row in kept["notebooks"]] == names and "thumbnail" not in kept["notebooks"][0]
    assert [path.name for path in tmp_path.iterdir()] == ["notebooks.json"]


def test_what_ran_on_real_data_is_recorded_beside_the_standin_and_one_by_one(tmp_path):
    run.record_times([made_row("hw1/b", "CIFAR-10"), made_row("hw2/a")], tmp_path)
    run.record_times([made_row("hw1/a", "CIFAR-10")], tmp_path)
    path = run.record_times([made_row("hw1/b", "CIFAR-10", seconds=2.5)], tmp_path)
    kept = {row["name"]: row["seconds"] for row in read_json(path, "")["notebooks"]}
    assert kept == {"hw1/a": 1.5, "hw1/b": 2.5} and path == tmp_path / "notebooks_real.json"
    assert "numpy" in read_json(path, "")["notebooks"][0]["machine"]


def test_bad_names_and_interruptions_end_in_one_line(tmp_path, monkeypatch, capsys):
    assert cli.main(["run", "--out", str(tmp_path), "--only", "no_such_notebook"]) == 1
    assert capsys.readouterr().err.startswith("cs182: ")

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_notebooks", interrupted)
    assert cli.main(["run", "--out", str(tmp_path)]) == 1 and "interrupted" in capsys.readouterr().err


def test_help_answers_without_loading_the_library():
    code = ("import sys\nfrom cs182lib.workbook.cli import build_parser\nbuild_parser().format_help()\n"
            "print([name for name in ('numpy', 'torch', 'IPython', 'nbclient', 'matplotlib') if name in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_ends_the_kernel_too(tmp_path):
    pid_file = tmp_path / "pid"
    write(tmp_path, "01_slow", [new_code_cell(f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))"),
                                new_code_cell("time.sleep(60)")])
    code = ("import signal, sys\nfrom pathlib import Path\nfrom cs182lib.workbook.run import run_notebooks\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores Ctrl-C
            "folder = Path(sys.argv[1])\nrun_notebooks(folder=folder, out=folder / 'out')")
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (pid_file.exists() and pid_file.read_text()):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1] and process.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


@pytest.mark.skipif(os.name == "nt", reason="there the kernel is told of its parent in another way")
def test_a_kernel_ends_where_its_parent_is_gone_before_it_has_come_up(tmp_path):
    argv = ThisPython().get_kernel_spec("python3").argv
    command = [word.format(connection_file=tmp_path / "kernel.json") for word in argv]
    environment = {**os.environ, "JPY_PARENT_PID": str(os.getppid())}  # not the process that starts it
    assert subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=60).returncode == 1


def test_no_kernel_leaves_a_file_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    seen = []
    execute_notebook(new_notebook(cells=[new_code_cell("1")]), tmp_path,
                     on_cell=lambda *count: seen.extend(path.name for path in (tmp_path / "tmp").iterdir()))
    assert len(seen) == 1 and seen[0].startswith("cs182-kernel.")  # as long as it runs, where the next call finds it
    assert list((tmp_path / "tmp").iterdir()) == []


def test_notebook_with_a_dead_kernel_fails_and_says_so(tmp_path):
    write(tmp_path, "01_dies", [new_code_cell("import os\nos._exit(1)")])
    row, _ = run.run_notebook(tmp_path / "hw1" / "01_dies.ipynb", cell_timeout=30)
    assert not row["passed"] and row["error"].startswith("DeadKernelError")


def test_cells_are_counted_and_old_outputs_forgotten(tmp_path):
    nb, seen = new_notebook(cells=[new_markdown_cell("text"), new_code_cell("print(1)\nprint(2)")]), []
    nb.cells[1].outputs = [nbformat.v4.new_output("stream", text="old")]
    execute_notebook(nb, tmp_path, on_cell=lambda number, count: seen.append((number, count)))
    assert seen == [(1, 1)] and nb.cells[1].execution_count == 1
    assert [output.text for output in nb.cells[1].outputs] == ["1\n2\n"]
