"""Checks of the softmax and the support vector machine loss."""

import numpy as np

from cs182lib.checks.compare import NUMERIC, Checker
from cs182lib.checks.definitions import softmax, softmax_losses, svm_losses
from cs182lib.checks.inputs import scattered
from cs182lib.training.gradient_check import eval_numerical_gradient

LABELS = np.array([2, 0, 4, 1, 1, 3])


def check_softmax_loss(softmax_loss):
    """Check the loss and dx of `softmax_loss`(x, y), also for scores far too large for exp."""
    check = Checker("softmax_loss", N=6, C=5)
    x = scattered((6, 5), -3, 3)
    probabilities, onehot = softmax(x), np.eye(5)[LABELS]
    e = np.exp(x - x.max(axis=1, keepdims=True))
    over_batch = "the softmax runs over the batch: normalize each row, axis=1"
    mistakes = {
        "loss": {
            "the sign of the logarithm is missing: the loss is -log p": -softmax_losses(x, LABELS).mean(),
            "the probability itself is averaged: take -log of it": probabilities[np.arange(6), LABELS].mean(),
            "the normalization is missing: add log Σ exp(x)": -x[np.arange(6), LABELS].mean(),
            over_batch: -np.log((e / e.sum(axis=0))[np.arange(6), LABELS]).mean(),
            over_batch + ", and its maximum, too": -np.log(softmax(x.T).T[np.arange(6), LABELS]).mean(),
            "every example is taken with every label: p[np.arange(N), y], not p[:, y]":
                -np.log(probabilities[:, LABELS]).mean(),
            "the logarithms of all classes are averaged: take the right one, p[n, y[n]]": -np.log(probabilities).mean(),
        },
        "dx": {
            "1 is not subtracted at the right class": probabilities / 6,
            "1 is added at the right class: subtract it": (probabilities + onehot) / 6,
            "p is missing: dx = (p - onehot(y)) / N": -onehot / 6,
            "1 is subtracted in every class: in the right one alone, dx[np.arange(N), y] -= 1": (probabilities - 1) / 6,
            "this is p: subtract 1 at the right class and divide by N": probabilities,
            "the sign is flipped: dx = (p - onehot(y)) / N": (onehot - probabilities) / 6,
            over_batch: (softmax(x.T).T - onehot) / 6,
        },
    }
    _check_loss(check, softmax_loss, softmax_losses, x, mistakes)
    large = x + np.array([[1000.0], [-1000.0], [0.0], [800.0], [-5000.0], [3.0]])
    _check_large(check, softmax_loss, softmax_losses, large, (softmax(large) - onehot) / 6)
    _check_large(check, softmax_loss, softmax_losses, 1000 * x, (softmax(1000 * x) - onehot) / 6)
    check.passed()


def _check_large(check, loss_function, losses, x, dx):
    got = check.call(loss_function, ("loss", "dx"), x=x, y=LABELS)
    overflow = {"loss": {}, "dx": {}}
    check.compare(got, {"loss": losses(x, LABELS).mean(), "dx": dx}, overflow,
                  " for scores in the thousands (subtract each row's maximum before exp, and take log of the sum)")


def check_svm_loss(svm_loss):
    """Check the loss and dx of `svm_loss`(x, y), with margins that are met and margins that are not."""
    check = Checker("svm_loss", N=6, C=5)
    x = scattered((6, 5), -2, 2)
    margins = x - x[np.arange(6), LABELS][:, None] + 1
    violated = (margins > 0) * 1.0
    off = violated * (np.arange(5) != LABELS[:, None])
    mistakes = {
        "loss": {
            "the right class is counted too: its margin is always 1, leave it out": svm_losses(x, LABELS).mean() + 1,
            "the margin 1 is missing": np.maximum(margins - 1, 0).sum() / 6,
            "the margins are not cut at zero": (margins.sum() - 6) / 6,
        },
        "dx": {
            "the right class gets no gradient: it gets minus the number of violated margins": off / 6,
            "the right class gets -1 once: it gets -1 for every violated margin": (off - np.eye(5)[LABELS]) / 6,
            "the size of the margin is used: each violated one counts 1": lambda: _svm_gradient(margins * off) / 6,
            "the size of the margin is used, except at the right class: each violated one counts 1": (
                margins * off - np.eye(5)[LABELS] * off.sum(axis=1, keepdims=True)) / 6,
            "margins that are met count, too: only a positive one costs": lambda: _svm_gradient(
                1.0 - np.eye(5)[LABELS]) / 6,
        },
    }
    _check_loss(check, svm_loss, svm_losses, x, mistakes)
    check.passed()


def _svm_gradient(counts):
    """Put minus each row's sum where the right class is."""
    counts = counts.copy()
    counts[np.arange(len(counts)), LABELS] = -counts.sum(axis=1)
    return counts


def _check_loss(check, loss_function, losses, x, mistakes):
    """Compare loss and dx with the mean of `losses` and its numeric gradient; then float32 and a batch of one."""
    def mean(x):
        return losses(x, LABELS[:len(x)]).mean()

    expected = {"loss": mean(x), "dx": eval_numerical_gradient(mean, x)}
    got = check.call(loss_function, ("loss", "dx"), x=x, y=LABELS)
    check.true(np.ndim(got["loss"]) == 0, f"loss has shape {np.shape(got['loss'])}, expected one number", "loss",
               "the losses of the examples are not averaged")
    check.compare(got, expected, mistakes, **NUMERIC)
    got = check.call(loss_function, ("loss", "dx"), x=x.astype(np.float32), y=LABELS)
    check.single({"dx": got["dx"]}, {"dx": expected["dx"]})
    got = check.call(loss_function, ("loss", "dx"), x=x[:1], y=LABELS[:1])
    check.compare(got, {"loss": mean(x[:1]), "dx": eval_numerical_gradient(mean, x[:1].copy())},
                  context=" for one example", **NUMERIC)
