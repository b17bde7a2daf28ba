"""Photographs to look into a network with: 25 of ImageNet's validation set, else six that come with scikit-image."""

from pathlib import Path

import numpy as np
import skimage

from cs182lib.data.cifar10 import CLASS_NAMES
from cs182lib.data.dataset import DataMissingError, Dataset, data_mode, datasets_folder, fingerprint
from cs182lib.data.paintings import read_picture
from cs182lib.files import read_npz, refusing
from cs182lib.validation import check_count, require

IMAGENET = "imagenet_val_25.npz"
AGAIN = "remove it and fetch it again"
PHOTOGRAPHS = {  # file of scikit-image -> name, the class of CIFAR-10 that it shows (None: none of the ten)
    "chelsea.png": ("a cat", "cat"), "horse.png": ("a horse, cut out", "horse"),
    "motorcycle_left.png": ("a motorcycle", None), "rocket.jpg": ("a rocket", None),
    "coffee.png": ("a cup of coffee", None), "astronaut.png": ("an astronaut", None),
}


class Photographs(Dataset):
    """A Dataset of photographs: X, a list of uint8 arrays (H, W, 3), y, their labels (-1: no class fits), and names."""

    def __str__(self):
        return f"Data: {self.source}, {len(self['X'])} pictures, fingerprint {self.fingerprint}"


def load_imagenet_val(num=None):
    """Load the first `num` of 25 pictures of ImageNet's validation set.

    Returns
    -------
    data : Photographs with X, uint8 array (num, 224, 224, 3), y, int64 array (num,) of labels 0 to 999, and names None

    Raises
    ------
    DataMissingError (a ValueError) : the file is not in the data folder
    TypeError, ValueError : num is no whole number above 0; damaged, or more pictures asked for than there are
    """
    path = datasets_folder() / IMAGENET
    if not path.is_file():
        raise DataMissingError(f"{path} is missing; put it there, or use load_photographs(), which needs no files")
    X, y = _read_npz(path)
    num = len(X) if num is None else check_count("num", num)
    require(num <= len(X), f"num must be at most {len(X)}, got {num}; pass None for all")
    return Photographs(dict(X=X[:num], y=y[:num], names=None), "ImageNet validation pictures", False,
                       fingerprint(X, y), class_names=())


def _read_npz(path):
    """Return X and y; the file's table of names is a pickled dict, and stays unread."""
    with refusing(path, AGAIN):
        X, y = read_npz(path, ("X", "y")).values()
    require(X.dtype == np.uint8 and X.ndim == 4 and X.shape[3] == 3 and y.dtype.kind in "iu" and y.shape == X.shape[:1],
            f"{path} must hold X (N, H, W, 3) of bytes and y (N,) of whole numbers, got {X.dtype} {X.shape} and "
            f"{y.dtype} {y.shape}; {AGAIN}")
    require(len(y) and 0 <= y.min() and y.max() < 1000, f"{path}: the labels y must lie in 0 to 999; {AGAIN}")
    return X, y.astype(np.int64)


def load_photographs():
    """Load six photographs of scikit-image; nothing is fetched.

    Returns
    -------
    data : Photographs with X, y (labels of CIFAR-10), names, class_names
    """
    folder = Path(skimage.__file__).parent / "data"
    X = [read_picture(folder / file) for file in PHOTOGRAPHS]
    names, classes = zip(*PHOTOGRAPHS.values())
    y = np.array([-1 if name is None else CLASS_NAMES.index(name) for name in classes])
    return Photographs(dict(X=X, y=y, names=names), "photographs of scikit-image (stand-in)", True, fingerprint(*X),
                       CLASS_NAMES)


def find_photographs(source):
    """Return what goes with the weights of `load_squeezenet`: ImageNet's pictures unless source is "cifar10".

    Without the file imagenet_val_25.npz, or with CS182_DATA=embedded, these are scikit-image's photographs, unlabeled.
    """
    if source != "cifar10" and data_mode() != "embedded" and (datasets_folder() / IMAGENET).is_file():
        return load_imagenet_val()
    data = load_photographs()
    if source != "cifar10":
        data["y"] = np.full_like(data["y"], -1)
    return data
