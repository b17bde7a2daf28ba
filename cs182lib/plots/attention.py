"""Figures of attention: masks, codes of positions, who depends on whom, and where a headline's words come from."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from cs182lib.plots.style import BLUE, VERMILLION

__all__ = ["plot_attention_masks", "plot_copied", "plot_dependence", "plot_positions", "plot_saturation",
           "plot_word_attention"]


def plot_attention_masks(masks, words=None):
    """Draw masks side by side: colored where a place (row) may see another (column).

    Parameters
    ----------
    masks : dict, title -> (T, S) bools
    words : dict, title -> (T names of the rows, S names of the columns), for those that have names
    """
    fig, axes = plt.subplots(1, len(masks), figsize=(3.6 * len(masks), 3.6), squeeze=False)
    for ax, (title, mask) in zip(axes[0], masks.items()):
        ax.pcolormesh(np.asarray(mask), cmap="Blues", vmin=0, vmax=1.6, edgecolors="white", linewidth=1.5)
        rows, columns = (words or {}).get(title, (range(1, 1 + len(mask)), range(1, 1 + len(mask[0]))))
        ax.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=90 if words and title in words else 0)
        ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
        ax.set(title=title, xlabel="may be seen", ylabel="asks", aspect="equal")
        ax.invert_yaxis()
        ax.grid(False)
    return fig


def plot_positions(code):
    """Draw the codes of T positions, and how alike any two of them are.

    Parameters
    ----------
    code : (T, d) floats

    Returns
    -------
    fig : the figure
    """
    fig, axes = plt.subplots(1, 2, figsize=(12, 3.8), width_ratios=(1.6, 1))
    for ax, matrix, label in ((axes[0], code, "number in the code"), (axes[1], code @ code.T, "position")):
        shown = ax.imshow(matrix, aspect="auto", cmap="RdBu" if ax is axes[0] else "viridis")
        ax.set(xlabel=label, ylabel="position")
        ax.grid(False)
        fig.colorbar(shown, ax=ax)
    axes[0].set_title("sin and cos, from fast to slow")
    axes[1].set_title("products of two codes: only the distance counts")
    return fig


def plot_saturation(lengths, largest, scaled):
    """Draw the largest attention weight by the length of the vectors, with the division by √dk and without.

    Parameters
    ----------
    lengths : K ints, dk
    largest, scaled : K floats each

    Returns
    -------
    fig : the figure
    """
    fig, ax = plt.subplots(figsize=(7, 3.2))
    ax.semilogx(lengths, largest, "o-", base=2, color=VERMILLION, label="softmax(q·k)")
    ax.semilogx(lengths, scaled, "o-", base=2, color=BLUE, label="softmax(q·k / √dk)")
    ax.set(xlabel="dk, length of the vectors", ylabel="largest weight", ylim=(0, 1))
    ax.legend()
    return fig


def plot_dependence(changes, title="what changes when one token is replaced"):
    """Draw how much each prediction changes when each token of the target is replaced, by powers of ten.

    Parameters
    ----------
    changes : (T, T) floats >= 0, [replaced token, prediction]; below 1e-4 they stay white
    title : str
    """
    fig, ax = plt.subplots(figsize=(5, 4))
    seen = np.ma.masked_less(changes.T, 1e-4)
    shown = ax.pcolormesh(seen, cmap="Blues", norm=LogNorm(seen.min() / 3, seen.max()), edgecolors="white", linewidth=1)
    places = np.arange(len(changes))
    ax.set_xticks(places + 0.5, places + 1)
    ax.set_yticks(places + 0.5, places + 1)
    ax.set(xlabel="token that is replaced", ylabel="prediction of token", title=title, aspect="equal")
    ax.invert_yaxis()
    ax.grid(False)
    fig.colorbar(shown, ax=ax, label="largest change of a logit")
    return fig


def plot_word_attention(weights, words, written, most=48, title=""):
    """Draw where each word of a headline looks, over the words of the article.

    Parameters
    ----------
    weights : (T, S) floats, rows sum to 1
    words : S str, of the article
    written : T str, of the headline
    most : int, of a longer article only this many words are shown, those that are looked at most
    title : str

    Returns
    -------
    fig : the figure
    """
    weights = np.asarray(weights)
    kept = np.sort(np.argsort(-weights.max(axis=0), kind="stable")[:most])
    fig, ax = plt.subplots(figsize=(max(6, 0.24 * len(kept) + 2), 0.27 * len(written) + 1.6))
    shown = ax.imshow(weights[:, kept], aspect="auto", cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(len(kept)), [words[i] for i in kept], rotation=90, fontsize=9)
    ax.set_yticks(range(len(written)), written, fontsize=10)
    ax.set_title(title)
    ax.grid(False)
    fig.colorbar(shown, ax=ax, label="attention")
    return fig


def plot_copied(weights, words, written, width=96, title=""):
    """Write out a headline and its article, each article word in the color of the headline word that looks at it.

    The stronger the color, the more attention.

    Parameters
    ----------
    weights : (T, S) floats, rows sum to 1
    words : S str, of the article
    written : T str, of the headline
    width : int, letters in a line
    title : str

    Returns
    -------
    fig : the figure
    """
    weights = np.asarray(weights)
    color = plt.get_cmap("tab10" if len(written) <= 10 else "tab20")
    colors = [(*color(t)[:3], 0.45) for t in range(len(written))]
    reader = weights.argmax(axis=0)
    shades = [(*colors[t][:3], 0.6 * float(weights[t, s])) for s, t in enumerate(reader)]
    lines = [*_laid_out(written, colors, width), [], *_laid_out(words, shades, width)]
    fig, ax = plt.subplots(figsize=(width * 0.098, 0.3 * len(lines) + 0.3))
    ax.set(xlim=(0, width), ylim=(len(lines), -0.3), title=title)
    ax.axis("off")
    for y, line in enumerate(lines):
        for x, word, shade in line:
            ax.text(x, y + 0.5, word, family="monospace", fontsize=11, va="center",
                    weight="bold" if y < lines.index([]) else "normal",
                    bbox={"facecolor": shade, "edgecolor": "none", "boxstyle": "square,pad=0.15"})
    return fig


def _laid_out(words, colors, width):
    """Break words into lines of at most `width` letters: lists of (column, word, color)."""
    lines, column = [[]], 0
    for word, color in zip(words, colors):
        if column and column + len(word) > width:
            lines.append([])
            column = 0
        lines[-1].append((column, word, color))
        column += len(word) + 1
    return lines
