"""What the README names is there: paths, links, make targets, cs182 commands, modules, runs and variables.

Its commands are run by test_readme_commands.py, its tables compared with the records by test_results.py.
"""

import importlib.util
import re

import pytest
from readme_text import MADE, MAP, TEXT, indented, inline, prose

from cs182lib.workbook.cli import build_parser
from cs182lib.workbook.full_runs import FULL_RUNS
from cs182lib.workbook.paths import ROOT

CODE = "\n".join([*indented(), *inline()])
BUILT = ("build", ".venv")  # what is named but only made by a command
MEASURES = r"BLEU(-\d)?|ROUGE(-\w)?|perplexity|loss|accuracy|validation|test"
FIGURE = re.compile(rf"\d\s*(%|percent|points|-fold|times)|\d[.,]\d|\b({MEASURES})\s+(is |of )?(about )?\d")
SECTIONS = ["The two commands", "The notebooks", "Solve it yourself", "Use the real data",
            "Use a GPU, several processes or hosts", "The map", "Where the numbers come from",
            "What falls short, and what was not tried", "Known traps", "Working on it"]


def figures(text):
    """Return what looks like a measured figure in a text; versions of Python are none, nor is code."""
    return [match[0] for match in FIGURE.finditer(re.sub(r"`[^`]*`|Python \d\.\d+ to \d\.\d+", "", text))]


def map_paths():
    """Return the paths of the map; an inner line belongs to the folder above it."""
    lines = MAP.splitlines()
    names = [re.match(r"    ( {2})?([\w./]+)", line) for line in lines]
    paths, folder = [], ""
    for inner, name in (match.groups() for match in names if match):
        folder = folder if inner else name
        paths.append(folder + name if inner else name)
    return paths


def inline_paths():
    """Return the inline code that is a path in the workbook."""
    return [text for text in inline() if re.fullmatch(r"[\w.]+(/[\w.]+)*/?", text) and ("/" in text or
            re.search(r"\.(toml|txt|yml|md|py|sh)$", text)) and not text.startswith(BUILT)]


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
    assert [name for name in inline() if name in FULL_RUNS] == list(FULL_RUNS)


def test_variables_are_read_somewhere():
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "cs182lib").rglob("*.py"))
    for variable in set(re.findall(r"CS182_\w+", TEXT)):
        assert variable in source, variable


def test_sections_come_in_order_after_picture_and_opening():
    assert re.findall(r"^## (.+)$", TEXT, re.M) == SECTIONS
    opening = [part for part in TEXT.split("## ")[0].split("\n\n") if part.strip()]
    assert opening[0].startswith("# ") and opening[1].startswith("![") and len(opening) == 3
    assert len(re.findall(r"\.(?=\s|$)", opening[2])) == 3, "three sentences"


def test_no_figure_stands_outside_the_generated_parts():
    assert {match[1] for match in MADE.finditer(TEXT)} == {"notebooks", "limits"}
    assert figures("".join(match[0] for match in MADE.finditer(TEXT)))
    assert figures(prose()) == []


@pytest.mark.parametrize("text", ["reaches 72.8 % here", "93 percent", "BLEU-4 0.44", "a perplexity of 43",
                                  "ROUGE-L is 1", "2,777 words", "3 times faster", "test accuracy 90", "validation 54"])
def test_a_figure_typed_by_hand_is_found(text):
    assert figures(f"The net\n{text}, on two cores.")


@pytest.mark.parametrize("text", ["Python 3.10 to 3.13", "two cores and 4 GB of memory", "`pip install numpy==2.4.6`",
                                  "the CS182/282A course, Homework 2", "the course's 25 ImageNet pictures"])
def test_what_is_no_figure_passes(text):
    assert figures(text) == []


def test_links_from_elsewhere_lead_to_a_heading():
    headings = re.findall(r"^#+ (.+)$", TEXT, re.M)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    named = {anchor for name in ("CONTRIBUTING.md", "CHANGELOG.md")
             for anchor in re.findall(r"README\.md#([\w-]+)", (ROOT / name).read_text(encoding="utf-8"))}
    assert named and named <= anchors
