"""The files of captioned pictures: the official layout, lazy reading, sampling, decoding, and what is refused."""

import json

import h5py
import numpy as np
import pytest

from cs182lib.data import DataMissingError, coco, decode_captions, load_coco_data, sample_coco_minibatch
from cs182lib.data.coco_files import CAPTIONS, VOCABULARY, coco_files, features_file, write_coco_files

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "sits"]


def split(n, pictures, seed, T=7, D=5):
    """Captions of 3 to T - 2 words, no two the same, and features whose first number is the picture's own."""
    rng = np.random.default_rng(seed)
    captions = np.zeros((n, T), np.int64)
    for k, row in enumerate(captions):
        more = rng.integers(3, len(WORDS), rng.integers(0, T - 4))
        row[:len(more) + 5] = [1, 3 + k // 25, 3 + k // 5 % 5, 3 + k % 5, *more, 2]  # k in base 5 makes each its own
    features = rng.standard_normal((pictures, D))
    features[:, 0] = np.arange(pictures)
    return {"captions": captions, "image_idxs": np.arange(n) % pictures, "features": features,
            "urls": [f"http://example.org/{seed}/{i}.jpg" for i in range(pictures)]}


@pytest.fixture
def folder(tmp_path):
    write_coco_files(tmp_path / "mine", WORDS, split(40, 9, 1), split(11, 4, 2))
    return tmp_path / "mine"


def test_the_layout_is_the_official_one(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "coco2014_captions.h5", "coco2014_vocab.json", "train2014_urls.txt", "train2014_vgg16_fc7_pca.h5",
        "val2014_urls.txt", "val2014_vgg16_fc7_pca.h5"]
    with h5py.File(folder / CAPTIONS) as file:
        assert {name: (d.shape, d.dtype) for name, d in file.items()} == {
            "train_captions": ((40, 7), np.int32), "train_image_idxs": ((40,), np.int32),
            "val_captions": ((11, 7), np.int32), "val_image_idxs": ((11,), np.int32)}
    with h5py.File(folder / features_file("val")) as file:
        assert {name: (d.shape, d.dtype) for name, d in file.items()} == {"features": ((4, 5), np.float32)}
    vocabulary = json.loads((folder / VOCABULARY).read_text())
    assert vocabulary["idx_to_word"] == WORDS and vocabulary["word_to_idx"]["dog"] == 6


def test_what_is_read_is_what_was_written(folder):
    data = load_coco_data(folder)
    assert set(data) == {"train_captions", "train_image_idxs", "train_features", "train_urls", "val_captions",
                         "val_image_idxs", "val_features", "val_urls", "idx_to_word", "word_to_idx"}
    for name, part in (("train", split(40, 9, 1)), ("val", split(11, 4, 2))):
        for key in ("captions", "image_idxs"):
            np.testing.assert_array_equal(data[f"{name}_{key}"], part[key])
        np.testing.assert_array_equal(np.asarray(data[f"{name}_features"]), part["features"].astype(np.float32))
        assert data[f"{name}_urls"].tolist() == part["urls"]
    assert str(data) == ("Data: captions in mine, 40 training and 11 validation captions of 9 training and 4 "
                         f"validation pictures, fingerprint {data.fingerprint}")


def test_the_fingerprint_is_of_all_but_the_features(tmp_path):
    marks = []
    for seed, feature, url in ((1, 0, "a"), (1, 1, "a"), (1, 0, "b"), (3, 0, "a")):
        train = split(40, 9, seed)
        train["features"] += feature
        train["urls"] = [url] * 9
        write_coco_files(tmp_path, WORDS, train, split(11, 4, 2))
        marks.append(load_coco_data(tmp_path).fingerprint)
    assert marks[0] == marks[1] and len(set(marks)) == 3


def test_rows_come_in_the_order_asked_for(folder):
    rows = load_coco_data(folder)["train_features"]
    for picked in ([7, 2, 7, 0], np.array([8, 8, 1], np.int32), []):
        picked = np.asarray(picked, int)
        np.testing.assert_array_equal(rows[picked][:, 0], picked)
        assert rows[picked].shape == (len(picked), 5) and rows[picked].dtype == np.float32
    assert rows[3].shape == (5,) and rows[2:4].shape == (2, 5) and len(rows) == 9 and rows.shape == (9, 5)
    for bad in ([0, 9], [-1], [0.5], [[1]]):
        with pytest.raises(ValueError, match="rows"):
            rows[np.array(bad)]


def test_a_minibatch_belongs_together_and_is_repeatable(folder):
    data = load_coco_data(folder)
    for name in ("train", "val"):
        captions, features, urls = sample_coco_minibatch(data, 200, name, rng=5)
        assert captions.shape == (200, 7) and features.shape == (200, 5) and urls.shape == (200,)
        where = {tuple(row): i for row, i in zip(data[f"{name}_captions"], data[f"{name}_image_idxs"])}
        pictures = [where[tuple(row)] for row in captions]
        assert set(pictures) == set(range(len(data[f"{name}_urls"])))
        np.testing.assert_array_equal(features[:, 0], pictures)
        np.testing.assert_array_equal(urls, data[f"{name}_urls"][pictures])
    again = sample_coco_minibatch(data, 200, "val", rng=np.random.default_rng(5))
    np.testing.assert_array_equal(again[0], captions)
    drawn = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002 - this is what the course does
        drawn.append(sample_coco_minibatch(data, 30)[0])
    np.testing.assert_array_equal(*drawn)


def test_max_train_keeps_some_captions_and_all_pictures(folder):
    data, whole = load_coco_data(folder, max_train=6, rng=0), load_coco_data(folder)
    assert data["train_captions"].shape == (6, 7) and data["train_features"].shape == (9, 5)
    places = [np.flatnonzero((whole["train_captions"] == row).all(axis=1)).item() for row in data["train_captions"]]
    assert len(set(places)) == 6
    np.testing.assert_array_equal(whole["train_image_idxs"][places], data["train_image_idxs"])
    assert data.fingerprint == whole.fingerprint
    assert len(load_coco_data(folder, max_train=1000)["train_captions"]) == 40


def test_all_the_features_are_read_where_asked(tmp_path):
    write_coco_files(tmp_path, WORDS, split(40, 9, 1, D=13), split(11, 4, 2, D=13), pca_features=False)
    assert load_coco_data(tmp_path, pca_features=False)["val_features"].shape == (4, 13)
    with pytest.raises(ValueError, match="train2014_vgg16_fc7_pca.h5 is missing"):
        load_coco_data(tmp_path)


@pytest.mark.parametrize("caption, text", [
    ([1, 4, 5, 7, 2, 0, 0], "<START> a cat sits <END>"), ([4, 0, 5, 2, 6], "a cat <END>"), ([0, 0], ""),
    ([[1, 2], [6, 6]], ["<START> <END>", "dog dog"]), (np.zeros((0, 3), int), [])])
def test_decoding_follows_the_course(caption, text):
    assert decode_captions(np.array(caption), WORDS) == text


@pytest.mark.parametrize("captions", [np.array([8]), np.array([-1]), np.array([0.5]), np.zeros((1, 1, 1), int)])
def test_decoding_refuses_what_has_no_words(captions):
    with pytest.raises(ValueError, match="captions must hold"):
        decode_captions(captions, WORDS)


@pytest.mark.parametrize("name", coco_files())
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"{name} is missing; .*as one set"):
        load_coco_data(folder)


