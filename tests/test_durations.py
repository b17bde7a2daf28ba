"""The table after each part of `make test` says where the time went, and one thread keeps it short."""

import os
from types import SimpleNamespace

import pytest
import torch
from durations import place, pytest_terminal_summary, table


def report(nodeid, duration):
    return SimpleNamespace(nodeid=nodeid, duration=duration)


REPORTS = [report("tests/layers/test_dense.py::test_a", 1.0), report("tests/layers/test_dense.py::test_b[x-[y]]", 0.5),
           report("tests/test_house.py::test_c[hw1.py]", 2.0),
           report("tests/notebooks/test_notebooks.py::test_outputs[hw1/03_dropout]", 60.0),
           report("tests/notebooks/test_notebooks.py::test_file[hw1/03_dropout]", 0.5)]


def test_a_place_is_a_folder_or_a_notebook():
    assert [place(report.nodeid) for report in REPORTS] == [*2 * ["tests/layers"], "tests", *2 * ["hw1/03_dropout"]]
    assert place("tests/data/standins/test_x.py::test_y") == "tests/data"
    assert place("tests/exercises/test_exercises.py::test_check[hw1/adam]") == "tests/exercises"
    assert place("tests/workbook/test_own.py::test_names[hw1/03_dropout]") == "tests/workbook"


def test_the_table_has_the_longest_first_and_the_sum_last():
    assert table(REPORTS) == ["   60.5 s   95%  hw1/03_dropout",
                              "    2.0 s    3%  tests",
                              "    1.5 s    2%  tests/layers",
                              "   64.0 s        in all"]


def test_seconds_of_several_processes_are_said_to_be_a_sum():
    assert table(REPORTS, 2) == [*table(REPORTS)[:-1], "   64.0 s        in all, summed over 2 processes"]
    assert table(REPORTS, 1) == table(REPORTS, 0) == table(REPORTS, None) == table(REPORTS)


def test_one_place_needs_no_table():
    assert table(REPORTS[:2]) == table([]) == []


def config(**options):
    """The settings of a call of pytest; without xdist it has no number of processes."""
    return SimpleNamespace(getoption=options.get)


@pytest.mark.parametrize("options", [{}, {"numprocesses": 2}])
def test_it_stands_at_the_end_of_the_tests(options):
    lines = []
    reporter = SimpleNamespace(section=lines.append, write_line=lines.append, config=config(**options), stats={
        "passed": REPORTS[:3], "failed": REPORTS[3:], "deselected": [SimpleNamespace(nodeid="tests/x.py::y")]})
    pytest_terminal_summary(reporter)
    assert lines == ["where the time went", *table(REPORTS, options.get("numprocesses"))]
    reporter.stats, reporter.section = {"passed": REPORTS[:2]}, None  # no table
    pytest_terminal_summary(reporter)


def test_tests_work_on_one_thread_unless_told_otherwise():
    assert torch.get_num_threads() == int(os.environ["OMP_NUM_THREADS"])


def test_what_a_test_starts_may_take_all_threads(all_threads):
    assert ("OMP_NUM_THREADS" in os.environ) == ("ONE_THREAD_FOR_TESTS" not in os.environ)
