"""pyproject.toml, constraints.txt, environment.yml and the README name the same packages and versions."""

import re
import sys

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from cs182lib import __version__
from cs182lib.workbook.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
CONDA_NAMES = {"torch": "pytorch", "playwright": "playwright-python"}
NOT_ON_CONDA = {"axe-playwright-python"}
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def pinned(name, python):
    """Return the versions that constraints.txt pins `name` to on that Python."""
    return [next(iter(pin.specifier)).version for pin in PINS
            if pin.name == name and (pin.marker is None or pin.marker.evaluate({"python_version": python}))]


def test_every_requirement_has_a_lower_bound():
    assert all([clause.operator for clause in need.specifier] == [">="] for need in NEEDED)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("need", NEEDED, ids=lambda need: need.name)
def test_every_requirement_is_pinned_once_and_within_its_range(need, python):
    versions = pinned(need.name, python)
    assert len(versions) == 1
    assert need.specifier.contains(versions[0])


def test_pins_are_exact_and_unambiguous():
    assert all([clause.operator for clause in pin.specifier] == ["=="] for pin in PINS)
    assert all(len(pinned(name, python)) <= 1 for name in {pin.name for pin in PINS} for python in PYTHONS)


def test_torch_and_torchvision_are_a_pair():
    assert pinned("torch", "3.11") == ["2.13.0"] and pinned("torchvision", "3.11") == ["0.28.0"]


def test_conda_has_the_same_packages_in_the_same_ranges():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {str(Requirement(line)) for line in listed if isinstance(line, str) and line != "pip"}
    ours = {f"{CONDA_NAMES.get(need.name, need.name)}{need.specifier}" for need in NEEDED
            if need.name not in NOT_ON_CONDA}
    assert conda == ours | {str(Requirement(f"python{PROJECT['requires-python']}"))}
    by_pip = [str(need) for need in NEEDED if need.name in NOT_ON_CONDA]
    assert {"pip": [*by_pip, "--editable ."]} in listed


def test_readme_and_makefile_name_the_supported_pythons():
    lowest, first_unsupported = re.fullmatch(r">=(\S+),<(\S+)", PROJECT["requires-python"]).groups()
    highest = f"3.{Version(first_unsupported).minor - 1}"
    assert (lowest, highest) == (PYTHONS[0], PYTHONS[-1])
    for name in ("README.md", "Makefile"):
        assert f"Python {lowest} to {highest}" in (ROOT / name).read_text(encoding="utf-8"), name


def test_version_stands_once():
    assert PROJECT["version"] == __version__


def test_no_file_of_the_set_up_names_a_host():
    for name in ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(), name
