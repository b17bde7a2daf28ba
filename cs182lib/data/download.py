"""Fetch the real data: `python -m cs182lib.data.download`, on every system where the workbook is set up.

Each archive comes from the first of its mirrors that serves it, is resumed where it broke off, checked against size and
SHA-256, unpacked beside the data sets and renamed into place; a file that is no archive is kept as it comes. Until then
nothing that was there changes; what arrived so far waits in `datasets/.download` for the next try.
"""

import argparse
import errno
import hashlib
import http.client
import lzma
import os
import shutil
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path, PurePosixPath

from cs182lib.data.archives import ARCHIVES
from cs182lib.data.dataset import datasets_folder
from cs182lib.files import brief, reason

PAUSES = (1, 4, 15)  # seconds between tries; a mirror that fails as often without a byte of progress is given up
STALL = 30.0  # seconds; each such stretch must bring at least SLOWEST bytes a second
SLOWEST = 5000
BLOCK = 1 << 18
CLASHES = (IsADirectoryError, NotADirectoryError, FileExistsError)  # one name for a file and a folder


class DownloadError(RuntimeError):
    """The data could not be fetched; the message says why and what to do."""


class Unusable(Exception):
    """What this mirror serves is not the archive; trying it again would not help."""


def fetch(name, folder=None, again=False, minutes=60):
    """Fetch one archive and unpack it into `folder`, or one file; do nothing where it is already there.

    Parameters
    ----------
    name : str, a key of ARCHIVES
    folder : str or Path, default `datasets_folder()`
    again : bool, fetch it although it is there, and replace it
    minutes : float, give up after that long

    Returns
    -------
    Path of the unpacked folder, or of the folder in which the file is

    Raises
    ------
    ValueError : no such name
    DownloadError : no mirror served it in time, it is not the right one, or the disk is full
    """
    if name not in ARCHIVES:
        raise ValueError(f"name must be one of {', '.join(ARCHIVES)}, got {name!r}")
    archive, folder = ARCHIVES[name], Path(folder or datasets_folder())
    target = folder / archive.folder
    if not again and all((target / file).is_file() for file in archive.files):
        say(f"{name} is already in {target}; nothing to do (--again fetches it anew)")
        return target
    workplace = folder / ".download"
    part = workplace / f"{name}.part"
    try:
        workplace.mkdir(parents=True, exist_ok=True)
        require_space(archive, part, folder)
        download(archive, part, time.monotonic() + 60 * minutes)
        if archive.folder:
            move_into_place(unpack(archive, part, workplace / "unpacked"), target, workplace / "replaced")
            part.unlink()
        else:
            os.replace(part, target / archive.files[0])
    except OSError as error:
        raise DownloadError(explain(error, folder)) from error
    finally:
        shutil.rmtree(workplace / "unpacked", ignore_errors=True)
        remove_empty(workplace)
    say(f"{name} is in {target}")
    return target


def remove_empty(folder):
    """Remove a folder if nothing is left in it."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def say(line):
    """Print one line of news at once."""
    print(line, flush=True)


def explain(error, folder):
    """Say what an error of the file system in `folder` means for the user."""
    if error.errno == errno.ENOSPC:
        return f"the disk of {folder} is full; free some space and run the command again, it goes on where it stopped"
    return f"cannot write in {folder}: {error}; choose another folder with --folder or CS182_DATASETS"


def require_space(archive, part, folder):
    """Raise OSError(ENOSPC) where what `part` lacks of the archive and what it unpacks to would not fit in `folder`."""
    if shutil.disk_usage(folder).free < 2.2 * archive.size - size_of(part):
        raise OSError(errno.ENOSPC, "no space left")


def size_of(path):
    """Return the size of the file `path` in bytes, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def download(archive, part, deadline):
    """Bring the archive into the file `part`, from the first mirror that serves it; DownloadError past the deadline."""
    problems = {}
    for url in archive.urls:
        failures = 0
        while failures < len(PAUSES):
            before = size_of(part)
            try:
                transfer(url, archive, part, deadline)
                check(archive, part)
                return
            except Unusable as error:
                problems[url] = error
                if before in (0, size_of(part)):
                    break
                failures += 1  # an earlier try's bytes may be to blame, and are gone now: once more from the start
            except (ConnectionError, TimeoutError, urllib.error.URLError, http.client.HTTPException) as error:
                problems[url] = error
                failures = 1 if size_of(part) > before else failures + 1
                wait(PAUSES[failures - 1], archive, part, deadline)
    listing = "\n".join(f"  {url}: {error}" for url, error in problems.items())
    raise DownloadError(f"no mirror served the archive:\n{listing}\nCheck the network and run the command again"
                        f"{', it goes on where it stopped' if size_of(part) else ''}. "
                        "Everything also runs without it, on generated data.")


def wait(seconds, archive, part, deadline):
    """Sleep so many seconds before the next try for `part` of the archive; DownloadError past the deadline."""
    if time.monotonic() + seconds > deadline:
        raise DownloadError(f"time is up with {size_of(part)} of {archive.size} bytes fetched; run the command again "
                            "to go on from there, with --minutes for more time")
    time.sleep(seconds)


