"""Figures of language models: loss against yardsticks, where a headline surprises, what temperature does to writing."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import smooth
from cs182lib.plots.style import BLUE, GRAY, GREEN, ORANGE, PURPLE, VERMILLION
from cs182lib.validation import require

__all__ = ["plot_language_loss", "plot_surprise", "plot_temperature"]


def plot_language_loss(training, validation, yardsticks, floor=None, title=""):
    """Draw the loss per word over the steps of a training, between what counting reaches and what no model can.

    Parameters
    ----------
    training : S losses in nats per word, one for each step, drawn as a running mean
    validation : (steps, losses), measured after so many steps
    yardsticks : dict name -> loss of a model that does not change over time
    floor : (name, loss) of the best possible model, below which the picture is shaded, or None
    title : str

    Returns
    -------
    ax : the panel; steps on a logarithmic scale, for most happens early

    Raises
    ------
    ValueError : validation has more or fewer losses than steps
    """
    _, ax = plt.subplots(figsize=(8.5, 4.4))
    steps, losses = validation
    require(len(steps) == len(losses), f"validation has {len(losses)} losses for {len(steps)} steps")
    ax.semilogx(range(1, len(training) + 1), smooth(training, max(1, len(training) // 100)), color=BLUE, lw=1.5,
                label="LSTM, training (with dropout)")
    ax.semilogx(steps, losses, "o", ms=7, color=VERMILLION, label="LSTM, validation")
    for (name, value), color in zip(yardsticks.items(), (GRAY, ORANGE, PURPLE)):
        ax.axhline(value, ls="--", lw=1.5, color=color)
        ax.text(1, value, f" {name}", color=color, va="bottom")
    if floor is not None:
        low = floor[1] - 0.1 * (max(yardsticks.values()) - floor[1])
        ax.axhspan(low, floor[1], color=GREEN, alpha=0.18, lw=0)
        ax.text(1, floor[1], f" {floor[0]}", color=GREEN, va="top")
        ax.set_ylim(bottom=low)
    ax.set(title=title, xlabel="step", ylabel="loss, nats per word")
    ax.legend()
    return ax


def plot_surprise(headlines, title=""):
    """Draw for each headline how much each of its words surprised the model: a bar of -log p for every word.

    Parameters
    ----------
    headlines : list of (words, log_probs), list of str and as many numbers in nats
    title : str

    Returns
    -------
    axes : the panels, one below the other

    Raises
    ------
    ValueError : a headline has more or fewer numbers than words
    """
    fig, axes = plt.subplots(len(headlines), 1, figsize=(8.5, 2.1 * len(headlines)), squeeze=False, sharey=True)
    for ax, (words, log_probs) in zip(axes[:, 0], headlines):
        require(len(words) == len(log_probs), f"{len(words)} words, but {len(log_probs)} log-probabilities")
        surprise = -np.asarray(log_probs, float)
        ax.bar(range(len(words)), surprise, color=BLUE, width=0.7)
        for place, nats in enumerate(surprise):
            ax.text(place, nats, f"{nats:.1f}", ha="center", va="bottom", fontsize=9)
        ax.set_xticks(range(len(words)), words)
        ax.set(title=f"{surprise.sum():.1f} nats, {surprise.mean():.2f} per word", ylabel="surprise, nats")
        ax.grid(axis="x", visible=False)
        ax.margins(y=0.18)
    fig.suptitle(title)
    return axes[:, 0]


def plot_temperature(temperatures, shares, marks=None, title=""):
    """Draw shares of written headlines against the temperature they were drawn at.

    Parameters
    ----------
    temperatures : S numbers
    shares : dict name -> S shares from 0 to 1
    marks : dict name -> share of headlines written in another way, as (temperature to draw it at, share), or None
    title : str

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : a row of shares has more or fewer numbers than there are temperatures
    """
    _, ax = plt.subplots(figsize=(8.5, 3.8))
    for name, values in shares.items():
        require(len(values) == len(temperatures),
                f"shares[{name!r}] has {len(values)} values for {len(temperatures)} temperatures")
        ax.plot(temperatures, values, "o-", lw=2, label=name)
    for (name, (place, share)), marker in zip((marks or {}).items(), "s^Dv"):
        ax.plot(place, share, marker, ms=9, color="black", mfc="white", mew=2, label=name)
    ax.set(title=title, xlabel="temperature", ylabel="share of the headlines", ylim=(-0.03, 1.03))
    ax.legend()
    return ax
