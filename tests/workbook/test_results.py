"""Records of long runs, and the pages made from them."""

import json
import re

import numpy as np
import pytest

from cs182lib.data import Dataset
from cs182lib.files import read_json
from cs182lib.workbook import tables, wording
from cs182lib.workbook.figures import published_figures
from cs182lib.workbook.machine import describe_machine
from cs182lib.workbook.notebook_file import read_notebook
from cs182lib.workbook.paths import NOTEBOOKS, RESULTS, ROOT, list_notebooks, notebook_name
from cs182lib.workbook.readme_blocks import PLACE, ROWS
from cs182lib.workbook.results import load_results, record, write_json
from cs182lib.workbook.wording import asked_text, figure_text

FIELDS = dict(title="A net", command="cs182 run --full net", data={"source": "CIFAR-10", "fingerprint": "0123456789ab"},
              seed=182, seconds=125.0, figures={"best_val_acc": 0.5312, "test_acc": 0.52})
# numbers of the set-up that the README's table of notebooks names: minutes of two budgets, captions
ALLOWED_NUMBERS = {"hw1/05_pytorch_cifar10": {"2", "45"}, "hw2/01_rnn_captioning": {"50"}}


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
    ("net", {"curve": {"epoch": [1, 2], "loss": [0.5, float("nan")]}}, r"curve\['loss'\] must hold finite numbers"),
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


BENCHMARKS = {"rows": [
    {"label": "Two-layer net, best", "run": "two_layer_net", "figure": "best_val_acc", "asked": 0.5, "staff": 0.522},
    {"label": "Two-layer net, test", "run": "two_layer_net", "figure": "test_acc", "aim": 0.93},
    {"label": "A net that never ran", "run": "convnet", "figure": "test_acc", "run_l": 0.655, "asked": 0.3,
     "asked_of": "on other data"}]}
ROW = {"name": "hw1/04_convolutional_networks", "title": "Convolution", "seconds": 61, "passed": True,
       "figures": {"test_acc": 0.5}, "data": {"source": "doodles (stand-in)", "fingerprint": "0123456789ab"}}


@pytest.fixture
def workbook(tmp_path):
    """A small workbook: a README with both blocks, one result, what others reached, one recorded run of a notebook."""
    blocks = "".join(f"<!-- {name}:begin -->\nold\n<!-- {name}:end -->\n" for name in ("notebooks", "limits"))
    (tmp_path / "README.md").write_text(f"before\n{blocks}after\n")
    curve = {"epoch": [0, 1, 2], "train_acc": [0.1, 0.4, 0.6], "val_acc": [0.1, 0.4, 0.5]}
    record("two_layer_net", folder=tmp_path / "results", curve=curve, config={"lr": 0.1}, **FIELDS)
    write_json(tmp_path / "results" / "benchmarks.json", BENCHMARKS)
    write_json(tmp_path / "results" / "notebooks.json", {"machine": describe_machine(), "notebooks": [ROW]})
    write_json(tmp_path / "results" / "notebooks_real.json", {"notebooks": []})
    return tmp_path


def test_the_page_shows_ours_beside_the_others(workbook):
    tables.update_tables(workbook)
    page = (workbook / "results" / "RESULTS.md").read_text(encoding="utf-8")
    assert "| Two-layer net, best | CIFAR-10 | **53.1 %** | 50 % | 52.2 % | – | – | – | – |" in page
    assert "| A net that never ran | – | – | 30 % on other data | – | – | 65.5 % | – | – |" in page
    assert "| Two-layer net, test | CIFAR-10 | **52.0 %** | – | – | – | – | – | 93 % |" in page


def test_the_page_says_how_each_run_can_be_had_again(workbook):
    tables.update_tables(workbook)
    page = (workbook / "results" / "RESULTS.md").read_text(encoding="utf-8")
    machine = describe_machine()
    for line in ("### A net", "| Command | `cs182 run --full net` |", "| Data | CIFAR-10, fingerprint 0123456789ab |",
                 "| Seed | 182 |", "| Time | 2 min 05 s |", f"{machine['cpu']}, {machine['cores']} cores",
                 f"Python {machine['python']}, NumPy {machine['numpy']}, PyTorch {machine['torch']}",
                 "| best validation accuracy | 53.1 % |", '`{"lr": 0.1}`', "](curves/two_layer_net.svg)"):
        assert line in page, line
    assert "holds no curve" not in page


def test_a_record_without_a_curve_is_said_to_have_none(workbook):
    fields = {**FIELDS, "figures": {"val_acc": 0.5, "test_acc": 0.4}}
    record("squeezenet_cifar10", folder=workbook / "results", **fields)
    tables.update_tables(workbook)
    assert "holds no curve" in (workbook / "results" / "RESULTS.md").read_text(encoding="utf-8")


