"""End a process when the one that started it is gone, so that nothing goes on working for nobody.

`python -m cs182lib.parent PID MODULE ...` runs a module as `python -m MODULE ...` does, but no longer than its parent,
whose process number is PID. The Makefile makes use of it, for the set-up too: nothing but Python is needed.
"""

import contextlib
import os
import runpy
import sys
import threading
import time

INTERVAL = 0.5  # seconds between two looks


def end_with_parent(parent):
    """End this process and what it has started, without any clean-up, soon after `parent` has ended.

    parent : int, number of the process that started this one
    """
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent):
    while _is_there(parent):
        time.sleep(INTERVAL)
    try:
        with contextlib.suppress(ImportError):  # during the set-up
            _end_children()
    finally:
        os._exit(1)


def _end_children():
    import psutil

    for child in psutil.Process().children(recursive=True):
        child.kill()


def _is_there(parent):
    if os.name == "nt":  # there a process keeps the number of a parent that is gone
        import psutil

        return psutil.pid_exists(parent)
    return os.getppid() == parent


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
