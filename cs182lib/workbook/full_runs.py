"""The long runs on real data, each by one command: cs182 run --full NAME. The results are recorded in results/.

A run keeps its checkpoints as build/full/NAME.*, resumes from them when it is started again after an interruption,
and removes them when it has been recorded. A call of several runs that was interrupted goes on with the first one that
is not recorded yet.

Each run is a function of `checkpoint`, the Path of its files without a suffix. It returns the fields for `record` as a
dict; ValueError where real data or weights that it needs are missing.
"""

import os
import time
from contextlib import contextmanager

import numpy as np

from cs182lib.data import get_CIFAR10_data, load_cifar10_uint8
from cs182lib.files import read_json, refusing
from cs182lib.models import FullyConnectedNet, ThreeLayerConvNet, TwoLayerNet, Whitened, pca_whitening
from cs182lib.training import Solver, cosine, flip_and_shift, random_flip
from cs182lib.validation import check_count, check_number
from cs182lib.workbook.paths import BUILD
from cs182lib.workbook.report import minutes, number
from cs182lib.workbook.results import record, write_json
from cs182lib.workbook.tables import update_tables
from cs182lib.workbook.unfinished import Unfinished

FOLDER = BUILD / "full"
SEED = 182


def run_full(names=(), folder=FOLDER, results=None):
    """Make the named long runs, all of them where none is named, and record each as it is done.

    Parameters
    ----------
    names : names of FULL_RUNS
    folder : where the checkpoints go
    results : folder of the records, by default the workbook's results/, whose tables are made anew then

    Raises
    ------
    ValueError : a name that no run has; the real data of a run missing
    """
    unknown = [name for name in names if name not in FULL_RUNS]
    if unknown:
        raise ValueError(f"there is no full run {unknown[0]!r}; there are {', '.join(FULL_RUNS)}")
    chosen = list(names or FULL_RUNS)
    call = Unfinished(folder / "unfinished.json", {"runs": chosen})
    for name in call.left:  # recorded, and killed before all of its files were removed
        remove_checkpoints(name, folder)
    if not call.done:
        call.close()  # another call's: the checkpoints that are made from now on are not its own
    for name in chosen:
        if name in call.done:
            print(f"{name}: recorded before the interruption", flush=True)
            continue
        fields = make_run(name, folder)
        record(name, folder=results, command=f"cs182 run --full {name}", **fields)
        if results is None:
            update_tables()
        call.add(name, True)
        remove_checkpoints(name, folder)
        figures = ", ".join(f"{key} {number(key, value)}" for key, value in fields["figures"].items())
        print(f"{name}: {figures}, in {minutes(fields['seconds'])}", flush=True)
    call.close()


def remove_checkpoints(name, folder):
    """Remove what the run `name` keeps in `folder`, and what was left there by a writer that was killed."""
    for leftover in (*folder.glob(f"{name}.*"), *folder.glob(f".{name}.*")):
        leftover.unlink()


