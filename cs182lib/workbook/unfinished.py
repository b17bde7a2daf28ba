"""What a call of several parts has done already: after an interruption the same call goes on and begins none anew."""

import hashlib
import json
import os
from pathlib import Path

from cs182lib.data.dataset import datasets_folder
from cs182lib.files import parse_json
from cs182lib.validation import require
from cs182lib.workbook.machine import describe_machine
from cs182lib.workbook.results import write_json

LIBRARY = Path(__file__).resolve().parents[1]
SETTINGS = ("CS182_", "OMP_", "MKL_", "OPENBLAS_")  # beginnings of the names of environment variables that count
GENERATED = ("standins", ".download")  # folders beside the data sets that fill by themselves


class Unfinished:
    """The parts of a call that are done, kept in a file as long as the call is not at its end.

    Parameters
    ----------
    path : of that file
    asked : dict that JSON can hold, what the call was asked for

    Attributes
    ----------
    left : {part: what is kept of it} of the last call that did not come to its end, whatever it was asked for
    done : the same, and empty where that call was another, or the library, the machine, the settings or the data have
        changed since
    """

    def __init__(self, path, asked):
        self.path = Path(path)
        self.call = json.loads(json.dumps({"asked": asked, **surroundings()}))  # tuples become lists
        call, self.left = self._read()
        self.done = dict(self.left) if call == self.call else {}

    def _read(self):
        """Return the call and its parts as the file has them; (None, {}) where there is none, or a damaged one."""
        try:
            kept = parse_json(self.path.read_bytes())
            require(kept["digest"] == _digest(kept["call"], kept["done"]), "damaged")
            return kept["call"], kept["done"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None, {}

    def add(self, part, value):
        """Keep `value`, what JSON can hold, of the part that is done."""
        self.done[part] = value
        write_json(self.path, {"call": self.call, "done": self.done, "digest": _digest(self.call, self.done)})

    def close(self):
        """End the call: the next one begins anew."""
        self.path.unlink(missing_ok=True)


def _digest(call, done):
    """Return a short text that another call or other parts would not have."""
    return hashlib.sha256(json.dumps([call, done], sort_keys=True).encode()).hexdigest()


def surroundings():
    """Return what the outcome of a notebook or a training depends on, besides itself, as a dict."""
    library = hashlib.sha256()
    for path in sorted(LIBRARY.rglob("*.py")):
        library.update(f"{path.relative_to(LIBRARY)}\n".encode() + path.read_bytes())
    settings = {name: value for name, value in sorted(os.environ.items()) if name.startswith(SETTINGS)}
    return {"library": library.hexdigest(), "machine": describe_machine(), "settings": settings, "data": _data_files()}


def _data_files():
    """Return name, size and time of every file in the folder of the data, the generated ones left out."""
    folder = datasets_folder()
    paths = (path for path in sorted(folder.rglob("*")) if path.relative_to(folder).parts[0] not in GENERATED)
    return [[path.relative_to(folder).as_posix(), path.stat().st_size, path.stat().st_mtime_ns]
            for path in paths if path.is_file()]
