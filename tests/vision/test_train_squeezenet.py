"""The training of the project's SqueezeNet: folding changes nothing, weights come back as they were saved."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cs182lib.data.dataset import Dataset
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.train_squeezenet import (
    add_batch_norm,
    fold_batch_norm,
    round_to_half,
    save_weights,
    train_squeezenet,
    warm_cosine,
)


def test_folding_a_batch_norm_changes_no_output():
    torch.manual_seed(0)
    model = add_batch_norm(SqueezeNet("1_1", num_classes=4, stride=1))
    with torch.no_grad():
        for _ in range(3):
            model(3 * torch.randn(8, 3, 32, 32) + 1)  # fills the running statistics
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)
    x = torch.randn(2, 3, 40, 33)
    before = model.eval()(x)
    after = fold_batch_norm(model)(x)
    torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-4)
    assert list(model.state_dict()) == list(SqueezeNet("1_1", num_classes=4, stride=1).state_dict())


def test_warm_cosine_rises_and_falls():
    factors = np.array([warm_cosine(step, 100) for step in range(101)])
    np.testing.assert_allclose(factors[[0, 5, 100]], [0, 1, 0], atol=1e-12)
    assert (np.diff(factors[:6]) > 0).all() and (np.diff(factors[5:]) < 0).all()


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 60)
    X = rng.integers(0, 120, (60, 3, 32, 32)).astype(np.uint8)
    X[np.arange(60), y] += 120  # the class is the brightest channel
    data = Dataset({"X_train": X, "y_train": y, "X_test": X, "y_test": y}, "made up", True, "abc", list("rgb"))
    return train_squeezenet(data, epochs=4, batch_size=10, lr=0.05, num_validation=10, progress=False)


def test_training_lowers_the_loss(result):
    assert result["history"].loss[-1] < result["history"].loss[0]


def test_saved_weights_are_the_result_s(result, tmp_path):
    path = tmp_path / "folder" / "net.safetensors"
    save_weights(result, path)
    saved = load_file(path)
    for name, value in result["model"].state_dict().items():
        assert saved[name].dtype == torch.float16 and torch.equal(saved[name].float(), value)
    made = json.loads(path.with_suffix(".json").read_text())
    assert (made["source"], made["fingerprint"], made["seed"], made["test_acc"]) == ("made up", "abc", 182,
                                                                                    result["test_acc"])


def test_rounding_to_half_is_idempotent():
    model = round_to_half(SqueezeNet("1_1", num_classes=3, stride=1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for name, value in round_to_half(model).state_dict().items():
        assert torch.equal(value, before[name])
