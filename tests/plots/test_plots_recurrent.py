"""Figures of recurrent networks and captions hold what they are given."""

from types import SimpleNamespace

import matplotlib
import numpy as np

from cs182lib.plots import plot_attention, plot_captioned, plot_gradient_norms, plot_losses, plot_unrolled
from cs182lib.plots.style import BLUE, VERMILLION


def test_unrolled_names_every_word():
    ax = plot_unrolled(["<START>", "a"], ["a", "bird"], "title").axes[0]
    texts = [text.get_text() for text in ax.texts]
    assert {"<START>", "a", "bird", "features", "$h_0$", "$h_2$", "$x_2 W_x$", "$h_0 W_h$", "$W_{proj}$"} <= set(texts)
    assert ax.get_title() == "title"


def test_every_arrow_of_the_unrolled_net_has_its_way_back():
    ax = plot_unrolled(["<START>", "a"], ["a", "bird"]).axes[0]
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    colors = [matplotlib.colors.to_hex(arrow.arrow_patch.get_edgecolor()).upper() for arrow in arrows]
    assert colors.count(BLUE) == colors.count(VERMILLION) == 1 + 2 * 3 and len(colors) == 14
    for forward, back in zip(arrows[::2], arrows[1::2]):  # an arrow goes from xyann to xy
        ahead, behind = (np.subtract(arrow.xy, arrow.xyann) for arrow in (forward, back))
        np.testing.assert_allclose(ahead, -behind)


def test_gradient_norms_are_drawn_on_a_logarithmic_scale():
    ax = plot_gradient_norms({"RNN": np.array([1, 0.5, 0.25]), "LSTM": np.ones(3)}, "title").axes[0]
    assert ax.get_yscale() == "log" and [line.get_label() for line in ax.lines] == ["RNN", "LSTM"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, 0.5, 0.25])
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()


def test_gradient_norms_on_a_linear_scale_begin_at_zero():
    ax = plot_gradient_norms({"RNN": np.array([1, 0.5, 0.25])}, scale="linear").axes[0]
    assert ax.get_yscale() == "linear" and ax.get_ylim()[0] == 0


def test_captions_stand_under_their_pictures():
    pictures = np.arange(3 * 4 * 4 * 3, dtype=np.uint8).reshape(3, 4, 4, 3)
    axes = plot_captioned(pictures, ["one", ["first", "second"], "a long caption of many words"], columns=2,
                          width=15).axes
    assert [ax.texts[0].get_text() for ax in axes[:3]] == ["one", "first\nsecond", "a long caption\n  of many words"]
    np.testing.assert_array_equal(axes[1].images[0].get_array(), pictures[1])
    assert not axes[3].images and not axes[3].axison


def test_attention_lights_the_cell_looked_at():
    weights = np.array([[1.0, 0, 0, 0], [0, 0, 0, 1.0]])
    fig = plot_attention(np.full((8, 8, 3), 200, np.uint8), ["red", "bird"], weights, title="title")
    axes = fig.axes
    assert fig.get_suptitle() == "title"
    first, second = (np.asarray(ax.images[0].get_array()) for ax in axes[:2])
    assert axes[0].get_title() == "red"
    assert (first[:4, :4] == 200).all() and (first[4:] == 40).all() and (second[4:, 4:] == 200).all()


def test_losses_of_several_captioners():
    run = SimpleNamespace(loss_history=[3.0, 2.0, 1.0], val_loss_history=[9.5, 2.5, 1.5])
    training, validation = plot_losses({"LSTM": run, "RNN": run}, "title").axes
    assert len(training.lines) == 2 and training.figure.get_suptitle() == "title"
    assert list(validation.lines[0].get_xdata()) == [1, 2]  # without the loss of the fresh network
    assert list(validation.lines[0].get_ydata()) == [2.5, 1.5]
