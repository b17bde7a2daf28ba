"""Figures of captioning: pictures with their captions, where attention looks, losses of captioners."""

import textwrap
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import DASHES, MARKERS, smooth

__all__ = ["plot_captioned", "plot_attention", "plot_losses"]


def plot_captioned(pictures, captions, columns=4, width=34, title=""):
    """Draw pictures with what is said about them below.

    Parameters
    ----------
    pictures : (N, H, W, 3) uint8
    captions : N str, or N lists of str; each begins a line, and long lines are broken
    columns : int, pictures in a row
    width : int, letters in a line
    title : str

    Returns
    -------
    fig : the figure
    """
    rows = -(-len(captions) // columns)
    lines = [[caption] if isinstance(caption, str) else caption for caption in captions]
    text = ["\n".join(textwrap.fill(line, width, subsequent_indent="  ") for line in said) for said in lines]
    height = 3.1 + 0.2 * max(said.count("\n") + 1 for said in text)
    fig, axes = plt.subplots(rows, columns, figsize=(3.2 * columns, height * rows), squeeze=False)
    for ax, picture, said in zip(axes.flat, pictures, text):
        ax.imshow(picture)
        ax.text(0, -0.04, said, transform=ax.transAxes, va="top", fontsize=10)
    for ax in axes.flat:
        ax.axis("off")
    fig.suptitle(title)
    return fig


def plot_attention(picture, words, weights, columns=12, title=""):
    """Draw a picture once for each word of its caption, lit where the captioner looked before it wrote the word.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    words : T str
    weights : (T, L) floats, over the L cells of a square grid, row by row
    columns : int, pictures in a row
    title : str

    Returns
    -------
    fig : the figure
    """
    side = round(weights.shape[1] ** 0.5)
    rows = -(-len(words) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.15 * columns, 1.4 * rows + 0.4), squeeze=False)
    for ax, word, seen in zip(axes.flat, words, weights):
        light = np.kron(seen.reshape(side, side) / seen.max(),  # (L,) -> (side, side)
                        np.ones((picture.shape[0] // side, picture.shape[1] // side)))
        ax.imshow((picture[:len(light), :light.shape[1]] * (0.2 + 0.8 * light[..., None])).astype(np.uint8))
        ax.set_title(word, fontsize=11, loc="center")
    for ax in axes.flat:
        ax.axis("off")
    fig.suptitle(title)
    return fig


def plot_losses(runs, title=""):
    """Draw training loss, smoothed, and validation loss after each epoch, of several captioners; logarithmic scales.

    Parameters
    ----------
    runs : dict, name -> trained CaptioningSolver
    title : str

    Returns
    -------
    fig : the figure
    """
    fig, axes = plt.subplots(1, 2, figsize=(11, 3.8))
    for (name, solver), dashes, marker in zip(runs.items(), cycle(DASHES), cycle(MARKERS)):
        losses = solver.loss_history
        axes[0].plot(np.arange(1, len(losses) + 1), smooth(losses, max(len(losses) // 15, 1)), ls=dashes, lw=2,
                     label=name)
        epochs = np.arange(1, len(solver.val_loss_history))  # the first loss is that of a fresh network
        axes[1].plot(epochs, solver.val_loss_history[1:], marker=marker, label=name)
    axes[0].set(xlabel="minibatch", ylabel="loss of a caption (nats)", title="training, running mean", yscale="log")
    axes[1].set(xlabel="epoch", ylabel="loss of a caption (nats)", title="validation, after each epoch")
    for ax in axes:
        ax.legend()
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[0].yaxis.set_minor_formatter("{x:g}")
    axes[1].xaxis.get_major_locator().set_params(integer=True)
    fig.suptitle(title)
    return fig
