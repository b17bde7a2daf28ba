"""Figures of networks and diagrams: the data they draw."""

import numpy as np
import pytest

from cs182lib.models import FullyConnectedNet
from cs182lib.plots import diagrams, networks
from cs182lib.training import eval_numerical_gradient_array


@pytest.fixture(params=[None, "batch"])
def net(request):
    return FullyConnectedNet([6, 5, 4], input_dim=7, num_classes=3, normalization=request.param, weight_scale=0.5,
                             dtype=np.float64, rng=182)


X = np.sin(np.arange(35.0)).reshape(5, 7)
y = np.array([0, 2, 1, 1, 0])


def test_block_signals_agree_with_the_net(net):
    outputs, gradients = networks.block_signals(net, X, y)
    _, grads = net.loss(X, y)
    for i, (h, dh) in enumerate(zip(outputs, gradients), 1):
        assert h.shape == dh.shape == (5, [6, 5, 4][i - 1])
        if not net.use_batchnorm:  # then db is the sum of the gradient behind the ReLU
            np.testing.assert_allclose((dh * (h > 0)).sum(axis=0), grads[f"b{i}"], rtol=1e-12, atol=1e-15)
        else:  # and dbeta is, with batch norm
            np.testing.assert_allclose((dh * (h > 0)).sum(axis=0), grads[f"beta{i}"], rtol=1e-12, atol=1e-15)
    dscores = gradients[-1] @ np.linalg.pinv(net.params["W4"].T)
    np.testing.assert_allclose(outputs[-1].T @ dscores, grads["W4"], rtol=1e-9, atol=1e-12)


def test_block_signals_leave_the_running_statistics_alone(net):
    before = [dict(bn_param) for bn_param in net.bn_params]
    networks.block_signals(net, X, y)
    assert [dict(bn_param) for bn_param in net.bn_params] == before


def test_gradient_at_the_first_block_is_the_numeric_one():
    net = FullyConnectedNet([4], input_dim=7, num_classes=3, weight_scale=0.5, dtype=np.float64, rng=182)
    outputs, gradients = networks.block_signals(net, X, y)
    W, b = net.params["W2"], net.params["b2"]

    def losses(h):
        scores = h @ W + b
        return np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(5), y]

    numeric = eval_numerical_gradient_array(losses, outputs[0].copy(), np.full(5, 1 / 5))
    np.testing.assert_allclose(gradients[0], numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"normalization": "layer"}])
def test_block_signals_refuse_other_nets(options):
    net = FullyConnectedNet([4], input_dim=7, num_classes=3, rng=182, **options)
    with pytest.raises(ValueError, match="without dropout and layer norm"):
        networks.block_signals(net, X, y)


def test_magnitudes_are_counted_by_powers_of_ten():
    values = np.array([0.0, 0.0, 0.5, -0.05, 50.0, 1e9, -1e-20, 5.0])
    share, zeros = networks.magnitude_histogram(values, np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))
    np.testing.assert_allclose(share, np.array([2, 1, 1, 2]) / 8)  # 1e-20 and 1e9 count at the ends
    assert zeros == 2 / 8


def test_magnitudes_of_zeros_only():
    share, zeros = networks.magnitude_histogram(np.zeros((3, 4)), np.array([-1.0, 0.0, 1.0]))
    assert zeros == 1 and not share.any()


def test_signals_are_drawn_where_their_magnitudes_are(net):
    outputs = [np.full((2, 3), 10.0**-i) for i in range(4)]
    fig = networks.plot_signals({"one": (outputs, outputs), "two": (outputs, outputs)}, low=-5, high=1)
    assert len(fig.axes) == 4
    for ax in fig.axes:
        peaks = [line.get_xdata()[np.argmax(line.get_ydata())] for line in ax.lines]
        np.testing.assert_allclose(peaks, [0, -1, -2, -3], atol=0.13)
        assert [label.get_text() for label in ax.get_yticklabels()] == [f"block {i}" for i in (1, 2, 3, 4)]


