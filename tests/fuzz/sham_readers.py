"""Readers with a fault each, which the fuzzer has to find; and one without."""

import json
import os
import pickle
import sys
import time
import warnings

from corpus import Reader

WHOLE = b'{"number": 7}'


def make(folder):
    """Write the file that all of them read."""
    (folder / "file").write_bytes(WHOLE)


def content(folder):
    """Return the file's bytes."""
    return (folder / "file").read_bytes()


def right(folder):
    """Refuse every damage."""
    if content(folder) != WHOLE:
        raise ValueError(f"{folder / 'file'} is damaged; fetch it again")
    return 7


def faulty(fault):
    """Return a reader that reads the whole file right, and meets a damaged one with `fault`."""
    def read(folder):
        return 7 if content(folder) == WHOLE else fault(folder)
    return read


def complain(error):
    """Return a fault that raises this error."""
    def fault(folder):
        raise error(folder) if callable(error) and not isinstance(error, type) else error
    return fault


def loop(folder):
    """Never end."""
    while True:
        time.sleep(0.01)


def work(folder):
    """Return the right answer after a lot of work."""
    end = time.process_time() + 1.2
    while time.process_time() < end:
        pass
    return 7


def flood(folder):
    """Warn and warn."""
    for i in range(100):
        warnings.warn(f"odd byte {i}", stacklevel=1)
    return 7


def chatter(folder):
    """Print from below Python."""
    os.write(2, b"HDF5 error\n")
    return 7


def hoard(folder):
    """Ask for more memory than there is for a worker."""
    return len(bytearray(1 << 40))


def unpickle(folder):
    """Run what is in the file."""
    try:
        return 7 if content(folder) == WHOLE else pickle.loads(content(folder)) and 7
    except Exception:
        raise ValueError(f"{folder / 'file'} is damaged; fetch it again") from None


def be_seven(answer):
    """Raise AssertionError unless the answer can be right."""
    assert answer == 7, answer


def fault(function, **options):
    """Return a Reader whose read meets a damaged file so."""
    return Reader(make, faulty(function), ("file",), be_seven, **options)


FAULTS = {  # name -> (what the fuzzer has to say, Reader)
    "crashes": ("crash", fault(lambda folder: os._exit(11))),
    "aborts": ("crash", fault(lambda folder: os.abort())),
    "hangs": ("hang", fault(loop)), "works on": ("hang", fault(work)),
    "KeyError": ("foreign", fault(lambda folder: {}["number"])),
    "a ValueError's heir": ("foreign", fault(lambda folder: json.loads("{"))),
    "exits": ("foreign", fault(lambda folder: sys.exit(0))),
    "MemoryError": ("foreign", fault(hoard)),
    "RecursionError": ("foreign", fault(lambda folder: json.loads("[" * 100000))),
    "names no file": ("foreign", fault(complain(ValueError("the data are damaged; fetch them again")))),
    "gives no advice": ("foreign", fault(complain(lambda folder: ValueError(f"{folder / 'file'} is odd")))),
    "says too much": ("foreign", fault(complain(lambda folder: ValueError(f"{folder / 'file'}; fetch {'x' * 9999}")))),
    "cannot be printed": ("foreign", fault(complain(lambda folder: ValueError(f"{folder / 'file'}; fetch \ud800")))),
    "another number": ("wrong", fault(lambda folder: 8)), "None": ("wrong", fault(lambda folder: None)),
    "against the checksum": ("wrong", Reader(make, lambda folder: len(content(folder)), ("file",), strict=True)),
    "warns on and on": ("noise", fault(flood)), "prints": ("noise", fault(chatter)),
    "runs a pickle": ("executed", Reader(make, unpickle, ("file",), be_seven, pickles=True)),
    "cannot read": ("foreign", Reader(make, lambda folder: {}["number"], ("file",))),
    "right": ("refused", Reader(make, right, ("file",), be_seven)),
    "right cache": ("refused", fault(lambda folder: None, silent=(None,))),
}


def readers():
    """Return {name: Reader}."""
    return {name: reader for name, (_, reader) in FAULTS.items()}
