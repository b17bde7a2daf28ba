"""What matters in a picture, what fools a network, and what becomes of maps when a network forgets."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.curves import MARKERS
from cs182lib.plots.networks import show
from cs182lib.plots.style import GRAY, VERMILLION
from cs182lib.validation import check_shape, require

__all__ = ["plot_cascade", "plot_fooling", "plot_maps", "plot_randomization", "plot_shares"]


def brightness(values, percentile=99.0):
    """Return a map scaled to 0..1 in which the brightest are cut, so that one pixel dims no others.

    Parameters
    ----------
    values : (H, W) numbers >= 0
    percentile : number in [0, 100]; what is above this percentile becomes 1

    Raises
    ------
    ValueError : values has not two axes, or is empty
    """
    check_shape("the map", values, ndim=2)
    top = np.percentile(values, percentile)
    return np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)


def plot_maps(pictures, maps, names, width=12, title=""):
    """Draw pictures in the first row, and under each its maps, one row for each method.

    Parameters
    ----------
    pictures : list of uint8 arrays (H, W, 3)
    maps : dict method -> list of arrays (H, W), numbers >= 0, one for each picture
    names : list of str, the pictures' titles
    width : inches of the whole figure
    title : str

    Returns
    -------
    axes : array (1 + methods, pictures) of panels
    """
    shapes = [picture.shape for picture in pictures]
    ratios = [W / H for H, W, _ in shapes]
    rows, height = 1 + len(maps), width / sum(ratios)
    fig, axes = plt.subplots(rows, len(pictures), figsize=(width, rows * (height + 0.05) + 0.7), width_ratios=ratios,
                             squeeze=False)
    for ax, picture, name in zip(axes[0], pictures, names):
        show(ax, picture, name, interpolation="bilinear")
    for row, (method, values) in zip(axes[1:], maps.items()):
        for ax, each in zip(row, values):
            show(ax, brightness(np.asarray(each)), "", cmap="inferno", vmin=0, vmax=1)
        row[0].text(-0.04, 0.5, method, rotation=90, ha="right", va="center", transform=row[0].transAxes)
    fig.suptitle(title)
    return axes


def plot_fooling(before, after, scores, class_names, amplify=10, top=5, title=""):
    """Draw a picture, the one that fools, their difference, and the most probable classes before and after.

    Parameters
    ----------
    before, after : uint8 arrays (H, W, 3)
    scores : array (2, classes), of the two pictures
    class_names : sequence of str
    amplify : number, by which the difference is multiplied; gray is no difference
    top : int, how many classes
    title : str

    Returns
    -------
    axes : the four panels
    """
    ratio = before.shape[1] / before.shape[0]
    fig, axes = plt.subplots(1, 4, figsize=(14, 3.2), width_ratios=(ratio, ratio, ratio, 1.2))
    names = [class_names[k] for k in np.argmax(scores, axis=1)]
    difference = np.clip(127.5 + amplify * (after.astype(float) - before), 0, 255).astype(np.uint8)
    show(axes[0], before, f"says: {names[0]}", interpolation="bilinear")
    show(axes[1], after, f"says: {names[1]}", interpolation="bilinear")
    show(axes[2], difference, f"difference, {amplify} times")
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = shifted / shifted.sum(axis=1, keepdims=True)
    best = np.argsort(-p.max(axis=0))[:top][::-1]
    for offset, values, color, label in ((0.2, p[0], GRAY, "before"), (-0.2, p[1], VERMILLION, "after")):
        axes[3].barh(np.arange(len(best)) + offset, values[best], 0.38, color=color, label=label)
    axes[3].set_yticks(np.arange(len(best)), [class_names[k][:18] for k in best])
    axes[3].set(title="before and after", xlabel="probability", xlim=(0, 1))
    axes[3].legend()
    fig.suptitle(title)
    return axes


def plot_cascade(rows, picture=0, every=1, width=13, title=""):
    """Draw the maps of one picture as more and more of the net becomes random, one row for each method.

    Parameters
    ----------
    rows : what `sanity_check` returned
    picture : int, which one
    every : int, draw every so many stages; the first and the last always
    width : inches of the whole figure
    title : str

    Returns
    -------
    axes : array (methods, stages) of panels
    """
    first = next(iter(rows.values()))
    shown = sorted({*range(0, len(first), every), len(first) - 1})
    H, W = first[0]["maps"][picture].shape
    fig, axes = plt.subplots(len(rows), len(shown), squeeze=False,
                             figsize=(width, len(rows) * (width / len(shown) * H / W + 0.1) + 0.6))
    for line, (method, stage) in zip(axes, rows.items()):
        for ax, k in zip(line, shown):
            name = stage[k]["layer"].replace("features.", "to ").replace("classifier.1", "scores")
            show(ax, brightness(stage[k]["maps"][picture]), name if ax.get_subplotspec().is_first_row() else "",
                 cmap="inferno")
        line[0].text(-0.06, 0.5, method, rotation=90, ha="right", va="center", transform=line[0].transAxes)
    fig.suptitle(title)
    return axes


def plot_randomization(rows, title=""):
    """Draw how like the trained net's maps the maps stay as more and more of the net becomes random.

    Parameters
    ----------
    rows : what `sanity_check` returned
    title : str

    Returns
    -------
    axes : two panels, rank correlation and SSIM
    """
    fig, axes = plt.subplots(1, 2, figsize=(13, 4), sharey=True)
    for ax, (measure, name) in zip(axes, (("rank", "rank correlation"), ("ssim", "SSIM"))):
        for (method, stages), marker in zip(rows.items(), cycle(MARKERS)):
            ax.plot([stage[measure] for stage in stages], marker=marker, label=method)
        ax.axhline(0, color=GRAY, lw=1)
        layers = [stage["layer"].replace("features.", "").replace("classifier.1", "scores") for stage in stages]
        ax.set_xticks(range(len(layers)), layers, rotation=45, ha="right")
        ax.set(title=name, xlabel="random from the scores down to module")
    axes[0].set_ylabel("likeness to the trained net's map")
    axes[0].legend()
    fig.suptitle(title)
    return axes


def plot_shares(shares, title=""):
    """Draw, for each group, one dot a picture: how many times denser a map is on the object than over the picture.

    Parameters
    ----------
    shares : dict name -> array of numbers > 0
    title : of the panel

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : there is no group
    """
    require(len(shares) > 0, "shares holds no group; pass {name: values}")
    _, ax = plt.subplots(figsize=(10, 0.6 * len(shares) + 1.4))
    for row, values in enumerate(shares.values()):
        ax.plot(values, np.full(len(values), row), "|", ms=16, mew=2)
        ax.plot(np.median(values), row, "D", color="black", ms=7)
    ax.axvline(1, color=GRAY, ls="--", lw=1)
    ax.set_yticks(range(len(shares)), shares)
    ax.set(title=title, xlabel="density on the object / density over the whole picture (diamond: median)",
           xlim=(0, None), ylim=(len(shares) - 0.5, -0.5))
    return ax
