"""Caption your own pictures: a folder of pictures and a list of captions become files in COCO's layout."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cs182lib.data.captions import encode_captions, make_vocabulary, read_captions
from cs182lib.data.coco_files import SPLITS, write_coco_files, write_hdf5
from cs182lib.data.feature_maps import maps_file
from cs182lib.validation import check_count, check_number, require
from cs182lib.vision.features import GRID, caption_features, cell_activations
from cs182lib.vision.squeezenet import load_squeezenet

FEWEST = 4  # pictures below which there is nothing to learn and nothing to validate on
SMALLEST = 64  # pixels along a side, at least, to which pictures are brought
BATCH = 50  # pictures opened at a time


def write_own_captions(folder, output=None, captions=None, val_share=0.1, min_count=1, source="auto", grid=GRID,
                       progress=False):
    """Write captions, vocabulary and features of a folder of pictures as `load_coco_data(output)` reads them.

    Parameters
    ----------
    folder : str or Path with pictures and captions.csv or captions.json, see `read_captions`
    output : str or Path; None means coco_captioning inside the folder
    captions : str, Path or None, another file of captions
    val_share : number in (0, 1), the share of the pictures that is kept for validation, picked by their names
    min_count : int; words said less often in the training captions become <UNK>
    source : which backbone, see `load_squeezenet`
    grid : int, cells along a side in which the pictures are looked at
    progress : show progress bars where the output is a terminal

    Returns
    -------
    output : Path

    Raises
    ------
    TypeError, ValueError : val_share out of range, no captions, fewer than four pictures, a picture that is missing or
        cannot be read
    """
    check_number("val_share", val_share, 0, 1, low_open=True, high_open=True)
    folder, said = Path(folder), read_captions(folder, captions)
    require(len(said) >= FEWEST, f"{folder} has captions of {len(said)} pictures; write some for {FEWEST} or more")
    output = Path(output) if output is not None else folder / "coco_captioning"
    names = dict(zip(SPLITS, split_names(list(said), val_share)))
    words = make_vocabulary([text for name in names["train"] for text in said[name]], min_count)
    parts = {split: caption_part(names[split], said, words) for split in SPLITS}
    model = load_squeezenet(source)
    cells = [folder_cells(folder, names[split], model, grid, progress) for split in SPLITS]
    maps, features = caption_features(*cells)
    for split, rows, places in zip(SPLITS, features, maps):
        parts[split]["features"] = rows
        output.mkdir(parents=True, exist_ok=True)
        write_hdf5(output / maps_file(split), {"features": (places, np.float32)})
    write_coco_files(output, words, parts["train"], parts["val"])
    return output


def split_names(names, val_share):
    """Return (train, val): the share val_share of names with the smallest hashes is for validation, at least one.

    TypeError or ValueError where there are fewer than two.
    """
    check_count("the number of pictures", len(names), low=2)
    by_hash = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    count = min(max(round(val_share * len(names)), 1), len(names) - 1)
    return sorted(by_hash[count:]), sorted(by_hash[:count])


def caption_part(names, said, words):
    """Return captions, image_idxs and urls of the pictures `names`, as `write_coco_files` takes them.

    said is {name: list of captions}, words the vocabulary.
    """
    texts = [text for name in names for text in said[name]]
    image_idxs = np.repeat(np.arange(len(names)), [len(said[name]) for name in names])
    return {"captions": encode_captions(texts, words), "image_idxs": image_idxs, "urls": names}


def folder_cells(folder, names, model, grid, progress):
    """Return `cell_activations` of the pictures `names` in `folder`, opened a few at a time.

    model, grid and progress are those of `cell_activations`.
    """
    side = max(model.input_size, SMALLEST)
    parts = [names[start:start + BATCH] for start in range(0, len(names), BATCH)]
    return np.concatenate([cell_activations(load_pictures(folder, part, side), model, grid, progress=progress)
                           for part in parts])


def load_pictures(folder, names, side):
    """Read the pictures `names` in `folder`, turned upright and squeezed to side x side pixels: nothing is cut off.

    Returns
    -------
    pictures : (n, side, side, 3) uint8

    Raises
    ------
    ValueError : one is missing, cut off, or no picture
    """
    pictures = np.empty((len(names), side, side, 3), np.uint8)
    for picture, name in zip(pictures, names):
        path = Path(folder) / name
        require(path.is_file(), f"{path} is not there, but has captions; correct its name in the list, or remove it")
        try:
            with Image.open(path) as image:
                picture[:] = ImageOps.exif_transpose(image).convert("RGB").resize((side, side), Image.Resampling.BOX)
        except Exception as error:  # damaged bytes make Pillow raise nearly anything
            raise ValueError(f"{path} cannot be read as a picture ({error}); replace it, or remove it from the list "
                             "of captions") from None
    return pictures
