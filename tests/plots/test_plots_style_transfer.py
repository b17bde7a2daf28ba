"""The figures of style transfer show the right pictures and curves."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs182lib.plots.style_transfer import plot_gallery, plot_grams, plot_loss_parts, plot_recipe, plot_totals

PICTURES = {name: np.full((3, 5, 3), 40 * i, np.uint8) for i, name in enumerate(("ant", "bee", "cow", "dog"))}


def test_gallery_has_every_picture_under_its_name():
    axes = plot_gallery(PICTURES, columns=3)
    assert [ax.get_title() for ax in axes] == list(PICTURES)
    for ax, picture in zip(axes, PICTURES.values()):
        np.testing.assert_array_equal(ax.images[0].get_array(), picture)
    assert len(plt.gcf().axes) == 6 and not plt.gcf().axes[-1].images
    with pytest.raises(ValueError, match="pictures holds none"):
        plot_gallery({})


def test_recipe_has_three_pictures():
    axes = plot_recipe(*list(PICTURES.values())[:3], names=("a", "b", "c"), title="title")
    assert axes[0].figure.get_suptitle() == "title"
    for ax, name, picture in zip(axes, "abc", PICTURES.values()):
        assert ax.get_title() == name
        np.testing.assert_array_equal(ax.images[0].get_array(), picture)


def test_loss_parts_leave_out_what_stays_zero():
    history = {"content": [0.0, 2.0, 1.0], "style": [9.0, 3.0, 1.0], "tv": [0.0, 0.0, 0.0], "total": [9.0, 5.0, 2.0]}
    lines = {line.get_label(): line.get_ydata() for line in plot_loss_parts(history).lines}
    assert set(lines) == {"content", "style", "total"}
    np.testing.assert_array_equal(lines["total"], history["total"])
    assert np.isnan(lines["content"][0]) and lines["content"][1] == 2


def test_totals_have_one_curve_for_each_run():
    ax = plot_totals({"adam": {"total": [3.0, 2.0]}, "lbfgs": {"total": [3.0, 1.0]}})
    assert [line.get_label() for line in ax.lines] == ["adam", "lbfgs"]
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [3, 1])


def test_grams_share_one_scale():
    axes = plot_grams({"a": np.eye(3), "b": 5 * np.eye(3)})
    assert [ax.get_title() for ax in axes] == ["a", "b"]
    assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim()
    assert [ax.get_ylabel() for ax in axes] == ["channel", ""]
    np.testing.assert_array_equal(axes[1].images[0].get_array(), 5 * np.eye(3))
