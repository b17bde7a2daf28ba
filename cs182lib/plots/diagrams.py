"""Drawings that explain: the computation graph of batch norm, and how a convolution becomes a matrix product."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from cs182lib.plots.style import BLUE, GREEN, ORANGE, PURPLE, VERMILLION

__all__ = ["draw_graph", "plot_batchnorm_graph", "plot_columns", "plot_sharing"]

# name -> (x, y, what is written in the box)
BATCHNORM_NODES = {
    "x": (0, 0, "$x$"),
    "mean": (1.9, 1.7, "$\\mu$\n$\\mathrm{mean}_n\\,x$"),
    "xc": (3.8, 0, "$xc$\n$x - \\mu$"),
    "var": (5.4, 1.7, "$\\sigma^2$\n$\\mathrm{mean}_n\\,xc^2$"),
    "istd": (8.4, 1.7, "$istd$\n$(\\sigma^2 + \\epsilon)^{-1/2}$"),
    "x_hat": (8.4, 0, "$\\hat{x}$\n$xc \\cdot istd$"),
    "gamma": (10.4, 1.7, "$\\gamma$"),
    "beta": (12.4, 1.7, "$\\beta$"),
    "out": (12.4, 0, "$out$\n$\\gamma\\,\\hat{x} + \\beta$"),
}
# (from, to, what comes back along that edge)
BATCHNORM_EDGES = (
    ("x", "mean", r"$dmean\,/\,N$"), ("x", "xc", "$dxc$"), ("mean", "xc", r"$-\Sigma_n dxc$"),
    ("xc", "var", r"$\frac{2}{N}\,xc\;dvar$"), ("var", "istd", r"$-\frac{1}{2}\,istd^3\;distd$"),
    ("istd", "x_hat", r"$\Sigma_n d\hat{x}\;xc$"), ("xc", "x_hat", r"$d\hat{x}\;istd$"),
    ("x_hat", "out", r"$dout\;\gamma$"), ("gamma", "out", r"$\Sigma_n dout\;\hat{x}$"),
    ("beta", "out", r"$\Sigma_n dout$"),
)


def plot_batchnorm_graph():
    """Draw batch norm as a graph and return the figure: values flow right (blue arrows), gradients back (red ones)."""
    fig, ax = plt.subplots(figsize=(14, 4.2))
    draw_graph(ax, BATCHNORM_NODES, BATCHNORM_EDGES)
    ax.set_title("Values flow along the blue arrows, gradients come back along the red ones")
    return fig


def draw_graph(ax, nodes, edges):
    """Draw boxes joined by a forward arrow and a backward arrow that carries the gradient's formula.

    Parameters
    ----------
    ax : Axes
    nodes : dict name -> (x, y, text)
    edges : sequence of (from, to, formula of the gradient)
    """
    for x, y, text in nodes.values():
        ax.text(x, y, text, ha="center", va="center", fontsize=13, zorder=3, linespacing=1.35,
                bbox=dict(boxstyle="round,pad=0.45", fc="#EEF4FA", ec=BLUE, lw=1.3))
    for source, target, formula in edges:
        _two_arrows(ax, np.array(nodes[source][:2], float), np.array(nodes[target][:2], float), formula)
    places = np.array([node[:2] for node in nodes.values()])
    ax.set(xlim=(places[:, 0].min() - 0.6, places[:, 0].max() + 0.9),
           ylim=(places[:, 1].min() - 0.7, places[:, 1].max() + 0.6))
    ax.set_axis_off()


def _two_arrows(ax, start, end, formula, gap=0.07):
    """Draw start -> end, and beside it, to the right of that direction, end -> start with its formula."""
    along = (end - start) / np.linalg.norm(end - start)
    right = np.array([along[1], -along[0]])
    shrink = 46 if abs(along[0]) > 0.9 else 32  # points; the boxes are wider than high
    for a, b, side, color in ((start, end, -gap, BLUE), (end, start, gap, VERMILLION)):
        ax.add_patch(FancyArrowPatch(a + side * right, b + side * right, color=color, arrowstyle="-|>",
                                     mutation_scale=13, lw=1.5, shrinkA=shrink, shrinkB=shrink, zorder=2))
    middle = (start + end) / 2 + 2.5 * gap * right
    ax.text(*middle, formula, color=VERMILLION, fontsize=12, zorder=4, va="top" if right[1] < -0.9 else "center",
            ha="center" if right[1] < -0.9 else "left" if right[0] > 0 else "right")


def plot_columns(x, w):
    """Draw the convolution of one gray image by one filter as a matrix product: each window becomes a column.

    Parameters
    ----------
    x : (H, W) numbers, at most four windows fit
    w : (HH, WW) numbers

    Returns
    -------
    fig : Figure; its axes hold image, filter as a row, columns and result
    """
    HH, WW = w.shape
    corners = [(i, j) for i in range(x.shape[0] - HH + 1) for j in range(x.shape[1] - WW + 1)]
    columns = np.stack([x[i:i + HH, j:j + WW].ravel() for i, j in corners], axis=1)  # (HH·WW, windows)
    colors = [BLUE, ORANGE, GREEN, PURPLE][:len(corners)]
    row = w.reshape(1, -1)  # (HH, WW) -> (1, HH·WW)
    fig, axes = plt.subplots(1, 4, figsize=(13, 3.7), width_ratios=(x.shape[1], row.size, len(corners), len(corners)))
    _cells(axes[0], x, "the image and its windows")
    for k, ((i, j), color) in enumerate(zip(corners, colors)):
        inset = 0.06 + 0.06 * k  # so that no two frames lie on each other
        axes[0].add_patch(FancyBboxPatch((j + inset, i + inset), WW - 2 * inset, HH - 2 * inset, fc="none", ec=color,
                                         lw=2.5, boxstyle="round,pad=0"))
    _cells(axes[1], row, "the filter as a row")
    _cells(axes[2], columns, "times the windows as columns", colors)
    _cells(axes[3], row @ columns, "is the output", colors)
    fig.suptitle("A convolution as one matrix product")
    return fig


def _cells(ax, values, title, colors=None):
    """Draw a matrix of numbers as cells; `colors` gives each column its own."""
    for (i, j), value in np.ndenumerate(values):
        ax.add_patch(Rectangle((j, i), 1, 1, fc=(colors[j] if colors else "#EEF4FA"), alpha=0.3 if colors else 1))
        ax.add_patch(Rectangle((j, i), 1, 1, fc="none", ec="white", lw=2))
        ax.text(j + 0.5, i + 0.5, f"{value:g}", ha="center", va="center", fontsize=13)
    ax.set(xlim=(-0.1, values.shape[1] + 0.1), ylim=(values.shape[0] + 0.1, -0.1), aspect="equal", title=title)
    ax.set_axis_off()


def plot_sharing(groups, rows, columns, title=""):
    """Draw grids in which the cells of one group, those that share a mean, have one color.

    Parameters
    ----------
    groups : dict name -> (R, C) ints, the group of each cell
    rows, columns : what the two axes count
    title : of the whole figure

    Returns
    -------
    fig : Figure with one axes for each grid
    """
    fig, axes = plt.subplots(1, len(groups), figsize=(3.6 * len(groups), 3.7), squeeze=False)
    fig.suptitle(title)
    for ax, (name, group) in zip(axes[0], groups.items()):
        ax.pcolormesh(group[::-1] / max(group.max(), 1), cmap="viridis", vmin=-0.1, edgecolors="white", lw=2)
        ax.set(title=name, xlabel=columns, ylabel=rows, xticks=[], yticks=[], aspect="equal")
        ax.grid(False)
    return fig
