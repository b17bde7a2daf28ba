"""Figures of language models: loss against yardsticks, what they expect, where they are surprised, how they write."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import smooth
from cs182lib.plots.style import BLUE, GRAY, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from cs182lib.validation import require

__all__ = ["plot_agreement", "plot_guesses", "plot_language_loss", "plot_surprise", "plot_temperature"]


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
        ax.text(1, value, f" {name}: {value:.2f}", color=color, va="bottom")
    if floor is not None:
        low = floor[1] - 0.1 * (max(yardsticks.values()) - floor[1])
        ax.axhspan(low, floor[1], color=GREEN, alpha=0.18, lw=0)
        ax.text(1, floor[1], f" {floor[0]}: {floor[1]:.2f}", color=GREEN, va="top")
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
    """Draw shares of written headlines against the temperature they were drawn at, and beside it for other ways.

    Parameters
    ----------
    temperatures : S numbers
    shares : dict name -> S shares from 0 to 1
    marks : dict way of writing -> one share for each name of `shares`, or None: then there is no second panel
    title : str

    Returns
    -------
    axes : the one or two panels

    Raises
    ------
    ValueError : a row of shares or marks has more or fewer numbers than it should
    """
    fig, axes = plt.subplots(1, 2 if marks else 1, figsize=(10.5 if marks else 8.5, 3.8), squeeze=False,
                             width_ratios=(1.7, 1) if marks else None)
    for (name, values), marker in zip(shares.items(), "os^D"):
        require(len(values) == len(temperatures),
                f"shares[{name!r}] has {len(values)} values for {len(temperatures)} temperatures")
        axes[0, 0].plot(temperatures, values, marker + "-", lw=2, label=name)
    axes[0, 0].set(xlabel="temperature", ylabel="share of the headlines", ylim=(0, 1.02))
    axes[0, 0].legend()
    for k, marker in zip(range(len(shares)) if marks else (), "os^D"):
        axes[0, 1].plot(list(marks), [values[k] for values in marks.values()], marker, ms=9, clip_on=False)
    if marks:
        lowest = min(min(values) for values in marks.values())
        axes[0, 1].set(xlabel="way of writing", ylabel="the same, on a larger scale", xlim=(-0.5, len(marks) - 0.5),
                       ylim=(lowest - 0.2 * (1.01 - lowest), 1))
    fig.suptitle(title)
    return axes[0]


def plot_agreement(x, y, xlabel, ylabel, title=""):
    """Draw a point for each of N things that two judges gave a number to; on the dashed line both agree.

    Parameters
    ----------
    x, y : N numbers each, on one scale
    xlabel, ylabel, title : texts

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : there are more x than y, or fewer
    """
    require(len(x) == len(y), f"x has {len(x)} numbers, y has {len(y)}")
    _, ax = plt.subplots(figsize=(5.6, 5))
    ends = min(np.min(x), np.min(y)), max(np.max(x), np.max(y))
    ax.plot(ends, ends, "--", color=GRAY, lw=1)
    ax.plot(x, y, ".", ms=4, alpha=0.5, color=BLUE)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, aspect="equal")
    ax.locator_params(nbins=6)
    return ax


def plot_guesses(words, guesses, title=""):
    """Draw what a model expects at each place of a headline, before it reads the word that stands there.

    Parameters
    ----------
    words : T str, the words that come, drawn on top
    guesses : T lists of (word, probability), the most probable first; where a list lacks the word that comes, no guess
        is in its color
    title : str

    Returns
    -------
    ax : the panel, a column for each word; a bar as long as its column has the probability 1

    Raises
    ------
    ValueError : there are more words than lists, or fewer
    """
    require(len(words) == len(guesses), f"{len(words)} words, but guesses at {len(guesses)} places")
    rows = max(map(len, guesses))
    _, ax = plt.subplots(figsize=(1.45 * len(words) + 0.4, 0.3 * rows + 1.1))
    for t, (came, column) in enumerate(zip(words, guesses)):
        ax.text(t, -0.9, came, weight="bold", va="center")
        for row, (word, p) in enumerate(column):
            ax.barh(row, 0.92 * p, left=t, height=0.84, color=ORANGE if word == came else SKY, alpha=0.75)
            ax.text(t + 0.03, row, word, va="center", fontsize=9)
            share = f"{p:.0%}" if p >= 0.005 else "<1%"
            ax.text(t + 0.9, row, share, va="center", ha="right", fontsize=8, color="#404040")
    ax.set(xlim=(-0.05, len(words)), ylim=(rows - 0.4, -1.5), title=title)
    ax.axis("off")
    return ax
