"""The CIFAR-10 net: whitening, start values, optimizer settings, and small runs that repeat and resume."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.data.dataset import Dataset
from cs182lib.vision.cifar_net import BatchNorm, CifarNet, ConvGroup, train_cifar_net, whitening_filters
from cs182lib.vision.cifar_recipes import Recipe, fade, muon, sgd, triangle

TINY = Recipe(widths=(6, 10, 8), epochs=2, batch_size=16, lr=2.0, tta="mirror")


def make_data(n=80, classes=3):
    """Return a Dataset of noisy pictures in which the class is the brightest channel."""
    rng = np.random.default_rng(4)
    y = rng.integers(0, classes, n)
    X = rng.integers(0, 160, (n, 3, 32, 32)).astype(np.uint8)
    X[np.arange(n), y] += 90  # the class is the brightest channel
    arrays = {"X_train": X, "y_train": y, "X_test": X[:30], "y_test": y[:30]}
    return Dataset(arrays, "made up", True, "abc", [f"class {i}" for i in range(classes)])


def smooth_images(n=40):
    """Return float images whose neighboring pixels and channels are correlated."""
    generator = torch.Generator().manual_seed(1)
    X = F.avg_pool2d(torch.randn(n, 3, 12, 11, generator=generator, dtype=torch.float64), 3, 1)
    return X + X.mean(dim=1, keepdim=True)


@pytest.mark.parametrize("size", [2, 3])
def test_whitened_patches_have_the_identity_as_covariance(size):
    X = smooth_images()
    answers = F.conv2d(X, whitening_filters(X, size, eps=1e-12))  # (N, D, H', W')
    answers = answers.permute(0, 2, 3, 1).reshape(-1, 3 * size * size)  # (N*H'*W', D)
    torch.testing.assert_close(answers.T @ answers / len(answers), torch.eye(3 * size * size, dtype=X.dtype))


def test_whitening_starts_with_the_largest_variance_and_damps_the_smallest():
    X = smooth_images().float()
    norms = whitening_filters(X).flatten(1).norm(dim=1)
    assert norms.dtype == torch.float32 and (norms.diff() >= 0).all()
    assert whitening_filters(torch.ones(2, 3, 4, 4), eps=0.01).isfinite().all()


@pytest.mark.parametrize("change, message", [
    ({"X": torch.zeros(3, 4, 4)}, "X must be a float tensor"), ({"X": torch.zeros(2, 3, 4, 4).long()}, "X must be"),
    ({"size": 0}, "size must be"), ({"eps": 0.0}, "eps must lie"),
])
def test_whitening_names_bad_arguments(change, message):
    with pytest.raises(ValueError, match=message):
        whitening_filters(**{"X": torch.zeros(2, 3, 4, 4), **change})


def test_a_fresh_group_passes_its_first_channels_on():
    group = ConvGroup(3, 7)
    x = torch.rand(2, 3, 6, 4)
    torch.testing.assert_close(group.conv1(x)[:, :3], x)
    torch.testing.assert_close(group.conv2(torch.rand(1, 7, 5, 3)).shape, torch.Size([1, 7, 5, 3]))
    assert group(x).shape == (2, 7, 3, 2)


def test_batch_norm_is_pytorch_s_with_a_fixed_scale():
    x = torch.linspace(-3, 5, 4 * 3 * 5 * 2).reshape(4, 3, 5, 2).sin()
    mine, theirs = BatchNorm(3, momentum=0.4), nn.BatchNorm2d(3, momentum=0.4)
    torch.testing.assert_close(mine(x), theirs(x))
    torch.testing.assert_close(mine.eval()(x), theirs.eval()(x))
    assert [name for name, p in mine.named_parameters() if p.requires_grad] == ["bias"]


def test_net_learns_all_but_the_whitening_and_scores_ten_classes():
    net = CifarNet(whitening_filters(torch.rand(4, 3, 8, 8)), widths=(6, 10, 8))
    scores = net(torch.rand(5, 3, 32, 32))
    assert scores.shape == (5, 10)
    F.cross_entropy(scores, torch.arange(5)).backward()
    fixed = {name for name, p in net.named_parameters() if p.grad is None}
    assert fixed == {"whiten.weight"} | {name for name in fixed if name.endswith(("norm1.weight", "norm2.weight"))}
    torch.testing.assert_close(net.whiten.weight[:12], -net.whiten.weight[12:])


@pytest.mark.parametrize("widths", [(8, 12, 16), (16, 32, 128)])
def test_a_fresh_net_is_undecided(widths):
    torch.manual_seed(0)
    X = torch.rand(20, 3, 32, 32) - 0.5
    scores = CifarNet(whitening_filters(X), widths)(X)
    assert F.cross_entropy(scores, torch.arange(20) % 10).item() == pytest.approx(np.log(10), rel=0.02)


def test_net_names_bad_arguments():
    filters = torch.rand(12, 3, 2, 2)
    with pytest.raises(ValueError, match="widths must be three"):
        CifarNet(filters, widths=(4, 5))
    with pytest.raises(ValueError, match="images must have the shape"):
        CifarNet(filters, widths=(4, 5, 6))(torch.zeros(2, 3, 28, 28))


def test_label_smoothing_is_the_mixture_with_the_uniform_distribution():
    scores, y, s = torch.linspace(-2, 3, 12).reshape(4, 3), torch.tensor([0, 2, 1, 1]), 0.2
    target = (1 - s) * F.one_hot(y, 3) + s / 3
    by_hand = -(target * scores.log_softmax(dim=1)).sum(dim=1).mean()
    torch.testing.assert_close(F.cross_entropy(scores, y, label_smoothing=s), by_hand)


def test_triangle_rises_peaks_and_falls():
    factors = [triangle(step, 100) for step in range(101)]
    assert factors[0] == pytest.approx(0.2) and factors[23] == 1.0 and factors[100] == pytest.approx(0.07)
    np.testing.assert_allclose(np.diff(factors[:24]), 0.8 / 23)
    np.testing.assert_allclose(np.diff(factors[23:]), -0.93 / 77)


def test_settings_hold_what_the_run_reads():
    assert TINY.settings() == asdict(TINY)
    assert asdict(TINY).keys() - replace(TINY, optimizer="muon").settings().keys() == {"lr", "momentum", "weight_decay"}


def test_optimizer_moves_as_far_whatever_the_momentum():
    """A constant gradient moves weights by lr * B / 1024 / (1 + 1/(1-m)) * 1/(1-m) = lr * B / 1024 / (2-m) a step."""
    net = CifarNet(torch.rand(12, 3, 2, 2), widths=(4, 4, 4))
    speeds = []
    for momentum in (0.5, 0.8):
        recipe = Recipe(widths=(4, 4, 4), epochs=1, batch_size=512, lr=3.0, momentum=momentum, weight_decay=0.0)
        optimizer = sgd(net, recipe)
        head, shift = net.head.weight, net.groups[0].norm1.bias
        for _ in range(60):
            before = head.detach().clone(), shift.detach().clone()
            head.grad, shift.grad = torch.ones_like(head), torch.ones_like(shift)
            optimizer.step()
        speeds.append(((before[0] - head).mean().item(), (before[1] - shift).mean().item()))
        expected = 3.0 * 512 / 1024 / (2 - momentum)
        np.testing.assert_allclose(speeds[-1], [expected, 64 * expected], rtol=1e-3)


def test_training_learns_and_reports_what_it_used(monkeypatch):
    monkeypatch.setenv("CS182_DEVICE", "cpu")
    recipe = replace(TINY, widths=(16, 16, 16), epochs=10, batch_size=25, lr=4.0)
    result = train_cifar_net(recipe, make_data(250), num_validation=25, progress=False)
    assert result["test_acc"] > 0.8 and result["history"].loss[-1] < 0.8 * result["history"].loss[0]
    assert result["val_acc"] == result["history"].column("val_acc")[-1]
    assert (result["source"], result["fingerprint"], result["seed"], result["processes"]) == ("made up", "abc", 182, 1)
    assert result["precision"] in ("no", "bf16") and result["recipe"]["widths"] == (16, 16, 16)


def test_training_repeats_and_resumes_bit_by_bit(tmp_path, monkeypatch):
    data, path = make_data(), tmp_path / "net.pt"
    whole = train_cifar_net(TINY, data, num_validation=16, progress=False)
    again = train_cifar_net(TINY, data, num_validation=16, progress=False)
    other = train_cifar_net(TINY, data, num_validation=16, progress=False, seed=183)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("cs182lib.training.fit._Training.save", save_then(interrupt))
    with pytest.raises(KeyboardInterrupt):
        train_cifar_net(TINY, data, num_validation=16, progress=False, checkpoint=path)
    monkeypatch.undo()
    resumed = train_cifar_net(TINY, data, num_validation=16, progress=False, checkpoint=path)
    assert whole["history"].loss == again["history"].loss == resumed["history"].loss != other["history"].loss
    for a, b in zip(whole["model"].state_dict().values(), resumed["model"].state_dict().values(), strict=True):
        assert torch.equal(a, b)


def save_then(interrupt):
    """Return the checkpoint method followed by an interruption."""
    from cs182lib.training.fit import _Training

    save = _Training.save

    def save_and_stop(self, path, num_steps):
        save(self, path, num_steps)
        interrupt()

    return save_and_stop


@pytest.mark.parametrize("change, message", [
    ({"budget": "1h"}, "budget must be one of 'quick'"),
    ({"num_validation": 70}, "num_validation must leave at least one batch of 16"),
    ({"num_validation": 0}, "num_validation must be at least 1"),
    ({"seed": -3}, "seed must be"),
])
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        train_cifar_net(**{"budget": TINY, "data": make_data(), "num_validation": 16, **change})


def test_a_deep_group_is_a_residual_block_of_its_first_features():
    group = ConvGroup(3, 7, depth=3).eval()
    x = torch.rand(2, 3, 6, 4)
    inner = F.gelu(group.norm1(F.max_pool2d(group.conv1(x), 2)))
    block = group.norm3(group.conv3(F.gelu(group.norm2(group.conv2(inner)))))
    torch.testing.assert_close(group(x), F.gelu(inner + block))
    with pytest.raises(ValueError, match="depth must be"):
        ConvGroup(3, 7, depth=4)


def test_muon_takes_every_learned_parameter_once_and_fades():
    net = CifarNet(torch.rand(12, 3, 2, 2), widths=(4, 4, 4), depth=3)
    optimizer = muon(net, batch_size=500)
    taken = [p for group in optimizer.param_groups for p in group["params"]]
    learned = {id(p) for p in net.parameters() if p.requires_grad}
    assert len(taken) == len(learned) and {id(p) for p in taken} == learned
    assert [group["orthogonal"] for group in optimizer.param_groups] == [True, False, False]
    assert [fade(step, 4) for step in range(5)] == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_a_deep_net_with_muon_learns_and_resumes(tmp_path, monkeypatch):
    recipe = replace(TINY, widths=(16, 16, 16), epochs=6, batch_size=25, depth=3, optimizer="muon", cutout=4)
    data = make_data(250)
    whole = train_cifar_net(recipe, data, num_validation=25, progress=False)
    assert whole["test_acc"] > 0.8

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("cs182lib.training.fit._Training.save", save_then(interrupt))
    with pytest.raises(KeyboardInterrupt):
        train_cifar_net(recipe, data, num_validation=25, progress=False, checkpoint=tmp_path / "run.pt")
    monkeypatch.undo()
    again = train_cifar_net(recipe, data, num_validation=25, progress=False, checkpoint=tmp_path / "run.pt")
    for name, value in whole["model"].state_dict().items():
        assert torch.equal(value, again["model"].state_dict()[name]), name
