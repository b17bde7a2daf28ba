"""The cheapest long run of each homework gives its recorded figures again, by its recorded command.

A machine with other processors adds in another order, which moves the weights as another seed would: ALLOWED says by
how much each figure may differ. Of the run with ImageNet weights the class visualization, two thirds of its time, is
left out. Where other data are there than those of the record, a run on real data is skipped before it begins.
"""

import copy
import os
from functools import partial
from types import SimpleNamespace

import pytest
import torch

from cs182lib.data import DataMissingError, load_cifar10_uint8
from cs182lib.data.photographs import load_imagenet_val
from cs182lib.vision import visualization_run
from cs182lib.vision.squeezenet import load_squeezenet
from cs182lib.workbook import full_runs
from cs182lib.workbook.cli import main
from cs182lib.workbook.results import load_results

SHARE = {"rouge1": 0.03, "rouge2": 0.04, "rougeL": 0.03, "rougeL_greedy": 0.03, "rougeL_beam": 0.03, "word_acc": 0.01,
         "masked_loss": 0.03, "unmasked_mean_loss": 0.003, "factual": 0.05, "times_lead": 0.2,
         "lead_rouge1": 1e-6, "lead_rouge2": 1e-6, "lead_rougeL": 1e-6}  # lead words are only counted
RANK = {f"{method}_{measure}_{layers}_random": 0.02 for method in ("gradient", "guided") for measure in ("rank", "ssim")
        for layers in ("last_layer", "all")}
ALLOWED = {  # run: {figure: by how much it may differ}
    "cifar_net_2min": {"best_val_acc": 0.03, "test_acc": 0.015, "test_acc_one_view": 0.015},
    "network_visualization": {"top1_acc": 0.04, "fooled": 0.0, "fooling_steps_mean": 1.0, "fooling_steps_max": 8,
                              "fooling_change_mean": 0.001, "fooling_change_max": 0.006, **RANK},
    "summarization_gazette": {**SHARE, **{f"test_{name}": allowed for name, allowed in SHARE.items()}, "lead_words": 0},
}
LEFT_OUT = {"network_visualization": {"class_probability_min", "class_repeats"}}
RUNS = [pytest.param("cifar_net_2min", marks=pytest.mark.real_data),
        pytest.param("network_visualization", marks=pytest.mark.real_data), "summarization_gazette"]
RECORDED = load_results()


def compare(recorded, found, allowed, left_out=()):
    """Fail where a run was made on other data or with another seed, or where a figure is not the recorded one."""
    assert {key: found[key] for key in ("data", "seed")} == {key: recorded[key] for key in ("data", "seed")}
    assert recorded["figures"].keys() == allowed.keys() | set(left_out)
    wrong = {name: (value, found["figures"].get(name)) for name, value in recorded["figures"].items()
             if name in allowed and not abs(found["figures"].get(name, float("nan")) - value) <= allowed[name]}
    assert not wrong, f"recorded and found: {wrong}"


def make_again(recorded, folder, monkeypatch):
    """Give the command of a record, which is to write its new record into `folder`; return the new one."""
    there = partial(full_runs.run_full, folder=folder / "full", results=folder)
    monkeypatch.setattr(full_runs, "run_full", there)
    program, *words = recorded["command"].split()
    assert program == "cs182" and main(words) == 0
    return load_results(folder)[recorded["name"]]


def data_of_cifar_net():
    """Return what the record of such a run would say of the data that are there, and of the weights: none."""
    data = load_cifar10_uint8()
    return {"source": data.source, "fingerprint": data.fingerprint}, None


def data_of_visualization():
    """Return what the record of this run would say of the data and of the weights that are there."""
    data, model = load_imagenet_val(), load_squeezenet()
    return {"source": f"{data.source}; {model.file}", "fingerprint": data.fingerprint}, model.fingerprint


DATA_THERE = {"cifar_net_2min": data_of_cifar_net, "network_visualization": data_of_visualization}


