"""The search: reproducible, resumed after a kill, shared by two processes, pruned, silent."""

import os
import platform
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import optuna
import psutil
import pytest
from optuna.trial import TrialState

from cs182lib.data import Dataset
from cs182lib.vision.cifar_recipes import Recipe
from cs182lib.vision.search import (
    count_finished,
    main,
    open_study,
    recipe_objective,
    report_each_epoch,
    search,
    suggest_recipe,
)
from cs182lib.vision.trials import OWNER, give_up_dead


def parabola(trial):
    """Largest (0) at x = 3, y = 1."""
    x, y = trial.suggest_float("x", -10, 10), trial.suggest_float("y", 0.1, 100, log=True)
    return -((x - 3) ** 2) - np.log10(y) ** 2


def slow_parabola(trial):
    """The same as what SCRIPT searches, without a pause."""
    return -(trial.suggest_float("x", -10, 10) - 3) ** 2 - trial.suggest_float("y", 0.1, 100, log=True)


def settings(study):
    return [trial.params for trial in study.trials if trial.state != TrialState.FAIL]


SCRIPT = textwrap.dedent("""
    import os, sys, time
    from cs182lib.vision.search import open_study, search

    def objective(trial):
        x, y = trial.suggest_float("x", -10, 10), trial.suggest_float("y", 0.1, 100, log=True)
        trial.set_user_attr("process", os.getpid())
        time.sleep(float(sys.argv[3]))
        return -(x - 3) ** 2 - y

    search(open_study(sys.argv[1]), objective, int(sys.argv[2]))
""")


def start(path, trials, seconds):
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), str(trials), str(seconds)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_search_finds_the_maximum_better_than_chance(tmp_path):
    study = search(open_study(tmp_path / "s.db"), parabola, 30)
    assert study.best_value > -0.5
    assert study.best_value == max(trial.value for trial in study.trials)
    early, late = ([trial.value for trial in study.trials[part]] for part in (slice(10), slice(-10, None)))
    assert np.median(late) > np.median(early), "TPE learns from the first trials"


