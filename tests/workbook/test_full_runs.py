"""The frame of the long runs: names, real data only, time over several sessions, checkpoints removed at the end."""

import contextlib
import json
import os
import time

import numpy as np
import pytest

from cs182lib.data import get_CIFAR10_data, load_cifar10_uint8
from cs182lib.models import ThreeLayerConvNet
from cs182lib.training import Solver
from cs182lib.vision import cifar_net
from cs182lib.vision.cifar_recipes import Recipe
from cs182lib.workbook import full_runs
from cs182lib.workbook.cli import main
from cs182lib.workbook.full_runs import require_real, run_full, stopwatch
from cs182lib.workbook.paths import RESULTS
from cs182lib.workbook.results import load_results

FIELDS = dict(title="Toy", data={"source": "CIFAR-10", "fingerprint": "abc"}, seed=1, figures={"test_acc": 0.5})


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """Make `toy` the only full run: it fails the first time, and finds its checkpoint the second time."""
    seen = []

    def toy(checkpoint):
        seen.append(checkpoint.with_suffix(".npz").exists())
        checkpoint.with_suffix(".npz").touch()
        if len(seen) == 1:
            raise RuntimeError("power failure")
        return FIELDS

    monkeypatch.setattr(full_runs, "FULL_RUNS", {"toy": toy})
    return seen


def test_an_interrupted_run_resumes_and_is_recorded_once_done(toy, tmp_path, capsys):
    with pytest.raises(RuntimeError):
        run_full(["toy"], folder=tmp_path / "full", results=tmp_path)
    assert not (tmp_path / "toy.json").exists()
    run_full([], folder=tmp_path / "full", results=tmp_path)
    assert toy == [False, True]
    entry = json.loads((tmp_path / "toy.json").read_text())
    assert entry["command"] == "cs182 run --full toy" and entry["sessions"] == 2
    assert entry["figures"] == FIELDS["figures"]
    assert list((tmp_path / "full").iterdir()) == []
    assert "toy: test_acc 50.0 %" in capsys.readouterr().out


@pytest.fixture
def three(monkeypatch, tmp_path):
    """Make three full runs that keep a checkpoint; return a function that makes them and says which it made.

    Its argument names the function of `full_runs` before whose n-th call the process is killed.
    """
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path / "data"))
    made, folder = [], tmp_path / "full"

    def train(checkpoint):
        made.append(checkpoint.name)
        checkpoint.with_suffix(".npz").touch()
        return FIELDS

    monkeypatch.setattr(full_runs, "FULL_RUNS", dict.fromkeys("abc", train))

    def call(killed=None, number=1, names=()):
        made.clear()
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
            if killed:
                patch.setattr(full_runs, killed, dying(getattr(full_runs, killed), number))
            run_full(names, folder=folder, results=tmp_path)
            assert list(folder.iterdir()) == []
        return "".join(made)

    return call


def dying(function, number):
    """Return the function, but the process ends before its n-th call."""
    calls = []

    def call(*arguments, **options):
        calls.append(1)
        if len(calls) == number:
            raise KeyboardInterrupt
        return function(*arguments, **options)

    return call


def test_an_interrupted_call_goes_on_with_what_is_not_recorded(three):
    assert three(killed="make_run", number=3) == "ab"
    assert three() == "c"
    assert three() == "abc"
    assert three(killed="make_run", number=3) == "ab"
    assert three(names=["b"]) == "b"  # another call
    assert three() == "abc"


def test_a_run_that_was_killed_before_it_was_recorded_is_taken_up(three, tmp_path):
    assert three(killed="record", number=2) == "ab"
    assert (tmp_path / "full" / "b.npz").exists() and not (tmp_path / "b.json").exists()
    assert three() == "bc"
    assert json.loads((tmp_path / "b.json").read_text())["sessions"] == 2


@pytest.mark.parametrize("names", [(), ("b",)])
def test_a_finished_run_is_never_half_removed_and_then_trusted(three, tmp_path, names):
    """Its checkpoint without its time would be recorded again, as done in no time."""
    assert three(killed="remove_checkpoints", number=2) == "ab"
    (tmp_path / "full" / "b.time").unlink()
    (tmp_path / "full" / ".b.npz.host.1.part").touch()
    assert three(names=names) == ("b" if names else "c")
    if names:
        assert json.loads((tmp_path / "b.json").read_text())["sessions"] == 1


def test_what_another_call_recorded_costs_no_checkpoint(three, tmp_path):
    assert three(killed="make_run", number=2) == "a"
    assert three(killed="record", names=["a"]) == "a"  # once more, by another call, which leaves its checkpoint
    assert three(names=["a"]) == "a"
    assert json.loads((tmp_path / "a.json").read_text())["sessions"] == 2


def test_a_damaged_note_of_what_is_done_costs_nothing_and_is_not_trusted(three, tmp_path):
    assert three(killed="make_run", number=3) == "ab"
    note, checkpoint = tmp_path / "full" / "unfinished.json", tmp_path / "full" / "c.npz"
    checkpoint.touch()
    note.write_text(note.read_text().replace('"a": true', '"c": true'))
    assert three(killed="make_run") == "" and checkpoint.exists()
    assert three() == "abc"


def test_the_pages_are_made_before_a_run_counts_as_done(three, tmp_path, monkeypatch):
    monkeypatch.setattr(full_runs, "record", lambda *arguments, **options: None)
    monkeypatch.setattr(full_runs, "update_tables", dying(lambda: None, 2))
    with pytest.raises(KeyboardInterrupt):
        run_full(folder=tmp_path / "full")
    done = json.loads((tmp_path / "full" / "unfinished.json").read_text())["done"]
    assert list(done) == ["a"] and (tmp_path / "full" / "b.npz").exists()


