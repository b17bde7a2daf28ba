"""What `cs182 exercises` and `cs182 progress` print."""

import json

from rich.console import Console
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cs182lib.exercises.exercise import PACKAGE
from cs182lib.workbook.paths import ROOT
from cs182lib.workbook.progress_page import write_page
from cs182lib.workbook.standing import (
    STATES,
    check_call,
    grouped,
    homework_title,
    library_rows,
    next_row,
    own_rows,
    tally,
)

COLORS = {"right": "green", "changed": "yellow", "wrong": "red", "open": ""}
NARROW = 100  # on a terminal with fewer columns places are named below the package
PIPED = 200  # columns where no terminal is: nothing is folded


def list_exercises(folder, names=(), as_json=False, console=None):
    """Print the exercises with their place, points and state.

    Parameters
    ----------
    folder : an own workbook, or None: the library's exercises, which have no state
    names : exercises, notebooks or homeworks; none means all
    as_json : print one JSON object {"folder", "exercises"} instead of a table
    console : rich Console to print on (default: standard output)

    Raises
    ------
    ValueError : a name that is no exercise, notebook or homework of this workbook
    """
    console = console or _console()
    rows = library_rows(names) if folder is None else own_rows(folder, names)
    if as_json:
        entries = [_entry(row) for row in rows]
        console.out(json.dumps({"folder": str(folder or ROOT), "exercises": entries}, indent=1), highlight=False)
        return
    short = console.width < NARROW
    below = f" in {'cs182lib' if folder is None else PACKAGE}/" if short else ""
    console.print(Text(f"exercise, points, {'' if folder is None else 'state, '}place{below}", "dim"))
    for notebook, members in grouped(rows, "notebook").items():
        counts = tally(members)
        reached = "" if folder is None else f"{counts['reached']} of "
        console.print()
        console.print(Text.assemble((notebook, "bold"), (f", {reached}{points(counts['points'])}", "dim")))
        console.print(_listing(members, short))


def show_progress(folder, console=None):
    """Print how far the own workbook is solved and what comes next; write progress.html in it and say where.

    `folder` is the workbook's Path, `console` the rich Console to print on (default: standard output).
    """
    console = console or _console()
    rows = own_rows(folder)
    page = write_page(folder, rows)
    console.print(Text(f"The workbook in {folder}", "dim"), soft_wrap=True)
    console.print()
    console.print(_standings(rows))
    console.print()
    _print_next(rows, console)
    _print_changed(rows, console)
    console.print(Text(f"The same with all messages: {page}", "dim"), soft_wrap=True)


def _console():
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPED)


def _entry(row):
    """Return a row as it stands in the JSON."""
    exercise = row.exercise
    return {"name": exercise.name, "notebook": exercise.notebook, "task": exercise.task, "points": exercise.points,
            "file": row.file, "line": row.line, "state": row.state, "message": row.message, "tries": row.tries,
            "hints": row.hints, "time": row.time}


def _listing(rows, short):
    """Return the table of one notebook's exercises; a name stays whole, since it is there to be copied."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(min_width=30, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    if rows[0].state is not None:
        table.add_column(min_width=7, no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        state = [] if row.state is None else [Text(row.state, COLORS[row.state])]
        table.add_row(row.exercise.name, str(row.exercise.points), *state, _where(row, short))
    return table


def _where(row, short):
    """Return the place of an exercise for the table."""
    if row.exercise.is_cell:
        return "a cell of the notebook"
    return row.place.partition("/")[2] if short else row.place


def _standings(rows):
    """Return the table of homeworks and notebooks: bar, points, and how many are in each state."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("")
    table.add_column("")
    for name in ("points", *STATES):
        table.add_column(name, justify="right", no_wrap=True)
    for homework, ours in grouped(rows, "homework").items():
        table.add_row(*_standing(Text(homework_title(homework), "bold"), ours))
        for notebook, members in grouped(ours, "notebook").items():
            table.add_row(*_standing(Text(f"  {notebook.split('/')[1]}"), members))
        table.add_row()
    table.add_row(*_standing(Text("Total", "bold"), rows))
    return table


def _standing(label, rows):
    """Return the cells of one line of that table."""
    counts = tally(rows)
    bar = ProgressBar(total=max(counts["points"], 1), completed=counts["reached"], width=14, complete_style="green",
                      finished_style="green")
    numbers = [Text(str(counts[state]), COLORS[state] if counts[state] else "dim") for state in STATES]
    return label, bar, f"{counts['reached']}/{counts['points']}", *numbers


def _print_next(rows, console):
    """Print which exercise comes next: its task, place and check, and what the last check said."""
    row = next_row(rows)
    if row is None:
        console.print("Every exercise is right. Well done.\n")
        return
    exercise = row.exercise
    console.print(Text.assemble("Next: ", (exercise.name, "bold"), f", {points(exercise.points)}, {row.state}"))
    console.print(Padding(Text(exercise.task), (0, 0, 0, 2)))
    if row.state == "wrong" and row.message:
        console.print(Padding(Text("\n".join(row.message.splitlines()[:6]), "red"), (0, 0, 0, 2)))
    lines = [("write", row.place), ("check", check_call(row))]
    if not exercise.is_cell:
        lines.append(("stuck?", f"cs182 check {exercise.name} --hint"))
    for label, text in lines:
        console.print(Text.assemble((f"  {label:8}", "dim"), text), soft_wrap=True)
    console.print()


def _print_changed(rows, console):
    """Print which exercises were edited after they had been right."""
    names = [row.exercise.name for row in rows if row.state == "changed"]
    if names:
        console.print(Text("Edited since they were right; check them again:"))
        console.print(Text(f"  cs182 check {' '.join(names)}", "yellow"), soft_wrap=True)
        console.print()


def points(number):
    """Return a count of points in words: `1 point` where `number` is 1, `2 points`."""
    return f"{number} point{'s' * (number != 1)}"
