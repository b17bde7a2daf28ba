"""Kill everything that goes on after an interruption, many times: `make kills`, `make kills ONLY="run check"`.

After a `kill -9` at any moment the next call must go on and come to the same end as work that was never killed; no file
with its final name may be half written; what the killed process has started must end; no temporary file may stay.
A kill can be had again by its seed.
"""

import argparse
import importlib
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ("kills", "training", "language", "vision", "workbook")  # folders of tests whose small data are used here
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / name) for name in FIXTURES)]

import killing  # noqa: E402

FAULTS = ("differs", "fails", "torn", "orphan", "leftover")
NAMES = 26  # columns for a name
TRIES = 6  # to meet the work before it ends


@dataclass(frozen=True)
class Fault:
    """What must not be: one of FAULTS, after which kill, and what was seen."""

    state: str
    kill: str
    message: str


class Examination:
    """The kills of one subject, in a folder of their own.

    Attributes
    ----------
    kills, ends : how many kills there were, and how many calls came to their end
    faults : list of Fault
    """

    def __init__(self, subject, home):
        self.subject, self.template, self.folder = subject, home / "template", home / "folder"
        self.kills, self.ends, self.faults, self.last = 0, 0, [], "no kill"
        self.template.mkdir()
        (self.template / "tmp").mkdir()
        self._call(lambda: subject.prepare(self.template), self.template)
        self.seconds, self.steps, self.result = self._reference()

    def _call(self, work, folder, kill=None, told=None):
        """Do the work in a process of its own; return its exit status, None where it was killed."""
        subject = killing.Subject(self.subject.name, lambda folder: work(), None)
        status = killing.wait(killing.begin(subject, folder, kill, told), kill)
        if status not in (0, None) and kill is None and folder is self.template:
            raise RuntimeError(f"{self.subject.name} cannot be prepared: {self._printed(folder)}")
        return status

    def _reference(self):
        """Return how long the work takes, how many changes it makes on the disk, and its result, without any kill."""
        folder, (reading, writing) = killing.copied(self.template, self.folder), os.pipe()
        start = time.monotonic()
        status = killing.wait(killing.begin(self.subject, folder, None, writing))
        seconds = time.monotonic() - start
        os.close(writing)
        steps = int(os.read(reading, 20) or 0)
        os.close(reading)
        if status or killing.orphans() or killing.leftovers(folder):
            raise RuntimeError(f"{self.subject.name} does not work without a kill: {status} "
                               f"{killing.leftovers(folder)} {self._printed(folder)}")
        return seconds, 0 if self.subject.own_program else steps, self.subject.result(folder)

    def examine(self, seeds):
        """Kill the work once for each seed, each time going on with what the last kill left, and then let it end."""
        fresh = True
        for seed in seeds:
            for turn in range(TRIES):
                if fresh:
                    killing.copied(self.template, self.folder)
                kill = killing.draw(f"{seed} {turn}", self.seconds, self.steps)
                fresh = self._went_on(kill)
                if not fresh:
                    break
        if not fresh:
            self._went_on(None)
        return self

    def _went_on(self, kill):
        """Call the work, which `kill` ends; return whether it came to its own end before."""
        status = killing.wait(killing.begin(self.subject, self.folder, kill), kill)
        if status is None:
            self.kills += 1
            self.last = str(kill)
            self._blame("torn", killing.torn(self.folder))
        self._blame("orphan", killing.orphans())
        if status is None:
            return False
        self.ends += 1
        if status:
            self._blame("fails", [f"status {status}: {self._printed(self.folder)}"])
            return True
        found = self.subject.result(self.folder)
        self._blame("differs", [difference(self.result, found)] if found != self.result else [])
        self._blame("leftover", killing.leftovers(self.folder))
        return True

    def _blame(self, state, seen):
        self.faults += [Fault(state, self.last, ", ".join(seen))] if seen else []

    @staticmethod
    def _printed(folder):
        return (folder / "printed").read_text(errors="replace").strip()[-600:]


def difference(expected, found, place=""):
    """Say in a line where two results differ first."""
    if isinstance(expected, dict) and isinstance(found, dict):
        pairs = [(key, expected.get(key), found.get(key)) for key in {**expected, **found}]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = list(zip(range(len(expected)), expected, found))
    else:
        return f"{place or 'all'}: {str(expected)[:150]} became {str(found)[:150]}"
    return next((difference(one, other, f"{place}/{key}") for key, one, other in pairs if one != other), "")


def row(name, done):
    """Return a line of the table."""
    states = [fault.state for fault in done.faults]
    return f"{name:{NAMES}}{done.kills:>9}{done.ends:>9}" + "".join(f"{states.count(state):>9}" for state in FAULTS)


def failures(faults, shown=3):
    """Return lines that show the first faults of each kind."""
    kinds = {state: [fault for fault in faults if fault.state == state] for state in FAULTS}
    return [f"    {one.state} ({one.kill}): {one.message}".replace("\n", "\n      ")
            for ones in kinds.values() for one in ones[:shown]]


def names_of(words, known):
    """Return the names among `known` that hold one of the words, all where there are none."""
    unknown = [word for word in words if not any(word.lower() in name.lower() for name in known)]
    if unknown:
        raise SystemExit(f"nothing is called {unknown[0]!r}; there are {', '.join(known)}")
    return [name for name in known if not words or any(word.lower() in name.lower() for word in words)]


def main(arguments=None):
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="make kills", description="Kill what goes on after an interruption.")
    parser.add_argument("only", nargs="*", metavar="WORD", help="subjects whose names hold one of these words")
    parser.add_argument("--number", type=int, default=20, help="kills of each subject (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: %(default)s)")
    parser.add_argument("--module", default="subjects", help="module that holds SUBJECTS (default: %(default)s)")
    options = parser.parse_args(arguments)
    known = {subject.name: subject for subject in importlib.import_module(options.module).SUBJECTS}
    killing.adopt_orphans()
    print(f"{'':{NAMES}}{'kills':>9}{'ends':>9}" + "".join(f"{state:>9}" for state in FAULTS), flush=True)
    total = 0
    for name in names_of(options.only, list(known)):
        seeds = range(options.first, options.first + options.number)
        with tempfile.TemporaryDirectory(prefix="kills-") as home:
            try:
                done = Examination(known[name], Path(home)).examine(seeds)
            except RuntimeError as error:
                print(f"{name}: {error}", flush=True)
                total += 1
                continue
        print("\n".join([row(name, done), *failures(done.faults)]), flush=True)
        total += len(done.faults)
    print(f"{total} faults" if total else "after every kill the next call went on to the same end")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
