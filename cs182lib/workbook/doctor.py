"""`cs182 doctor`: is this machine fit for the workbook? One line for each thing looked at, and what to do."""

import importlib
import os
import platform
import shutil
from importlib.metadata import metadata, requires

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from cs182lib.workbook.machine import blas_libraries, installed_version
from cs182lib.workbook.paths import ROOT

NEEDED_DISK = 3  # GB: the environment and CIFAR-10, packed and unpacked
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Trouble(Exception):
    """Something is off; the text says what, and what to do about it."""


def examine():
    """Print one line for each examination; return whether all is well."""
    well = True
    for name, look in EXAMINATIONS.items():
        try:
            print(f"ok   {name}: {look()}", flush=True)
        except Exception as trouble:  # whatever goes wrong inside a look is what the doctor is there to report
            kind = "" if isinstance(trouble, (Trouble, ValueError)) else f"{type(trouble).__name__}: "
            print(f"OFF  {name}: {kind}{trouble}", flush=True)
            well = False
    print("All is well." if well else "Lines marked OFF say what to do.")
    return well


def look_at_python(version=None):
    """Return this Python's version, or raise Trouble where the workbook is not meant for it."""
    version, supported = version or platform.python_version(), metadata("cs182lib")["Requires-Python"]
    if not SpecifierSet(supported).contains(version, prereleases=True):
        raise Trouble(f"this is Python {version}, the workbook needs {supported}; install one and set up again: "
                      "make clean, then make run PYTHON=python3.12")
    return f"{version} (supported: {supported})"


def look_at_packages(find_version=installed_version):
    """Return how many packages are there, or raise Trouble with those missing or outside pyproject.toml.

    `find_version` is a function from a package's name to its version, None where it is missing.
    """
    needed = [Requirement(line) for line in requires("cs182lib") if "extra ==" not in line]
    wrong = [f"{need.name} {find_version(need.name) or 'is missing'} ({need.specifier})" for need in needed
             if not find_version(need.name) or not need.specifier.contains(find_version(need.name), prereleases=True)]
    if wrong:
        raise Trouble(f"{', '.join(wrong)}; set up again: make clean, then make run")
    shown = ", ".join(f"{name} {find_version(name)}" for name in ("numpy", "torch", "torchvision"))
    return f"all {len(needed)} in range, among them {shown}"


def look_at_blas():
    """Return which library multiplies NumPy's matrices, with its kernel for this processor and its threads."""
    libraries = blas_libraries()
    if not libraries:
        return "NumPy's own or the system's; its threads cannot be read"
    return "; ".join(f"{library['internal_api']} {library['version'] or ''}, kernel "
                     f"{library.get('architecture', 'not stated')}, {library['num_threads']} threads"
                     for library in libraries)


def look_at_threads():
    """Return how many threads PyTorch takes, or raise Trouble with the variable that holds no number."""
    for name in THREAD_VARIABLES:
        value = os.environ.get(name, "1")
        if not value.isdigit() or int(value) < 1:
            raise Trouble(f"{name} is {value!r}, and must be a whole number of threads from 1 up; unset {name}")
    import torch

    return f"PyTorch takes {torch.get_num_threads()} of {os.cpu_count()} cores"


def look_at_torchvision():
    """Return torchvision's version once it has been imported, in the one way that the workbook does it."""
    from cs182lib.vision.torchvision_compat import import_torchvision

    return f"{import_torchvision().__version__} can be imported"


def look_at_device():
    """Return what the PyTorch notebooks compute on."""
    import torch

    from cs182lib.training.seeding import pick_device

    device = pick_device()
    idle = [] if device.type != "cpu" else [name for name, found in (
        ("CUDA", torch.cuda.is_available()), ("MPS", torch.backends.mps.is_available())) if found]
    return f"{device}" + (f"; {', '.join(idle)} is there too, the README says how to use it" if idle else "")


def look_at_disk(free=None):
    """Return the free space beside the workbook, or raise Trouble where more is needed.

    `free` is that space in GB; None has it measured.
    """
    free = shutil.disk_usage(ROOT).free / 1e9 if free is None else free
    if free < NEEDED_DISK:
        raise Trouble(f"{free:.1f} GB are free, the environment and the real data need {NEEDED_DISK} GB; make room")
    return f"{free:.0f} GB free"


def look_at_data():
    """Return which data the notebooks will use; Trouble where a variable that chooses them is off."""
    folder = os.environ.get("CS182_DATASETS")
    if folder and not os.path.isdir(os.path.expanduser(folder)):
        raise Trouble(f"CS182_DATASETS is {folder!r}, which is no folder; make it, or unset CS182_DATASETS")
    from cs182lib.data import load_cifar10_uint8
    from cs182lib.data.dataset import MODES

    mode = os.environ.get("CS182_DATA") or "auto"
    if mode not in MODES:
        raise Trouble(f"CS182_DATA is {mode!r}, and must be one of {', '.join(MODES)}; unset CS182_DATA for auto")
    data = load_cifar10_uint8()
    more = "; `make data` fetches the real ones" if data.is_standin else ""
    return f"{data.source}, fingerprint {data.fingerprint}{more}"


def look_at_tools():
    """Return that what runs and shows the notebooks can be imported."""
    for name in ("ipykernel", "nbclient", "nbconvert"):
        importlib.import_module(name)
    return "a kernel can be started, pages can be written"


EXAMINATIONS = {"Python": look_at_python, "packages": look_at_packages, "BLAS": look_at_blas,
                "threads": look_at_threads, "torchvision": look_at_torchvision, "device": look_at_device,
                "notebook tools": look_at_tools, "disk": look_at_disk, "data": look_at_data}
