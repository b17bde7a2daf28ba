"""What the PyTorch notebook measures: runs of `fit`, accuracies side by side, covariances of patches."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import MARKERS, keep_to_shares, smooth
from cs182lib.plots.style import BLUE, GRAY, VERMILLION
from cs182lib.validation import require

__all__ = ["plot_covariances", "plot_dots", "plot_history"]


def plot_history(history, marks=None, title=""):
    """Draw one run of `fit`: every loss with its running mean, and the validation accuracy after each epoch.

    Parameters
    ----------
    history : History with a column val_acc
    marks : dict name -> accuracy to mark by a level line, or None; two at most
    title : of the whole figure

    Returns
    -------
    axes : the two panels, loss and accuracy
    """
    fig, axes = plt.subplots(1, 2, figsize=(12, 3.8))
    steps = np.arange(1, len(history.loss) + 1)
    axes[0].plot(steps, history.loss, ".", color=GRAY, ms=3, alpha=0.4, label="one minibatch")
    axes[0].plot(steps, smooth(history.loss, 15), color=BLUE, lw=2, label="running mean")
    axes[0].set(title="training loss", xlabel="step", ylabel="nats")
    axes[1].plot(history.column("epoch"), history.column("val_acc"), "o-", color=BLUE, label="this net")
    for (name, value), color, dashes in zip((marks or {}).items(), (GRAY, "black"), ("--", "-.")):
        axes[1].axhline(value, color=color, ls=dashes, label=name)
    axes[1].set(title="validation accuracy", xlabel="epoch", ylabel="share right", ylim=(0, 1))
    keep_to_shares(axes[1:])
    axes[0].legend()
    axes[1].legend(loc="lower right", frameon=True, edgecolor="white", framealpha=1)  # lies on no line
    fig.suptitle(title)
    return axes


def plot_dots(series, xlabel, title="", xlim=(0, 1), marks=None):
    """Draw named numbers as dots in rows, the first row on top, each with its number.

    Parameters
    ----------
    series : dict name -> dict row -> number, one or two of them; numbers of the first stand above their dots
    xlabel, title : texts
    xlim : (low, high), the ends of the axis
    marks : dict name -> number to mark by an upright dashed line, or None

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : there is no number to draw
    """
    rows = list(dict.fromkeys(row for numbers in series.values() for row in numbers))
    require(rows, "series holds no number; pass a dict of name -> dict of row -> number")
    _, ax = plt.subplots(figsize=(9, 1.2 + 0.5 * len(rows)))
    for (name, numbers), color, marker, above in zip(series.items(), (BLUE, VERMILLION), MARKERS, (8, -17)):
        height = [rows.index(row) for row in numbers]
        ax.plot(list(numbers.values()), height, marker, color=color, ms=9, clip_on=False, label=name)
        for row, value in numbers.items():
            ax.annotate(f"{value:.2f}", (value, rows.index(row)), xytext=(0, above), textcoords="offset points",
                        color=color, ha="center", fontsize=10)
    for name, value in (marks or {}).items():
        ax.axvline(value, color=GRAY, ls="--", label=name)
    ax.set(xlabel=xlabel, title=title, xlim=xlim, ylim=(len(rows) - 0.5, -0.7))
    ax.set_yticks(range(len(rows)), rows)
    if len(series) + len(marks or {}) > 1:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def plot_covariances(named, limit=1.5, title=""):
    """Draw covariance matrices side by side on one scale, zero white.

    Parameters
    ----------
    named : dict name -> (D, D) numbers
    limit : number above 0, the covariance that is darkest
    title : of the whole figure

    Returns
    -------
    fig : Figure with one axes for each matrix, and one for the scale
    """
    fig, axes = plt.subplots(1, len(named), figsize=(4.7 * len(named), 4.3), squeeze=False)
    for ax, (name, matrix) in zip(axes[0], named.items()):
        shown = ax.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.set(title=name, xlabel="number in the patch", ylabel="number in the patch", xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.grid(False)
    fig.colorbar(shown, ax=axes, label="covariance")
    fig.suptitle(title)
    return fig
