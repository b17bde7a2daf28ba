"""Photographs come from the file of ImageNet pictures, or from scikit-image, and bad files are refused."""

import numpy as np
import pytest

from cs182lib.data import CLASS_NAMES, DataMissingError
from cs182lib.data.photographs import IMAGENET, find_photographs, load_imagenet_val, load_photographs
from cs182lib.data.standins.placed import place_doodles

X = np.arange(3 * 4 * 5 * 3, dtype=np.uint8).reshape(3, 4, 5, 3)
Y = np.array([7, 999, 0])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "auto")
    return tmp_path


def write(folder, **arrays):
    np.savez(folder / IMAGENET, **{"X": X, "y": Y, **arrays})


def test_imagenet_pictures(folder):
    write(folder, label_map=np.array({0: "a"}, dtype=object))  # a pickle, as in the course's file: never read
    data = load_imagenet_val()
    assert np.array_equal(data["X"], X) and np.array_equal(data["y"], Y) and not data.is_standin
    assert str(data) == f"Data: ImageNet validation pictures, 3 pictures, fingerprint {data.fingerprint}"
    assert len(load_imagenet_val(2)["X"]) == 2
    with pytest.raises(ValueError, match="num must be at most 3, got 4"):
        load_imagenet_val(4)
    with pytest.raises(ValueError, match="num must be at least 1"):
        load_imagenet_val(0)


@pytest.mark.parametrize("arrays, words", [
    ({"X": X.astype(float)}, "float64"), ({"X": X[0]}, "must hold X"), ({"y": Y[:2]}, r"\(2,\)"),
    ({"y": Y + 1}, "0 to 999"), ({"X": np.array([None])}, "damaged"),
])
def test_wrong_arrays(folder, arrays, words):
    write(folder, **arrays)
    with pytest.raises(ValueError, match=words):
        load_imagenet_val()


def test_missing_and_truncated(folder):
    with pytest.raises(DataMissingError, match=IMAGENET):
        load_imagenet_val()
    write(folder)
    path = folder / IMAGENET
    for share in (0, 0.3, 0.9):
        path.write_bytes(path.read_bytes()[:int(share * path.stat().st_size)])
        with pytest.raises(ValueError, match="damaged"):
            load_imagenet_val()
        write(folder)


def test_photographs_of_scikit_image():
    data = load_photographs()
    assert len(data["X"]) == len(data["y"]) == len(data["names"]) and data.is_standin
    assert all(x.dtype == np.uint8 and x.ndim == 3 and x.shape[2] == 3 and min(x.shape[:2]) > 200 for x in data["X"])
    assert [CLASS_NAMES[k] for k in data["y"] if k >= 0] == ["cat", "horse"]
    assert load_photographs().fingerprint == data.fingerprint


def test_pictures_go_with_the_weights(folder, monkeypatch):
    write(folder)
    assert find_photographs("npz").source == "ImageNet validation pictures"
    assert find_photographs("cifar10").is_standin and (find_photographs("cifar10")["y"] >= 0).any()
    monkeypatch.setenv("CS182_DATA", "embedded")
    assert find_photographs("npz").is_standin and (find_photographs("npz")["y"] == -1).all()


def test_placed_doodles_are_where_the_mask_says():
    X, y, mask = place_doodles(25, seed=3, canvas=56, size=28)
    assert X.shape == (25, 3, 56, 56) and X.dtype == np.uint8 and mask.shape == (25, 56, 56)
    assert (np.bincount(y, minlength=10) >= 2).all()
    again = place_doodles(25, seed=3, canvas=56, size=28)
    assert all(np.array_equal(a, b) for a, b in zip((X, y, mask), again))
    assert not np.array_equal(X, place_doodles(25, seed=4, canvas=56, size=28)[0])
    for x, where in zip(X, mask):
        rows = np.where(where[None], 0, x)  # outside of the object each row has one color
        assert all(len(np.unique(rows[:, i][:, ~where[i]], axis=1).T) <= 1 for i in range(56))
        height, width = (np.ptp(np.flatnonzero(where.any(axis=axis))) + 1 for axis in (1, 0))
        assert 10 < max(height, width) <= 1.5 * 28 and 0.02 < where.mean() < 0.3


@pytest.mark.parametrize("arguments, words", [
    ({"n": 0}, "n must"), ({"seed": -1}, "seed"), ({"size": 65}, "size must be at most the canvas"),
    ({"size": 0}, "size"), ({"canvas": 0}, "canvas")])
def test_bad_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        place_doodles(**{"n": 2, "seed": 0, **arguments})
