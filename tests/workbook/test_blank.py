"""The blank workbook: every solution is out, nothing else is, and putting the solutions back gives the solved one."""

import ast
import hashlib
import os
import re
import subprocess
import sys

import nbformat
import pytest
from filling import below_docstring, filled, functions, is_stub

from cs182lib.checks.by_name import check_of, implementations
from cs182lib.exercises import exercises
from cs182lib.exercises.exercise import Exercise
from cs182lib.workbook.blank import SUBJECTS, blank_module, renamed
from cs182lib.workbook.blank_notebook import ANSWER, blank_notebook
from cs182lib.workbook.check_one import describe
from cs182lib.workbook.paths import NOTEBOOKS, list_notebooks, notebook_name
from cs182lib.workbook.start import LIBRARY, blank_files

MODULES = sorted("/".join(path.relative_to(LIBRARY).parts) for subject in SUBJECTS
                 for path in (LIBRARY / subject).rglob("*.py"))
NAMES = [notebook_name(path) for path in list_notebooks()]
FUNCTIONS = [name for name, exercise in exercises().items() if not exercise.is_cell]


@pytest.fixture(scope="module")
def files():
    """Return the text of every file of the blank workbook."""
    return {name: content.decode() for name, content in blank_files().items()}


@pytest.fixture(scope="module")
def package(files, tmp_path_factory):
    """Write the blank package and make it importable; return its folder."""
    folder = tmp_path_factory.mktemp("blank")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "my182"]:
        del sys.modules[name]


def read_solved(module):
    """Return the library's module as the learner's package would have it, solved."""
    return renamed((LIBRARY / module).read_text(encoding="utf-8"))


