"""Committed notebooks: each fault is found, and refreshing leaves none."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cs182lib.workbook import normalize
from cs182lib.workbook.normalize import complaints, refresh


def save(path, nb):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)
    return path


def sound():
    """Return a small notebook with nothing wrong in it."""
    outputs = [new_output("stream", text="Data: doodles (stand-in), 3 training pictures, fingerprint abc\n")]
    return normalize.normalize(new_notebook(cells=[
        new_markdown_cell("# Title\n\nThe loss $L = -\\log p$ costs `$5`, and\n\n$$\\frac{1}{N} \\sum_i L_i$$"),
        new_code_cell("print(data)", execution_count=1, outputs=outputs),
        new_code_cell("x = 2 % 3", execution_count=2, metadata={"tags": ["nbval-ignore-output"]})]))


def test_a_sound_notebook_has_no_complaints(tmp_path):
    assert complaints(save(tmp_path / "01.ipynb", sound())) == []


def change(nb, what):
    cell = nb.cells[1]
    if what == "order":
        cell.execution_count = 7
    elif what == "not executed":
        cell.execution_count = None
    elif what == "error":
        cell.outputs = [new_output("error", ename="ValueError", evalue="bad", traceback=[])]
    elif what == "stderr":
        cell.outputs = [new_output("stream", name="stderr", text="a warning")]
    elif what == "shell":
        cell.source = "x = 1\n  !ls"
    elif what == "magic":
        cell.source = "%matplotlib inline"
    elif what == "widget":
        cell.outputs = [new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}})]
    elif what == "path in output":
        cell.outputs = [new_output("stream", text="saved to /home/ada/work/x.npz")]
    elif what == "path in source":
        cell.source = "open(r'C:\\data\\x')"
    elif what == "real data":
        cell.outputs = [new_output("stream", text="Data: CIFAR-10, 3 training pictures, fingerprint abc\n")]
    elif what == "formula":
        nb.cells[0].source = "a formula $\\nonsense{x}$"
    elif what == "kernel":
        nb.metadata.kernelspec.name = "conda-env-mine"
    elif what == "widget state":
        nb.metadata.widgets = {"state": {}}
    elif what == "size":
        cell.outputs = [new_output("stream", text="x" * 2_000_001)]


@pytest.mark.parametrize("what, complaint", [
    ("order", "not executed in order, its count is 7"), ("not executed", "its count is None"),
    ("error", "ended in ValueError"), ("stderr", "wrote to stderr"), ("shell", "shell line"), ("magic", "magic"),
    ("widget", "shows a widget"), ("path in output", "path of one machine"), ("path in source", "path of one machine"),
    ("real data", "not on the stand-in"), ("formula", r"\nonsense"), ("kernel", "not normalized"),
    ("widget state", "not normalized"), ("size", "larger than")])
def test_each_fault_is_found(tmp_path, what, complaint):
    nb = sound()
    change(nb, what)
    found = complaints(save(tmp_path / "01.ipynb", nb))
    assert len(found) == 1 and complaint in found[0]


def test_what_differs_between_machines_goes():
    nb = new_notebook(metadata={"kernelspec": {"name": "mine", "display_name": "Mine"}, "widgets": {},
                                "language_info": {"name": "python", "version": "3.12.1"}})
    nb.cells = [new_code_cell("x", id="abc", metadata={"execution": {"iopub.status.busy": "now"}, "tags": ["keep"]}),
                new_markdown_cell("text", metadata={"collapsed": True})]
    normalize.normalize(nb)
    assert nb.metadata == normalize.METADATA
    assert [(cell.id, cell.metadata) for cell in nb.cells] == [("cell-000", {"tags": ["keep"]}), ("cell-001", {})]


def test_refreshing_executes_on_the_stand_in_and_leaves_order(tmp_path, monkeypatch):
    monkeypatch.setenv("CS182_DATA", "real")
    cells = [new_code_cell("import os\nprint(os.environ['CS182_DATA'])")]
    path = save(tmp_path / "hw1" / "01.ipynb", new_notebook(cells=cells))
    assert complaints(path) != []
    refresh(path)
    assert complaints(path) == []
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "embedded\n"
    before = path.read_bytes()
    refresh(path)
    assert path.read_bytes() == before


def test_a_failing_notebook_is_left_as_it_was_and_the_status_says_so(tmp_path, monkeypatch, capsys):
    good = save(tmp_path / "hw1" / "01.ipynb", new_notebook(cells=[new_code_cell("1 + 1")]))
    bad = save(tmp_path / "hw1" / "02.ipynb", new_notebook(cells=[new_code_cell("1 / 0")]))
    before = bad.read_bytes()
    monkeypatch.setattr(normalize, "NOTEBOOKS", tmp_path)
    assert normalize.main([]) == 1
    assert bad.read_bytes() == before and complaints(good) == []
    out = capsys.readouterr().out
    assert "hw1/01: in order" in out and "hw1/02: left as it was: CellExecutionError" in out
    assert normalize.main(["--check", "01"]) == 0 and normalize.main(["--check", "02"]) == 1
    assert sorted(path.name for path in (tmp_path / "hw1").iterdir()) == ["01.ipynb", "02.ipynb"]


def test_a_notebook_may_be_named_by_its_file(tmp_path, monkeypatch, capsys):
    for number in ("01", "02"):
        save(tmp_path / "hw1" / f"{number}.ipynb", sound())
    monkeypatch.setattr(normalize, "NOTEBOOKS", tmp_path)
    assert normalize.main(["--check", "notebooks/hw1/02.ipynb"]) == 0
    assert capsys.readouterr().out == "hw1/02: in order\n"
    with pytest.raises(ValueError, match="no notebook is named 'hw2/02'"):
        normalize.main(["--check", "notebooks/hw2/02.ipynb"])
