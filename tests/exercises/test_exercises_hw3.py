"""Homework 3 as a learner gets it: what stands beside an exercise does not show its solution."""

import ast
import inspect

import nbformat
import pytest

from cs182lib.checks import hw3
from cs182lib.exercises import exercises
from cs182lib.language import bert, decoder_cache, language_model, pointer, transformer_blocks, transformer_trainer
from cs182lib.workbook.blank_notebook import blank_notebook
from cs182lib.workbook.paths import NOTEBOOKS

HERE = {name: exercise for name, exercise in exercises().items() if exercise.homework == "hw3"}
NAMES = sorted({exercise.notebook for exercise in HERE.values()})


def notebook(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def code(nb):
    """Return the syntax trees of the code cells, without the one that finds the learner's package."""
    return [ast.parse(cell.source) for cell in nb.cells if cell.cell_type == "code" and cell.id != "open-own"]


def called(tree):
    """Return the names of the methods and attributes that are called."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}


def names(tree, kind):
    """Return the names that are loaded (ast.Load), or made (ast.Store), functions included, in a cell."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}
    made = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found | made if kind is ast.Store else found


def test_checks_and_exercises_are_in_the_order_of_the_notebooks():
    assert list(HERE) == list(hw3.CHECKS)
    asked = [line.split('"')[1] for name in NAMES for cell in notebook(name).cells if cell.cell_type == "code"
             for line in cell.source.splitlines() if line.startswith('check("')]
    assert asked == list(HERE)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_is_not_needed_later(name):
    nb = notebook(name)
    answers = [cell for cell in nb.cells if "answer" in cell.metadata.get("tags", []) and cell.cell_type == "code"]
    others = [tree for cell in nb.cells if cell not in answers and cell.cell_type == "code"
              for tree in [ast.parse(cell.source)]]
    made = {made for cell in answers for made in names(ast.parse(cell.source), ast.Store)}
    kept = {made for tree in others for made in names(tree, ast.Store)}
    assert answers and not {used for tree in others for used in names(tree, ast.Load)} & (made - kept)


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_notebook_neither_attends_nor_masks_a_loss(name):
    for tree in code(blank_notebook(notebook(name), HERE)):
        functions = called(tree)
        assert not functions & {"cross_entropy", "gather", "scatter_add", "multinomial", "pad"}
        products = [node for node in ast.walk(tree) if isinstance(node, ast.MatMult)]
        assert not (products and "softmax" in functions)


@pytest.mark.parametrize("given", [bert, decoder_cache, pointer.Pointer, transformer_blocks,
                                   language_model.language_model_loss, transformer_trainer.TransformerTrainer])
def test_what_is_given_calls_what_the_learner_writes(given):
    assert not called(ast.parse(inspect.getsource(given))) & {"softmax", "log_softmax", "cross_entropy", "transpose"}


def test_twins_are_exercises_both():
    assert {"hw3/HiddenLayerLoss", "hw3/EmbeddingLayerLoss"} <= HERE.keys()
    shared = [name for name, exercise in HERE.items() if "language.transformer_blocks:residual" in exercise.solution]
    assert shared == ["hw3/TransformerFeedForward", "hw3/TransformerEncoderBlock", "hw3/TransformerDecoderBlock"]


def test_cells_are_tagged():
    tagged = [tag.removeprefix("exercise:") for name in NAMES for cell in notebook(name).cells
              for tag in cell.metadata.get("tags", []) if tag.startswith("exercise:")]
    assert tagged == [name for name, exercise in HERE.items() if exercise.is_cell]
