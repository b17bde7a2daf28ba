"""Pictures of data, of weights and of mistakes."""

import matplotlib.pyplot as plt
import numpy as np

from cs182lib.plots.networks import filter_colors, mosaic
from cs182lib.plots.style import BLUE, VERMILLION
from cs182lib.validation import check_labels, check_shape, require

__all__ = ["confident_mistakes", "confusion_matrix", "plot_confusion", "plot_masks", "plot_mistakes", "plot_rows",
           "plot_samples", "plot_weights", "to_pixels"]


def to_pixels(X, mean_image=None):
    """Turn pictures into bytes that matplotlib can show.

    Parameters
    ----------
    X : (N, C, H, W), 0 to 255, or that minus the mean image
    mean_image : (C, H, W) to add back, or None

    Returns
    -------
    pixels : (N, H, W, C) uint8

    Raises
    ------
    ValueError : X has not four axes, or is empty
    """
    check_shape("X", X, ndim=4)
    X = X if mean_image is None else X + mean_image
    return np.clip(np.rint(X), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)


def plot_samples(X, y, class_names, mean_image=None, per_class=10, title=""):
    """Draw a page of examples, one class in each row: the first `per_class` of each.

    Parameters
    ----------
    X, mean_image : as for `to_pixels`
    y : (N,) ints, the classes
    class_names : list of C str
    per_class : int, pictures in a row
    title : of the panel

    Returns
    -------
    ax : the panel

    Raises
    ------
    TypeError, ValueError : y is no (N,) array of classes, or a class has fewer pictures than that
    """
    check_labels("y", y, len(X), len(class_names))
    first = [np.flatnonzero(y == c)[:per_class] for c in range(len(class_names))]
    short = [name for name, found in zip(class_names, first) if len(found) < per_class]
    require(not short, f"X holds fewer than {per_class} pictures of {short[:1]}; ask for fewer with per_class")
    page = mosaic(to_pixels(X[np.concatenate(first)], mean_image), per_class, gap=2, fill=255)
    ax = _show_page(page, width=8, title=title)
    ax.set_yticks((np.arange(len(class_names)) + 0.5) * len(page) / len(class_names), class_names)
    return ax


def plot_weights(W, shape=(3, 32, 32), columns=10, count=None, title="", labels=()):
    """Draw each column of a first layer's weight matrix as a picture, gray where a weight is zero.

    Each picture has its own scale: its largest weight (in size) becomes black or full color.

    Parameters
    ----------
    W : (D, M) floats, D = C * H * W
    shape : (C, H, W)
    count : how many of the M columns, None for all
    labels : names under the pictures of the first row, or none
    title : of the panel
    columns : int, pictures in a row

    Returns
    -------
    ax : the panel

    Raises
    ------
    ValueError : W has not C * H * W rows
    """
    require(len(W) == np.prod(shape), f"W must have {np.prod(shape)} rows for pictures of shape {shape}, got {len(W)}")
    pictures = W.T[:count].reshape(-1, *shape)  # (D, M) -> (M, C, H, W)
    page = mosaic(filter_colors(pictures), columns, gap=2)
    ax = _show_page(page, width=11, title=title)
    if labels:
        ax.set_xticks((np.arange(len(labels)) + 0.5) * page.shape[1] / columns, labels)
    return ax


def confusion_matrix(y, predicted, num_classes):
    """Return how often each class was taken for each: entry [i, j] counts the pictures of class i that were called j.

    Parameters
    ----------
    y, predicted : (N,) ints, the true classes and the answers
    num_classes : int C

    Returns
    -------
    counts : (C, C) ints

    Raises
    ------
    TypeError, ValueError : y or predicted are no classes from 0 to C - 1, or not equally many
    """
    check_labels("y", y, len(y), num_classes)
    check_labels("predicted", predicted, len(y), num_classes)
    counts = np.zeros((num_classes, num_classes), int)
    np.add.at(counts, (y, predicted), 1)
    return counts


