"""Saliency, fooling and class visualization against gradients written down by hand and against finite differences."""

import numpy as np
import pytest
import torch
from small_nets import ConvNet, Linear, Quadratic, tensor
from torch import nn

from cs182lib.training.gradient_check import eval_numerical_gradient
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.visualization import (
    blur_image,
    compute_saliency_maps,
    create_class_visualization,
    fooling_path,
    jitter,
    make_fooling_image,
    score_gradient,
    update_class_visualization,
)

X = tensor((4, 3, 5, 6))
Y = torch.tensor([2, 0, 6, 2])


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def test_saliency_of_a_linear_net_is_its_weights():
    net = Linear(7, 3, 5, 6)
    close(compute_saliency_maps(X, Y, net), net.W.detach()[Y].abs().amax(dim=1))


def test_saliency_of_a_quadratic_net():
    net = Quadratic(7, 3, 5, 6)
    close(score_gradient(X, Y, net), 2 * net.W.detach()[Y] * X)
    close(compute_saliency_maps(X, Y, net), (2 * net.W.detach()[Y] * X).abs().amax(dim=1))


@pytest.mark.parametrize("net", [ConvNet(3, 4, 7), nn.Sequential(nn.Conv2d(3, 5, 2), nn.Tanh(), nn.Flatten(),
                                                                nn.Linear(100, 7)).double()])
def test_score_gradient_by_finite_differences(net):
    got = score_gradient(X, Y, net)
    for n in range(len(X)):
        x = X[n:n + 1].numpy().copy()

        def score(x, n=n):
            with torch.no_grad():
                return net.eval()(torch.from_numpy(x))[0, Y[n]].item()

        np.testing.assert_allclose(got[n:n + 1].numpy(), eval_numerical_gradient(score, x, verbose=False),
                                   rtol=1e-6, atol=1e-8)


def test_pictures_of_a_batch_do_not_meet():
    net = ConvNet(3, 4, 7)
    together = compute_saliency_maps(X, Y, net)
    alone = torch.cat([compute_saliency_maps(X[n:n + 1], Y[n:n + 1], net) for n in range(len(X))])
    close(together, alone)


def test_dropout_is_off_and_nothing_is_left_behind():
    net, before = ConvNet(3, 4, 7).train(), X.clone()
    first = compute_saliency_maps(X, Y, net)
    assert not net.training and torch.equal(first, compute_saliency_maps(X, Y, net))
    assert torch.equal(X, before) and X.grad is None and not X.requires_grad
    assert all(p.grad is None for p in net.parameters()) and not first.requires_grad
    frozen = ConvNet(3, 4, 7).requires_grad_(False)
    close(compute_saliency_maps(X, Y, frozen), first)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept(dtype):
    net = ConvNet(3, 4, 7).to(dtype)
    assert compute_saliency_maps(X.to(dtype), Y, net).dtype == dtype
    assert make_fooling_image(X[:1].to(dtype), 0, net).dtype == dtype


def test_fooling_a_linear_net_walks_along_the_weights():
    net, x = Linear(7, 3, 5, 6), X[:1]
    for target in range(7):
        path = list(fooling_path(x, target, net, learning_rate=0.25))
        direction = net.W.detach()[target] / net.W.detach()[target].norm()
        for k, image in enumerate(path):
            close(image, x + 0.25 * k * direction)
            assert (net(image).argmax().item() == target) == (k == len(path) - 1)
        close(make_fooling_image(x, target, net, learning_rate=0.25), path[-1])


def test_number_of_fooling_steps():
    net = Linear(2, 3, 5, 6)
    with torch.no_grad():
        net.W.zero_()
        net.W[1, 0, 0, 0] = 2.0
        net.b.copy_(torch.tensor([6.9, 0.0]))
    path = list(fooling_path(torch.zeros(1, 3, 5, 6, dtype=torch.float64), 1, net))
    assert len(path) - 1 == 4  # score 1 grows by 2 in each step of length 1: 2, 4, 6, 8 > 6.9
    assert path[-1][0, 0, 0, 0] == 4 and path[-1].abs().sum() == 4


def test_steps_are_of_equal_length():
    path = list(fooling_path(X[:1], 0, ConvNet(3, 4, 7), learning_rate=0.5))
    assert len(path) > 2
    for before, after in zip(path, path[1:]):
        assert (after - before).norm().item() == pytest.approx(0.5)


