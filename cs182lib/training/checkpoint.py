"""Checkpoints of NumPy training: one file, arrays as npz and everything else as JSON inside it, never pickle."""

import json
import os
import zipfile

import numpy as np

from cs182lib.files import read_npz, reason, replacing
from cs182lib.validation import require

__all__ = ["CheckpointError", "load_checkpoint", "save_checkpoint"]

_JSON = "state.json"
ADVICE = "delete it to start from the beginning, or put a good copy in its place"


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
    with replacing(path) as partial, open(partial, "w+b") as file:  # readable too: zipfile adds to what it finds
        np.savez(file, **arrays)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(_JSON, json.dumps(state))
        file.flush()
        os.fsync(file.fileno())


def load_checkpoint(path):
    """Read the file `path` that `save_checkpoint` wrote.

    Returns
    -------
    arrays : dict name -> array
    state : what JSON held

    Raises
    ------
    CheckpointError : the file is no such checkpoint, truncated or damaged; it is a ValueError
    """
    try:
        with zipfile.ZipFile(path) as archive:
            state = json.loads(archive.read(_JSON))
        require(isinstance(state, dict), f"{_JSON} holds a {type(state).__name__}")
        return read_npz(path, besides=(_JSON,)), state
    except Exception as error:  # damaged bytes make the readers raise nearly anything
        raise CheckpointError(f"{path} is no readable checkpoint ({reason(error)}); {ADVICE}") from error
