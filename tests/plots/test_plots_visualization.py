"""The figures of network visualization show the right pictures, maps and curves."""

import numpy as np
import pytest

from cs182lib.plots.visualization import (
    brightness,
    plot_cascade,
    plot_fooling,
    plot_maps,
    plot_randomization,
    plot_shares,
)

MAP = np.arange(20.0).reshape(4, 5)


def stages(*likeness):
    return [{"layer": f"features.{k}", "rank": value, "ssim": value / 2, "maps": np.stack([MAP + k, MAP * k])}
            for k, value in enumerate(likeness)]


def test_brightness():
    assert brightness(MAP).max() == 1 and brightness(MAP).min() == 0 and brightness(0 * MAP).max() == 0
    np.testing.assert_allclose(brightness(MAP, 50), np.minimum(MAP / 9.5, 1))
    with pytest.raises(ValueError, match="2 axes"):
        brightness(MAP[0])


def test_maps_stand_under_their_pictures():
    pictures = [np.full((4, 5, 3), 9, np.uint8), np.full((4, 5, 3), 99, np.uint8)]
    axes = plot_maps(pictures, {"a": [MAP, MAP.T.reshape(4, 5)], "b": [MAP, MAP]}, ["one", "two"], title="title")
    assert axes[0, 0].figure.get_suptitle() == "title"
    assert axes.shape == (3, 2) and [ax.get_title() for ax in axes[0]] == ["one", "two"]
    np.testing.assert_array_equal(axes[0, 1].images[0].get_array(), pictures[1])
    np.testing.assert_allclose(axes[1, 1].images[0].get_array(), brightness(MAP.T.reshape(4, 5)))
    assert [row[0].texts[0].get_text() for row in axes[1:]] == ["a", "b"]


def test_fooling_shows_difference_and_probabilities():
    before, after = np.full((4, 5, 3), 100, np.uint8), np.full((4, 5, 3), 103, np.uint8)
    scores = np.log([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
    axes = plot_fooling(before, after, scores, ["ant", "bee", "cow"], amplify=10, top=2, title="title")
    titles = ["says: ant", "says: cow", "difference, 10 times", "before and after"]
    assert [ax.get_title() for ax in axes] == titles and axes[0].figure.get_suptitle() == "title"
    assert axes[3].get_xlabel() == "probability"
    assert (np.asarray(axes[2].images[0].get_array()) == 157).all()
    assert sorted(bar.get_width() for bar in axes[3].patches) == pytest.approx([0.1, 0.1, 0.7, 0.7])


def test_cascade_shows_first_and_last():
    axes = plot_cascade({"a": stages(1, 0.5, 0.2, 0.1), "b": stages(1, 0.9, 0.8, 0.7)}, picture=1, every=2,
                        title="title")
    assert axes[0, 0].figure.get_suptitle() == "title"
    assert axes.shape == (2, 3) and [ax.get_title() for ax in axes[0]] == ["to 0", "to 2", "to 3"]
    np.testing.assert_allclose(axes[1, 2].images[0].get_array(), brightness(MAP * 3))


def test_randomization_has_a_curve_for_each_method():
    axes = plot_randomization({"a": stages(1, 0.5), "b": stages(1, 0.9)}, "title")
    assert [ax.get_title() for ax in axes] == ["rank correlation", "SSIM"]
    assert axes[0].figure.get_suptitle() == "title"
    assert list(axes[0].lines[0].get_ydata()) == [1, 0.5] and list(axes[1].lines[1].get_ydata()) == [0.5, 0.45]
    assert [text.get_text() for text in axes[0].get_xticklabels()] == ["0", "1"]


def test_shares():
    ax = plot_shares({"a": np.array([1.0, 2.0, 6.0])}, "title")
    assert ax.lines[1].get_xdata()[0] == 2 and ax.get_title() == "title"
    with pytest.raises(ValueError, match="no group"):
        plot_shares({})
