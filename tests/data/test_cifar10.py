import shutil

import numpy as np
import pytest

from cs182lib.data import (
    DataMissingError,
    cifar10,
    get_CIFAR10_data,
    load_CIFAR10,
    load_cifar10_uint8,
    load_CIFAR_batch,
)
from cs182lib.data.standins import cache

EDITIONS = ("cifar-10-batches-bin", "cifar-10-batches-py")


@pytest.fixture(params=EDITIONS)
def edition(request, cifar, tmp_path):
    """The folder of one edition, the only one there."""
    other = next(name for name in EDITIONS if name != request.param)
    shutil.rmtree(tmp_path / other)
    return tmp_path / request.param


def training(content):
    """Return the training pictures and labels in the order of the files."""
    return tuple(np.concatenate([content[f"data_batch_{k}"][i] for k in range(1, 6)]) for i in (0, 1))


def test_both_editions_load_to_the_same_bytes(edition, cifar):
    data = load_cifar10_uint8()
    for key, want in zip(("X_train", "y_train", "X_test", "y_test"), (*training(cifar), *cifar["test_batch"])):
        np.testing.assert_array_equal(data[key], want)
        assert data[key].flags.writeable and data[key].flags.c_contiguous
    assert data["X_train"].dtype == np.uint8 and data["y_train"].dtype == np.int64
    assert data.source == "CIFAR-10" and not data.is_standin and data.class_names == cifar10.CLASS_NAMES


def test_the_fingerprint_is_the_same_for_both_editions_and_changes_with_a_pixel(cifar, binary, tmp_path):
    first = load_cifar10_uint8().fingerprint
    shutil.move(binary, tmp_path / "away")
    assert load_cifar10_uint8().fingerprint == first
    shutil.move(tmp_path / "away", binary)
    bytes_ = bytearray((binary / "test_batch.bin").read_bytes())
    bytes_[-1] ^= 1
    (binary / "test_batch.bin").write_bytes(bytes_)
    assert load_cifar10_uint8().fingerprint != first


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("subtract_mean", [True, False])
def test_the_split_and_the_mean(edition, cifar, dtype, subtract_mean):
    data = get_CIFAR10_data(70, 30, 11, subtract_mean=subtract_mean, dtype=dtype)
    X, y = training(cifar)
    mean = X[:70].mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(data.mean_image, mean, rtol=1e-6)
    for part, pictures, labels in (("train", X[:70], y[:70]), ("val", X[70:], y[70:]),
                                   ("test", cifar["test_batch"][0][:11], cifar["test_batch"][1][:11])):
        want = pictures - mean if subtract_mean else pictures
        np.testing.assert_allclose(data["X_" + part], want, rtol=1e-5, atol=1e-4)
        np.testing.assert_array_equal(data["y_" + part], labels)
        assert data["X_" + part].dtype == dtype and data["y_" + part].dtype == np.int64
    assert data.mean_image.dtype == dtype and data.mean_image.shape == (3, 32, 32)


def test_validation_is_always_the_end_of_the_training_pictures(cifar):
    few = get_CIFAR10_data(10, 5, None, subtract_mean=False)
    np.testing.assert_array_equal(few["X_val"], training(cifar)[0][-5:])
    assert len(get_CIFAR10_data(None, 5, None)["X_train"]) == 95
    assert len(get_CIFAR10_data(None, 0, None)["X_train"]) == 100


def test_the_loaders_of_the_course_give_rows_columns_colors(edition, cifar):
    Xtr, ytr, Xte, yte = load_CIFAR10(str(edition))
    X, y = training(cifar)
    np.testing.assert_array_equal(Xtr, X.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(ytr, y)
    assert Xtr.shape == (100, 32, 32, 3) and Xtr.dtype == np.float64 and Xte.shape == (20, 32, 32, 3)
    suffix = ".bin" if edition.name.endswith("bin") else ""
    X, y = load_CIFAR_batch(edition / f"data_batch_2{suffix}", dtype=np.float32)
    np.testing.assert_array_equal(X, Xtr[20:40])
    np.testing.assert_array_equal(y, ytr[20:40])
    assert X.dtype == np.float32


@pytest.mark.parametrize("change", [
    lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: b"", lambda raw: raw[:-3073],
    lambda raw: b"<html>not found</html>"])
def test_a_binary_file_of_the_wrong_size(binary, change):
    path = binary / "data_batch_3.bin"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=r"data_batch_3.bin holds \d+ bytes, expected 61460 .*download cifar10"):
        load_cifar10_uint8()


def test_a_binary_file_with_a_label_out_of_range(binary):
    path = binary / "test_batch.bin"
    path.write_bytes(b"\x0a" + path.read_bytes()[1:])
    with pytest.raises(ValueError, match="test_batch.bin holds labels from 0 to 10, expected 0 to 9"):
        load_cifar10_uint8()


@pytest.mark.parametrize("name", ["data_batch_1", "data_batch_5", "test_batch"])
def test_a_missing_file(edition, name):
    next(edition.glob(name + "*")).unlink()
    with pytest.raises(ValueError, match=f"{name}.* is missing; run: python -m cs182lib.data.download"):
        load_cifar10_uint8()


@pytest.mark.parametrize("options", [dict(num_training=96), dict(num_training=10, num_validation=91),
                                     dict(num_training=10, num_test=21), dict(num_training=0),
                                     dict(num_training=10, num_validation=-1)])
def test_numbers_that_do_not_fit(cifar, options):
    name = [key for key in options][-1] if options != dict(num_training=10, num_validation=91) else "num_training"
    with pytest.raises(ValueError, match=f"{name} must be at"):
        get_CIFAR10_data(**{"num_validation": 5, "num_test": 5, **options})


def test_integers_are_no_dtype_to_train_in(cifar):
    with pytest.raises(ValueError, match="dtype must be one of"):
        get_CIFAR10_data(10, 5, 5, dtype=np.int64)


def test_real_data_that_are_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "real")
    with pytest.raises(DataMissingError, match="make data.*python -m cs182lib.data.download cifar10") as caught:
        get_CIFAR10_data()
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, FileNotFoundError)


def test_embedded_ignores_real_data(cifar, monkeypatch):
    monkeypatch.setenv("CS182_DATA", "embedded")
    monkeypatch.setattr(cache, "TRAINING", 20)
    monkeypatch.setattr(cache, "TEST", 20)
    assert load_cifar10_uint8().is_standin
