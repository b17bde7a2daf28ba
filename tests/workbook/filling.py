"""Put the solutions back into a blank workbook, by another way than they were taken out."""

import ast

import nbformat

from cs182lib.exercises import exercises
from cs182lib.workbook.blank import renamed
from cs182lib.workbook.paths import NOTEBOOKS
from cs182lib.workbook.start import LIBRARY


def functions(tree, prefix=""):
    """Yield (qualified name, node) of every function of a module or class, methods included, nested ones not."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node


def is_stub(node):
    """Say whether a function does nothing but raise NotImplementedError."""
    last = node.body[-1]
    return (isinstance(last, ast.Raise) and "NotImplementedError('write `" in ast.unparse(last)
            and len(node.body) == 1 + (ast.get_docstring(node) is not None))


def below_docstring(node):
    """Return the first and last line of a function's body, docstring left out, comments above the code included."""
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        return first.end_lineno + 1, node.end_lineno
    header = max([node.lineno, *(child.end_lineno for child in ast.walk(node.args) if hasattr(child, "end_lineno"))]
                 + ([node.returns.end_lineno] if node.returns else []))
    return header + 1, node.end_lineno


def filled(blank, solved, only=None):
    """Return the blank source with the bodies of the solved one; `only` names the functions to fill in."""
    bodies, lines = dict(functions(ast.parse(solved))), blank.splitlines(keepends=True)
    for name, node in reversed(list(functions(ast.parse(blank)))):
        if is_stub(node) and (only is None or name in only):
            first, last = below_docstring(node)
            start, end = below_docstring(bodies[name])
            lines[first - 1:last] = solved.splitlines(keepends=True)[start - 1:end]
    return "".join(lines)


def solve(folder, *names):
    """Write the library's solutions of these exercises into an own workbook."""
    for name in names:
        for solution in exercises()[name].solution:
            module, qualname = solution.split(":")
            path = folder / "my182" / (module.replace(".", "/") + ".py")
            solved = renamed((LIBRARY / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
            wanted = {function for function, _ in functions(ast.parse(solved))
                      if function == qualname or function.startswith(f"{qualname}.")}
            path.write_text(filled(path.read_text(encoding="utf-8"), solved, wanted), encoding="utf-8")


def solve_notebook(folder, notebook):
    """Write the solved cells into a notebook of an own workbook; return its path."""
    path, tagged = folder / "notebooks" / f"{notebook}.ipynb", {}
    for cell in nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells:
        tagged |= {tag: renamed(cell.source) for tag in cell.metadata.get("tags", []) if tag.startswith("exercise:")}
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        for tag in cell.metadata.get("tags", []):
            cell.source = tagged[tag]
    nbformat.write(nb, path)
    return path
