"""The CaptioningSolver: learns, keeps the best, resumes to the same bits, refuses bad input."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from stopping import train_for

from cs182lib.data import load_coco_data, write_coco_files
from cs182lib.models import AttentionCaptioner, CaptioningRNN
from cs182lib.training import CheckpointError, cosine, load_checkpoint
from cs182lib.training.bleu import caption_bleu
from cs182lib.training.captioning_solver import CaptioningSolver

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "blue", "cat", "dog"]


def split(pictures, seed):
    """Pictures of a red or blue cat or dog, two captions each; the features tell which, under noise."""
    rng = np.random.default_rng(seed)
    color, animal = rng.integers(0, 2, (2, pictures))
    features = rng.standard_normal((pictures, 6)) * 0.1
    features[:, 0] += 2 * color - 1
    features[:, 1] += 2 * animal - 1
    one = np.stack([[1, 4, 5 + c, 7 + a, 2, 0] for c, a in zip(color, animal)])
    other = np.stack([[1, 5 + c, 7 + a, 2, 0, 0] for c, a in zip(color, animal)])
    return {"captions": np.concatenate((one, other)), "image_idxs": np.tile(np.arange(pictures), 2),
            "features": features, "urls": ["x"] * pictures}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captions")
    write_coco_files(folder, WORDS, split(60, 1), split(15, 2))
    return load_coco_data(folder)


def words():
    return {word: i for i, word in enumerate(WORDS)}


def solver(data, model=None, cell_type="lstm", **options):
    options = {"batch_size": 20, "num_epochs": 4, "verbose": False, "rng": 3, "update_rule": "adam",
               "optim_config": {"learning_rate": 1e-2}, **options}
    return CaptioningSolver(model or CaptioningRNN(words(), 6, 5, 8, cell_type, rng=1), data, **options)


@pytest.mark.parametrize("cell_type", ["rnn", "lstm", "gru"])
def test_it_learns_to_say_what_is_in_the_picture(data, cell_type):
    s = solver(data, cell_type=cell_type, num_epochs=60)
    s.train()
    assert len(s.loss_history) == 360 and len(s.val_loss_history) == 61
    assert s.best_val_loss == min(s.val_loss_history) < 1.2 < s.val_loss_history[0]  # log 2 is the choice of form
    assert caption_bleu(s.model, data)["bleu2"] > 0.95
    shuffled = caption_bleu(s.model, data, features=data["val_features"][np.arange(15) * 4 % 15])
    assert shuffled["bleu2"] < 0.8


def test_the_attention_captioner_learns_too(data):
    maps = {key: value for key, value in data.items()}
    for name in ("train", "val"):
        maps[f"{name}_features"] = np.asarray(data[f"{name}_features"]).reshape(-1, 2, 3)  # (N, L, D)
    s = solver(maps, AttentionCaptioner(words(), 3, 5, 8, 7, rng=1), num_epochs=40)
    s.train()
    assert s.best_val_loss < 1.5 and caption_bleu(s.model, maps)["bleu2"] > 0.9


def test_the_best_parameters_stay(data):
    s = solver(data, num_epochs=12, optim_config={"learning_rate": 0.3})  # too large: the loss goes up and down
    s.train()
    assert s.best_epoch < 12 and s.val_loss_history[s.best_epoch] == s.best_val_loss
    assert s.check_loss(s.val_features, s.val_captions) == s.best_val_loss < s.val_loss_history[-1]


def test_without_validation_the_last_parameters_stay(data):
    s, kept = solver(data, num_val=0), {}
    train_epoch = s._train_epoch
    s._train_epoch = lambda bar: (train_epoch(bar), kept.update({k: w.copy() for k, w in s.model.params.items()}))
    s.train()
    assert s.val_loss_history == []
    for key, w in s.model.params.items():
        np.testing.assert_array_equal(w, kept[key])


def test_validation_captions_are_always_the_same(data):
    runs = [solver(data, num_val=7, rng=rng) for rng in (1, 2)]
    np.testing.assert_array_equal(runs[0].val_captions, runs[1].val_captions)
    np.testing.assert_array_equal(runs[0].val_captions, data["val_captions"][[0, 4, 8, 12, 17, 21, 25]])
    assert len(solver(data, num_val=1000).val_captions) == 30


def test_it_prints_what_the_course_prints(data, capsys):
    solver(data, verbose=True, print_every=5, num_epochs=1).train()
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("(Epoch 0 / 1) validation loss: ")
    assert lines[1].startswith("(Iteration 1 / 6) loss: ") and lines[2].startswith("(Iteration 6 / 6) loss: ")


def same_training(a, b):
    assert a.loss_history == b.loss_history and a.val_loss_history == b.val_loss_history
    assert a.best_val_loss == b.best_val_loss and a.best_epoch == b.best_epoch
    for key in a.model.params:
        np.testing.assert_array_equal(a.model.params[key], b.model.params[key])


@pytest.mark.parametrize("num_val", [0, 10])
def test_resuming_gives_the_same_bits(data, tmp_path, num_val):
    options = dict(schedule=cosine, lr_decay=0.9, num_val=num_val,
                   augment=lambda features, rng: features + rng.normal(0, 0.1, features.shape))
    whole = solver(data, **options)
    whole.train()
    stopped = solver(data, checkpoint=tmp_path / "run.npz", **options)
    train_for(stopped, 2)
    resumed = solver(data, CaptioningRNN(words(), 6, 5, 8, "lstm", rng=9), checkpoint=tmp_path / "run.npz", **options)
    resumed.train()
    same_training(whole, resumed)


SCRIPT = """
import sys, time
sys.path.insert(0, sys.argv[3])
from cs182lib.data import load_coco_data
from test_captioning_solver import solver
s = solver(load_coco_data(sys.argv[2]), checkpoint=sys.argv[1], num_epochs=150)
step = s._step
s._step = lambda: (time.sleep(0.002), step())
print("ready", flush=True)
s.train()
"""


def test_kill_9_at_any_moment_loses_nothing(data, tmp_path):
    path, folder = tmp_path / "run.npz", os.path.dirname(data["train_features"].path)
    for delay in (0.05, 0.3, 0.6):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), folder, os.path.dirname(__file__)],
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        deadline = time.time() + 30
        while not path.exists() and time.time() < deadline:
            time.sleep(0.01)
        time.sleep(delay)
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
        process.stdout.close()
    assert 0 < load_checkpoint(path)[1]["epoch"] < 150
    resumed, whole = (solver(data, checkpoint=p, num_epochs=150) for p in (path, None))
    resumed.train()
    whole.train()
    same_training(whole, resumed)


def test_a_checkpoint_of_another_run_is_refused(data, tmp_path):
    path = tmp_path / "run.npz"
    solver(data, checkpoint=path, num_epochs=1).train()
    with pytest.raises(CheckpointError, match="num_val 1000, this one has 5"):
        solver(data, checkpoint=path, num_epochs=1, num_val=5).train()
    other = {**data, "train_captions": data["train_captions"][::-1]}
    with pytest.raises(CheckpointError, match="with data"):
        solver(other, checkpoint=path, num_epochs=1).train()


@pytest.mark.parametrize("options, error, words", [
    ({"lr": 0.1}, ValueError, "CaptioningSolver has no option.*lr.*num_val"),
    ({"num_val": -1}, ValueError, "num_val must be at least 0"),
    ({"num_val": 2.5}, TypeError, "num_val must be a whole number"),
    ({"update_rule": "lion"}, ValueError, "update_rule must be one of 'sgd'"),
])
def test_bad_options_are_refused(data, options, error, words):
    with pytest.raises(error, match=words):
        solver(data, **options)


def test_bad_data_are_refused(data):
    with pytest.raises(ValueError, match="data lacks .'val_features'"):
        solver({key: value for key, value in data.items() if key != "val_features"})
    with pytest.raises(ValueError, match="train_image_idxs must have the shape"):
        solver({**data, "train_image_idxs": data["train_image_idxs"][:-1]})


def test_a_loss_that_explodes_stops_with_advice(data):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="NaN|lower the learning rate"):
        solver(data, update_rule="sgd", optim_config={"learning_rate": 1e30}).train()
