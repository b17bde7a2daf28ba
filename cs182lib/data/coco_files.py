"""The files of the captioned COCO pictures, in the layout in which the course hands them out: names, writing, reading.

Two HDF5 files of features, one of captions, a vocabulary in JSON and two lists of addresses. The same layout holds the
stand-in and anybody's own captioned pictures.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

from cs182lib.files import brief, parse_json, reason, replacing, write_whole
from cs182lib.validation import require

CAPTIONS, VOCABULARY = "coco2014_captions.h5", "coco2014_vocab.json"
SPLITS = ("train", "val")
TRIAL = """import sys, h5py
rows = h5py.File(sys.argv[1], "r")[sys.argv[2]]
for part in rows.iter_chunks():
    rows[part]"""
LARGER = 1000  # times that arrays may be larger than their file: no compression of real numbers does better
SPECIAL = ("<NULL>", "<START>", "<END>", "<UNK>")  # the first words of the vocabulary, in this order


def features_file(split, pca_features=True):
    """Return the file name of a split's features: with pca_features the leading principal components, else all 4096."""
    return f"{split}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"


def urls_file(split):
    """Return the name of the file of `split` ("train" or "val") with one address a line, picture by picture."""
    return f"{split}2014_urls.txt"


def coco_files(pca_features=True):
    """Return the names of all files that a complete folder holds; pca_features is that of `features_file`."""
    return (CAPTIONS, VOCABULARY, *(features_file(split, pca_features) for split in SPLITS),
            *(urls_file(split) for split in SPLITS))


def write_coco_files(folder, words, train, val, pca_features=True):
    """Write captions, vocabulary, features and addresses in the layout of the course's coco_captioning folder.

    Parameters
    ----------
    folder : str or Path; made where it is missing
    words : the vocabulary, list of V strings that begins with <NULL>, <START>, <END>, <UNK>
    train, val : dicts of one split each
        captions : (n, T) ints, indices of words: <START> ... <END>, then <NULL> to the end
        image_idxs : (n,) ints, which picture each caption tells of
        features : (pictures, D) floats
        urls : list of one string for each picture, an address or a path
    pca_features : bool, under which name the features are written

    Raises
    ------
    ValueError : the parts do not fit together

    Notes
    -----
    Every file is written under a temporary name and renamed; the captions, without which nothing is read, come last.
    """
    folder = Path(folder)
    for split, part in zip(SPLITS, (train, val)):
        check_split(folder, split, part, len(words))
    folder.mkdir(parents=True, exist_ok=True)
    for split, part in zip(SPLITS, (train, val)):
        write_whole(folder / urls_file(split), "".join(f"{url}\n" for url in part["urls"]))
        write_hdf5(folder / features_file(split, pca_features), {"features": (part["features"], np.float32)})
    word_to_idx = {word: i for i, word in enumerate(words)}
    write_whole(folder / VOCABULARY, json.dumps({"idx_to_word": list(words), "word_to_idx": word_to_idx}))
    write_hdf5(folder / CAPTIONS, {f"{split}_{key}": (part[key], np.int32) for split, part in zip(SPLITS, (train, val))
                                   for key in ("captions", "image_idxs")})


def write_hdf5(path, arrays):
    """Write `arrays`, {name: (array, dtype)}, as the HDF5 file `path`, whole or not at all."""
    with replacing(path) as partial, h5py.File(partial, "w") as file:
        for name, (array, dtype) in arrays.items():
            file.create_dataset(name, data=array, dtype=dtype)


