"""The recipes of the CIFAR-10 net: its budgets, optimizers, and schedules of the learning rate."""

from dataclasses import asdict, dataclass

import torch

from cs182lib.training.muon import Muon
from cs182lib.validation import check_choice


@dataclass(frozen=True)
class Recipe:
    """The settings of one training run.

    widths, depth : channels of the three groups, convolutions in each; epochs : passes over the training images;
    batch_size : of all processes; optimizer : "sgd" under `triangle`, with lr (its peak for a batch of 1024, decoupled
    from the momentum), momentum and weight_decay (see `sgd`), or "muon" (see `muon`), which needs fewer epochs and pays
    for it with products in every step; translate, cutout : pixels (see `ImageBatches`);
    label_smoothing : share of the probability that is spread over all classes; tta : test-time augmentation of the
    reported test accuracy (see `cs182lib.vision.images.predict`).
    """

    widths: tuple
    epochs: int
    batch_size: int
    tta: str = "mirror+shift"
    lr: float = 11.5
    momentum: float = 0.85
    weight_decay: float = 0.0153
    label_smoothing: float = 0.2
    translate: int = 2
    cutout: int = 0
    depth: int = 2
    optimizer: str = "sgd"

    def settings(self):
        """Return what the run depends on as a dict: with Muon lr, momentum and weight_decay of SGD are not read."""
        unread = ("lr", "momentum", "weight_decay") if self.optimizer == "muon" else ()
        return {name: value for name, value in asdict(self).items() if name not in unread}


BUDGETS = {
    "quick": Recipe(widths=(16, 32, 64), epochs=2, batch_size=250, tta="mirror"),
    "2min": Recipe(widths=(32, 64, 128), epochs=4, batch_size=250, tta="mirror"),
    "20min": Recipe(widths=(64, 256, 256), epochs=14, batch_size=500),
    "45min": Recipe(widths=(96, 256, 512), depth=3, epochs=20, batch_size=1000, cutout=6, optimizer="muon"),
}


def make_optimizer(model, recipe):
    """Return the optimizer of the recipe for the parameters of `model`, and its schedule of the learning rate.

    ValueError where the recipe names another optimizer than "sgd" and "muon".
    """
    if check_choice("optimizer", recipe.optimizer, ("sgd", "muon")) == "muon":
        return muon(model, recipe.batch_size), fade
    return sgd(model, recipe), triangle


def sgd(model, recipe):
    """Return SGD with Nesterov momentum for `model` by `recipe`, which stays right when batch size or momentum change.

    With momentum m a gradient acts 1 / (1 - m) times, and at once for Nesterov: the step is divided by 1 + 1/(1-m).
    The loss is a mean, so the step grows with the batch. Batch-norm shifts take 64 times the rate of the weights.
    """
    lr = recipe.lr * recipe.batch_size / 1024 / (1 + 1 / (1 - recipe.momentum))
    decay = recipe.weight_decay / recipe.lr
    shifts = [p for p in model.parameters() if p.requires_grad and p.ndim == 1]
    weights = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    groups = [dict(params=weights, lr=lr, weight_decay=decay),
              dict(params=shifts, lr=64 * lr, weight_decay=decay / 64)]
    return torch.optim.SGD(groups, momentum=recipe.momentum, nesterov=True)


def muon(model, batch_size):
    """Return Muon for the model's filters, and plain Nesterov momentum for its last layer and batch-norm shifts.

    A decayed weight loses lr * weight_decay = 2e-6 * batch_size of itself in a step.
    """
    decay = 2e-6 * batch_size
    learned = [p for p in model.groups.parameters() if p.requires_grad]
    plain = dict(momentum=0.85, orthogonal=False)
    groups = [dict(params=[p for p in learned if p.ndim == 4], lr=0.24, momentum=0.6, orthogonal=True),
              dict(params=[p for p in learned if p.ndim == 1], lr=0.053, weight_decay=decay / 0.053, **plain),
              dict(params=[model.head.weight], lr=0.67, weight_decay=decay / 0.67, **plain)]
    return Muon(groups)


def fade(step, num_steps):
    """Return the factor of the learning rate at `step` of num_steps: from 1 down to 0 in a line."""
    return 1 - step / max(num_steps, 1)


def triangle(step, num_steps, start=0.2, peak_at=0.23, end=0.07):
    """Return the factor of the learning rate at `step` of num_steps: from `start` up to 1, down to `end`.

    `peak_at` is the share of the steps, in (0, 1), after which it is 1.
    """
    t = step / max(num_steps, 1)
    if t < peak_at:
        return start + (1 - start) * t / peak_at
    return 1 + (end - 1) * (t - peak_at) / (1 - peak_at)
