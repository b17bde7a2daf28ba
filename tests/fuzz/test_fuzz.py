"""A sample of damaged files for every reader of the library, and the fuzzer itself on readers with known faults."""

import io
import pickle
import zipfile
from collections import Counter

import numpy as np
import pytest
from corpus import readers, same
from damage import BYTE_WAYS, INSIDE, TEXT_WAYS, damage, zipped
from fuzz import bad, failures, names_of, row
from payloads import as_file, pickles
from sham_readers import FAULTS, WHOLE
from workers import GOOD, STATES, Outcome, Worker

READERS = readers()
SAMPLE = range(1000, 1015)  # seeds; `make fuzz` goes through 10 000
PAYLOADS = range(len(pickles("x")))


@pytest.fixture(scope="module")
def worker():
    """A process that reads what may be damaged."""
    with Worker(limit=60) as worker:
        yield worker


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_refused_or_read_right(worker, name):
    outcomes = list(worker.examine(name, SAMPLE[::READERS[name].every]))
    assert outcomes and not bad(outcomes), "\n".join(failures(outcomes))


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.pickles])
def test_a_pickle_that_would_run_code_or_eat_memory_is_refused(worker, name):
    outcomes = list(worker.examine(name, PAYLOADS))
    assert not bad(outcomes), "\n".join(failures(outcomes))
    assert sum(outcome.state == "refused" for outcome in outcomes) > 0.8 * len(outcomes)


@pytest.fixture(scope="module")
def sham():
    """A process that reads with known faults; for files this small three seconds are an age, and one is much work."""
    with Worker("sham_readers", limit=3, work=1) as worker:
        yield worker


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "runs a pickle"])
def test_a_fault_of_a_reader_is_found(sham, name):
    wanted = FAULTS[name][0]
    outcomes = list(sham.examine(name, [201]))
    assert [outcome.state for outcome in outcomes] == [wanted], outcomes
    assert bool(bad(outcomes)) == (wanted not in GOOD)


def test_a_file_on_which_hdf5_crashes_is_refused(worker):
    """The table of the chunks is cut and put together anew; h5py 3.16 with HDF5 2.0 ends the process."""
    outcome, = worker.examine("COCO features, compressed", [4500])
    assert outcome.state == "refused" and "in chunks that cannot be read" in outcome.message


def test_a_payload_that_runs_is_found(sham):
    states = Counter(outcome.state for outcome in sham.examine("runs a pickle", PAYLOADS))
    assert states["executed"] > 20, states


def test_a_worker_goes_on_after_a_crash(sham):
    states = [outcome.state for name in ("crashes", "right", "hangs", "right") for outcome in sham.examine(name, [201])]
    assert states == ["crash", "refused", "hang", "refused"]


def test_damage_can_be_repeated():
    for form in ("binary", "text", "json", "zip"):
        content = zipped([("a.json", WHOLE), ("b", b"12345")]) if form == "zip" else WHOLE * 3
        first = [damage(content, form, seed) for seed in range(300)]
        assert first == [damage(content, form, seed) for seed in range(300)]
        assert len({found.content for found in first}) > 150 and all(found.content != b"x" for found in first)
        assert any(found.sealed for found in first) == (form in INSIDE)


def test_every_way_of_damage_is_used_and_changes_something():
    used, changed = set(), set()
    for seed in range(600):
        found = damage(WHOLE * 20, "json", seed)
        used.update(found.how.split("+"))
        if "+" not in found.how and found.content != WHOLE * 20:
            changed.add(found.how)
    assert used == changed == {way.__name__ for way in (*BYTE_WAYS, *TEXT_WAYS)}


def test_an_empty_file_can_be_damaged():
    assert all(isinstance(damage(b"", form, seed).content, bytes) for form in ("binary", "json") for seed in range(300))


def test_payloads_are_what_they_seem(tmp_path):
    made = pickles(str(tmp_path / "canary"))
    assert not (tmp_path / "canary").exists()
    pickle.loads(made["os.mkdir 2"])
    assert (tmp_path / "canary").is_dir()


def test_payloads_lie_where_a_reader_meets_them():
    def inside(members):
        with zipfile.ZipFile(io.BytesIO(as_file(b"bomb", "zip", zipped(members)))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    assert as_file(b"bomb", "binary", b"") == b"bomb"
    assert inside([("net/data.pkl", b"x"), ("net/data/0", b"y")]) == {"net/data.pkl": b"bomb", "net/data/0": b"y"}
    arrays = inside([("a.npy", b"x"), ("state.json", b"{}")])
    assert arrays["state.json"] == b"{}" and arrays["a.npy"].endswith(b"bomb")
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        np.lib.format.read_array(io.BytesIO(arrays["a.npy"]), allow_pickle=False)


def test_answers_are_compared_bit_by_bit():
    a = {"x": [np.array([1.0, np.nan]), None], "y": "z"}
    assert same(a, {"x": [np.array([1.0, np.nan]), None], "y": "z"})
    for other in ({"x": a["x"]}, {"x": [np.array([1.0, np.nan], np.float32), None], "y": "z"},
                  {"x": [np.array([1.0, 2.0]), None], "y": "z"}, {"x": [a["x"][0], 0], "y": "z"}, [a]):
        assert not same(a, other)


def test_the_table():
    outcomes = [Outcome(0, "read"), Outcome(1, "crash", "file: fill", "ended"), Outcome(2, "refused")]
    counts = [str(int(state in ("read", "refused", "crash"))) for state in STATES]
    assert row("a", outcomes).split() == ["a", *counts]
    assert failures(outcomes) == ["    seed 1, file: fill\n      crash: ended"]


def test_names():
    assert names_of(["coco", "Reut"], list(READERS)) == [name for name in READERS if name.startswith(("COCO", "Reut"))]
    assert names_of([], ["a", "b"]) == ["a", "b"]
    with pytest.raises(SystemExit, match="no reader is called 'x'; there are a, b"):
        names_of(["x"], ["a", "b"])
