"""Figures of attention: masks, codes of positions, who depends on whom, and where a headline's words come from."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from cs182lib.plots.style import BLUE, VERMILLION

__all__ = ["plot_attention_masks", "plot_copied", "plot_dependence", "plot_positions", "plot_saturation",
           "plot_word_attention"]


def plot_attention_masks(masks, words=None, title=""):
    """Draw masks side by side: colored where a place (row) may see another (column).

    Parameters
    ----------
    masks : dict, title of the panel -> (T, S) bools
    words : dict, title -> (T names of the rows, S names of the columns), for those that have names
    title : str
    """
    fig, axes = plt.subplots(1, len(masks), figsize=(3.6 * len(masks), 3.6), squeeze=False)
    for ax, (name, mask) in zip(axes[0], masks.items()):
        ax.pcolormesh(np.asarray(mask), cmap="Blues", vmin=0, vmax=1.6, edgecolors="white", linewidth=1.5)
        rows, columns = (words or {}).get(name, (range(1, 1 + len(mask)), range(1, 1 + len(mask[0]))))
        ax.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=90 if words and name in words else 0)
        ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
        ax.set(title=name, xlabel="is seen", ylabel="asks", aspect="equal")
        ax.invert_yaxis()
        ax.grid(False)
    fig.suptitle(title)
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
    fig, axes = plt.subplots(1, 2, figsize=(12, 4), width_ratios=(1.6, 1))
    panels = ((code, "RdBu", "number in the code", "value", "sine and cosine, from fast to slow"),
              (code @ code.T, "viridis", "position", "product", "products of two codes"))
    for ax, (matrix, colors, xlabel, label, name) in zip(axes, panels):
        shown = ax.imshow(matrix, aspect="auto", cmap=colors)
        ax.set(xlabel=xlabel, ylabel="position", title=name)
        ax.grid(False)
        fig.colorbar(shown, ax=ax, label=label)
    fig.suptitle("Each position has a code of its own; the product of two tells their distance")
    return fig


def plot_saturation(lengths, panels, title=""):
    """Draw what softmax gives by the length of the vectors, with the division by √dk and without.

    Parameters
    ----------
    lengths : K ints, dk
    panels : dict, what is drawn -> (K floats without the division, K with it); from 0 to 1
    title : str
    """
    fig, axes = plt.subplots(1, len(panels), figsize=(5.2 * len(panels), 3.4), squeeze=False)
    for ax, (name, (plain, scaled)) in zip(axes[0], panels.items()):
        ax.semilogx(lengths, plain, "o-", base=2, color=VERMILLION, label="softmax(q·k)")
        ax.semilogx(lengths, scaled, "s-", base=2, color=BLUE, label="softmax(q·k / √dk)")
        ax.set(xlabel="dk, length of the vectors", ylabel=name, ylim=(0, 1))
    axes[0, 0].legend(loc="center right")
    fig.suptitle(title)
    return fig


def plot_dependence(changes, title="What changes when one word is replaced"):
    """Draw how much each prediction changes when each word of the target is replaced, by powers of ten.

    Parameters
    ----------
    changes : (T, T) floats >= 0, [replaced word, prediction]; below 1e-4 they stay white
    title : str

    Returns
    -------
    fig : the figure
    """
    fig, ax = plt.subplots(figsize=(5, 4))
    seen = np.ma.masked_less(changes.T, 1e-4)
    shown = ax.pcolormesh(seen, cmap="Blues", norm=LogNorm(seen.min() / 3, seen.max()), edgecolors="white", linewidth=1)
    places = np.arange(len(changes))
    ax.set_xticks(places + 0.5, places + 1)
    ax.set_yticks(places + 0.5, places + 1)
    ax.set(xlabel="place of the word that is replaced", ylabel="place of the prediction", title=title, aspect="equal")
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
    ax.set(title=title, xlabel="word of the story", ylabel="word of the headline")
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
