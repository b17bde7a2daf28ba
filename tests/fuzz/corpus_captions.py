"""Readers of captioned pictures: COCO's folder, feature maps, and one's own lists of captions."""

import json

import h5py
import numpy as np
from corpus import Reader, is_array, is_text

from cs182lib.data.captions import read_captions
from cs182lib.data.coco import load_coco_data, sample_coco_minibatch
from cs182lib.data.coco_files import (
    CAPTIONS,
    SPECIAL,
    VOCABULARY,
    features_file,
    urls_file,
    write_coco_files,
    write_hdf5,
)
from cs182lib.data.feature_maps import load_feature_maps, maps_file
from cs182lib.data.standins.scenes import SUMS, checksums, is_whole
from cs182lib.files import write_whole

FLOATS = ("float16", "float32", "float64")
WORDS = [*SPECIAL, "a", "cat", "sits"]
RNG = np.random.default_rng(1)


def split(count, pictures):
    """Return captions, features and addresses."""
    captions = np.array([[1, *RNG.integers(3, len(WORDS), 4), 2]] * count)
    return {"captions": captions, "image_idxs": np.arange(count) % pictures,
            "features": RNG.random((pictures, 5), np.float32), "urls": [f"http://a.org/{i}" for i in range(pictures)]}


TRAIN, VAL = split(7, 4), split(3, 2)


def make_coco(folder):
    """Write a folder in COCO's layout, with feature maps."""
    write_coco_files(folder, WORDS, TRAIN, VAL)
    for name, part in (("train", TRAIN), ("val", VAL)):
        write_hdf5(folder / maps_file(name), {"features": (np.repeat(part["features"][:, None], 4, 1), np.float32)})
    write_whole(folder / SUMS, json.dumps(checksums(folder)))


def make_compressed(folder):
    """Write the same with features in compressed chunks, and a checksum for each."""
    make_coco(folder)
    for name, part in (("train", TRAIN), ("val", VAL)):
        with h5py.File(folder / features_file(name), "w") as file:
            file.create_dataset("features", data=part["features"], chunks=(2, 5), compression="gzip", fletcher32=True,
                                shuffle=True)


def read_coco(folder):
    """Read everything, the features too, and draw a batch."""
    data = load_coco_data(folder)
    try:
        batch = sample_coco_minibatch(data, 4, "val", rng=0)
        return {**{key: np.asarray(value) if key.endswith("features") else value for key, value in data.items()},
                "batch": batch, "line": str(data)}
    finally:
        for name in ("train", "val"):
            data[f"{name}_features"].close()


def judge_coco(answer):
    """Shapes, dtypes and ranges as `load_coco_data` promises."""
    words = answer["idx_to_word"]
    is_text(answer["line"], *words)
    assert len(words) == len(answer["word_to_idx"]) and all(answer["word_to_idx"][w] == i for i, w in enumerate(words))
    for name in ("train", "val"):
        captions, pictures = answer[f"{name}_captions"], len(answer[f"{name}_features"])
        is_array(captions, ["int32"], (None, None))
        is_array(answer[f"{name}_image_idxs"], ["int32"], (len(captions),))
        is_array(answer[f"{name}_features"], FLOATS, (pictures, None))
        assert 0 <= captions.min() and captions.max() < len(words) and captions.size < 1000
        assert 0 <= answer[f"{name}_image_idxs"].min() and answer[f"{name}_image_idxs"].max() < pictures
        assert len(answer[f"{name}_urls"]) == pictures < 100
        is_text(*answer[f"{name}_urls"].tolist())
    captions, features, urls = answer["batch"]
    assert len(captions) == len(features) == len(urls) == 4


def read_maps(folder):
    """Read both splits' feature maps to their ends."""
    maps = load_feature_maps(folder)
    try:
        return {name: np.asarray(rows) for name, rows in maps.items()}
    finally:
        for rows in maps.values():
            rows.close()


def judge_maps(answer):
    """Three axes of floats."""
    for rows in answer.values():
        is_array(rows, FLOATS, (None, None, None))
        assert rows.size < 10000


def make_captions_csv(folder):
    """Write captions in two columns."""
    (folder / "captions.csv").write_text('file,caption\na.jpg,a brown dog\nb.jpg,"a dog, two cats"\na.jpg,a dog\n')


def make_captions_json(folder):
    """Write captions as JSON."""
    (folder / "captions.json").write_text(json.dumps({"a.jpg": ["a brown dog", "a dog"], "b.jpg": "two cats"}))


def judge_captions(answer):
    """Names of pictures, each with captions."""
    assert answer
    for name, captions in answer.items():
        assert captions and name.strip() == name != ""
        is_text(name, *captions)


COCO = {"captions": (CAPTIONS,), "features": (features_file("train"), features_file("val")),
        "vocabulary": (VOCABULARY,), "addresses": (urls_file("train"), urls_file("val"))}
READERS = {
    **{f"COCO {name}": Reader(make_coco, read_coco, files, judge_coco,
                              {"vocabulary": "json", "addresses": "text"}.get(name, "binary"), names_file=False)
       for name, files in COCO.items()},
    "COCO features, compressed": Reader(make_compressed, read_coco, COCO["features"], judge_coco, names_file=False,
                                       every=10),
    "feature maps": Reader(make_coco, read_maps, (maps_file("train"), maps_file("val")), judge_maps),
    "scenes' checksums": Reader(make_coco, is_whole, (SUMS,), lambda answer: None, "json", silent=(False, True)),
    "captions.csv": Reader(make_captions_csv, read_captions, ("captions.csv",), judge_captions, "text"),
    "captions.json": Reader(make_captions_json, read_captions, ("captions.json",), judge_captions, "json"),
}
