"""The training loop that all NumPy models share: minibatches, update rule, schedule, early stopping, checkpoints."""

import math
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cs182lib.files import brief, refusing
from cs182lib.training import optim
from cs182lib.training.checkpoint import ADVICE, CheckpointError, load_checkpoint, save_checkpoint
from cs182lib.training.schedules import constant
from cs182lib.validation import as_generator, check_choice, check_count, check_number, require

OPTIONS = {"update_rule": "sgd", "optim_config": {}, "lr_decay": 1.0, "batch_size": 100, "num_epochs": 10,
           "print_every": 10, "verbose": True, "schedule": constant, "augment": None, "patience": None,
           "checkpoint": None, "progress": False, "rng": None}


class TrainingLoop:
    """Train `model` on minibatches; a subclass says what the data are and what is measured after each epoch.

    A subclass has
        options : dict of its keyword arguments, `kwargs`, with their defaults, OPTIONS and its own
        histories : names of its lists with a number for each iteration or epoch
        best : name of its best measure, a number
        _take_data(data) : check and keep the data
        num_train : property, how many training examples there are
        _minibatch() : the arguments of model.loss for one step
        _measure() : measure, add to the histories, call _keep_best where the measure is the best so far
        _data_digest() : short string that another data set would not have

    TypeError or ValueError where an option that is not in `options` or is out of range.
    """

    options = OPTIONS
    signed = ("update_rule", "optim_config", "lr_decay", "batch_size", "num_epochs", "patience")

    def __init__(self, model, data, **kwargs):
        unknown = [name for name in kwargs if name not in self.options]
        require(not unknown, f"{type(self).__name__} has no option {unknown[:1]}; it has {', '.join(self.options)}")
        for name, default in self.options.items():
            setattr(self, name, kwargs.get(name, default))
        self._check_options()
        self.model = model
        self._take_data(data)
        self.rng = as_generator(self.rng)
        self._reset()

    def _check_options(self):
        for name in ("batch_size", "num_epochs", "print_every"):
            check_count(name, getattr(self, name))
        check_number("lr_decay", self.lr_decay, 0, 1, low_open=True)
        self.rule = getattr(optim, check_choice("update_rule", self.update_rule, optim.__all__))
        if self.patience is not None:
            check_count("patience", self.patience)

    def _reset(self):
        self.epoch, self.t = 0, 0
        self.best_params, self.best_bn_params, self.best_epoch = {}, [], 0
        for name in self.histories:
            setattr(self, name, [])
        self.optim_configs = {key: dict(self.optim_config) for key in self.model.params}
        _, config = self.rule(np.zeros(1), np.zeros(1), dict(self.optim_config))  # fills in the rule's own defaults
        self.learning_rate = config["learning_rate"]

    @property
    def iterations_per_epoch(self):
        """How many updates go through the training set once, at least one."""
        return max(self.num_train // self.batch_size, 1)

    @property
    def num_iterations(self):
        """How many updates the whole training makes."""
        return self.num_epochs * self.iterations_per_epoch

    def train(self):
        """Train for num_epochs, or until patience runs out, then give the model its best parameters.

        It goes on from the checkpoint where there is one. CheckpointError where that is damaged or of another training,
        ValueError where the loss becomes NaN or infinite.
        """
        if self.checkpoint is not None and Path(self.checkpoint).exists():
            self._load()
        elif self.epoch == 0:
            self._measure()
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
        self._measure()
        if self.checkpoint is not None:
            self._save()

    def _step(self):
        """Take one minibatch, compute the gradients, and update every parameter."""
        loss, grads = self.model.loss(*self._minibatch())
        require(math.isfinite(loss), f"the loss became {loss} at iteration {self.t + 1}; lower the learning rate "
                "(optim_config) or the initial weights (weight_scale)")
        self.loss_history.append(loss)
        factor = self.schedule(self.t, self.num_iterations)
        for key, w in self.model.params.items():
            config = self.optim_configs[key]
            config["learning_rate"] = self.learning_rate * factor
            self.model.params[key], self.optim_configs[key] = self.rule(w, grads[key], config)
        self.t += 1

    def _keep_best(self):
        """Remember the present parameters as the best."""
        self.best_epoch = self.epoch
        self.best_params = {key: w.copy() for key, w in self.model.params.items()}
        self.best_bn_params = [dict(bn_param) for bn_param in self._bn_params()]

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
        shapes = {key: list(w.shape) for key, w in self.model.params.items()}
        settings = {name: getattr(self, name) for name in self.signed}
        return {"data": self._data_digest(), "parameters": shapes, **settings}

    def _save(self):
        """Keep everything that training needs to go on as if it had not stopped."""
        arrays = {f"history/{name}": np.array(getattr(self, name)) for name in self.histories}
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
                 "learning_rate": self.learning_rate, self.best: getattr(self, self.best),
                 "best_epoch": self.best_epoch, "rng": [g.bit_generator.state for g in self._generators()]}
        save_checkpoint(self.checkpoint, arrays, state)

    def _load(self):
        """Put everything back that `_save` kept; CheckpointError if it belongs to another run."""
        arrays, state = load_checkpoint(self.checkpoint)
        for name, ours in self._signature().items():
            signature = state.get("signature")
            theirs = signature.get(name) if isinstance(signature, dict) else None
            if theirs != ours:
                raise CheckpointError(f"{self.checkpoint} is of a run with {name} {brief(theirs)}, this one has "
                                      f"{brief(ours)}; give this run another checkpoint path, or delete the file")
        with refusing(self.checkpoint, ADVICE, CheckpointError):
            self._take_up(arrays, state)

    def _take_up(self, arrays, state):
        """Put arrays and state in their places; any exception where they are not those of this run."""
        for name in ("epoch", "t", "best_epoch"):
            setattr(self, name, check_count(name, state[name], low=0))
        for name in ("learning_rate", self.best):  # the best of nothing is infinite
            require(isinstance(state[name], (int, float)) and not math.isnan(state[name]), f"{name} is no number")
            setattr(self, name, state[name])
        for name in self.histories:
            require(arrays[f"history/{name}"].ndim == 1, f"history/{name} is no list")
            setattr(self, name, arrays[f"history/{name}"].tolist())
        for name, array in arrays.items():
            kind, *rest = name.split("/")
            w = self.model.params.get(rest[0] if rest else None)
            fits = w is not None and array.shape == w.shape and array.dtype.kind == "f" and np.isfinite(array).all()
            require(fits or kind not in ("params", "best_params", "optim"), f"{name} does not fit the parameters")
        for generator, saved in zip(self._generators(), state["rng"]):
            generator.bit_generator.state = saved
        self.model.params = {key: arrays[f"params/{key}"] for key in self.model.params}
        self.best_params = {key: arrays[f"best_params/{key}"] for key in self.model.params}
        memory = arrays | state["numbers"]
        self.optim_configs = {key: _under(memory, f"optim/{key}/") for key in self.model.params}
        known = [sorted(config) for config in self.optim_configs.values()]
        require(all(names == known[0] for names in known), f"the memory of {self.update_rule} is not complete")
        self._set_bn_params([_under(memory, f"bn/{i}/") for i in range(len(self._bn_params()))])
        self.best_bn_params = [_under(memory, f"best_bn/{i}/") for i in range(len(self._bn_params()))]

    def record_histories_as_npz(self, filename):
        """Save the histories as the .npz file `filename`."""
        np.savez(filename, **{name: np.array(getattr(self, name)) for name in self.histories})


def _under(memory, prefix):
    """Return the entries of a flat dict whose names start with `prefix`, without it."""
    return {name[len(prefix):]: value for name, value in memory.items() if name.startswith(prefix)}
