"""Do work in a process of its own, kill it at a chosen moment as `kill -9` does, and look at what it leaves behind.

The moments are of two kinds: after so many seconds, or right before the n-th change on the disk (a file opened for
writing, renamed or removed, a process started), so that the short gaps between two changes are met too. Linux only:
what a killed process leaves running is found by becoming its new parent.
"""

import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import psutil

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
GRACE = 5  # seconds in which what a killed process has started must end
LONGEST = 300  # seconds that one call may take
EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
UNFINISHED = (".part", ".tmp", ".partial")
NOT_OURS = re.compile(r"jupyter|torchinductor_.*|[a-z0-9_]{8}")  # PyTorch's cache; Python's trial of a temporary folder


@dataclass(frozen=True)
class Subject:
    """Work that must survive kill -9.

    work : function (folder), called in a process of its own, with `folder` as its working folder
    result : function (folder) -> what came out, without times; the same however often the work was killed
    prepare : function (folder), lays out what the work needs
    own_program : bool, the work becomes another program, whose changes on the disk cannot be counted
    """

    name: str
    work: Callable
    result: Callable
    prepare: Callable = lambda folder: None
    own_program: bool = False


@dataclass(frozen=True)
class Kill:
    """When and whom: after `delay` seconds, or before change number `step`; the whole process group or one process."""

    delay: float | None
    step: int | None
    group: bool

    def __str__(self):
        when = f"before change {self.step}" if self.delay is None else f"after {self.delay:.3f} s"
        return f"{when}, {'the group' if self.group else 'the process alone'}"


def draw(seed, seconds, steps):
    """Return the kill that a seed stands for, of work that takes so many seconds and changes on the disk."""
    rng = random.Random(seed)
    group, by_step = rng.random() < 0.5, steps > 0 and rng.random() < 0.5
    return Kill(None, rng.randint(1, steps), group) if by_step else Kill(rng.uniform(0, seconds), None, group)


def adopt_orphans():
    """Become the parent of what killed processes leave running."""
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "orphans cannot be adopted")


def begin(subject, folder, kill=None, told=None):
    """Start the work in `folder`; return its process number. `told`: where to write how many changes it made."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        _settle(folder)
        counter = _Changes(folder, kill)
        sys.addaudithook(counter)
        subject.work(folder)
        status = 0
        if told is not None:
            os.write(told, str(counter.count).encode())
    except BaseException as error:  # SystemExit too
        status = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
        if not isinstance(error, SystemExit):
            traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _settle(folder):
    """Make `folder` the working folder, and keep in it what is printed and all temporary files."""
    printed = os.open(folder / "printed", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(printed, stream)
    sys.stdout, sys.stderr = (open(stream, "w", closefd=False, buffering=1) for stream in (1, 2))
    os.chdir(folder)
    os.environ |= {"TMPDIR": str(folder / "tmp"), "JUPYTER_RUNTIME_DIR": str(folder / "tmp" / "jupyter")}
    tempfile.tempdir = None


class _Changes:
    """An audit hook that counts the changes on the disk below a folder, and kills this process before a chosen one."""

    def __init__(self, folder, kill):
        self.folder, self.kill, self.count = str(folder), kill, 0

    def __call__(self, event, arguments):
        if event == "open":
            if not (isinstance(arguments[2], int) and arguments[2] & WRITING and self._is_here(arguments[0])):
                return
        elif event not in EVENTS or not (event == "subprocess.Popen" or self._is_here(arguments[0])):
            return
        self.count += 1
        if self.kill and self.count == self.kill.step:
            (os.killpg if self.kill.group else os.kill)(os.getpid(), signal.SIGKILL)

    def _is_here(self, path):
        return isinstance(path, (str, os.PathLike)) and os.path.abspath(path).startswith(self.folder)


def wait(pid, kill=None):
    """Wait until the process ends, or kill it when it is time; return its exit status, None where it was killed."""
    start = time.monotonic()
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            return None if code == -signal.SIGKILL else code
        if kill and kill.delay is not None and time.monotonic() - start >= kill.delay:
            _end(pid, kill.group)
            return None
        if time.monotonic() - start > LONGEST:
            _end(pid, True)
            return 124
        time.sleep(0.001)


def _end(pid, group):
    """Kill a child, with its process group or alone."""
    try:
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)
    except ProcessLookupError:  # so early that it has no group of its own yet
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def orphans():
    """Wait until what killed work has started is gone; end and describe what goes on for longer than GRACE seconds."""
    end = time.monotonic() + GRACE
    while True:
        left = _adopted()
        if not left or time.monotonic() > end:
            break
        time.sleep(0.02)
    found = []
    for process in left:
        try:
            found.append(" ".join(process.cmdline())[:200])
            for one in (process, *process.children(recursive=True)):
                one.kill()
        except psutil.Error:
            pass
    while _adopted():
        time.sleep(0.02)
    return found


def _adopted():
    """Return the processes that have this one as their parent, once those that have ended are put to rest."""
    left = []
    for process in psutil.Process().children():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(process.pid, 0)
            else:
                left.append(process)
        except (psutil.Error, ChildProcessError):
            pass
    return left


def torn(folder):
    """Return the files that have their name and are not whole."""
    found = []
    for path in sorted(folder.rglob("*")):
        temporary = path.name.startswith(".") or path.suffix in UNFINISHED or "tmp" in path.relative_to(folder).parts
        if path.is_file() and not temporary and not _is_whole(path):
            found.append(str(path.relative_to(folder)))
    return found


def _is_whole(path):
    content = path.read_bytes()
    try:
        if path.suffix in (".json", ".ipynb"):
            json.loads(content)
        elif path.suffix == ".html":
            return content.endswith(b"</html>\n")
        elif path.suffix == ".py":
            compile(content, path.name, "exec")
        elif path.suffix in (".npz", ".pt"):
            with zipfile.ZipFile(path) as archive:
                return archive.testzip() is None
    except (ValueError, SyntaxError, zipfile.BadZipFile):
        return False
    return True


def leftovers(folder):
    """Return the temporary files that are still there."""
    tmp = folder / "tmp"
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))
            if path.suffix in UNFINISHED or path.parent == tmp / "jupyter"
            or path.parent == tmp and not NOT_OURS.fullmatch(path.name)]


def copied(template, folder):
    """Lay out the work's folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-a", str(template), str(folder)], check=True)
    (folder / "tmp").mkdir(exist_ok=True)
    return folder
