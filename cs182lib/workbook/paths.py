"""Where the workbook's own files lie: the checkout that this package is part of."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "build"
RESULTS = ROOT / "results"


def list_notebooks(folder=NOTEBOOKS):
    """Return the paths of all notebooks under `folder`, in the order to read them (homework, then number)."""
    return sorted(path for path in folder.glob("*/*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def notebook_name(path):
    """Return the short name of the notebook at `path`, a Path: `hw1/01_fully_connected_nets`."""
    return f"{path.parent.name}/{path.stem}"
