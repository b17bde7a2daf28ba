"""The readers of the library, each with a small valid file or folder, and what must be true of all that it reads."""

from contextlib import ExitStack
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np


@dataclass(frozen=True)
class Reader:
    """One reader of files.

    Attributes
    ----------
    make : function (folder), writes valid files
    read : function (folder) -> what the library reads there, a nest of dicts, lists, arrays and plain values
    files : names of those that get damaged, relative to the folder
    judge : function (what was read), raises AssertionError where that cannot be right
    form : how the files are built, as `damage` wants it
    strict : the files have checksums: what is read from a damaged one is what was written
    errors : the classes of errors that a refusal may have, and classes derived from them in the library
    pickles : the payloads of `payloads.pickles` are tried too
    names_file : a refusal names the damaged file; False where it names what the file belongs to
    every : int; reading is slow, so that only one of so many damages is done
    silent : what is returned for a damaged file that is not worth an error, such as a cache's
    """

    make: callable
    read: callable
    files: tuple
    judge: callable = lambda answer: None
    form: str = "binary"
    strict: bool = False
    errors: tuple = (ValueError,)
    pickles: bool = False
    names_file: bool = True
    silent: tuple = ()
    every: int = 1


def same(a, b):
    """Say whether two answers are equal, arrays and tensors bit by bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "numpy"):
        a, b = a.numpy(), b.numpy()
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b or (a != a and b != b)


def is_array(x, kinds, shape):
    """Assert that `x` is an array of a dtype in `kinds` (names) and of that shape, None for any length."""
    assert isinstance(x, np.ndarray) and x.dtype.name in kinds, f"{type(x).__name__} {getattr(x, 'dtype', '')}"
    assert x.ndim == len(shape) and all(want in (None, got) for want, got in zip(shape, x.shape)), x.shape


def is_text(*values):
    """Assert that these are texts that can be written to a file or a screen."""
    for value in values:
        assert isinstance(value, str), type(value).__name__
        value.encode()


def with_settings(function, *settings):
    """Return `function` with (module, name, value) in place while it runs."""
    def changed(folder):
        with ExitStack() as stack:
            for module, name, value in settings:
                stack.enter_context(patch.object(module, name, value))
            return function(folder)
    return changed


def readers():
    """Return {name: Reader} of all readers; imports the library's parts only now."""
    from corpus_captions import READERS as captions
    from corpus_images import READERS as images
    from corpus_models import READERS as models
    from corpus_texts import READERS as texts
    from corpus_workbook import READERS as workbook

    return {**images, **captions, **texts, **models, **workbook}
