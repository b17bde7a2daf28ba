"""The cheapest long run of each homework gives its recorded figures again, by its recorded command.

A machine with other processors adds in another order, which moves the weights as another seed would: ALLOWED says by
how much each figure may differ. Of the run with ImageNet weights the class visualization, two thirds of its time, is
left out.
"""

import copy
import os
from functools import partial

import pytest
import torch

from cs182lib.data import datasets_folder
from cs182lib.data.photographs import IMAGENET
from cs182lib.vision import visualization_run
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
        request.getfixturevalue("all_threads_of_torch")
    if name == "network_visualization":
        if not (datasets_folder() / IMAGENET).exists():
            pytest.skip(f"needs {IMAGENET} and ImageNet weights in the data folder")
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


def test_one_run_of_each_homework_is_made_again():
    assert ALLOWED.keys() <= full_runs.FULL_RUNS.keys() and len(ALLOWED) == len(RUNS) == 3
