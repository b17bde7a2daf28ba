"""Show the library's own source in a notebook, so that the reader never has to leave the page."""

import ast
import inspect
import textwrap


def show_source(*objects):
    """Display the source of functions and classes as Python code, without their docstrings.

    Parameters
    ----------
    objects : functions, methods, classes or modules of the library, in the order to show

    Raises
    ------
    TypeError : something that has no Python source (a number, a built-in)
    """
    from IPython.display import Markdown, display

    code = "\n\n\n".join(source_without_docstrings(obj) for obj in objects)
    display(Markdown(f"```python\n{code}\n```"))


def source_without_docstrings(obj):
    """Return the source of `obj` as it stands in its file, dedented, every docstring in it cut out.

    Whole lines are cut and the rest is kept as written, comments included: the same text on every Python version.

    TypeError where it has no source in Python.
    """
    try:
        source = textwrap.dedent(inspect.getsource(obj))
    except TypeError:
        raise TypeError(f"show_source shows functions, classes and modules, got {type(obj).__name__} {obj!r}; "
                        "pass the function itself, not its result") from None
    lines = source.splitlines()
    for first, last in sorted(_docstring_lines(ast.parse(source)), reverse=True):
        while last < len(lines) and not lines[last].strip():
            last += 1  # the blank lines that set the docstring off go with it
        del lines[first - 1:last]
    return "\n".join(lines).strip("\n")


def _docstring_lines(tree):
    """Yield (first, last) line numbers, from 1, of every docstring that stands on lines of its own."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if ast.get_docstring(node, clean=False) is not None and len(node.body) > 1:
                yield node.body[0].lineno, node.body[0].end_lineno
