"""Training: update rules, schedules, augmentation, gradient checks and the Solver in NumPy; `fit` for PyTorch.

What needs PyTorch, HDF5 or sacrebleu is imported when it is first asked for, so that the rest works without them.
"""

import importlib

from cs182lib.training.augmentation import flip_and_shift, random_flip, random_shift
from cs182lib.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from cs182lib.training.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    eval_numerical_gradient_blobs,
    grad_check_sparse,
    rel_error,
)
from cs182lib.training.optim import adam, adamw, nesterov, rmsprop, sgd, sgd_momentum
from cs182lib.training.schedules import constant, cosine, linear, one_cycle, step_decay
from cs182lib.training.solver import Solver

_LATER = {"fit": "fit", "History": "fit", "seed_everything": "seeding", "pick_device": "seeding",
          "CaptioningSolver": "captioning_solver", "caption_bleu": "bleu", "corpus_bleu": "bleu"}

__all__ = ["CheckpointError", "Solver", "adam", "adamw", "constant", "cosine", "eval_numerical_gradient",
           "eval_numerical_gradient_array", "eval_numerical_gradient_blobs", "flip_and_shift", "grad_check_sparse",
           "linear", "load_checkpoint", "nesterov", "one_cycle", "random_flip", "random_shift", "rel_error", "rmsprop",
           "save_checkpoint", "sgd", "sgd_momentum", "step_decay", *_LATER]


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"cs182lib.training.{_LATER[name]}"), name)