def plot_confusion(y, predicted, class_names, title="Of each class, percent that are called ..."):
    """Draw the confusion matrix in percent of each true class.

    Parameters
    ----------
    y, predicted : (N,) ints, the true classes and the answers
    class_names : list of C str
    title : of the panel

    Returns
    -------
    ax : the panel
    """
    counts = confusion_matrix(y, predicted, len(class_names))
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    _, ax = plt.subplots(figsize=(7.5, 6.5))
    ax.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    for (i, j), value in np.ndenumerate(percent):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=9, color="white" if value > 55 else "black")
    ax.set_xticks(range(len(class_names)), class_names, rotation=45, ha="right")
    ax.set_yticks(range(len(class_names)), class_names)
    ax.set(xlabel="answer", ylabel="true class", title=title)
    ax.grid(False)
    return ax


def confident_mistakes(scores, y, count):
    """Find the wrong answers that the model was surest of.

    Parameters
    ----------
    scores : (N, C) floats
    y : (N,) labels
    count : int, how many at most

    Returns
    -------
    wrong : (at most count,) indices, the surest first
    probability : their softmax probabilities of the class that was answered

    Raises
    ------
    TypeError, ValueError : y is no (N,) array of classes from 0 to C - 1
    """
    check_labels("y", y, *scores.shape)
    shifted = scores - scores.max(axis=1, keepdims=True)
    probability = 1 / np.exp(shifted).sum(axis=1)  # of the largest score, whose shifted value is 0
    wrong = np.flatnonzero(scores.argmax(axis=1) != y)
    order = wrong[np.argsort(-probability[wrong], kind="stable")][:count]
    return order, probability[order]


def plot_mistakes(X, scores, y, class_names, mean_image=None, count=10, columns=5, title=""):
    """Draw the wrong answers that the model was surest of, each with the answer, its probability and the truth.

    Parameters
    ----------
    X, mean_image : as for `to_pixels`
    scores : (N, C) floats
    y : (N,) ints, the classes
    class_names : list of C str
    count, columns : int, pictures at most, and in a row
    title : of the whole figure

    Returns
    -------
    axes : the panels

    Raises
    ------
    ValueError : every answer is right
    """
    wrong, probability = confident_mistakes(scores, y, count)
    require(len(wrong) > 0, "there are no mistakes to draw")
    rows = -(-len(wrong) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(2 * columns, 2.6 * rows), squeeze=False)
    fig.suptitle(title)
    for ax in axes.flat:
        ax.axis("off")
    for ax, n, p, picture in zip(axes.flat, wrong, probability, to_pixels(X[wrong], mean_image)):
        ax.imshow(picture)
        ax.set_title(f"{class_names[scores[n].argmax()]} ({p:.0%})", fontsize=10, color=VERMILLION, loc="center")
        ax.text(0.5, -0.04, f"is: {class_names[y[n]]}", ha="center", va="top", transform=ax.transAxes, color=BLUE)
    return axes


def plot_masks(X, masks, mean_image=None, title=""):
    """Draw pictures as masks leave them: the pictures in the first row, then one row for each set of masks.

    Parameters
    ----------
    X, mean_image : as for `to_pixels`
    masks : dict name -> (N, C, H, W); a number whose mask is 0 becomes the mean image, or black without one
    title : of the panel

    Returns
    -------
    ax : the panel
    """
    rows = {"as it is": X, **{name: X * mask for name, mask in masks.items()}}
    return plot_rows({name: to_pixels(row, mean_image) for name, row in rows.items()}, title)


def plot_rows(rows, title="", width=9):
    """Draw rows of pictures under each other, each with its name.

    Parameters
    ----------
    rows : dict name -> (N, H, W, 3) bytes, or floats in [0, 1], in all rows alike
    title : of the panel
    width : number, inches

    Returns
    -------
    ax : the panel
    """
    pictures = np.concatenate(list(rows.values()))
    white = 255 if pictures.dtype == np.uint8 else 1.0
    page = mosaic(pictures, len(pictures) // len(rows), gap=2, fill=white)
    ax = _show_page(page, width, title)
    ax.set_yticks((np.arange(len(rows)) + 0.5) * len(page) / len(rows), rows)
    return ax


def _show_page(page, width, title=""):
    """Draw a mosaic `width` inches wide, without axes; return the panel, to which names may be added."""
    _, ax = plt.subplots(figsize=(width, width * page.shape[0] / page.shape[1] + 0.3))
    ax.imshow(page)
    ax.set(title=title, xticks=[], yticks=[])
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax
