"""End a process when the one that started it is gone, so that nothing goes on working for nobody."""

import os
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
        _end_children()
    finally:
        os._exit(1)


def _end_children():
    import psutil  # here, since it is needed at the end only

    for child in psutil.Process().children(recursive=True):
        child.kill()


def _is_there(parent):
    if os.name == "nt":  # there a process keeps the number of a parent that is gone
        import psutil

        return psutil.pid_exists(parent)
    return os.getppid() == parent
