import hashlib
from pathlib import Path

import numpy as np
import pytest

import cs182lib
from cs182lib.data import Dataset, data_mode, datasets_folder
from cs182lib.data.dataset import fingerprint


def test_one_line_says_what_the_data_are():
    arrays = {f"X_{part}": np.zeros((n, 3, 2, 2)) for part, n in (("train", 5), ("val", 3), ("test", 2))}
    data = Dataset(arrays, "doodles (stand-in)", True, "abc", ("cat", "dog"))
    assert str(data) == ("Data: doodles (stand-in), 5 training, 3 validation, 2 test pictures, fingerprint abc")
    assert data.is_standin and data.class_names == ("cat", "dog") and data.mean_image is None
    assert isinstance(data, dict) and data["X_val"].shape == (3, 3, 2, 2)


def test_the_fingerprint_is_the_sha256_of_the_bytes():
    a, b = np.arange(6, dtype=np.uint8).reshape(2, 3), np.arange(3, dtype=np.uint8)
    assert fingerprint(a, b) == hashlib.sha256(bytes([0, 1, 2, 3, 4, 5, 0, 1, 2])).hexdigest()[:12]
    assert fingerprint(a.T) == hashlib.sha256(bytes([0, 3, 1, 4, 2, 5])).hexdigest()[:12]


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    assert datasets_folder() == tmp_path
    monkeypatch.setenv("CS182_DATASETS", "~/pictures")
    assert datasets_folder() == Path.home() / "pictures"
    monkeypatch.setenv("CS182_DATASETS", "")
    assert datasets_folder() == Path(cs182lib.__file__).resolve().parents[1] / "datasets"


def test_the_folder_without_a_checkout(monkeypatch, tmp_path):
    monkeypatch.delenv("CS182_DATASETS", raising=False)
    monkeypatch.setattr("cs182lib.data.dataset.__file__", str(tmp_path / "site-packages/cs182lib/data/dataset.py"))
    monkeypatch.chdir(tmp_path)
    assert datasets_folder() == tmp_path / "datasets"


@pytest.mark.parametrize(("value", "mode"), [("auto", "auto"), ("embedded", "embedded"), ("real", "real"),
                                             ("", "auto")])
def test_the_mode(monkeypatch, value, mode):
    monkeypatch.setenv("CS182_DATA", value)
    assert data_mode() == mode


def test_a_mode_that_does_not_exist(monkeypatch):
    monkeypatch.setenv("CS182_DATA", "Real")
    with pytest.raises(ValueError, match="CS182_DATA must be one of 'auto', 'embedded', 'real', got 'Real'"):
        data_mode()
