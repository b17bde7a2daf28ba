"""Committed notebooks: executed on stand-in data, free of what differs from machine to machine.

`python -m cs182lib.workbook.normalize [NAME ...]` executes them in place; with --check it only says what is wrong.
A NAME is part of a notebook's name, or its file.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat

from cs182lib.files import write_whole
from cs182lib.workbook.execute import execute_notebook
from cs182lib.workbook.figures import published_figures
from cs182lib.workbook.notebook_file import read_notebook
from cs182lib.workbook.page import mathml
from cs182lib.workbook.paths import NOTEBOOKS, notebook_name
from cs182lib.workbook.run import choose

METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"}}
LARGEST = 2_000_000  # bytes
MACHINE_PATH = re.compile(r"(?<![\w.:/])(/(home|root|Users|tmp|work|var|opt|private)/|[A-Z]:\\)")
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$`]+?)\$", re.DOTALL)


def normalize(nb):
    """Return `nb` with everything taken out that says when and where it was executed; changed in place."""
    nb.metadata, nb.nbformat, nb.nbformat_minor = nbformat.from_dict(METADATA), 4, 5
    for index, cell in enumerate(nb.cells):
        cell.id = f"cell-{index:03d}"
        cell.metadata = nbformat.from_dict({"tags": cell.metadata.tags} if cell.metadata.get("tags") else {})
        cell.source = cell.source.rstrip()
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
    return nb


def refresh(path):
    """Execute the notebook at `path` on stand-in data and write it back, normalized; on an error leave it as it was."""
    nb = read_notebook(path)
    os.environ["CS182_DATA"] = "embedded"
    execute_notebook(nb, path.parent)
    write_whole(path, nbformat.writes(normalize(nb)) + "\n")


def complaints(path):
    """Return what is wrong with the committed notebook at `path`, a list of sentences; empty where it is in order."""
    nb = read_notebook(path)
    as_it_is = nbformat.writes(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    found = [f"a formula cannot be set: {tex}" for tex in formulas(nb) if not can_be_set(tex)]
    found += [complaint for number, cell in enumerate(code, 1) for complaint in cell_complaints(number, cell)]
    if path.stat().st_size > LARGEST:
        found.append(f"it is larger than {LARGEST} bytes: {path.stat().st_size}")
    data = published_figures(nb)["data"]
    if data and "stand-in" not in data["source"]:
        found.append(f"it was executed on {data['source']}, not on the stand-in")
    if nbformat.writes(normalize(nb)) != as_it_is:
        found.append("its metadata are not normalized")
    return found


def cell_complaints(number, cell):
    """Yield what is wrong with the code cell that stands at place `number` among the code cells."""
    place = f"code cell {number} (starts {cell.source[:40]!r})"
    if cell.execution_count != number:
        yield f"{place} was not executed in order, its count is {cell.execution_count}"
    if any(line.lstrip().startswith(("!", "%")) for line in cell.source.splitlines()):
        yield f"{place} holds a shell line or a magic"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"{place} ended in {output.ename}"
        if output.get("name") == "stderr":
            yield f"{place} wrote to stderr: {output.text[:80]!r}"
        if any("widget" in kind for kind in output.get("data", {})):
            yield f"{place} shows a widget"
    texts = [cell.source, *(str(output.get("text", output.get("data", {}).get("text/plain", "")))
                            for output in cell.outputs)]
    if any(MACHINE_PATH.search(text) for text in texts):
        yield f"{place} names a path of one machine"


def formulas(nb):
    """Return the TeX formulas in the text cells of `nb`, code left out."""
    texts = (re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
             for cell in nb.cells if cell.cell_type == "markdown")
    return [block or inline for text in texts for block, inline in FORMULA.findall(text)]


def can_be_set(tex):
    """Return whether the formula `tex`, without its dollars, becomes MathML with no TeX command left over."""
    result = mathml(tex)
    return not result.startswith("<code>") and "\\" not in result and "&#x0005C;" not in result


def main(argv=None):
    """Refresh or check the named notebooks, all of them by default; return the exit status, 1 if one is not in order.

    `argv` is the command line as a list of texts; None takes the process's own.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a notebook's name, or a file (default: all)")
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    args = parser.parse_args(argv)
    failed = False
    for path in choose([as_name(text) for text in args.names], NOTEBOOKS):
        wrong = complaints(path) if args.check else try_refresh(path)
        print(f"{notebook_name(path)}: {'; '.join(wrong) or 'in order'}", flush=True)
        failed |= bool(wrong)
    return 1 if failed else 0


def as_name(text):
    """Return the name of the notebook whose file `text` is, `hw1/03_dropout`; any other text as it is."""
    return notebook_name(Path(text)) if text.endswith(".ipynb") else text


def try_refresh(path):
    """Refresh the notebook at `path`; return its complaints, or the error that stopped it, as a list of sentences."""
    try:
        refresh(path)
    except Exception as error:  # a notebook may raise anything; the others are still to be refreshed
        return [f"left as it was: {type(error).__name__}: {error}"]
    return complaints(path)


if __name__ == "__main__":
    sys.exit(main())
