"""The figures of attention show the numbers they are given."""

import numpy as np

from cs182lib.plots import (
    plot_attention_masks,
    plot_copied,
    plot_dependence,
    plot_positions,
    plot_saturation,
    plot_word_attention,
)


def drawn(fig):
    fig.canvas.draw()
    return fig


def test_masks_with_names():
    masks = {"future": np.tril(np.ones((4, 4), bool)), "cross": np.ones((2, 3), bool)}
    fig = drawn(plot_attention_masks(masks, {"cross": (["a", "b"], ["x", "y", "z"])}, "Masks"))
    assert fig.get_suptitle() == "Masks" and [ax.get_title() for ax in fig.axes] == ["future", "cross"]
    first, second = fig.axes
    assert first.collections[0].get_array().reshape(4, 4).tolist() == masks["future"].tolist()
    assert [label.get_text() for label in second.get_xticklabels()] == ["x", "y", "z"]
    assert [label.get_text() for label in first.get_yticklabels()] == ["1", "2", "3", "4"]


def test_positions_and_their_products():
    code = np.arange(12.0).reshape(4, 3)
    fig = drawn(plot_positions(code))
    assert fig.axes[0].images[0].get_array().tolist() == code.tolist()
    assert fig.axes[1].images[0].get_array().tolist() == (code @ code.T).tolist()


def test_saturation():
    panels = {"largest": ([0.5, 0.7, 0.9], [0.4, 0.4, 0.4]), "slope": ([0.5, 0.3, 0.1], [0.6, 0.6, 0.6])}
    axes = drawn(plot_saturation([2, 4, 8], panels, "Saturation")).axes
    for ax, (name, pair) in zip(axes, panels.items(), strict=True):
        assert [line.get_ydata().tolist() for line in ax.lines] == [*pair] and ax.get_ylabel() == name


def test_dependence_shows_the_replaced_token_along_x():
    changes = np.triu(np.arange(1.0, 10.0).reshape(3, 3), 1)
    ax = drawn(plot_dependence(changes)).axes[0]
    shown = ax.collections[0].get_array().reshape(3, 3)
    assert shown.filled(0).tolist() == changes.T.tolist() and shown.mask.tolist() == (changes.T == 0).tolist()


def test_word_attention_keeps_the_words_that_are_looked_at_most():
    weights = np.array([[0.7, 0.0, 0.2, 0.1], [0.1, 0.0, 0.1, 0.8]])
    ax = drawn(plot_word_attention(weights, list("abcd"), ["x", "y"], most=3)).axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "c", "d"]
    assert ax.images[0].get_array().tolist() == weights[:, [0, 2, 3]].tolist()


def test_copied_words_have_the_color_of_their_reader():
    weights = np.array([[0.9, 0.1, 0.0], [0.0, 0.2, 0.8]])
    ax = drawn(plot_copied(weights, ["first", "second", "third"], ["x", "y"], width=12)).axes[0]
    shade = {text.get_text(): text.get_bbox_patch().get_facecolor() for text in ax.texts}
    assert shade["first"][:3] == shade["x"][:3] and shade["third"][:3] == shade["second"][:3] == shade["y"][:3]
    assert shade["first"][3] > shade["third"][3] > shade["second"][3]
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["first"][1] == places["second"][1] < places["third"][1]  # 12 letters hold two of them