def test_fooling_leaves_the_picture_and_the_net_alone():
    net, x = ConvNet(3, 4, 7), X[:1].clone()
    fooled = make_fooling_image(x, 6, net)
    assert torch.equal(x, X[:1]) and not fooled.requires_grad and all(p.grad is None for p in net.parameters())
    assert net(fooled).argmax() == 6 != net(x).argmax()
    same = make_fooling_image(fooled, 6, net)
    assert torch.equal(same, fooled) and same.data_ptr() != fooled.data_ptr()


def test_a_dead_score_is_brought_to_life():
    """scores = relu(W x + b) with score 1 off at the start: only walking down score 0 moves the picture."""
    net = nn.Sequential(Linear(2, 1, 1, 2), nn.ReLU())
    with torch.no_grad():
        net[0].W.copy_(torch.tensor([[1.0, 0.5], [-1.0, -1.0]]).view(2, 1, 1, 2))
        net[0].b.copy_(torch.tensor([0.0, 0.0]))
    x = torch.tensor([[[[3.0, 0.0]]]], dtype=torch.float64)
    assert score_gradient(x, torch.tensor([1]), net).abs().sum() == 0
    assert net(make_fooling_image(x, 1, net)).argmax() == 1


def test_where_fooling_fails_it_says_so():
    net = Linear(7, 3, 5, 6)
    target = int((net(X[:1])).argmin())
    with pytest.raises(RuntimeError, match="max_iterations=1 "):
        make_fooling_image(X[:1], target, net, learning_rate=1e-3, max_iterations=1)
    with torch.no_grad():
        net.W.zero_()
    with pytest.raises(RuntimeError, match="no slope"):
        make_fooling_image(X[:1], 0 if net.b.argmax() else 1, net)


@pytest.mark.parametrize("l2_reg", [0.0, 0.3])
def test_class_visualization_step(l2_reg):
    net, img = Quadratic(7, 3, 5, 6), X[:1].clone()
    g = 2 * net.W.detach()[5] * img - 2 * l2_reg * img
    close(update_class_visualization(net, 5, l2_reg, 0.7, img), img + 0.7 * g)
    close(update_class_visualization(net, 5, l2_reg, 0.7, img, normalize=True), img + 0.7 * g / g.norm())
    assert torch.equal(img, X[:1]) and not update_class_visualization(net, 5, l2_reg, 0.7, img).requires_grad


def test_a_small_step_raises_the_objective():
    net, img, l2_reg = ConvNet(), X[:1], 0.01
    new = update_class_visualization(net, 3, l2_reg, 1e-3, img)
    before, after = (net(x)[0, 3] - l2_reg * x.square().sum() for x in (img, new))
    assert after > before


def test_penalty_alone_shrinks_the_picture():
    net = Linear(2, 3, 5, 6)
    with torch.no_grad():
        net.W.zero_()
    close(update_class_visualization(net, 1, 0.1, 1.0, X[:1]), 0.8 * X[:1])


def small_squeezenet():
    torch.manual_seed(3)
    net = SqueezeNet("1_1", 10, stride=1).requires_grad_(False)
    net.mean, net.std, net.input_size = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3), 32
    return net


def test_class_visualization_is_repeatable_and_stays_among_pixels():
    net = small_squeezenet()
    options = dict(size=24, num_iterations=4, blur_every=2, max_jitter=3)
    first = create_class_visualization(2, net, **options)
    torch.manual_seed(999)  # the global generator has no say
    again = create_class_visualization(2, net, **options)
    assert first.numpy().tobytes() == again.numpy().tobytes()
    assert not torch.equal(first, create_class_visualization(2, net, seed=5, **options))
    assert first.shape == (1, 3, 24, 24) and first.dtype == torch.float32
    pixels = first * torch.tensor(net.std).view(3, 1, 1) + torch.tensor(net.mean).view(3, 1, 1)
    assert pixels.min() > -1e-6 and pixels.max() < 1 + 1e-6


