"""Run checks on mutants in processes of their own: one that never ends or eats the memory is ended, and is found.

A worker lives for many mutants, for importing PyTorch takes longer than most checks.
"""

import contextlib
import io
import multiprocessing
import os
import random
import time
import traceback
import warnings

MEMORY = 8 << 30  # bytes of address space for a worker
START = 60  # seconds in which a worker has to come up


class Worker:
    """A process that runs checks; started when first needed, and anew after it was ended."""

    def __init__(self):
        self.process = self.connection = None

    def run(self, names, module=None, source=None, limit=120):
        """Run the named checks until one fails, with one module of the library replaced.

        Returns
        -------
        name : the check that did not pass, None where all did
        state : "passed"; "failed", with the check's own message; "escaped" (another exception than CheckFailed came
            out of the check); "endless"; "died"; or "import", where the mutant cannot even be imported
        message, seconds : str, float
        """
        self._start()
        begin = time.monotonic()
        try:
            self.connection.send((names, module, source))
            if self.connection.poll(limit):
                return (*self.connection.recv(), time.monotonic() - begin)
            state, message = "endless", f"still running after {limit:.0f} s"
        except (EOFError, OSError):
            state, message = "died", "the process ended"
        self.close()
        return names[0], state, message, time.monotonic() - begin

    def _start(self):
        if self.process is not None:
            return
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other,), daemon=True)
        self.process.start()
        other.close()
        if not self.connection.poll(START) or self.connection.recv() != "ready":
            raise RuntimeError("the worker did not start")

    def close(self):
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.connection.close()
            self.process = self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _serve(connection):
    """Answer jobs until the other end is closed."""
    _limit_memory()
    import torch

    import cs182lib.checks.by_name  # noqa: F401 - so that the first job is as fast as the others

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    connection.send("ready")
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(nowhere):
            answer = _answer(*job)
        connection.send(answer)


def _limit_memory():
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows, not everywhere on macOS
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _answer(names, module, source):
    from copied import Copy

    with Copy({} if source is None else {module: source}):
        for name in names:
            state, message = _check(name)
            if state != "passed":
                return name, state, message
    return None, "passed", ""


def _check(name):
    """Return (state, message) of one check on the copy of the library."""
    import numpy as np
    import torch
    from copied import NAME

    from cs182lib.checks import CheckFailed, check
    from cs182lib.checks.by_name import implementations

    try:
        given = implementations(name, NAME)
    except Exception as error:
        return "import", f"{type(error).__name__}: {error}"
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - what a solution without a generator of its own draws from
    torch.manual_seed(0)
    try:
        check(name, *given)
    except CheckFailed as error:
        return "failed", str(error)
    except (Exception, SystemExit) as error:
        return "escaped", f"{type(error).__name__}: {error} {traceback.format_exc(limit=-1)}"
    return "passed", ""
