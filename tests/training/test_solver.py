"""The Solver: semantics of the course, resuming, stopping early, bad input."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from stopping import train_for

from cs182lib.models import FullyConnectedNet, TwoLayerNet
from cs182lib.training import (
    CheckpointError,
    Solver,
    cosine,
    flip_and_shift,
    linear,
    load_checkpoint,
    save_checkpoint,
)


def blobs(n=120):
    """Two classes of small images that differ in brightness."""
    rng = np.random.default_rng(5)
    y = np.arange(n) % 2
    X = rng.standard_normal((n, 1, 4, 6)) + (2 * y - 1)[:, None, None, None]
    return {"X_train": X[20:], "y_train": y[20:], "X_val": X[:20], "y_val": y[:20]}


def net(seed=1, **options):
    return FullyConnectedNet([8], input_dim=24, num_classes=2, normalization="batch", dropout=0.2, rng=seed, **options)


def solver(model=None, **options):
    options = {"batch_size": 25, "num_epochs": 4, "verbose": False, "rng": 3, "update_rule": "adam",
               "optim_config": {"learning_rate": 1e-2}, **options}
    return Solver(net() if model is None else model, blobs(), **options)


def test_histories_have_the_courses_lengths_and_the_best_parameters_stay():
    s = solver()
    s.train()
    assert len(s.loss_history) == 16 and len(s.train_acc_history) == len(s.val_acc_history) == 5
    assert s.best_val_acc == max(s.val_acc_history) > 0.9
    assert s.check_accuracy(s.X_val, s.y_val) == s.best_val_acc
    for key, w in s.model.params.items():
        np.testing.assert_array_equal(w, s.best_params[key])


def test_histories_are_saved_as_plain_arrays(tmp_path):
    s = solver()
    s.train()
    s.record_histories_as_npz(tmp_path / "histories.npz")
    with np.load(tmp_path / "histories.npz", allow_pickle=False) as saved:
        assert sorted(saved) == ["loss_history", "train_acc_history", "val_acc_history"]
        for name in saved:
            np.testing.assert_array_equal(saved[name], getattr(s, name))


def test_it_prints_what_the_course_prints(capsys):
    solver(verbose=True, print_every=8, num_epochs=2).train()
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("(Epoch 0 / 2) train acc: 0.") and "; val_acc: 0." in lines[0]
    assert lines[1].startswith("(Iteration 1 / 8) loss: ") and lines[3].startswith("(Epoch 2 / 2)")


def test_the_same_seeds_give_the_same_bits_and_others_do_not():
    runs = [solver(rng=rng) for rng in (3, 3, 4)]
    for s in runs:
        s.train()
    assert runs[0].loss_history == runs[1].loss_history != runs[2].loss_history


def test_decay_and_schedule_multiply_the_learning_rate():
    rates = []
    s = solver(update_rule="sgd", lr_decay=0.5, schedule=linear, num_epochs=2)
    rule = s.rule
    s.rule = lambda w, dw, config: rates.append(config["learning_rate"]) or rule(w, dw, config)
    s.train()
    per_step = rates[::len(s.model.params)]
    expected = [1e-2 * 0.5 ** (t // 4) * (1 - t / 8) for t in range(8)]
    np.testing.assert_allclose(per_step, expected)


def test_the_augmentation_sees_every_minibatch():
    seen = []
    s = solver(augment=lambda X, rng: seen.append(X.shape) or flip_and_shift(X, rng), num_epochs=1)
    s.train()
    assert seen == [(25, 1, 4, 6)] * 4


def test_patience_stops_early_and_keeps_the_best():
    s = solver(num_epochs=50, patience=3)
    s.train()
    assert s.epoch < 50 and s.epoch - s.best_epoch == 3
    assert s.val_acc_history[s.best_epoch] == s.best_val_acc


def same_training(a, b):
    assert a.loss_history == b.loss_history and a.val_acc_history == b.val_acc_history
    for key in a.model.params:
        np.testing.assert_array_equal(a.model.params[key], b.model.params[key])
    for ours, theirs in zip(a.model.bn_params, b.model.bn_params):
        np.testing.assert_array_equal(ours["running_var"], theirs["running_var"])


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_resuming_gives_the_same_bits(tmp_path, rule):
    options = dict(update_rule=rule, schedule=cosine, augment=flip_and_shift, lr_decay=0.9)
    whole = solver(**options)
    whole.train()
    stopped = solver(checkpoint=tmp_path / "run.npz", **options)
    train_for(stopped, 2)
    resumed = solver(net(seed=99), checkpoint=tmp_path / "run.npz", **options)  # other weights and another dropout
    resumed.train()
    same_training(whole, resumed)
    again = solver(checkpoint=tmp_path / "run.npz", **options)
    again.train()  # finished: nothing left to do
    same_training(whole, again)


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[2])
import time
from test_solver import solver
s = solver(checkpoint=sys.argv[1], num_epochs=300)
step = s._step
s._step = lambda: (time.sleep(0.001), step())
print("ready", flush=True)
s.train()
"""