def require_recorded_data(recorded):
    """Skip the test where the data or weights of a record are not there, or others are."""
    try:
        there = DATA_THERE[recorded["name"]]()
    except DataMissingError as error:
        pytest.skip(f"needs the data of the record: {error}")
    wanted = recorded["data"], recorded["config"].get("weights")
    if there != wanted:
        pytest.skip(f"recorded on other data: {wanted}, and here are {there}")


def tampered(recorded, name, allowed):
    """Return a record in which one figure was changed by a little more than is allowed."""
    changed = copy.deepcopy(recorded)
    changed["figures"][name] += 2.1 * allowed + 1e-3
    return changed


@pytest.fixture
def all_threads_of_torch():
    """Let PyTorch take all cores for one test; the tests else run on one."""
    before = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count())
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_run_gives_its_figures_again(name, request, tmp_path, monkeypatch):
    if name != "summarization_gazette":  # so small a net is no faster on two
        require_recorded_data(RECORDED[name])
        request.getfixturevalue("all_threads_of_torch")
    if name == "network_visualization":
        monkeypatch.setattr(visualization_run, "dream", lambda model, seed, save: {})
    found = make_again(RECORDED[name], tmp_path, monkeypatch)
    left_out = LEFT_OUT.get(name, ())
    compare(RECORDED[name], found, ALLOWED[name], left_out)
    for figure, allowed in ALLOWED[name].items():
        with pytest.raises(AssertionError, match=figure):
            compare(tampered(RECORDED[name], figure, allowed), found, ALLOWED[name], left_out)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_record_with_another_figure_data_or_seed_is_refused(name):
    recorded, allowed, left_out = RECORDED[name], ALLOWED[name], LEFT_OUT.get(name, ())
    compare(recorded, recorded, allowed, left_out)
    for figure in allowed:
        with pytest.raises(AssertionError, match=figure):
            compare(tampered(recorded, figure, allowed[figure]), recorded, allowed, left_out)
    for key, value in (("seed", 1), ("data", {"source": "CIFAR-10", "fingerprint": "0" * 12}), ("figures", {})):
        with pytest.raises(AssertionError):
            compare(recorded, {**recorded, key: value}, allowed, left_out)


@pytest.mark.parametrize("name", DATA_THERE)
def test_a_run_recorded_on_other_data_is_skipped_before_it_begins(name, request, tmp_path, monkeypatch):
    calls, entry = [], RECORDED[name]
    data, weights = entry["data"], entry["config"].get("weights")
    monkeypatch.setitem(globals(), "make_again", lambda *arguments: calls.append(name) or entry)
    monkeypatch.setitem(globals(), "compare", lambda recorded, found, *rest: None)
    monkeypatch.setitem(globals(), "ALLOWED", {name: {}})
    for there in (({**data, "fingerprint": "0" * 12}, weights), ({**data, "source": "x"}, weights), (data, "0" * 12)):
        monkeypatch.setitem(DATA_THERE, name, lambda there=there: there)
        with pytest.raises(pytest.skip.Exception, match="recorded on other data"):
            test_a_run_gives_its_figures_again(name, request, tmp_path, monkeypatch)
    assert calls == []
    monkeypatch.setitem(DATA_THERE, name, lambda: (data, weights))
    test_a_run_gives_its_figures_again(name, request, tmp_path, monkeypatch)
    assert calls == [name]


def test_the_data_that_are_there_are_told_as_a_record_tells_them(monkeypatch):
    data = load_cifar10_uint8()
    assert data_of_cifar_net() == ({"source": data.source, "fingerprint": data.fingerprint}, None)
    pictures = SimpleNamespace(source="ImageNet validation pictures", fingerprint="d46da5f2ae2c")
    weights = SimpleNamespace(file="squeezenet1_0-imagenet.npz", fingerprint="4d6decb9b87e")
    monkeypatch.setitem(globals(), "load_imagenet_val", lambda: pictures)
    monkeypatch.setitem(globals(), "load_squeezenet", lambda: weights)
    recorded = RECORDED["network_visualization"]
    assert data_of_visualization() == (recorded["data"], recorded["config"]["weights"])


def test_one_run_of_each_homework_is_made_again():
    assert ALLOWED.keys() <= full_runs.FULL_RUNS.keys() and len(ALLOWED) == len(RUNS) == 3