def test_class_visualization_raises_the_score():
    net, seen = small_squeezenet().eval(), {}
    target = int(net(torch.zeros(1, 3, 32, 32)).argmax())
    last = create_class_visualization(target, net, num_iterations=8, watch=lambda t, img: seen.update({t: img}))
    assert list(seen) == list(range(8)) and torch.equal(seen[7], last) and last.shape[-1] == 32
    assert net(last)[0, target] > net(seen[0])[0, target]


def test_jitter_moves_right_and_down_and_back():
    moved = jitter(X, 2, 1)
    assert torch.equal(moved[:, :, 1:, 2:], X[:, :, :-1, :-2]) and torch.equal(moved[:, :, 0, 2:], X[:, :, -1, :-2])
    assert torch.equal(jitter(moved, -2, -1), X)


def test_blur():
    point = torch.zeros(1, 2, 9, 11)
    point[0, 1, 4, 5] = 1.0
    blurred = blur_image(point, sigma=1.0)
    k = np.exp(-0.5 * np.arange(-4, 5) ** 2)
    np.testing.assert_allclose(blurred[0, 1, :, 1:10], np.outer(k, k) / k.sum() ** 2, rtol=1e-5, atol=1e-7)
    assert blurred[0, 0].abs().sum() == 0 and blurred.dtype == torch.float32 and point.sum() == 1
    torch.testing.assert_close(blur_image(X, sigma=0), X)
    torch.testing.assert_close(blur_image(torch.ones(1, 1, 3, 4), 2.0), torch.ones(1, 1, 3, 4))


@pytest.mark.parametrize("call, error, words", [
    (lambda net: compute_saliency_maps(X.numpy(), Y, net), TypeError, "X must be a float tensor, got an array"),
    (lambda net: compute_saliency_maps(X.byte(), Y, net), TypeError, "torch.uint8"),
    (lambda net: compute_saliency_maps(X[0], Y, net), ValueError, "four axes"),
    (lambda net: compute_saliency_maps(X[:0], Y[:0], net), ValueError, "empty"),
    (lambda net: compute_saliency_maps(X / 0 * 0, Y, net), ValueError, "NaN"),
    (lambda net: compute_saliency_maps(X, Y[:3], net), ValueError, "each of the 4 pictures"),
    (lambda net: compute_saliency_maps(X, Y.double(), net), TypeError, "whole numbers, got torch.float64"),
    (lambda net: compute_saliency_maps(X, [2, 0, 6, 2], net), TypeError, "got list"),
    (lambda net: compute_saliency_maps(X, Y + 1, net), ValueError, "below 7, got 7"),
    (lambda net: compute_saliency_maps(X, Y - 1, net), ValueError, "from 0 on, got -1"),
    (lambda net: compute_saliency_maps(X, Y, lambda x: x), TypeError, "nn.Module, got function"),
    (lambda net: make_fooling_image(X, 2, net), ValueError, "X must have four axes"),
    (lambda net: make_fooling_image(X[:1], 7, net), ValueError, "target_y must be a class from 0 to 6, got 7"),
    (lambda net: make_fooling_image(X[:1], 2.0, net), TypeError, "target_y must be a whole number"),
    (lambda net: make_fooling_image(X[:1], 2, net, learning_rate=0), ValueError, "learning_rate"),
    (lambda net: make_fooling_image(X[:1], 2, net, max_iterations=0), ValueError, "max_iterations"),
    (lambda net: update_class_visualization(net, -1, 0.1, 1.0, X[:1]), ValueError, "target_y"),
    (lambda net: update_class_visualization(net, 1, -0.1, 1.0, X[:1]), ValueError, "l2_reg"),
    (lambda net: update_class_visualization(net, 1, 0.1, "1", X[:1]), TypeError, "learning_rate"),
    (lambda net: update_class_visualization(net, 1, 0.1, 1.0, X[:2]), ValueError, "img must have four axes"),
    (lambda net: create_class_visualization(1, net, size=0), ValueError, "size"),
    (lambda net: create_class_visualization(1, net, seed=-1), ValueError, "seed"),
    (lambda net: create_class_visualization(1, net, blur_every=0), ValueError, "blur_every"),
    (lambda net: create_class_visualization(1, net, max_jitter=-1), ValueError, "max_jitter"),
    (lambda net: blur_image(X, -1.0), ValueError, "sigma"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call(Linear(7, 3, 5, 6))
