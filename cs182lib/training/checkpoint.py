"""Checkpoints of NumPy training: one file, arrays as npz and everything else as JSON inside it, never pickle."""

import json
import os
import zipfile
from pathlib import Path

import numpy as np

__all__ = ["CheckpointError", "load_checkpoint", "save_checkpoint"]

_JSON = "state.json"


class CheckpointError(ValueError):
    """A checkpoint file that cannot be read or does not fit the run."""


def save_checkpoint(path, arrays, state):
    """Write arrays and state to `path` so that a reader finds the old file or the new one, never half of one.

    Parameters
    ----------
    path : where to; its folder is made
    arrays : dict name -> array
    state : what JSON can hold

    Notes
    -----
    The file is written under another name, forced to disk, then renamed over the old one, which is atomic.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w+b") as file:  # readable too: zipfile adds to what it finds
            np.savez(file, **arrays)
            with zipfile.ZipFile(file, "a") as archive:
                archive.writestr(_JSON, json.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(path):
    """Read what `save_checkpoint` wrote.

    Returns
    -------
    arrays : dict name -> array
    state : what JSON held

    Raises
    ------
    CheckpointError : the file is no such checkpoint, truncated or damaged
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != _JSON}
            return arrays, json.loads(file[_JSON])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, TypeError, AttributeError, NotImplementedError,
            RuntimeError, MemoryError) as error:
        raise CheckpointError(f"{path} is no readable checkpoint ({error}); delete it to start from the beginning, or "
                              "put a good copy in its place") from error