def transfer(url, archive, part, deadline):
    """Append from `url` what `part` lacks of the archive, or all anew, by the deadline; else ConnectionError."""
    start = size_of(part)
    if start == archive.size:
        return
    headers = {"Accept-Encoding": "identity", "User-Agent": "cs182lib"}
    if 0 < start < archive.size:
        headers["Range"] = f"bytes={start}-"
    with open_url(urllib.request.Request(url, headers=headers)) as response:
        resumed = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        require_size(response, archive.size - start if resumed else archive.size)
        with open(part, "ab" if resumed else "wb") as file:
            receive(response, file, start if resumed else 0, archive, part, deadline)
    if size_of(part) < archive.size:
        raise ConnectionError(f"the connection ended at {size_of(part)} of {archive.size} bytes")


def open_url(request):
    """Return the answer to a request; Unusable where the address is gone (status 4xx), other errors pass."""
    try:
        return urllib.request.urlopen(request, timeout=STALL)
    except urllib.error.HTTPError as error:
        if 400 <= error.code < 500 and error.code not in (408, 429):
            raise Unusable(f"the server answers {error.code} {error.reason}") from error
        raise


def require_size(response, wanted):
    """Raise Unusable where the response announces another size than `wanted`, before a byte of it is written."""
    announced, kind = response.headers.get("Content-Length"), response.headers.get_content_type()
    if announced not in (None, str(wanted)) or kind == "text/html":
        raise Unusable(f"it offers {announced} bytes of {kind}, expected {wanted} bytes of an archive")


def receive(response, file, done, archive, part, deadline):
    """Append a response to `file`, `done` bytes of `part`; Unusable past archive, TimeoutError if slow, or deadline."""
    checkpoint, done_then = time.monotonic(), done
    while block := read_block(response):
        done += len(block)
        if done > archive.size:
            raise Unusable(f"it sends more than {archive.size} bytes")
        file.write(block)
        now = time.monotonic()
        if now > deadline:
            file.flush()
            wait(0, archive, part, deadline)
        if now - checkpoint > STALL:
            if done - done_then < SLOWEST * STALL:
                raise TimeoutError(f"stalled: {done - done_then} bytes in {now - checkpoint:.0f} s")
            checkpoint, done_then = now, done
        show_progress(done, archive.size)


def read_block(response):
    """Return what the response brings, at most BLOCK bytes; every error of the network becomes a ConnectionError."""
    try:
        return response.read1(BLOCK)
    except OSError as error:
        raise ConnectionError(f"the connection broke: {error}") from error


def show_progress(done, size):
    """Redraw the progress line, `done` of `size` bytes, on a terminal; stay silent elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{done / 1e6:7.1f} of {size / 1e6:.1f} MB", end="\n" if done == size else "", file=sys.stderr,
              flush=True)


def check(archive, part):
    """Raise Unusable where the bytes of the file `part` are not the archive's, and delete it."""
    digest = hashlib.sha256()
    with open(part, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != archive.sha256:
        part.unlink()
        raise Unusable(f"wrong content: SHA-256 {digest.hexdigest()}, expected {archive.sha256}")


def unpack(archive, part, scratch):
    """Unpack the file `part` into `scratch` and return the archive's folder there; DownloadError for unsafe members."""
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        with tarfile.open(part) as tar:
            for member in tar:
                if not member.isdir():
                    path = safe_path(member, archive)
                    (scratch / path).parent.mkdir(parents=True, exist_ok=True)
                    with tar.extractfile(member) as source, open(scratch / path, "wb") as file:
                        shutil.copyfileobj(source, file)
            while tar.fileobj.read(BLOCK):
                pass  # to the end, where a compressed archive keeps its checksum
        missing = [file for file in archive.files if not (scratch / archive.folder / file).is_file()]
        if missing:
            raise DownloadError(f"the archive lacks {', '.join(missing)}; nothing was unpacked; delete {part} and run "
                                "the command again")
    except (tarfile.TarError, EOFError, ValueError, OverflowError, zlib.error, lzma.LZMAError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, CLASHES):
            raise  # of the disk, not of the archive
        raise DownloadError(f"the archive {part} cannot be unpacked: {reason(error)}; nothing was changed; delete it "
                            "and run the command again") from error
    return scratch / archive.folder


def safe_path(member, archive):
    """Return where a member is unpacked to if it is a plain file below the archive's folder; else DownloadError."""
    folder = archive.folder
    path = PurePosixPath(folder, member.name) if archive.flat else PurePosixPath(member.name)
    inside = path.parts[:1] == (folder,) and len(path.parts) > 1 and ".." not in path.parts
    plain = member.isfile() and not member.issparse()  # a sparse file can be of any size on disk
    if not (plain and inside) or any(sign in member.name for sign in "\\:"):  # Windows reads these as paths
        raise DownloadError(f"the archive holds {brief(member.name)}, which is not a plain file in {folder}; "
                            "nothing was unpacked; take another mirror's")
    return path


def move_into_place(new, target, old):
    """Rename the folder `new` to `target`; what was there moves to `old` first and comes back on failure."""
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(new, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def main(arguments=None):
    """Run the command line `arguments` (None: that of the process); return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cs182lib.data.download", description="Fetch the real data.")
    parser.add_argument("names", nargs="*", default=["cifar10"], metavar="NAME",
                        help=f"what to fetch: {', '.join(ARCHIVES)} (default: cifar10)")
    parser.add_argument("--folder", help="where to put it (default: $CS182_DATASETS or datasets)")
    parser.add_argument("--again", action="store_true", help="fetch it although it is there")
    parser.add_argument("--minutes", type=float, default=60, help="give up after that long (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        for name in options.names:
            fetch(name, options.folder, options.again, options.minutes)
    except (DownloadError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
