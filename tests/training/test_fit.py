"""The training loop: against a loop written out by hand, interrupted and resumed, in one process and in two."""

import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from cs182lib.training.fit import fit
from cs182lib.training.lookahead import Lookahead
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything

ROOT = Path(__file__).resolve().parents[2]


def squared_error(model, batch):
    X, y = batch
    return F.mse_loss(model(X), y)


def make_problem(seed=3, dropout=0.0):
    """Return a small net with dropout, its data in a shuffling loader, and the loader's generator."""
    generator = seed_everything(seed)
    X = torch.linspace(-1, 1, 24 * 5).reshape(24, 5)
    y = torch.linspace(-2, 1, 24 * 3).reshape(24, 3).sin()
    model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.BatchNorm1d(7), nn.Dropout(dropout), nn.Linear(7, 3))
    loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True, generator=generator)
    return model, loader, generator


def train(checkpoint=None, epochs=4, stop_after=None, dropout=0.3):
    """Train the small problem; with `stop_after`, die without any clean-up after that epoch's checkpoint."""
    model, loader, generator = make_problem(dropout=dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    calls = []

    def evaluate(model):
        calls.append(model.training)
        if stop_after is not None and len(calls) > stop_after:
            os._exit(9)  # what kill -9 does: nothing is closed, nothing is flushed
        return {"weight": next(model.parameters()).abs().sum()}

    history = fit(model, loader, optimizer, squared_error, epochs=epochs, grad_clip=1.0, generators=[generator],
                  schedule=lambda step, num_steps: 1 - step / num_steps, evaluate=evaluate,
                  after_step=[Lookahead(model, every=2)], checkpoint=checkpoint, progress=False)
    assert not any(calls), "evaluate must see the model in eval mode"
    return model, history


def test_fit_does_what_a_loop_written_by_hand_does():
    model, loader, _ = make_problem()
    history = fit(model, loader, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), squared_error, epochs=3,
                  schedule=lambda step, num_steps: 1 / (1 + step), grad_clip=0.5)

    other, loader, _ = make_problem()
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for step, batch in enumerate(batch for _ in range(3) for batch in loader):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 / (1 + step))
        loss = squared_error(other, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(other.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())

    assert history.loss == losses
    assert history.lr == [0.1 * (1 / (1 + step)) for step in range(9)]
    for mine, theirs in zip(model.state_dict().values(), other.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)


def test_history_has_one_entry_per_epoch_with_the_mean_loss():
    _, history = train(epochs=2)
    assert history.column("epoch") == [1, 2]
    np.testing.assert_allclose(history.column("loss"), np.reshape(history.loss, (2, 3)).mean(axis=1), rtol=1e-6)
    assert history.column("weight")[0] != history.column("weight")[1]
    assert 0 < history.column("seconds")[0] < history.column("seconds")[1] <= history.seconds


def test_two_runs_from_one_seed_give_the_same_bits():
    (one, first), (two, second) = train(), train()
    assert first.loss == second.loss
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))


def test_killed_and_resumed_ends_with_the_same_bits(tmp_path):
    path = tmp_path / "run.pt"
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n" \
             f"from test_fit import train; train({str(path)!r}, stop_after=2)"
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120)
    assert killed.returncode == 9 and path.exists()
    assert torch.load(path, weights_only=True)["history"]["epochs"][-1]["epoch"] == 2

    resumed, history = train(path)
    whole, expected = train()
    assert history.loss == expected.loss and history.lr == expected.lr
    assert history.column("weight") == expected.column("weight")
    for a, b in zip(resumed.state_dict().values(), whole.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    train(path, epochs=1)
    before = path.read_bytes()

    def full_disk(state, file):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space left"):
        train(tmp_path / "other.pt", epochs=1)
    assert not (tmp_path / "other.pt").exists()
    with pytest.raises(ValueError, match="made for 3 steps"):
        train(path, epochs=2)
    assert path.read_bytes() == before


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    train(path, epochs=1)
    model = nn.Linear(5, 3)
    with pytest.raises(ValueError, match=r"(?s)does not fit this run.*delete it to start anew"):
        fit(model, [(torch.ones(2, 5), torch.ones(2, 3))], torch.optim.SGD(model.parameters(), lr=0.1), squared_error,
            checkpoint=path)


def test_a_damaged_or_executable_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    for content in ({"model": print}, None):
        if content is None:
            path.write_bytes(b"not a checkpoint")
        else:
            torch.save(content, path)
        with pytest.raises(ValueError, match="does not fit this run"):
            train(path, epochs=1)


@pytest.mark.parametrize("change, error, message", [
    ({"optimizer": "sgd"}, TypeError, "optimizer must be a torch.optim.Optimizer"),
    ({"batches": []}, ValueError, "batches is empty"),
    ({"batches": iter([1])}, TypeError, "batches must have a length"),
    ({"epochs": 0}, ValueError, "epochs must be at least 1"),
    ({"epochs": 1.5}, TypeError, "epochs must be a whole number"),
    ({"precision": "fp8"}, ValueError, "precision must be one of 'no', 'bf16'"),
    ({"grad_clip": 0.0}, ValueError, "grad_clip must lie in"),
    ({"loss_fn": lambda model, batch: model(batch[0])}, ValueError, "loss_fn must return a scalar"),
    ({"loss_fn": lambda model, batch: model(batch[0]).sum() * float("nan")}, FloatingPointError, "lower the learning"),
])
def test_bad_arguments_are_named(change, error, message):
    model, loader, _ = make_problem()
    arguments = {"batches": loader, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
                 "loss_fn": squared_error, **change}
    with pytest.raises(error, match=message):
        fit(model, **arguments)


def test_bf16_keeps_weights_in_float32_and_learns():
    model, loader, _ = make_problem()
    history = fit(model, loader, torch.optim.SGD(model.parameters(), lr=0.1), squared_error, epochs=30,
                  precision="bf16")
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert history.column("loss")[-1] < 0.5 * history.column("loss")[0]


def test_lookahead_follows_its_formula_and_ends_on_the_slow_weights():
    model = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(model.weight)
    lookahead = Lookahead(model, every=2, peak=0.5)
    seen = []
    for step in range(1, 6):
        with torch.no_grad():
            model.weight += 1.0
        lookahead(model, step, 5)
        seen.append(model.weight[0, 0].item())
    slow2 = (1 - 0.5 * 0.4**3) * 2  # at step 2 the model stands at 2, the slow weights at 0
    slow4 = slow2 + (1 - 0.5 * 0.8**3) * 2
    np.testing.assert_allclose(seen, [1, slow2, slow2 + 1, slow4, slow4], rtol=1e-6)


def test_seed_everything_repeats_all_three_generators():
    def draw():
        generator = seed_everything(11)
        numbers = torch.rand(3, generator=generator).tolist() + torch.rand(3).tolist()
        return [*numbers, random.random(), np.random.rand()]  # noqa: NPY002

    first = draw()
    assert first == draw()
    assert first[:3] == first[3:6]  # the returned generator and PyTorch's own start from the same seed


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (2**32, ValueError), (1.0, TypeError), (True, TypeError)])
def test_seed_everything_refuses_what_is_no_seed(seed, error):
    with pytest.raises(error, match="seed must be"):
        seed_everything(seed)


