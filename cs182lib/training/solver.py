"""The training loop of the NumPy models: minibatches, update rule, schedule, accuracies, checkpoints."""

import hashlib
import math
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cs182lib.training import optim
from cs182lib.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from cs182lib.training.schedules import constant
from cs182lib.validation import check_choice, check_count, check_number, check_shape, require

__all__ = ["Solver"]

_DEFAULTS = {"update_rule": "sgd", "optim_config": {}, "lr_decay": 1.0, "batch_size": 100, "num_epochs": 10,
             "print_every": 10, "verbose": True, "schedule": constant, "augment": None, "patience": None,
             "checkpoint": None, "progress": False, "rng": None}
_HISTORIES = ("loss_history", "train_acc_history", "val_acc_history")


class Solver:
    """Train a model on minibatches and keep the parameters that did best on the validation data.

    Parameters
    ----------
    model : has `params` (dict of arrays) and `loss(X, y)` -> (loss, grads), `loss(X)` -> scores
    data : dict with X_train, y_train, X_val, y_val
    update_rule : name of a rule in `optim`: sgd, sgd_momentum, nesterov, rmsprop, adam, adamw
    optim_config : dict of its settings, such as learning_rate
    lr_decay : number in (0, 1], by which the learning rate is multiplied after each epoch
    batch_size, num_epochs : ints
    print_every : int, a line with the loss each so many iterations
    verbose : print those lines and one for each epoch
    schedule : function (t, num_iterations) -> factor of the learning rate, see `schedules`
    augment : function (X, rng) -> X applied to each minibatch, see `augmentation`, or None
    patience : int or None; stop after so many epochs without a better validation accuracy
    checkpoint : path or None; the state is kept there after each epoch, and training goes on from it when it exists
    progress : show a progress bar where the output is a terminal
    rng : np.random.Generator, seed or None (NumPy's global state), for the minibatches and the augmentation

    Attributes
    ----------
    loss_history : a loss for each iteration
    train_acc_history, val_acc_history : an accuracy before training and after each epoch, num_epochs + 1 in all; the
        first on 1000 random training examples, the second on all validation data
    best_val_acc, best_params : the highest validation accuracy and the parameters that had it, which the model gets
        back at the end
    epoch : epochs done; optim_configs : settings and memory of the rule for each parameter

    Raises
    ------
    TypeError, ValueError : an unknown or unfit option, data missing or of different lengths, a loss that is not finite
    """

    def __init__(self, model, data, **kwargs):
        unknown = [name for name in kwargs if name not in _DEFAULTS]
        require(not unknown, f"Solver has no option {unknown[:1]}; it has {', '.join(_DEFAULTS)}")
        for name, default in _DEFAULTS.items():
            setattr(self, name, kwargs.get(name, default))
        self._check_options()
        self.model = model
        self.X_train, self.y_train, self.X_val, self.y_val = self._check_data(data)
        if self.rng is None:
            self.rng = np.random.randint(2**31)  # noqa: NPY002 - so that np.random.seed in a notebook fixes the run
        self.rng = np.random.default_rng(self.rng)
        self._reset()

    def _check_options(self):
        for name in ("batch_size", "num_epochs", "print_every"):
            check_count(name, getattr(self, name))
        check_number("lr_decay", self.lr_decay, 0, 1, low_open=True)
        self.rule = getattr(optim, check_choice("update_rule", self.update_rule, optim.__all__))
        if self.patience is not None:
            check_count("patience", self.patience)

    @staticmethod
    def _check_data(data):
        missing = [key for key in ("X_train", "y_train", "X_val", "y_val") if key not in data]
        require(not missing, f"data lacks {missing}; it needs X_train, y_train, X_val and y_val")
        for split in ("train", "val"):
            X, y = data[f"X_{split}"], data[f"y_{split}"]
            check_shape(f"X_{split}", X)
            check_shape(f"y_{split}", y, shape=(len(X),))
        return data["X_train"], data["y_train"], data["X_val"], data["y_val"]

    def _reset(self):
        self.epoch, self.t = 0, 0
        self.best_val_acc, self.best_params, self.best_bn_params, self.best_epoch = -1.0, {}, [], 0
        self.loss_history, self.train_acc_history, self.val_acc_history = [], [], []
        self.optim_configs = {key: dict(self.optim_config) for key in self.model.params}
        _, config = self.rule(np.zeros(1), np.zeros(1), dict(self.optim_config))  # fills in the rule's own defaults
        self.learning_rate = config["learning_rate"]

    @property
    def iterations_per_epoch(self):
        return max(len(self.X_train) // self.batch_size, 1)

    @property
    def num_iterations(self):
        return self.num_epochs * self.iterations_per_epoch

    def train(self):
        """Train for num_epochs, or until patience runs out, then give the model its best parameters."""
        if self.checkpoint is not None and Path(self.checkpoint).exists():
            self._load()
        elif self.epoch == 0:
            self._record_accuracies()
        with tqdm(total=self.num_iterations, initial=self.t, disable=None if self.progress else True) as bar:
            while self.epoch < self.num_epochs and not self._out_of_patience():
                self._train_epoch(bar)
        self.model.params = {key: w.copy() for key, w in self.best_params.items()}
        self._set_bn_params(self.best_bn_params)

    def _train_epoch(self, bar):
        for _ in range(self.iterations_per_epoch):
            self._step()
            bar.update()
            if self.verbose and (self.t - 1) % self.print_every == 0:
                print(f"(Iteration {self.t} / {self.num_iterations}) loss: {self.loss_history[-1]:f}")
        self.epoch += 1
        self.learning_rate *= self.lr_decay
        self._record_accuracies()
        if self.checkpoint is not None:
            self._save()

    def _step(self):
        """Take one minibatch (with replacement), compute the gradients, and update every parameter."""
        batch = self.rng.integers(0, len(self.X_train), self.batch_size)
        X, y = self.X_train[batch], self.y_train[batch]
        if self.augment is not None:
            X = self.augment(X, self.rng)
        loss, grads = self.model.loss(X, y)
        require(math.isfinite(loss), f"the loss became {loss} at iteration {self.t + 1}; lower the learning rate "
                "(optim_config) or the initial weights (weight_scale)")
        self.loss_history.append(loss)
        factor = self.schedule(self.t, self.num_iterations)
        for key, w in self.model.params.items():
            config = self.optim_configs[key]
            config["learning_rate"] = self.learning_rate * factor
            self.model.params[key], self.optim_configs[key] = self.rule(w, grads[key], config)
        self.t += 1

    def check_accuracy(self, X, y, num_samples=None, batch_size=100):
        """Return the share of examples whose highest score is the right class.

        Parameters
        ----------
        X : (N, ...) examples; y : (N,) labels
        num_samples : int or None; measure on so many examples drawn with replacement instead of all
        batch_size : int, examples at a time, which bounds the memory

        Returns
        -------
        accuracy : float in [0, 1]
        """
        check_shape("y", y, shape=(len(X),))
        if num_samples is not None and num_samples < len(X):
            sample = self.rng.integers(0, len(X), check_count("num_samples", num_samples))
            X, y = X[sample], y[sample]
        right = 0
        for start in range(0, len(X), check_count("batch_size", batch_size)):
            scores = self.model.loss(X[start:start + batch_size])
            right += int(np.sum(scores.argmax(axis=1) == y[start:start + batch_size]))
        return right / len(X)

    def _record_accuracies(self):
        train_acc = self.check_accuracy(self.X_train, self.y_train, num_samples=1000)
        val_acc = self.check_accuracy(self.X_val, self.y_val)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if val_acc > self.best_val_acc:
            self.best_val_acc, self.best_epoch = val_acc, self.epoch
            self.best_params = {key: w.copy() for key, w in self.model.params.items()}
            self.best_bn_params = [dict(bn_param) for bn_param in self._bn_params()]
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train_acc:f}; val_acc: {val_acc:f}")

    def _out_of_patience(self):
        return self.patience is not None and self.epoch - self.best_epoch >= self.patience

    def _bn_params(self):
        """Return the running statistics that belong to the parameters: a list of dicts, empty without batch norm."""
        return getattr(self.model, "bn_params", [])

    def _set_bn_params(self, values):
        for bn_param, value in zip(self._bn_params(), values):
            bn_param.update(value)

    def _generators(self):
        """Return the generators whose state decides how training goes on: ours and the model's (dropout)."""
        return [self.rng, *([self.model.rng] if hasattr(self.model, "rng") else [])]

    def _signature(self):
        """Describe the run: a checkpoint of another run is refused."""
        data = hashlib.sha256(self.y_train.tobytes() + self.X_train[:100].tobytes() + self.X_val[:100].tobytes())
        settings = {name: getattr(self, name) for name in ("update_rule", "optim_config", "lr_decay", "batch_size",
                                                           "num_epochs", "patience")}
        shapes = {key: list(w.shape) for key, w in self.model.params.items()}
        return {"data": data.hexdigest()[:16], "parameters": shapes, **settings}

    def _save(self):
        """Keep everything that training needs to go on as if it had not stopped."""
        arrays = {f"history/{name}": np.array(getattr(self, name)) for name in _HISTORIES}
        arrays |= {f"params/{key}": w for key, w in self.model.params.items()}
        arrays |= {f"best_params/{key}": w for key, w in self.best_params.items()}
        numbers = {}
        memories = {"optim": self.optim_configs, "bn": dict(enumerate(self._bn_params())),
                    "best_bn": dict(enumerate(self.best_bn_params))}
        for kind, configs in memories.items():
            for key, config in configs.items():
                for name, value in config.items():
                    (arrays if isinstance(value, np.ndarray) else numbers)[f"{kind}/{key}/{name}"] = value
        state = {"signature": self._signature(), "numbers": numbers, "epoch": self.epoch, "t": self.t,
                 "learning_rate": self.learning_rate, "best_val_acc": self.best_val_acc,
                 "best_epoch": self.best_epoch, "rng": [g.bit_generator.state for g in self._generators()]}
        save_checkpoint(self.checkpoint, arrays, state)

    def _load(self):
        """Put everything back that `_save` kept; CheckpointError if it belongs to another run."""
        arrays, state = load_checkpoint(self.checkpoint)
        for name, ours in self._signature().items():
            theirs = state.get("signature", {}).get(name)
            if theirs != ours:
                raise CheckpointError(f"{self.checkpoint} is of a run with {name} {theirs!r}, this one has {ours!r}; "
                                      "give this run another checkpoint path, or delete the file")
        for name in ("epoch", "t", "learning_rate", "best_val_acc", "best_epoch"):
            setattr(self, name, state[name])
        for name in _HISTORIES:
            setattr(self, name, arrays[f"history/{name}"].tolist())
        for generator, saved in zip(self._generators(), state["rng"]):
            generator.bit_generator.state = saved
        self.model.params = {key: arrays[f"params/{key}"] for key in self.model.params}
        self.best_params = {key: arrays[f"best_params/{key}"] for key in self.model.params}
        memory = arrays | state["numbers"]
        self.optim_configs = {key: _under(memory, f"optim/{key}/") for key in self.model.params}
        self._set_bn_params([_under(memory, f"bn/{i}/") for i in range(len(self._bn_params()))])
        self.best_bn_params = [_under(memory, f"best_bn/{i}/") for i in range(len(self._bn_params()))]

    def record_histories_as_npz(self, filename):
        """Save loss_history, train_acc_history and val_acc_history as a .npz file."""
        np.savez(filename, **{name: np.array(getattr(self, name)) for name in _HISTORIES})


def _under(memory, prefix):
    """Return the entries of a flat dict whose names start with `prefix`, without it."""
    return {name[len(prefix):]: value for name, value in memory.items() if name.startswith(prefix)}
