"""Make mutants of a definition: copies of a module in which one place of one function or class is wrong.

What a learner's version lacks is left as it is: docstrings, and statements that only check the input.
"""

import ast
import functools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nodes import Surroundings, called
from operators import OPERATORS

import cs182lib

ROOT = Path(cs182lib.__file__).parent
_INDEXING = (ast.Slice, ast.Subscript)
_UNPACKED = re.compile(r"(^|for )\(((?:[^()]|\([^()]*\))*)\)( = | in )")  # Python 3.10 puts brackets round `a, b = c`


@dataclass
class Mutant:
    """One change to a module.

    Attributes
    ----------
    target : what is changed, `layers.dense:affine_forward`
    line : number of the line in the module
    operator : name of the operator that made the change
    original, mutated : the statement before and after, as ast.unparse writes them, with single quotes
    """

    target: str
    line: int
    operator: str
    original: str
    mutated: str
    _tree: ast.Module
    _edit: tuple

    @property
    def id(self):
        """`layers.dense:affine_forward:51:arithmetic`; several mutants may share it."""
        return f"{self.target}:{self.line}:{self.operator}"

    @property
    def module(self):
        """`layers.dense`."""
        return self.target.split(":")[0]

    def source(self):
        """Return the text of the whole mutated module."""
        before = _replace(*self._edit)
        try:
            return ast.unparse(self._tree)
        finally:
            _replace(*self._edit[:3], before)


def mutants_of(target, source=None):
    """Return every mutant of the definition `target`, in the order of the lines.

    Parameters
    ----------
    target : `layers.dense:affine_forward`, `models.captioning_rnn:CaptioningRNN.loss`; of a class all of it
    source : text of the module (default: the library's)
    """
    module, qualname = target.split(":")
    tree = _parse(module) if source is None else ast.parse(source)
    found, seen = [], set()
    for line, operator, original, mutated, edit in _edits(_find(tree, qualname)):
        if original != mutated and (line, original, mutated) not in seen:
            seen.add((line, original, mutated))
            found.append(Mutant(target, line, operator, original, mutated, tree, edit))
    return found


def choose(mutants, cap):
    """Return at most `cap` of the mutants (None: all), spread evenly over the operators, and over the lines of each."""
    if cap is None:
        return mutants
    waiting, chosen, lines = {}, [], Counter()
    for mutant in mutants:
        waiting.setdefault(mutant.operator, []).append(mutant)
    while any(waiting.values()) and len(chosen) < cap:
        for queue in waiting.values():
            if queue and len(chosen) < cap:
                best = min(queue, key=lambda mutant: lines[mutant.target, mutant.line])
                queue.remove(best)
                lines[best.target, best.line] += 1
                chosen.append(best)
    places = {id(mutant): i for i, mutant in enumerate(mutants)}
    return sorted(chosen, key=lambda mutant: places[id(mutant)])


@functools.cache
def _parse(module):
    return ast.parse(ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8"))


def _find(tree, qualname):
    for name in qualname.split("."):
        tree = next(child for child in tree.body if getattr(child, "name", None) == name)
    return tree


def _edits(definition):
    """Yield (line, operator, original, mutated, edit) for every change to a definition."""
    counters, bound = _counters(definition), set()
    own_head = [(None, None, None, definition)] if isinstance(definition, ast.FunctionDef) else []
    for parent, name, i, statement in (*own_head, *_statements(definition)):
        if isinstance(statement, ast.FunctionDef):
            bound = {argument.arg for argument in ast.walk(statement.args) if isinstance(argument, ast.arg)}
        original = _text(statement)
        whole = ((statement, parent, name, i, Surroundings(parent, counters, bound)),)
        inside = list(_expressions(statement, counters, bound))
        for node, above, where, place, around in (*whole, *inside):
            for operator in OPERATORS:
                for other in operator(node, around):
                    before = _replace(above, where, place, other)
                    mutated = _text(other if node is statement else statement)
                    _replace(above, where, place, before)
                    yield statement.lineno, operator.__name__, original, mutated, (above, where, place, other)
        names = [node for node, *_ in inside if isinstance(node, ast.Name)]
        bound = bound | {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _statements(node):
    """Yield (parent, field, index, statement) for the node's statements, outermost first."""
    for name in ("body", "orelse", "finalbody"):
        for i, statement in enumerate(getattr(node, name, ())):
            if not _only_checks(statement):
                yield node, name, i, statement
                yield from _statements(statement)


def _only_checks(statement):
    """Return whether a statement is a docstring or does nothing but check the input."""
    if isinstance(statement, (ast.Raise, ast.Assert, ast.Pass, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) or _checks_input(statement.value)
    if isinstance(statement, ast.Assign):
        return _checks_input(statement.value)
    if isinstance(statement, (ast.If, ast.For)):
        return all(map(_only_checks, [*statement.body, *statement.orelse]))
    return getattr(statement, "name", None) in ("__repr__", "extra_repr")


def _checks_input(node):
    name = called(node)
    return name is not None and (name == "require" or name.lstrip("_").startswith("check_"))


def _expressions(statement, counters, bound):
    """Yield (node, parent, field, index, surroundings) for the expressions of a statement, not of those inside it."""

    def below(node, in_index):
        for name, value in ast.iter_fields(node):
            for i, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                if not isinstance(child, ast.AST) or isinstance(child, (ast.stmt, ast.ExceptHandler)) \
                        or _checks_input(child) or name in ("decorator_list", "bases"):
                    continue
                inside = in_index or (isinstance(node, _INDEXING) and name != "value") or called(node) == "range"
                yield child, node, name, i, Surroundings(node, counters, bound, inside)
                yield from below(child, inside)

    yield from below(statement, False)


def _counters(definition):
    """Return the names that count turns: targets of a loop over range or enumerate."""
    loops = [node for node in ast.walk(definition) if isinstance(node, (ast.For, ast.comprehension))]
    return {name.id for loop in loops if any(called(node) in ("range", "enumerate") for node in ast.walk(loop.iter))
            for name in ast.walk(loop.target) if isinstance(name, ast.Name)}


def _replace(parent, name, i, new):
    """Put `new` in a place of the tree and return what was there."""
    if i is None:
        before = getattr(parent, name)
        setattr(parent, name, new)
    else:
        before = getattr(parent, name)[i]
        getattr(parent, name)[i] = new
    return before


def _text(statement):
    """Return a statement on one line, of a compound one its head."""
    if getattr(statement, "body", None) and isinstance(statement, ast.stmt):
        head = type(statement)(**{name: value for name, value in ast.iter_fields(statement)})
        head.body, head.lineno = [ast.Pass()], 0
        for name in ("orelse", "decorator_list", "handlers", "finalbody"):
            if getattr(head, name, None):
                setattr(head, name, [])
        text = ast.unparse(head).rsplit("\n", 1)[0]
    else:
        text = ast.unparse(statement)
    text = " ".join(text.replace('"', "'").split())
    return _UNPACKED.sub(r"\1\2\3", text)
