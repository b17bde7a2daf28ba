"""Small helpers for nodes of a syntax tree."""

import ast
import copy
from dataclasses import dataclass, field


@dataclass
class Surroundings:
    """What an operator may need to know about the place of a node.

    Attributes
    ----------
    parent : the node above
    counters : names that count the turns of a loop
    bound : names that have a value before this statement
    in_index : whether the node lies inside an index, a slice or the arguments of `range`
    """

    parent: ast.AST
    counters: set = field(default_factory=set)
    bound: set = field(default_factory=set)
    in_index: bool = False


def changed(node, **fields):
    """Return a shallow copy of `node` with other fields."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def called(node):
    """Return the last name of what a call calls: `mean` of both np.mean(x) and x.mean(); None where it has none."""
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "attr", getattr(node.func, "id", None))


def swapped(items, i):
    """Return a list with the neighbours i and i + 1 swapped."""
    return [*items[:i], items[i + 1], items[i], *items[i + 2:]]


def number(value):
    """Return the node of an integer, a negative one with its minus as ast.parse has it."""
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))
