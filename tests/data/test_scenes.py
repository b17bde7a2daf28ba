import hashlib
from itertools import pairwise

import numpy as np
import pytest
import torch

from cs182lib.data.captions import words_of
from cs182lib.data.coco import load_coco_data
from cs182lib.data.coco_files import CAPTIONS, SPECIAL
from cs182lib.data.feature_maps import load_feature_maps
from cs182lib.data.standins import cache, scenes
from cs182lib.data.standins.scenes_drawing import COLORS, paint
from cs182lib.data.standins.scenes_layout import SIDE, Draws, Scene, random_scene
from cs182lib.vision import squeezenet

# SHA-256 of every fiftieth validation picture and 20 training pictures
FEW = "e38156cbd586051d6a03f0f0e514d17fa1a671f99babec11e20d0c49e52846f9"


def test_the_same_pictures_on_every_machine():
    pictures = scenes.scene_images("val", range(0, 500, 50)), scenes.scene_images("train", range(20))
    assert hashlib.sha256(b"".join(X.tobytes() for X in pictures)).hexdigest() == FEW


@pytest.fixture(scope="module")
def parts():
    """Captions as rows and the vocabulary."""
    return scenes.caption_parts()


def test_the_same_captions_on_every_machine(parts):
    splits, words = parts
    digest = hashlib.sha256("\n".join(words).encode())
    for split in ("train", "val"):
        for key in ("captions", "image_idxs"):
            digest.update(np.ascontiguousarray(splits[split][key], "<i4"))
        digest.update("\n".join(splits[split]["urls"]).encode())
    assert digest.hexdigest()[:12] == scenes.FINGERPRINT


