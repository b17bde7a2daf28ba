"""The one training loop for PyTorch models.

It is built on Hugging Face Accelerate, so the same call trains on a CPU, on a GPU, in several processes and on
several hosts: `python train.py` or `accelerate launch --multi_gpu --num_processes 2 train.py` (on CPUs too).
"""

import math
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration, send_to_device
from torch.utils.data import DataLoader
from tqdm import tqdm

from cs182lib.files import read_torch, reason, replacing
from cs182lib.training.seeding import pick_device
from cs182lib.validation import check_choice, check_count, check_number


@dataclass
class History:
    """What happened.

    Attributes
    ----------
    loss, lr : lists with a number for every step
    epochs : list with a dict for each epoch: epoch (from 1), loss (the mean over its steps), seconds (since the start,
        time spent before a resume included) and whatever `evaluate` returned
    seconds, cpu_seconds : float, the time spent, by the clock and by the processor
    """

    loss: list = field(default_factory=list)
    lr: list = field(default_factory=list)
    epochs: list = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def column(self, name):
        """Return the value of `name` at the end of every epoch, as a list."""
        return [epoch[name] for epoch in self.epochs]


def fit(model, batches, optimizer, loss_fn, *, epochs=1, schedule=None, precision="no", grad_clip=None,
        evaluate=None, after_step=(), generators=(), checkpoint=None, progress=True):
    """Train `model` for `epochs` passes over `batches`; `model` and `optimizer` are changed in place.

    Each step: loss = loss_fn(model, batch); backward; clip; optimizer.step() at the learning rate of the schedule.

    Parameters
    ----------
    model : nn.Module
    batches : object with a length that can be iterated again and again, giving batches (any nest of tensors); with
        several processes a DataLoader is split among them, and anything else must yield this process's share itself
    optimizer : torch.optim.Optimizer over the parameters of `model`
    loss_fn : function (model, batch) -> scalar tensor, the mean over the batch
    epochs : int, passes over `batches` in all, those before a resume included
    schedule : function (step, num_steps) -> factor of the learning rate, for step = 0..num_steps-1; None: constant
    precision : "no" (float32) or "bf16" (autocast: products in bfloat16, weights and sums in float32)
    grad_clip : float or None, the largest norm the whole gradient may have
    evaluate : function (model) -> dict of floats, called after every epoch with the model in eval mode
    after_step : functions (model, step, num_steps) called after every update, step = 1..num_steps
    generators : torch.Generators that are drawn from during training, so that a resume continues their numbers
    checkpoint : path or None; written after every epoch; where the file exists already, training continues from it
    progress : bool, show a progress bar where somebody watches (a terminal)

    Returns
    -------
    history : History

    Raises
    ------
    ValueError, TypeError : an argument is not as described, or the checkpoint belongs to another model
    FloatingPointError : the loss is no longer finite

    Notes
    -----
    `batches` and the functions in `after_step` may keep a state: those with a `state_dict` are saved too. Dropout
    draws from PyTorch's global generator, whose state is saved as well; that is why a run that was killed and
    resumed ends with the same bits as one that was not.
    """
    num_steps = _check_arguments(batches, optimizer, epochs, precision, grad_clip)
    accelerator = make_accelerator()
    for group in optimizer.param_groups:
        group.setdefault("initial_lr", group["lr"])
    keepers = [thing for thing in (batches, *after_step) if hasattr(thing, "state_dict")]
    training = _Training(model, optimizer, list(generators), keepers, History())
    done = training.load(checkpoint, schedule and num_steps) if checkpoint and Path(checkpoint).exists() else 0
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    if isinstance(batches, DataLoader) and accelerator.num_processes > 1:
        batches = accelerator.prepare(batches)
    bar = tqdm(total=num_steps, initial=done * len(batches), unit="step",
               disable=not (progress and accelerator.is_main_process and sys.stderr.isatty()))
    history, clock = training.history, _Clock(training.history)
    for epoch in range(done + 1, epochs + 1):
        # one tensor for all: a scalar kept from every step would cut up the memory that the next logits need
        losses = torch.full((len(batches),), torch.nan, device=accelerator.device)
        model.train()
        for i, batch in enumerate(batches):
            step = (epoch - 1) * len(batches) + i
            history.lr.append(_set_lr(optimizer, schedule, step, num_steps))
            losses[i] = _step(accelerator, wrapped, optimizer, loss_fn, batch, precision, grad_clip)
            for function in after_step:
                function(model, step + 1, num_steps)
            bar.update()
        losses = accelerator.reduce(losses, "mean").tolist()
        history.loss += losses
        _check_finite(losses, epoch)
        entry = {"epoch": epoch, "loss": sum(losses) / len(losses), **_evaluate(evaluate, model)}
        clock.stop()
        history.epochs.append({**entry, "seconds": history.seconds})
        bar.set_postfix({key: f"{value:.3g}" for key, value in entry.items() if key != "epoch"})
        if checkpoint and accelerator.is_main_process:
            training.save(checkpoint, num_steps)
        accelerator.wait_for_everyone()
    bar.close()
    return history


