"""The CaptioningSolver: trains a captioner and keeps what did best on a fixed part of the validation captions."""

import hashlib

import numpy as np

from cs182lib.data.coco import sample_coco_minibatch
from cs182lib.data.coco_files import SPLITS
from cs182lib.training.loop import OPTIONS, TrainingLoop
from cs182lib.validation import check_count, check_shape, require

__all__ = ["CaptioningSolver"]


class CaptioningSolver(TrainingLoop):
    """Train a captioner on minibatches of captions and features, which are read from disk as they are drawn.

    Parameters
    ----------
    model : has `params` (dict of arrays) and `loss(features, captions)` -> (loss, grads)
    data : what `load_coco_data` returns, or a dict with its keys {split}_captions, _image_idxs, _features and _urls
    num_val : int, captions on which the validation loss is measured before training and after each epoch: always the
        same ones, spread evenly over the split. With 0 nothing is measured and the last parameters stay, as they
        must where a few captions are to be learned by heart
    update_rule, optim_config, lr_decay, batch_size, num_epochs, print_every, verbose, schedule, augment, patience,
    checkpoint, progress, rng : as the `Solver` takes them; augment is a function (features, rng) -> features

    Attributes
    ----------
    loss_history : a loss for each iteration
    val_loss_history : a loss before training and after each epoch
    best_val_loss, best_params : the lowest validation loss and the parameters that had it, which the model gets back
        at the end
    epoch : epochs done; optim_configs : settings and memory of the rule for each parameter

    Raises
    ------
    TypeError, ValueError : an unknown or unfit option, data missing or of different lengths, a loss that is not finite
    """

    options = {**OPTIONS, "num_val": 1000}
    signed = (*TrainingLoop.signed, "num_val")
    histories = ("loss_history", "val_loss_history")
    best, best_val_loss = "best_val_loss", float("inf")

    def _take_data(self, data):
        check_count("num_val", self.num_val, low=0)
        keys = [f"{split}_{key}" for split in SPLITS for key in ("captions", "image_idxs", "features", "urls")]
        missing = [key for key in keys if key not in data]
        require(not missing, f"data lacks {missing}; pass what load_coco_data returns")
        for split in SPLITS:
            check_shape(f"{split}_captions", data[f"{split}_captions"], ndim=2)
            check_shape(f"{split}_image_idxs", data[f"{split}_image_idxs"], shape=(len(data[f"{split}_captions"]),))
        self.data = data
        n = len(data["val_captions"])
        rows = np.arange(min(self.num_val, n)) * n // max(min(self.num_val, n), 1)
        self.val_captions = data["val_captions"][rows]
        self.val_features = data["val_features"][data["val_image_idxs"][rows]]

    @property
    def num_train(self):
        return len(self.data["train_captions"])

    def _minibatch(self):
        """Draw training captions, with replacement, and the features of their pictures."""
        captions, features, _ = sample_coco_minibatch(self.data, self.batch_size, "train", self.rng)
        return (features if self.augment is None else self.augment(features, self.rng)), captions

    def check_loss(self, features, captions):
        """Return the model's loss on captions (N, T) of the features (N, ...), computed in parts of batch_size."""
        total = 0.0
        for start in range(0, len(captions), self.batch_size):
            part = slice(start, start + self.batch_size)
            total += self.model.loss(features[part], captions[part])[0] * len(captions[part])
        return total / len(captions)

    def _measure(self):
        if not self.num_val:
            return self._keep_best()
        val_loss = self.check_loss(self.val_features, self.val_captions)
        self.val_loss_history.append(val_loss)
        if val_loss < self.best_val_loss:
            self.best_val_loss = val_loss
            self._keep_best()
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) validation loss: {val_loss:f}")

    def _data_digest(self):
        digest = hashlib.sha256()
        for split in SPLITS:
            for key in ("captions", "image_idxs"):
                digest.update(np.ascontiguousarray(self.data[f"{split}_{key}"]))
            digest.update(np.ascontiguousarray(self.data[f"{split}_features"][:100]))
        return digest.hexdigest()[:16]
