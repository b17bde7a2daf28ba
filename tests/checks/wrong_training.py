"""What goes wrong in a cell that trains: a change of what a right cell has made, the wrong output, words of the cause.

A change is a function of the arguments of the check, a dict, that returns those which are other.
"""

import copy
from dataclasses import replace

import torch
from torch import nn

from cs182lib.training.fit import History


def fresh(model):
    """Return a copy of a model with new weights, none of them zero."""
    model = copy.deepcopy(model)
    torch.manual_seed(1)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.02)
    return model


def spoiled(model):
    """Return a copy whose first weight is NaN."""
    model = copy.deepcopy(model)
    next(model.parameters()).data[:] = torch.nan
    return model


def constant(model):
    """Return a copy that says the same of everything."""
    model = copy.deepcopy(model)
    model.classifier.weight.data.zero_()
    return model


def exchanged(model):
    """Return a copy that answers with the class beside the right one."""
    model = copy.deepcopy(model)
    for parameter in model.classifier.parameters():
        parameter.data = parameter.data.roll(1, 0)
    return model


def confused(model):
    """Return a copy whose last layer is another, so that its answers are a matter of chance."""
    model = copy.deepcopy(model)
    model.classifier.weight.data[:2] = model.classifier.weight.data[[1, 0]]
    return model


def losses(*values):
    return lambda a: {"history": replace(a["history"], loss=[value for value in values for _ in range(30)])}


def measured(factor):
    """Return what writes down another validation loss than the model's."""
    def change(a):
        epochs = [{**epoch, "val_loss": factor * epoch["val_loss"]} for epoch in a["history"].epochs]
        return {"history": replace(a["history"], epochs=epochs)}
    return change


OF_TRAINING = [
    (lambda a: {"history": None}, "history", "keep what is returned"),
    (lambda a: {"history": History()}, "history", "no pass was made"),
    (losses(2.0, float("nan")), "history", "too large"),
    (losses(2.0, 2.0), "history", "do not reach the model"),
    (losses(2.0, 4.0), "history", "go up the gradient"),
]
WRONG = {
    "train_language_model": [
        *OF_TRAINING,
        (lambda a: {"model": a["history"]}, "model", "pass the model itself"),
        (lambda a: {"model": fresh(a["model"])}, "model", "not the model that was trained"),
        (lambda a: {"model": spoiled(a["model"])}, "model", "NaN"),
        (lambda a: {"floor": 1.0}, "model", "has seen the word"),
        (lambda a: {"goal": 0.1}, "model", "too few steps"),
        (lambda a: {"goal": 0.1, **losses(2.0, 0.05)(a)}, "model", "by heart"),
        (measured(1.05), "val_loss", "dropout on"),
        (measured(2.5), "val_loss", "other headlines"),
        (lambda a: {"history": 3.0}, "history", None),
    ],
    "train_summarizer": [
        *OF_TRAINING,
        (lambda a: {"summarizer": a["history"]}, "summarizer", "pass the model itself"),
        (lambda a: {"summarizer": fresh(a["summarizer"])}, "summarizer", "not the summarizer that was trained"),
        (lambda a: {"summarizer": spoiled(a["summarizer"])}, "summarizer", "NaN"),
        (lambda a: {"goal": 1e-6}, "summarizer", "too few steps"),
        (lambda a: {"goal": 1e-6, **losses(2.0, 1e-9)(a)}, "summarizer", "by heart"),
    ],
    "distill_student": [
        (lambda a: {"student": None}, "student", None),
        (lambda a: {"student": a["teacher"]}, "student", "only answers"),
        (lambda a: {"student": copy.deepcopy(a["teacher"])}, "student", "make it of `config`"),
        (lambda a: {"student": a["alone"]}, "student", "makes one for each run"),
        (lambda a: {"student": copy.deepcopy(a["alone"])}, "student", "too little of the teacher"),
        (lambda a: {"student": constant(a["student"])}, "student", "agrees with itself"),
        (lambda a: {"student": fresh(a["student"])}, "student", "never trained, or"),
        (lambda a: {"student": confused(a["student"])}, "student", "after the layers"),
        (lambda a: {"student": exchanged(a["student"])}, "student", "in one order"),
        (lambda a: {"student": spoiled(a["student"])}, "student", "lower learning rate"),
        (lambda a: {"teacher": fresh(a["teacher"])}, "teacher", "overwritten"),
        (lambda a: {"teacher": constant(a["teacher"])}, "teacher", "only the student"),
    ],
}
