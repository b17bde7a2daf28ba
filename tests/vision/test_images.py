"""Batches of images: normalization, shifts, mirroring, order, shares of several processes, averaged views."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.vision.images import ImageBatches, accuracy, predict

N, H, W = 11, 6, 5
ZERO_ONE = {"mean": (0, 0, 0), "std": (1 / 255,) * 3}  # leaves the pixels as they are


def make_images():
    """Return images in which every pixel of every image differs from its neighbors, and labels naming the image."""
    images = (np.arange(N * 3 * H * W) * 7 % 251).astype(np.uint8).reshape(N, 3, H, W)
    return images, np.arange(N)


def generator(seed=5):
    return torch.Generator().manual_seed(seed)


def one_pass(batches):
    """Return the pictures of one pass sorted by image number, and those numbers."""
    parts = list(batches)
    X, y = torch.cat([X for X, _ in parts]), torch.cat([y for _, y in parts])
    return X[y.argsort()], y


def test_images_come_in_order_normalized_and_channels_last():
    images, labels = make_images()
    batches = ImageBatches(images, labels, 4, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    assert len(batches) == 3 and [len(y) for _, y in batches] == [4, 4, 3]
    X, y = one_pass(batches)
    mean, std = np.array([0.1, 0.2, 0.3]).reshape(3, 1, 1), np.array([0.4, 0.5, 0.6]).reshape(3, 1, 1)
    np.testing.assert_allclose(X, (images / 255 - mean) / std, rtol=1e-5, atol=1e-5)
    assert y.tolist() == list(range(N)) and X.dtype == torch.float32 and y.dtype == torch.int64
    assert next(iter(batches))[0].is_contiguous(memory_format=torch.channels_last)


def test_every_pass_has_another_order_and_leaves_out_the_rest():
    batches = ImageBatches(*make_images(), 4, generator())
    orders = [torch.cat([y for _, y in batches]).tolist() for _ in range(3)]
    assert len(batches) == 2 and all(len(set(order)) == 8 for order in orders)
    assert orders[0] != orders[1] != orders[2]


def test_shifts_are_those_of_a_reflected_border():
    images, labels = make_images()
    X, _ = one_pass(ImageBatches(images, labels, N, generator(), translate=2, **ZERO_ONE))
    padded = F.pad(torch.tensor(images).float(), (2, 2, 2, 2), mode="reflect")
    found = set()
    for i in range(N):
        crops = {(dy, dx): padded[i, :, dy : dy + H, dx : dx + W] for dy in range(5) for dx in range(5)}
        match = [shift for shift, crop in crops.items() if torch.allclose(crop, X[i], atol=1e-3)]
        assert len(match) == 1
        found.add(match[0])
    assert len(found) > 5


def test_alternating_flip_shows_both_views_in_any_two_passes():
    images, labels = make_images()
    batches = ImageBatches(images, labels, N, generator(), flip="alternating", **ZERO_ONE)
    plain = torch.tensor(images).float()
    passes = [one_pass(batches)[0] for _ in range(4)]
    for first, second in zip(passes, passes[1:], strict=False):
        torch.testing.assert_close(first.flip(3), second)
    mirrored = [not torch.allclose(passes[0][i], plain[i], atol=1e-3) for i in range(N)]
    assert 0 < sum(mirrored) < N
    by_hand = torch.stack([plain[i].flip(2) if mirrored[i] else plain[i] for i in range(N)])
    torch.testing.assert_close(by_hand, passes[0])


def test_random_flip_draws_anew_each_pass():
    images, labels = make_images()
    batches = ImageBatches(images, labels, N, generator(), flip="random", **ZERO_ONE)
    mirrored = [[not torch.allclose(x, torch.tensor(image).float(), atol=1e-3)
                 for x, image in zip(one_pass(batches)[0], images, strict=True)] for _ in range(6)]
    assert 0.2 < np.mean(mirrored) < 0.8 and mirrored[0] != mirrored[1]


def test_shares_of_three_processes_make_up_the_whole_batch():
    augment = {"flip": "random", "translate": 1}
    whole = list(ImageBatches(*make_images(), 6, generator(), **augment))
    shares = [list(ImageBatches(*make_images(), 6, generator(), rank=rank, world=3, **augment)) for rank in range(3)]
    for i, (X, y) in enumerate(whole):
        assert torch.equal(torch.cat([share[i][0] for share in shares]), X)
        assert torch.equal(torch.cat([share[i][1] for share in shares]), y)


def test_a_restored_state_goes_on_with_the_same_batches():
    def make(seed):
        return ImageBatches(*make_images(), 4, generator(seed), flip="alternating", translate=2)

    first = make(5)
    list(first)
    second = make(6)
    second.load_state_dict(first.state_dict())
    for (X, y), (X2, y2) in zip(first, second, strict=True):
        assert torch.equal(X, X2) and torch.equal(y, y2)


@pytest.mark.parametrize("change, message", [
    ({"images": np.zeros((N, 3, H, W))}, "images must be uint8 of shape"),
    ({"images": np.zeros((N, H, W, 3), np.uint8)}, "images must be uint8 of shape"),
    ({"images": np.zeros((0, 3, H, W), np.uint8), "labels": np.zeros(0, int)}, "at least one"),
    ({"labels": np.arange(N - 1)}, "labels must be one for each of the 11 images"),
    ({"labels": np.linspace(0, 1, N)}, "labels must be integers"),
    ({"labels": np.arange(N) - 1}, "labels must be integers from 0 on"),
    ({"batch_size": 0}, "batch_size must be at least 1"),
    ({"batch_size": 5, "world": 2}, "batch_size must be a multiple of the 2 processes"),
    ({"rank": 1}, "rank below 1"),
    ({"flip": "vertical"}, "flip must be one of"),
    ({"translate": -1}, "translate must be at least 0"),
    ({"translate": 1, "generator": None}, "pass generator="),
])
def test_bad_arguments_are_named(change, message):
    images, labels = make_images()
    with pytest.raises(ValueError, match=message):
        ImageBatches(**{"images": images, "labels": labels, "batch_size": 4, "generator": generator(), **change})


class Corner(nn.Module):
    """Scores that depend on single pixels: the views of an image get different ones."""

    def forward(self, X):
        return torch.stack([X[:, 0, 0, 0], X[:, 1, 0, -1], X[:, 2, -1, 1]], dim=1)


def test_scores_are_averaged_over_the_views():
    images, labels = make_images()
    batches = ImageBatches(images, labels, 4, **{**ZERO_ONE, "std": (1.0,) * 3})
    X, model = one_pass(batches)[0], Corner()
    mirror = (model(X) + model(X.flip(3))) / 2
    padded = F.pad(torch.stack([X, X.flip(3)]).flatten(0, 1), (1,) * 4, mode="reflect")
    moved = (model(padded[:, :, :-2, :-2]) + model(padded[:, :, 2:, 2:])) / 2
    moved = (moved[:N] + moved[N:]) / 2
    for tta, scores in (("none", model(X)), ("mirror", mirror), ("mirror+shift", (mirror + moved) / 2)):
        probabilities, y = predict(model, batches, tta=tta)
        torch.testing.assert_close(probabilities, scores.softmax(dim=1))
        assert y.tolist() == list(range(N))
    with pytest.raises(ValueError, match="tta must be one of"):
        predict(model, batches, tta="all")


def test_accuracy_counts_in_eval_mode():
    class Label(nn.Module):
        def forward(self, X):
            assert not self.training
            return F.one_hot(torch.where(X[:, 0, 0, 0] > 0, 1, 0), 2).float()

    images = np.zeros((5, 3, 4, 4), np.uint8)
    images[:2] = 255
    batches = ImageBatches(images, np.array([1, 0, 0, 0, 1]), 2)
    assert accuracy(Label().train(), batches) == pytest.approx(0.6)