def test_kill_9_at_any_moment_loses_nothing(tmp_path):
    path = tmp_path / "run.npz"
    for delay in (0.05, 0.3, 0.6):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), os.path.dirname(__file__)],
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        deadline = time.time() + 30
        while not path.exists() and time.time() < deadline:
            time.sleep(0.01)
        time.sleep(delay)
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
        process.stdout.close()
    assert 0 < load_checkpoint(path)[1]["epoch"]
    resumed, whole = (solver(checkpoint=p, num_epochs=300) for p in (path, None))
    resumed.train()
    whole.train()
    same_training(whole, resumed)


def test_a_checkpoint_is_npz_and_json_without_pickle(tmp_path):
    s = solver(checkpoint=tmp_path / "run.npz", num_epochs=1)
    s.train()
    with zipfile.ZipFile(tmp_path / "run.npz") as archive:
        assert json.loads(archive.read("state.json"))["epoch"] == 1
        assert all(name == "state.json" or name.endswith(".npy") for name in archive.namelist())
    with np.load(tmp_path / "run.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["best_params/W1"], s.best_params["W1"])
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_a_failed_write_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    save_checkpoint(path, {"a": np.arange(3)}, {"epoch": 1})

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(path, {"a": np.arange(4)}, {"epoch": 2})
    arrays, state = load_checkpoint(path)
    assert state == {"epoch": 1} and len(arrays["a"]) == 3 and len(list(tmp_path.iterdir())) == 1


def test_damaged_and_foreign_checkpoints_are_refused(tmp_path):
    path = tmp_path / "run.npz"
    solver(checkpoint=path, num_epochs=1).train()
    good = path.read_bytes()
    for bad in (good[:len(good) // 2], b"", b"<html>not found</html>", b"\x80\x04cos\nsystem\n."):
        path.write_bytes(bad)
        with pytest.raises(CheckpointError, match="no readable checkpoint.*delete it"):
            solver(checkpoint=path, num_epochs=1).train()
        assert path.read_bytes() == bad
    path.write_bytes(good)
    with pytest.raises(CheckpointError, match="update_rule 'adam', this one has 'sgd'"):
        solver(checkpoint=path, num_epochs=1, update_rule="sgd").train()


@pytest.mark.parametrize("options, error, words", [
    ({"lr": 0.1}, ValueError, "no option.*lr"),
    ({"update_rule": "lion"}, ValueError, "update_rule must be one of 'sgd'"),
    ({"optim_config": {"lr": 0.1}}, ValueError, "unknown option 'lr'"),
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
    ({"num_epochs": 2.5}, TypeError, "num_epochs must be a whole number"),
    ({"lr_decay": 0}, ValueError, "lr_decay"),
    ({"patience": 0}, ValueError, "patience"),
])
def test_bad_options_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        solver(**options)


def test_bad_data_are_refused():
    data = blobs()
    with pytest.raises(ValueError, match="data lacks .'y_val'"):
        Solver(net(), {key: data[key] for key in data if key != "y_val"})
    with pytest.raises(ValueError, match="y_train must have the shape"):
        Solver(net(), {**data, "y_train": data["y_train"][:-1]})


def test_a_loss_that_explodes_stops_with_advice():
    model = TwoLayerNet(24, 8, 2, weight_scale=1.0, rng=0)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="NaN|lower the learning rate"):
        solver(model, update_rule="sgd", optim_config={"learning_rate": 1e200}).train()
