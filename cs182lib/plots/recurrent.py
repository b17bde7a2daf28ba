"""Figures of recurrent networks: the graph unrolled in time, and gradients by distance in time."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import DASHES
from cs182lib.plots.style import BLUE, VERMILLION

__all__ = ["plot_unrolled", "plot_gradient_norms"]


def plot_unrolled(words, outputs, title=""):
    """Draw a captioning RNN unrolled in time: words go in below, states go to the right, next words come out above.

    Blue arrows are the forward pass, orange ones the gradients that come back along them.

    Parameters
    ----------
    words : T str, what each step reads
    outputs : T str, what each step should say
    title : str

    Returns
    -------
    fig : the figure
    """
    fig, ax = plt.subplots(figsize=(1.9 * (len(words) + 1), 4))
    box = {"ha": "center", "va": "center", "fontsize": 12}
    frame = {"boxstyle": "round,pad=0.45", "fc": "#EEF4FA", "ec": BLUE}
    for t, (word, output) in enumerate(zip(["features", *words], ["", *outputs])):
        ax.text(t, 1, f"$h_{t}$", bbox=frame, **box)
        ax.text(t, 0, word, **box)
        _both_ways(ax, (t, 0.18), (t, 0.74), f"$x_{t} W_x$" if t else "$W_{proj}$")
        if t:
            ax.text(t, 2, output, **box)
            _both_ways(ax, (t, 1.26), (t, 1.82))
            _both_ways(ax, (t - 0.75, 1), (t - 0.25, 1), f"$h_{t - 1} W_h$")
    ax.set(xlim=(-0.5, len(words) + 0.5), ylim=(-0.25, 2.25))
    ax.axis("off")
    ax.set_title(title)
    return fig


def _both_ways(ax, start, end, text=""):
    """Draw the arrow of the forward pass from `start` to `end`, its text beside it, and that of the gradient back."""
    level = start[1] == end[1]
    for (x, y), (to_x, to_y), color, side in ((start, end, BLUE, -1), (end, start, VERMILLION, 1)):
        aside = (0, -0.08 * side) if level else (0.055 * side, 0)
        ax.annotate("", (to_x + aside[0], to_y + aside[1]), (x + aside[0], y + aside[1]),
                    arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.4})
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if level:
        ax.text(middle[0], middle[1] + 0.17, text, ha="center", fontsize=10)
    else:
        ax.text(middle[0] - 0.12, middle[1], text, ha="right", va="center", fontsize=10)


def plot_gradient_norms(norms, title="", scale="log"):
    """Draw how much of a gradient arrives at steps further and further back, as a share of the last step's.

    Parameters
    ----------
    norms : dict, name -> (K,) numbers: the norm at distance 0, 1, ... K - 1 over that at distance 0
    title : str
    scale : "log" or "linear", of the norms

    Returns
    -------
    fig : the figure
    """
    fig, ax = plt.subplots(figsize=(8, 4.2))
    for (name, values), dashes in zip(norms.items(), cycle(DASHES)):
        ax.plot(np.arange(len(values)), values, ls=dashes, lw=2, label=name)
    ax.set(xlabel="steps back in time", ylabel="norm of the gradient, last step = 1", title=title, yscale=scale)
    if scale == "linear":
        ax.set_ylim(0, None)
    ax.legend()
    return fig
