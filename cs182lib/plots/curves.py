"""What training looks like over time: losses, accuracies, runs side by side, and sweeps over a setting.

Runs differ by color and by a second cue, marker or dashes, for lines that touch.
"""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.style import BLUE, GRAY, VERMILLION
from cs182lib.validation import check_count, require

__all__ = ["plot_comparison", "plot_curves", "plot_histograms", "plot_paths", "plot_sweep", "plot_training", "smooth"]

MARKERS = "os^DvPX"
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
MOST_MARKERS = 40  # a line of more points than that is drawn without


def smooth(values, window):
    """Return the mean of each value and up to window - 1 values before it.

    Parameters
    ----------
    values : sequence of T numbers
    window : int, 1 leaves the values as they are

    Returns
    -------
    means : (T,) float64

    Raises
    ------
    TypeError, ValueError : window is no whole number above 0, or there are no values
    """
    check_count("window", window)
    require(len(values) > 0, "values is empty; train for at least one iteration first")
    totals = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])  # (T + 1,)
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    return (totals[ends] - totals[starts]) / (ends - starts)


def plot_training(solver, goal=None, title=""):
    """Draw one run: every loss with its running mean, and the accuracies of each epoch.

    Parameters
    ----------
    solver : a trained `Solver`
    goal : accuracy to mark by a dashed line, or None
    title : of the whole figure

    Returns
    -------
    axes : the two panels, loss and accuracy
    """
    fig, axes = plt.subplots(1, 2, figsize=(11, 3.6))
    losses = solver.loss_history
    t = np.arange(1, len(losses) + 1)
    axes[0].plot(t, losses, ".", color=GRAY, alpha=0.35, markersize=3, label="one minibatch")
    axes[0].plot(t, smooth(losses, max(len(losses) // 25, 1)), color=BLUE, lw=2, label="running mean")
    axes[0].set(title="training loss", xlabel="iteration", ylabel="nats")
    axes[1].plot(solver.train_acc_history, "o-", color=BLUE, label="training")
    axes[1].plot(solver.val_acc_history, "s-", color=VERMILLION, label="validation")
    if goal is not None:
        axes[1].axhline(goal, color=GRAY, ls="--", lw=1, label="goal")
    axes[1].set(title="accuracy", xlabel="epoch", ylabel="share right", ylim=(0, None))
    keep_to_shares(axes[1:])
    for ax in axes:
        ax.legend()
    fig.suptitle(title)
    return axes


def plot_comparison(runs, title=""):
    """Draw several runs in three panels: training loss (running mean), training and validation accuracy.

    Parameters
    ----------
    runs : dict name -> trained `Solver`
    title : of the whole figure

    Returns
    -------
    axes : the three panels

    Raises
    ------
    ValueError : there is no run
    """
    require(runs, "runs is empty; pass a dict of name -> trained Solver")
    fig, axes = plt.subplots(1, 3, figsize=(13, 3.8))
    for (name, solver), marker, dashes in zip(runs.items(), cycle(MARKERS), cycle(DASHES)):
        losses = solver.loss_history
        axes[0].plot(np.arange(1, len(losses) + 1), smooth(losses, max(len(losses) // 15, 1)), ls=dashes, lw=2,
                     label=name)
        axes[1].plot(solver.train_acc_history, marker=marker, label=name)
        axes[2].plot(solver.val_acc_history, marker=marker, label=name)
    axes[0].set(title="training loss, running mean", xlabel="iteration", ylabel="nats")
    axes[1].set(title="training accuracy", xlabel="epoch", ylabel="share right")
    axes[2].set(title="validation accuracy", xlabel="epoch", ylabel="share right")
    keep_to_shares(axes[1:])
    for ax in axes[:2]:
        ax.legend()  # dashes in the first panel, markers in the others
    fig.suptitle(title)
    return axes


def keep_to_shares(axes):
    """Give panels of accuracies by epoch one scale that does not go below 0 or above 1, and whole epochs.

    Parameters
    ----------
    axes : the panels, drawn already
    """
    limits = np.array([ax.get_ylim() for ax in axes])
    for ax in axes:
        ax.set_ylim(max(limits.min(), 0), min(limits.max(), 1))
        ax.xaxis.get_major_locator().set_params(integer=True)
        for line in ax.lines:
            line.set_clip_on(False)  # a marker at 1 is seen whole


def plot_curves(x, curves, xlabel, ylabel, title="", marks=None, laws=(), nested=False):
    """Draw a line for each named row of numbers over one axis.

    Parameters
    ----------
    x : S numbers
    curves : dict name -> S numbers
    xlabel, ylabel, title : texts
    marks : dict name -> number to mark by a level dashed line, or None
    laws : names of curves that are computed and not measured: gray and dotted
    nested : whether lines that lie on each other are to be seen, each narrower than the one before

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : a curve has more or fewer numbers than x
    """
    _, ax = plt.subplots(figsize=(8, 3.8))
    for i, ((name, values), marker, dashes) in enumerate(zip(curves.items(), cycle(MARKERS), cycle(DASHES))):
        require(len(values) == len(x), f"curves[{name!r}] has {len(values)} values for {len(x)} places on the x axis")
        if name in laws:
            ax.plot(x, values, ":", color=GRAY, lw=2.5, zorder=3, label=name)
        elif nested:
            ax.plot(x, values, lw=1.5 + 3 * (len(curves) - 1 - i), label=name)
        elif len(x) > MOST_MARKERS:
            ax.plot(x, values, ls=dashes, lw=2, label=name)
        else:
            ax.plot(x, values, marker=marker, label=name)
    for (name, value), color, dashes in zip((marks or {}).items(), (GRAY, "black"), ("--", "-.")):
        ax.axhline(value, ls=dashes, lw=1.5, color=color, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if len(curves) + len(marks or {}) > 1:
        ax.legend()
    return ax


def plot_sweep(settings, curves, xlabel, ylabel, title="", marks=None, laws=(), yscale="linear"):
    """Draw a result against a setting that was varied over orders of magnitude, one line for each network.

    Parameters
    ----------
    settings : S numbers above 0
    curves, xlabel, ylabel, title, marks, laws : as for `plot_curves`
    yscale : "linear" or "log"

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : a curve has more or fewer numbers than there are settings
    """
    ax = plot_curves(settings, curves, xlabel, ylabel, title, marks, laws)
    ax.set(xscale="log", yscale=yscale)
    low, high = ax.get_ylim()
    if yscale == "log" and high < 100 * low:  # less than two powers of ten: plain numbers
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("{x:g}")
    return ax


def plot_histograms(values, xlabel, title="", bins=40):
    """Draw a row of histograms on one scale, one for each named array: the share of its numbers in each bin.

    Parameters
    ----------
    values : dict name -> array of any shape
    xlabel, title : what is counted, and the title of the whole figure
    bins : int, bars in each

    Returns
    -------
    axes : the panels
    """
    fig, axes = plt.subplots(1, len(values), figsize=(3.2 * len(values), 2.8), sharex=True, sharey=True, squeeze=False)
    low = min(float(np.min(array)) for array in values.values())
    high = max(float(np.max(array)) for array in values.values())
    for ax, (name, array) in zip(axes[0], values.items()):
        share = np.full(np.size(array), 1 / np.size(array))
        ax.hist(np.ravel(array), bins=np.linspace(low, high, bins + 1), weights=share, color=BLUE)
        ax.set(title=name, xlabel=xlabel)
    axes[0, 0].set_ylabel("share")
    fig.suptitle(title)
    return axes[0]


def plot_paths(f, paths, xlim, ylim, title=""):
    """Draw where update rules walk on a function of two variables, over its contour lines.

    Parameters
    ----------
    f : function (x, y) -> value, of arrays
    paths : dict name -> (T, 2) points, the first is the start
    xlim, ylim : (low, high)
    title : of the panel

    Returns
    -------
    ax : the panel; the minimum at (0, 0) is marked by a star
    """
    _, ax = plt.subplots(figsize=(9, 4))
    x, y = np.meshgrid(np.linspace(*xlim, 200), np.linspace(*ylim, 120))
    ax.contour(x, y, np.sqrt(f(x, y)), levels=14, colors=GRAY, alpha=0.35, linewidths=0.8)
    for (name, path), marker in zip(paths.items(), cycle(MARKERS)):
        ax.plot(*np.transpose(path), marker=marker, ms=4, lw=1.3, label=name)
    ax.plot(0, 0, "*", ms=16, color="black")
    ax.set(xlim=xlim, ylim=ylim, xlabel="x", ylabel="y", title=title)
    ax.legend(ncols=2)
    ax.grid(False)
    return ax
