"""Take the solutions out of a module: the body of each exercise becomes a stub that says what to write.

The rest of the file stays as it is, to the letter: signatures, docstrings, imports, comments elsewhere.
"""

import ast
import re
import textwrap

from cs182lib.exercises.exercise import PACKAGE

SUBJECTS = ("layers", "models", "training", "vision", "language")  # what becomes the learner's own package
_LIBRARY = re.compile(rf"\bcs182lib\.(?={'|'.join(SUBJECTS)}\b)")
_FROM = re.compile(rf"\bfrom cs182lib import (?=(?:{'|'.join(SUBJECTS)})\b)")


def renamed(text):
    """Return `text` with the library's subjects under the learner's name: cs182lib.layers -> my182.layers.

    Data, checks, figures and the workbook's commands stay the library's.
    """
    return _FROM.sub(f"from {PACKAGE} import ", _LIBRARY.sub(f"{PACKAGE}.", text))


def blank_module(source, module, exercises):
    """Return the source of one module with the solutions of `exercises` taken out.

    Parameters
    ----------
    source : str, the solved module
    module : str, its dotted name below cs182lib, `layers.dense`
    exercises : the exercises to take out; those that lie in other modules are passed over

    Raises
    ------
    ValueError : a solution names a definition that the module has not
    """
    stubs = {}  # (first line, last line) from 1 -> stub; one for each function, though exercises may share it
    for qualname, sharing in _by_definition(module, exercises).items():
        for number, (path, function) in enumerate(_functions(find(ast.parse(source), qualname, module), qualname)):
            stubs[_body_lines(source.splitlines(), function)] = _stub(sharing, qualname, path, function, number)
    lines = source.splitlines(keepends=True)
    for (first, last), stub in sorted(stubs.items(), reverse=True):
        lines[first - 1:last] = [line + "\n" for line in stub]
    return "".join(lines)


def _by_definition(module, exercises):
    """Return qualified name -> exercises it belongs to, for the definitions of this module."""
    found = {}
    for exercise in exercises:
        for solution in exercise.solution:
            name, qualname = solution.split(":")
            if name == module:
                found.setdefault(qualname, []).append(exercise)
    return found


def find(tree, qualname, module):
    """Return the syntax node of a function, class or method; ValueError where the tree has no such `qualname`.

    module is what the message calls it.
    """
    node = tree
    for name in qualname.split("."):
        node = next((child for child in node.body if getattr(child, "name", None) == name), None)
        if node is None:
            raise ValueError(f"cs182lib.{module} has no {qualname}, which an exercise names as its solution")
    return node


def _functions(node, qualname):
    """Yield (qualified name, node) of a function, or of every method of a class."""
    if isinstance(node, ast.ClassDef):
        for child in node.body:
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                yield from _functions(child, f"{qualname}.{child.name}")
    else:
        yield qualname, node


def _body_lines(lines, function):
    """Return the first and last line, from 1, of what stands below signature and docstring, comments included."""
    has_docstring = ast.get_docstring(function, clean=False) is not None
    if has_docstring:
        first = function.body[0].end_lineno + 1
    else:
        first = function.body[0].lineno
        while lines[first - 2].strip().startswith("#") or not lines[first - 2].strip():
            first -= 1
    last = function.end_lineno
    for number in range(last + 1, len(lines) + 1):  # comments that trail the body belong to it
        text = lines[number - 1]
        if text.strip() and not (text.lstrip().startswith("#") and _indent(text) > function.col_offset):
            break
        last = number if text.strip() else last
    return first, last


def _indent(line):
    return len(line) - len(line.lstrip())


def _stub(sharing, qualname, path, function, number):
    """Return the lines that take the place of a body.

    sharing : the exercises this definition belongs to; number : 0 for a function and for the first method of a class
    """
    first = sharing[0]
    names = ", ".join(exercise.name for exercise in sharing)
    if number:
        text = f"Your turn, too: {names}."
    elif first.solution[0].split(":")[1].split(".")[0] == qualname.split(".")[0]:
        text = f"Your turn: {names}. {first.task}"
    else:
        main = first.solution[0].split(":")[1]
        text = f"A part of {names}: fill it in for what else uses it, or for your own `{main}`."
    indent = " " * (function.col_offset + 4)
    return [*textwrap.wrap(text, 120, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ",
                           break_on_hyphens=False),
            f'{indent}raise NotImplementedError("write `{path}`")']