def test_the_readme_gets_its_blocks(workbook):
    tables.update_tables(workbook)
    readme = (workbook / "README.md").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert "| [Convolution](notebooks/hw1/04_convolutional_networks.ipynb) | convolution, pooling, " in readme
    assert "| 1 min 01 s | test 50.0 % | – | a learner's run 65.5 % |" in readme
    assert "**Aims missed.** Two-layer net, test: 52.0 %, aimed for 93 %.\n" in readme
    assert readme.startswith("before\n") and readme.endswith("after\n") and "old" not in readme
    assert "72.8\N{NO-BREAK SPACE}%" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_notebook_on_real_data_stands_beside_the_standin(workbook):
    name, figures = "hw1/03_dropout", {"val_acc_with_dropout": 0.4, "val_acc_without_dropout": 0.3}
    standin = {**ROW, "name": name, "figures": dict.fromkeys(figures, 0.2)}
    real = {**ROW, "name": name, "seconds": 95.0, "figures": figures, "data": {**ROW["data"], "source": "CIFAR-10"}}
    folder = workbook / "results"
    write_json(folder / "notebooks.json", {"machine": describe_machine(), "notebooks": [standin]})
    write_json(folder / "notebooks_real.json", {"notebooks": [real]})
    tables.update_tables(workbook)
    readme = (workbook / "README.md").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert "| validation 20.0 %, without 20.0 % | validation 40.0 %, without 30.0 % | – |" in readme
    page = (folder / "RESULTS.md").read_text(encoding="utf-8")
    assert "(../notebooks/hw1/03_dropout.ipynb) | CIFAR-10 | 1 min 35 s | " in page


def test_an_aim_that_was_reached_is_no_limit(workbook):
    fields = {**FIELDS, "figures": {"best_val_acc": 0.9, "test_acc": 0.93}}
    curve = {"epoch": [1, 2], "train_acc": [0.1, 0.2], "val_acc": [0.1, 0.2]}
    record("two_layer_net", folder=workbook / "results", curve=curve, **fields)
    assert "Aims missed" not in tables.made_pages(workbook)[workbook / "README.md"]


@pytest.mark.parametrize("name, value, words", [
    ("best_val_acc", 0.7284, "72.8 %"), ("test_factual", 1.0, "100 %"), ("captions_repeated_unseen", 0.0, "0 %"),
    ("gap_with_dropout", 0.727, "72.7 points"), ("bleu4", 0.43666, "0.44"), ("lead_rougeL", 0.0849, "0.08"),
    ("few_gain", 0.0419, "4.2 points"),
    ("style_factor_smallest", 52.77, "53"), ("test_perplexity", 43.126, "43.1"), ("masked_loss", 2.6243, "2.62"),
    ("unmasked_mean_loss", 0.00595, "0.006"), ("backward_speedup", 2.777, "2.8"), ("fooling_steps", 13.67, "14"),
    ("teacher_blocks_parameters", 10646784, "10,646,784"), ("above_floor", "1.3%", "1.3 %"), ("test_acc", None, "–")])
def test_figures_are_written_for_people(name, value, words):
    assert figure_text(name, value) == words


def test_round_figures_that_were_asked_for_stay_round():
    assert [asked_text("test_acc", 0.5), asked_text("bleu1", 0.3), asked_text("loss", 6.5)] == ["50 %", "0.3", "6.5"]
    assert asked_text("test_acc", None) == "–"


def test_every_notebook_has_its_words_and_every_figure_its_place():
    recorded = read_json(RESULTS / "notebooks.json", "")
    assert list(ROWS) == [row["name"] for row in recorded["notebooks"]] == list(map(notebook_name, list_notebooks()))
    results, rows = load_results(), read_json(RESULTS / "benchmarks.json", "")["rows"]
    real = {f"{name}.{figure}" for name, entry in results.items() for figure in entry["figures"]}
    others = {f"{row['run']}.{row['figure']}.{who}" for row in rows for who in row}
    for row in recorded["notebooks"]:
        words = ROWS[row["name"]]
        published = published_figures(read_notebook(NOTEBOOKS / f"{row['name']}.ipynb"))["figures"]
        assert set(PLACE.findall(words.standin)) <= row["figures"].keys() & published.keys(), row["name"]
        assert set(PLACE.findall(words.real)) <= real | row["figures"].keys(), row["name"]
        assert set(PLACE.findall(words.others)) <= real | others, row["name"]


def test_a_notebook_without_a_row_is_named_and_so_is_the_place_of_the_row(workbook):
    row = {**ROW, "name": "hw1/06_new"}
    write_json(workbook / "results" / "notebooks.json", {"machine": describe_machine(), "notebooks": [ROW, row]})
    with pytest.raises(ValueError, match="without a row.*'hw1/06_new'; add its row to ROWS in cs182lib/"):
        tables.made_pages(workbook)


SCORES = re.compile(r"acc|perplexity|bleu|rouge|loss")


