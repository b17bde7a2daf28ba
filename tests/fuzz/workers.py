"""Run readers on damaged files in processes of their own: one that crashes or never ends is found, and is replaced."""

import importlib
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import processes

WARNINGS = 3  # of one read: more are a flood
STATES = ("read", "refused", "foreign", "wrong", "noise", "hang", "crash", "executed")
GOOD = ("read", "refused")
MEMORY = 1 << 30  # bytes that a worker may take beyond what it has when it begins
PRELOADED = ("torch", "h5py", "optuna", "cs182lib.vision.search", "cs182lib.workbook.tables",
             "cs182lib.language.distillation_run", "cs182lib.vision.own_pictures")
ADVICE = re.compile(r"\b(fetch|put|take|unpack|delete|remove|write|download|save|pass|correct|replace|change|run|make|"
                    r"choose|give|add|must|expected)\b")


@dataclass(frozen=True)
class Outcome:
    """What one damage did: `state` is one of STATES, `how` names file and damage, `message` the error or what is wrong.

    read : the answer can be right; refused : with an error of ours; foreign : another error, or one without the file's
    name; wrong : an answer that cannot be right; noise : warnings, or printed; hang : no end within the limit, or too
    much work; crash : the process ended; executed : the file made the reader run something
    """

    seed: int
    state: str
    how: str = ""
    message: str = ""


class Worker(processes.Worker):
    """A process that reads damaged files.

    Parameters
    ----------
    module : name of the module that holds a function `readers` -> {name: Reader}
    limit : seconds that one read may take
    work : seconds of processor time that one read may take
    """

    def __init__(self, module="corpus", limit=20, work=5):
        super().__init__(_serve, PRELOADED)
        self.module, self.limit, self.work, self.folder = module, limit, work, None

    def arguments(self):
        """Return what a new process is given, with a folder of its own."""
        self.folder = tempfile.mkdtemp(prefix="fuzz-")
        return self.module, self.folder, self.work

    def examine(self, name, seeds):
        """Yield an Outcome for each seed."""
        for seed in seeds:
            how, answer = self.ask((name, seed), self.limit)
            if how == "answered":
                yield Outcome(seed, *answer)
            elif how == "late":
                yield Outcome(seed, "hang", "", f"still reading after {self.limit:.0f} s")
            else:
                yield Outcome(seed, "crash", "", f"the process ended with {answer}")

    def close(self):
        """End the process and remove its files."""
        super().close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def _serve(connection, module, folder, work):
    """Answer jobs until the other end is closed; what is printed goes to a file."""
    printed = os.open(Path(folder) / "printed", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.stdout = sys.stderr = open(printed, "w", closefd=False, errors="replace")
    import torch

    torch.set_num_threads(1)  # there is a worker for each core; set here, for this process alone
    known = importlib.import_module(module).readers()
    processes.limit_memory(MEMORY)
    tests = {}
    connection.send("ready")
    while True:
        try:
            name, seed = connection.recv()
        except EOFError:
            return
        try:
            if name not in tests:
                tests[name] = Damages(known[name], Path(tempfile.mkdtemp(dir=folder)), work)
        except Exception:
            connection.send(("foreign", "nothing damaged", traceback.format_exc()[-600:]))
        else:
            connection.send(tests[name].outcome(seed, printed))


class Damages:
    """The damages of one reader's files, in a folder of their own."""

    def __init__(self, reader, folder, work=5):
        from payloads import pickles

        self.reader, self.folder, self.canary, self.work = reader, folder / "0" / "place", folder / "canary", work
        self.payloads, self.count = list(pickles(str(self.canary)).items()) if reader.pickles else [], 0
        self.folder.mkdir(parents=True)
        reader.make(self.folder)
        self.files = {path.relative_to(self.folder).as_posix(): path.read_bytes()
                      for path in self.folder.rglob("*") if path.is_file()}
        self._lay_out({})
        self.original = reader.read(self.folder)
        reader.judge(self.original)

    def _lay_out(self, changed):
        """Write all files into a new folder; where a reader still holds one of the old files open, it may stay."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        self.count += 1
        self.folder = self.canary.parent / str(self.count) / "place"
        for name, content in (self.files | changed).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def damaged(self, seed):
        """Return (file, Damaged) for a seed: first the payloads, where the reader is one of pickles."""
        from damage import Damaged, damage
        from payloads import as_file

        name = random.Random(f"file {seed}").choice(self.reader.files)
        if seed < len(self.payloads):
            how, content = self.payloads[seed]
            return name, Damaged(as_file(content, self.reader.form, self.files[name]), how, True)
        return name, damage(self.files[name], self.reader.form, seed)

    def outcome(self, seed, printed):
        """Return (state, how, message) of the damage that this seed stands for."""
        name, damaged = self.damaged(seed)
        self._lay_out({name: damaged.content})
        os.ftruncate(printed, 0)
        begin = time.process_time()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", "unclosed database")  # of an earlier file: Python 3.13 tells when it goes
            state, message = self._read(name, damaged)
            sys.stdout.flush()
        if self.canary.exists():
            self.canary.rmdir() if self.canary.is_dir() else self.canary.unlink()
            state, message = "executed", "the file made the reader run something"
        elif state in GOOD and (len(warned) > WARNINGS or os.fstat(printed).st_size):
            state, message = "noise", str(warned[0].message) if warned else "something was printed"
        elif state in GOOD and time.process_time() - begin > self.work:
            state, message = "hang", f"{time.process_time() - begin:.1f} s of work for a small file"
        return state, f"{name}: {damaged.how}", message

    def _read(self, name, damaged):
        """Return (state, message) of reading the folder as it lies."""
        try:
            answer = self.reader.read(self.folder)
        except BaseException as error:
            return self._refusal(name, error)
        if any(answer is value for value in self.reader.silent):
            return "refused", ""
        try:
            self.reader.judge(answer)
        except Exception as error:
            return "wrong", f"{type(error).__name__}: {error}"[:300]
        return self._compare(answer, name, damaged)

    def _compare(self, answer, name, damaged):
        """Say "wrong" where checksums or an undamaged file promise the original's answer and it did not come."""
        from corpus import same

        promised = damaged.content == self.files[name] or (self.reader.strict and not damaged.sealed)
        if promised and not same(answer, self.original):
            return "wrong", "another answer than that of the whole file"
        return "read", ""

    def _refusal(self, name, error):
        """Say "refused" for an error of ours that names the file and says what to do, else "foreign"."""
        known, message = self.reader.errors, str(error)
        ours = type(error) in known or (isinstance(error, known) and type(error).__module__.startswith("cs182lib."))
        text = "".join(traceback.format_exception_only(type(error), error)).strip()[:300]
        if not ours:
            return "foreign", text
        try:
            message.encode()
        except UnicodeEncodeError:
            return "foreign", f"a message that cannot be printed: {message!r:.300}"
        named = Path(name).name in message or not self.reader.names_file
        if named and len(message) < 2000 and ADVICE.search(message):
            return "refused", text
        return "foreign", f"a message of {len(message)} characters without the file's name or advice: {text}"
