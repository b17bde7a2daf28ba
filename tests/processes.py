"""Work in a process of its own: one that crashes, never ends or eats the memory is ended, and is found."""

import contextlib
import multiprocessing
import os
import sys
from pathlib import Path

START = 180  # seconds in which a process has to come up


class Worker:
    """A process that answers jobs; started when first needed, and anew after it was ended.

    It runs `serve(connection, *self.arguments())`, a function at the top of a module, which sends "ready", then answers
    what it receives until the other end is closed.

    Parameters
    ----------
    serve : that function
    preloaded : names of modules that every process shall find imported, where the system can do so
    """

    def __init__(self, serve, preloaded=()):
        self.serve, self.preloaded = serve, list(preloaded)
        self.process = self.connection = None

    def arguments(self):
        """Return what a new process is given."""
        return ()

    def ask(self, job, limit):
        """Return ("answered", the answer), ("late", None) after `limit` seconds, or ("ended", the exit code).

        A process that is late or has ended is put away.
        """
        self._start()
        try:
            self.connection.send(job)
            if self.connection.poll(limit):
                return "answered", self.connection.recv()
            how = "late", None
        except (EOFError, OSError):
            self.process.join(5)
            how = "ended", self.process.exitcode
        self.close()
        return how

    def _start(self):
        if self.process is not None:
            return
        fork = self.preloaded and sys.platform not in ("win32", "darwin")
        context = multiprocessing.get_context("forkserver" if fork else "spawn")
        if fork:
            context.set_forkserver_preload(self.preloaded)
        self.connection, other = context.Pipe()
        self.process = context.Process(target=self.serve, args=(other, *self.arguments()), daemon=True)
        self.process.start()
        other.close()
        if not self.connection.poll(START) or self.connection.recv() != "ready":
            raise RuntimeError("the worker did not start")

    def close(self):
        """End the process."""
        if self.process is not None:
            self.connection.close()
            self.process.join(0.5)  # it ends by itself, unless it hangs
            self.process.kill()
            self.process.join()
            self.process = self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def limit_memory(more):
    """Let this process have so many bytes of address space beyond what it has now."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows, not on macOS
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
