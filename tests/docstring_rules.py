"""What a docstring of the library must tell, read off the code that it describes.

`faults(source)` compares the two for every public function, class and method of a module, without importing it: the
arguments that must be named, the numbers and arrays that need a range, unit or shape, what is returned, and the errors
that are raised, here or by the functions that check arguments and files for the whole library.
"""

import ast
import re
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1] / "cs182lib"
HELPERS = ("cs182lib.validation", "cs182lib.files")  # where the functions live that raise for their callers
NUMBERS = {"check_number", "check_count"}
ARRAYS = {"check_floats", "check_labels", "check_shape", "check_no_nan"}
SHAPE = re.compile(r"\([\w.·*+' -]+,[^()]*\)|\bshapes?\b|\bas (?:for|in|of) `", re.I)
RANGE = re.compile(r"[\d<>≤≥=]|\b(?:at (?:least|most)|above|below|between|positive|share|chance|probability)\b|`")
RETURNED = re.compile(r"\b(?:[Rr]eturn(?:s|ed)?|[Yy]ields?)\b|^(?:Give|Tell|Say|Whether|Make)\b|->| = ")
TYPE_ALONE = re.compile(r"[\s:]*(?:an? )?(?:ints?|floats?|numbers?)?(?: or None)?\s*$")
SENT_ON = re.compile(r"Raises\n *------\n *as for `|\b(?:Raises|errors) (?:are|as) (?:those )?(?:of|in|for) `")


def faults(source):
    """Yield (name, fault) for everything public in a module's source."""
    tree = ast.parse(source)
    known = within_reach(tree)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield from class_faults(node, known) if isinstance(node, ast.ClassDef) else (
                (node.name, fault) for fault in function_faults(node, ast.get_docstring(node) or "", known))


def class_faults(node, known):
    """Yield (name, fault) of a class, whose docstring is that of its fields and of the arguments it is made with."""
    text = ast.get_docstring(node) or ""
    methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
    known = {**known, **{method.name: method for method in methods if method.name.startswith("_")}}
    for child in node.body:
        if isinstance(child, ast.AnnAssign) and not names(text, child.target.id):
            yield node.name, f"does not name the field {child.target.id}"
    for method in methods:
        both = text + "\n" + (ast.get_docstring(method) or "")
        if method.name in ("__init__", "__post_init__"):
            yield from ((node.name, fault) for fault in argument_faults(method, both))
            yield from ((node.name, fault) for fault in error_faults(method, both, known))
        elif not method.name.startswith("_"):
            yield from ((f"{node.name}.{method.name}", fault) for fault in function_faults(
                method, ast.get_docstring(method) or "", known, both))


def function_faults(function, text, known, context=None):
    """Yield what a docstring does not tell; arguments and errors may stand in `context`, that of the class."""
    yield from argument_faults(function, context or text)
    if "property" not in map(ast.unparse, function.decorator_list):
        yield from result_faults(function, text)
    yield from error_faults(function, context or text, known)


def argument_faults(function, text):
    """Yield the arguments that are not named, and those that lack a shape, range or unit."""
    listed = "Parameters\n" in (ast.get_docstring(function) or "")
    for name in arguments(function):
        if not names(text, name) or listed and not re.search(rf"`{name}`|\b{name}(?:, [\w*]+)* : ", text):
            yield f"does not name the argument {name}"
    numbers, bounded, arrays = measured(function)
    for name in sorted(arrays):
        if not SHAPE.search(entry(name, text) or text):
            yield f"gives no shape of {name}"
    for name in sorted(numbers):
        told = (entry(name, text) or text).split(name, 1)[-1].lstrip(" :")
        if TYPE_ALONE.match(told) or name in bounded and not RANGE.search(told):
            yield f"gives no range or unit of {name}"


def result_faults(function, text):
    """Yield a fault where something is returned and the docstring does not say what."""
    values = [node.value for node in own(function) if isinstance(node, (ast.Return, ast.Yield))]
    given = any(value is not None and ast.unparse(value) != "None" for value in values)
    if given and not RETURNED.search(text):
        yield "does not say what is returned"


def error_faults(function, text, known):
    """Yield the errors that are not named, unless the docstring sends on to another function for them."""
    for error in sorted(raised(function, known)):
        if error not in text and not SENT_ON.search(text):
            yield f"does not tell that {error} is raised"


def names(text, name):
    """Return whether `name` stands in the text as a word."""
    return re.search(rf"(?<!\w){name}(?!\w)", text) is not None


def entry(name, text):
    """Return the entry of an argument under Parameters, or None."""
    found = re.search(rf"(?<!\w){name}(?:, [\w*]+)* : .*(?:\n +.*)*", text)
    return found and found[0]


def arguments(function):
    """Return the names of a function's arguments, without self."""
    a = function.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
    return [arg.arg for arg in every if arg.arg not in ("self", "cls") and not arg.arg.startswith("_")]


def measured(function):
    """Return the arguments that are numbers, numbers with bounds, and arrays, by what the code does with them."""
    a, numbers, bounded, arrays = function.args, set(), set(), set()
    defaults = [*zip(reversed([*a.posonlyargs, *a.args]), reversed(a.defaults)), *zip(a.kwonlyargs, a.kw_defaults)]
    numbers |= {arg.arg for arg, value in defaults if type(getattr(value, "value", None)) in (int, float)}
    for node in own(function):
        checked = called(node)
        name = getattr(node.args[1], "id", None) if checked in NUMBERS | ARRAYS and len(node.args) > 1 else None
        numbers |= {name} if checked in NUMBERS else set()
        bounded |= {name} if checked == "check_number" and len(node.args + node.keywords) > 2 else set()
        arrays |= {name} if checked in ARRAYS else set()
        if isinstance(node, ast.Attribute) and node.attr in ("shape", "ndim"):
            arrays.add(getattr(node.value, "id", None))
    known = set(arguments(function))
    return numbers & known - arrays, bounded & known, arrays & known


def raised(function, known, seen=frozenset()):
    """Return the names of the errors that a function raises itself, or through the functions in `known`, by name."""
    found = set()
    for node in own(function, caught=False):
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = getattr(node.exc, "func", node.exc)
            found |= {error.id} if isinstance(error, ast.Name) and error.id[0].isupper() else set()
        name = called(node)
        if name in known and name not in seen:
            found |= raised(known[name], known, seen | {name})
    return found


def own(function, caught=True):
    """Yield the nodes of a function without those of functions inside it, and on request without what it catches."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.Try) and node.handlers and not caught:
            waiting += [*node.handlers, *node.orelse, *node.finalbody]
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def called(node):
    """Return the name of the function, or method of self, that a node calls, or None."""
    function = getattr(node, "func", None)
    of_self = isinstance(function, ast.Attribute) and getattr(function.value, "id", None) in ("self", "cls")
    return function.attr if of_self else getattr(function, "id", None)


def within_reach(tree):
    """Return the functions whose errors a module's functions pass on: its private ones and the helpers it imports."""
    known = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("_")}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in HELPERS:
            known |= helpers(node.module.split(".")[1])
    return known


@cache
def helpers(module):
    """Return the functions of validation or files by name, and those of validation that files pass on."""
    tree = ast.parse((LIBRARY / f"{module}.py").read_text(encoding="utf-8"))
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return found if module == "validation" else {**helpers("validation"), **found}
