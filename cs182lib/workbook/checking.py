"""Check the exercises of an own workbook, each in a process of its own with a limit on time and memory."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from cs182lib.files import scratch_folder
from cs182lib.workbook import own
from cs182lib.workbook.feedback import remarks

SECONDS = 30  # most that one check may take; a right answer needs less than two
MEMORY = 2 << 30  # bytes that it may hold; PyTorch itself takes a sixth of that
SHOWN = 2000  # characters of what the code prints that are kept, from the start
STOPPED = {
    "time": "stopped after {seconds:g} s; is there a loop without an end, or one over every number where an operation "
            "on whole arrays would do?",
    "memory": "stopped at {gib:.3g} GiB of memory; is an array made larger and larger, or of the wrong shape?",
    "crash": "the Python process ended before the check did, with exit status {status}",
}
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}  # what lies in the working folder hides no module
POLL = 0.02  # seconds between two looks at a running check


def check_exercises(folder, chosen, seconds=SECONDS, memory=MEMORY):
    """Begin to check exercises; return an iterator that records and gives their results, in the order of `chosen`.

    A result is a dict: exercise, seconds, message, state ("right", "wrong", "not written", "error", "time", "memory" or
    "crash"), and where there are any output, cause, details (see `CheckFailed`), frames (lines of the learner's
    traceback), stands_on (exercises to look at first), borrowed (modules that cannot be imported) and printed.
    A cell is not run: its result is what its check said in the notebook.

    Parameters
    ----------
    folder : path of the own workbook
    chosen : list of Exercise
    seconds, memory : the limits of one check, in seconds and bytes
    """
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    pending = [(e, None if e.is_cell else pool.submit(_check, folder, e, seconds, memory)) for e in chosen]
    return _results(pool, pending, folder)


def _results(pool, pending, folder):
    """Yield the results as they come; whatever stops that stops the checks that have not begun."""
    try:
        for exercise, future in pending:
            yield _from_notebook(folder, exercise) if future is None else _recorded(folder, exercise, future.result())
    finally:
        pool.shutdown(cancel_futures=True)


def _recorded(folder, exercise, result):
    """Keep a result in the learner's progress and return it, with the exercises to look at first."""
    modules = result.pop("modules", ())
    if result.pop("right_alone", False):
        result["stands_on"] = _stands_on(folder, exercise, modules)
    own.append(folder, exercise=exercise.name, state=result["state"],
               message="\n".join([result["message"], *remarks(result)]), code=result.pop("code"))
    return result


def _from_notebook(folder, exercise):
    """Return the result that the check of a cell had in its notebook."""
    known = own.states(folder)[exercise.name]
    state, message = known["state"], known["message"]
    if state == "open":
        state, message = "not written", (f"{exercise.name.split('/')[1]}: not done yet: write its cell in notebooks/"
                                         f"{exercise.notebook}.ipynb and run the check below it")
    return {"exercise": exercise.name, "state": state, "message": message, "seconds": 0.0}


def _check(folder, exercise, seconds, memory):
    """Check one exercise that is code in the learner's package."""
    started, code = time.monotonic(), own.code_hash(folder, exercise)  # as it is now, whatever is edited meanwhile
    result = _run(folder, exercise, seconds, memory)
    if result["state"] in ("wrong", "error"):
        result["right_alone"] = _run(folder, exercise, seconds, memory, "--alone")["state"] == "right"
    return {"exercise": exercise.name, **result, "seconds": round(time.monotonic() - started, 2), "code": code}


def _stands_on(folder, exercise, modules):
    """Return up to three earlier exercises, not right yet, that lie in the modules which this one's check imported."""
    states, found = own.states(folder), []
    for e in own.own_exercises(folder).values():
        if e.name == exercise.name:
            break
        if not e.is_cell and states[e.name]["state"] != "right" and _modules(e) & set(modules) - _modules(exercise):
            found.append(e.name)
    return found[:3]


def _modules(exercise):
    return {solution.split(":")[0] for solution in exercise.solution}


def _run(folder, exercise, seconds, memory, *flags):
    """Run cs182lib.workbook.check_one in a process under limits and return what it says, or what stopped it."""
    with scratch_folder("check") as scratch:
        file = scratch / "result.json"
        command = [sys.executable, "-m", "cs182lib.workbook.check_one", exercise.name, str(folder), str(file),
                   str(os.getpid()), *flags]
        process = subprocess.Popen(command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env={**os.environ, **ENVIRONMENT})
        printed = _Drain(process.stdout)
        stopped = _watch(process, seconds, memory) or (None if file.exists() else "crash")
        shown = {"printed": printed.text()} if printed.text() else {}
        if stopped:
            text = STOPPED[stopped].format(seconds=seconds, gib=memory / 2**30, status=process.returncode)
            return {"state": stopped, "message": f"{exercise.name.split('/')[1]}: {text}", **shown}
        result = json.loads(file.read_text(encoding="utf-8"))
        return result if result["state"] == "right" else result | shown


def _watch(process, seconds, memory):
    """Wait for the process; kill it with all it has started at a limit, and return which: "time", "memory" or None."""
    end = time.monotonic() + seconds
    watched = psutil.Process(process.pid)
    try:
        while True:
            try:
                process.wait(POLL)
                return None
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() > end:
                return "time"
            if _resident(watched) > memory:
                return "memory"
    finally:
        _kill(process, watched)


def _resident(watched):
    """Return the bytes of memory that the process holds, 0 where it has just ended."""
    try:
        return watched.memory_info().rss
    except psutil.Error:
        return 0


def _kill(process, watched):
    """End a process and what it has started."""
    try:
        family = [*watched.children(recursive=True), watched]
    except psutil.Error:
        family = []
    for member in family:
        try:
            member.kill()
        except psutil.Error:
            pass
    process.wait()


class _Drain:
    """Read a stream to its end in the background and keep only the first SHOWN characters: a flood costs no memory."""

    def __init__(self, stream):
        self.kept, self.lost = b"", 0
        self.thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.thread.start()

    def _read(self, stream):
        for block in iter(lambda: stream.read1(65536), b""):
            room = max(0, SHOWN - len(self.kept))
            self.kept += block[:room]
            self.lost += len(block[room:])

    def text(self):
        """Return what was kept, with a word on what was not."""
        self.thread.join(1)
        text = self.kept.decode(errors="replace").rstrip()
        return text + (f"\n... and {self.lost} characters more" if self.lost else "")
