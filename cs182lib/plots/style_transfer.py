"""Pictures painted by style transfer, and the losses on the way."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import DASHES
from cs182lib.plots.style import BLUE, GRAY, ORANGE, VERMILLION
from cs182lib.validation import require

__all__ = ["plot_gallery", "plot_grams", "plot_loss_parts", "plot_recipe", "plot_totals"]

PARTS = {"total": GRAY, "content": BLUE, "style": VERMILLION, "tv": ORANGE}


def plot_gallery(pictures, columns=3, width=12, title=""):
    """Draw pictures side by side, large, each under its name.

    Parameters
    ----------
    pictures : dict, name -> uint8 array (H, W, 3); of one shape, or of similar ones
    columns : int, pictures in a row
    width : inches of the whole figure
    title : of the whole figure

    Returns
    -------
    axes : the panels, one for each picture

    Raises
    ------
    ValueError : there is no picture
    """
    require(len(pictures) > 0, "pictures holds none; pass {name: picture}")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    shape = np.max([picture.shape[0] / picture.shape[1] for picture in pictures.values()])
    fig, axes = plt.subplots(rows, columns, figsize=(width, rows * (shape * width / columns + 0.35)), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, (name, picture) in zip(axes.flat, pictures.items()):
        _show(ax, picture, name)
    fig.suptitle(title)
    return axes.flat[:len(pictures)]


def plot_recipe(content, style, picture, names=("content", "style", "both"), title=""):
    """Draw content and style small, one above the other, and what became of them large beside them.

    Parameters
    ----------
    content, style, picture : uint8 arrays (H, W, 3); names : three titles
    title : str, of the whole figure

    Returns
    -------
    axes : the three panels
    """
    height, width = picture.shape[:2]
    fig, panels = plt.subplot_mosaic("acc;bcc", figsize=(12, 12 * 2 / 3 * height / width + 0.3), width_ratios=[1, 1, 1])
    axes = [panels[key] for key in "abc"]
    for ax, shown, name in zip(axes, (content, style, picture), names):
        _show(ax, shown, name)
    fig.suptitle(title)
    return axes


def plot_loss_parts(history, title=""):
    """Draw the weighted losses by evaluation, on a logarithmic axis; one that stays zero is left out.

    Parameters
    ----------
    history : dict of lists "content", "style", "tv", "total", of a Transfer
    title : of the panel

    Returns
    -------
    ax : the panel
    """
    _, ax = plt.subplots(figsize=(10, 3.6))
    for (name, color), dashes in zip(PARTS.items(), DASHES):
        values = np.array(history[name], float)
        if values.any():
            values[values <= 0] = np.nan  # no place on a logarithmic axis
            ax.semilogy(values, label=name, color=color, ls=dashes, lw=2.5 if name == "total" else 1.8)
    ax.set(title=title, xlabel="evaluations of loss and gradient", ylabel="weighted loss")
    ax.legend(ncols=4)
    return ax


def plot_totals(histories, title=""):
    """Draw the total losses of several runs by evaluation, on a logarithmic axis.

    Parameters
    ----------
    histories : dict, name -> history of a Transfer
    title : of the panel

    Returns
    -------
    ax : the panel
    """
    _, ax = plt.subplots(figsize=(10, 3.6))
    for (name, history), dashes in zip(histories.items(), cycle(DASHES)):
        ax.semilogy(history["total"], ls=dashes, lw=2, label=name)
    ax.set(title=title, xlabel="evaluations of loss and gradient", ylabel="total loss")
    ax.legend()
    return ax


def plot_grams(grams, title=""):
    """Draw Gram matrices side by side, all on one scale: white for small, dark for channels that act together.

    Parameters
    ----------
    grams : dict, name -> (C, C) floats
    title : of the whole figure

    Returns
    -------
    axes : the panels
    """
    fig, axes = plt.subplots(1, len(grams), figsize=(4 * len(grams), 4.2), squeeze=False)
    top = np.quantile(np.concatenate([np.ravel(gram) for gram in grams.values()]), 0.99)
    for ax, (name, gram) in zip(axes.flat, grams.items()):
        shown = ax.imshow(gram, cmap="magma_r", vmin=0, vmax=top)
        ax.set(title=name, xlabel="channel", ylabel="channel")
        ax.label_outer()
        ax.grid(False)
    fig.colorbar(shown, ax=axes, label="Gram matrix", extend="max", shrink=0.9)
    fig.suptitle(title)
    return axes.flat


def _show(ax, picture, title):
    ax.imshow(picture, interpolation="bilinear")
    ax.set_title(title, fontsize=11)
    ax.axis("off")
