"""Anybody's pictures with captions: what `cs182 features` writes, and what it says when something is wrong."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from cs182lib.data.captions import encode_captions, make_vocabulary, read_captions
from cs182lib.data.coco import decode_captions, load_coco_data
from cs182lib.data.feature_maps import load_feature_maps
from cs182lib.vision import own_pictures
from cs182lib.vision.own_pictures import load_pictures, split_names, write_own_captions
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.workbook.cli import main

NAMES = [f"{name}.png" for name in ("ant", "bee", "cow", "dog", "elk", "fox", "gnu", "hen", "ibex", "jay")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Ten pictures of several sizes with two captions each, and a net with random weights."""
    torch.manual_seed(1)
    net = SqueezeNet("1_1", num_classes=10, stride=1).eval().requires_grad_(False)
    net.mean, net.std, net.input_size = (0.5,) * 3, (0.25,) * 3, 32
    monkeypatch.setattr(own_pictures, "load_squeezenet", lambda source: net)
    rng = np.random.default_rng(0)
    for i, name in enumerate(NAMES):
        pixels = rng.integers(0, 256, (50 + 3 * i, 90 - 2 * i, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    lines = [f'{name},"A {name[:-4]}, on the grass."\n{name},the {name[:-4]} sleeps' for name in NAMES]
    (tmp_path / "captions.csv").write_text("file,caption\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_a_folder_becomes_files_that_the_loader_reads(folder, capsys):
    assert main(["features", str(folder), "--val-share", "0.2"]) == 0
    printed = capsys.readouterr().out
    assert "16 training and 4 validation captions of 8 training and 2 validation pictures" in printed
    data = load_coco_data(folder / "coco_captioning")
    assert sorted([*data["train_urls"], *data["val_urls"]]) == NAMES
    image = data["val_image_idxs"][0]
    name = data["val_urls"][image][:-4]
    known = name if name in data["word_to_idx"] else "<UNK>"
    assert decode_captions(data["val_captions"][0], data["idx_to_word"]) == f"<START> a {known} on the grass <END>"
    assert data["train_features"].shape[0] == 8 and np.isfinite(data["train_features"][:]).all()
    assert load_feature_maps(folder / "coco_captioning")["val_features"].shape[:2] == (2, 16)


def test_json_says_the_same(folder):
    first = load_coco_data(write_own_captions(folder, folder / "one"))
    said = read_captions(folder)
    (folder / "more.json").write_text(json.dumps(said), encoding="utf-8")
    second = load_coco_data(write_own_captions(folder, folder / "two", folder / "more.json"))
    assert first.fingerprint == second.fingerprint
    np.testing.assert_array_equal(first["train_features"][:], second["train_features"][:])


def test_pictures_are_split_by_name_whatever_their_order():
    train, val = split_names(NAMES, 0.3)
    assert len(val) == 3 and sorted(train + val) == NAMES
    assert split_names(NAMES[::-1], 0.3) == (train, val)
    assert [len(part) for part in split_names(["a", "b"], 0.01)] == [1, 1]


def test_pictures_are_turned_upright_and_squeezed(folder):
    image = Image.fromarray(np.tile(np.arange(100, dtype=np.uint8)[:, None, None], (1, 60, 3)))  # darkest on top
    exif = image.getexif()
    exif[0x0112] = 3  # to be shown upside down
    image.save(folder / "turned.png", exif=exif)
    picture, = load_pictures(folder, ["turned.png"], 64)
    assert picture.shape == (64, 64, 3) and picture[0, 0, 0] > picture[-1, 0, 0]
    Image.new("L", (70, 70), 9).save(folder / "gray.png")
    assert load_pictures(folder, ["gray.png"], 64).mean() == 9


@pytest.mark.parametrize("text, message", [
    ("", "must begin with the heading file,caption"), ("a,b\n1,2\n", "got a,b"),
    ("file,caption\n", "holds no captions; write one"), ("file,caption\nant.png\n", "no caption with words, got None"),
    ("file,caption\nant.png,...\n", "line 2, holds no caption"), ("file,caption\n,a dog\n", "names no picture"),
    ("file,caption\nant.png,a dog, brown\n", "more than the 2 columns"),
    ('file,caption\nant.png,"a dog\n', "not in the form of CSV")])
def test_a_bad_list_is_refused_with_its_line(folder, text, message, capsys):
    (folder / "captions.csv").write_text(text, encoding="utf-8")
    assert main(["features", str(folder)]) == 1
    assert message in capsys.readouterr().err
    assert not (folder / "coco_captioning").exists()


@pytest.mark.parametrize("content, message", [
    (b"[1, 2]", "must hold"), (b"{", "is no JSON"), (b'{"a.png": 3}', "no caption with words, got 3"),
    (b"{}", "holds no captions"), (b"\xff\xfe\xff", "no text in UTF-8")])
def test_bad_json_is_refused(folder, content, message):
    (folder / "bad.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_captions(folder, folder / "bad.json")


def test_missing_lists_and_folders_are_said(folder):
    (folder / "captions.csv").unlink()
    with pytest.raises(ValueError, match="holds no captions; write captions.csv"):
        write_own_captions(folder)
    with pytest.raises(ValueError, match="is no folder"):
        write_own_captions(folder / "nowhere")


@pytest.mark.parametrize("damage, message", [
    (lambda path: path.unlink(), "is not there, but has captions"),
    (lambda path: path.write_bytes(b""), "cannot be read"),
    (lambda path: path.write_bytes(path.read_bytes()[:300]), "cannot be read"),
    (lambda path: path.write_text("no picture"), "cannot be read as a picture")])
def test_a_missing_or_broken_picture_is_named(folder, damage, message):
    damage(folder / "fox.png")
    with pytest.raises(ValueError, match=message) as error:
        write_own_captions(folder)
    assert "fox.png" in str(error.value) and not (folder / "coco_captioning" / "coco2014_captions.h5").exists()


def test_too_few_pictures_are_refused(folder):
    (folder / "captions.csv").write_text("file,caption\nant.png,an ant\nbee.png,a bee\n", encoding="utf-8")
    with pytest.raises(ValueError, match="captions of 2 pictures; write some for 4"):
        write_own_captions(folder)


def test_words_become_indices_and_long_captions_are_cut():
    words = make_vocabulary(["a dog a cat", "a dog"], min_count=2)
    assert words == ["<NULL>", "<START>", "<END>", "<UNK>", "a", "dog"]
    rows = encode_captions(["A dog!", "a cat a dog a dog"], words, length=6)
    assert rows.tolist() == [[1, 4, 5, 2, 0, 0], [1, 4, 3, 4, 5, 2]] and rows.dtype == np.int32
