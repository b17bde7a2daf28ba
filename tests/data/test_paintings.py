"""The pictures of style transfer: photographs that come with scikit-image, or the course's where they were fetched."""

import numpy as np
import pytest
from PIL import Image

from cs182lib.data.dataset import DataMissingError
from cs182lib.data.paintings import PAINTINGS, PHOTOGRAPHS, load_paintings


@pytest.fixture
def painted(tmp_path, monkeypatch):
    """Lay out four small pictures as the real ones."""
    (tmp_path / "images").mkdir()
    for k, file in enumerate(PAINTINGS.values()):
        Image.fromarray(np.full((6, 4 + k, 3), 50 * k, np.uint8)).save(tmp_path / "images" / file)
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    return tmp_path / "images"


def test_photographs_come_without_a_network():
    pictures = load_paintings()
    assert list(pictures) == list(PHOTOGRAPHS) and pictures.is_standin
    assert all(p.dtype == np.uint8 and p.ndim == 3 and p.shape[2] == 3 for p in pictures.values())
    assert str(pictures).startswith("Data: photographs of scikit-image (stand-in), 8 pictures (cat, astronaut,")
    assert str(pictures).endswith(f"fingerprint {pictures.fingerprint}")
    bricks = pictures["bricks"]
    assert (bricks[..., 0] == bricks[..., 1]).all(), "a gray picture has three equal channels"


def test_paintings_where_they_are(painted, monkeypatch):
    monkeypatch.setenv("CS182_DATA", "auto")
    pictures = load_paintings()
    assert list(pictures) == list(PAINTINGS) and not pictures.is_standin
    assert pictures["the_scream"].shape == (6, 6, 3)
    monkeypatch.setenv("CS182_DATA", "embedded")
    assert load_paintings().is_standin


def test_missing_and_damaged_paintings(painted, monkeypatch):
    monkeypatch.setenv("CS182_DATA", "real")
    (painted / "tubingen.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="tubingen.jpg cannot be read as a picture"):
        load_paintings()
    (painted / "tubingen.jpg").unlink()
    with pytest.raises(DataMissingError, match="lacks tubingen.jpg"):
        load_paintings()


def test_some_of_the_paintings_are_an_error_and_other_pictures_are_none(painted, monkeypatch):
    monkeypatch.setenv("CS182_DATA", "auto")
    for file in ("tubingen.jpg", "the_scream.jpg"):
        (painted / file).unlink()
    with pytest.raises(ValueError, match="lacks tubingen.jpg, the_scream.jpg; put all four there"):
        load_paintings()
    monkeypatch.setenv("CS182_DATA", "embedded")
    assert load_paintings().is_standin
    monkeypatch.setenv("CS182_DATA", "auto")
    (painted / "starry_night.jpg").rename(painted / "sky.jpg")
    (painted / "composition_vii.jpg").unlink()
    assert load_paintings().is_standin
