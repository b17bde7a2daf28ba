"""Figures of recurrent networks: the graph unrolled in time, and gradients by distance in time."""

import matplotlib.pyplot as plt
import numpy as np

__all__ = ["plot_unrolled", "plot_gradient_norms"]

BACK = "#a4161a"  # the way of the gradients


def plot_unrolled(words, outputs):
    """Draw a captioning RNN unrolled in time: words go in below, states go to the right, next words come out above.

    Parameters
    ----------
    words : T str, what each step reads
    outputs : T str, what each step should say
    """
    fig, ax = plt.subplots(figsize=(1.9 * (len(words) + 1), 4))
    box = {"ha": "center", "va": "center", "fontsize": 12}
    frame = {"boxstyle": "round,pad=0.45", "fc": "#dcebf7", "ec": "#33658a"}
    ax.text(0, 1, "features", **box)
    for t, (word, output) in enumerate(zip(words, outputs), 1):
        ax.text(t, 1, f"$h_{t}$", bbox=frame, **box)
        ax.text(t, 0, word, **box)
        ax.text(t, 2, output, **box)
        _arrow(ax, (t, 0.18), (t, 0.72))
        _arrow(ax, (t, 1.28), (t, 1.82))
        _arrow(ax, (t - 0.72 if t > 1 else 0.3, 1), (t - 0.25, 1))
        _arrow(ax, (t - 0.2, 0.78), (t - 0.8, 0.78), BACK)
        _arrow(ax, (t + 0.12, 1.82), (t + 0.12, 1.28), BACK)
        ax.text(t - 0.12, 0.42, f"$x_{t} W_x$", ha="right", va="center", fontsize=9)
        ax.text(t - 0.5, 1.09, f"$h_{t - 1} W_h$", ha="center", fontsize=9)
    ax.set(xlim=(-0.5, len(words) + 0.5), ylim=(-0.25, 2.25))
    ax.axis("off")
    ax.set_title("black: forward; red: the gradients go back along the same arrows", fontsize=11)
    return fig


def _arrow(ax, start, end, color="#333333"):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.4})


def plot_gradient_norms(norms, title=""):
    """Draw on a logarithmic scale how large the gradient of the last state is with respect to earlier ones.

    Parameters
    ----------
    norms : dict, name -> (K,) numbers: the norm at distance 0, 1, ... K - 1
    title : of the panel
    """
    fig, ax = plt.subplots(figsize=(8, 4.2))
    for name, values in norms.items():
        ax.semilogy(np.arange(len(values)), values, lw=2, label=name)
    ax.set(xlabel="steps back in time", ylabel="norm of the gradient, 1 at distance 0", title=title)
    ax.legend()
    return fig
