"""The rules of the house: small modules and functions, a docstring on everything public, imports that flow one way."""

import ast
import re
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[1] / "cs182lib"
MODULES = sorted("/".join(path.relative_to(LIBRARY).parts) for path in LIBRARY.rglob("*.py"))
SUBJECTS = {"data", "layers", "models", "training", "vision", "language"}
# what a package may import from the library, at the top of a module or inside a function
FLOW = {"layers": {"layers", "validation"}, "models": {"layers", "models", "validation"},
        "exercises": {"exercises", "checks"}}
FROM_SCRATCH = [name for name in MODULES if name.split("/")[0] in ("layers", "models")] + ["training/optim.py"]
# the commands of long runs record their results by the workbook's means
MAY_RECORD = re.compile(r"_run\.py$|style_recipes\.py$|train_squeezenet\.py$|cifar_net\.py$")


def tree(name):
    """Return the syntax tree of a module of the library."""
    return ast.parse((LIBRARY / name).read_text(encoding="utf-8"))


def imported(name):
    """Return the dotted names of all modules that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def packages(name):
    """Return the packages of the library that a module imports."""
    return {dotted.split(".")[1] for dotted in imported(name) if dotted.startswith("cs182lib.")}


@pytest.mark.parametrize("name", MODULES)
def test_module_and_functions_are_small(name):
    assert len((LIBRARY / name).read_text(encoding="utf-8").splitlines()) <= 300
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.FunctionDef):
            start = 1 if ast.get_docstring(node) is not None and len(node.body) > 1 else 0
            assert node.body[-1].end_lineno - node.body[start].lineno + 1 <= 40, node.name


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_has_a_docstring(name):
    """All but functions of one statement, such as softmax in the definitions that checks compare with."""
    assert ast.get_docstring(tree(name)) or not tree(name).body, "the module"
    for outer in ast.walk(tree(name)):
        if isinstance(outer, (ast.Module, ast.ClassDef)):
            for node in outer.body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                    assert ast.get_docstring(node) or len(node.body) == 1, node.name


@pytest.mark.parametrize("name", FROM_SCRATCH)
def test_what_is_from_scratch_is_numpy_alone(name):
    outside = {dotted.split(".")[0] for dotted in imported(name)} - {"cs182lib"}
    assert outside <= {"numpy", "math", "copy", "itertools", "functools", "dataclasses", "typing", "collections",
                       "numbers"}


@pytest.mark.parametrize("name", [name for name in MODULES if name.split("/")[0] in SUBJECTS | set(FLOW)])
def test_imports_flow_one_way(name):
    package, found = name.split("/")[0], packages(name)
    assert found <= FLOW.get(package, found), found
    if not MAY_RECORD.search(name):
        assert not found & {"checks", "workbook", "exercises", "plots"} - FLOW.get(package, set()), found
    if package == "data":
        assert "models" not in found


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("__init__.py")])
def test_packages_only_re_export(name):
    for node in tree(name).body:
        if isinstance(node, ast.FunctionDef):
            assert node.name == "__getattr__"
        else:
            assert isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)), ast.unparse(node)


@pytest.mark.parametrize("name", MODULES)
def test_the_encoding_of_every_text_file_is_named(name):
    """Windows takes another by itself than Linux and macOS do, and so does Linux with LC_ALL=C."""
    for call in (node for node in ast.walk(tree(name)) if isinstance(node, ast.Call)):
        named = {keyword.arg for keyword in call.keywords}
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("read_text", "write_text"):
            assert "encoding" in named, ast.unparse(call)
        if ast.unparse(call.func) in ("open", "Path.open", "os.fdopen"):
            assert "encoding" in named or "b" in " ".join(map(ast.unparse, call.args[1:])), ast.unparse(call)


def test_no_test_module_changes_the_environment_when_it_is_imported():
    """It would change what every later test runs with, such as the number of threads of what they start."""
    tests = Path(__file__).resolve().parent
    for path in sorted(tests.rglob("*.py")):
        changes = [ast.unparse(node) for node in ast.parse(path.read_text(encoding="utf-8")).body
                   if "os.environ" in ast.unparse(node) and isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign))
                   and ("setdefault" in ast.unparse(node) or ast.unparse(node).startswith("os.environ"))]
        assert not changes or path == tests / "conftest.py", (path, changes)
