"""Readers of pictures: CIFAR-10 in both editions, the cache of the doodles, photographs, archives of the real data."""

import hashlib
import io
import os
import pickle
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from corpus import Reader, is_array, with_settings
from PIL import Image
from python2_pickles import Python2Pickler

from cs182lib.data import batch_files, download, photographs
from cs182lib.data.cifar10 import load_CIFAR_batch
from cs182lib.data.dataset import fingerprint
from cs182lib.data.paintings import read_picture
from cs182lib.data.standins import cache
from cs182lib.vision.own_pictures import load_pictures

RECORDS = 3
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (RECORDS, 3072), dtype=np.uint8)
Y = [9, 0, 5]


def make_binary(folder):
    """Write one file of the binary edition."""
    np.concatenate([np.array(Y, np.uint8)[:, None], X], axis=1).tofile(folder / "data_batch_1.bin")


def make_pickled(folder):
    """Write one file of the pickled edition, as Python 2 did."""
    with open(folder / "data_batch_1", "wb") as file:
        Python2Pickler(file, protocol=2).dump({b"batch_label": b"x", b"labels": Y, b"data": X,
                                                 b"filenames": [b"a"] * RECORDS})


def make_pickled_anew(folder):
    """Write the same with the Python of today."""
    (folder / "data_batch_1").write_bytes(pickle.dumps({"labels": Y, "data": X}, protocol=4))


def judge_batch(answer):
    """Pictures and labels from 0 to 9."""
    is_array(answer[0], ["float64"], (RECORDS, 32, 32, 3))
    is_array(answer[1], ["int64"], (RECORDS,))
    assert answer[0].min() >= 0 and answer[0].max() <= 255 and answer[1].min() >= 0 and answer[1].max() <= 9


def read_batch(name):
    """Return a reader of this file of CIFAR-10."""
    return with_settings(lambda folder: load_CIFAR_batch(folder / name), (batch_files, "RECORDS", RECORDS))


DOODLES = X.reshape(3, 3, 32, 32), np.array(Y, np.uint8), X.reshape(3, 3, 32, 32)[:1], np.array(Y[:1], np.uint8)


def make_npz(folder):
    """Write a small imagenet_val_25.npz, its table of names a pickled dict, as in the real one."""
    with open(folder / photographs.IMAGENET, "wb") as file:
        np.savez(file, X=X.reshape(4, 16, 48, 3), y=np.array([5, 999, 0, 7]), label_map=np.array({1: "a"}, object))


def judge_photographs(answer):
    """Bytes (N, H, W, 3) and labels below 1000."""
    is_array(answer[0], ["uint8"], (None, None, None, 3))
    is_array(answer[1], ["int64"], (len(answer[0]),))
    assert len(answer[1]) and answer[1].min() >= 0 and answer[1].max() < 1000


def read_photographs(folder):
    """Read imagenet_val_25.npz from the folder as the data folder."""
    before = os.environ.get("CS182_DATASETS")
    os.environ["CS182_DATASETS"] = str(folder)
    try:
        data = photographs.load_imagenet_val()
    finally:
        os.environ.pop("CS182_DATASETS")
        if before is not None:
            os.environ["CS182_DATASETS"] = before
    return data["X"], data["y"]


def make_picture(name):
    """Return a function that writes a picture in the form that its name asks for."""
    def make(folder):
        picture = Image.fromarray(X[:, :192].reshape(12, 16, 3))
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(folder / name, exif=exif)
    return make


def judge_picture(answer):
    """Colors of every pixel."""
    is_array(answer, ["uint8"], (None, None, 3))
    assert answer.size


ARCHIVE = SimpleNamespace(folder="set", files=("a.txt", "b.txt"), flat=False)
INSIDE = {"set/a.txt": b"first" * 100, "set/b.txt": b"second" * 100}


def make_archive(folder):
    """Write a small .tar.gz of a folder with two files."""
    with tarfile.open(folder / "set.part", "w:gz", compresslevel=1) as tar:
        for name, content in INSIDE.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def read_archive(folder):
    """Unpack the archive and return {path: hash} of all that then lies around it."""
    download.unpack(ARCHIVE, folder / "set.part", folder / "scratch")
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(Path(folder).rglob("*")) if path.is_file() and path.name != "set.part"}


def judge_archive(answer):
    """Both files are there, and nothing lies outside the archive's folder."""
    assert {"scratch/set/a.txt", "scratch/set/b.txt"} <= set(answer), list(answer)
    assert all(name.startswith("scratch/set/") for name in answer), list(answer)


READERS = {
    "CIFAR-10 binary": Reader(make_binary, read_batch("data_batch_1.bin"), ("data_batch_1.bin",), judge_batch),
    "CIFAR-10 pickled": Reader(make_pickled, read_batch("data_batch_1"), ("data_batch_1",), judge_batch, pickles=True),
    "CIFAR-10 pickled anew": Reader(make_pickled_anew, read_batch("data_batch_1"), ("data_batch_1",), judge_batch,
                                    pickles=True),
    "doodles cache": Reader(
        lambda folder: cache.write_cache(folder / "doodles.npz", DOODLES),
        with_settings(lambda folder: cache.read_cache(folder / "doodles.npz"),
                      (cache, "FINGERPRINT", fingerprint(*DOODLES))),
        ("doodles.npz",), lambda answer: judge_same_bytes(answer), "zip", strict=True, pickles=True, silent=(None,)),
    "imagenet_val_25.npz": Reader(make_npz, read_photographs, (photographs.IMAGENET,), judge_photographs, "zip",
                                  strict=True, pickles=True),
    "picture PNG": Reader(make_picture("a.png"), lambda folder: read_picture(folder / "a.png"), ("a.png",),
                          judge_picture),
    "picture JPEG": Reader(make_picture("a.jpg"), lambda folder: read_picture(folder / "a.jpg"), ("a.jpg",),
                           judge_picture),
    "own picture JPEG": Reader(make_picture("a.jpg"), lambda folder: load_pictures(folder, ["a.jpg"], 8)[0],
                               ("a.jpg",), lambda answer: is_array(answer, ["uint8"], (8, 8, 3))),
    "own picture PNG": Reader(make_picture("a.png"), lambda folder: load_pictures(folder, ["a.png"], 8)[0],
                              ("a.png",), lambda answer: is_array(answer, ["uint8"], (8, 8, 3))),
    "archive": Reader(make_archive, read_archive, ("set.part",), judge_archive, "gzip", strict=True,
                      errors=(download.DownloadError,), names_file=False),
}


def judge_same_bytes(answer):
    """What comes out of the cache has the known fingerprint and the shapes."""
    for got, right in zip(answer, DOODLES, strict=True):
        is_array(got, [right.dtype.name], right.shape)
        np.testing.assert_array_equal(got, right)