def make_run(name, folder):
    """Call the run `name`, a key of FULL_RUNS, with its checkpoints in `folder`, which is made where it is missing.

    Return its fields for `record` as a dict, with the time of all its sessions together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with stopwatch(folder / f"{name}.time") as spent:
        fields = FULL_RUNS[name](folder / name)
    return {**fields, **spent}


@contextmanager
def stopwatch(path):
    """Yield {"seconds", "sessions"}, filled in at the end: the time inside the block, earlier sessions added.

    Sessions are kept in `path`. One that is killed outright counts up to the last file that it has written beside it;
    what came after that is done once more.

    TypeError or ValueError where that file is damaged.
    """
    before = _read_time(path) if path.exists() else {"seconds": 0.0, "sessions": 0}
    seconds = before["seconds"] + _killed_seconds(path, before)
    spent = {"seconds": seconds, "sessions": before["sessions"] + 1}
    write_json(path, {**spent, "begun": time.time()})
    start = time.perf_counter()
    try:
        yield spent
    finally:
        spent["seconds"] = round(seconds + time.perf_counter() - start, 1)
        write_json(path, spent)


def _killed_seconds(path, before):
    """Return the time of the last session, if it was killed, from its begin to its last checkpoint; else 0."""
    saved = [file.stat().st_mtime for file in path.parent.glob(f"{path.stem}.*") if file != path]
    return max(0.0, max(saved) - before["begun"]) if saved and "begun" in before else 0.0


def _read_time(path):
    advice = "delete it; the time of the earlier sessions is lost then"
    before = read_json(path, advice)
    with refusing(path, advice):
        check_count("sessions", before["sessions"], low=0)
        check_number("seconds", before["seconds"], 0, 1e9)
        check_number("begun", before.get("begun", 0.0), 0, 1e12)
    return before


def require_real(data):
    """Return `data`; ValueError if they are the stand-in, whose figures are not to be recorded as results."""
    if data.is_standin:
        raise ValueError("this full run needs the real CIFAR-10, and only the stand-in is there; run `make data`, or "
                         "set CS182_DATASETS to the folder that holds it")
    return data


def two_layer_net(checkpoint):
    """Train the first network, made wider, by momentum on mirrored pictures from `checkpoint` on; return the fields."""
    data = full_cifar10()
    net = dict(hidden_dim=400, reg=0.3, weight_scale=1e-3)
    settings = dict(update_rule="sgd_momentum", optim_config={"learning_rate": 2e-4}, num_epochs=20, batch_size=200,
                    schedule=cosine, augment=random_flip)
    return numpy_run("Two-layer net", TwoLayerNet(**net, rng=SEED, dtype=np.float32), net, data, settings, checkpoint)


def best_fully_connected_net(checkpoint):
    """Train two wide layers with batch norm and dropout from `checkpoint` on; return the fields for `record`.

    The inputs are whitened, the pictures mirrored and shifted; the rule is AdamW.
    """
    data = full_cifar10()
    net = dict(hidden_dims=[2048, 1024], input_dim=512, normalization="batch", dropout=0.2, weight_scale="kaiming")
    settings = dict(update_rule="adamw", optim_config={"learning_rate": 2e-3, "weight_decay": 0.02}, num_epochs=50,
                    batch_size=200, schedule=cosine, augment=flip_and_shift)
    whitening = pca_whitening(data["X_train"][::4], num_components=512)  # a quarter says enough of the covariance
    model = Whitened(FullyConnectedNet(**net, rng=SEED), whitening)
    return numpy_run("Best fully connected net", model, net, data, settings, checkpoint)


def convnet(checkpoint):
    """Train a three-layer NumPy convnet on mirrored and shifted pictures, from `checkpoint` on; return the fields."""
    data = full_cifar10()
    net = dict(num_filters=64, filter_size=5, hidden_dim=256, weight_scale=1e-3, reg=1e-3)
    settings = dict(update_rule="adam", optim_config={"learning_rate": 5e-4}, num_epochs=12, batch_size=100,
                    schedule=cosine, augment=flip_and_shift)
    return numpy_run("NumPy convnet", ThreeLayerConvNet(**net, rng=SEED), net, data, settings, checkpoint)


def full_cifar10():
    """Return all of CIFAR-10 as the NumPy networks take it, a Dataset of float32; ValueError for the stand-in."""
    return require_real(get_CIFAR10_data(num_test=None, dtype=np.float32))


def numpy_run(title, model, net, data, settings, checkpoint):
    """Train `model` on all of CIFAR-10 by a Solver and return the fields for `record`.

    Parameters
    ----------
    title : str, for the record
    model : a NumPy network
    net : dict of the options it was made with, which are recorded as config, too
    data : Dataset of `full_cifar10`
    settings : dict of options of the Solver; they are recorded as config
    checkpoint : Path without suffix; .npz is kept there, and training goes on from it
    """
    solver = Solver(model, data, checkpoint=checkpoint.with_suffix(".npz"), rng=SEED, print_every=10**9, **settings)
    solver.train()
    val_acc = [float(acc) for acc in solver.val_acc_history]
    figures = {"best_val_acc": float(solver.best_val_acc), "first_epoch_val_acc": val_acc[1],
               "test_acc": float(solver.check_accuracy(data["X_test"], data["y_test"]))}
    curve = {"epoch": list(range(len(val_acc))), "train_acc": [float(acc) for acc in solver.train_acc_history],
             "val_acc": val_acc}
    config = {**{key: getattr(value, "__name__", value) for key, value in settings.items()}, "model": net}
    return {"title": title, "data": data, "seed": SEED, "figures": figures, "curve": curve, "config": config}


def cifar_net_run(budget):
    """Return the run that trains the PyTorch net within `budget` on two CPU cores."""
    def cifar_net(checkpoint, seed=SEED):
        """Train the net, and return the fields for `record`."""
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when PyTorch starts: idle threads sleep, not spin
        from cs182lib.vision.cifar_net import train_cifar_net

        data = require_real(load_cifar10_uint8())
        result = train_cifar_net(budget, data, seed=seed, checkpoint=checkpoint.with_suffix(".pt"))
        epochs = result["history"].epochs
        figures = {"best_val_acc": max(epoch["val_acc"] for epoch in epochs), "test_acc": result["test_acc"],
                   "test_acc_one_view": result["test_acc_plain"]}
        curve = {key: [epoch[key] for epoch in epochs] for key in ("epoch", "loss", "val_acc", "seconds")}
        return {"title": f"PyTorch net, {budget}", "seed": seed, "figures": figures, "curve": curve,
                "data": {key: result[key] for key in ("source", "fingerprint")},
                "config": {**result["recipe"], "precision": result["precision"], "train_seconds": result["seconds"],
                           "cpu_seconds": result["cpu_seconds"], "omp_wait_policy": os.environ["OMP_WAIT_POLICY"]}}
    return cifar_net


def squeezenet_cifar10(checkpoint):
    """Score the SqueezeNet that comes with the workbook (cs182lib.vision.train_squeezenet makes it).

    Return the fields for `record`; `checkpoint` is not used.
    """
    from cs182lib.vision.images import ImageBatches, accuracy
    from cs182lib.vision.squeezenet import load_squeezenet

    data, model = require_real(load_cifar10_uint8()), load_squeezenet("cifar10")
    splits = {"val_acc": (data["X_train"][-1000:], data["y_train"][-1000:]),
              "test_acc": (data["X_test"], data["y_test"])}
    figures = {name: accuracy(model, ImageBatches(X, y, 1000)) for name, (X, y) in splits.items()}
    return {"title": "SqueezeNet of the workbook", "data": data, "seed": SEED, "figures": figures,
            "config": {"weights": model.fingerprint}}


def captioning(checkpoint):
    """Train the LSTM captioner on COCO, or without it on the scenes, from `checkpoint` on; return the fields."""
    from cs182lib.training.captioning_run import captioning_coco

    return captioning_coco(checkpoint)


def network_visualization(checkpoint):
    """Measure saliency, fooling and class visualization with ImageNet weights on 25 ImageNet pictures.

    Return the fields for `record`; `checkpoint` is not used.
    """
    from cs182lib.vision.visualization_run import real_network_visualization

    return real_network_visualization(checkpoint)


def style_transfer(checkpoint):
    """Measure style transfer and feature inversion with ImageNet weights and the course's paintings.

    Return the fields for `record`; `checkpoint` is not used.
    """
    from cs182lib.vision.style_recipes import real_style_transfer

    return real_style_transfer(checkpoint)


def language_model(checkpoint):
    """Train an LSTM on Reuters titles, beside a Kneser-Ney trigram model, from `checkpoint` on; return the fields."""
    from cs182lib.language.language_model_run import language_model_reuters

    return language_model_reuters(checkpoint)


def summarization(checkpoint):
    """Train the summarizer with a pointer on Reuters bodies and titles, from `checkpoint` on; return the fields."""
    from cs182lib.language.summarizer_run import summarization_reuters

    return summarization_reuters(checkpoint)


def summarization_gazette(checkpoint):
    """Train a summarizer on the gazette (its grammar tells true headlines) from `checkpoint` on; return the fields."""
    from cs182lib.language.summarizer_run import summarization_gazette

    return summarization_gazette(checkpoint)


def distillation(checkpoint):
    """Distill MiniLM into a small BERT on the ten largest Reuters topics, from `checkpoint` on; return the fields."""
    from cs182lib.language.distillation_run import distillation_reuters

    return distillation_reuters(checkpoint)


FULL_RUNS = {
    "two_layer_net": two_layer_net,
    "best_fully_connected_net": best_fully_connected_net,
    "convnet": convnet,
    **{f"cifar_net_{budget}": cifar_net_run(budget) for budget in ("2min", "20min", "45min")},
    "squeezenet_cifar10": squeezenet_cifar10,
    "captioning": captioning,
    "network_visualization": network_visualization,
    "style_transfer": style_transfer,
    "language_model": language_model,
    "summarization": summarization,
    "summarization_gazette": summarization_gazette,
    "distillation": distillation,
}
