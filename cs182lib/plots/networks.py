"""What goes on inside a network: signals across depth, sweeps over the weight scale, filters and feature maps."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.layers import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_bn_backward,
    affine_relu_bn_forward,
    affine_relu_forward,
    softmax_loss,
)
from cs182lib.plots.style import BLUE, GRAY, VERMILLION
from cs182lib.validation import check_count, check_floats, require

__all__ = ["block_signals", "magnitude_histogram", "plot_signals", "plot_scale_sweep", "mosaic", "filter_colors",
           "plot_filters", "plot_feature_maps", "plot_image_row"]


def block_signals(model, X, y):
    """Send one batch through a FullyConnectedNet and keep what its hidden blocks put out, and what comes back to them.

    Parameters
    ----------
    model : FullyConnectedNet without dropout; normalization None or "batch" (the batch's own statistics are used), as
        params, bn_params and dropout_param say
    X : (N, d_1, ..., d_k) floats
    y : (N,) labels

    Returns
    -------
    outputs : list of (N, M_i), the ReLU output h_i of each block
    gradients : list of (N, M_i), the gradient of the loss with respect to h_i

    Raises
    ------
    ValueError : the model has dropout or layer norm
    """
    batchnorm = "gamma1" in model.params and len(model.bn_params) > 0
    require(not model.dropout_param.get("p") and ("gamma1" in model.params) == batchnorm,
            "block_signals follows affine, batch norm and ReLU only; make the net without dropout and layer norm")
    h, outputs, caches = X.astype(model.params["W1"].dtype), [], []
    last = sum(key.startswith("W") for key in model.params)
    for i in range(1, last):
        h, cache = _block(model, i, h, batchnorm)
        outputs.append(h)
        caches.append(cache)
    scores, cache = affine_forward(h, model.params[f"W{last}"], model.params[f"b{last}"])
    dh, _, _ = affine_backward(softmax_loss(scores, y)[1], cache)
    backward = affine_relu_bn_backward if batchnorm else affine_relu_backward
    gradients = []
    for cache in reversed(caches):
        gradients.append(dh)
        dh = backward(dh, cache)[0]
    return outputs, gradients[::-1]


def _block(model, i, h, batchnorm):
    affine = h, model.params[f"W{i}"], model.params[f"b{i}"]
    if not batchnorm:
        return affine_relu_forward(*affine)
    return affine_relu_bn_forward(*affine, model.params[f"gamma{i}"], model.params[f"beta{i}"], {"mode": "train"})


def magnitude_histogram(values, edges):
    """Count how many numbers have log10 |value| in each bin, as a share of all of them; zeros fall in no bin.

    Parameters
    ----------
    values : array of numbers
    edges : (B + 1,) increasing, bin edges in powers of ten; numbers beyond count in the first or last bin

    Returns
    -------
    share : (B,) floats
    zeros : float, the share of exact zeros
    """
    nonzero = np.abs(values[values != 0]).astype(np.float64)
    powers = np.clip(np.log10(nonzero), edges[0], edges[-1])
    return np.histogram(powers, edges)[0] / values.size, 1 - nonzero.size / values.size


def plot_signals(nets, low=-16, high=4, title=""):
    """Draw, for each net, the magnitudes of block outputs (above) and of their gradients (below), deeper lines lower.

    Parameters
    ----------
    nets : dict name -> (outputs, gradients) of `block_signals`
    low, high : powers of ten at the ends of the axes
    title : of the whole figure

    Returns
    -------
    fig : Figure with two rows of axes, one column for each net
    """
    edges = np.linspace(low, high, 8 * (high - low) + 1)
    fig, axes = plt.subplots(2, len(nets), figsize=(6 * len(nets), 7.5), sharex=True, squeeze=False)
    for column, (name, pair) in zip(axes.T, nets.items()):
        for ax, signals, what in zip(column, pair, ("outputs of the blocks", "gradients at those outputs")):
            draw_ridges(ax, signals, edges)
            ax.set_title(f"{name}: {what}")
        column[-1].set_xlabel("magnitude")
    fig.suptitle(title)
    return fig


def draw_ridges(ax, signals, edges, overlap=1.6):
    """Draw one filled histogram of magnitudes for each array in `signals`, the first on top, and the share of zeros.

    Parameters
    ----------
    ax : the panel to draw in
    signals : list of arrays of any shape
    edges : (K + 1,) numbers, the ends of the K bins as powers of ten
    overlap : number, how high a histogram may rise, in rows
    """
    centers = (edges[1:] + edges[:-1]) / 2
    colors = plt.get_cmap("viridis")(np.linspace(0.05, 0.85, len(signals)))
    for row, (values, color) in enumerate(zip(signals, colors)):
        share, zeros = magnitude_histogram(values, edges)
        height = overlap * share / max(share.max(), 1e-12)  # each ridge as high as the others: the place is the message
        ax.fill_between(centers, -row, height - row, color=color, alpha=0.85, lw=0, zorder=row)
        ax.plot(centers, height - row, color="white", lw=1, zorder=row)
        ax.text(edges[-1] + 0.2, -row, f"{zeros:.0%} zero", fontsize=8, color=GRAY)
    ax.set_yticks(-np.arange(len(signals)), [f"block {i + 1}" for i in range(len(signals))])
    ticks = np.arange(np.ceil(edges[0] / 4) * 4, edges[-1] + 1, 4)
    ax.set_xticks(ticks, [f"$10^{{{tick:.0f}}}$" for tick in ticks])
    ax.grid(axis="y", visible=False)


def plot_scale_sweep(scales, sweeps, chance=0.1, title=""):
    """Draw best validation accuracy, best training accuracy and final loss against the weight scale, a line a net.

    Parameters
    ----------
    scales : (S,) numbers > 0
    sweeps : dict name -> dict with val_acc, train_acc, loss: (S,) numbers each, NaN where training diverged
    chance : accuracy of guessing, drawn as a dotted line
    title : of the whole figure

    Returns
    -------
    fig : Figure with three axes; runs that diverged are crosses on the lower (accuracy) or upper (loss) edge
    """
    fig, axes = plt.subplots(1, 3, figsize=(14, 4))
    panels = {"val_acc": "best validation accuracy", "train_acc": "best training accuracy",
              "loss": "final training loss"}
    for ax, (key, panel) in zip(axes, panels.items()):
        for (name, sweep), color, marker in zip(sweeps.items(), (BLUE, VERMILLION), "os"):
            values = np.asarray(sweep[key], float)
            ax.semilogx(scales, values, marker=marker, ms=5, color=color, label=name)
            diverged = np.asarray(scales)[np.isnan(values)]
            edge = np.full(len(diverged), 0.98 if key == "loss" else 0.02)
            ax.plot(diverged, edge, "x", color=color, ms=8, mew=2, transform=ax.get_xaxis_transform(),
                    label=f"{name}: diverged" if len(diverged) else None)
        ax.set(title=panel, xlabel="standard deviation of the initial weights", ylabel="share right")
        if key == "loss":
            ax.set(yscale="log", ylabel="nats")
        ax.axhline(chance if key != "loss" else -np.log(chance), color=GRAY, ls=":", lw=1.5, label="guessing")
    axes[2].legend(loc="upper left")  # where the losses leave room
    fig.suptitle(title)
    return fig


def mosaic(images, columns, gap=1, fill=1.0):
    """Lay equally large images out in rows, with `gap` pixels of the value `fill` between and around them.

    Parameters
    ----------
    images : (N, H, W) or (N, H, W, 3)
    columns : int, images in a row
    gap : int, pixels
    fill : number, in the images' own scale

    Returns
    -------
    page : (rows (H + gap) + gap, columns (W + gap) + gap[, 3])

    Raises
    ------
    TypeError, ValueError : columns is no whole number above 0, or images have other axes
    """
    check_count("columns", columns)
    require(images.ndim in (3, 4), f"images must be (N, H, W) or (N, H, W, 3), got shape {images.shape}")
    H, W = images.shape[1:3]
    rows = -(-len(images) // columns)
    page = np.full((rows * (H + gap) + gap, columns * (W + gap) + gap, *images.shape[3:]), fill, images.dtype)
    for k, image in enumerate(images):
        top, left = k // columns * (H + gap) + gap, k % columns * (W + gap) + gap
        page[top:top + H, left:left + W] = image
    return page


def filter_colors(w):
    """Turn filters into colors: 0 becomes middle gray, and each filter's largest weight, in size, black or white.

    Parameters
    ----------
    w : (F, 3, HH, WW) floats

    Returns
    -------
    images : (F, HH, WW, 3) floats in [0, 1]

    Raises
    ------
    TypeError, ValueError : w is no float array of that shape, or holds NaN
    """
    check_floats("w", w, shape=(None, 3, None, None))
    largest = np.abs(w).max(axis=(1, 2, 3), keepdims=True)
    images = 0.5 + 0.5 * w / np.where(largest > 0, largest, 1)  # one factor a filter: its colors keep their ratios
    return images.transpose(0, 2, 3, 1)  # (F, 3, HH, WW) -> (F, HH, WW, 3)


def plot_filters(named, columns=4, title=""):
    """Draw several sets of filters side by side as mosaics.

    Parameters
    ----------
    named : dict name -> w (F, 3, HH, WW)
    columns : int, filters in a row
    title : of the whole figure

    Returns
    -------
    fig : Figure with one axes for each set
    """
    fig, axes = plt.subplots(1, len(named), figsize=(4.5 * len(named), 4.7), squeeze=False)
    for ax, (name, w) in zip(axes[0], named.items()):
        show(ax, mosaic(filter_colors(w), columns), name)
    fig.suptitle(title)
    return fig


def plot_feature_maps(image, maps, title="", columns=8):
    """Draw an image and beside it its feature maps, the brighter the larger; each map on its own scale.

    Parameters
    ----------
    image : (H, W, 3) in [0, 1] or bytes
    maps : (F, H', W') numbers >= 0
    title : of the whole figure
    columns : int, maps in a row

    Returns
    -------
    fig : Figure with two axes
    """
    rows = -(-len(maps) // columns)
    top = np.percentile(maps, 99.5, axis=(1, 2), keepdims=True)  # not the maximum: one bright pixel would dim the rest
    fig, (left, right) = plt.subplots(1, 2, figsize=(1.2 * (columns + rows) + 0.8, 1.25 * max(rows, 2)),
                                      width_ratios=(max(rows, 2), columns))
    show(left, image, "the picture")
    page = mosaic(np.clip(maps / np.where(top > 0, top, 1), 0, 1), columns, gap=maps.shape[1] // 16, fill=np.nan)
    show(right, page, "one map for each filter", cmap="magma")
    fig.suptitle(title)
    return fig


def plot_image_row(images, height=3.0, title=""):
    """Draw images side by side under their names; gray ones (H, W) from their smallest to their largest value.

    Parameters
    ----------
    images : dict name -> (H, W) numbers or (H, W, 3) in [0, 1] or bytes
    height : inches
    title : of the whole figure

    Returns
    -------
    fig : Figure with one axes for each image
    """
    ratios = [image.shape[1] / image.shape[0] for image in images.values()]
    fig, axes = plt.subplots(1, len(images), figsize=(height * sum(ratios), 1.1 * height), width_ratios=ratios,
                             squeeze=False)
    for ax, (name, image) in zip(axes[0], images.items()):
        show(ax, image, name, cmap="gray")
    fig.suptitle(title)
    return fig


def show(ax, image, title, **options):
    """Draw an image without axes in the panel `ax`, under a title; `options` go to matplotlib's imshow."""
    ax.imshow(image, **options)
    ax.set_title(title)
    ax.set_axis_off()
