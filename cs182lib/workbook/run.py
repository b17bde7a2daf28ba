"""Run the notebooks and report on them: what `cs182 run` does."""

import sys
import time
from hashlib import sha256

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from cs182lib.files import read_json, refusing, write_whole
from cs182lib.workbook.execute import execute_notebook
from cs182lib.workbook.figures import published_figures
from cs182lib.workbook.notebook_file import read_notebook
from cs182lib.workbook.page import notebook_page
from cs182lib.workbook.paths import BUILD, NOTEBOOKS, RESULTS, list_notebooks, notebook_name
from cs182lib.workbook.report import minutes, recorded, write_report
from cs182lib.workbook.thumbnails import thumbnail
from cs182lib.workbook.unfinished import Unfinished


def run_notebooks(names=(), folder=NOTEBOOKS, out=BUILD / "report", cell_timeout=None):
    """Execute the notebooks, write their pages and the report; return one row for each.

    After an interruption the same call goes on: a notebook that had passed is not executed again, unless it or what it
    depends on has changed since (see `Unfinished`). A call that comes to its end leaves nothing to go on from.

    Parameters
    ----------
    names : parts of notebook names, such as "01" or "hw1/"; none means all notebooks
    folder : where the notebooks lie, as HOMEWORK/NAME.ipynb
    out : where index.html goes; it is written anew after every notebook, so an interrupted run leaves a report too
    cell_timeout : seconds that one cell may take, None for no limit

    Returns
    -------
    list of dicts {"name", "title", "passed", "error", "seconds", "data", "figures", "thumbnail", "sections"}

    Raises
    ------
    ValueError : a name that no notebook has
    """
    paths, rows = choose(names, folder), []
    asked = {"folder": str(folder), "names": list(map(notebook_name, paths)), "cell_timeout": cell_timeout}
    call = Unfinished(out / "unfinished.json", asked)
    for number, path in enumerate(paths, 1):
        label, source = f"[{number}/{len(paths)}] {notebook_name(path)}", sha256(path.read_bytes()).hexdigest()
        page, earlier = out / f"{notebook_name(path)}.html", call.done.get(notebook_name(path))
        if earlier and earlier["source"] == source and page.exists():
            row, outcome = earlier["row"], "passed, before the interruption"
        else:
            row, html = run_notebook(path, cell_timeout, label)
            write_whole(page, html)
            if row["passed"]:
                call.add(row["name"], {"source": source, "row": row})
            outcome = "passed" if row["passed"] else f"FAILED: {row['error']}"
        rows.append(row)
        write_report(rows, len(paths), out)
        show(f"{label}  {minutes(row['seconds'])}  {outcome}", final=True)
    call.close()
    return rows


def choose(names, folder):
    """Return the notebooks under `folder` whose name holds one of `names`, all of them if there are none.

    ValueError where a name is of none.
    """
    paths = list_notebooks(folder)
    if not paths:
        raise ValueError(f"there is no notebook in {folder}; use the cs182 of a checkout, set up by `make setup`")
    for name in names:
        if not any(name in notebook_name(path) for path in paths):
            raise ValueError(f"no notebook is named {name!r}; there are {', '.join(map(notebook_name, paths))}")
    return [path for path in paths if not names or any(name in notebook_name(path) for name in names)]


def run_notebook(path, cell_timeout=None, label=""):
    """Execute one notebook and return its row of the report and its page. A failing cell is in the row, not raised.

    Parameters
    ----------
    path : Path of the notebook
    cell_timeout : seconds that one cell may take, None for no limit
    label : str, what each progress line begins with

    Returns
    -------
    row : dict, as `run_notebooks` returns it
    page : str, HTML

    Raises
    ------
    ValueError, FileNotFoundError : as for `read_notebook`
    """
    nb, error, start = read_notebook(path), None, time.perf_counter()
    try:
        execute_notebook(nb, path.parent, cell_timeout, lambda cell, cells: show(f"{label}  cell {cell} of {cells}"))
    except CellExecutionError as failure:
        error = ": ".join([failure.ename, *failure.evalue.strip().splitlines()[-1:]])
    except (CellTimeoutError, DeadKernelError) as failure:
        error = f"{type(failure).__name__}: {str(failure).splitlines()[0]}"
    seconds = time.perf_counter() - start
    name = notebook_name(path)
    page, sections = notebook_page(nb, name, path.parent)
    row = {"name": name, "title": title(nb), "passed": error is None, "error": error, "seconds": round(seconds, 1),
           "thumbnail": thumbnail(nb), "sections": sections, **published_figures(nb)}
    return row, page


def title(nb):
    """Return the first heading of the notebook `nb`, or "" where it has none."""
    lines = (line for cell in nb.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")


def show(text, final=False):
    """Print a progress line: each final one, and on a terminal also the passing ones, each over the one before.

    `text` is the line, `final` says that it stays.
    """
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="\n" if final else "", flush=True)
    elif final:
        print(text, flush=True)


def record_times(rows, folder=RESULTS):
    """Keep the measured times and figures of a passing run in results/, for the README.

    All notebooks on the stand-in data: notebooks.json, written whole. Any others: notebooks_real.json gets those that
    ran on real data, each in place of its earlier record.

    `rows` are those of `run_notebooks`, `folder` is where the files lie. Return the file's Path; ValueError where a
    notebook failed, where some, but not all, ran on the stand-in and none on real data, or the earlier file is damaged.
    """
    from cs182lib.workbook.machine import describe_machine
    from cs182lib.workbook.results import AGAIN, write_json

    machine = describe_machine()
    failed = [row["name"] for row in rows if not row["passed"]]
    if failed:
        raise ValueError(f"a run is recorded when each notebook passes; {', '.join(failed)} failed")
    real = {row["name"]: {**recorded(row), "machine": machine} for row in rows if not on_standin(row)}
    if not real and len(rows) != len(list_notebooks()):
        raise ValueError(f"on the stand-in data all {len(list_notebooks())} notebooks are recorded together, and only "
                         f"{len(rows)} ran; leave out --only")
    if not real:
        return write_json(folder / "notebooks.json", {"machine": machine, "notebooks": list(map(recorded, rows))})
    path = folder / "notebooks_real.json"
    before = read_json(path, AGAIN) if path.exists() else {"notebooks": []}
    with refusing(path, AGAIN):
        before = {row["name"]: row for row in before["notebooks"]}
    return write_json(path, {"notebooks": [row for _, row in sorted((before | real).items())]})


def on_standin(row):
    """Return whether the notebook of `row`, one of `run_notebooks`, ran on data that the workbook makes itself."""
    return row["data"] is None or "(stand-in)" in row["data"]["source"]