@pytest.mark.parametrize("name", ROWS)
def test_every_score_of_the_readme_s_table_says_validation_or_test(name):
    for cell in (ROWS[name].standin, ROWS[name].real):
        for figure in PLACE.findall(cell):
            said = re.findall("validation|test", PLACE.sub("", cell[:cell.index("{" + figure)]))[-1:]
            known = re.findall("val(?=_)|test(?=_)", figure.split(".")[-1])
            known = known or ["val"] * figure.endswith("unmasked_mean_loss")  # test_unmasked_mean_loss is the other one
            assert not SCORES.search(figure) or said, f"{figure} in {cell!r} is of validation or of test?"
            assert not known or said and said[0].startswith(known[0]), f"{figure} in {cell!r} is of the other set"


GENUINE, COPY = "0123456789ab", "ee8427ba5aa6"


def pages_of(workbook, name, data, config=None):
    """Return README.md and RESULTS.md once the run `name` is recorded on these data, made of lines joined to one."""
    curve = {"epoch": [1, 2], "val_loss": [2.0, 1.0]}
    figures = dict.fromkeys(("bleu1", "bleu2", "bleu3", "bleu4", "bleu4_beam", "bleu4_shuffled"), 0.25)
    fields = {**FIELDS, "data": data, "figures": figures, "config": config or {}, "curve": curve}
    record(name, folder=workbook / "results", **fields)
    pages = tables.made_pages(workbook)
    return [" ".join(pages[workbook / path].split()) for path in ("README.md", "results/RESULTS.md")]


@pytest.mark.parametrize("name, data, config, words", [
    ("net", {"source": "CIFAR-10", "fingerprint": COPY}, {}, "JPEG re-encoded copy"),
    ("captioning", {"source": "scenes (stand-in)", "fingerprint": "da3d5356d06b"}, {}, "COCO was not at hand"),
    ("net", {"source": "pictures", "fingerprint": "d46da5f2ae2c"}, {"weights": "4d6decb9b87e"}, "not torchvision's")])
def test_the_pages_say_what_falls_short_only_where_the_data_of_the_records_do(workbook, name, data, config, words):
    for page in pages_of(workbook, name, {**data, "fingerprint": GENUINE}):
        assert words not in page
    for page in pages_of(workbook, name, data, config):
        assert words in page


def test_data_of_a_notebook_that_fall_short_are_said_too(workbook):
    row = {**ROW, "data": {"source": "CIFAR-10", "fingerprint": COPY}}
    write_json(workbook / "results" / "notebooks_real.json", {"notebooks": [row]})
    for page in pages_of(workbook, "net", FIELDS["data"]):
        assert "JPEG re-encoded copy" in page


def test_captions_of_other_data_are_called_so(workbook):
    pages_of(workbook, "captioning", {"source": "COCO 2014", "fingerprint": GENUINE})
    tables.update_tables(workbook)
    for path in ("RESULTS.md", "curves/captioning.svg"):
        text = (workbook / "results" / path).read_text(encoding="utf-8")
        assert "BLEU on unseen pictures: COCO 2014" in text and "scenes" not in text
    labels = [row["label"] for row in read_json(RESULTS / "benchmarks.json", "")["rows"] if row["run"] == "captioning"]
    assert not [label for label in labels if "scenes" in label or "COCO" in label]


def test_no_words_of_the_readme_s_table_hold_a_figure():
    for name, row in ROWS.items():
        numbers = [number for text in row for number in re.findall(r"(?<![\w.-])\d[\d.,]*", PLACE.sub("", text))]
        assert set(numbers) <= ALLOWED_NUMBERS.get(name, set()), (name, numbers)


def test_data_that_need_a_word_get_it(monkeypatch):
    monkeypatch.setitem(wording.DATA_NOTES, "abc", "re-encoded")
    assert wording.data_note({"source": "CIFAR-10", "fingerprint": "abc"}) == "CIFAR-10, fingerprint abc (re-encoded)"


def test_every_recorded_run_says_what_its_data_are():
    for name, entry in load_results().items():
        assert entry["data"]["fingerprint"] in wording.DATA_NOTES, f"{name}: add its data to DATA_NOTES in wording.py"


def test_a_damaged_page_of_others_is_named(workbook):
    (workbook / "results" / "benchmarks.json").write_text('{"rows": [{"label": "x"}]}')
    with pytest.raises(ValueError, match="benchmarks.json cannot be read"):
        tables.made_pages(workbook)


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="results:begin"):
        tables.fill_blocks("no marks", {"results": "x"})


def test_the_pages_and_pictures_are_up_to_date_with_the_records():
    pages = tables.made_pages()
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"run: python -m cs182lib.workbook.results ({path.name})"
    assert set((RESULTS / "curves").iterdir()) == {path for path in pages if path.parent.name == "curves"}
