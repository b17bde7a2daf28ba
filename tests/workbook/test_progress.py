"""What `cs182 exercises` and `cs182 progress` print."""

import io
import json

import pytest
from own_workbook import DENSE, checked, exercise, make_workbook, many, write_module
from rich.console import Console

from cs182lib.exercises import exercises
from cs182lib.workbook import own
from cs182lib.workbook.cli import main
from cs182lib.workbook.progress import list_exercises, show_progress
from cs182lib.workbook.standing import library_rows, next_row, own_rows, tally

FIRST = exercise("hw1/first", points=1)
SECOND = exercise("hw1/second", points=5, solution=("layers.dense:affine_backward",))
CELL = exercise("hw1/train", "hw1/02_batch_normalization", points=3, solution=())
OTHER = exercise("hw2/other", "hw2/01_rnn_captioning", points=4)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a workbook of two homeworks with four exercises."""
    return workbook(tmp_path, monkeypatch, {e.name: e for e in (FIRST, SECOND, CELL, OTHER)})


def workbook(tmp_path, monkeypatch, known, homeworks=("hw1", "hw2", "hw3")):
    """Make a workbook that holds the exercises `known`."""
    monkeypatch.setattr(own, "exercises", lambda: known)
    return make_workbook(tmp_path / "mine", homeworks)


def printed(call, *arguments, width=80, terminal=True):
    """Return the lines that the call prints on a console of that width, without the blanks at their ends."""
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, highlight=False)
    call(*arguments, console=console)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def line_with(lines, *parts):
    """Return the cells of the one line that holds all these parts."""
    found = [line for line in lines if all(part in line for part in parts)]
    assert len(found) == 1, (parts, lines)
    return found[0].split()


def in_first(rows):
    """Return the rows of the first notebook."""
    return [row for row in rows if row.exercise.notebook == rows[0].exercise.notebook]


def test_points_count_for_what_is_right_alone(folder):
    for one, state in ((FIRST, "right"), (SECOND, "wrong"), (OTHER, "right")):
        checked(folder, one, state)
    assert tally(own_rows(folder)) == {"right": 2, "changed": 0, "wrong": 1, "open": 1, "points": 13, "reached": 5}
    write_module(folder, "layers/dense.py", DENSE.replace("x @ w", "x * w"))
    assert tally(own_rows(folder)) == {"right": 0, "changed": 2, "wrong": 1, "open": 1, "points": 13, "reached": 0}
    assert tally([]) == {"right": 0, "changed": 0, "wrong": 0, "open": 0, "points": 0, "reached": 0}


def test_next_is_the_first_open_or_wrong_one_and_changed_ones_come_after(folder):
    assert next_row(own_rows(folder)).exercise == FIRST
    checked(folder, FIRST)
    checked(folder, CELL)
    assert next_row(own_rows(folder)).exercise == SECOND
    checked(folder, SECOND, "wrong")
    assert next_row(own_rows(folder)).exercise == SECOND
    checked(folder, SECOND)
    write_module(folder, "layers/dense.py", DENSE.replace("x @ w", "x * w"))
    assert next_row(own_rows(folder)).exercise == OTHER
    checked(folder, OTHER)
    assert next_row(own_rows(folder)).exercise == FIRST
    checked(folder, FIRST)
    assert next_row(own_rows(folder)) is None


def test_exercises_are_grouped_by_notebook_with_points_state_and_place(folder):
    checked(folder, FIRST)
    assert printed(list_exercises, folder, width=120) == [
        "exercise, points, state, place",
        "",
        "hw1/01_fully_connected_nets, 1 of 6 points",
        "hw1/first                      1 right   my182/layers/dense.py:4",
        "hw1/second                     5 open    my182/layers/dense.py:9",
        "",
        "hw1/02_batch_normalization, 0 of 3 points",
        "hw1/train                      3 open    a cell of the notebook",
        "",
        "hw2/01_rnn_captioning, 0 of 4 points",
        "hw2/other                      4 open    my182/layers/dense.py:4",
    ]


def test_a_narrow_terminal_gets_places_below_the_package(folder):
    lines = printed(list_exercises, folder, ["hw2"])
    assert lines[0] == "exercise, points, state, place in my182/"
    assert lines[-1] == "hw2/other                      4 open    layers/dense.py:4"


def test_names_choose_what_is_listed(folder):
    lines = printed(list_exercises, folder, ["hw2", "hw1/02_batch_normalization"])
    assert [line.split()[0].strip(",") for line in lines[1:] if line] == [
        "hw1/02_batch_normalization", "hw1/train", "hw2/01_rnn_captioning", "hw2/other"]
    with pytest.raises(ValueError, match="'hw1/fist'; did you mean hw1/first"):
        list_exercises(folder, ["hw1/fist"])


def test_json_holds_every_field_as_it_is(folder, capsys):
    checked(folder, SECOND, "wrong", "[red]dx[/red] is \x1b[31mwrong")
    list_exercises(folder, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(folder) and len(found["exercises"]) == 4
    entry = found["exercises"][1]
    assert entry.pop("time").endswith("+00:00")
    assert entry == {"name": "hw1/second", "notebook": "hw1/01_fully_connected_nets", "task": SECOND.task, "points": 5,
                     "file": "my182/layers/dense.py", "line": 9, "state": "wrong", "tries": 1, "hints": 0,
                     "message": "[red]dx[/red] is \ufffd[31mwrong"}


def test_outside_of_a_workbook_the_library_is_listed_without_states(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["exercises"]) == 0
    legend, *lines = [line for line in capsys.readouterr().out.splitlines() if line]
    rows = library_rows()
    assert legend == "exercise, points, place"
    assert lines[0] == f"hw1/01_fully_connected_nets, {tally(in_first(rows))['points']} points"
    assert line_with(lines, "hw1/affine_forward ") == ["hw1/affine_forward", "1", rows[0].place]
    assert len(lines) == len(rows) + len({row.exercise.notebook for row in rows})
    assert main(["exercises", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["exercises"]
    assert [entry["name"] for entry in found] == list(exercises()) and {entry["state"] for entry in found} == {None}


@pytest.mark.parametrize("count", [0, 1, 96])
def test_lines_fit_into_80_columns_with_few_and_many(count, tmp_path, monkeypatch):
    known = dict(list(many().items())[:count])
    folder = workbook(tmp_path, monkeypatch, known)
    listed, shown = printed(list_exercises, folder), printed(show_progress, folder)
    assert sum(line.startswith("hw") and "a_name" in line for line in listed) == count
    assert max(map(len, listed)) <= 80
    assert max(len(line) for line in shown if str(folder) not in line) <= 80
    assert line_with(shown, "Total", "/")[-4:] == ["0", "0", "0", str(count)]


def test_the_real_exercises_fit_into_80_columns_unfolded(tmp_path):
    folder = make_workbook(tmp_path / "mine", ("hw1", "hw2", "hw3"))
    for row in library_rows():
        path = folder / row.file.replace("cs182lib", "my182")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((own.Path(own.__file__).parents[2] / row.file).read_bytes())
        own.append(folder, exercise=row.exercise.name, state="right", code="another")  # changed, the longest word
    lines = printed(list_exercises, folder)
    assert max(map(len, lines)) <= 80
    for row in own_rows(folder):
        place = "a cell of the notebook" if row.exercise.is_cell else row.place.removeprefix("my182/")
        assert line_with(lines, f"{row.exercise.name} ", place)[:1] == [row.exercise.name]


def test_plain_text_and_whole_lines_where_no_terminal_is(tmp_path, monkeypatch, capsys):
    folder = workbook(tmp_path, monkeypatch, many())
    checked(folder, many()["hw1/a_name_of_thirty_characters_111"])
    monkeypatch.chdir(folder / "my182" / "layers")
    assert main(["exercises"]) == 0 and main(["progress"]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert text.count("my182/layers/dense.py:4") == 84  # the others are cells
    assert line_with(text.splitlines(), "hw1/a_name_of_thirty_characters_111")[1:3] == ["2", "right"]


def test_a_terminal_gets_colors(folder):
    checked(folder, FIRST)
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=80)
    list_exercises(folder, console=console)
    assert "\x1b[32mright" in console.file.getvalue()


def test_progress_adds_up_by_homework_and_notebook(folder):
    checked(folder, FIRST)
    checked(folder, SECOND, "wrong", "dx is wrong")
    checked(folder, CELL)
    lines = printed(show_progress, folder)
    numbers = {tuple(line.split()[:2]): line.split()[-5:] for line in lines if "/" in line and line[-1:].isdigit()}
    assert numbers["Homework", "1"] == ["4/9", "2", "0", "1", "0"]
    assert numbers["Homework", "2"] == ["0/4", "0", "0", "0", "1"]
    assert line_with(lines, "01_fully_connected_nets")[-5:] == ["1/6", "1", "0", "1", "0"]
    assert line_with(lines, "02_batch_normalization")[-5:] == ["3/3", "1", "0", "0", "0"]
    assert line_with(lines, "Total")[-5:] == ["4/13", "2", "0", "1", "1"]
    bars = {line.split()[0]: line.count("━") for line in lines if "━" in line}
    assert bars["02_batch_normalization"] == 14 and bars["01_fully_connected_nets"] == 2


def test_progress_names_the_next_exercise_and_how_to_go_on(folder):
    checked(folder, FIRST)
    checked(folder, SECOND, "wrong", "affine_backward: [bold]dx[/bold] is wrong at [0]\n  likely cause: a sum")
    text = "\n".join(printed(show_progress, folder))
    assert f"Next: hw1/second, 5 points, wrong\n  {SECOND.task}\n" in text
    assert "  affine_backward: [bold]dx[/bold] is wrong at [0]\n    likely cause: a sum\n" in text
    assert "  write   my182/layers/dense.py:9\n  check   cs182 check hw1/second\n" in text
    assert "  stuck?  cs182 check hw1/second --hint\n" in text


def test_a_cell_is_checked_in_its_notebook(folder):
    checked(folder, FIRST)
    checked(folder, SECOND)
    lines = printed(show_progress, folder)
    assert "  write   notebooks/hw1/02_batch_normalization.ipynb" in lines
    assert "  check   run its cell in the notebook, and the cell below" in lines
    assert not any("--hint" in line for line in lines)


def test_edited_exercises_are_to_be_checked_again(folder):
    checked(folder, FIRST)
    write_module(folder, "layers/dense.py", DENSE.replace("x @ w", "x * w"))
    lines = printed(show_progress, folder)
    assert lines[lines.index("Edited since they were right; check them again:") + 1] == "  cs182 check hw1/first"


def test_all_right(folder):
    for one in (FIRST, SECOND, CELL, OTHER):
        checked(folder, one)
    lines = printed(show_progress, folder)
    assert "Every exercise is right. Well done." in lines and not any("Next:" in line for line in lines)


def test_progress_says_where_the_page_is(folder):
    assert printed(show_progress, folder)[-1].endswith(f"messages: {folder / 'progress.html'}")
    assert (folder / "progress.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_progress_outside_of_a_workbook_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["progress"]) == 1
    assert "cs182 start DIR" in capsys.readouterr().err