def test_sweep_draws_every_run_and_crosses_for_those_that_diverged():
    scales = np.array([0.01, 0.1, 1.0])
    good = {"val_acc": [0.2, 0.3, 0.4], "train_acc": [0.3, 0.4, 0.5], "loss": [2.0, 1.0, 0.5]}
    bad = {key: [*values[:2], np.nan] for key, values in good.items()}
    fig = networks.plot_scale_sweep(scales, {"good": good, "bad": bad})
    for ax, key in zip(fig.axes, good):
        lines = {line.get_label(): line for line in ax.lines}
        np.testing.assert_array_equal(lines["good"].get_ydata(), good[key])
        np.testing.assert_array_equal(lines["bad"].get_ydata(), bad[key])
        np.testing.assert_array_equal(lines["bad: diverged"].get_xdata(), [1.0])
        assert ax.get_xscale() == "log"
    assert fig.axes[2].get_yscale() == "log"


def test_mosaic_puts_each_image_in_its_place():
    images = np.arange(1, 6)[:, None, None] * np.ones((5, 2, 3))
    page = networks.mosaic(images, columns=3, gap=1, fill=0)
    assert page.shape == (2 * 3 + 1, 3 * 4 + 1)
    assert (page[1:3, 1:4] == 1).all() and (page[1:3, 9:12] == 3).all() and (page[4:6, 5:8] == 5).all()
    assert page.sum() == images.sum()
    assert networks.mosaic(np.ones((2, 4, 5, 3)), columns=1).shape == (11, 7, 3)


def test_mosaic_refuses_images_of_another_kind():
    with pytest.raises(ValueError, match="images must be"):
        networks.mosaic(np.ones((3, 4)), columns=2)


def test_filter_colors_put_zero_at_gray_and_use_the_whole_range():
    w = np.zeros((3, 3, 2, 4))
    w[0, 0, 1, 3], w[0, 2, 0, 0] = 5.0, -2.5
    w[1, 1, 0, 1] = -1e-6
    colors = networks.filter_colors(w)
    assert colors.shape == (3, 2, 4, 3)
    assert colors[0, 1, 3, 0] == 1 and colors[0, 0, 0, 2] == 0.25 and colors[1, 0, 1, 1] == 0
    assert (colors[2] == 0.5).all() and colors.min() >= 0 and colors.max() <= 1


def test_filters_and_feature_maps_show_all_of_them():
    fig = networks.plot_filters({"one": np.ones((5, 3, 2, 2)), "two": np.ones((6, 3, 2, 2))}, columns=3)
    assert [ax.images[0].get_array().shape for ax in fig.axes] == [(7, 10, 3)] * 2
    maps = np.zeros((3, 16, 16))
    maps[1, 2:5, 2:5] = 7.0
    fig = networks.plot_feature_maps(np.zeros((8, 8, 3)), maps, columns=2)
    page = np.ma.filled(fig.axes[1].images[0].get_array(), np.nan)
    assert page.shape == (2 * 17 + 1, 2 * 17 + 1)
    assert np.nanmax(page) == 1 and np.nansum(page) == 9


def test_image_row_names_every_image():
    images = {"gray": np.ones((4, 6)), "color": np.ones((4, 4, 3))}
    fig = networks.plot_image_row(images)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in fig.axes] == list(images)


def test_columns_diagram_draws_the_convolution():
    fig = diagrams.plot_columns(np.arange(1.0, 10.0).reshape(3, 3), np.array([[1.0, 0.0], [-1.0, 2.0]]))
    texts = [[text.get_text() for text in ax.texts] for ax in fig.axes]
    assert texts[1] == ["1", "0", "-1", "2"]
    assert texts[2][:4] == ["1", "2", "4", "5"]  # the first number of each window
    assert texts[3] == ["7", "9", "13", "15"]


def test_batchnorm_graph_joins_every_node():
    fig = diagrams.plot_batchnorm_graph()
    joined = {name for source, target, _ in diagrams.BATCHNORM_EDGES for name in (source, target)}
    assert joined == set(diagrams.BATCHNORM_NODES)
    assert len(fig.axes[0].patches) == 2 * len(diagrams.BATCHNORM_EDGES)


def test_sharing_gives_a_group_one_color():
    example, channel = np.indices((2, 3))
    fig = diagrams.plot_sharing({"batch": channel, "layer": example}, "examples", "features")
    batch, layer = (ax.collections[0].get_array().reshape(2, 3) for ax in fig.axes)
    assert (batch[0] == batch[1]).all() and len(set(batch[0])) == 3
    assert (layer[:, 0] == layer[:, 2]).all() and layer[0, 0] > layer[1, 0]  # the first example is on top
