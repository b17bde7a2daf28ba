"""SqueezeNet is torchvision's, layer by layer, and its weights load from three kinds of file or are refused."""

import pickle

import numpy as np
import pytest
import safetensors.torch
import torch

from cs182lib.data import CLASS_NAMES, DataMissingError
from cs182lib.vision import squeezenet
from cs182lib.vision.squeezenet import SqueezeNet, load_squeezenet, read_weights
from cs182lib.vision.torchvision_compat import import_torchvision

OFFICIAL = {version: next(file for file, of in squeezenet.FILES["official"] if of == version)
            for version in ("1_0", "1_1")}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of data sets, beside which there are no weights in the checkout."""
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "auto")
    monkeypatch.setattr(squeezenet, "CHECKOUT", tmp_path / "none")
    (tmp_path / "pretrained").mkdir()
    return tmp_path


def weights(version="1_1", num_classes=1000, stride=2, seed=0):
    torch.manual_seed(seed)
    return SqueezeNet(version, num_classes, stride).state_dict()


def write_npz(path, state):
    np.savez(path, **{name: value.numpy() for name, value in state.items()})


def write_own(folder, seed=0):
    state = {name: value.half() for name, value in weights(num_classes=10, stride=1, seed=seed).items()}
    safetensors.torch.save_file(state, folder / "pretrained" / "squeezenet_cifar10.safetensors")
    return state


@pytest.mark.parametrize("version", ["1_0", "1_1"])
@pytest.mark.parametrize("size", [(64, 64), (75, 98)])
def test_equal_to_torchvision(version, size):
    theirs = getattr(import_torchvision().models, f"squeezenet{version}")(weights=None).eval()
    ours = SqueezeNet(version).eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert len(ours.features) == len(theirs.features) == 13
    ours.load_state_dict(theirs.state_dict())
    x = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1), requires_grad=True)
    torch.testing.assert_close(ours(x), theirs(x))
    kept = x
    for layer in ours.features:
        kept = layer(kept.clone())
    torch.testing.assert_close(ours.features(x), kept)
    grad_ours, = torch.autograd.grad(ours(x).sum(), x)
    grad_theirs, = torch.autograd.grad(theirs(x).sum(), x)
    torch.testing.assert_close(grad_ours, grad_theirs)


def test_no_layer_changes_its_input():
    assert not any(getattr(layer, "inplace", False) for layer in SqueezeNet().modules())


def test_open_scores_leave_out_the_last_relu_only():
    net = SqueezeNet("1_1", 10, stride=1).eval()
    x = torch.rand(3, 3, 40, 32, generator=torch.Generator().manual_seed(5))
    bare = squeezenet.open_scores(net)
    maps = net.classifier[1](net.features(x))  # (3, 10, h, w)
    torch.testing.assert_close(bare(x), maps.mean(dim=(2, 3)))
    torch.testing.assert_close(net(x), maps.relu().mean(dim=(2, 3)))
    assert len(net.classifier) == 4 and bare.features is net.features and bare(x).min() < 0


def test_stride_one_keeps_the_size():
    net = SqueezeNet("1_1", 10, stride=1).eval()
    assert net.features[0](torch.zeros(1, 3, 33, 40)).shape == (1, 64, 33, 40)
    assert net(torch.zeros(2, 3, 32, 48)).shape == (2, 10)
    two = SqueezeNet("1_1", 10).state_dict()
    assert {name: value.shape for name, value in net.state_dict().items()} == {
        name: value.shape for name, value in two.items()}


@pytest.mark.parametrize("arguments, error", [
    ({"version": "1_2"}, ValueError), ({"num_classes": 0}, ValueError), ({"num_classes": 2.0}, TypeError),
    ({"stride": 3}, ValueError)])
def test_bad_arguments(arguments, error):
    with pytest.raises(error, match=next(iter(arguments))):
        SqueezeNet(**arguments)


@pytest.mark.parametrize("version", ["1_0", "1_1"])
def test_official(folder, version):
    state = weights(version)
    torch.save(state, folder / OFFICIAL[version])
    net = load_squeezenet("official")
    assert net.source == "official" and net.file == OFFICIAL[version] and len(net.class_names) == 1000
    assert net.class_names[76] == "tarantula" and net.mean == (0.485, 0.456, 0.406) and net.input_size == 224
    assert not net.training and not any(p.requires_grad for p in net.parameters())
    for name, value in net.state_dict().items():
        assert torch.equal(value, state[name])


def test_npz(folder):
    state = weights("1_0")
    write_npz(folder / "squeezenet1_0-imagenet.npz", state)
    net = load_squeezenet("npz")
    assert net.source == "npz" and torch.equal(net.features[3].squeeze.weight, state["features.3.squeeze.weight"])


def test_own(folder):
    state = write_own(folder)
    net = load_squeezenet("cifar10")
    assert net.source == "cifar10" and net.class_names == CLASS_NAMES and net.input_size == 32
    assert net.features[0].stride == (1, 1) and net.features[0].weight.dtype == torch.float32
    assert torch.equal(net.classifier[1].weight, state["classifier.1.weight"].float())


def test_fingerprint_is_of_the_weights(folder):
    write_own(folder)
    first, again = load_squeezenet().fingerprint, load_squeezenet().fingerprint
    write_own(folder, seed=1)
    assert first == again != load_squeezenet().fingerprint


def test_auto_takes_imagenet_first(folder, monkeypatch):
    write_own(folder)
    assert load_squeezenet().source == "cifar10"
    write_npz(folder / "squeezenet1_0-imagenet.npz", weights("1_0"))
    assert load_squeezenet().source == "npz"
    torch.save(weights("1_0"), folder / OFFICIAL["1_0"])
    assert load_squeezenet().file == OFFICIAL["1_0"]
    torch.save(weights("1_1"), folder / OFFICIAL["1_1"])
    assert load_squeezenet().file == OFFICIAL["1_1"]
    monkeypatch.setenv("CS182_DATA", "embedded")
    assert load_squeezenet().source == "cifar10"


def test_missing(folder, monkeypatch):
    with pytest.raises(DataMissingError, match="squeezenet1_0-b66bff10.pth"):
        load_squeezenet("official")
    write_own(folder)
    monkeypatch.setenv("CS182_DATA", "real")
    with pytest.raises(DataMissingError, match="squeezenet1_0-imagenet.npz"):
        load_squeezenet()
    with pytest.raises(ValueError, match="source"):
        load_squeezenet("imagenet")


class Evil:
    def __reduce__(self):
        return print, ("run",)


def test_no_pickle_is_run(folder, capsys):
    torch.save({"x": Evil()}, folder / OFFICIAL["1_1"])
    np.savez(folder / "squeezenet1_0-imagenet.npz", x=np.array(Evil(), dtype=object))
    for source in ("official", "npz"):
        with pytest.raises(ValueError, match="read safely"):
            load_squeezenet(source)
    (folder / OFFICIAL["1_1"]).write_bytes(pickle.dumps(Evil(), protocol=2))
    with pytest.raises(ValueError, match="read safely"):
        load_squeezenet("official")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_truncated(folder, share):
    torch.save(weights(), folder / OFFICIAL["1_1"])
    write_npz(folder / "squeezenet1_0-imagenet.npz", weights("1_0"))
    write_own(folder)
    for path in (p for p in folder.rglob("*") if p.is_file()):
        path.write_bytes(path.read_bytes()[:int(share * path.stat().st_size)])
        with pytest.raises(ValueError, match="fetch it again"):
            read_weights(path)


def test_wrong_layout(folder):
    torch.save(weights("1_0"), folder / OFFICIAL["1_1"])
    with pytest.raises(ValueError, match=r"features.0.weight has the shape \(96, 3, 7, 7\), expected \(64, 3, 3, 3\)"):
        load_squeezenet("official")
    state = weights("1_0")
    write_npz(folder / "squeezenet1_0-imagenet.npz", {"more": torch.zeros(1), **state})
    with pytest.raises(ValueError, match=r"holds \['more'\]"):
        load_squeezenet("npz")
    del state["features.3.squeeze.bias"]
    write_npz(folder / "squeezenet1_0-imagenet.npz", state)
    with pytest.raises(ValueError, match=r"lacks features.3.squeeze.bias"):
        load_squeezenet("npz")
    state = weights("1_0")
    state["features.0.bias"][0] = torch.nan
    write_npz(folder / "squeezenet1_0-imagenet.npz", state)
    with pytest.raises(ValueError, match=r"not finite, first in \['features.0.bias'\]"):
        load_squeezenet("npz")