def test_time_adds_up_over_sessions(tmp_path, monkeypatch):
    clock = iter([100.0, 107.0, 500.0, 503.0])
    monkeypatch.setattr(full_runs.time, "perf_counter", lambda: next(clock))
    for _ in range(2):
        with stopwatch(tmp_path / "a.time") as spent:
            pass
    assert spent == {"seconds": 10.0, "sessions": 2}


def test_a_killed_session_counts_up_to_its_last_checkpoint(tmp_path):
    checkpoint, begun = tmp_path / "a.npz", time.time() - 500
    checkpoint.touch()
    os.utime(checkpoint, (begun + 60, begun + 60))
    (tmp_path / "a.time").write_text(json.dumps({"seconds": 7.0, "sessions": 1, "begun": begun}))
    for sessions in (2, 3):  # the second one ends in order, and counts once
        with stopwatch(tmp_path / "a.time") as spent:
            pass
        assert spent == {"seconds": pytest.approx(67, abs=0.3), "sessions": sessions}
    (tmp_path / "a.time").write_text(json.dumps({"seconds": 7.0, "sessions": 1, "begun": begun + 100}))
    with stopwatch(tmp_path / "a.time") as spent:
        pass
    assert spent["seconds"] == pytest.approx(7, abs=0.3)  # the checkpoint is of a session before


def test_unknown_names_are_refused_before_anything_starts(toy, tmp_path):
    with pytest.raises(ValueError, match="no full run 'nonsense'; there are toy"):
        run_full(["toy", "nonsense"], folder=tmp_path)
    assert toy == []


@pytest.mark.parametrize("words", [["--only", "convnet"], ["--record"], ["--out", "x"], ["--cell-timeout", "9"]])
def test_options_of_the_notebooks_are_refused(words, monkeypatch, capsys):
    called = []
    monkeypatch.setattr(full_runs, "run_full", called.append)
    assert main(["run", *words, "--full"]) == 1 and called == []
    assert f"{words[0]} goes with the notebooks" in capsys.readouterr().err
    assert main(["run", "--full", "convnet"]) == 0 and called == [["convnet"]]


def test_the_stand_in_is_refused():
    with pytest.raises(ValueError, match="make data"):
        require_real(load_cifar10_uint8())


@pytest.fixture(scope="module")
def pictures():
    """A hundred stand-in pictures of each part, centered and raw."""
    raw = load_cifar10_uint8()
    for key in raw:
        raw[key] = raw[key][:100]
    return get_CIFAR10_data(100, 50, 50, dtype=np.float32), raw


@pytest.fixture
def small(monkeypatch, pictures):
    """Give every run a hundred pictures, one epoch, and the convnets few filters."""
    data, raw = pictures
    recipe, train = Recipe(widths=(8, 8, 8), epochs=1, batch_size=50), cifar_net.train_cifar_net
    monkeypatch.setattr(full_runs, "get_CIFAR10_data", lambda **options: data)
    monkeypatch.setattr(full_runs, "Solver", lambda *args, **options: Solver(*args, **{**options, "num_epochs": 1}))
    monkeypatch.setattr(full_runs, "ThreeLayerConvNet",
                        lambda **options: ThreeLayerConvNet(**{**options, "num_filters": 4, "hidden_dim": 10}))
    monkeypatch.setattr(cifar_net, "train_cifar_net",
                        lambda budget, data, **options: train(recipe, data, num_validation=20, **options))
    monkeypatch.setattr(full_runs, "load_cifar10_uint8", lambda: raw)
    monkeypatch.setattr(full_runs, "require_real", lambda data: data)


@pytest.mark.parametrize("name", [*full_runs.FULL_RUNS][:6])  # the later ones are tested beside their code
def test_every_classifier_gives_a_complete_record(small, tmp_path, name):
    run_full([name], folder=tmp_path / "full", results=tmp_path)
    entry = json.loads((tmp_path / f"{name}.json").read_text())
    assert {"best_val_acc", "test_acc"} <= entry["figures"].keys()
    assert all(0 <= value <= 1 for value in entry["figures"].values())
    assert len(entry["curve"]["val_acc"]) >= 1 and entry["config"] and entry["sessions"] == 1
    assert list((tmp_path / "full").iterdir()) == []
    if not name.startswith("cifar_net"):  # all options of net and Solver, which are the recorded run's
        assert entry["config"]["model"] and entry["config"] == load_results()[name]["config"]


def test_the_workbook_s_squeezenet_is_scored(small, tmp_path):
    run_full(["squeezenet_cifar10"], folder=tmp_path / "full", results=tmp_path)
    entry = json.loads((tmp_path / "squeezenet_cifar10.json").read_text())
    assert entry["figures"].keys() == {"val_acc", "test_acc"}


def test_every_row_of_the_table_is_the_figure_of_a_run_and_every_run_has_one():
    rows = json.loads((RESULTS / "benchmarks.json").read_text(encoding="utf-8"))["rows"]
    assert {row["run"] for row in rows} == set(full_runs.FULL_RUNS)
    for row in rows:
        assert row["figure"] in load_results()[row["run"]]["figures"], row["label"]


@pytest.mark.real_data
def test_real_data_are_accepted():
    require_real(load_cifar10_uint8())