def test_the_same_bytes_in_another_process():
    code = ("import hashlib; from cs182lib.workbook.start import blank_files\n"
            "print(hashlib.sha256(repr(sorted(blank_files().items())).encode()).hexdigest())")
    other = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "7"}, check=True,
                           capture_output=True, text=True).stdout.strip()
    assert other == hashlib.sha256(repr(sorted(blank_files().items())).encode()).hexdigest()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_blank_is_not_written_yet(name, package):
    """The message names function, file and line, and there the stub stands."""
    with pytest.raises((AssertionError, NotImplementedError)) as caught:
        check_of(name)(*implementations(name, "my182"))
    result = describe(name, caught.value)
    assert result["state"] == "not written"
    found = re.search(r"not written yet: write `([\w.]+)` in `([\w/]+\.py)`, line (\d+)$", result["message"])
    assert found, result["message"]
    function, file, line = found.groups()
    text = (package / "my182" / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert text.strip() == f'raise NotImplementedError("write `{function}`")'


@pytest.mark.parametrize("module", MODULES)
def test_blank_and_solutions_make_the_solved_one(module, files):
    solved = read_solved(module)
    assert filled(files[f"my182/{module}"], solved) == solved


def test_exactly_the_exercises_are_stubs(files):
    wanted = {solution for exercise in exercises().values() for solution in exercise.solution}
    for module in MODULES:
        dotted = module.removesuffix(".py").replace("/", ".")
        for name, node in functions(ast.parse(files[f"my182/{module}"])):
            parents = {f"{dotted}:{'.'.join(name.split('.')[:k + 1])}" for k in range(name.count(".") + 1)}
            assert is_stub(node) == bool(parents & wanted), f"{dotted}:{name}"


def solution_bodies():
    """Yield the lines of each body that is taken out, as (name, text, nodes)."""
    for exercise in exercises().values():
        for solution in exercise.solution:
            module, qualname = solution.split(":")
            source = (LIBRARY / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
            for name, node in functions(ast.parse(source)):
                if name == qualname or name.startswith(f"{qualname}."):
                    first, last = below_docstring(node)
                    yield f"{module}:{name}", source.splitlines()[first - 1:last], node


def test_no_body_of_a_solution_is_left(files):
    """Neither two lines in a row of one, in any file, nor a function with the same code under another name."""
    everything = "\n".join(line.strip() for text in files.values() for line in text.splitlines())
    codes = {ast.unparse(strip_docstring(node)) for text in (files[f"my182/{m}"] for m in MODULES)
             for _, node in functions(ast.parse(text)) if not is_stub(node)}
    for name, lines, node in solution_bodies():
        body = renamed(ast.unparse(strip_docstring(node)))
        assert len(body) < 60 or body not in codes, f"the code of {name} is there under another name"
        lines = [renamed(line.strip()) for line in lines if line.strip()]
        for pair in zip(lines, lines[1:]):
            text = "\n".join(pair)
            common = re.search(r"check_\w+\(|require\(|^def |super\(\)|\"{3}|^\)|raise \w+Error", text)
            if len(text) > 60 and not common:
                assert text not in everything, f"two lines of {name} are readable:\n{text}"


def strip_docstring(node):
    """Return the body of a function as a module of its own, without the docstring."""
    start = 1 if ast.get_docstring(node) is not None else 0
    return ast.Module(body=node.body[start:], type_ignores=[])


@pytest.mark.parametrize("name", NAMES)
def test_notebook_holds_no_output_and_no_answer(name, files):
    solved = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    text = files[f"notebooks/{name}.ipynb"]
    blank = nbformat.reads(text, as_version=4)
    nbformat.validate(blank)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in blank.cells)
    sources = "\n".join(cell.source for cell in blank.cells)
    for cell in solved.cells:
        tags = cell.metadata.get("tags", [])
        if "answer" in tags or any(tag.startswith("exercise:") for tag in tags):
            assert renamed(cell.source) not in sources
        if "question" in tags:
            for paragraph in re.sub(r"\*\*.+?\*\*(?: +\*[^*]+\*)?", "\n\n", cell.source, flags=re.DOTALL).split("\n\n"):
                assert len(paragraph.strip()) < 20 or paragraph.startswith("#") or paragraph.strip() not in sources


@pytest.mark.parametrize("name", NAMES)
def test_notebook_imports_what_the_package_has(name, files):
    """Every cell is Python, and every name that is imported from my182 is defined there."""
    blank = nbformat.reads(files[f"notebooks/{name}.ipynb"], as_version=4)
    code = "\n".join(re.sub(r"^%.*", "", cell.source, flags=re.MULTILINE)
                     for cell in blank.cells if cell.cell_type == "code")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "my182":
            path = node.module.replace(".", "/")
            assert f"{path}.py" in files or f"{path}/__init__.py" in files, node.module
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert not re.search(rf"cs182lib\.({'|'.join(SUBJECTS)})\b", ast.unparse(node))


def test_every_notebook_is_there_and_opens_the_workbook(files):
    for name in NAMES:
        cells = nbformat.reads(files[f"notebooks/{name}.ipynb"], as_version=4).cells
        assert "open_own()" in cells[1].source and "autoreload" in cells[1].source
        ids = [cell.id for cell in cells]
        assert len(set(ids)) == len(ids)


def test_nothing_asks_the_library_for_its_own_solutions(files):
    for name, text in files.items():
        if name.startswith("my182/"):
            assert not re.search(rf"\bcs182lib\.({'|'.join(SUBJECTS)})\b", text), name
            assert not re.search(rf"from cs182lib import .*\b({'|'.join(SUBJECTS)})\b", text), name


def test_earlier_homeworks_come_solved():
    files = blank_files(["hw2"])
    assert not any(name.startswith("notebooks/hw1") or name.startswith("notebooks/hw3") for name in files)
    dense = ast.parse(files["my182/layers/dense.py"].decode())
    assert not any(is_stub(node) for _, node in functions(dense))
    assert any(is_stub(node) for _, node in functions(ast.parse(files["my182/layers/lstm.py"].decode())))
    assert any(is_stub(node) for _, node in functions(ast.parse(files["my182/language/attention.py"].decode())))


SOURCE = '''"""A module."""
import numpy as np


class Net:
    """A net."""

    size = 3

    def __init__(self, n):
        self.n = n  # a secret

    def loss(self, x,
             y=None):
        """Return the loss.

        Two paragraphs.
        """

        # the trick
        def inner(a):
            return a + y
        return inner(x)
        # and one more secret


def helper(x):
    # comment above
    return x + 1


def kept(x):
    """Stay."""
    return x - 1
'''


def exercise(*solution, name="hw1/net"):
    """Return an exercise with this solution."""
    return Exercise(name, "hw1/01", "Write the net.", ("a", "b", "c"), 1, solution)


def test_bodies_go_and_the_rest_stays():
    blank = blank_module(SOURCE, "models.net", [exercise("models.net:Net", "models.net:helper")])
    assert "secret" not in blank and "trick" not in blank and "inner" not in blank and "comment above" not in blank
    for kept in ("size = 3", "def __init__(self, n):", "y=None):", "Two paragraphs.", "import numpy as np",
                 '"""Stay."""\n    return x - 1'):
        assert kept in blank
    assert "# Your turn: hw1/net. Write the net.\n" in blank and "# Your turn, too: hw1/net.\n" in blank
    assert 'raise NotImplementedError("write `Net.loss`")' in blank
    assert "# A part of hw1/net: fill it in for what else uses it, or for your own `Net`.\n" in blank


def test_exercises_may_share_a_definition():
    blank = blank_module(SOURCE, "models.net", [exercise("models.net:Net.loss"),
                                                exercise("models.net:Net.loss", name="hw1/net_deep")])
    assert "# Your turn: hw1/net, hw1/net_deep. Write the net.\n" in blank
    assert "self.n = n  # a secret" in blank


def test_a_solution_that_is_not_there():
    with pytest.raises(ValueError, match="cs182lib.models.net has no Net.forward"):
        blank_module(SOURCE, "models.net", [exercise("models.net:Net.forward")])


def notebook(*cells):
    """Return a notebook of (kind, source, tags)."""
    made = []
    for kind, source, tags in [("markdown", "# Title", []), *cells]:
        cell = getattr(nbformat.v4, f"new_{kind}_cell")(source, metadata={"tags": tags})
        made.append(cell)
    return nbformat.v4.new_notebook(cells=made)


def test_cells_of_each_kind():
    cell = Exercise("hw1/train", "hw1/01", "Train it.", ("a", "b", "c"))
    nb = notebook(("code", "solver = Solver(lr=1e-3)", ["exercise:hw1/train", "nbval-ignore-output"]),
                  ("markdown", "## Questions\n\n**Why does it fall?** Because.\n\n**Question.** *And where to?* Down.",
                   ["question"]),
                  ("markdown", "### Question: how far?\n\nVery.", ["question"]),
                  ("code", "print('It falls.')", ["answer"]),
                  ("code", "from cs182lib.layers import relu_forward\nfrom cs182lib.plots import x", []))
    sources = [cell.source for cell in blank_notebook(nb, {"hw1/train": cell}).cells][2:]
    assert sources == [
        '# Your turn: hw1/train. Train it.\nraise NotImplementedError("write the cell hw1/train")',
        f"## Questions\n\n**Why does it fall?**\n\n{ANSWER}\n\n**Question.** *And where to?*\n\n{ANSWER}",
        f"### Question: how far?\n\n{ANSWER}",
        "from my182.layers import relu_forward\nfrom cs182lib.plots import x"]


@pytest.mark.parametrize("cells, words", [
    ([("code", "x = 1", ["exercise:hw1/nothing"])], "tagged exercise:hw1/nothing"),
    ([("markdown", "No question at all.", ["question"])], "asks nothing in bold"),
])
def test_wrong_tags(cells, words):
    with pytest.raises(ValueError, match=words):
        blank_notebook(notebook(*cells), {})
