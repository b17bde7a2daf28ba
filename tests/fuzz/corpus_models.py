"""Readers of weights, checkpoints and studies: SqueezeNet, BERT, language model, both training loops, Optuna."""

import os

import numpy as np
import optuna
import safetensors.torch
import torch
from corpus import Reader, is_array

from cs182lib.language.bert import BertConfig, BertEncoder
from cs182lib.language.bert_files import load_bert, save_bert
from cs182lib.language.distillation_run import kept
from cs182lib.language.language_model import LanguageModel, load_language_model, save_language_model
from cs182lib.models.fully_connected import TwoLayerNet
from cs182lib.training.checkpoint import load_checkpoint, save_checkpoint
from cs182lib.training.fit import fit
from cs182lib.training.solver import Solver
from cs182lib.vision.search import open_study
from cs182lib.vision.squeezenet import check_layout, read_weights

STATE = {"features.0.weight": torch.arange(24.).reshape(2, 3, 2, 2) / 7, "features.0.bias": torch.tensor([0.5, -1.])}


def make_weights(name):
    """Return a function that writes a state dict in the form that the name's ending asks for."""
    def make(folder):
        path = folder / name
        if path.suffix == ".npz":
            np.savez(path, **{key: value.numpy() for key, value in STATE.items()})
        elif path.suffix == ".pth":
            torch.save(STATE, path, _use_new_zipfile_serialization="old" not in name)
        else:
            safetensors.torch.save_file(STATE, path)
    return make


def weights(name):
    """Return a reader of weights that have to fit a network."""
    def read(folder):
        state = read_weights(folder / name)
        check_layout(folder / name, state, STATE)
        return {key: value.numpy() for key, value in sorted(state.items())}
    return read


def judge_weights(answer):
    """The network's arrays, of finite float32."""
    assert set(answer) == set(STATE)
    for name, value in answer.items():
        is_array(value, ["float32"], tuple(STATE[name].shape))
        assert np.isfinite(value).all()


CONFIG = BertConfig(vocab_size=7, hidden_size=4, num_hidden_layers=2, num_attention_heads=2, intermediate_size=6,
                    max_position_embeddings=5)
IDS = torch.tensor([[2, 5, 3]])


def make_bert(folder):
    """Write a BERT of very few numbers."""
    torch.manual_seed(0)
    save_bert(BertEncoder(CONFIG), folder)


def read_bert(folder):
    """Return the configuration, the weights, and what the encoder says to three pieces."""
    encoder = load_bert(folder)
    with torch.no_grad():
        said = encoder(IDS, torch.ones_like(IDS, dtype=torch.bool))
    return {"config": vars(encoder.config), "state": {k: v.numpy() for k, v in encoder.state_dict().items()},
            "said": said.last.numpy() if hasattr(said, "last") else None}


def judge_bert(answer):
    """Weights that fit the configuration, all finite."""
    width = answer["config"]["hidden_size"]
    assert answer["state"]["embeddings.word.weight"].shape == (answer["config"]["vocab_size"], width)
    assert all(np.isfinite(value).all() and value.dtype == np.float32 for value in answer["state"].values())
    assert type(answer["config"]["layer_norm_eps"]) in (int, float) and 0 <= answer["config"]["layer_norm_eps"] < 1


ARRAYS = {"params/W1": np.arange(6.).reshape(2, 3), "history/loss": np.array([0.5, 0.25]), "empty": np.zeros((0, 3))}
NOTES = {"epoch": 3, "rng": {"state": 2**100}, "numbers": {"a": 0.1}}


def make_checkpoint(folder):
    """Write a checkpoint of NumPy training."""
    save_checkpoint(folder / "run.npz", ARRAYS, NOTES)


def judge_checkpoint(answer):
    """Arrays by name, and a dict."""
    arrays, state = answer
    assert isinstance(state, dict) and all(isinstance(array, np.ndarray) for array in arrays.values())


def solve(folder):
    """Train for an epoch, or go on from a checkpoint that has it already; return what the solver then holds."""
    rng = np.random.default_rng(3)
    data = {f"{kind}_{part}": rng.standard_normal((6, 4)) if kind == "X" else rng.integers(0, 3, 6)
            for part in ("train", "val") for kind in "Xy"}
    model = TwoLayerNet(input_dim=4, hidden_dim=3, num_classes=3, rng=0)
    solver = Solver(model, data, num_epochs=1, batch_size=3, verbose=False, rng=1, update_rule="adam",
                    checkpoint=folder / "solver.npz")
    solver.train()
    memory = {f"{key}/{name}": value for key, config in solver.optim_configs.items() for name, value in config.items()}
    return {"params": {key: np.array(w) for key, w in model.params.items()}, "epoch": solver.epoch,
            "loss": np.array(solver.loss_history), "acc": solver.best_val_acc, "memory": memory,
            "draw": solver.rng.random()}


