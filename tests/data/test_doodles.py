import hashlib

import numpy as np
import pytest

from cs182lib.data import CLASS_NAMES, get_CIFAR10_data, load_cifar10_uint8, make_doodles
from cs182lib.data.standins import cache
from cs182lib.data.standins.doodles import CLASSES
from cs182lib.data.standins.shapes import SIZE, Pen, RawBits

FEW = "2ab480775119978ea3111e90a9c0f73285bdbd60eb7fa9edbde7c685cc1b3487"  # SHA-256 of 300 doodles of seed 7


@pytest.fixture
def standin(monkeypatch, tmp_path):
    """An empty data folder, the stand-in forced; the temporary folder is a fresh one too."""
    monkeypatch.setenv("CS182_DATA", "embedded")
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path / "datasets"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # for processes that a test starts
    return tmp_path


@pytest.fixture
def few(monkeypatch, standin):
    """As `standin`, with a stand-in of a few doodles only; returns the list of calls that drew them."""
    calls = []

    def draw(n, seed):
        calls.append((n, seed))
        return make_doodles(n, seed)

    monkeypatch.setattr(cache, "TRAINING", 60)
    monkeypatch.setattr(cache, "TEST", 20)
    (X, y), (X_test, y_test) = make_doodles(60, 1), make_doodles(20, 2)
    monkeypatch.setattr(cache, "FINGERPRINT", cache.fingerprint(X, y.astype(np.uint8), X_test, y_test.astype(np.uint8)))
    monkeypatch.setattr(cache, "make_doodles", draw)
    return calls


def test_the_same_bytes_on_every_machine():
    X, y = make_doodles(300, seed=7)
    assert hashlib.sha256(X.tobytes() + y.astype("<i8").tobytes()).hexdigest() == FEW


def test_the_whole_standin_has_the_known_fingerprint_and_takes_little_memory(peak_of_loading, standin):
    """A fresh process draws and caches it; here it comes from that cache, which counts only with that fingerprint."""
    folder = standin / "datasets"
    assert peak_of_loading(CS182_DATA="embedded", CS182_DATASETS=str(folder)) < 900_000
    assert cache.read_cache(folder / "standins" / f"doodles-{cache.FINGERPRINT}.npz") is not None
    data = load_cifar10_uint8()
    assert data.fingerprint == cache.FINGERPRINT and data["X_train"].shape == (cache.TRAINING, 3, 32, 32)
    assert data.is_standin and data.source == "doodles (stand-in)" and CLASS_NAMES == CLASSES
    assert data["X_train"].dtype == np.uint8 and data["y_train"].dtype == np.int64


def test_doodles_are_uint8_pictures_as_many_of_each_class():
    X, y = make_doodles(400, seed=3)
    assert X.shape == (400, 3, 32, 32) and X.dtype == np.uint8 and y.dtype == np.int64
    assert np.bincount(y).tolist() == [40] * 10
    assert len(np.unique(X.reshape(400, -1), axis=0)) == 400  # no picture twice
    assert X.std(axis=(1, 2, 3)).min() > 5  # none is blank
    assert np.any(y[:200] != np.sort(y)[:200])  # shuffled


def test_other_seeds_draw_other_pictures():
    assert not np.array_equal(make_doodles(40, 1)[0], make_doodles(40, 2)[0])
    assert np.array_equal(make_doodles(40, 1)[0], make_doodles(40, 1)[0])


def test_on_the_standin_numbers_are_capped(few):
    data = get_CIFAR10_data(dtype=np.float32, num_validation=10)
    assert [len(data["X_" + part]) for part in ("train", "val", "test")] == [50, 10, 20]
    assert data.is_standin and abs(data["X_train"].mean(axis=0)).max() < 1e-3
    assert len(get_CIFAR10_data(num_training=12, num_validation=10)["X_train"]) == 12
    with pytest.raises(ValueError, match="num_training must be at least 1"):
        get_CIFAR10_data(0, 10)


def test_doodles_are_drawn_once_and_cached(few, standin):
    first = load_cifar10_uint8()
    second = load_cifar10_uint8()
    assert few == [(60, 1), (20, 2)] and first.fingerprint == second.fingerprint
    np.testing.assert_array_equal(first["X_train"], second["X_train"])
    assert [path.name for path in (standin / "datasets" / "standins").iterdir()] == [f"doodles-{cache.FINGERPRINT}.npz"]


@pytest.mark.parametrize("damage", [
    lambda raw: b"", lambda raw: raw[:1000], lambda raw: raw[:-1], lambda raw: b"no zip",
    lambda raw: raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:]])
def test_a_damaged_cache_is_drawn_anew(few, standin, damage):
    load_cifar10_uint8()
    path, = (standin / "datasets" / "standins").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert load_cifar10_uint8().fingerprint == cache.FINGERPRINT
    assert len(few) == 4
    load_cifar10_uint8()
    assert len(few) == 4


def test_a_cache_of_other_pictures_is_not_believed(few, standin):
    arrays = [np.zeros((60, 3, 32, 32), np.uint8), np.zeros(60, np.uint8)] * 2
    cache.write_cache(standin / "datasets" / "standins" / f"doodles-{cache.FINGERPRINT}.npz", arrays)
    assert load_cifar10_uint8().fingerprint == cache.FINGERPRINT


