"""Import a copy of the library in which one module is another: as a learner's package beside the library.

`copied.layers.dense` is `cs182lib.layers.dense` with its imports of the copied packages turned to the copy. So a
change in one module reaches every module of the copy, and none that a check itself computes with.
"""

import ast
import functools
import importlib.abc
import importlib.util
import sys
from pathlib import Path

import cs182lib

NAME = "cs182_copied"
PACKAGES = ("layers", "models", "training", "vision", "language")
ROOT = Path(cs182lib.__file__).parent
_PREFIXES = tuple(f"cs182lib.{package}" for package in PACKAGES)


class Copy(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads the modules of the copy; `sources` maps `layers.dense` to the text that replaces it."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, fullname, path=None, target=None):
        """Return how to load a module of the copy; None for any other."""
        name = fullname.removeprefix(NAME).lstrip(".")
        if fullname == NAME:
            return importlib.util.spec_from_loader(fullname, self, is_package=True)
        if not fullname.startswith(NAME) or (found := _path(name)) is None:
            return None
        inside = [] if found.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(fullname, found, loader=self, submodule_search_locations=inside)

    def exec_module(self, module):
        """Run the module's code; the package on top is empty."""
        name = module.__name__.removeprefix(NAME).lstrip(".")
        if name:
            code = _compile(self.sources[name], name) if name in self.sources else _library_code(name)
            exec(code, module.__dict__)

    def __enter__(self):
        sys.meta_path.insert(0, self)
        return self

    def __exit__(self, *error):
        sys.meta_path.remove(self)
        for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
            del sys.modules[name]


def _path(name):
    if name.split(".")[0] not in PACKAGES:
        return None
    base = ROOT.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@functools.cache
def _library_code(name):
    return _compile(_path(name).read_text(encoding="utf-8"), name)


def _compile(source, name):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            node.module = _turned(node.module)
        elif isinstance(node, ast.alias):
            node.name = _turned(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = _turned(node.value)  # importlib.import_module(f"cs182lib.training.{name}")
    return compile(tree, f"<mutant of {name}>", "exec")


def _turned(name):
    return NAME + name.removeprefix("cs182lib") if name.startswith(_PREFIXES) else name
