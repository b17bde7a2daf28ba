"""Read one file of CIFAR-10, in its binary or its pickled edition, trusting nothing in it."""

import io
import pickle

import numpy as np

from cs182lib.validation import require

RECORDS = 10000  # pictures in each file
PIXELS = 3 * 32 * 32
NUM_CLASSES = 10
ADVICE = "fetch the data again: python -m cs182lib.data.download cifar10 --again"


def read_binary_batch(path):
    """Read the file `path` of the binary edition: RECORDS times a label byte and PIXELS bytes, red, green, blue planes.

    Returns
    -------
    X : (RECORDS, 3, 32, 32) uint8
    y : (RECORDS,) uint8

    Raises
    ------
    ValueError : wrong size, or a label out of range
    """
    size, wanted = path.stat().st_size, RECORDS * (1 + PIXELS)
    require(size == wanted, f"{path} holds {size} bytes, expected {wanted} ({RECORDS} pictures of 1 + {PIXELS} bytes); "
                            f"{ADVICE}")
    rows = np.fromfile(path, np.uint8).reshape(RECORDS, 1 + PIXELS)
    return rows[:, 1:].copy().reshape(RECORDS, 3, 32, 32), checked_labels(path, rows[:, 0])


def read_pickled_batch(path):
    """Read the file `path` of the pickled edition: a dict of b"data" (RECORDS, PIXELS) uint8, b"labels" RECORDS ints.

    Returns
    -------
    X : (RECORDS, 3, 32, 32) uint8
    y : (RECORDS,) uint8

    Raises
    ------
    ValueError : not such a pickle, one that would run code, wrong size, or a label out of range
    """
    batch = unpickle(path)
    require(isinstance(batch, dict), f"{path} holds a {type(batch).__name__}, expected a dict; {ADVICE}")
    data, labels = (batch.get(key, batch.get(key.decode())) for key in (b"data", b"labels"))
    require(isinstance(data, PickledArray) and data.shape == (RECORDS, PIXELS),
            f"{path}: b'data' must be an array of {RECORDS} x {PIXELS} bytes, got {data!r:.60}; {ADVICE}")
    require(isinstance(labels, list) and len(labels) == RECORDS and all(type(label) is int for label in labels),
            f"{path}: b'labels' must be a list of {RECORDS} whole numbers, got {labels!r:.60}; {ADVICE}")
    return data.array().reshape(RECORDS, 3, 32, 32), checked_labels(path, labels)


def checked_labels(path, labels):
    """Return labels as uint8 if all lie in 0 to NUM_CLASSES - 1; else ValueError, which names the file `path`."""
    low, high = min(labels), max(labels)
    require(low >= 0 and high < NUM_CLASSES,
            f"{path} holds labels from {low} to {high}, expected 0 to {NUM_CLASSES - 1}; {ADVICE}")
    return np.asarray(labels, np.uint8)


class PickledType:
    """Stands in for `numpy.dtype`: remembers its name, ignores its state."""

    def __init__(self, name=None, *_):
        self.name = name

    def __setstate__(self, state):
        pass


class PickledArray:
    """Stands in for an array of uint8: keeps shape and bytes, and makes the array itself after looking at them."""

    shape, content = None, None

    def __setstate__(self, state):
        _, self.shape, kind, by_columns, self.content = state
        named = isinstance(kind, PickledType) and kind.name in (b"u1", "u1", b"uint8", "uint8")
        if by_columns or not named or not isinstance(self.content, bytes):
            raise pickle.UnpicklingError("its array is not one of bytes, row after row")
        rows, columns = self.shape
        if rows * columns != len(self.content):
            raise pickle.UnpicklingError(f"its array holds {len(self.content)} bytes, expected {self.shape}")

    def __repr__(self):
        return f"an array of shape {self.shape}"

    def array(self):
        """Return a copy of the bytes as a NumPy array of that shape, one that may be written to."""
        return np.frombuffer(bytearray(self.content), np.uint8).reshape(self.shape)


def latin1(text, encoding):
    """Return text as the bytes it was; Python 3 writes bytes this way into old pickles, `encoding` being Latin-1."""
    return text.encode("latin1")


# The names a CIFAR-10 pickle uses, and what we put in their place. Nothing named in a file is ever imported.
STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): lambda *_: PickledArray(),
    ("numpy._core.multiarray", "_reconstruct"): lambda *_: PickledArray(),
    ("numpy", "ndarray"): PickledArray,
    ("numpy", "dtype"): PickledType,
    ("_codecs", "encode"): latin1,
}


class SafeUnpickler(pickle._Unpickler):
    """Unpickle dicts, lists, numbers, bytes and arrays of bytes, and refuse everything else.

    The reader written in Python, not C's: on damaged files C's can ask for memory without bound.
    """

    def find_class(self, module, name):
        """Return our stand-in for the class or function `module`.`name`; pickle.UnpicklingError for all but a few."""
        if (module, name) not in STAND_INS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no CIFAR-10 file needs")
        return STAND_INS[module, name]


def unpickle(path):
    """Return what the pickle at `path` holds; run nothing.

    Raises
    ------
    ValueError : damaged, or it asks for anything but NumPy arrays
    """
    try:
        return SafeUnpickler(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except OSError:
        raise
    except Exception as error:  # damaged bytes can make an unpickler raise nearly anything
        raise ValueError(f"{path} is not a CIFAR-10 file and was not loaded: {error}; {ADVICE}") from error
