"""Run checks on mutants in processes of their own: one that never ends or eats the memory is ended, and is found.

A worker lives for many mutants, for importing PyTorch takes longer than most checks.
"""

import contextlib
import io
import os
import random
import time
import traceback
import warnings

import processes

MEMORY = 8 << 30  # bytes that a worker may take beyond what it has when it begins


class Worker(processes.Worker):
    """A process that runs checks."""

    def __init__(self):
        super().__init__(_serve)

    def run(self, names, module=None, source=None, limit=120):
        """Run the named checks until one fails, with one module of the library replaced.

        Returns
        -------
        name : the check that did not pass, None where all did
        state : "passed"; "failed", with the check's own message; "escaped" (another exception than CheckFailed came
            out of the check); "endless"; "died"; or "import", where the mutant cannot even be imported
        message, seconds : str, float
        """
        begin = time.monotonic()
        how, answer = self.ask((names, module, source), limit)
        if how == "answered":
            return (*answer, time.monotonic() - begin)
        state, message = ("endless", f"still running after {limit:.0f} s") if how == "late" else (
            "died", "the process ended")
        return names[0], state, message, time.monotonic() - begin


def _serve(connection):
    """Answer jobs until the other end is closed."""
    processes.limit_memory(MEMORY)
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