def judge_solver(answer):
    """Parameters of the net's shapes, and numbers for what is a number."""
    shapes = {"W1": (4, 3), "b1": (3,), "W2": (3, 3), "b2": (3,)}
    assert {key: w.shape for key, w in answer["params"].items()} == shapes
    assert all(w.dtype.kind == "f" and np.isfinite(w).all() for w in answer["params"].values())
    assert answer["epoch"] == 1 and isinstance(answer["acc"], float) and answer["loss"].dtype.kind == "f"
    assert all(answer["memory"][f"{key}/m"].shape == shape for key, shape in shapes.items())


BATCHES = [torch.tensor([[1.0, 2.0], [3.0, 4.0]])] * 2


def train(folder):
    """Fit a layer for an epoch, or go on from a checkpoint that has it already; return all that a resume brings."""
    torch.manual_seed(0)
    model, generator = torch.nn.Linear(2, 1), torch.Generator().manual_seed(5)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    history = fit(model, BATCHES, optimizer, lambda net, batch: net(batch).square().mean(), generators=[generator],
                  checkpoint=folder / "fit.pt", progress=False)
    memory = [entry["exp_avg"].numpy() for entry in optimizer.state_dict()["state"].values()]
    return {"params": {key: value.detach().numpy() for key, value in model.state_dict().items()}, "memory": memory,
            "loss": history.loss, "lr": history.lr, "epochs": [entry["loss"] for entry in history.epochs],
            "draws": [torch.rand(1, generator=generator).item(), torch.rand(1).item()]}


def judge_fit(answer):
    """A layer's weights, and a history of numbers."""
    assert {key: value.shape for key, value in answer["params"].items()} == {"weight": (1, 2), "bias": (1,)}
    assert all(isinstance(x, float) for x in (*answer["loss"], *answer["lr"], *answer["epochs"]))
    assert len(answer["epochs"]) == 1 and len(answer["loss"]) == 2


def make_language_model(folder):
    """Write a language model of very few numbers."""
    torch.manual_seed(0)
    save_language_model(folder / "model.pt", LanguageModel(5, 3), words=["a", "b"])


def read_language_model(folder):
    """Return the weights and what the model says to two words."""
    model = load_language_model(folder / "model.pt").eval()
    with torch.no_grad():
        said = model(torch.tensor([[0, 3]]))
    state = {key: value.numpy() for key, value in model.state_dict().items()}
    return {"kwargs": model.kwargs, "state": state, "said": said.numpy()}


def judge_language_model(answer):
    """Logits for two words over the vocabulary, from float32 weights."""
    assert answer["said"].shape == (1, 2, answer["kwargs"]["vocab_size"]) and answer["said"].dtype == np.float32
    assert all(isinstance(answer["kwargs"][name], bool) for name in ("tied", "locked"))


def read_kept(folder):
    """Return what the distillation run kept; making it anew would be a wrong answer."""
    return kept(folder / "run", "general", lambda: {"made": "anew"})


def judge_kept(answer):
    """A dict of figures and lists."""
    assert isinstance(answer, dict) and "made" not in answer


def make_study(folder):
    """Write a study with one trial."""
    study = open_study(folder / "search.db", {"data": "x"})
    study.add_trial(optuna.trial.create_trial(value=0.5))
    os.unlink(folder / "search.db.lock")


def read_study(folder):
    """Return the values of the trials."""
    study = open_study(folder / "search.db", {"data": "x"})
    return [trial.value for trial in study.trials]


READERS = {
    "weights safetensors": Reader(make_weights("net.safetensors"), weights("net.safetensors"), ("net.safetensors",),
                                  judge_weights, "safetensors"),
    "weights npz": Reader(make_weights("net.npz"), weights("net.npz"), ("net.npz",), judge_weights, "zip", strict=True,
                          pickles=True),
    "weights pth": Reader(make_weights("net.pth"), weights("net.pth"), ("net.pth",), judge_weights, "zip", strict=True,
                          pickles=True),
    "weights pth, old form": Reader(make_weights("old.pth"), weights("old.pth"), ("old.pth",), judge_weights,
                                    pickles=True),
    "BERT config.json": Reader(make_bert, read_bert, ("config.json",), judge_bert, "json", names_file=False),
    "BERT safetensors": Reader(make_bert, read_bert, ("model.safetensors",), judge_bert, "safetensors"),
    "checkpoint": Reader(make_checkpoint, lambda folder: list(load_checkpoint(folder / "run.npz")), ("run.npz",),
                         judge_checkpoint, "zip", strict=True, pickles=True),
    "solver's checkpoint": Reader(solve, solve, ("solver.npz",), judge_solver, "zip", strict=True),
    "fit's checkpoint": Reader(train, train, ("fit.pt",), judge_fit, "zip", strict=True, pickles=True),
    "language model": Reader(make_language_model, read_language_model, ("model.pt",), judge_language_model, "zip",
                             strict=True, pickles=True),
    "distillation, kept": Reader(lambda folder: kept(folder / "run", "general", lambda: {"acc": 0.5, "loss": [1.0]}),
                                 read_kept, ("run.general.pt",), judge_kept, "zip", strict=True, pickles=True),
    "study": Reader(make_study, read_study, ("search.db",), every=5),
}
