"""Figures of distillation: a teacher's answers, what students reach and cost, what a loss is worth, where both look."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.style import BLUE, GRAY, GREEN, ORANGE
from cs182lib.validation import require

__all__ = ["plot_attention_pairs", "plot_softened", "plot_students", "plot_switched_off"]


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
    panels = ((accuracy, "validation accuracy", "{:.1%}", GREEN),
              (parameters, "parameters of the blocks", "{:,}", BLUE),
              (milliseconds, "time of a batch, milliseconds", "{:.1f}", ORANGE))
    for ax, (values, label, form, color) in zip(axes, panels):
        bars = ax.barh(list(values), list(values.values()), color=color, height=0.6)
        ax.bar_label(bars, [form.format(value) for value in values.values()], padding=3)
        ax.set(xlabel=label, xlim=(0, 1.3 * max(values.values())), xticks=[])  # the numbers stand at the bars
        ax.grid(axis="y", visible=False)
    axes[0].set(xlim=(0, 1.3), xticks=[0, 0.5, 1])
    axes[0].spines["bottom"].set_bounds(0, 1)  # beyond it is room for the numbers
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
        ax.plot(values, np.full(len(values), row), "o", color=color, alpha=0.45, ms=8, mew=0, clip_on=False)
        ax.plot(np.mean(values), row, "|", color=color, ms=22, mew=3, clip_on=False)
    ax.axvline(np.mean(accuracies[whole]), color=GRAY, lw=1, ls="--")
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set(title=title, xlabel="validation accuracy (points: seeds, bars: their mean)",
           xlim=(ax.get_xlim()[0], min(1, ax.get_xlim()[1])), ylim=(len(accuracies) - 0.5, -0.5))
    return ax


def plot_attention_pairs(pieces, pairs, heads, title=""):
    """Draw where each piece looks, in a teacher's block and in the blocks of students, side by side.

    Parameters
    ----------
    pieces : T words
    pairs : dict, name of the model -> (heads, T, T) weights, rows that sum to one; the teacher's and the students'
    heads : which heads are drawn, a row of panels for each
    title : str

    Returns
    -------
    axes : (heads, models) panels

    Raises
    ------
    ValueError : weights of another shape
    """
    size = max(1.8, 0.15 * len(pieces))  # inches; fewer pieces would leave no room for the titles
    fig, axes = plt.subplots(len(heads), len(pairs), figsize=(size * len(pairs) + 1.8, size * len(heads) + 1.2),
                             squeeze=False, sharex=True, sharey=True)
    for column, (name, weights) in zip(axes.T, pairs.items()):
        require(np.shape(weights)[1:] == (len(pieces), len(pieces)), f"{name!r} has weights of shape "
                f"{np.shape(weights)} for {len(pieces)} pieces; pass (heads, T, T)")
        for ax, head in zip(column, heads):
            shown = ax.imshow(np.asarray(weights)[head], cmap="Blues", vmin=0, vmax=0.5)
            ax.set_xticks(range(len(pieces)), pieces, rotation=90, fontsize=8)
            ax.set_yticks(range(len(pieces)), pieces, fontsize=8)
            ax.grid(False)
            ax.set_title(f"{name}, head {head + 1}", fontsize=11)
    for ax in axes[-1]:
        ax.set_xlabel("is looked at")
    for ax in axes[:, 0]:
        ax.set_ylabel("looks")
    fig.colorbar(shown, ax=axes, label="attention weight, 0.5 or more is darkest", shrink=0.7)
    fig.suptitle(title, y=1.04)  # above the titles of the panels
    return axes


def plot_softened(names, probabilities, most=6, title=""):
    """Draw one row of a teacher's answers at several temperatures: the classes that it holds most probable.

    Parameters
    ----------
    names : C classes
    probabilities : dict temperature -> C numbers that sum to one
    most : int, so many classes are drawn
    title : str

    Returns
    -------
    axes : a panel for each temperature

    Raises
    ------
    ValueError : a row has more or fewer numbers than there are names
    """
    order = np.argsort(-np.asarray(next(iter(probabilities.values()))), kind="stable")[:most]
    fig, axes = plt.subplots(1, len(probabilities), figsize=(3.6 * len(probabilities) + 1, 0.36 * most + 1.2),
                             sharey=True, squeeze=False)
    for ax, (temperature, p) in zip(axes[0], probabilities.items()):
        require(len(p) == len(names), f"there are {len(names)} names, and {len(p)} numbers at {temperature}")
        bars = ax.barh([names[i] for i in order], [p[i] for i in order], color=BLUE, height=0.65)
        ax.bar_label(bars, [f"{p[i]:.4f}" for i in order], padding=3, fontsize=9)
        ax.set(title=f"temperature {temperature:g}", xlabel="probability", xlim=(0, 1.35), xticks=[0, 0.5, 1])
        ax.spines["bottom"].set_bounds(0, 1)  # beyond it is room for the numbers
        ax.grid(axis="y", visible=False)
    axes[0, 0].invert_yaxis()
    fig.suptitle(title)
    return axes[0]