def test_pick_device_takes_the_cpu_unless_asked(monkeypatch, capsys):
    monkeypatch.delenv("CS182_DEVICE", raising=False)
    assert pick_device(verbose=True) == torch.device("cpu")
    assert capsys.readouterr().out == "device: cpu (CS182_DEVICE=cpu)\n"
    monkeypatch.setenv("CS182_DEVICE", "tpu")
    with pytest.raises(ValueError, match="CS182_DEVICE must be one of"):
        pick_device()
    monkeypatch.setenv("CS182_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="no such device here"):
        pick_device()
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setenv("CS182_DEVICE", "auto")
    assert pick_device().type == "mps"


def test_float32_where_the_cpu_is_held_below_avx512(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert fast_precision("cpu") == "no"


TWO_PROCESSES = """
import json, sys, torch
from accelerate import PartialState
from cs182lib.data import load_cifar10_uint8
from cs182lib.data.dataset import Dataset
from cs182lib.vision.cifar_net import train_cifar_net
from cs182lib.vision.cifar_recipes import Recipe
torch.set_num_threads(1)
rng = __import__("numpy").random.default_rng(4)
y = rng.integers(0, 3, 96)
X = (rng.integers(0, 60, (96, 3, 32, 32)) + 60 * y[:, None, None, None]).astype("uint8")
data = Dataset({"X_train": X, "y_train": y, "X_test": X, "y_test": y}, "made up", True, "none", "abc")
recipe = Recipe(widths=(8, 12, 16), epochs=4, batch_size=16, lr=8.0)
result = train_cifar_net(recipe, data, num_validation=16, progress=False)
if PartialState().is_main_process:
    json.dump({"loss": result["history"].loss, "processes": result["processes"], "precision": result["precision"]},
              open(sys.argv[1], "w"))
"""


def free_port():
    """Return a port that nothing listens on; Accelerate 1.0 takes port 0, which asks for one, as it is."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.slow
def test_two_processes_follow_the_loss_curve_of_one(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(TWO_PROCESSES)
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": "avx2", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    one = [sys.executable, str(script)]
    options = "--multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no --dynamo_backend no "
    options += f"--main_process_port {free_port()}"
    two = [sys.executable, "-m", "accelerate.commands.launch", *options.split(), str(script)]
    runs = {}
    for name, command in (("one", one), ("two", two)):
        subprocess.run([*command, str(tmp_path / name)], check=True, timeout=200, env=environment)
        runs[name] = json.loads((tmp_path / name).read_text())
    assert (runs["one"]["processes"], runs["two"]["processes"]) == (1, 2)
    assert runs["one"]["precision"] == runs["two"]["precision"] == "no"
    assert len(runs["one"]["loss"]) == 20 and runs["one"]["loss"][-1] < 0.95 * runs["one"]["loss"][0]
    np.testing.assert_allclose(runs["two"]["loss"], runs["one"]["loss"], rtol=2e-3)


LARGE_LOGITS = """
import psutil, torch
from cs182lib.training.fit import fit
model, rss = torch.nn.Linear(8, 2200), []
batches = [(torch.ones(1280, 8), torch.zeros(1280, dtype=torch.long))] * 60
def measure(model, step, num_steps):
    rss.append(psutil.Process().memory_info().rss)
fit(model, batches, torch.optim.SGD(model.parameters(), lr=0.1), progress=False, after_step=[measure],
    loss_fn=lambda model, batch: torch.nn.functional.cross_entropy(model(batch[0]), batch[1]))
print((max(rss) - rss[5]) / 2**20)
"""


def test_memory_does_not_grow_with_the_number_of_steps():
    """The logits of a step, 11 MB, must not stay behind: 55 steps of them would be 600 MB."""
    grown = subprocess.run([sys.executable, "-c", LARGE_LOGITS], check=True, capture_output=True, text=True).stdout
    assert float(grown) < 100
