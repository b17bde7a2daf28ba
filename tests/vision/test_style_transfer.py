"""Style transfer: losses against loops and closed forms, gradients against numeric ones, the loops of descent."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs182lib.vision.descent import Transfer, descend_by_adam, minimize
from cs182lib.vision.inversion import balanced_weights, invert_features, loss_sizes, synthesize_texture
from cs182lib.vision.pixels import deprocess, preprocess
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.style_transfer import (
    Objective,
    content_loss,
    extract_features,
    gram_matrix,
    style_loss,
    style_transfer,
    tv_loss,
)
from tests.parity import ramp

STYLE = dict(content_layer=3, content_weight=1e-3, style_layers=(1, 4, 6), style_weights=(50.0, 300.0, 90.0),
             tv_weight=1e-3)
SIZES = st.integers(1, 4)
few = settings(max_examples=25)


def tensor(*shape, low=-0.7, high=0.9):
    return torch.from_numpy(ramp(*shape, low=low, high=high))


@pytest.fixture(scope="module")
def cnn():
    torch.manual_seed(0)
    model = SqueezeNet(num_classes=10, stride=1).eval().requires_grad_(False)
    model.mean, model.std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    return model


@pytest.fixture(scope="module")
def pictures():
    """A gradual picture, wider than high, and a striped one."""
    i, j = np.mgrid[:36, :48]
    smooth = np.stack([i * 5, j * 4, 100 + i + j], axis=2).astype(np.uint8)
    stripes = np.zeros((50, 40, 3), np.uint8)
    stripes[::4] = 220, 140, 30
    return smooth, stripes


def transfer(pictures, cnn, **options):
    return style_transfer(*pictures, 32, 32, **{**STYLE, "cnn": cnn, "num_steps": 20, **options})


# ---- losses


@few
@given(SIZES, SIZES, SIZES, SIZES)
def test_gram_matrix_is_the_loop(N, C, H, W):
    F = tensor(N, C, H, W)
    for normalize in (True, False):
        gram = gram_matrix(F, normalize)
        assert gram.shape == (N, C, C) and torch.equal(gram, gram.transpose(1, 2))
        expected = np.zeros((N, C, C))
        for n, k, m, i, j in np.ndindex(N, C, C, H, W):
            expected[n, k, m] += F.numpy()[n, k, i, j] * F.numpy()[n, m, i, j]
        np.testing.assert_allclose(gram, expected / (H * W * C if normalize else 1))


def test_gram_matrix_of_constant_features():
    a = torch.tensor([2.0, -1.0, 0.5])
    F = a.view(1, 3, 1, 1).expand(1, 3, 4, 5)
    torch.testing.assert_close(gram_matrix(F)[0], torch.outer(a, a) / 3)  # the H W places cancel
    torch.testing.assert_close(gram_matrix(F, normalize=False)[0], torch.outer(a, a) * 20)


def test_gram_matrix_knows_no_places():
    F = tensor(2, 3, 4, 5)
    moved = F.flatten(2)[:, :, torch.randperm(20, generator=torch.Generator().manual_seed(1))].view_as(F)
    torch.testing.assert_close(gram_matrix(moved), gram_matrix(F))
    assert content_loss(1, moved, F) > 0.1


@few
@given(SIZES, SIZES, SIZES, SIZES)
def test_content_loss_is_the_loop(N, C, H, W):
    F, P = tensor(N, C, H, W), tensor(N, C, H, W, low=-2)
    total = sum((f - p) ** 2 for f, p in zip(F.flatten().tolist(), P.flatten().tolist()))
    assert content_loss(0.3, F, P).item() == pytest.approx(0.3 * total)
    assert content_loss(0.3, F, F) == 0


@few
@given(SIZES, SIZES, SIZES)
def test_tv_loss_is_the_loop(N, H, W):
    x, total = tensor(N, 3, H, W).numpy(), 0
    for n, c, i, j in np.ndindex(N, 3, H, W):
        total += (x[n, c, i + 1, j] - x[n, c, i, j]) ** 2 if i + 1 < H else 0
        total += (x[n, c, i, j + 1] - x[n, c, i, j]) ** 2 if j + 1 < W else 0
    assert tv_loss(torch.from_numpy(x), 0.7).item() == pytest.approx(0.7 * total)


def test_tv_loss_of_a_ramp_and_of_a_checkerboard():
    H, W = 5, 7
    i, j = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    ramp_ = (3.0 * i + 2.0 * j).expand(1, 3, H, W)
    assert tv_loss(ramp_, 0.5) == 0.5 * 3 * (9 * (H - 1) * W + 4 * H * (W - 1))
    board = ((i + j) % 2).float().expand(1, 3, H, W)
    assert tv_loss(board, 2) == 2 * 3 * ((H - 1) * W + H * (W - 1))
    assert tv_loss(torch.full((1, 3, H, W), 0.3), 1) == 0


def test_style_loss_adds_layers_in_the_order_asked_for():
    feats = [tensor(1, C, 6 - C, 4) for C in (2, 3, 4, 5)]
    layers, weights = [2, 0, 3], [0.5, 10.0, 3.0]
    targets = [gram_matrix(tensor(1, feats[layer].shape[1], 3, 3, low=-2)) for layer in layers]
    total = sum(w * ((gram_matrix(feats[layer]) - A) ** 2).sum() for layer, A, w in zip(layers, targets, weights))
    torch.testing.assert_close(style_loss(feats, layers, targets, weights), total)
    own = [gram_matrix(feats[layer]) for layer in layers]
    assert style_loss(feats, layers, own, weights) == 0 == style_loss(feats, [], [], [])


def test_gradients():
    F, P = tensor(2, 3, 2, 4).requires_grad_(), tensor(2, 3, 2, 4, low=-2)
    feats = [tensor(1, C, 6 - C, 3) for C in (2, 3)]
    A = [gram_matrix(f + 1) for f in feats]
    check = torch.autograd.gradcheck
    assert check(lambda F: content_loss(0.3, F, P), F)
    assert check(gram_matrix, F) and check(lambda F: gram_matrix(F, False), F)
    assert check(lambda x: tv_loss(x, 0.7), tensor(1, 3, 4, 3).requires_grad_())
    assert check(lambda *f: style_loss(f, [1, 0], A[::-1], [3.0, 0.5]), [f.requires_grad_() for f in feats])


def test_features_are_those_of_every_module(cnn):
    x = tensor(2, 3, 36, 33).float()
    feats = extract_features(x, cnn)
    assert len(feats) == 13 and torch.equal(feats[-1], cnn.features(x))
    assert feats[0].min() < 0 and torch.equal(feats[1], feats[0].relu()), "module 1 leaves the output of module 0 alone"
    assert [f.shape[1] for f in feats] == [64, 64, 64, 128, 128, 128, 256, 256, 256, 384, 384, 512, 512]
    first = extract_features(x, cnn, depth=4)
    assert len(first) == 4 and torch.equal(first[3], feats[3])


# ---- pictures


def test_pixels_come_back(cnn, pictures):
    for picture in pictures:
        x = preprocess(picture, cnn, size=min(picture.shape[:2]))
        assert x.shape == (1, 3, *picture.shape[:2]) and x.dtype == torch.float32
        np.testing.assert_array_equal(deprocess(x, cnn), picture)
    torch.testing.assert_close(x[0, :, 0, 0], (torch.tensor([220.0, 140, 30]) / 255 - torch.tensor(cnn.mean))
                               / torch.tensor(cnn.std))
    assert deprocess(torch.full((1, 3, 2, 2), 99.0), cnn).min() == 255
    assert deprocess(torch.full((1, 3, 2, 2), -99.0), cnn).max() == 0


def test_a_picture_may_come_as_file_or_pil(cnn, pictures, tmp_path):
    from PIL import Image

    Image.fromarray(pictures[0]).save(tmp_path / "a.png")
    expected = preprocess(pictures[0], cnn, 20)
    assert expected.shape == (1, 3, 20, 26)  # 20 * 48 / 36, rounded down
    for image in (tmp_path / "a.png", str(tmp_path / "a.png"), Image.open(tmp_path / "a.png")):
        assert torch.equal(preprocess(image, cnn, 20), expected)


# ---- descent


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("init_random", [False, True])
def test_losses_fall_and_runs_are_the_same(cnn, pictures, optimizer, init_random):
    first, second = (transfer(pictures, cnn, optimizer=optimizer, init_random=init_random, num_steps=40)
                     for _ in range(2))
    assert isinstance(first, Transfer) and first.picture.shape == (32, 42, 3) and first.picture.dtype == np.uint8
    np.testing.assert_array_equal(first.picture, second.picture)
    assert first.history == second.history
    assert first.history["total"][-1] < 0.5 * first.history["total"][0]
    assert first.history["style"][-1] < 0.5 * first.history["style"][0]
    lengths = {len(values) for values in first.history.values()}
    assert len(lengths) == 1 and lengths.pop() >= 41
    parts = zip(*(first.history[name] for name in ("content", "style", "tv", "total")))
    assert all(abs(content + style + tv - total) < 1e-4 * total for content, style, tv, total in parts)


def test_history_is_that_of_the_losses(cnn, pictures):
    result = transfer(pictures, cnn, num_steps=1, optimizer="lbfgs")
    content, style = (preprocess(picture, cnn, 32) for picture in pictures)
    feats, targets = extract_features(content, cnn), extract_features(style, cnn)
    expected = style_loss(feats, STYLE["style_layers"], [gram_matrix(targets[i]) for i in STYLE["style_layers"]],
                          STYLE["style_weights"])
    assert result.history["content"][0] == 0
    assert result.history["style"][0] == pytest.approx(expected.item(), rel=1e-5)
    assert result.history["tv"][0] == pytest.approx(tv_loss(content, 1e-3).item(), rel=1e-5)


def test_kept_pictures(cnn, pictures):
    result = transfer(pictures, cnn, optimizer="lbfgs", keep=(0, 5))
    assert list(result.kept) == [0, 5]
    np.testing.assert_array_equal(result.kept[0], deprocess(preprocess(pictures[0], cnn, 32), cnn))
    assert (result.kept[5] != result.picture).any()


def test_seed_of_the_noise(cnn, pictures):
    a, b, c = (transfer(pictures, cnn, init_random=True, num_steps=2, seed=s).picture for s in (1, 1, 2))
    assert (a == b).all() and (a != c).any()


def test_course_schedule_of_adam():
    """On a slope of 1 an Adam step is its learning rate, and clamping shows."""
    img, path = torch.zeros(1, requires_grad=True), []

    def evaluate():
        path.append(img.item())
        img.grad = torch.ones(1)

    descend_by_adam(evaluate, img, 200)
    path = np.array([*path, img.item()])
    np.testing.assert_allclose(path[1:190], -1.5)  # each step, of 3 and later of 0.1, ends at the limit
    np.testing.assert_allclose(np.diff(path)[189:], -0.1, rtol=1e-5)


def test_lbfgs_beats_adam_with_as_many_evaluations(cnn, pictures):
    adam, lbfgs = (transfer(pictures, cnn, optimizer=o, num_steps=40).history["total"][-1] for o in ("adam", "lbfgs"))
    assert lbfgs < adam


def test_no_gradient_reaches_network_or_targets(cnn, pictures):
    trainable = SqueezeNet(num_classes=10, stride=1).eval()
    trainable.mean, trainable.std = cnn.mean, cnn.std
    content, style = (preprocess(picture, trainable, 32) for picture in pictures)
    objective = Objective(trainable, content, style, 3, 1e-3, (1, 4), (1.0, 2.0), 0)
    assert not objective.content_target.requires_grad and not any(A.requires_grad for A in objective.style_targets)
    minimize(objective, content.clone(), "adam", 2)
    assert all(parameter.grad is None for parameter in trainable.parameters())


# ---- one half of the losses


def test_balanced_weights_give_the_stated_losses(cnn, pictures):
    weights = balanced_weights(*pictures, 32, 36, 3, (1, 4, 6), content=2.0, style=6.0, tv=0.5, cnn=cnn)
    result = style_transfer(*pictures, 32, 36, **weights, cnn=cnn, num_steps=1, optimizer="lbfgs")
    assert result.history["style"][0] == pytest.approx(6, rel=1e-4)
    assert result.history["tv"][0] == pytest.approx(0.5, rel=1e-4)
    sizes = loss_sizes(*pictures, 32, 36, 3, (1, 4, 6), cnn)
    parts = [w * size for w, size in zip(weights["style_weights"], sizes["style"])]
    assert parts == pytest.approx([2, 2, 2])
    gray = np.array(cnn.mean) * 255
    flat = np.full_like(pictures[0], 1) * gray.round().astype(np.uint8)
    x, g = (extract_features(preprocess(p, cnn, 32), cnn)[3] for p in (pictures[0], flat))
    assert content_loss(weights["content_weight"], g, x).item() == pytest.approx(2, rel=0.02)


def test_inversion_finds_the_features_again(cnn, pictures):
    early, late = (invert_features(pictures[0], layer, 32, cnn=cnn, optimizer="lbfgs", num_steps=60).picture
                   for layer in (1, 9))
    original = deprocess(preprocess(pictures[0], cnn, 32), cnn).astype(float)
    errors = [np.abs(picture - original).mean() for picture in (early, late)]
    assert errors[0] < 8 and errors[0] < errors[1] / 2, "an early layer knows the pixels, a late one does not"


def test_texture_has_the_style_and_its_own_shape(cnn, pictures):
    result = synthesize_texture(pictures[1], (1, 4), 40, 32, cnn=cnn, optimizer="lbfgs", num_steps=40)
    assert result.picture.shape == (40, 40, 3)
    assert result.history["style"][-1] < 0.1 * result.history["style"][0]
    assert set(result.history["content"]) == {0.0}


# ---- bad input

F3 = torch.zeros(1, 3, 4, 5)


@pytest.mark.parametrize("call, error, words", [
    (lambda: gram_matrix(np.zeros((1, 3, 4, 5))), TypeError, "features must be a float tensor, got an array"),
    (lambda: gram_matrix(F3[0]), ValueError, "four axes"),
    (lambda: gram_matrix(F3[:0]), ValueError, "none of them empty"),
    (lambda: gram_matrix(F3.long()), TypeError, "torch.int64"),
    (lambda: content_loss(1, F3, F3[:, :2]), ValueError, r"content_target must be a tensor of shape \(1, 3, 4, 5\)"),
    (lambda: tv_loss([1.0], 1), TypeError, "img must be a float tensor"),
    (lambda: style_loss([F3], [1], [F3], [1.0]), ValueError, "layer 1 is not one of the 1 modules"),
    (lambda: style_loss([F3], [0], [], [1.0]), ValueError, "style_targets must hold one entry"),
    (lambda: style_loss([F3], [0], [F3], [1.0]), ValueError, r"for layer 0, must be a tensor of shape \(1, 3, 3\)"),
    (lambda: style_loss([F3], [0], [F3[0, :, :3, :3]], []), ValueError, "style_weights must hold one entry"),
    (lambda: extract_features(F3, torch.nn.ReLU()), TypeError, "cnn must be a network with modules"),
])
def test_bad_input_of_the_losses(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("options, error, words", [
    (dict(optimizer="sgd"), ValueError, "optimizer must be one of 'adam', 'lbfgs', got 'sgd'"),
    (dict(num_steps=0), ValueError, "num_steps must be at least 1"),
    (dict(content_layer=13), ValueError, "layer 13 is not one of the 13 modules; pass 0 to 12"),
    (dict(content_weight=-1), ValueError, r"weight must lie in \[0, inf\)"),
    (dict(style_weights=[1.0]), ValueError, "style_weights must hold one entry for each of the 3 style_layers"),
    (dict(tv_weight=float("nan")), ValueError, "weight must lie in"),
    (dict(cnn=torch.nn.Linear(2, 2)), TypeError, "cnn must have the attributes mean and std"),
    (dict(seed=-1, init_random=True), ValueError, "seed must be at least 0"),
])
def test_bad_input_of_the_transfer(cnn, pictures, options, error, words):
    with pytest.raises(error, match=words):
        transfer(pictures, **{"cnn": cnn, **options})


@pytest.mark.parametrize("image, error, words", [
    ("no/such.jpg", ValueError, "'no/such.jpg' is no file"),
    (__file__, ValueError, "test_style_transfer.py cannot be read as a picture"),
    (np.zeros((5, 6, 3)), TypeError, "uint8"),
    (np.zeros((5, 6), np.uint8), ValueError, r"must have the shape \(H, W, 3\)"), (7, TypeError, "got int 7"),
    (np.zeros((0, 6, 3), np.uint8), ValueError, r"shape \(H, W, 3\)"),
])
def test_bad_pictures(cnn, image, error, words):
    with pytest.raises(error, match=words):
        preprocess(image, cnn, 32)


def test_sizes_too_small_for_the_network(cnn, pictures):
    with pytest.raises(ValueError, match="image_size must be at least 32, got 16"):
        style_transfer(*pictures, 16, 32, **STYLE, cnn=cnn)
    with pytest.raises(ValueError, match="float tensor of shape"):
        deprocess(np.zeros((1, 3, 2, 2)), cnn)
