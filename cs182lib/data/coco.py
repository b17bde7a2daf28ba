"""Captioned pictures: COCO 2014 as the course prepared it, or scenes in its place. Features stay on disk until used.

Chen et al., "Microsoft COCO Captions: Data Collection and Evaluation Server", 2015.
"""

import hashlib
from pathlib import Path

import numpy as np

from cs182lib.data.coco_files import (
    CAPTIONS,
    SPLITS,
    VOCABULARY,
    check_split,
    coco_files,
    damaged,
    features_file,
    get_dataset,
    open_hdf5,
    read_urls,
    read_vocabulary,
    urls_file,
)
from cs182lib.data.dataset import DataMissingError, Dataset, data_mode, datasets_folder
from cs182lib.files import reason
from cs182lib.validation import as_generator, check_choice, check_count, require

FOLDER = "coco_captioning"


class CaptionData(Dataset):
    """A Dataset of captions; `str(data)` is the one line notebooks print.

    The arguments arrays, source, is_standin and fingerprint are those of `Dataset`.
    """

    def __init__(self, arrays, source, is_standin, fingerprint):
        super().__init__(arrays, source, is_standin, fingerprint, ())

    def __str__(self):
        captions, pictures = (f"{len(self['train_' + key])} training and {len(self['val_' + key])} validation"
                               for key in ("captions", "features"))
        return f"Data: {self.source}, {captions} captions of {pictures} pictures, fingerprint {self.fingerprint}"


class StoredRows:
    """The rows of an HDF5 dataset, read when they are indexed: `rows[idxs]` is an array in memory.

    HDF5 wants its rows sorted and each once, so `rows[[7, 2, 7]]` reads rows 2 and 7 and puts them in the order asked
    for. `np.asarray(rows)` reads everything.

    Attributes
    ----------
    shape : (rows, ...); dtype : of the elements; path : str, the file
    """

    def __init__(self, dataset):
        self.dataset, self.path = dataset, dataset.file.filename
        self.shape, self.dtype, self.ndim = dataset.shape, dataset.dtype, dataset.ndim

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, idxs):
        try:
            if isinstance(idxs, (int, slice, np.integer)):
                return self.dataset[idxs]
            return self._rows(np.asarray(idxs))
        except (OSError, RuntimeError, MemoryError) as error:
            raise ValueError(damaged(self.path, f"cannot be read to its end ({reason(error)})")) from None

    def _rows(self, idxs):
        require(idxs.dtype.kind in "iu" and idxs.ndim == 1, f"rows are picked by whole numbers along one axis, got "
                f"{idxs.dtype} of shape {idxs.shape}")
        require(not idxs.size or 0 <= idxs.min() <= idxs.max() < len(self),
                f"rows go from 0 to {len(self) - 1}, got {idxs.min(initial=0)} to {idxs.max(initial=0)}")
        rows, back = np.unique(idxs, return_inverse=True)
        return self.dataset[rows][back]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)

    def close(self):
        """Close the file; nothing can be read any more."""
        self.dataset.file.close()


def load_coco_data(base_dir=None, max_train=None, pca_features=True, rng=None):
    """Load captioned pictures: COCO where it was laid out, else the scenes.

    Captions, vocabulary and addresses come into memory; the features are read from disk row by row as they are asked
    for, so that even COCO takes little memory.

    Parameters
    ----------
    base_dir : str or Path of a folder in the layout of `write_coco_files`; None means `coco_captioning` among the
        data sets, or the scenes, as CS182_DATA says
    max_train : int or None; keep so many training captions, picked at random, each at most once
    pca_features : bool; False reads the files with all 4096 features
    rng : np.random.Generator, seed or None (NumPy's global state), for max_train

    Returns
    -------
    data : CaptionData with, for split in (train, val),
        {split}_captions (n, T) int32, {split}_image_idxs (n,) int32, which row of the features a caption tells of,
        {split}_features StoredRows (pictures, D) float32, {split}_urls (pictures,) str
        and idx_to_word, list of V strings; word_to_idx, dict

    Raises
    ------
    DataMissingError (a ValueError) : CS182_DATA=real and COCO is not there
    TypeError, ValueError : max_train is no whole number above 0; a file is missing, cut off, or contradicts another
    """
    folder, source, is_standin = _find(base_dir)
    for name in coco_files(pca_features):
        require((folder / name).is_file(), damaged(folder / name, "is missing"))
    words, indices = read_vocabulary(folder / VOCABULARY)
    arrays = {"idx_to_word": words, "word_to_idx": indices}
    with open_hdf5(folder / CAPTIONS) as file:
        for split in SPLITS:
            part = _read_split(folder, split, file, len(words), pca_features)
            arrays |= {f"{split}_{key}": value for key, value in part.items()}
    widths = [arrays[f"{split}_features"].shape[1] for split in SPLITS]
    require(widths[0] == widths[1], damaged(folder / features_file("val", pca_features), f"has {widths[1]} features a "
            f"picture, but the training pictures have {widths[0]}"))
    mark = fingerprint(arrays)
    if max_train is not None:
        _keep_some(arrays, check_count("max_train", max_train), rng)
    return CaptionData(arrays, source, is_standin, mark)


