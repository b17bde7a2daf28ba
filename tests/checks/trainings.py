"""Trainings on a few small pictures for the checks of what a Solver has trained: right, unusual and wrong ones."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from cs182lib.models import FullyConnectedNet, ThreeLayerConvNet, TwoLayerNet
from cs182lib.training import Solver, cosine

GOAL, EPOCHS, FEW = 0.8, 4, 12
CENTERS = 1.2 * np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])[:, :, None, None]  # one bright color for each class


def pictures(count, seed):
    """Return (X (count, 3, 2, 2), y): noise, with one color brighter than the others."""
    y = np.arange(count) % 3
    return np.random.default_rng(seed).standard_normal((count, 3, 2, 2)) + CENTERS[y], y


def data_of(train, validation, test):
    return dict(zip(("X_train", "y_train", "X_val", "y_val", "X_test", "y_test"), (*train, *validation, *test)))


DATA = data_of(pictures(240, 1), pictures(60, 2), pictures(60, 3))
SMALL = {**DATA, "X_train": DATA["X_train"][:FEW], "y_train": DATA["y_train"][:FEW]}
rng = np.random.default_rng(4)
NOISE = data_of(*((rng.standard_normal((n, 3, 2, 2)), rng.integers(0, 3, n)) for n in (60, 60, 60)))


def net(hidden=(20,), **options):
    return FullyConnectedNet(hidden, **{"input_dim": 12, "num_classes": 3, "weight_scale": "kaiming", "rng": 5,
                                        "dtype": np.float64, **options})


def solver(model=None, data=DATA, rate=0.1, **options):
    options = {"num_epochs": EPOCHS, "batch_size": 20, "verbose": False, "rng": 6, **options}
    return Solver(net() if model is None else model, data, optim_config={"learning_rate": rate}, **options)


def trained(model=None, data=DATA, rate=0.1, **options):
    """Return a Solver after training; a run whose numbers overflow ends there, as in the notebook."""
    made = solver(model, data, rate, **options)
    with np.errstate(all="ignore"):
        try:
            made.train()
        except ValueError:
            pass
    return made


def by_heart(hidden, data=SMALL, **options):
    """Return a Solver that has learned the few pictures."""
    options = {"num_epochs": 20, "batch_size": 6, **options}
    return trained(net(hidden, weight_scale=options.pop("weight_scale", "kaiming")), data, **options)


def own_loop():
    """Return what a training loop of one's own may leave behind: the Solver's attributes, a smaller last batch too."""
    model, batch = TwoLayerNet(12, 20, 3, weight_scale=0.3, rng=7), 50
    run = SimpleNamespace(model=model, batch_size=batch, loss_history=[], train_acc_history=[0.3],
                          val_acc_history=[0.3], **{key: DATA[key] for key in DATA if "test" not in key})
    for _ in range(EPOCHS):
        for start in range(0, 240, batch):
            loss, grads = model.loss(DATA["X_train"][start:start + batch], DATA["y_train"][start:start + batch])
            run.loss_history.append(loss)
            model.params = {key: w - 0.5 * grads[key] for key, w in model.params.items()}
        run.val_acc_history.append(0.9)
        run.train_acc_history.append(0.9)
    return run


def with_more(data, X, y):
    """Return the data with more training pictures."""
    return {**data, "X_train": np.concatenate([data["X_train"], X]), "y_train": np.concatenate([data["y_train"], y])}


def part(count, data=DATA):
    return {**data, "X_train": data["X_train"][:count], "y_train": data["y_train"][:count]}


def mirrored():
    """Return the data with a mirrored copy of every picture."""
    return with_more(DATA, DATA["X_train"][:, :, :, ::-1], DATA["y_train"])


def scaled():
    """Return the data with all pictures divided by one number."""
    return {key: value / 2 if key.startswith("X") else value for key, value in DATA.items()}


def not_finite():
    run = trained()
    run.loss_history[5:] = [np.nan] * len(run.loss_history[5:])
    return run


def changed_after():
    run = trained()
    run.model.params = {key: 0 * w for key, w in run.model.params.items()}
    return run


@cache
def right():
    """Return the plain training of two layers."""
    return trained(TwoLayerNet(12, 20, 3, weight_scale=0.3, rng=7))


UNUSUAL = {
    "train_two_layer_net": [own_loop, lambda: trained(num_epochs=9, patience=1, update_rule="adam", rate=0.05),
                            lambda: trained(data=scaled(), rate=0.3), lambda: trained(data=mirrored(), num_epochs=2),
                            lambda: trained(batch_size=7)],
    "overfit_three_layers": [lambda: by_heart([20, 20], batch_size=1, rate=0.02),
                             lambda: by_heart([20, 20], update_rule="adam", rate=0.02),
                             lambda: by_heart([30, 20], num_epochs=12, rate=0.2)],
    "overfit_five_layers": [lambda: by_heart([30] * 4, batch_size=12, rate=0.3),
                            lambda: by_heart([20, 18, 16, 14], update_rule="sgd_momentum", rate=0.02)],
    "train_good_model": [lambda: trained(net([20], normalization="batch", dropout=0.1), update_rule="adam", rate=0.02,
                                         schedule=cosine),
                         lambda: trained(net([]), rate=0.2), lambda: trained(net([16, 16, 16], normalization="layer"))],
}
_ALWAYS = [  # (what came out of the cell, output, words of the cause)
    (lambda: None, "solver", "train() returns nothing"),
    (lambda: right().model, "solver", "a model has no histories"),
    (lambda: solver(), "loss_history", "made and not trained"),
    (not_finite, "loss_history", "overflowed"),
    (lambda: trained(rate=1e200), "loss_history", "overflowed"),
]
_LONG = [
    (lambda: trained(data=part(100)), "pictures", "too few pictures"),
    (lambda: trained(data=with_more(DATA, DATA["X_val"], DATA["y_val"])), "pictures", "trained on validation pictures"),
    (lambda: trained(data={**DATA, "y_val": DATA["y_val"][::-1]}), "pictures", "as they came"),
    (lambda: trained(num_epochs=EPOCHS + 1), "epochs", "more epochs than the budget"),
    (lambda: trained(data=with_more(DATA, DATA["X_train"], DATA["y_train"])), "epochs", "copies among"),
    (lambda: trained(rate=1e-6), "accuracy", "raise the learning rate"),
    (lambda: trained(rate=100), "accuracy", "lower the learning rate"),
    (lambda: trained(rate=8e-3, num_epochs=2), "accuracy", "only 2 of 4 epochs"),
    (lambda: trained(rate=6e-3), "accuracy", "both low"),
    (changed_after, "accuracy", "changed after its best epoch"),
]
_BY_HEART = [
    (lambda: by_heart([20] * 3), "layers", "n + 1 layers"),
    (lambda: by_heart([20], data=DATA), "layers", "n + 1 layers"),
]
WRONG = {
    "train_two_layer_net": [*_ALWAYS, *_LONG, (lambda: trained(net([9, 9])), "layers", "n + 1 layers"),
                            (lambda: trained(net(input_dim=6), {**DATA, "X_train": DATA["X_train"][:, :, :1],
                                                                "X_val": DATA["X_val"][:, :, :1]}), "layers",
                             "not that of the pictures")],
    "train_good_model": [*_ALWAYS, *_LONG, (lambda: trained(ThreeLayerConvNet((3, 2, 2), 4, 1, 8, 3, rng=8)), "layers",
                                            "notebook of their own")],
    **{name: [*_ALWAYS, *_BY_HEART,
              (lambda h=hidden: by_heart(h, weight_scale=1e-3, rate=0.01), "accuracy", "raise the learning rate"),
              (lambda h=hidden: by_heart(h, num_epochs=21), "epochs", "more epochs than the budget"),
              (lambda h=hidden: by_heart(h, data=part(24)), "pictures", "few pictures"),
              (lambda h=hidden: by_heart(h, data=part(5)), "pictures", "too few pictures"),
              (lambda h=hidden: by_heart(h, rate=0.005), "accuracy", "factor 3 larger")]
       for name, hidden in (("overfit_three_layers", [20, 20]), ("overfit_five_layers", [20] * 4))},
}
