"""What the machine is: processor, cores, threads, and the versions of what computes on it."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe_machine():
    """Return {"cpu", "cores", "threads", "os", "python", "numpy", "torch"}, for the record of a run."""
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "threads": blas_threads(),
            "os": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
            "numpy": installed_version("numpy"), "torch": installed_version("torch")}


def cpu_model():
    """Return the processor's name as the operating system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    known = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else ""
    names = re.findall(r"model name\s*: (.+)", known)
    return names[0] if names else platform.processor() or platform.machine()


def blas_libraries():
    """Return what threadpoolctl says of the BLAS that NumPy uses: a list of dicts with name, version, threads."""
    import numpy  # noqa: F401  (loads the BLAS that is to be seen)
    from threadpoolctl import threadpool_info

    return [library for library in threadpool_info() if library["user_api"] == "blas"]


def blas_threads():
    """Return how many threads the BLAS of NumPy works with; without a known BLAS, one."""
    return max((library["num_threads"] for library in blas_libraries()), default=1)


def installed_version(package):
    """Return the installed version of `package`, None where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