@pytest.mark.parametrize("name", [name for name in coco_files() if name.endswith(("h5", "json"))])
@pytest.mark.parametrize("keep", [0, 0.5, 0.99])
def test_a_truncated_file_is_named(folder, name, keep):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:int(keep * len(whole))])
    with pytest.raises(ValueError, match=f"{name} is no (complete HDF5|JSON) file"):
        load_coco_data(folder)


@pytest.mark.parametrize("content", [b"<html>not found</html>", b"\xff\xfe\x00", b"[1, 2]", b'{"idx_to_word": 3}',
                                     b'{"idx_to_word": [[1]], "word_to_idx": {"a": 0}}'])
def test_a_vocabulary_of_something_else_is_refused(folder, content):
    (folder / VOCABULARY).write_bytes(content)
    with pytest.raises(ValueError, match=f"{VOCABULARY} is no JSON file with idx_to_word and word_to_idx"):
        load_coco_data(folder)


@pytest.mark.parametrize("change, words", [
    (lambda v: v["word_to_idx"].update(cat=6, dog=5), "contradicts itself.*'cat', 'dog'"),
    (lambda v: v["word_to_idx"].pop("cat"), "idx_to_word has 8 words, word_to_idx 7"),
    (lambda v: (v["idx_to_word"].pop(), v["word_to_idx"].pop("sits")), "words from 0 to 7 in train_captions.*has 7"),
    (lambda v: (v["idx_to_word"].__setitem__(2, "end"), v["word_to_idx"].pop("<END>"),
                v["word_to_idx"].update(end=2)), "lacks the words <END>"),
])
def test_a_vocabulary_that_does_not_fit_is_refused(folder, change, words):
    vocabulary = json.loads((folder / VOCABULARY).read_text())
    change(vocabulary)
    (folder / VOCABULARY).write_text(json.dumps(vocabulary))
    with pytest.raises(ValueError, match=words):
        load_coco_data(folder)


