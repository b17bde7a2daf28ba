"""CIFAR-10: 60 000 color pictures of 32 x 32 pixels in ten classes, or doodles in its place.

Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009), chapter 3.
"""

from pathlib import Path

import numpy as np

from cs182lib.data.batch_files import read_binary_batch, read_pickled_batch
from cs182lib.data.dataset import DataMissingError, Dataset, data_mode, datasets_folder, fingerprint
from cs182lib.data.standins.cache import load_doodles
from cs182lib.validation import check_choice, check_count, require

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAINING_FILES = tuple(f"data_batch_{k}" for k in range(1, 6))
EDITIONS = ("cifar-10-batches-bin", "cifar-10-batches-py")


def load_CIFAR_batch(path, dtype=np.float64):
    """Read one file of either edition, the way the course's function of this name does.

    Parameters
    ----------
    path : str or Path; a name ending in .bin is read as the binary edition
    dtype : of X

    Returns
    -------
    X : (10000, 32, 32, 3) dtype, 0 to 255
    y : (10000,) int64

    Raises
    ------
    ValueError : the file is damaged or not CIFAR-10
    """
    X, y = read_batch(Path(path))
    return X.transpose(0, 2, 3, 1).astype(dtype), y.astype(np.int64)  # (N, 3, 32, 32) -> (N, 32, 32, 3)


def load_CIFAR10(ROOT, dtype=np.float64):
    """Return all of CIFAR-10 from the folder ROOT of one edition: Xtr, ytr, Xte, yte laid out as in `load_CIFAR_batch`.

    dtype is that of the pictures. ValueError where a file is missing or damaged.
    """
    arrays = read_folder(Path(ROOT))
    return tuple(a.transpose(0, 2, 3, 1).astype(dtype) if a.ndim == 4 else a.astype(np.int64)  # NCHW -> NHWC
                 for a in arrays)


def read_batch(path):
    """Return what the file `path` holds: X (10000, 3, 32, 32) uint8 and y (10000,) uint8; ValueError where none is."""
    require(path.is_file(), f"{path} is missing; run: python -m cs182lib.data.download cifar10 --again")
    return read_binary_batch(path) if path.suffix == ".bin" else read_pickled_batch(path)


def read_folder(folder):
    """Return the edition in `folder`: X_train, y_train, X_test, y_test, all uint8, pictures as (N, 3, 32, 32)."""
    suffix = ".bin" if any(folder.glob("*.bin")) else ""
    X, y = zip(*[read_batch(folder / (name + suffix)) for name in TRAINING_FILES])
    return np.concatenate(X), np.concatenate(y), *read_batch(folder / ("test_batch" + suffix))


def find_cifar10():
    """Return the folder of the edition to read, the binary one first; None where neither has any batch file."""
    folders = [datasets_folder() / name for name in EDITIONS]
    return next((folder for folder in folders if any(folder.glob("*_batch*"))), None)


def load_cifar10_uint8():
    """Load CIFAR-10, or doodles where it is not there, as bytes.

    Returns
    -------
    data : Dataset with X_train (N, 3, 32, 32) uint8, y_train (N,) int64, X_test, y_test

    Raises
    ------
    DataMissingError (a ValueError) : CS182_DATA=real and the data are not there
    ValueError : a file is damaged, or CS182_DATA is neither auto, embedded nor real
    """
    mode = data_mode()
    folder = None if mode == "embedded" else find_cifar10()
    if folder is None and mode == "real":
        raise DataMissingError(f"CS182_DATA=real, but {datasets_folder()} holds neither {' nor '.join(EDITIONS)}; "
                               "run `make data` (or: python -m cs182lib.data.download cifar10)")
    arrays = load_doodles() if folder is None else read_folder(folder)
    X_train, y_train, X_test, y_test = arrays
    return Dataset(dict(X_train=X_train, y_train=y_train.astype(np.int64), X_test=X_test,
                        y_test=y_test.astype(np.int64)),
                   "doodles (stand-in)" if folder is None else "CIFAR-10", folder is None, fingerprint(*arrays),
                   CLASS_NAMES)


def get_CIFAR10_data(num_training=49000, num_validation=1000, num_test=1000, subtract_mean=True, dtype=np.float64):
    """Load CIFAR-10, or doodles where it is not there, split and centered for training.

    The validation set is the last `num_validation` of the training pictures, whatever `num_training` is; the test
    set is the first `num_test`. Pixels keep the scale 0 to 255: only the mean training image is subtracted. The mean
    is summed in whole numbers, so it is the same on every machine, and subtracted in place: one copy in memory.

    Parameters
    ----------
    num_training, num_validation, num_test : int, or None for all; a stand-in gives what it has where that is less
    subtract_mean : bool
    dtype : np.float32 or np.float64; float32 takes half the memory

    Returns
    -------
    data : Dataset with X_train (N, 3, 32, 32) dtype, y_train (N,) int64, X_val, y_val, X_test, y_test

    Raises
    ------
    TypeError, ValueError : a number of another kind, another dtype, more pictures asked for than there are; else as
        `load_cifar10_uint8`
    """
    dtype = check_choice("dtype", np.dtype(dtype), (np.dtype(np.float32), np.dtype(np.float64)))
    raw = load_cifar10_uint8()
    num_validation = check_count("num_validation", num_validation, low=0)
    left = len(raw["X_train"]) - num_validation
    num_training = how_many("num_training", num_training, left, raw.is_standin)
    num_test = how_many("num_test", num_test, len(raw["X_test"]), raw.is_standin)
    rows = dict(train=slice(num_training), val=slice(left, None), test=slice(num_test))
    split = {}
    for part, picked in rows.items():
        stored = "test" if part == "test" else "train"
        split["X_" + part] = raw["X_" + stored][picked].astype(dtype)
        split["y_" + part] = raw["y_" + stored][picked]
    mean_image = raw["X_train"][:num_training].sum(axis=0, dtype=np.int64).astype(dtype) / dtype.type(num_training)
    if subtract_mean:
        for part in rows:
            split["X_" + part] -= mean_image
    return Dataset(split, raw.source, raw.is_standin, raw.fingerprint, raw.class_names, mean_image)


def how_many(name, asked, available, is_standin):
    """Return how many pictures to take of those `available`: all where `asked` is None, at most all where is_standin.

    TypeError or ValueError, which calls it `name`, where another asks for more, or for no whole number above 0.
    """
    if asked is None:
        return available
    asked = check_count(name, asked)
    require(is_standin or asked <= available,
            f"{name} must be at most {available}, got {asked}; pass None to take all there are")
    return min(asked, available)
