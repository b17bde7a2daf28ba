"""The real CIFAR-10 (or the re-encoded copy laid out beside the tests): CS182_DATASETS says where."""

import os

import numpy as np
import pytest

from cs182lib.data import cifar10, datasets_folder, get_CIFAR10_data, load_CIFAR_batch
from cs182lib.data.cifar10 import read_folder

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def editions():
    """Both editions as they lie in the data folder; skip the one that is not there."""
    return [read_folder(datasets_folder() / name) for name in cifar10.EDITIONS if (datasets_folder() / name).exists()]


def test_shapes_and_classes(editions):
    assert editions
    for X_train, y_train, X_test, y_test in editions:
        assert X_train.shape == (50000, 3, 32, 32) and X_test.shape == (10000, 3, 32, 32)
        assert np.bincount(y_train).tolist() == [5000] * 10 and np.bincount(y_test).tolist() == [1000] * 10


def test_the_editions_agree(editions):
    if len(editions) < 2:
        pytest.skip("only one edition is there")
    for one, other in zip(*editions):
        np.testing.assert_array_equal(one, other)


def test_the_training_split(monkeypatch):
    monkeypatch.setenv("CS182_DATA", "real")
    data = get_CIFAR10_data(dtype=np.float32)
    assert [data["X_" + part].shape for part in ("train", "val", "test")] == [
        (n, 3, 32, 32) for n in (49000, 1000, 1000)]
    assert abs(data["X_train"].mean(axis=0, dtype=np.float64)).max() < 0.01
    assert 100 < data.mean_image.mean() < 140
    assert not data.is_standin and str(data).startswith("Data: CIFAR-10, 49000 training")


def test_one_file_the_way_the_course_reads_it():
    name = next(name for name in cifar10.EDITIONS if (datasets_folder() / name).exists())
    path = next(path for path in (datasets_folder() / name).glob("data_batch_1*"))
    X, y = load_CIFAR_batch(path)
    assert X.shape == (10000, 32, 32, 3) and X.dtype == np.float64 and X.min() == 0 and X.max() == 255
    assert y.shape == (10000,) and set(y) == set(range(10))


def test_loading_for_training_takes_at_most_one_and_a_half_gigabytes(peak_of_loading):
    assert peak_of_loading(CS182_DATA="real", CS182_DATASETS=os.fspath(datasets_folder())) < 1_500_000
