"""A notebook without its answers still holds every name that its other cells read."""

import ast
import builtins

import nbformat
import pytest

from cs182lib.workbook.paths import list_notebooks, notebook_name


def bound_by(statement):
    """Return the names that a statement leaves behind, those of loops inside of it included."""
    names = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def read_before_bound(cells):
    """Yield (name, start of the cell) for names that a cell reads at its top level and no cell so far has made."""
    known = set(dir(builtins)) | {"__name__"}
    for cell in cells:
        for statement in ast.parse(cell.source).body:
            bound = bound_by(statement)
            if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):  # their bodies run later
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known | bound:
                        yield node.id, cell.source[:40]
            known |= bound


@pytest.mark.parametrize("path", list_notebooks(), ids=notebook_name)
def test_no_name_comes_from_an_answer_alone(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    kept = [cell for cell in cells if "answer" not in cell.metadata.get("tags", [])]
    assert list(read_before_bound(kept)) == []


def test_a_name_that_is_not_there_is_found():
    cells = [nbformat.v4.new_code_cell(source) for source in (
        "def f():\n    return late", "squares = [n * n for n in range(3)]", "print(squares, f, answer)", "late = 1")]
    assert list(read_before_bound(cells)) == [("answer", "print(squares, f, answer)")]
