"""The run on real pictures measures what it says, and does not start without them."""

import numpy as np
import pytest
import torch
from small_nets import ConvNet, tensor

from cs182lib.data import DataMissingError
from cs182lib.data.photographs import IMAGENET
from cs182lib.vision import visualization_run
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.visualization import fooling_path


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Three pictures of 40 x 40 pixels and random weights in the place of the real ones, and few steps."""
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "auto")
    torch.manual_seed(0)
    state = SqueezeNet("1_0", 1000).state_dict()
    state["classifier.1.bias"] += 1.0  # no score is silent
    np.savez(tmp_path / "squeezenet1_0-imagenet.npz", **{name: value.numpy() for name, value in state.items()})
    X = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    np.savez(tmp_path / IMAGENET, X=X, y=np.array([6, 46, 86]))
    monkeypatch.setattr(visualization_run, "DREAMS", {"tick": 78})
    monkeypatch.setattr(visualization_run, "CHECKED", 1)
    draw = visualization_run.create_class_visualization
    monkeypatch.setattr(visualization_run, "create_class_visualization",
                        lambda *a, **k: draw(*a, **k, size=40, num_iterations=2, max_jitter=2))
    return tmp_path


def test_figures(small, monkeypatch):
    seen = []
    monkeypatch.setattr(visualization_run, "fool_all", lambda X, model, save: {"fooled": float(len(X))})
    fields = visualization_run.real_network_visualization(save=lambda name, picture: seen.append(name))
    figures = fields["figures"]
    assert figures["fooled"] == 3 and figures["class_repeats"] == 1 and figures["top1_acc"] in (0, 1 / 3, 2 / 3, 1)
    assert all(np.isfinite(value) for value in figures.values()) and -1 <= figures["guided_rank_all_random"] <= 1
    assert seen == [*(f"saliency_{i}" for i in range(3)), "class_tick"]
    assert fields["data"]["source"] == "ImageNet validation pictures; squeezenet1_0-imagenet.npz"


def test_fooling_is_counted_and_measured(monkeypatch):
    net, x = ConvNet(3, 4, 7), tensor((1, 3, 5, 6))
    monkeypatch.setattr(visualization_run, "TARGETS", (0, 6, 2))
    paths = [list(fooling_path(x, target, net)) for target in (0, 6, 2)]
    figures = visualization_run.fool_all(torch.cat([x, x, x]), net, lambda name, picture: None)
    steps = [len(path) - 1 for path in paths]
    change = [float((path[-1] - x).norm() / x.norm()) for path in paths]
    assert figures == pytest.approx({"fooled": 1, "fooling_steps_mean": np.mean(steps), "fooling_steps_max": max(steps),
                                     "fooling_change_mean": np.mean(change), "fooling_change_max": max(change)})


def test_real_data_are_needed(small):
    (small / IMAGENET).unlink()
    with pytest.raises(DataMissingError):
        visualization_run.real_network_visualization()