def test_five_captions_for_thousands_of_scenes(parts):
    splits, words = parts
    assert tuple(words[:4]) == SPECIAL and len(set(words)) == len(words) > 100
    for split, least in (("train", 4000), ("val", 500)):
        rows = splits[split]["captions"]
        assert rows.shape == (5 * len(splits[split]["urls"]), 17) and len(rows) >= 5 * least
        assert np.all(rows[:, 0] == 1) and np.all(np.sum(rows == 2, axis=1) == 1)  # one <START>, one <END>
        assert np.bincount(splits[split]["image_idxs"]).tolist() == [5] * (len(rows) // 5)
        assert len(np.unique(rows.reshape(-1, 5, 17)[:200], axis=1)) <= 200
        for five in rows.reshape(-1, 5, 17)[:200]:
            assert len(np.unique(five, axis=0)) == 5
    assert np.mean(splits["val"]["captions"] == 3) < 0.001  # nearly no <UNK>


def test_no_validation_scene_is_a_training_scene():
    made = scenes.make_scenes()
    assert not {s.facts for s in made["train"]} & {s.facts for s in made["val"]}
    pictures = {X.tobytes() for split in made for X in scenes.scene_images(split, range(50))}
    assert len(pictures) == 100


def test_scenes_vary():
    made = scenes.make_scenes()["train"]
    assert {len(s.things) for s in made} == {1, 2, 3} and len({s.place for s in made}) == 7
    kinds = {thing.kind for s in made for thing in s.things}
    assert len(kinds) == 13 and len({thing.color for s in made for thing in s.things}) == 9
    assert len({s.facts for s in made}) > 3000


def changed(scene, things):
    """Return where and how the picture of a scene with only these things differs from the bare background."""
    with_things, bare = paint([Scene(scene.place, some, scene.look) for some in (things, ())])
    return np.abs(with_things - bare).max(axis=0) > 8, with_things


@pytest.fixture(scope="module")
def some_scenes():
    draw = Draws(77)
    return [random_scene(draw) for _ in range(60)]


def test_the_picture_shows_each_thing_where_and_as_large_as_the_layout_says(some_scenes):
    for scene in some_scenes:
        for thing in scene.things:
            rows, columns = np.nonzero(changed(scene, (thing,))[0])
            assert abs(columns.mean() + 0.5 - thing.x) < 0.35 * thing.radius
            assert abs(rows.mean() + 0.5 - thing.y) < 0.45 * thing.radius
            cut = thing.x - thing.radius < 0 or thing.x + thing.radius > SIDE
            widest = 2.8 if thing.kind in ("ship", "sailboat") else 2.4  # the waves reach beyond the hull
            assert cut or 1.3 * thing.radius < np.ptp(columns) + 1 < widest * thing.radius


def test_the_picture_shows_each_thing_in_its_color(some_scenes):
    names, values = list(COLORS), np.array(list(COLORS.values()), float)
    shades = values + (np.where(values[:, 1:2] > 150, 60, 255) - values) * 0.2  # of its second color
    for scene in some_scenes:
        for thing in scene.things:
            where, picture = changed(scene, (thing,))
            pixels = picture[:, where].T[:, None]  # (n, 1, 3)
            nearest = np.minimum(*(np.linalg.norm(pixels - of, axis=2) for of in (values, shades))).argmin(axis=1)
            shares = np.bincount(nearest, minlength=len(names)) / len(pixels)
            assert shares[names.index(thing.color)] > 0.1, (scene.facts, dict(zip(names, shares)))


def test_things_do_not_hide_each_other(some_scenes):
    for scene in some_scenes:
        masks = [changed(scene, (thing,))[0] for thing in scene.things]
        for a, b in pairwise(masks):
            assert np.sum(a & b) < 0.12 * min(a.sum(), b.sum()), scene.facts


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Twelve training and four validation scenes, a net with random weights, an empty data folder."""
    torch.manual_seed(3)
    net = squeezenet.SqueezeNet("1_1", num_classes=10, stride=1).eval().requires_grad_(False)
    net.fingerprint, net.mean, net.std, net.input_size = "abcdef123456", (0.5,) * 3, (0.25,) * 3, 32
    monkeypatch.setattr(squeezenet, "load_squeezenet", lambda source: net)
    monkeypatch.setenv("CS182_DATA", "embedded")
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path / "datasets"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(scenes, "TRAINING", 12)
    monkeypatch.setattr(scenes, "VALIDATION", 4)
    scenes.make_scenes.cache_clear()
    yield tmp_path
    scenes.make_scenes.cache_clear()


def test_scenes_are_written_once_and_read_by_the_loader(few):
    data = load_coco_data()
    assert data.is_standin and data.source == "scenes (stand-in)"
    assert data["train_captions"].shape == (60, 17) and data["train_features"].shape[0] == 12
    assert data["val_urls"][3] == "scene:val/3" and data["train_features"].dtype == np.float32
    folder = scenes.scenes_folder()
    before = (folder / CAPTIONS).stat().st_mtime_ns
    assert scenes.scenes_folder() == folder and (folder / CAPTIONS).stat().st_mtime_ns == before


def test_feature_maps_take_the_place_of_the_features(few):
    maps = load_feature_maps()
    N, L, D = maps["train_features"].shape
    assert (N, L) == (12, 16) and maps["val_features"].shape == (4, L, D)
    cells = maps["val_features"][:]
    rows, columns = cells[0, :, -8:-4], cells[0, :, -4:]
    np.testing.assert_array_equal(rows.argmax(axis=1), np.arange(16) // 4)
    np.testing.assert_array_equal(columns.argmax(axis=1), np.arange(16) % 4)
    with pytest.raises(ValueError, match="is missing"):
        load_feature_maps(few)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: raw[:50] + bytes([raw[50] ^ 1]) + raw[51:]])
def test_damaged_files_are_written_anew(few, damage):
    folder = scenes.scenes_folder()
    path = folder / "val2014_vgg16_fc7_pca.h5"
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert not scenes.is_whole(folder)
    scenes.scenes_folder()
    assert scenes.is_whole(folder) and len(path.read_bytes()) == len(whole)


def test_a_read_only_checkout_writes_to_the_temporary_folder(few):
    (few / "datasets").write_text("a file where the folder should be")
    assert scenes.scenes_folder().is_relative_to(few / "temporary")


def test_pictures_can_be_picked():
    three = scenes.scene_images("val", [7, 2, 7])
    assert three.shape == (3, SIDE, SIDE, 3) and three.dtype == np.uint8
    np.testing.assert_array_equal(three[0], three[2])
    np.testing.assert_array_equal(scenes.scene_images("val", [2])[0], three[1])
    with pytest.raises(ValueError, match="split must be one of"):
        scenes.scene_images("test", [0])


def test_words_are_read_without_case_and_punctuation():
    assert words_of("A dog's ball, on the half-dry GRASS!") == ["a", "dog's", "ball", "on", "the", "half-dry", "grass"]
