"""Pickles that are damaged or would run code must end in a ValueError; nothing named in a file is ever called."""

import os
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs182lib.data import batch_files
from cs182lib.data.batch_files import read_pickled_batch
from cs182lib.data.dataset import Dataset


class Runs:
    """Pickles to a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def marker_writers(marker):
    """Return objects whose unpickling would create the file `marker`."""
    return [Runs(os.system, f"touch {marker}"), Runs(os.mkdir, str(marker)), Runs(open, str(marker), "w"),
            Runs(eval, f"open({str(marker)!r}, 'w')"), Runs(exec, f"open({str(marker)!r}, 'w')"),
            Runs(np.save, str(marker), 1), Runs(getattr, Dataset, "__init__")]


@pytest.mark.parametrize("k", range(7))
@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("place", ["whole", "labels", "data"])
def test_a_pickle_that_runs_code_is_refused_and_runs_nothing(pickled, tmp_path, k, protocol, place):
    marker = tmp_path / "it_ran"
    bomb = marker_writers(marker)[k]
    batch = bomb if place == "whole" else {b"data": b"", b"labels": [], place.encode(): bomb}
    path = pickled / "data_batch_1"
    path.write_bytes(pickle.dumps(batch, protocol=protocol))
    with pytest.raises(ValueError, match="was not loaded: it asks for .*, which no CIFAR-10 file needs"):
        read_pickled_batch(path)
    assert not list(tmp_path.glob("it_ran*"))


def test_the_bombs_of_this_test_do_go_off_elsewhere(tmp_path):
    marker = tmp_path / "it_ran"
    pickle.loads(pickle.dumps(marker_writers(marker)[1]))
    assert marker.exists()


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("as_text", [True, False])
def test_pickles_written_by_python_3_are_read(cifar, pickled, protocol, as_text):
    X, y = cifar["data_batch_2"]
    keys = ("data", "labels") if as_text else (b"data", b"labels")
    path = pickled / "again"
    path.write_bytes(pickle.dumps(dict(zip(keys, (X.reshape(len(X), -1), y.tolist()))), protocol=protocol))
    got_X, got_y = read_pickled_batch(path)
    np.testing.assert_array_equal(got_X, X)
    np.testing.assert_array_equal(got_y, y)


GOOD = np.zeros((20, 3072), np.uint8)


@pytest.mark.parametrize(("batch", "message"), [
    ([1, 2], "holds a list, expected a dict"), ({}, "b'data' must be"),
    ({b"data": GOOD[:19], b"labels": [0] * 20}, r"b'data' must be an array of 20 x 3072 bytes, .*\(19, 3072\)"),
    ({b"data": GOOD.astype(np.int64), b"labels": [0] * 20}, "not one of bytes"),
    ({b"data": np.array([[{}]]), b"labels": [0] * 20}, "not one of bytes"),
    ({b"data": np.asfortranarray(GOOD), b"labels": [0] * 20}, "not one of bytes"),
    ({b"data": GOOD.tobytes(), b"labels": [0] * 20}, "b'data' must be"),
    ({b"data": GOOD}, "b'labels' must be a list of 20 whole numbers"),
    ({b"data": GOOD, b"labels": [0] * 19}, "b'labels' must be a list of 20"),
    ({b"data": GOOD, b"labels": [0.5] * 20}, "b'labels' must be a list of 20"),
    ({b"data": GOOD, b"labels": [0] * 19 + [10]}, "labels from 0 to 10, expected 0 to 9"),
    ({b"data": GOOD, b"labels": [0] * 19 + [-1]}, "labels from -1 to 0"),
    ({b"data": GOOD, b"labels": [0] * 19 + [2**70]}, "expected 0 to 9")])
def test_a_pickle_that_holds_something_else(pickled, batch, message):
    path = pickled / "data_batch_1"
    path.write_bytes(pickle.dumps(batch, protocol=2))
    with pytest.raises(ValueError, match=message):
        read_pickled_batch(path)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x80\x02", b"\x80\xff", b"garbage" * 100])
def test_a_file_that_is_no_pickle(pickled, content):
    (pickled / "data_batch_1").write_bytes(content)
    with pytest.raises(ValueError, match="is not a CIFAR-10 file and was not loaded: .*; fetch the data again"):
        read_pickled_batch(pickled / "data_batch_1")


def test_a_truncated_pickle(pickled):
    path = pickled / "data_batch_1"
    whole = path.read_bytes()
    for size in range(0, len(whole), 997):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="was not loaded"):
            read_pickled_batch(path)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_are_read_or_refused(pickled, flips):
    """Only ValueError may come; where the file still reads, it reads to pictures. The pixels themselves are spared."""
    path = pickled / "data_batch_4"
    whole = bytearray(path.read_bytes())
    grammar = [i for i in range(len(whole)) if i < 300 or i > len(whole) - 600]
    for where, change in flips:
        whole[grammar[where % len(grammar)]] ^= change
    damaged = pickled / "damaged"
    damaged.write_bytes(whole)
    try:
        X, y = read_pickled_batch(damaged)
    except ValueError:
        return
    assert X.shape == (batch_files.RECORDS, 3, 32, 32) and X.dtype == np.uint8 and y.max() < 10
