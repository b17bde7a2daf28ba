"""The figures of the PyTorch notebook show the numbers that they are given."""

from types import SimpleNamespace

import numpy as np
import pytest

from cs182lib.plots.cifar10 import plot_covariances, plot_dots, plot_history
from cs182lib.plots.curves import smooth


def lines(ax):
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines}


def test_history_shows_losses_accuracies_and_marks():
    columns = {"epoch": [1, 2], "val_acc": [0.4, 0.6]}
    history = SimpleNamespace(loss=[3.0, 2.0, 1.0], column=columns.get)
    loss, accuracy = plot_history(history, {"before": 0.3}, "a net")
    assert lines(loss)["one minibatch"] == ([1, 2, 3], [3, 2, 1])
    np.testing.assert_allclose(lines(loss)["running mean"][1], smooth([3, 2, 1], 15))
    assert lines(accuracy)["this net"] == ([1, 2], [0.4, 0.6])
    assert set(lines(accuracy)["before"][1]) == {0.3}
    assert accuracy.get_ylim() == (0, 1) and loss.figure.get_suptitle() == "a net"


def test_dots_stand_in_the_rows_of_their_names_the_first_on_top():
    ax = plot_dots({"a": {"one": 0.2, "two": 0.5}, "b": {"two": 0.4}}, "accuracy", marks={"guessing": 0.1})
    assert lines(ax)["a"] == ([0.2, 0.5], [0, 1]) and lines(ax)["b"] == ([0.4], [1])
    assert set(lines(ax)["guessing"][0]) == {0.1}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1] and ax.get_xlim() == (0, 1)
    assert [text.get_text() for text in ax.texts] == ["0.20", "0.50", "0.40"]
    assert len({line.get_marker() for line in ax.lines[:2]}) == 2


def test_no_dots_are_refused():
    with pytest.raises(ValueError, match="series"):
        plot_dots({"a": {}}, "accuracy")


def test_covariances_share_a_scale_with_zero_in_its_middle():
    fig = plot_covariances({"before": np.eye(3), "after": -np.eye(3)}, limit=2, title="two")
    pictures = [ax.images[0] for ax in fig.axes if ax.images]
    assert [picture.get_array()[0, 0] for picture in pictures] == [1, -1]
    assert {picture.get_clim() for picture in pictures} == {(-2, 2)}
    assert not any(spine.get_visible() for ax in fig.axes[:2] for spine in ax.spines.values())
