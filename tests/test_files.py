"""Readers of files that may be damaged: checksums are compared, errors name the file, and nothing is half read."""

import io
import json
import os
import platform
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from cs182lib.files import (
    LONGEST,
    brief,
    parse_json,
    read_json,
    read_npz,
    read_text,
    read_torch,
    reason,
    refusing,
    replacing,
    scratch_folder,
    write_whole,
)


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError("deep"), MemoryError(), ZeroDivisionError(),
                                   OSError(5, "e")])
def test_any_error_becomes_one_that_names_the_file(error):
    with pytest.raises(ValueError, match="a.bin cannot be read and may be damaged .*; fetch it again") as caught:
        with refusing("a.bin", "fetch it again"):
            raise error
    assert type(caught.value) is ValueError and caught.value.__cause__ is error


def test_a_missing_file_stays_one_and_the_class_can_be_chosen(tmp_path):
    class OurError(ValueError):
        pass

    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "nowhere.json", "write it")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(OurError, match=r"a\.json cannot be read"):
        read_json(tmp_path / "a.json", "write it", OurError)


def test_a_reason_is_one_short_line_that_can_be_printed():
    assert reason(KeyError()) == "KeyError" and reason(ValueError("a\n  b")) == "a b"
    assert len(reason(ValueError("x" * 5000))) == LONGEST + 4
    reason(ValueError("\ud800 \x00 \x1b[1m")).encode("ascii", "replace")
    assert "\ud800" not in reason(ValueError("\ud800")) and "\x1b" not in reason(ValueError("\x1b"))
    assert brief([1, 2]) == "[1, 2]" and len(brief("x" * 999)) < 100


def test_what_pytorch_advises_is_not_passed_on():
    advice = "Re-running with `weights_only` set to `False` will succeed\nWeightsUnpickler error: bad\nx"
    assert reason(RuntimeError(advice)) == "bad"


def test_text_in_another_encoding(tmp_path):
    (tmp_path / "a.txt").write_bytes("Grüße\n".encode())
    assert read_text(tmp_path / "a.txt", "save it as UTF-8") == "Grüße\n"
    (tmp_path / "a.txt").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(ValueError, match=r"a\.txt .*no text in UTF-8.*; save it as UTF-8"):
        read_text(tmp_path / "a.txt", "save it as UTF-8")


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "1e999", '"\\ud800"', '{"\\uDC00": 1}', "9" * 5000,
                                  "[" * 100000, "{", "", "\ufeff1"])
def test_json_that_is_none(text, tmp_path):
    with pytest.raises((ValueError, RecursionError)):
        parse_json(text)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.json cannot be read and may be damaged .*; write it again"):
        read_json(tmp_path / "a.json", "write it again")


def test_json_that_is_in_order():
    value = {"a": [1, -2.5, 1e300, None, True], "smile": "\U0001f600", "line": "a\u2028b\x00"}
    for ascii_only in (True, False):
        assert parse_json(json.dumps(value, ensure_ascii=ascii_only)) == value
    assert parse_json(b'"\xc3\xa9"') == "é" and isinstance(parse_json("0.5"), float)


@pytest.fixture
def archive(tmp_path):
    """An .npz file with two arrays."""
    np.savez(tmp_path / "a.npz", X=np.arange(5000.0), y=np.array([1, 2]))
    return tmp_path / "a.npz"


def test_npz(archive):
    found = read_npz(archive)
    assert list(found) == ["X", "y"] and found["y"].tolist() == [1, 2] and found["X"].dtype == float
    assert list(read_npz(archive, ["y"])) == ["y"]
    with pytest.raises(KeyError):
        read_npz(archive, ["z"])


def test_npz_with_a_header_that_asks_for_less_is_refused(archive):
    content = archive.read_bytes()
    assert content.count(b"(5000,)") == 1
    archive.write_bytes(content.replace(b"(5000,)", b"(1000,)"))
    with np.load(archive) as stored:
        assert stored["X"].shape == (1000,)  # NumPy's own reader: the checksum is never compared
    with pytest.raises(ValueError, match="X.npy is longer than its array"):
        read_npz(archive)