def read_vocabulary(path):
    """Return idx_to_word (list) and word_to_idx (dict) of the vocabulary file `path`, once they are known to agree.

    Raises
    ------
    ValueError : no JSON, no such lists, or two that contradict each other
    """
    try:
        stored = parse_json(Path(path).read_bytes())
        words, indices = stored["idx_to_word"], stored["word_to_idx"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(damaged(path, f"is no JSON file with idx_to_word and word_to_idx ({reason(error)})")) from None
    require(isinstance(words, list) and isinstance(indices, dict) and all(isinstance(word, str) for word in words),
            damaged(path, f"is no JSON file with idx_to_word and word_to_idx, a list of words and a table of their "
                    f"numbers, but with {brief(words)}"))
    differ = [word for i, word in enumerate(words) if type(indices.get(word)) is not int or indices[word] != i]
    require(len(words) == len(indices) and not differ, damaged(
        path, f"contradicts itself: idx_to_word has {len(words)} words, word_to_idx {len(indices)}, and they differ "
        f"at {brief(differ[:3])}"))
    missing = [word for word in SPECIAL if word not in indices]
    require(not missing, damaged(path, f"lacks the words {', '.join(missing)}"))
    return words, indices


def read_urls(path):
    """Return the addresses in the file `path`, (pictures,) str; ValueError where it is no text."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ValueError(damaged(path, f"is no readable text ({error})")) from None
    return np.array([line.strip() for line in lines], dtype=str)


def open_hdf5(path):
    """Return the HDF5 file `path`, open for reading; ValueError where it is missing, cut off or something else."""
    try:
        return h5py.File(path, "r")
    except Exception as error:  # damaged bytes make HDF5 raise nearly anything
        raise ValueError(damaged(path, f"is no complete HDF5 file ({reason(error)})")) from None


def get_dataset(file, name, kinds, ndim):
    """Return the dataset `name` of a file, of a dtype in `kinds` and `ndim` axes; else close it with a ValueError."""
    try:
        return _checked_dataset(file, name, kinds, ndim)
    except ValueError:
        file.close()
        raise


def _checked_dataset(file, name, kinds, ndim):
    try:
        dataset, names = file.get(name), list(file)
        found = isinstance(dataset, h5py.Dataset) and (dataset.dtype, dataset.shape)
    except Exception as error:  # damaged bytes make HDF5 raise nearly anything
        raise ValueError(damaged(file.filename, f"holds {name!r} in no readable form ({reason(error)})")) from None
    require(found, damaged(file.filename, f"has no data set {name!r}, but {brief(names)}"))
    dtype, shape = found
    fits = dtype.kind in kinds and dtype.itemsize <= 8 and shape is not None and len(shape) == ndim
    require(fits, damaged(file.filename, f"holds {name!r} as {dtype} of shape {shape}, expected {ndim} axes of "
                          f"{'floats' if 'f' in kinds else 'whole numbers'}"))
    require(math.prod(shape) * dtype.itemsize <= LARGER * os.path.getsize(file.filename), damaged(
        file.filename, f"holds {name!r} of shape {shape}, more than fits into its {os.path.getsize(file.filename)} "
        "bytes"))
    require(dataset.chunks is None or _survives(file.filename, name), damaged(
        file.filename, f"holds {name!r} in chunks that cannot be read to their end"))
    return dataset


def _survives(path, name):
    """Say whether a data set in chunks can be read, tried out in a process of its own.

    Where the table of the chunks is damaged, HDF5 can end the whole process. Data in one piece, as the course's files
    and ours hold them, have no such table.
    """
    seconds = 60 + os.path.getsize(path) / 1e6
    try:
        return subprocess.run([sys.executable, "-c", TRIAL, str(path), name], timeout=seconds, capture_output=True,
                              stdin=subprocess.DEVNULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def check_split(folder, split, part, num_words):
    """Raise ValueError unless the parts of one split, in the dict `part`, fit each other and a vocabulary of num_words.

    folder and split say which file the message names.
    """
    captions, image_idxs, features = part["captions"], part["image_idxs"], part["features"]
    at = Path(folder) / CAPTIONS
    require(captions.ndim == 2 and captions.size > 0 and len(captions) == len(image_idxs), damaged(
        at, f"has {split}_captions of shape {captions.shape} and {split}_image_idxs of shape {image_idxs.shape}: "
        "there must be one picture index for each caption, and at least one caption"))
    require(features.ndim == 2, damaged(at, f"goes with {split} features of shape {features.shape}, expected two axes"))
    require(captions.min() >= 0 and captions.max() < num_words, damaged(
        at, f"has words from {captions.min()} to {captions.max()} in {split}_captions, but the vocabulary has "
        f"{num_words}: they belong to another vocabulary"))
    require(image_idxs.min() >= 0 and image_idxs.max() < len(features), damaged(
        at, f"has pictures from {image_idxs.min()} to {image_idxs.max()} in {split}_image_idxs, but there are features "
        f"of {len(features)} pictures: they belong to another feature file"))
    require(len(part["urls"]) == len(features), damaged(
        Path(folder) / urls_file(split), f"has {len(part['urls'])} lines, but there are features of {len(features)} "
        "pictures"))


def damaged(path, what):
    """Return a message: what is wrong with the file `path`, and what to do."""
    return (f"{path} {what}; put the folder's files back as one set: download coco_captioning.zip again, or delete "
            "the folder to use the stand-in")
