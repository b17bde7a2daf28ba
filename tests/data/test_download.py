"""Fetch from a local server that misbehaves in every way we know of; `datasets/` must come through untouched."""

import errno
import hashlib
import http.server
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest

from cs182lib.data import download
from cs182lib.data.archives import ARCHIVES, Archive
from cs182lib.data.dataset import datasets_folder
from cs182lib.data.download import DownloadError, fetch
from cs182lib.workbook.paths import ROOT

CONTENT = bytes(range(256)) * 400
FILES = ("data_batch_1.bin", "test_batch.bin")


def plain_member(name, content=CONTENT):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def special_member(name, kind, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member, b""


def make_tar(*extra, names=FILES):
    """Return the bytes of an archive of `names` in the folder `pictures`, and the extra members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as tar:
        for member, content in [*(plain_member(f"pictures/{name}") for name in names), *extra]:
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serve server.content in the way that the path names; note every request."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        getattr(self, "serve_" + self.path.strip("/"))(self.server.content)

    def answer(self, body, status=200, kind="application/gzip", announce=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if announce != "nothing":
            self.send_header("Content-Length", str(announce or len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def asked_from(self):
        return int(re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-")).group(1))

    def serve_good(self, content, stop=None):
        start = self.asked_from()
        body, left = content[start:stop], len(content) - start
        if start:
            self.answer(body, 206, announce=left, Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.answer(body, announce=left)

    def serve_dropping(self, content):  # a third of the file at a time, then the connection ends
        self.serve_good(content, self.asked_from() + len(content) // 3 + 1)

    def serve_deaf(self, content):  # ignores Range; drops the first connection
        first = self.server.requests.count(("/deaf", None)) == 1 and "Range" not in self.headers
        self.answer(content[:len(content) // 2] if first else content, announce=len(content))

    def serve_slow(self, content):  # a few bytes at a time, for longer than anybody waits
        self.answer(b"", announce=len(content))
        for k in range(1000):
            if self.server.stop.wait(0.05):
                return
            self.wfile.write(content[3 * k:3 * k + 3])

    def serve_silent(self, content):  # sends the headers and nothing more
        self.answer(b"", announce=len(content))
        self.server.stop.wait(20)

    def serve_html(self, content):
        self.answer(b"<html>We are sorry</html>", kind="text/html")

    def serve_html_unannounced(self, content):
        self.answer(b"<html>We are sorry</html>", kind="text/html", announce="nothing")

    def serve_unavailable(self, content):
        self.answer(b"<html>Come back later</html>", 503, kind="text/html")

    def serve_gone(self, content):
        self.answer(b"", 404)

    def serve_truncated(self, content):  # a shorter file, honestly announced
        self.answer(content[:-100])

    def serve_tampered(self, content):
        self.answer(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])

    def serve_endless(self, content):
        self.answer(content * 2, announce="nothing")

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what these tests are about


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "PAUSES", (0.01, 0.01))
    with Server(("127.0.0.1", 0), Handler) as server:
        server.content, server.requests, server.stop = make_tar(), [], threading.Event()
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.stop.set()
        server.shutdown()


@pytest.fixture
def datasets(tmp_path):
    """A folder that already holds something: it must never change."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious.txt").write_text("keep me")
    return tmp_path


def offer(monkeypatch, server, *ways, sha256=None):
    """Offer server.content under the name `pictures` from mirrors that behave in these ways."""
    urls = tuple(way if "//" in way else f"http://127.0.0.1:{server.server_port}/{way}" for way in ways)
    sha256 = sha256 or hashlib.sha256(server.content).hexdigest()
    monkeypatch.setitem(ARCHIVES, "pictures", Archive(urls, len(server.content), sha256, "pictures", FILES))


