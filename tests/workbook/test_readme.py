"""What the README names is there: paths, links, make targets, cs182 commands, modules, runs and variables."""

import importlib.util
import re

import pytest

from cs182lib.workbook.cli import build_parser
from cs182lib.workbook.full_runs import FULL_RUNS
from cs182lib.workbook.paths import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(line for line in TEXT.splitlines() if line.startswith("    "))
INLINE = re.findall(r"`([^`\n]+)`", TEXT)
CODE = "\n".join([BLOCKS, *INLINE])
MADE = ("build", ".venv")  # what is named but only made by a command


def map_paths():
    """Return the paths of the map; an indented line belongs to the folder above it."""
    lines = TEXT.split("## The map")[1].split("##")[0].splitlines()
    names = [re.match(r"    ( {2})?([\w./]+)", line) for line in lines]
    paths, folder = [], ""
    for indented, name in (match.groups() for match in names if match):
        folder = folder if indented else name
        paths.append(folder + name if indented else name)
    return paths


def inline_paths():
    """Return the inline code that is a path in the workbook."""
    return [text for text in INLINE if re.fullmatch(r"[\w.]+(/[\w.]+)*/?", text) and ("/" in text or
            re.search(r"\.(toml|txt|yml|md|py|sh)$", text)) and not text.startswith(MADE)]


def link_targets():
    return [target for target in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in target]


@pytest.mark.parametrize("path", sorted({*map_paths(), *inline_paths(), *link_targets()}))
def test_path_exists(path):
    assert (ROOT / path).exists()
    assert (ROOT / path).is_dir() == path.endswith("/") or "/" not in path or not path.endswith("/")


def test_the_map_is_read():
    assert {"cs182lib/workbook/", "cs182lib/validation.py", "Makefile"} <= set(map_paths())


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|[ ;])make ([a-z]+)", CODE, re.M))
    assert {"run", "test", "lab"} <= named <= targets


def test_cs182_commands_exist():
    named = re.findall(r"cs182 (run|doctor)((?: --?\w+)*(?: \w+)?)", CODE)
    assert len(named) >= 5
    for command, options in named:
        build_parser().parse_args([command, *options.split()])


def test_modules_exist():
    for module in re.findall(r"-m (cs182lib[\w.]+)", CODE):
        assert importlib.util.find_spec(module), module


def test_full_runs_are_all_named():
    assert [name for name in INLINE if name in FULL_RUNS] == list(FULL_RUNS)


def test_variables_are_read_somewhere():
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "cs182lib").rglob("*.py"))
    for variable in set(re.findall(r"CS182_\w+", TEXT)):
        assert variable in source, variable
