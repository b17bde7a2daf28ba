"""Homework 2: nothing that the blank workbook holds shows how an exercise of it is solved."""

import ast
import re

import nbformat
import pytest

from cs182lib.exercises import choose
from cs182lib.workbook.blank import SUBJECTS, blank_module
from cs182lib.workbook.paths import NOTEBOOKS, ROOT

EXERCISES = choose(["hw2"])
# What only solutions call.
SECRETS = {"at", "gather", "word_embedding_forward", "word_embedding_backward",
           "temporal_affine_forward", "temporal_affine_backward", "temporal_softmax_loss", "lstm_step_forward",
           "lstm_step_backward", "additive_attention_forward", "additive_attention_backward"}
NOTEBOOK_NAMES = sorted({exercise.notebook for exercise in EXERCISES})


def library_modules():
    """Yield (dotted name, source) of the modules that the blank workbook of Homework 2 copies, text aside."""
    for path in sorted((ROOT / "cs182lib").rglob("*.py")):
        parts = path.relative_to(ROOT / "cs182lib").with_suffix("").parts
        if parts[0] in SUBJECTS and parts[0] != "language":
            yield ".".join(parts), path.read_text(encoding="utf-8")


def called(source):
    """Return the names of everything that a module calls."""
    functions = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {getattr(function, "attr", getattr(function, "id", None)) for function in functions}


def lines_of_solutions():
    """Return every line of code, of some length, that the blank workbook leaves out of the modules."""
    found = set()
    for module, source in library_modules():
        kept = set(map(str.strip, blank_module(source, module, EXERCISES).splitlines()))
        found |= {line.split("  #")[0] for line in map(str.strip, source.splitlines())
                  if line not in kept and len(line.split("  #")[0]) > 25 and "check_" not in line}
    return found


def kept_cells(name):
    """Return the cells that stay readable in the blank notebook: neither answers nor questions nor exercises."""
    nb = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    return [cell for cell in nb.cells
            if not any(re.match("answer|question|exercise", tag) for tag in cell.metadata.get("tags", []))]


@pytest.mark.parametrize("module, source", list(library_modules()), ids=lambda text: text if "\n" not in text else "")
def test_no_other_code_shows_how_it_is_done(module, source):
    assert not called(blank_module(source, module, EXERCISES)) & SECRETS


def test_what_is_secret_is_what_solutions_call():
    whole = set().union(*(called(source) for _, source in library_modules()))
    assert SECRETS <= whole


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_notebook_shows_no_line_of_a_solution(name):
    text = "\n".join(cell.source for cell in kept_cells(name))
    assert text and not [line for line in lines_of_solutions() if line in text]


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_an_answer_comes_with_no_other_line_of_bold(name):
    """The blank notebook keeps what is bold at the start of a line: in an answer's cell that is the question alone."""
    nb = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    questions = [cell.source for cell in nb.cells if "question" in cell.metadata.get("tags", [])]
    assert len(questions) >= 2
    for source in questions:
        bold = re.findall(r"^\*\*.+?\*\*(?: +\*[^*]+\*)?", source, re.MULTILINE)
        assert len(bold) == 1 and "?" in bold[0], source
