"""What a hyper-parameter search tried: its history, its learning curves, and the settings side by side."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from cs182lib.plots.style import BLUE, GRAY, VERMILLION
from cs182lib.validation import require

__all__ = ["plot_intermediate_values", "plot_optimization_history", "plot_parallel_coordinates"]


def plot_optimization_history(study, value="value"):
    """Draw the value of every trial in the order they were made, and the best value so far.

    A pruned trial is drawn as a cross at the last value it reported.

    Parameters
    ----------
    study : optuna.Study whose values are the better the larger
    value : what the values are, a text

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : no trial is complete
    """
    complete, pruned = _trials(study, "COMPLETE"), _trials(study, "PRUNED", reported=True)
    _, ax = plt.subplots(figsize=(8, 3.6))
    ax.plot([t.number for t in complete], [t.value for t in complete], "o", color=BLUE, label="complete")
    ax.plot([t.number for t in pruned], [_reports(t)[-1] for t in pruned], "x", color=GRAY, label="pruned")
    best = np.maximum.accumulate([t.value for t in complete])
    ax.step([t.number for t in complete], best, where="post", color=VERMILLION, label="best so far", zorder=0)
    ax.set(title="Every trial of the search", xlabel="trial", ylabel=value)
    ax.legend()
    return ax


def plot_intermediate_values(study, value="value"):
    """Draw what every trial reported: the best in color, pruned ones gray and ending in a cross.

    Parameters
    ----------
    study : optuna.Study whose values are the better the larger
    value : what the values are, a text

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : no trial is complete
    """
    complete, pruned = _trials(study, "COMPLETE"), _trials(study, "PRUNED", reported=True)
    best = max(complete, key=lambda t: t.value)
    _, ax = plt.subplots(figsize=(8, 3.6))
    for trial in pruned:
        ax.plot(*_steps(trial), color=GRAY, lw=1, alpha=0.8)
        ax.plot(*(axis[-1] for axis in _steps(trial)), "x", color=GRAY)
    for trial in complete:
        color, width = (VERMILLION, 2.5) if trial is best else (BLUE, 1)
        ax.plot(*_steps(trial), "o-", color=color, lw=width, markersize=4, zorder=2 + (trial is best))
    ax.set(title="What the trials reported: poor ones end early", xlabel="epoch", ylabel=value)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(handles=[Line2D([], [], color=VERMILLION, lw=2.5, marker="o", label="best"),
                       Line2D([], [], color=BLUE, lw=1, marker="o", label="complete"),
                       Line2D([], [], color=GRAY, lw=1, marker="x", label="pruned")])
    return ax


def plot_parallel_coordinates(study, value="value"):
    """Draw every trial as a line through its settings, colored by its value; pruned ones dashed, by their last report.

    Each axis runs from the lowest to the highest value that may be proposed, on a log scale where it is searched so.

    Parameters
    ----------
    study : optuna.Study whose settings are numbers, and whose values are the better the larger
    value : what the values are, a text

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : no trial is complete, or a setting is no number
    """
    complete, pruned = _trials(study, "COMPLETE"), _trials(study, "PRUNED", reported=True)
    names = list(complete[0].params)
    values = [t.value for t in complete] + [_reports(t)[-1] for t in pruned]
    norm, colors = plt.Normalize(min(values), max(values)), plt.get_cmap("viridis_r")
    _, ax = plt.subplots(figsize=(9, 4))
    for trial, reached in zip(complete + pruned, values):
        heights = [_height(trial, name) for name in names]
        width, style = (2, "-") if trial in complete else (1, "--")
        ax.plot(heights, style, color=colors(norm(reached)), lw=width, alpha=0.9)
    for i, name in enumerate(names):
        low, high = complete[0].distributions[name].low, complete[0].distributions[name].high
        ax.annotate(f"{high:g}", (i, 1), xytext=(0, 5), textcoords="offset points", ha="center", color=GRAY)
        ax.annotate(f"{low:g}", (i, 0), xytext=(0, -14), textcoords="offset points", ha="center", color=GRAY)
    ax.vlines(range(len(names)), 0, 1, color="black", lw=1)
    ax.set_xticks(range(len(names)), names)
    ax.set(title="Each line is a trial and goes through its settings", ylim=(-0.1, 1.1), yticks=[])
    ax.tick_params(length=0, pad=8)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    ax.figure.colorbar(plt.cm.ScalarMappable(norm, colors), ax=ax, label=value)
    return ax


def _trials(study, state, reported=False):
    """Return the trials in that state, with `reported` those that reported a value; complete ones there must be."""
    trials = [t for t in study.get_trials(deepcopy=False) if t.state.name == state]
    require(state != "COMPLETE" or trials, "study has no complete trial yet; run the search first")
    return [t for t in trials if t.intermediate_values or not reported]


def _steps(trial):
    """Return the steps at which the trial reported, in order, and what."""
    return sorted(trial.intermediate_values), _reports(trial)


def _reports(trial):
    return [trial.intermediate_values[step] for step in sorted(trial.intermediate_values)]


def _height(trial, name):
    """Return where the setting lies between its lowest (0) and highest (1) value."""
    d = trial.distributions[name]
    require(hasattr(d, "low"), f"study searches {name}, which is no number; leave it out of the settings to draw")
    scale = np.log if d.log else float
    return (scale(trial.params[name]) - scale(d.low)) / (scale(d.high) - scale(d.low))
