"""What a loader returns, and where it looks for the data."""

import hashlib
import os
from pathlib import Path

import numpy as np

from cs182lib.validation import check_choice

MODES = ("auto", "embedded", "real")


class DataMissingError(ValueError, FileNotFoundError):
    """The real data were asked for (CS182_DATA=real) and are not there."""


class Dataset(dict):
    """A dict of arrays that knows where they come from; `str(data)` is the one line notebooks print.

    Attributes
    ----------
    source : str, e.g. "CIFAR-10" or "doodles (stand-in)"
    is_standin : bool, True where the arrays were generated because the real data are not used
    fingerprint : str, the first 12 hexadecimal digits of the SHA-256 of the whole data set's bytes
    class_names : tuple of str, name of each label
    mean_image : array, the mean training image; None where it was not computed
    """

    def __init__(self, arrays, source, is_standin, fingerprint, class_names, mean_image=None):
        super().__init__(arrays)
        self.source, self.is_standin, self.fingerprint = source, is_standin, fingerprint
        self.class_names, self.mean_image = tuple(class_names), mean_image

    def __str__(self):
        counts = ", ".join(f"{len(self[key])} {name}" for key, name in
                           (("X_train", "training"), ("X_val", "validation"), ("X_test", "test")) if key in self)
        return f"Data: {self.source}, {counts} pictures, fingerprint {self.fingerprint}"


def fingerprint(*arrays):
    """Return the first 12 hexadecimal digits of the SHA-256 over the arrays' bytes, one after the other."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:12]


def datasets_folder():
    """Return the folder of the data: $CS182_DATASETS, else `datasets` of this checkout, else ./datasets."""
    chosen = os.environ.get("CS182_DATASETS")
    if chosen:
        return Path(chosen).expanduser()
    checkout = Path(__file__).resolve().parents[2]
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / "datasets"


def data_mode():
    """Return $CS182_DATA: "auto" (real data where present), "embedded" (the stand-in) or "real" (no stand-in).

    Raises
    ------
    ValueError : anything else
    """
    return check_choice("the environment variable CS182_DATA", os.environ.get("CS182_DATA") or "auto", MODES)