def test_same_seed_same_settings_other_seed_others(tmp_path):
    a, b, c = (settings(search(open_study(tmp_path / f"{name}.db", seed=seed), parabola, 8))
               for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert a == b
    assert a != c
    assert len({tuple(params.values()) for params in a}) == 8, "no setting is proposed twice"


def test_reopened_study_goes_on_as_if_never_stopped(tmp_path):
    whole = settings(search(open_study(tmp_path / "whole.db"), parabola, 9))
    for upto in (2, 2, 7, 9):
        study = search(open_study(tmp_path / "parts.db"), parabola, upto)
        assert count_finished(study) == upto
    assert settings(study) == whole


def test_an_objective_that_raises_is_passed_on_and_made_again(tmp_path):
    def breaks(trial):
        if trial.number == 3:
            raise KeyboardInterrupt
        return parabola(trial)

    whole = settings(search(open_study(tmp_path / "whole.db"), parabola, 6))
    with pytest.raises(KeyboardInterrupt):
        search(open_study(tmp_path / "s.db"), breaks, 6)
    study = search(open_study(tmp_path / "s.db"), parabola, 6)
    assert [trial.state.name for trial in study.trials].count("FAIL") == 1
    assert settings(study) == whole


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a signal of POSIX")
def test_killed_search_goes_on_at_once_as_if_never_stopped(tmp_path):
    path, whole = tmp_path / "s.db", settings(search(open_study(tmp_path / "whole.db"), slow_parabola, 9))
    process = start(path, 100, 0.7)
    for _ in range(1200):
        if path.exists() and count_finished(open_study(path)) >= 3:
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert count_finished(open_study(path)) >= 3
    study = search(open_study(path), slow_parabola, 9)
    assert [trial.state for trial in study.trials].count(TrialState.COMPLETE) == 9
    assert TrialState.RUNNING not in [trial.state for trial in study.trials], "the killed trial was given up"
    assert settings(study) == whole


def test_a_trial_whose_process_was_killed_before_it_gave_its_name_is_given_up(tmp_path):
    whole = settings(search(open_study(tmp_path / "whole.db"), parabola, 4))
    search(open_study(tmp_path / "s.db"), parabola, 2)
    open_study(tmp_path / "s.db").ask()  # a trial that runs, and nobody makes it
    study = search(open_study(tmp_path / "s.db"), parabola, 4)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    assert settings(study) == whole


def test_a_trial_of_a_process_at_work_or_of_another_machine_is_left_alone(tmp_path):
    study = open_study(tmp_path / "s.db")
    mine, theirs, dead = (study.ask() for _ in range(3))
    start = psutil.Process().create_time()
    for trial, owner in ((mine, [platform.node(), os.getpid(), start]), (theirs, ["elsewhere", 1, 0.0]),
                         (dead, [platform.node(), os.getpid(), start - 100])):
        trial.set_user_attr(OWNER, owner)
    give_up_dead(study)
    assert [trial.state.name for trial in study.trials] == ["RUNNING", "RUNNING", "FAIL"]


def test_two_processes_share_one_study(tmp_path):
    processes = [start(tmp_path / "new" / "s.db", 16, 0.15) for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert (process.returncode, out, err) == (0, "", "")
    study = open_study(tmp_path / "new" / "s.db")
    assert 16 <= count_finished(study) <= 17
    assert len({trial.user_attrs["process"] for trial in study.trials}) == 2
    assert len({tuple(params.values()) for params in settings(study)}) == len(study.trials), "none was made twice"


def test_nothing_is_printed(tmp_path, capfd):
    def breaks(trial):
        raise RuntimeError("out of ideas")

    with pytest.raises(RuntimeError):
        search(open_study(tmp_path / "s.db"), breaks, 2)
    search(open_study(tmp_path / "s.db"), parabola, 2)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_what_reports_poorly_is_pruned(tmp_path):
    def objective(trial):
        level = 0.1 if trial.number >= 4 else 0.5 + trial.number / 100
        score = report_each_epoch(trial, lambda model: level, 5)
        return [score(None)["val_acc"] for _ in range(5)][-1]

    study = search(open_study(tmp_path / "s.db"), objective, 6)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 4 + ["PRUNED"] * 2
    assert study.trials[4].intermediate_values == {1: 0.1, 2: 0.1}, "not before the second report"
    assert study.trials[0].intermediate_values == dict.fromkeys(range(1, 6), 0.5)


def test_a_trial_that_reports_poorly_at_its_very_end_is_complete(tmp_path):
    def objective(trial):
        levels = iter([0.1, 0.2, 0.9] if trial.number < 4 else [0.3, 0.3, 0.3])
        score = report_each_epoch(trial, lambda model: next(levels), 3)
        return [score(None)["val_acc"] for _ in range(3)][-1]

    study = search(open_study(tmp_path / "s.db"), objective, 6)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 6


def test_a_file_with_other_conditions_is_refused(tmp_path):
    path = tmp_path / "s.db"
    open_study(path, {"data": "one", "widths": (1, 2)}, seed=3)
    open_study(path, {"data": "one", "widths": (1, 2)}, seed=3)
    with pytest.raises(ValueError, match="do not compare"):
        open_study(path, {"data": "other", "widths": (1, 2)}, seed=3)
    with pytest.raises(ValueError, match="do not compare"):
        open_study(path, {"data": "one", "widths": (1, 2)}, seed=4)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path):
    path = tmp_path / "s.db"
    path.write_text("my thesis\n" * 100)
    with pytest.raises(ValueError, match="pass another path"):
        open_study(path)
    assert path.read_text() == "my thesis\n" * 100


@pytest.mark.parametrize("wrong, error, match", [
    (dict(num_trials=0), ValueError, "num_trials"), (dict(num_trials=2.5), TypeError, "num_trials"),
    (dict(objective=3), TypeError, "objective")])
def test_bad_arguments_of_search(tmp_path, wrong, error, match):
    arguments = {"objective": parabola, "num_trials": 2, **wrong}
    with pytest.raises(error, match=match):
        search(open_study(tmp_path / "s.db"), **arguments)


def test_a_study_that_knows_no_turns_is_refused():
    with pytest.raises(TypeError, match="study must be what open_study returned, got .*Study"):
        search(optuna.create_study(), parabola, 2)


def test_bad_arguments_of_open_study(tmp_path):
    with pytest.raises(ValueError, match="folder"):
        open_study(tmp_path)
    with pytest.raises(ValueError, match="seed"):
        open_study(tmp_path / "s.db", seed=-1)


# The objective that trains the CIFAR net

TINY = Recipe(widths=(4, 4, 8), epochs=3, batch_size=20)


@pytest.fixture(scope="module")
def data():
    """Two classes that their brightness tells apart."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    X = (rng.integers(0, 90, (120, 3, 32, 32)) + 120 * y[:, None, None, None]).astype(np.uint8)
    return Dataset({"X_train": X, "y_train": y, "X_test": X, "y_test": y}, "light", True, "0", ("dark", "light"))


def test_objective_trains_by_the_proposed_recipe_and_repeats(data):
    longer = replace(TINY, epochs=6)
    objective = recipe_objective(data, longer, num_training=80, num_validation=40)
    fixed = {"lr": 5.0, "weight_decay": 0.01, "label_smoothing": 0.1, "translate": 2}
    study = optuna.create_study()
    assert suggest_recipe(optuna.trial.FixedTrial(fixed), longer) == replace(longer, **fixed)
    trials = [study.ask() for _ in range(2)]
    for trial in trials:
        trial.suggest_float = lambda name, *a, **k: fixed[name]
        trial.suggest_int = lambda name, *a, **k: fixed[name]
    first, second = (objective(trial) for trial in trials)
    assert first == second > 0.9
    assert sorted(study.trials[0].intermediate_values) == [1, 2, 3, 4, 5, 6]
    assert study.trials[0].intermediate_values[6] == first


def test_a_recipe_that_diverges_is_pruned(data):
    objective = recipe_objective(data, TINY, 80, 40)
    trial = optuna.create_study().ask()
    trial.suggest_float = lambda name, *a, **k: {"lr": 1e38, "weight_decay": 1e30}.get(name, 0.0)
    trial.suggest_int = lambda name, *a, **k: 0
    with pytest.raises(optuna.TrialPruned, match="loss is"):
        objective(trial)


@pytest.mark.parametrize("num_training, num_validation", [(10, 40), (100, 40), (0, 40), (80, 0)])
def test_bad_numbers_of_images(data, num_training, num_validation):
    with pytest.raises(ValueError, match="num_(training|validation)"):
        recipe_objective(data, TINY, num_training, num_validation)


def test_command_line_searches_and_resumes(tmp_path, monkeypatch, capsys, data):
    monkeypatch.setattr("cs182lib.vision.search.load_cifar10_uint8", lambda: data)
    monkeypatch.setattr("cs182lib.vision.search.SMALL", TINY)
    monkeypatch.setattr("cs182lib.vision.search.recipe_objective",
                        lambda data, base, images, seed: recipe_objective(data, base, images, 40, seed))
    for trials in (1, 2):
        main(["--study", str(tmp_path / "s.db"), "--trials", str(trials), "--images", "80", "--epochs", "1"])
        assert f"best of {trials} trials: validation accuracy" in capsys.readouterr().out
