"""Keep the generated data on disk, so that they are drawn once."""

import tempfile
from pathlib import Path

import numpy as np

from cs182lib.data.dataset import datasets_folder, fingerprint
from cs182lib.data.standins.doodles import make_doodles
from cs182lib.files import read_npz, replacing

TRAINING, TEST = 20000, 2000  # doodles; the training set includes what becomes the validation set
FINGERPRINT = "2b597c2d03b3"  # of all their bytes, on every machine
NAMES = ("X_train", "y_train", "X_test", "y_test")


def load_doodles():
    """Return the doodles, X_train, y_train, X_test, y_test, all uint8: from the cache, else drawn and kept there.

    A cached file counts only if its bytes have the known fingerprint, so a damaged or foreign one is drawn anew.
    """
    folders = cache_folders()
    for folder in folders:
        arrays = read_cache(folder / f"doodles-{FINGERPRINT}.npz")
        if arrays is not None:
            return arrays
    (X_train, y_train), (X_test, y_test) = make_doodles(TRAINING, seed=1), make_doodles(TEST, seed=2)
    arrays = X_train, y_train.astype(np.uint8), X_test, y_test.astype(np.uint8)
    for folder in folders:
        if write_cache(folder / f"doodles-{FINGERPRINT}.npz", arrays):
            break
    return arrays


def cache_folders():
    """Return where the cache may lie: beside the data sets, or, where that is read-only, in the temporary folder."""
    return datasets_folder() / "standins", Path(tempfile.gettempdir()) / "cs182-standins"


def read_cache(path):
    """Return the arrays kept at `path`, in the order of NAMES, or None where there are none or not those expected."""
    try:
        arrays = tuple(read_npz(path, NAMES).values())
    except Exception:  # damaged bytes make the reader raise nearly anything
        return None
    whole = _are_doodles(*arrays[:2]) and _are_doodles(*arrays[2:])
    return arrays if whole and fingerprint(*arrays) == FINGERPRINT else None


def _are_doodles(X, y):
    return X.dtype == y.dtype == np.uint8 and y.ndim == 1 and X.shape == (len(y), 3, 32, 32)


def write_cache(path, arrays):
    """Return whether the four arrays, in the order of NAMES, could be written to the .npz file `path`.

    They are written under a temporary name, which is then changed, so that no reader sees half a file.
    """
    try:
        with replacing(path) as partial, open(partial, "wb") as file:
            np.savez(file, **dict(zip(NAMES, arrays)))
    except OSError:
        return False
    return True
