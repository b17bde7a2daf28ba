"""Scenes, the stand-in for captioned COCO pictures: doodles in sky, grass or water, five captions each.

Pictures, captions and vocabulary are the same bytes on every machine; the features come from this project's own
SqueezeNet and may differ in their last digits. No training scene shows the same things in the same colors, sizes and
places as a validation scene. All is written once, in COCO's own layout, and read by the loader that reads COCO.
"""

import contextlib
import hashlib
import json
from functools import lru_cache

import numpy as np

from cs182lib.data.captions import encode_captions, make_vocabulary
from cs182lib.data.coco_files import SPLITS, coco_files, write_coco_files, write_hdf5
from cs182lib.data.feature_maps import maps_file
from cs182lib.data.standins.cache import cache_folders
from cs182lib.data.standins.scenes_captions import CAPTIONS, captions
from cs182lib.data.standins.scenes_drawing import draw_scenes
from cs182lib.data.standins.scenes_layout import Draws, random_scene
from cs182lib.files import write_whole
from cs182lib.validation import check_choice

TRAINING, VALIDATION = 6000, 500
FINGERPRINT = "da3d5356d06b"  # of captions, vocabulary and addresses, on every machine
LAYOUTS, NOISE, WORDS = 1, 2, 3  # keys of the random draws
RARE = 5  # words said less often in the training captions become <UNK>
SUMS = "sums.json"


@lru_cache(maxsize=1)
def make_scenes():
    """Return the layouts {"train": list of Scene, "val": list of Scene}, no facts of a validation scene in both."""
    draw = Draws(LAYOUTS)
    val = [random_scene(draw) for _ in range(VALIDATION)]
    held_out, train = {scene.facts for scene in val}, []
    while len(train) < TRAINING:
        scene = random_scene(draw)
        if scene.facts not in held_out:
            train.append(scene)
    return {"train": train, "val": val}


def scene_images(split="val", indices=None):
    """Draw scenes.

    Parameters
    ----------
    split : "train" or "val"
    indices : sequence of ints, which pictures; None means all

    Returns
    -------
    pictures : (n, 64, 64, 3) uint8

    Raises
    ------
    ValueError : no such split
    """
    scenes = make_scenes()[check_choice("split", split, SPLITS)]
    indices = range(len(scenes)) if indices is None else np.asarray(indices).tolist()
    return draw_scenes([scenes[i] for i in indices], [(NOISE, SPLITS.index(split), i) for i in indices])


def make_captions():
    """Return the captions as text, {"train": list of lists of five str, "val": the same}."""
    draw = Draws(WORDS)
    return {split: [captions(draw, scene) for scene in scenes] for split, scenes in make_scenes().items()}


def scenes_folder():
    """Return the folder with the scenes in COCO's layout, and feature maps; written first where it is not there.

    A folder counts only if every file has the checksum noted when it was written.
    """
    from cs182lib.vision.squeezenet import load_squeezenet  # here, so that pictures can be drawn without PyTorch

    model = load_squeezenet("cifar10")
    folders = [folder / f"scenes-{FINGERPRINT}-{model.fingerprint[:6]}" for folder in cache_folders()]
    for folder in folders:
        if is_whole(folder):
            return folder
    parts, words = caption_parts()
    maps = add_features(parts, model)
    for folder in folders[:-1]:
        with contextlib.suppress(OSError):
            return write_scenes(folder, words, parts, maps)
    return write_scenes(folders[-1], words, parts, maps)


def caption_parts():
    """Return {split: captions, image_idxs, urls} as `write_coco_files` takes them, and the vocabulary."""
    texts = {split: [text for five in said for text in five] for split, said in make_captions().items()}
    words = make_vocabulary(texts["train"], RARE)
    parts = {split: {"captions": encode_captions(texts[split], words),
                     "image_idxs": np.repeat(np.arange(len(texts[split]) // CAPTIONS), CAPTIONS),
                     "urls": [f"scene:{split}/{i}" for i in range(len(texts[split]) // CAPTIONS)]} for split in SPLITS}
    return parts, words


def add_features(parts, model):
    """Put the features into the parts of each split; return the feature maps.

    Parameters
    ----------
    parts : {split: dict} from `caption_parts`; each gets `features`, (pictures, D) float32
    model : SqueezeNet from `load_squeezenet`

    Returns
    -------
    maps : two arrays (pictures, cells, numbers) float32, for train and val
    """
    from cs182lib.vision.features import caption_features, cell_activations

    cells = [cell_activations(scene_images(split), model, progress=True) for split in SPLITS]
    maps, features = caption_features(*cells)
    for split, rows in zip(SPLITS, features):
        parts[split]["features"] = rows
    return maps


def write_scenes(folder, words, parts, maps):
    """Write all files and, last, their checksums; return the folder.

    Parameters
    ----------
    folder : Path; made where it is missing
    words, parts : from `caption_parts`, once `add_features` has put the features in
    maps : from `add_features`
    """
    write_coco_files(folder, words, parts["train"], parts["val"])
    for split, cells in zip(SPLITS, maps):
        write_hdf5(folder / maps_file(split), {"features": (cells, np.float32)})
    write_whole(folder / SUMS, json.dumps(checksums(folder)))
    return folder


def checksums(folder):
    """Return {file name: SHA-256 of its content} for the files in `folder`, a Path; OSError where one is missing."""
    names = *coco_files(), *map(maps_file, SPLITS)
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def is_whole(folder):
    """Say whether all files are in `folder`, a Path, and as they were written."""
    try:
        return json.loads((folder / SUMS).read_text(encoding="utf-8")) == checksums(folder)
    except (OSError, ValueError, RecursionError):
        return False
