"""The curves show the numbers of the runs."""

from types import SimpleNamespace

import numpy as np
import pytest

from cs182lib.plots.curves import (
    plot_comparison,
    plot_curves,
    plot_histograms,
    plot_paths,
    plot_sweep,
    plot_training,
    smooth,
)


def run(losses, train_acc, val_acc):
    return SimpleNamespace(loss_history=losses, train_acc_history=train_acc, val_acc_history=val_acc)


def lines(ax):
    return {line.get_label(): (line.get_xdata(), line.get_ydata()) for line in ax.lines}


def test_smooth_by_hand():
    np.testing.assert_allclose(smooth([4, 2, 6, 0], 2), [4, 3, 4, 3])
    np.testing.assert_allclose(smooth([4, 2, 6, 0], 1), [4, 2, 6, 0])
    np.testing.assert_allclose(smooth([4, 2, 6, 0], 9), [4, 3, 4, 3])


def test_smooth_is_the_mean_of_a_window():
    values = np.sin(np.arange(30)) + 5
    means = smooth(values, 7)
    for t in (0, 3, 6, 7, 29):
        assert means[t] == pytest.approx(values[max(t - 6, 0):t + 1].mean())


@pytest.mark.parametrize("values, window, word", [([], 2, "values"), ([1.0], 0, "window")])
def test_smooth_refuses(values, window, word):
    with pytest.raises(ValueError, match=word):
        smooth(values, window)


def test_training_shows_every_loss_both_accuracies_and_the_goal():
    losses = list(np.linspace(3, 1, 60))
    axes = plot_training(run(losses, [0.1, 0.5, 0.7], [0.1, 0.4, 0.45]), goal=0.4, title="a net")
    np.testing.assert_allclose(lines(axes[0])["one minibatch"], [np.arange(1, 61), losses])
    np.testing.assert_allclose(lines(axes[0])["running mean"][1], smooth(losses, 2))
    np.testing.assert_allclose(lines(axes[1])["training"], [[0, 1, 2], [0.1, 0.5, 0.7]])
    np.testing.assert_allclose(lines(axes[1])["validation"][1], [0.1, 0.4, 0.45])
    assert set(lines(axes[1])["goal"][1]) == {0.4}
    assert axes[0].figure.get_suptitle() == "a net"


def test_comparison_has_each_run_in_each_panel_on_one_scale():
    runs = {"fast": run([2, 1.5, 1], [0.1, 0.9], [0.1, 0.5]), "slow": run([2.0, 1.9], [0.1, 0.2], [0.1, 0.15])}
    loss, train, val = plot_comparison(runs)
    assert set(lines(loss)) == set(lines(train)) == set(lines(val)) == {"fast", "slow"}
    np.testing.assert_allclose(lines(loss)["fast"], [[1, 2, 3], [2, 1.5, 1]])
    np.testing.assert_allclose(lines(train)["slow"][1], [0.1, 0.2])
    np.testing.assert_allclose(lines(val)["fast"][1], [0.1, 0.5])
    assert train.get_ylim() == val.get_ylim()


def test_accuracies_stay_between_zero_and_one():
    perfect = run([2, 1, 0.5], [0.0, 1.0, 1.0], [0.0, 0.5, 1.0])
    for ax in (plot_training(perfect)[1], *plot_comparison({"perfect": perfect})[1:]):
        assert ax.get_ylim() == (0, 1)
        assert not any(line.get_clip_on() for line in ax.lines), "a marker at 1 is drawn whole"


def test_comparison_tells_runs_apart_without_color():
    runs = {name: run([2, 1.5, 1], [0.1, 0.9], [0.1, 0.5]) for name in ("a", "b", "c", "d", "e")}
    loss, train, _ = plot_comparison(runs)
    assert len({line.get_linestyle() + str(line.is_dashed()) + str(line._dash_pattern) for line in loss.lines}) == 5
    assert len({line.get_marker() for line in train.lines}) == 5


def test_comparison_of_nothing_is_refused():
    with pytest.raises(ValueError, match="runs"):
        plot_comparison({})


def test_curves_have_a_line_for_each_row_of_numbers_and_mark():
    ax = plot_curves([0, 1, 2], {"a": [1, 2, 3], "law": [3, 2, 1]}, "epoch", "gap", "title", {"floor": 2.5}, ["law"])
    np.testing.assert_allclose(lines(ax)["a"], [[0, 1, 2], [1, 2, 3]])
    np.testing.assert_allclose(lines(ax)["law"], [[0, 1, 2], [3, 2, 1]])
    assert set(lines(ax)["floor"][1]) == {2.5}
    markers = {line.get_label(): line.get_marker() for line in ax.lines}
    assert markers == {"a": "o", "law": "None", "floor": "None"}
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title("left") + ax.get_title()) == ("epoch", "gap", "title")


def test_curves_that_lie_on_each_other_are_all_seen():
    ax = plot_curves([0, 1], {"a": [1, 2], "b": [1, 2], "c": [1, 2]}, "", "", nested=True)
    widths = [line.get_linewidth() for line in ax.lines]
    assert widths == sorted(widths, reverse=True) and len(set(widths)) == 3
    assert {line.get_marker() for line in ax.lines} == {"None"}


def test_a_curve_of_many_points_has_no_markers():
    few, many = (plot_curves(range(n), {"a": range(n)}, "", "") for n in (40, 41))
    assert [ax.lines[0].get_marker() for ax in (few, many)] == ["o", "None"]


def test_sweep_has_a_line_for_each_curve_and_mark():
    ax = plot_sweep([0.1, 1, 10], {"a": [1, 2, 3], "b": [3, 2, 1]}, "scale", "accuracy", marks={"one pass": 2.5})
    np.testing.assert_allclose(lines(ax)["b"], [[0.1, 1, 10], [3, 2, 1]])
    assert set(lines(ax)["one pass"][1]) == {2.5}
    assert (ax.get_xscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "scale", "accuracy")


def test_sweep_over_less_than_two_powers_of_ten_has_plain_numbers():
    ax = plot_sweep([0.1, 1], {"a": [0.5, 3]}, "", "", yscale="log")
    assert ax.get_yscale() == "log" and ax.yaxis.get_major_formatter()(0.5, 0) == "0.5"
    wide = plot_sweep([0.1, 1], {"a": [1e-6, 3]}, "", "", yscale="log")
    assert wide.yaxis.get_major_formatter()(0.01, 0) != "0.01"


def test_sweep_with_a_value_missing_is_refused():
    with pytest.raises(ValueError, match=r"curves\['a'\] has 1 values for 2"):
        plot_sweep([0.1, 1], {"a": [1]}, "", "")


def test_histograms_give_shares_on_one_scale():
    axes = plot_histograms({"x": np.array([[0.0, 1.0], [1.0, 4.0]]), "y": np.array([2.0, 2.0, 2.0])}, "value", bins=4)
    heights = [[bar.get_height() for bar in ax.patches] for ax in axes]
    np.testing.assert_allclose(heights, [[0.25, 0.5, 0, 0.25], [0, 0, 1, 0]])
    assert [ax.get_title() for ax in axes] == ["x", "y"]


def test_paths_go_through_every_point():
    path = np.array([[-2.0, 1.0], [-1.0, 0.5], [0.0, 0.1]])
    ax = plot_paths(lambda x, y: x**2 + y**2, {"sgd": path}, (-3, 3), (-2, 2), "walk")
    np.testing.assert_allclose(np.transpose(lines(ax)["sgd"]), path)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-3, 3), (-2, 2))