def replace(path, name, array):
    with h5py.File(path, "a") as file:
        del file[name]
        if array is not None:
            file[name] = array


@pytest.mark.parametrize("name, key, array, words", [
    (CAPTIONS, "train_captions", None, "has no data set 'train_captions'"),
    (CAPTIONS, "val_captions", np.zeros((11, 7)), "holds 'val_captions' as float64"),
    (CAPTIONS, "val_captions", np.zeros(11, int), "expected 2 axes of whole numbers"),
    (CAPTIONS, "val_captions", np.zeros((10, 7), int), "one picture index for each caption"),
    (CAPTIONS, "train_captions", np.full((40, 7), 8), "they belong to another vocabulary"),
    (CAPTIONS, "train_image_idxs", np.full(40, 9), "from 9 to 9 in train_image_idxs.*9 pictures"),
    (CAPTIONS, "val_image_idxs", np.full(11, -1), "from -1 to -1 in val_image_idxs"),
    (features_file("train"), "features", np.zeros((8, 5)), "from 0 to 8 in train_image_idxs.*8 pictures"),
    (features_file("val"), "features", np.zeros((4, 6)), "val2014_vgg16_fc7_pca.h5 has 6 features.*have 5"),
    (features_file("val"), "features", np.zeros((4, 5), int), "expected 2 axes of floats"),
    (features_file("val"), "features", np.zeros((5, 5)), "val2014_urls.txt has 4 lines.*5"),
])
def test_files_that_contradict_each_other_are_refused(folder, name, key, array, words):
    replace(folder / name, key, array)
    with pytest.raises(ValueError, match=words) as caught:
        load_coco_data(folder)
    assert str(folder) in str(caught.value) and "as one set" in str(caught.value)


def test_a_group_in_the_place_of_a_data_set_is_refused(folder):
    with h5py.File(folder / CAPTIONS, "a") as file:
        del file["val_captions"]
        file.create_group("val_captions")
    with pytest.raises(ValueError, match="has no data set 'val_captions'"):
        load_coco_data(folder)


def test_unfit_parts_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="another vocabulary"):
        write_coco_files(tmp_path / "new", WORDS[:6], split(40, 9, 1), split(11, 4, 2))
    assert not (tmp_path / "new").exists()


def test_the_environment_says_what_is_read(folder, monkeypatch):
    monkeypatch.setenv("CS182_DATASETS", str(folder.parent))
    monkeypatch.setenv("CS182_DATA", "real")
    with pytest.raises(DataMissingError, match="coco_captioning.zip"):
        load_coco_data()
    folder.rename(folder.parent / coco.FOLDER)
    data = load_coco_data()
    assert data.source == "COCO 2014" and not data.is_standin and len(data["train_captions"]) == 40


@pytest.mark.parametrize("options, words", [({"split": "test"}, "split must be one of 'train', 'val'"),
                                            ({"batch_size": 0}, "batch_size must be at least 1")])
def test_bad_requests_are_refused(folder, options, words):
    with pytest.raises(ValueError, match=words):
        sample_coco_minibatch(load_coco_data(folder), **options)