def _find(base_dir):
    """Return the folder to read, the name of what is there, and whether it is the stand-in."""
    mode = data_mode()
    if base_dir is not None:
        return Path(base_dir), f"captions in {Path(base_dir).name}", False
    folder = datasets_folder() / FOLDER
    if mode != "embedded" and any((folder / name).exists() for name in coco_files()):
        return folder, "COCO 2014", False
    if mode == "real":
        raise DataMissingError(f"CS182_DATA=real, but {folder} holds no captions; unpack the course's "
                               f"coco_captioning.zip so that {CAPTIONS} lies in it")
    from cs182lib.data.standins.scenes import scenes_folder  # here, for its features come from a PyTorch network

    return scenes_folder(), "scenes (stand-in)", True


def _read_split(folder, split, file, num_words, pca_features):
    captions = get_dataset(file, f"{split}_captions", "iu", 2)
    image_idxs = get_dataset(file, f"{split}_image_idxs", "iu", 1)
    features = get_dataset(open_hdf5(folder / features_file(split, pca_features)), "features", "f", 2)
    try:
        part = {"captions": captions[:], "image_idxs": image_idxs[:]}
    except Exception as error:  # damaged bytes make HDF5 raise nearly anything
        raise ValueError(damaged(folder / CAPTIONS, f"cannot be read to its end ({reason(error)})")) from None
    part |= {"features": StoredRows(features), "urls": read_urls(folder / urls_file(split))}
    check_split(folder, split, part, num_words)
    return part | {key: part[key].astype(np.int32) for key in ("captions", "image_idxs")}


def fingerprint(arrays):
    """Return the first 12 hexadecimal digits of the SHA-256 over the captions, words and addresses in `arrays`.

    Not over the features: the scenes' come out of a network, whose last digits differ between machines.
    """
    digest = hashlib.sha256("\n".join(arrays["idx_to_word"]).encode())
    for split in SPLITS:
        for key in ("captions", "image_idxs"):
            digest.update(np.ascontiguousarray(arrays[f"{split}_{key}"], "<i4"))
        digest.update("\n".join(arrays[f"{split}_urls"]).encode())
    return digest.hexdigest()[:12]


def _keep_some(arrays, max_train, rng):
    kept = np.sort(as_generator(rng).permutation(len(arrays["train_captions"]))[:max_train])
    for key in ("train_captions", "train_image_idxs"):
        arrays[key] = arrays[key][kept]


def sample_coco_minibatch(data, batch_size=100, split="train", rng=None):
    """Draw captions with replacement, and the features and addresses of their pictures.

    Parameters
    ----------
    data : what `load_coco_data` returns
    batch_size : int, how many
    split : "train" or "val"
    rng : np.random.Generator, seed or None (NumPy's global state)

    Returns
    -------
    captions : (batch_size, T) int32
    features : (batch_size, D) float32
    urls : (batch_size,) str

    Raises
    ------
    TypeError, ValueError : no such split, no whole number above 0; a file cut off
    """
    check_choice("split", split, SPLITS)
    captions = data[f"{split}_captions"]
    picked = as_generator(rng).integers(0, len(captions), check_count("batch_size", batch_size))
    images = data[f"{split}_image_idxs"][picked]
    return captions[picked], data[f"{split}_features"][images], data[f"{split}_urls"][images]


def decode_captions(captions, idx_to_word):
    """Turn rows of word indices into strings: without <NULL>, and ending after the first <END>.

    Parameters
    ----------
    captions : (T,) or (N, T) ints from 0 to V - 1
    idx_to_word : list of V strings

    Returns
    -------
    text : str for one caption, list of N strings for N

    Raises
    ------
    ValueError : another number of axes, or an index without a word
    """
    captions = np.asarray(captions)
    require(captions.ndim in (1, 2) and captions.dtype.kind in "iu", "captions must hold whole numbers along one or "
            f"two axes, got {captions.dtype} of shape {captions.shape}")
    require(not captions.size or 0 <= captions.min() <= captions.max() < len(idx_to_word),
            f"captions must hold words from 0 to {len(idx_to_word) - 1}, got {captions.min(initial=0)} to "
            f"{captions.max(initial=0)}; is idx_to_word of another vocabulary?")
    if captions.ndim == 1:
        return _decode(captions, idx_to_word)
    return [_decode(row, idx_to_word) for row in captions]


def _decode(caption, idx_to_word):
    words = []
    for i in caption:
        if idx_to_word[i] != "<NULL>":
            words.append(idx_to_word[i])
        if idx_to_word[i] == "<END>":
            break
    return " ".join(words)
