"""The course's helpers for pictures: normalizing and back, the gentle blur, reading files."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from cs182lib.vision.image_utils import (
    blur_image,
    deprocess_image,
    image_from_url,
    load_image,
    preprocess_image,
)
from tests.parity import ramp


def picture(H=5, W=7):
    return np.random.default_rng(0).integers(0, 256, (H, W, 3), dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_blur_is_a_convolution_of_each_channel(dtype):
    X = ramp(2, 3, 6, 5, dtype=dtype)
    kernel = np.array([[1, 2, 1], [2, 188, 2], [1, 2, 1]]) / 200
    expected = [[ndimage.convolve(channel, kernel, mode="constant") for channel in image] for image in X]
    np.testing.assert_allclose(blur_image(X), expected, rtol=1e-5)
    assert blur_image(X).dtype == dtype


def test_normalizing_subtracts_imagenets_mean():
    out = preprocess_image(picture())
    np.testing.assert_allclose(out[..., 0], (picture()[..., 0] / 255 - 0.485) / 0.229, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(out[..., 2], (picture()[..., 2] / 255 - 0.406) / 0.225, rtol=1e-5, atol=1e-6)
    assert out.dtype == np.float32


def test_deprocessing_gives_the_picture_back():
    np.testing.assert_array_equal(deprocess_image(preprocess_image(picture())), picture())
    outside = deprocess_image(np.full((2, 3, 3), 9.0))
    assert outside.dtype == np.uint8 and (outside == 255).all()


def test_rescaling_fills_the_range():
    gray = np.tile(np.linspace(100, 120, 7)[None, :, None], (5, 1, 3))
    stretched = deprocess_image(preprocess_image(gray), rescale=True)
    np.testing.assert_array_equal(stretched[0, :, 1], np.round(np.linspace(0, 255, 7)))


def test_pictures_are_read_and_scaled(tmp_path):
    Image.fromarray(picture(40, 60)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load_image(tmp_path / "a.png"), picture(40, 60))
    assert load_image(tmp_path / "a.png", size=20).shape == (20, 30, 3)
    assert load_image(tmp_path / "a.png", size=81).shape == (81, 122, 3)


@pytest.mark.parametrize("call, error, words", [
    (lambda: image_from_url("http://example.org/a.jpg"), ValueError, "example.org/a.jpg.*load_image"),
    (lambda: load_image("nowhere.png"), ValueError, "nowhere.png cannot be read as a picture"),
    (lambda: load_image(__file__), ValueError, "test_image_utils.py cannot be read as a picture"),
    (lambda: preprocess_image(np.zeros((5, 7))), ValueError, r"\(any, any, 3\)"),
    (lambda: preprocess_image([1]), TypeError, "img must be a NumPy array"),
    (lambda: blur_image(np.zeros((1, 4, 5, 5))), ValueError, "X must have the shape"),
    (lambda: deprocess_image(picture()), TypeError, "img must hold floats"),
])
def test_bad_input_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