def make_accelerator():
    """Return the Accelerator for the device of `pick_device`; several processes share one global batch."""
    return Accelerator(cpu=pick_device().type == "cpu",
                       dataloader_config=DataLoaderConfiguration(split_batches=True))


def _step(accelerator, model, optimizer, loss_fn, batch, precision, grad_clip):
    batch = send_to_device(batch, accelerator.device)
    with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=precision == "bf16"):
        loss = loss_fn(model, batch)
    if loss.ndim:
        raise ValueError(f"loss_fn must return a scalar, got shape {tuple(loss.shape)}; take the mean over the batch")
    optimizer.zero_grad()
    accelerator.backward(loss)
    if grad_clip is not None:
        accelerator.clip_grad_norm_(model.parameters(), grad_clip)
    optimizer.step()
    return loss.detach()


def _set_lr(optimizer, schedule, step, num_steps):
    """Set the learning rate of every group to its initial one times the schedule's factor; return the first group's."""
    factor = 1.0 if schedule is None else float(schedule(step, num_steps))
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * factor
    return optimizer.param_groups[0]["lr"]


def _evaluate(evaluate, model):
    if evaluate is None:
        return {}
    model.eval()
    with torch.no_grad():
        return {name: float(value) for name, value in evaluate(model).items()}


def _check_finite(losses, epoch):
    bad = [i for i, loss in enumerate(losses) if not math.isfinite(loss)]
    if bad:
        raise FloatingPointError(f"the loss is {losses[bad[0]]} at step {bad[0] + 1} of epoch {epoch}; "
                                 "lower the learning rate, pass grad_clip=1.0, or look for NaN in the data")


def _check_arguments(batches, optimizer, epochs, precision, grad_clip):
    """Return the number of steps in all, or raise the error that says which argument is wrong."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {type(optimizer).__name__}; "
                        "for example torch.optim.SGD(model.parameters(), lr=0.01)")
    if not hasattr(batches, "__len__") or hasattr(batches, "__next__"):
        raise TypeError(f"batches must have a length and allow many passes, got {type(batches).__name__}; "
                        "pass a DataLoader, an ImageBatches or a list of batches")
    if len(batches) == 0:
        raise ValueError("batches is empty; pass at least one batch (is batch_size larger than the data?)")
    check_choice("precision", precision, ("no", "bf16"))
    if grad_clip is not None:
        check_number("grad_clip", grad_clip, low=0, low_open=True)
    return check_count("epochs", epochs) * len(batches)


class _Clock:
    """Adds wall time and this process's CPU time to a History, going on from what a resumed one holds."""

    def __init__(self, history):
        self.history = history
        self.wall, self.cpu = time.perf_counter() - history.seconds, time.process_time() - history.cpu_seconds

    def stop(self):
        """Write the time spent so far into the history."""
        self.history.seconds = time.perf_counter() - self.wall
        self.history.cpu_seconds = time.process_time() - self.cpu


@dataclass
class _Training:
    """All that a run needs to go on: weights, optimizer, random numbers, the keepers' states, history."""

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    generators: list
    keepers: list
    history: History

    def save(self, path, num_steps):
        """Write the checkpoint under a temporary name and rename it: a reader finds the old one or the new one."""
        state = {"num_steps": num_steps, "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "random": [g.get_state() for g in self.generators], "torch_random": torch.get_rng_state(),
                 "cuda_random": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
                 "keepers": [keeper.state_dict() for keeper in self.keepers], "history": asdict(self.history)}
        with replacing(path) as partial, open(partial, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())

    def load(self, path, num_steps):
        """Take up the state in `path` and return the number of epochs done."""
        try:
            state = read_torch(path)
            history = _checked_history(state["history"])
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            for keeper, kept in zip(self.keepers, state["keepers"], strict=True):
                keeper.load_state_dict(kept)
            for generator, kept in zip(self.generators, state["random"], strict=True):
                generator.set_state(kept)
            planned = check_count("num_steps", state["num_steps"])
            torch.set_rng_state(state["torch_random"])
            if state["cuda_random"] and torch.cuda.is_available():
                torch.cuda.set_rng_state_all(state["cuda_random"])
        except Exception as error:
            raise ValueError(f"checkpoint {path} does not fit this run ({reason(error)}); delete it to start anew, "
                             "or pass another path") from error
        if num_steps and planned != num_steps:
            raise ValueError(f"checkpoint {path} was made for {planned} steps, this run has {num_steps} "
                             "and its schedule would differ; delete it to start anew, or pass another path")
        vars(self.history).update(history)
        return len(self.history.epochs)


def _checked_history(history):
    """Return what a checkpoint holds as history if it is one; else ValueError or TypeError."""
    History(**history)
    numbers = history["loss"] + history["lr"] + [history["seconds"], history["cpu_seconds"]]
    numbers += [value for epoch in history["epochs"] for value in epoch.values()]
    if any(isinstance(x, bool) or not isinstance(x, (int, float)) for x in numbers):
        raise TypeError("its history holds something that is no number")
    return history
