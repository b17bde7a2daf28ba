"""show_source: the code as it stands in the file, docstrings cut out."""

import ast

import pytest

from cs182lib.validation import check_count
from cs182lib.workbook.source import show_source, source_without_docstrings


def sample(x):
    """One line."""
    # a comment stays
    def inner(y):
        """Several
        lines.
        """

        return "a string that is no docstring"  # so does this one

    return inner(x)


class Sample:
    """A class."""

    size = 3

    def method(self):
        """Say so."""
        return self.size


def only_a_docstring():
    """Nothing else here."""


def test_docstrings_go_and_all_else_stays():
    assert source_without_docstrings(sample) == '''def sample(x):
    # a comment stays
    def inner(y):
        return "a string that is no docstring"  # so does this one

    return inner(x)'''


def test_class_and_method():
    assert source_without_docstrings(Sample) == '''class Sample:
    size = 3

    def method(self):
        return self.size'''
    assert source_without_docstrings(Sample.method) == "def method(self):\n    return self.size"


def test_body_that_is_only_a_docstring_is_kept():
    assert source_without_docstrings(only_a_docstring).endswith('"""Nothing else here."""')


def test_what_is_shown_is_python_and_markdown(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    show_source(check_count, sample)
    text = shown[0].data
    assert text.startswith("```python\ndef check_count(") and text.endswith("\n```")
    assert '"""' not in text and "\n\n\ndef sample(x):" in text
    ast.parse(text.removeprefix("```python").removesuffix("```"))


@pytest.mark.parametrize("thing", [3, len])
def test_what_has_no_source_is_refused(thing):
    with pytest.raises(TypeError, match="pass the function itself"):
        show_source(thing)
