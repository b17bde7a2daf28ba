"""Steps along the covariance of photographs, and the classes that are drawn with them."""

import pytest
import torch
from small_nets import ConvNet, tensor

from cs182lib.vision.photographic import color_covariance, like_photographs, visualize_classes
from cs182lib.vision.visualization import pixel_range

EYE = torch.eye(3, dtype=torch.float64)


def wave(periods, size=16):
    """Return gray pictures (1, 3, size, size) of a cosine from left to right."""
    x = torch.arange(size, dtype=torch.float64) / size
    return torch.cos(2 * torch.pi * periods * x).expand(1, 3, size, size)


def test_gray_pictures_vary_along_gray_alone():
    gray = tensor((2, 1, 4, 5)).expand(-1, 3, -1, -1)
    torch.testing.assert_close(color_covariance(gray), torch.full((3, 3), 1 / 3, dtype=torch.float64))


def test_colors_are_measured_along_three_fixed_axes():
    warm = tensor((1, 1, 8, 8)) * torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64).view(1, 3, 1, 1)
    gray = tensor((1, 1, 8, 8), start=500).expand(-1, 3, -1, -1)
    colors = color_covariance(torch.cat([warm, gray]))
    values = torch.linalg.eigvalsh(colors)
    along = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)
    assert values[-1] == pytest.approx(1) and values[0] == pytest.approx(0, abs=1e-12)
    torch.testing.assert_close(colors @ along, values[1] * along)
    ratio = (warm.var(dim=(2, 3)).sum() / gray.var(dim=(2, 3)).sum()).item()
    assert values[1].item() == pytest.approx(ratio, rel=0.2)


@pytest.mark.parametrize("size", [16, 15])
def test_a_wave_is_divided_by_its_frequency_squared(size):
    for periods in (1, 2, 3):
        g = wave(periods, size)
        torch.testing.assert_close(like_photographs(g, EYE), g * size**2 / periods**2)
    flat = torch.ones(1, 3, size, size, dtype=torch.float64)
    torch.testing.assert_close(like_photographs(flat, EYE), flat * size**2)  # as one period
    tall = wave(2, 16).transpose(2, 3)
    torch.testing.assert_close(like_photographs(tall, EYE), tall * 16**2 / 4)


def test_channels_are_mixed():
    g = wave(1)
    colors = tensor((3, 3))
    torch.testing.assert_close(like_photographs(g, colors)[0, :, 0, 0], 256 * colors @ g[0, :, 0, 0])


def test_the_way_still_leads_up():
    g, colors = tensor((4, 3, 8, 6)), color_covariance(tensor((2, 3, 8, 8), start=7))
    assert ((like_photographs(g, colors) * g).sum(dim=(1, 2, 3)) > 0).all()


def test_classes_are_drawn_again_and_are_likelier_than_the_start():
    net, y, colors = ConvNet().float(), torch.tensor([0, 3]), EYE.float()
    options = dict(size=12, num_iterations=8, max_jitter=2, learning_rate=2.0)
    img = visualize_classes(y, net, colors, **options)
    low, high = pixel_range(net)
    assert img.shape == (2, 3, 12, 12) and (img >= low).all() and (img <= high).all()
    assert torch.equal(img, visualize_classes(y, net, colors, **options))
    assert not torch.equal(img, visualize_classes(y, net, colors, seed=5, **options))
    first = visualize_classes(y, net, colors, **options | {"num_iterations": 1, "learning_rate": 1e-6})
    score = [net(x).gather(1, y[:, None]) for x in (first, img)]
    assert (score[1] > score[0]).all()


def test_a_penalty_holds_the_pixels_down():
    net, y, colors = ConvNet().float(), torch.tensor([1]), EYE.float()
    sizes = [visualize_classes(y, net, colors, size=12, num_iterations=8, l2_reg=reg).norm() for reg in (0, 10.0)]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("options, words", [
    ({"size": 0}, "size"), ({"num_iterations": 0}, "num_iterations"), ({"learning_rate": 0}, "learning_rate"),
    ({"zoom": 1}, "zoom"), ({"max_jitter": -1}, "max_jitter"), ({"l2_reg": -1}, "l2_reg"), ({"seed": -1}, "seed"),
])
def test_bad_input(options, words):
    with pytest.raises(ValueError, match=words):
        visualize_classes(torch.tensor([1]), ConvNet().float(), EYE.float(), **options)
    with pytest.raises(ValueError, match="four axes"):
        like_photographs(torch.ones(3, 4, 4), EYE.float())
