"""Three levels of PyTorch: the same scores at each, the start values, and training that learns."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from cs182lib.data.dataset import Dataset
from cs182lib.vision.three_levels import (
    ThreeLayerConvNet,
    TwoLayerFC,
    check_accuracy_part2,
    check_accuracy_part34,
    flatten,
    get_loaders,
    random_weight,
    three_layer_convnet,
    train_part2,
    train_part34,
    two_layer_fc,
    zero_weight,
)


def make_data(n=90):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, n)
    X = rng.integers(0, 160, (n, 3, 32, 32)).astype(np.uint8)
    X[np.arange(n), y] += 90  # the class is the brightest channel
    return Dataset({"X_train": X, "y_train": y, "X_test": X[:20], "y_test": y[:20]}, "made up", True, "abc", "abc")


def loaders():
    return get_loaders(make_data(), batch_size=16, num_validation=30, generator=torch.Generator().manual_seed(2))


def test_flatten_keeps_the_examples_apart():
    x = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert flatten(x).shape == (2, 60) and torch.equal(flatten(x)[1], x[1].ravel())
    with pytest.raises(ValueError, match="at least two axes"):
        flatten(torch.zeros(3))


@pytest.mark.parametrize("shape, fan_in", [((3000, 20), 3000), ((64, 7, 5, 5), 175)])
def test_random_weights_have_variance_two_over_fan_in(shape, fan_in):
    w = random_weight(shape, torch.Generator().manual_seed(0))
    assert w.is_leaf and w.requires_grad and w.dtype == torch.float32 and w.shape == shape
    assert w.std().item() == pytest.approx(math.sqrt(2 / fan_in), rel=0.03)
    assert torch.equal(w, random_weight(shape, torch.Generator().manual_seed(0)))
    assert zero_weight(shape).requires_grad and not zero_weight(shape).any()
    with pytest.raises(ValueError, match="zero_weight"):
        random_weight((4,))


def test_raw_tensors_give_the_scores_of_the_module():
    x = torch.linspace(-1, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32).sin()
    net = ThreeLayerConvNet(3, 4, 5, 6)
    params = [net.conv1.weight, net.conv1.bias, net.conv2.weight, net.conv2.bias, net.fc.weight.T, net.fc.bias]
    torch.testing.assert_close(three_layer_convnet(x, params), net(x))
    fc = TwoLayerFC(3 * 32 * 32, 7, 6)
    torch.testing.assert_close(two_layer_fc(x, [fc.fc1.weight.T, fc.fc2.weight.T]), fc(x))
    assert net(x).shape == fc(x).shape == (2, 6)


def test_sequential_is_the_module_in_a_list():
    net = ThreeLayerConvNet(3, 4, 5, 6)
    layers = nn.Sequential(net.conv1, nn.ReLU(), net.conv2, nn.ReLU(), nn.Flatten(), net.fc)
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(layers(x), net(x))


def test_modules_start_with_kaiming_weights_and_zero_biases():
    torch.manual_seed(0)
    net = TwoLayerFC(2000, 50, 10)
    assert net.fc1.weight.std().item() == pytest.approx(math.sqrt(2 / 2000), rel=0.03)
    assert not net.fc1.bias.any() and not ThreeLayerConvNet(3, 4, 5, 6).conv2.bias.any()


def test_wrong_number_of_parameters_is_named():
    with pytest.raises(ValueError, match="params must hold 2 tensors, got 1"):
        two_layer_fc(torch.zeros(1, 4), [torch.zeros(4, 4)])
    with pytest.raises(ValueError, match="params must hold 6 tensors, got 2"):
        three_layer_convnet(torch.zeros(1, 3, 8, 8), [torch.zeros(4, 4)] * 2)


def test_loaders_split_as_the_course_does():
    data = make_data()
    train, val, test = loaders()
    assert [len(loader.dataset) for loader in (train, val, test)] == [60, 30, 20]
    assert torch.equal(torch.cat([y for _, y in val]), torch.tensor(data["y_train"][60:]))
    assert sorted(torch.cat([y for _, y in train]).tolist()) == sorted(data["y_train"][:60].tolist())
    X, _ = next(iter(test))
    assert X.dtype == torch.float32 and X.shape == (16, 3, 32, 32)
    with pytest.raises(ValueError, match="num_validation must be below the 90"):
        get_loaders(data, num_validation=90)


def test_one_raw_step_is_gradient_descent():
    w1, w2 = random_weight((6, 5)), random_weight((5, 3))
    old = [w.detach().clone() for w in (w1, w2)]
    x, y = torch.rand(4, 6), torch.tensor([0, 1, 2, 1])
    loss = nn.functional.cross_entropy(two_layer_fc(x, [w1, w2]), y)
    gradients = torch.autograd.grad(loss, [w1, w2])
    losses = train_part2(two_layer_fc, [w1, w2], 0.3, loader_train=[(x, y)])
    assert losses == [loss.item()]
    for w, before, dw in zip((w1, w2), old, gradients, strict=True):
        torch.testing.assert_close(w.detach(), before - 0.3 * dw)
        assert w.grad is None
    with pytest.raises(ValueError, match="learning_rate must lie"):
        train_part2(two_layer_fc, [w1, w2], 0.0, loader_train=[(x, y)])


def test_raw_training_learns():
    train, val, _ = loaders()
    generator = torch.Generator().manual_seed(0)
    params = [random_weight((3 * 32 * 32, 12), generator), random_weight((12, 3), generator)]
    losses = [loss for _ in range(4) for loss in train_part2(two_layer_fc, params, 3e-3, loader_train=train)]
    assert losses[-1] < losses[0] and check_accuracy_part2(val, two_layer_fc, params) > 0.6
    with pytest.raises(ValueError, match="loader is empty"):
        check_accuracy_part2([], two_layer_fc, params)


def test_module_training_learns_and_keeps_its_history():
    torch.manual_seed(0)
    train, val, test = loaders()
    model = TwoLayerFC(3 * 32 * 32, 12, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=3e-3, momentum=0.9, nesterov=True)
    history = train_part34(model, optimizer, epochs=3, loader_train=train, loader_val=val)
    assert len(history.loss) == 12 and history.loss[-1] < history.loss[0]
    assert history.column("val_acc")[-1] == check_accuracy_part34(val, model) > 0.6
    assert check_accuracy_part34(test, model) > 0.6