def snapshot(folder):
    """Return every path in the folder with its bytes, but for what waits to be resumed."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*")) if ".download" not in path.parts}


def fails(datasets, match, **options):
    """Assert that fetching fails with a message that matches, and changes nothing."""
    before = snapshot(datasets)
    with pytest.raises(DownloadError, match=match) as caught:
        fetch("pictures", datasets, **options)
    assert snapshot(datasets) == before
    assert not (datasets / ".download" / "unpacked").exists()
    return str(caught.value)


def arrived(datasets):
    """Assert that the pictures are in place and nothing but them is new."""
    assert {path.name: path.read_bytes() for path in (datasets / "pictures").iterdir()} == dict.fromkeys(FILES, CONTENT)
    assert sorted(path.name for path in datasets.iterdir()) == ["other", "pictures"]


def waiting(datasets):
    """Return the size of the file that waits to be resumed, 0 where there is none."""
    part = datasets / ".download" / "pictures.part"
    return part.stat().st_size if part.exists() else 0


def test_a_good_server(monkeypatch, server, datasets, capsys):
    offer(monkeypatch, server, "good")
    assert fetch("pictures", datasets) == datasets / "pictures"
    arrived(datasets)
    assert server.requests == [("/good", None)]
    assert capsys.readouterr().err == ""  # not a terminal: no progress line


def test_data_already_there_are_left_alone(monkeypatch, server, datasets, capsys):
    offer(monkeypatch, server, "good")
    (datasets / "pictures").mkdir()
    for name in FILES:
        (datasets / "pictures" / name).write_text("mine")
    before = snapshot(datasets)
    fetch("pictures", datasets)
    assert "already" in capsys.readouterr().out and server.requests == [] and snapshot(datasets) == before
    fetch("pictures", datasets, again=True)
    arrived(datasets)


def test_half_a_folder_is_replaced(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good")
    (datasets / "pictures").mkdir()
    (datasets / "pictures" / FILES[0]).write_text("half")
    fetch("pictures", datasets)
    arrived(datasets)


def test_a_dropped_connection_is_resumed(monkeypatch, server, datasets):
    offer(monkeypatch, server, "dropping")
    fetch("pictures", datasets)
    arrived(datasets)
    third = len(server.content) // 3 + 1
    assert [asked for _, asked in server.requests] == [None, f"bytes={third}-", f"bytes={2 * third}-"]


def test_a_server_that_ignores_range_is_read_from_the_start(monkeypatch, server, datasets):
    offer(monkeypatch, server, "deaf")
    fetch("pictures", datasets)
    arrived(datasets)
    assert server.requests[1] == ("/deaf", f"bytes={len(server.content) // 2}-")


def test_the_second_mirror_serves_when_the_first_is_dead(monkeypatch, server, datasets):
    with Server(("127.0.0.1", 0), Handler) as closed:
        dead = f"http://127.0.0.1:{closed.server_port}/good"
    offer(monkeypatch, server, dead, "gone", "tampered", "good")
    fetch("pictures", datasets)
    arrived(datasets)


def test_what_one_mirror_began_another_ends(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good")
    (datasets / ".download").mkdir()
    (datasets / ".download" / "pictures.part").write_bytes(server.content[:5000])
    fetch("pictures", datasets)
    arrived(datasets)
    assert server.requests == [("/good", "bytes=5000-")]


@pytest.mark.parametrize("size", [5000, 10**6])
def test_a_damaged_leftover_costs_one_more_try(monkeypatch, server, datasets, size):
    offer(monkeypatch, server, "good")
    (datasets / ".download").mkdir()
    (datasets / ".download" / "pictures.part").write_bytes(b"x" * size)
    fetch("pictures", datasets)
    arrived(datasets)


@pytest.mark.parametrize(("way", "message"), [
    ("html", "25 bytes of text/html"), ("html_unannounced", "text/html"), ("unavailable", "503"), ("gone", "404"),
    ("truncated", "bytes of application/gzip, expected"), ("tampered", "wrong content"), ("endless", "more than")])
def test_wrong_answers_are_refused(monkeypatch, server, datasets, way, message):
    offer(monkeypatch, server, way)
    text = fails(datasets, message)
    assert f"/{way}" in text and "run the command again" in text and "generated data" in text
    if way != "endless":
        assert waiting(datasets) == 0
    assert len(server.requests) == (2 if way == "unavailable" else 1)  # only what may pass is tried again


def test_a_tampered_archive_that_was_resumed_is_deleted(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good", sha256="0" * 64)
    fails(datasets, "wrong content")
    assert waiting(datasets) == 0


@pytest.mark.parametrize("way", ["slow", "silent"])
def test_a_stalled_server_is_given_up(monkeypatch, server, datasets, way):
    monkeypatch.setattr(download, "STALL", 0.2)
    offer(monkeypatch, server, way)
    start = time.monotonic()
    fails(datasets, "stalled|timed out|connection broke")
    assert time.monotonic() - start < 10


def test_time_is_up(monkeypatch, server, datasets):
    offer(monkeypatch, server, "slow")
    start = time.monotonic()
    fails(datasets, "time is up with .* --minutes", minutes=0.3 / 60)
    assert time.monotonic() - start < 5
    assert 0 < waiting(datasets) < 100  # what came is kept, and resumed by the next run
    offer(monkeypatch, server, "good")
    fetch("pictures", datasets)
    arrived(datasets)


OUTSIDE = [
    *(plain_member(name) for name in ("../escaped", "pictures/../../escaped", "/tmp/escaped", "escaped", "C:\\escaped",
                                      "pictures/..\\..\\escaped", "pictures/C:escaped")),
    special_member("pictures/link", tarfile.SYMTYPE, "/etc/passwd"),
    special_member("pictures/link", tarfile.LNKTYPE, "../../escaped"),
    special_member("pictures/fifo", tarfile.FIFOTYPE), special_member("pictures/device", tarfile.CHRTYPE)]


@pytest.mark.parametrize("member", OUTSIDE, ids=lambda member: member[0].name + str(member[0].type))
def test_an_archive_that_reaches_outside_is_refused(monkeypatch, server, datasets, member):
    server.content = make_tar(member)
    offer(monkeypatch, server, "good")
    inside = datasets / "inside"
    inside.mkdir()
    fails(inside, "not a plain file in pictures; nothing was unpacked")
    assert not list(datasets.rglob("*escaped*")) and not Path("/tmp/escaped").exists()


def offer_flat(monkeypatch, server, *extra):
    """Offer an archive whose files lie in no folder, with a leading "./" or without."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as tar:
        for number, name in enumerate(FILES):
            member, content = plain_member(("./" if number % 2 else "") + name)
            tar.addfile(member, io.BytesIO(content))
        for member, content in extra:
            tar.addfile(member, io.BytesIO(content))
    server.content = buffer.getvalue()
    offer(monkeypatch, server, "good")
    monkeypatch.setitem(ARCHIVES, "pictures", ARCHIVES["pictures"]._replace(flat=True))


