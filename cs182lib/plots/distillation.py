"""Figures of distillation: what students reach and cost, what a loss is worth, and where teacher and student look."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.style import BLUE, GRAY, GREEN, ORANGE
from cs182lib.validation import require

__all__ = ["plot_attention_pairs", "plot_students", "plot_switched_off"]


def plot_students(accuracy, parameters, milliseconds, title=""):
    """Draw accuracy, parameters and time of several models, a row for each model.

    Parameters
    ----------
    accuracy : dict, name -> share from 0 to 1
    parameters : dict, name -> how many numbers the blocks learn
    milliseconds : dict, name -> time of a batch
    title : str

    Returns
    -------
    axes : the three panels

    Raises
    ------
    ValueError : the three dicts do not name the same models
    """
    require(accuracy.keys() == parameters.keys() == milliseconds.keys(), "accuracy, parameters and milliseconds must "
            f"name the same models, got {list(accuracy)}, {list(parameters)} and {list(milliseconds)}")
    fig, axes = plt.subplots(1, 3, figsize=(12, 0.9 + 0.55 * len(accuracy)), sharey=True)
    panels = ((accuracy, "accuracy", "{:.1%}", GREEN), (parameters, "parameters of the blocks", "{:,}", BLUE),
              (milliseconds, "ms for a batch", "{:.1f}", ORANGE))
    for ax, (values, label, form, color) in zip(axes, panels):
        bars = ax.barh(list(values), list(values.values()), color=color, height=0.6)
        ax.bar_label(bars, [form.format(value) for value in values.values()], padding=3)
        ax.set(xlabel=label, xlim=(0, 1.3 * max(values.values())), xticks=[])  # the numbers stand at the bars
        ax.grid(axis="y", visible=False)
    axes[0].invert_yaxis()  # the first model on top
    fig.suptitle(title)
    return axes


def plot_switched_off(accuracies, whole, title=""):
    """Draw the accuracy of students that lacked one loss each, over several seeds, against the whole loss.

    Parameters
    ----------
    accuracies : dict, name -> list of accuracies, one for each seed
    whole : name of the student that lacks nothing
    title : str

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : there is no student called `whole`
    """
    require(whole in accuracies, f"whole must be one of {list(accuracies)}, got {whole!r}")
    _, ax = plt.subplots(figsize=(8.5, 0.9 + 0.5 * len(accuracies)))
    for row, (name, values) in enumerate(accuracies.items()):
        color = GREEN if name == whole else BLUE
        ax.plot(values, np.full(len(values), row), "o", color=color, alpha=0.45, ms=8, mew=0)
        ax.plot(np.mean(values), row, "|", color=color, ms=22, mew=3)
    ax.axvline(np.mean(accuracies[whole]), color=GRAY, lw=1, ls="--")
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set(title=title, xlabel="accuracy (points: seeds, bars: their mean)", ylim=(len(accuracies) - 0.5, -0.5))
    return ax


def plot_attention_pairs(pieces, pairs, heads, title=""):
    """Draw where each piece looks, in a teacher's block and in the student's block that learned from it.

    Parameters
    ----------
    pieces : T words
    pairs : dict, name of the row -> (heads, T, T) weights, rows that sum to one; the teacher's and the student's
    heads : which heads are drawn, a panel for each
    title : str

    Returns
    -------
    axes : (rows, heads) panels

    Raises
    ------
    ValueError : weights that are not (heads, T, T)
    """
    fig, axes = plt.subplots(len(pairs), len(heads), figsize=(3.3 * len(heads), 3.2 * len(pairs) + 0.5), squeeze=False,
                             sharex=True, sharey=True)
    for row, (name, weights) in zip(axes, pairs.items()):
        require(np.shape(weights)[1:] == (len(pieces), len(pieces)), f"{name!r} has weights of shape "
                f"{np.shape(weights)} for {len(pieces)} pieces; pass (heads, T, T)")
        for ax, head in zip(row, heads):
            ax.imshow(np.asarray(weights)[head], cmap="Blues", vmin=0, vmax=0.5)
            ax.set_xticks(range(len(pieces)), pieces, rotation=90, fontsize=8)
            ax.set_yticks(range(len(pieces)), pieces, fontsize=8)
            ax.grid(False)
            ax.set_title(f"{name}, head {head + 1}", fontsize=10)
    fig.suptitle(title)
    return axes
