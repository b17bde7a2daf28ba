"""The files for contributors: workflow, hooks, license, citation, changelog, and what CONTRIBUTING.md names."""

import importlib.util
import re
import subprocess
import sys

import pytest
import yaml
from packaging.version import Version

from cs182lib.data.standins.cache import cache_folders
from cs182lib.exercises import exercises
from cs182lib.workbook.cli import build_parser
from cs182lib.workbook.paths import BUILD, ROOT, list_notebooks, notebook_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read(name):
    """Return the text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
WORKFLOW = read(".github/workflows/ci.yml")
JOBS = yaml.safe_load(WORKFLOW)["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
REPOSITORIES = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
HOOKS = {hook["id"]: hook for repository in REPOSITORIES for hook in repository["hooks"]}
GUIDE = read("CONTRIBUTING.md")
INLINE = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", GUIDE)]
CODE = [*INLINE, *(line.split("  #")[0].strip() for line in GUIDE.splitlines() if line.startswith("    "))]
PYTHON = r"(?:\.venv/bin/)?python -m "


def settings_of(action):
    """Return the settings of every step of the workflow that uses this action."""
    return [step.get("with", {}) for step in STEPS if step.get("uses", "").startswith(f"actions/{action}@")]


def supported_pythons():
    """Return the oldest and the newest Python that the package says it runs on."""
    oldest, first_unsupported = re.fullmatch(r">=(\S+),<(\S+)", PROJECT["requires-python"]).groups()
    return oldest, f"3.{Version(first_unsupported).minor - 1}"


def validate(path, schema):
    """Return the exit status and what check-jsonschema says of a file."""
    command = [sys.executable, "-m", "check_jsonschema", "--default-filetype", "yaml", "--builtin-schema", schema, path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name, schema", [(".github/workflows/ci.yml", "vendor.github-workflows"),
                                          (".github/workflows/ci.yml", "custom.github-workflows-require-timeout"),
                                          ("CITATION.cff", "vendor.citation-file-format")])
def test_schema_is_kept(name, schema):
    status, said = validate(ROOT / name, schema)
    assert status == 0, said


@pytest.mark.parametrize("old, new, schema", [
    ("runs-on: ubuntu-latest", "runs-off: ubuntu-latest", "vendor.github-workflows"),
    ("timeout-minutes: 90", "continue-on-error: false", "custom.github-workflows-require-timeout")])
def test_the_schema_finds_a_broken_workflow(old, new, schema, tmp_path):
    assert old in WORKFLOW
    (tmp_path / "ci.yml").write_text(WORKFLOW.replace(old, new, 1), encoding="utf-8")
    status, said = validate(tmp_path / "ci.yml", schema)
    assert status == 1 and "everything" in said


def test_workflow_runs_the_oldest_and_the_newest_python():
    oldest, newest = supported_pythons()
    matrix = JOBS["units"]["strategy"]["matrix"]
    assert matrix["python"] == [oldest, newest]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["exclude"] == [{"os": JOBS["everything"]["runs-on"], "python": newest}], "what `everything` runs"
    chosen = [settings["python-version"] for settings in settings_of("setup-python")]
    assert chosen == [newest, "${{ matrix.python }}", oldest, newest]
    assert JOBS["everything"]["name"].endswith(f"Python {newest}")


def test_workflow_has_few_rights_and_known_actions():
    workflow = yaml.safe_load(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"} and workflow["concurrency"]["group"]
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in used), used
    assert set(re.findall(r"\w+://[^/\s]+", WORKFLOW)) == {"https://download.pytorch.org"}


def test_every_installer_takes_torch_without_cuda():
    assert yaml.safe_load(WORKFLOW)["env"]["PIP_EXTRA_INDEX_URL"].endswith("/whl/cpu")
    by_uv = [step for step in STEPS if "uv pip install" in step.get("run", "")]
    assert by_uv and all(step["env"]["UV_TORCH_BACKEND"] == "cpu" for step in by_uv)


def test_workflow_keeps_the_standins_where_they_lie(monkeypatch):
    monkeypatch.delenv("CS182_DATASETS", raising=False)
    assert len(settings_of("cache")) == 2
    for settings in settings_of("cache"):
        assert ROOT / settings["path"] == cache_folders()[0]
        patterns = re.findall(r"'([^']+)'", settings["key"])
        assert patterns and all(any(ROOT.glob(pattern)) for pattern in patterns)


def test_workflow_keeps_the_report_of_a_failure():
    kept, = [step for step in STEPS if "upload-artifact" in step.get("uses", "")]
    assert kept["if"] == "failure()" and ROOT / kept["with"]["path"] == BUILD / "report"
    made, = [step for step in STEPS if "make run" in step.get("run", "")]
    assert made["if"] == "failure() && steps.tests.outcome == 'failure'"
    assert [step["id"] for step in STEPS if "make test" in step.get("run", "")] == ["tests"]


def test_ruff_of_the_hook_is_the_pinned_one():
    pin, = [line for line in read("constraints.txt").splitlines() if line.startswith("ruff==")]
    assert HOOKS["ruff"]["additional_dependencies"] == [pin]


def test_hook_looks_at_every_notebook():
    hook = HOOKS["notebooks"]
    paths = [path.relative_to(ROOT).as_posix() for path in list_notebooks()]
    assert paths and all(re.search(hook["files"], path) for path in paths)
    assert not re.search(hook["files"], "cs182lib/workbook/normalize.py")
    assert hook["entry"] == "python -m cs182lib.workbook.normalize --check"


def test_license_is_the_same_everywhere():
    text = read("LICENSE")
    assert text.startswith("MIT License\n") and re.search(r"\(c\) \d{4} the CS182 workbook contributors\n", text)
    assert PROJECT["license"] == "MIT" and PROJECT["license-files"] == ["LICENSE"]
    assert yaml.safe_load(read("CITATION.cff"))["license"] == "MIT"


def test_classifiers_name_the_supported_pythons():
    oldest, newest = (Version(python).minor for python in supported_pythons())
    named = [line.split(" :: ")[-1] for line in PROJECT["classifiers"] if " :: Python :: 3." in line]
    assert named == [f"3.{minor}" for minor in range(oldest, newest + 1)]


def test_citation_is_of_this_version():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == PROJECT["version"]
    assert citation["authors"] == [{"name": "The CS182 workbook contributors"}]
    assert ("date-released" in citation) == (not Version(PROJECT["version"]).is_prerelease)


def test_changelog_keeps_its_form():
    headings = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.M)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    released = [heading.split("]")[0].lstrip("[") for heading in headings[1:]]
    assert Version(PROJECT["version"]).is_prerelease or PROJECT["version"] in released
    kinds = set(re.findall(r"^### (.+)$", read("CHANGELOG.md"), re.M))
    assert kinds and kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def guide_paths():
    """Return what CONTRIBUTING.md names as a path, patterns included; names of exercises are none."""
    words = {word.rstrip(",;") for code in CODE for word in code.split() if not word.startswith((".venv", "../"))}
    links = {target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", GUIDE)}
    return sorted(links | {word for word in words if re.fullmatch(r"\.?[\w*-]+(/[\w.*-]+)*/?(\.\w+)?", word) and (
        "/" in word or re.search(r"\.(toml|txt|yml|yaml|md|py|cff)$", word)) and not word.startswith("hw")})


@pytest.mark.parametrize("path", guide_paths())
def test_path_of_the_guide_exists(path):
    found = list(ROOT.glob(path.rstrip("/")))
    assert found and all(one.is_dir() for one in found) == path.endswith("/")


def test_paths_are_found_in_the_guide():
    assert {"cs182lib/data/", "CHANGELOG.md", "README.md", "tests/checks/wrong_*.py", "notebooks/hw1/03_dropout.ipynb",
            "tests/layers/test_dense.py"} <= set(guide_paths())


def test_make_targets_of_guide_and_workflow_exist():
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    commands = [*CODE, *(line for step in STEPS for line in step.get("run", "").splitlines())]
    named = {match.group(1) for command in commands if (match := re.match(r"make ([a-z]+)", command))}
    assert {"setup", "test", "run", "lab", "mutation", "notebooks"} <= named <= targets


def test_cs182_commands_of_the_guide_exist():
    named = [match.group(1).split() for code in CODE if (match := re.match(r"(?:\.venv/bin/)?cs182 (\w.*)", code))]
    assert {words[0] for words in named} == {"run", "start", "check", "progress"}
    for words in named:
        build_parser().parse_args(words)


def test_modules_of_the_guide_exist():
    named = {module for code in CODE for module in re.findall(PYTHON + r"([\w.]+)", code)}
    assert {"cs182lib.workbook.normalize", "cs182lib.data.download", "pytest"} <= named
    assert all(importlib.util.find_spec(module) for module in named - {"pip"})  # uv makes environments without pip


def test_exercises_and_notebooks_of_the_guide_exist():
    named = {name for code in CODE for name in re.findall(r"(?<![\w/])hw\d/\w+", code)}
    assert {"hw1/relu_forward", "hw1/train_two_layer_net"} <= named <= exercises().keys()
    chosen, = [code.split()[-1] for code in CODE if re.match(PYTHON + "cs182lib.workbook.normalize", code)]
    assert any(chosen in notebook_name(path) for path in list_notebooks())


def test_names_of_the_guide_stand_in_the_source():
    source = "\n".join(path.read_text(encoding="utf-8") for folder in ("cs182lib", "tests")
                       for path in (ROOT / folder).rglob("*.py") if path.name != "test_project_files.py")
    named = {match.group(1) for code in INLINE if (match := re.fullmatch(r"(\w+)(?:\((?:\.\.\.)?\))?", code))}
    assert {"DATA_NOTES", "ARCHIVES", "Exercise", "Checker", "RawBits", "key_figures"} <= named
    assert not [name for name in sorted(named) if not re.search(rf"\b{name}\b", source)]
