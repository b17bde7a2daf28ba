"""Records of long runs, and the pages made from them."""

import json

import numpy as np
import pytest

from cs182lib.data import Dataset
from cs182lib.workbook import tables
from cs182lib.workbook.machine import describe_machine
from cs182lib.workbook.report import figure_lines
from cs182lib.workbook.results import load_results, record, write_json

FIELDS = dict(title="A net", command="cs182 run --full net", data={"source": "CIFAR-10", "fingerprint": "0123456789ab"},
              seed=182, seconds=125.0, figures={"best_val_acc": 0.5312, "test_acc": 0.52})


def test_a_record_holds_everything_needed_to_have_it_again(tmp_path):
    curve = {"epoch": [0, 1], "val_acc": np.array([0.1, 0.5], np.float32)}
    path = record("net", folder=tmp_path, curve=curve, config={"lr": np.float64(1e-3)}, **FIELDS)
    entry = json.loads(path.read_text())
    assert path == tmp_path / "net.json" and entry["name"] == "net"
    assert {name: entry[name] for name in FIELDS} == FIELDS
    assert entry["curve"] == {"epoch": [0, 1], "val_acc": [pytest.approx(0.1), 0.5]} and entry["config"] == {"lr": 1e-3}
    assert entry["machine"] == describe_machine() and set(entry["machine"]) == {
        "cpu", "cores", "threads", "os", "python", "numpy", "torch"}
    assert load_results(tmp_path) == {"net": entry}


def test_a_data_set_is_reduced_to_its_fingerprint(tmp_path):
    data = Dataset({"X_train": np.zeros(3)}, "CIFAR-10", False, "0123456789ab", ("cat",))
    record("net", folder=tmp_path, **{**FIELDS, "data": data})
    assert load_results(tmp_path)["net"]["data"] == {"source": "CIFAR-10", "fingerprint": "0123456789ab"}


@pytest.mark.parametrize("name, change, message", [
    ("../net", {}, "name must be letters"), ("net", {"figures": {"loss": float("nan")}}, "finite number, got nan"),
    ("net", {"figures": {"acc": "high"}}, "finite number, got 'high'"),
    ("net", {"curve": {"epoch": [1, 2], "val_acc": [0.5]}}, r"equally long, got lengths \[1, 2\]"),
    ("net", {"color": "red"}, r"unknown: \['color'\]")])
def test_what_cannot_be_recorded_is_refused(tmp_path, name, change, message):
    with pytest.raises(ValueError, match=message):
        record(name, folder=tmp_path, **{**FIELDS, **change})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_field_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"missing: \['seed'\]"):
        record("net", folder=tmp_path, **{key: value for key, value in FIELDS.items() if key != "seed"})


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_json(tmp_path / "a.json", {"old": 1})
    with pytest.raises(AttributeError):
        write_json(path, {"new": object()})
    monkeypatch.setattr("cs182lib.files.os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError):
        write_json(path, {"new": 2})
    assert json.loads(path.read_text()) == {"old": 1} and list(tmp_path.iterdir()) == [path]


@pytest.fixture
def workbook(tmp_path):
    """A small workbook: a README with both blocks, one result, one recorded run of the notebooks."""
    blocks = "".join(f"<!-- {name}:begin -->\nold\n<!-- {name}:end -->\n" for name in ("results", "notebooks"))
    (tmp_path / "README.md").write_text(f"before\n{blocks}after\n")
    record("two_layer_net", folder=tmp_path / "results", **FIELDS)
    row = {"name": "hw1/01_nets", "title": "Nets", "seconds": 61, "passed": True, "figures": {"best_val_acc": 0.5}}
    write_json(tmp_path / "results" / "notebooks.json", {"machine": {}, "notebooks": [row]})
    return tmp_path


def test_tables_show_ours_beside_the_others(workbook):
    tables.update_tables(workbook)
    page, readme = [(workbook / name).read_text() for name in ("results/RESULTS.md", "README.md")]
    line = "| Two-layer net, best validation | **53.12 %** | 50 % | 52.2 % | 50.2 % | 52.6 % | – |"
    assert line in page and line in readme
    assert "| A net | `cs182 run --full net` | CIFAR-10, 0123456789ab | 182 | 2 min 05 s |" in page
    assert ("| [hw1/01_nets](notebooks/hw1/01_nets.ipynb) | Nets | 1 min 01 s | best validation accuracy: 50.0 % |"
            in readme)
    assert readme.startswith("before\n") and readme.endswith("after\n") and "old" not in readme
    assert tables.made_pages(workbook)[workbook / "README.md"] == readme


def test_key_figures_are_named_in_words():
    figures = {"raw_tensors_fc_acc": 0.281, "val_acc_with_dropout": 0.5, "speedup": 2.38241, "optimizer": "adam"}
    assert figure_lines(figures) == ["raw tensors fully connected accuracy: 28.1 %",
                                     "validation accuracy with dropout: 50.0 %", "speedup: 2.382", "optimizer: adam"]


def test_data_that_need_a_word_get_it(monkeypatch):
    monkeypatch.setitem(tables.DATA_NOTES, "abc", "re-encoded")
    assert tables.data_note({"source": "CIFAR-10", "fingerprint": "abc"}) == "CIFAR-10, abc (re-encoded)"


def test_every_recorded_run_says_what_its_data_are():
    for name, entry in load_results().items():
        assert entry["data"]["fingerprint"] in tables.DATA_NOTES, f"{name}: add its data to DATA_NOTES in tables.py"


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="results:begin"):
        tables.fill_blocks("no marks", {"results": "x"})


def test_the_pages_are_up_to_date_with_the_records():
    for path, text in tables.made_pages().items():
        assert path.read_text(encoding="utf-8") == text, f"run: python -m cs182lib.workbook.results ({path.name})"
