"""The peak memory of a process."""

import sys
from pathlib import Path


def peak_memory():
    """Return the most bytes of memory that this process has held so far."""
    if sys.platform == "linux":  # there ru_maxrss begins with the peak of the process that started this one
        return 1024 * int(Path("/proc/self/status").read_text(encoding="utf-8").split("VmHWM:")[1].split()[0])
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
