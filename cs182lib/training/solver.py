"""The Solver: trains a NumPy classifier and keeps what did best on the validation data."""

import hashlib

import numpy as np

from cs182lib.training.loop import TrainingLoop
from cs182lib.validation import check_count, check_shape, require

__all__ = ["Solver"]


class Solver(TrainingLoop):
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

    histories = ("loss_history", "train_acc_history", "val_acc_history")
    best, best_val_acc = "best_val_acc", -1.0

    def _take_data(self, data):
        keys = ("X_train", "y_train", "X_val", "y_val")
        missing = [key for key in keys if key not in data]
        require(not missing, f"data lacks {missing}; it needs X_train, y_train, X_val and y_val")
        for split in ("train", "val"):
            X, y = data[f"X_{split}"], data[f"y_{split}"]
            check_shape(f"X_{split}", X)
            check_shape(f"y_{split}", y, shape=(len(X),))
        self.X_train, self.y_train, self.X_val, self.y_val = (data[key] for key in keys)

    @property
    def num_train(self):
        """How many training examples there are."""
        return len(self.X_train)

    def _minibatch(self):
        """Draw training examples, with replacement."""
        batch = self.rng.integers(0, len(self.X_train), self.batch_size)
        X, y = self.X_train[batch], self.y_train[batch]
        return (X if self.augment is None else self.augment(X, self.rng)), y

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

    def _measure(self):
        train_acc = self.check_accuracy(self.X_train, self.y_train, num_samples=1000)
        val_acc = self.check_accuracy(self.X_val, self.y_val)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self._keep_best()
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train_acc:f}; val_acc: {val_acc:f}")

    def _data_digest(self):
        digest = hashlib.sha256(self.y_train.tobytes() + self.X_train[:100].tobytes() + self.X_val[:100].tobytes())
        return digest.hexdigest()[:16]
