"""Write files whole, and read files that may be damaged: what the whole file held, or an error that names it.

What a damaged byte makes a library raise depends on the library, its version and the byte. `refusing` turns it into one
kind of error. A file that is not there stays a FileNotFoundError.
"""

import contextlib
import glob
import json
import math
import os
import platform
import re
import shutil
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np

from cs182lib.validation import require

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # in JSON: half of a character
FOLDER = 0x10  # the bit of a ZIP archive's attributes
OLD = 86400  # seconds after which a temporary file is nobody's, on whatever machine its process was
LONGEST = 200  # characters of another library's message that are passed on


@contextlib.contextmanager
def refusing(path, advice, error=ValueError):
    """Turn any exception inside the block into `error`, whose message names the file, the reason and what to do.

    Parameters
    ----------
    path : of the file that is read inside the block
    advice : str, what to do about a damaged file
    error : class of the error, a ValueError
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as problem:  # damaged bytes make a reader raise nearly anything
        raise error(f"{path} cannot be read and may be damaged ({reason(problem)}); {advice}") from problem


def reason(problem):
    """Return the message of the exception `problem` as one line that is not too long and can be printed."""
    text = str(problem)
    found = re.search(r"WeightsUnpickler error: (.*)", text)  # before it PyTorch advises to run what is in the file
    line = " ".join((found[1] if found else text).split()) or type(problem).__name__
    line = line if len(line) <= LONGEST else line[:LONGEST] + " ..."
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)


def brief(value):
    """Return repr(value) for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + " ..."


def write_whole(path, content):
    """Write `content`, text (UTF-8) or bytes, as the file `path`, whole or not at all; see `replacing`."""
    with replacing(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def replacing(path):
    """Yield another path to write to, which then takes the name `path`: a reader finds the old file or the new, whole.

    Its folder is made where it is missing. Where an exception comes, all stays as it was. What a writer that was killed
    has left is removed by the next one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left(path.parent, f".{path.name}.", ".part")
    partial = path.with_name(f".{path.name}.{_mark()}.part")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch_folder(kind):
    """Yield the path of a new temporary folder, removed at the end; `kind` becomes part of its name.

    Those of the same kind that killed processes have left are removed first.
    """
    _remove_left(Path(tempfile.gettempdir()), f"cs182-{kind}.", ".scratch")
    with tempfile.TemporaryDirectory(prefix=f"cs182-{kind}.{_mark()}.", suffix=".scratch") as folder:
        yield Path(folder)


def _mark():
    """Return what tells this process from all others that may share its files."""
    return f"{platform.node()}.{os.getpid()}"


def _remove_left(folder, start, end):
    """Remove from `folder` what bears the mark of a process of this machine that is gone, and what is very old."""
    for left in folder.glob(f"{glob.escape(start)}*{end}"):
        with contextlib.suppress(OSError):  # another process was faster
            ours = re.match(rf"{re.escape(start + platform.node())}\.(\d+)\.", left.name)
            if ours and _is_gone(int(ours[1])) or time.time() - left.stat().st_mtime > OLD:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _is_gone(pid):
    """Say whether there is no process of this number."""
    import psutil  # here, since it is needed rarely

    return not psutil.pid_exists(pid)


def read_text(path, advice):
    """Return the text of the file `path` in UTF-8; ValueError with `advice` at its end where it is none."""
    with refusing(path, advice):
        try:
            return Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"it is no text in UTF-8: {error}") from None


def read_json(path, advice, error=ValueError):
    """Return what the JSON file `path` holds; `error` with `advice` at its end where it is damaged.

    NaN and infinity, which JSON has not, and halves of characters count as damage.
    """
    with refusing(path, advice, error):
        return parse_json(Path(path).read_text(encoding="utf-8"))


def parse_json(text):
    """Return what the JSON text (str or UTF-8 bytes) holds; ValueError or RecursionError where it is not in order."""
    text = text if isinstance(text, str) else text.decode()
    value = json.loads(text, parse_constant=_finite, parse_float=_finite)
    if SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _finite(text):
    number = float(text)
    require(math.isfinite(number), f"the number {text} is none")
    return number


def read_npz(source, names=None, besides=()):
    """Return {name: array} of the .npz file `source`, those in `names` or all; pickled objects are refused.

    Where all are asked for, there must be nothing but arrays and the files `besides`: a name that was damaged is none.

    Every array is read to the end of its file in the archive, so that its checksum is compared: NumPy's own reader
    does not look at it where a damaged header asks for fewer numbers than there are. Call it inside `refusing`.

    ValueError where a name stands in it twice or is no array's, or an array does not end where its header says.
    """
    with zipfile.ZipFile(source) as archive:
        members = [f"{name}.npy" for name in names or ()]
        if names is None:
            members = [name for name in archive.namelist() if name not in besides]
            other = [name for name in members if not name.endswith(".npy")]
            require(not other and len(set(members)) == len(members), f"it holds a name twice, or {brief(other[:1])}")
        return {member.removesuffix(".npy"): _read_npy(archive, member) for member in members}


def _read_npy(archive, member):
    with archive.open(member) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a header that Python 2 wrote is in order
        array = np.lib.format.read_array(file, allow_pickle=False)
        require(not file.read(1), f"{member} is longer than its array")  # the last byte: now the checksum is compared
    return array


def read_torch(source):
    """Return what torch.save wrote to the file `source`: tensors, numbers, texts; nothing in it is run.

    PyTorch does not compare the checksums in its files, and takes numbers out of the air for a file marked as a folder,
    so that is looked at first, with a ValueError. Files of the form before PyTorch 1.6 have no checksums.
    Call it inside `refusing`.
    """
    import torch  # here, for this module serves NumPy's part of the library too

    with contextlib.nullcontext(source) if hasattr(source, "read") else open(source, "rb") as file:
        if file.read(4) == b"PK\3\4":
            with zipfile.ZipFile(file) as members:
                damaged = members.testzip()
                folders = [member.filename for member in members.infolist() if member.external_attr & FOLDER]
            require(damaged is None, f"the checksum of {damaged} is wrong")
            require(not folders, f"{brief(folders[:1])} is marked as a folder")
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd pickles, which are read or refused
            return torch.load(file, map_location="cpu", weights_only=True)