@pytest.mark.parametrize("bit", range(0, 8, 3))
def test_npz_with_another_number_is_refused(archive, bit):
    content = bytearray(archive.read_bytes())
    content[content.index(np.arange(5000.0).tobytes()) + 100] ^= 1 << bit
    archive.write_bytes(content)
    with pytest.raises(zipfile.BadZipFile, match="Bad CRC-32"):
        read_npz(archive)


def test_npz_holds_arrays_alone(archive):
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("state.json", "{}")
    assert list(read_npz(archive, besides=("state.json",))) == ["X", "y"]
    with pytest.raises(ValueError, match="state.json"):
        read_npz(archive)
    np.savez(archive, X=np.array([{}], object))
    with pytest.raises(ValueError, match="Object arrays"):
        read_npz(archive)


@pytest.mark.parametrize("new_form", [True, False])
def test_torch(tmp_path, new_form):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.arange(3.0)}, path, _use_new_zipfile_serialization=new_form)
    for source in (path, io.BytesIO(path.read_bytes())):
        assert read_torch(source)["w"].tolist() == [0, 1, 2]


def test_torch_with_another_number_is_refused(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.arange(100.0)}, path)
    content = bytearray(path.read_bytes())
    content[content.index(torch.arange(100.0).numpy().tobytes()) + 50] ^= 1
    path.write_bytes(content)
    assert torch.load(path, weights_only=True)["w"].shape == (100,)  # PyTorch's own reader does not see it
    with pytest.raises((ValueError, zipfile.BadZipFile), match="checksum of .*/data/0 is wrong"):
        read_torch(path)


def test_torch_with_a_tensor_marked_as_a_folder_is_refused(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.arange(100.0)}, path)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\1\2", 0, content.rindex(b"/data/0"))  # in the directory at the end
    content[entry + 38] |= 0x10
    path.write_bytes(content)
    with pytest.raises(ValueError, match="/data/0'.* is marked as a folder"):
        read_torch(path)


@pytest.mark.parametrize("content, stored", [("grün\n", "grün\n".encode()), (b"\r\n\0", b"\r\n\0")])
def test_a_file_is_written_whole_or_not_at_all(content, stored, tmp_path, monkeypatch):
    path = tmp_path / "new" / "a.txt"
    write_whole(path, content)
    assert path.read_bytes() == stored and list(path.parent.iterdir()) == [path]

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cs182lib.files.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "other")
    assert path.read_bytes() == stored and list(path.parent.iterdir()) == [path]


@pytest.fixture(scope="module")
def gone():
    """Return the number of a process that is gone."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def made(folder, *names):
    """Make empty files of these names; return their paths."""
    paths = [folder / name for name in names]
    for path in paths:
        path.touch()
    return paths


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path, gone):
    here, there = platform.node(), "another.machine"
    dead, old, *kept = made(tmp_path, f".a.txt.{here}.{gone}.part", f".a.txt.{there}.1.part", f".a.txt.{there}.2.part",
                            f".a.txt.{here}.{os.getppid()}.part", f".b.txt.{here}.{gone}.part", "a.txt.part")
    os.utime(old, (time.time() - 90000,) * 2)
    write_whole(tmp_path / "a.txt", "whole")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a.txt", *kept])


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_temporary_folder_goes_at_the_end_or_when_the_next_one_comes(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    script = ("import os\nfrom cs182lib.files import scratch_folder\n"
              "with scratch_folder('a') as folder:\n    print(folder, flush=True)\n    os._exit(9)")
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          env={**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)})
    left = Path(said.stdout.strip())
    (left / "file").touch()
    with scratch_folder("b"), scratch_folder("a") as first, scratch_folder("a") as second:
        assert first != second and first.is_dir() and second.is_dir() and not left.exists()
    assert list(tmp_path.iterdir()) == []