def test_a_cache_that_holds_pickles_is_not_opened(few, standin):
    path = standin / "datasets" / "standins" / f"doodles-{cache.FINGERPRINT}.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, **dict.fromkeys(cache.NAMES, np.array([print], dtype=object)))
    assert load_cifar10_uint8().fingerprint == cache.FINGERPRINT


def test_a_read_only_checkout_caches_in_the_temporary_folder(few, standin, monkeypatch):
    (standin / "datasets").write_text("a file where the folder should be: nothing can be written below")
    load_cifar10_uint8()
    load_cifar10_uint8()
    assert len(few) == 2 and len(list((standin / "temporary").rglob("*.npz"))) == 1


def test_nowhere_to_cache_is_no_error(few, standin):
    (standin / "datasets").write_text("")
    (standin / "temporary").write_text("")
    assert load_cifar10_uint8().fingerprint == cache.FINGERPRINT


def test_a_full_disk_leaves_no_half_written_cache(few, standin, monkeypatch):
    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.np, "savez", full_disk)
    assert load_cifar10_uint8().fingerprint == cache.FINGERPRINT
    assert [path for path in standin.rglob("*") if path.is_file()] == []


def test_bits_have_the_distributions_they_claim():
    bits = RawBits(1)
    draws = bits.uniform(-2, 3, 20000)
    assert draws.shape == (20000, 1, 1) and draws.dtype == np.float32
    assert -2 <= draws.min() < -1.99 and 2.99 < draws.max() < 3
    assert abs(draws.mean(dtype=np.float64) - 0.5) < 0.05
    assert np.bincount(bits.below(7, 7000), minlength=7).min() > 850
    assert set(np.unique(bits.chance(0.25, 4000))) == {0, 1}
    assert abs(bits.chance(0.25, 4000).mean(dtype=np.float64) - 0.25) < 0.03
    assert sorted(bits.shuffled(np.arange(50))) == list(range(50))
    assert len(bits.bytes(13)) == 13


@pytest.fixture
def pen():
    step = np.linspace(-2, 2, SIZE, dtype=np.float32)
    x, y = np.meshgrid(step, step)
    image = np.zeros((1, 3, SIZE, SIZE), np.float32)
    return Pen(image, x[None], y[None], np.float32(4 / 31), np.zeros((1, 3, 1, 1), np.float32))


def nearest(pen, inside):
    """Return the distance of every fourth pixel to a shape by brute force: to the nearest point of the other side."""
    step = np.linspace(-3, 3, 241)
    u, v = (a.ravel() for a in np.meshgrid(step, step))
    points = inside(u, v)
    x, y = pen.x[0, ::4, ::4].ravel()[:, None], pen.y[0, ::4, ::4].ravel()[:, None]
    to = [np.sqrt(((x - u[side]) ** 2 + (y - v[side]) ** 2).min(axis=1)) for side in (points, ~points)]
    return np.where(inside(x, y).ravel(), -to[1], to[0]).reshape(8, 8)


def test_distances_agree_with_brute_force(pen):
    for distance, inside in (
            (pen.ellipse(0.3, -0.2, 0.9, 0.9), lambda x, y: (x - 0.3) ** 2 + (y + 0.2) ** 2 <= 0.81),
            (pen.box(0.1, 0.4, 1.2, 0.5), lambda x, y: (abs(x - 0.1) <= 1.2) & (abs(y - 0.4) <= 0.5)),
            (pen.line(-0.8, -0.5, 0.9, 0.4, 0.3), lambda x, y: (
                (x + 0.8 - 1.7 * (t := np.clip(((x + 0.8) * 1.7 + (y + 0.5) * 0.9) / 3.7, 0, 1))) ** 2
                + (y + 0.5 - 0.9 * t) ** 2 <= 0.09))):
        np.testing.assert_allclose(distance[0, ::4, ::4], nearest(pen, inside), atol=0.03)


def test_a_polygon_is_negative_exactly_inside(pen):
    distance = pen.polygon((-1, -1), (1.2, -0.7), (0.1, 1.1))
    below = lambda ax, ay, bx, by: (bx - ax) * (pen.y - ay) - (by - ay) * (pen.x - ax) > 0  # noqa: E731
    inside = below(-1, -1, 1.2, -0.7) & below(1.2, -0.7, 0.1, 1.1) & below(0.1, 1.1, -1, -1)
    np.testing.assert_array_equal(distance < 0, inside)
    assert abs(distance[0, 0, 16] - (-2 + 1) * -1) < 0.4  # above the flat side, the distance to its line


def test_filling_covers_the_area_of_the_shape(pen):
    pen.fill(pen.ellipse(0.0, 0.0, 1.0, 1.0), np.full((1, 3, 1, 1), 100, np.float32))
    area = pen.image[0, 0].sum(dtype=np.float64) / 100 * (4 / 31) ** 2
    assert abs(area - np.pi) < 0.02
    assert pen.image.min() == 0 and pen.image.max() == 100
