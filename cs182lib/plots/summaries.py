"""Figures of summarizers: what choices in the architecture are worth, how one learns, how good its headlines are."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import smooth
from cs182lib.plots.style import BLUE, GRAY, GREEN, VERMILLION
from cs182lib.validation import require

__all__ = ["plot_learning", "plot_scores", "plot_trials"]


def plot_trials(starts, nothing, validation, base, title=""):
    """Draw how some trainings begin, and beside them what each of several trainings reached.

    Parameters
    ----------
    starts : dict name -> losses of a training, in nats per word, drawn as a running mean
    nothing : loss of a model that knows nothing, a dashed line
    validation : dict name -> loss in the end
    base : name of the one that the others are compared with
    title : str

    Returns
    -------
    axes : the two panels

    Raises
    ------
    ValueError : `base` is not among them
    """
    require(base in validation, f"base must be one of {list(validation)}, got {base!r}")
    fig, axes = plt.subplots(1, 2, figsize=(12, 0.9 + 0.42 * max(len(validation), 6)))
    for (name, losses), color, line in zip(starts.items(), (VERMILLION, BLUE, GREEN), ("-", "-.", ":")):
        axes[0].semilogy(range(1, len(losses) + 1), smooth(losses, max(1, len(losses) // 15)), line, lw=2, color=color,
                         label=name)
    axes[0].axhline(nothing, ls="--", lw=1, color=GRAY, label="knows nothing")
    low, high = axes[0].get_ylim()
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50) if low < tick < high]
    axes[0].set_yticks(ticks, ticks)
    axes[0].minorticks_off()
    axes[0].set(title="in training", xlabel="step", ylabel="loss, nats per word")
    axes[0].legend(loc="upper right")
    for row, (name, loss) in enumerate(validation.items()):
        axes[1].plot(loss, row, "D" if name == base else "o", ms=8, color=GREEN if name == base else BLUE)
        axes[1].annotate(f"{loss:.2f}", (loss, row), (8, 0), textcoords="offset points", va="center", fontsize=9)
    axes[1].axvline(validation[base], ls="--", lw=1, color=GREEN)
    axes[1].set_yticks(range(len(validation)), list(validation))
    axes[1].margins(x=0.14)
    axes[1].set(title="after training", xlabel="validation loss, nats per word", ylim=(len(validation) - 0.5, -0.5))
    fig.suptitle(title)
    return axes


def plot_learning(losses, measured, title=""):
    """Draw the loss of a training, and shares that were measured now and then, over steps on a logarithmic scale.

    Parameters
    ----------
    losses : S numbers in nats per word, drawn as a running mean
    measured : dict name -> (steps, shares from 0 to 1)
    title : str

    Returns
    -------
    axes : the two panels
    """
    fig, axes = plt.subplots(1, 2, figsize=(11, 3.7))
    axes[0].semilogy(range(1, len(losses) + 1), smooth(losses, max(1, len(losses) // 30)), color=BLUE, lw=2)
    axes[0].set(title="training", xlabel="step", ylabel="loss, nats per word")
    for (name, (steps, shares)), marker in zip(measured.items(), "os^D"):
        axes[1].semilogx(steps, shares, marker + "-", lw=2, label=name)
    axes[1].set(title="headlines of validation stories", xlabel="step", ylabel="share", ylim=(0, 1.02))
    axes[1].legend(loc="upper left")
    fig.suptitle(title)
    return axes


def plot_scores(scores, xlabel, title=""):
    """Draw a row for each measure, and in it a mark for each writer; the last writer's marks are rings around.

    Parameters
    ----------
    scores : dict writer -> dict measure -> number from 0 to 1
    xlabel, title : texts

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : a writer has other measures than the first
    """
    measures = list(next(iter(scores.values())))
    _, ax = plt.subplots(figsize=(8.5, 0.5 * len(measures) + 1.5))
    marks = (dict(marker="s", ms=8), dict(marker="o", ms=7), dict(marker="o", ms=14, mfc="none", mew=2))
    for (name, values), color, mark in zip(scores.items(), (GRAY, BLUE, VERMILLION), marks):
        require(list(values) == measures, f"scores[{name!r}] has {list(values)}, the first writer has {measures}")
        ax.plot(list(values.values()), np.arange(len(measures)), ls="", color=color, label=name, **mark)
    ax.set_yticks(range(len(measures)), measures)
    ax.set(title=title, xlabel=xlabel, xlim=(0, 1), ylim=(len(measures) - 0.4, -0.6))
    ax.legend(loc="center", ncols=1)
    return ax
