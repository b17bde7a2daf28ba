"""Docstrings tell what a caller must know: arguments, shapes, ranges, what is returned and raised, the source."""

import ast

import pytest
from docstring_rules import LIBRARY, faults
from docstring_sources import SOURCES

MODULES = sorted("/".join(path.relative_to(LIBRARY).parts) for path in LIBRARY.rglob("*.py"))

WHOLE = '''
from cs182lib.validation import check_count, check_floats, check_number

def scaled(x, factor, times=2):
    """Return x times a factor, as often as it is told.

    Parameters
    ----------
    x : (N, D) floats
    factor : number >= 0
    times : int, how often

    Raises
    ------
    TypeError, ValueError : x is no float matrix, or a number is out of range
    """
    check_floats("x", x, ndim=2)
    check_number("factor", factor, 0)
    check_count("times", times)
    return x * factor**times


class Box:
    """Keeps what fits in.

    Attributes
    ----------
    size : int, bytes

    Raises
    ------
    ValueError : the content is too large
    """

    size: int

    def __init__(self, content):
        self._refuse_large(content)

    def _refuse_large(self, content):
        if len(content) > self.size:
            raise ValueError("too large")

    def opened(self, lid):
        """Return the content once the lid is off; KeyError where it is locked."""
        if lid:
            raise KeyError("locked")
        return self
'''


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_tell_what_a_caller_must_know(name):
    assert list(faults((LIBRARY / name).read_text(encoding="utf-8"))) == []


def test_a_whole_docstring_has_no_fault():
    assert list(faults(WHOLE)) == []


@pytest.mark.parametrize("old, new, fault", [
    ("    x : (N, D) floats\n", "    factors of it\n", ("scaled", "gives no shape of x")),
    ("    x : (N, D) floats\n", "    x : floats\n", ("scaled", "gives no shape of x")),
    ("factor : number >= 0", "factor : number", ("scaled", "gives no range or unit of factor")),
    ("    times : int, how often\n", "    times : int\n", ("scaled", "gives no range or unit of times")),
    ("    times : int, how often\n", "", ("scaled", "does not name the argument times")),
    ("Return x times", "Multiply x by", ("scaled", "does not say what is returned")),
    ("TypeError, ValueError : x", "TypeError : x", ("scaled", "does not tell that ValueError is raised")),
    ("    Raises\n    ------\n    TypeError, ValueError : x is no float matrix, or a number is out of range\n", "",
     ("scaled", "does not tell that TypeError is raised")),
    ("    size : int, bytes\n", "", ("Box", "does not name the field size")),
    ("the content is", "it is", ("Box", "does not name the argument content")),
    ("    ValueError : the", "    the", ("Box", "does not tell that ValueError is raised")),
    ("Return the content", "Open the content", ("Box.opened", "does not say what is returned")),
    ("once the lid is off", "once it is off", ("Box.opened", "does not name the argument lid")),
    ("; KeyError where it is locked", "", ("Box.opened", "does not tell that KeyError is raised"))])
def test_a_docstring_that_lacks_something_is_found(old, new, fault):
    assert WHOLE.count(old) == 1
    found = list(faults(WHOLE.replace(old, new)))
    assert fault in found


def source_faults(name, author, place):
    """Return which of author and place neither the docstring of a method nor that of its module names."""
    module, definition = name.split(":")
    tree = ast.parse((LIBRARY / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    node = next(node for node in tree.body if getattr(node, "name", None) == definition)
    text = " ".join(f"{ast.get_docstring(node)} {ast.get_docstring(tree)}".split())
    return [told for told in (author, place) if told not in text]


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_of_a_method_is_named(name):
    assert source_faults(name, *SOURCES[name]) == []


def test_a_source_that_is_not_named_is_found():
    assert source_faults("training.optim:adam", "Kingma and Ba", "algorithm 1") == []
    assert source_faults("training.optim:adam", "Hinton", "lecture 6.5") == ["Hinton", "lecture 6.5"]
    assert source_faults("training.optim:sgd", "Kingma and Ba", "") == ["Kingma and Ba"]
