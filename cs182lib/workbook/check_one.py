"""Check one exercise of an own workbook: python -m cs182lib.workbook.check_one NAME DIR FILE PARENT.

It runs in a process of its own, since a learner's code may do anything, and ends when the process number PARENT, which
limits its time and memory, is gone. With --alone everything but the exercise's own modules is the library's: that tells
a mistake in an exercise from one in what it stands on.
"""

import contextlib
import importlib.abc
import importlib.util
import json
import os
import sys
from pathlib import Path

from cs182lib.checks.by_name import check_of, implementations
from cs182lib.checks.compare import NOT_WRITTEN, CheckFailed
from cs182lib.checks.frames import learner_frames, place_of
from cs182lib.exercises.exercise import PACKAGE, exercises
from cs182lib.files import write_whole
from cs182lib.parent import end_with_parent

LIBRARY = Path(__file__).resolve().parents[1]


def main(argv):
    """Check the exercise NAME of the workbook DIR and write the result, JSON, to FILE; PARENT is a process number.

    `argv` is the list of these four texts, with --alone after them or nothing.
    """
    name, folder, file, parent, *flags = argv
    end_with_parent(int(parent))
    os.chdir(folder)  # it began in an empty one: Python 3.10 looks for modules first where -m begins
    result = check_own(name, Path(folder), alone="--alone" in flags)
    write_whole(file, json.dumps(_plain(result), allow_nan=False))


def check_own(name, folder, alone=False):
    """Check one exercise in this process, whose import path is changed for good, and return what came of it.

    Whatever the learner's code raises is in the result.

    Parameters
    ----------
    name : str, the exercise, `hw1/affine_forward`
    folder : Path of the own workbook
    alone : bool, take every module from the library but those that the check is given

    Returns
    -------
    dict : state ("right", "wrong", "not written" or "error") and message; where there are any output, cause, details
        (see `CheckFailed`) and frames (lines of the learner's traceback); borrowed, the learner's modules that cannot
        be imported, and modules, all that were imported from the package, both lists of names such as `layers.dense`
    """
    exercise = exercises()[name]
    needed = {solution.split(":")[0] for e in (exercise, *(exercises()[need] for need in exercise.needs))
              for solution in e.solution}
    borrow = Borrow(needed, alone)
    sys.path.append(str(folder))  # last, so that a numpy.py or torch.py lying there hides no other module
    sys.meta_path.insert(0, borrow)
    last = _LastLine()
    try:
        given = _import_own(name, folder, borrow)
        with contextlib.redirect_stdout(last):
            check_of(name)(*given)
        result = {"state": "right", "message": last.text or f"{name.split('/')[1]} is right"}
    except BaseException as error:  # a learner's code may raise anything, SystemExit and KeyboardInterrupt too
        result = describe(name, error)
    modules = [known.removeprefix(f"{PACKAGE}.") for known in sys.modules if known.startswith(f"{PACKAGE}.")]
    return result | {"borrowed": sorted(borrow.broken), "modules": modules}


def describe(name, error):
    """Return as a dict what a check of the exercise `name` has found when it raised `error`.

    It holds state and message; but for a stub or a SyntaxError frames; for a wrong answer also output, cause, details.
    """
    label = name.split("/")[1]
    if isinstance(error, CheckFailed) and error.cause == NOT_WRITTEN:
        error = error.__cause__
    if isinstance(error, NotImplementedError):
        text = f"{_first(name, error)}{NOT_WRITTEN}: {error}{place_of(error)}"
        return {"state": "not written", "message": f"{label}: {text}"}
    if isinstance(error, CheckFailed):
        return {"state": "wrong", "message": str(error), "output": error.output, "cause": error.cause,
                "details": error.details, "frames": learner_frames(error.__cause__)}
    if isinstance(error, SyntaxError):
        parts = Path(error.filename or "?").parts[-2:]
        return {"state": "error", "message": f"{label}: {'/'.join(parts)}, line {error.lineno}, is no Python: "
                                             f"{error.msg}\n  {(error.text or '').strip()}"}
    if isinstance(error, SystemExit):
        return {"state": "error", "frames": learner_frames(error),
                "message": f"{label}: the code ends the program (sys.exit, exit or quit): return instead"}
    gone = isinstance(error, ModuleNotFoundError) and (error.name or "").startswith(f"{PACKAGE}.")
    advice = "\n  a file is gone: `cs182 update` brings it back as it was at first" if gone else ""
    return {"state": "error", "message": f"{label}: {type(error).__name__}: {error}{advice}",
            "frames": learner_frames(error)}