def test_an_archive_without_a_folder_gets_one(monkeypatch, server, datasets):
    offer_flat(monkeypatch, server)
    assert fetch("pictures", datasets) == datasets / "pictures"
    arrived(datasets)


@pytest.mark.parametrize("member", [member for member in OUTSIDE if member[0].name != "escaped"],
                         ids=lambda member: member[0].name + str(member[0].type))
def test_an_archive_without_a_folder_that_reaches_outside_is_refused(monkeypatch, server, datasets, member):
    offer_flat(monkeypatch, server, member)
    fails(datasets, "not a plain file in pictures; nothing was unpacked")
    assert not list(datasets.rglob("*escaped*")) and not Path("/tmp/escaped").exists()


def test_an_archive_that_lacks_a_file_is_refused(monkeypatch, server, datasets):
    server.content = make_tar(names=FILES[:1])
    offer(monkeypatch, server, "good")
    fails(datasets, "lacks test_batch.bin")


@pytest.mark.parametrize("content", [b"not an archive at all" * 50, make_tar()[:-20000]])
def test_a_file_that_is_no_archive_is_refused(monkeypatch, server, datasets, content):
    server.content = content
    offer(monkeypatch, server, "good")
    fails(datasets, "cannot be unpacked")


def full_disk(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_disk_is_full_while_fetching(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good")

    class FullFile(io.FileIO):
        write = full_disk

    monkeypatch.setattr(download, "open", lambda path, mode: FullFile(path, mode), raising=False)
    fails(datasets, "disk of .* is full; free some space")
    assert len(server.requests) == 1


def test_the_disk_is_full_while_unpacking(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good")
    with monkeypatch.context() as patch:
        patch.setattr(download.shutil, "copyfileobj", full_disk)
        fails(datasets, "disk of .* is full; free some space")
    fetch("pictures", datasets)  # space was made: nothing is fetched twice
    arrived(datasets)
    assert len(server.requests) == 1


def test_too_little_space_is_noticed_beforehand(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good")
    usage = download.shutil.disk_usage(datasets)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    fails(datasets, "disk of .* is full")
    assert server.requests == []


def test_old_data_come_back_when_the_renaming_fails(monkeypatch, server, datasets):
    offer(monkeypatch, server, "good")
    (datasets / "pictures").mkdir()
    (datasets / "pictures" / FILES[0]).write_text("old")
    replace = download.os.replace

    def refuse_new(source, target):
        if Path(source).parent.name == "unpacked":
            raise PermissionError(errno.EACCES, "in use")
        replace(source, target)

    monkeypatch.setattr(download.os, "replace", refuse_new)
    fails(datasets, "cannot write in")


def test_a_file_that_is_no_archive_is_kept_as_it_comes(monkeypatch, server, datasets):
    file = Archive((f"http://127.0.0.1:{server.server_port}/dropping",), len(server.content),
                   hashlib.sha256(server.content).hexdigest(), "", ("weights.pth",))
    monkeypatch.setitem(ARCHIVES, "weights", file)
    assert fetch("weights", datasets) == datasets and len(server.requests) == 3
    assert (datasets / "weights.pth").read_bytes() == server.content
    assert sorted(path.name for path in datasets.iterdir()) == ["other", "weights.pth"]
    fetch("weights", datasets)
    assert len(server.requests) == 3
    (datasets / "weights.pth").write_bytes(b"mine")
    server.content = server.content[::-1]  # another file of the same size
    with pytest.raises(DownloadError, match="wrong content"):
        fetch("weights", datasets, again=True)
    assert (datasets / "weights.pth").read_bytes() == b"mine"


def test_the_command_line(monkeypatch, server, datasets, capsys):
    offer(monkeypatch, server, "good")
    assert download.main(["pictures", "--folder", str(datasets)]) == 0
    arrived(datasets)
    assert download.main(["nonsense"]) == 1
    assert "name must be one of cifar10, cifar10-pickled" in capsys.readouterr().err


def test_the_module_runs_without_a_warning():
    result = subprocess.run([sys.executable, "-W", "error", "-m", "cs182lib.data.download", "--help"],
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and "cifar10-pickled" in result.stdout and result.stderr == ""


def test_the_table_of_archives_is_well_formed():
    for archive in ARCHIVES.values():
        large = archive.size > 10**8
        assert len(archive.urls) >= 1 + large and all(url.startswith("https://") for url in archive.urls)
        assert re.fullmatch("[0-9a-f]{64}", archive.sha256) and archive.size > 10**6 and archive.files
        assert archive.folder or archive.urls[0].endswith("/" + archive.files[0])


def test_the_checksum_agrees_with_the_digits_in_the_files_name():
    archive = ARCHIVES["squeezenet1_1"]
    assert archive.files[0] == f"squeezenet1_1-{archive.sha256[:8]}.pth"


@pytest.mark.parametrize("name", ["imagenet_val_25", "squeezenet1_1"])
def test_files_that_are_here_are_those_of_the_table(name):
    archive = ARCHIVES[name]
    path = datasets_folder() / archive.files[0]
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the data folder")
    content = path.read_bytes()
    assert len(content) == archive.size and hashlib.sha256(content).hexdigest() == archive.sha256


PYTHON3 = """#!/bin/sh
case "$*" in
  -c*) exit "$LACKS" ;;
  *) echo "fetched by $0: $*" ;;
esac
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_the_script_asks_for_the_set_up_where_python3_has_no_numpy(tmp_path):
    script, python = shutil.copy(ROOT / "get_datasets.sh", tmp_path), tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(PYTHON3)
    python.chmod(0o755)

    def call(lacks):
        environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}", "LACKS": str(lacks)}
        done = subprocess.run(["sh", script, "cifar10"], env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    assert call(lacks=1) == (1, "", "python3 has no NumPy; set up first: make setup\n")
    assert call(lacks=0) == (0, f"fetched by {python}: -m cs182lib.data.download cifar10\n", "")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(python, tmp_path / ".venv" / "bin" / "python")
    assert call(lacks=0)[1] == "fetched by .venv/bin/python: -m cs182lib.data.download cifar10\n"