def _first(name, error):
    """Say so where it is not the exercise itself that is a stub, but what it calls."""
    own = [solution.split(":")[1].split(".")[0] for solution in exercises()[name].solution]
    return "" if any(f"`{function}" in str(error) for function in own) else "it stands on something "


def _import_own(name, folder, borrow):
    """Import what the check is given. A module of the learner's that fails and is not needed here is borrowed."""
    while True:
        try:
            return implementations(name, PACKAGE)
        except Exception as error:
            module = _failing(error, folder)
            if module is None or module in borrow.needed or module in borrow.broken:
                raise
            borrow.broken.add(module)
            for known in [known for known in sys.modules if known.split(".")[0] == PACKAGE]:
                del sys.modules[known]


def _failing(error, folder):
    """Return the learner's module, `layers.dense`, whose import raised `error`, or None."""
    files = [error.filename] if isinstance(error, SyntaxError) and error.filename else []
    traceback = error.__traceback__
    while traceback:
        files.insert(0, traceback.tb_frame.f_code.co_filename)
        traceback = traceback.tb_next
    own = folder / PACKAGE
    modules = [Path(file).relative_to(own).with_suffix("").parts for file in files if Path(file).is_relative_to(own)]
    modules = [parts for parts in modules if parts[-1] != "__init__"]
    return ".".join(modules[-1]) if modules else None


class Borrow(importlib.abc.MetaPathFinder):
    """Load modules of the learner's package from the library instead: the broken ones, or with `alone` all but some.

    needed : names of the modules that are never borrowed; broken : names of the modules that are
    """

    def __init__(self, needed, alone):
        self.needed, self.alone, self.broken = needed, alone, set()

    def find_spec(self, fullname, path=None, target=None):
        """Return where a borrowed module is loaded from, or None for the learner's own and all others.

        `fullname` is the module's name, `my182.layers.dense`; `path` and `target`, which Python passes, are not used.
        """
        name = fullname.removeprefix(f"{PACKAGE}.")
        if name == fullname or not (name in self.broken or self.alone) or self._is_needed(name):
            return None
        file = LIBRARY / Path(*name.split("."))
        if file.is_dir():
            return importlib.util.spec_from_file_location(fullname, file / "__init__.py",
                                                          submodule_search_locations=[str(file)])
        return importlib.util.spec_from_file_location(fullname, file.with_suffix(".py"))

    def _is_needed(self, name):
        return any(need == name or need.startswith(f"{name}.") for need in self.needed)


class _LastLine:
    """Pass on what is written to standard output and keep the last line: the check's own when it succeeds."""

    def __init__(self):
        self.text, self.stream = "", sys.stdout

    def write(self, text):
        """Write on; print() calls this once for the line and once for its end."""
        self.text = text if text.strip() else self.text
        return self.stream.write(text)

    def flush(self):
        """Flush the stream behind."""
        self.stream.flush()


def _plain(value):
    """Return `value` with what JSON has not (tuples, NumPy numbers, NaN and infinity) as lists, numbers and text."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    return value


if __name__ == "__main__":
    main(sys.argv[1:])
    if sys.stdout:
        sys.stdout.flush()
    os._exit(0)  # the result is written: taking PyTorch down in order would cost a fifth of a second
