"""Where the time of the tests went: seconds for each folder of tests, and for each notebook."""

import re
from collections import Counter

NOTEBOOK = re.compile(r"\[(hw\d/\d\d_\w+)\]")


def place(nodeid):
    """Return the notebook that a test executes, else the folder it lies in."""
    folder = "/".join(nodeid.split("::")[0].split("/")[:-1][:2])
    notebook = NOTEBOOK.search(nodeid)
    return notebook[1] if notebook and folder == "tests/notebooks" else folder


def seconds_by_place(reports):
    """Return {place: seconds} of the reports of tests, set-up and tear-down included, the longest first."""
    seconds = Counter()
    for report in reports:
        seconds[place(report.nodeid)] += report.duration
    return dict(seconds.most_common())


def table(reports, processes=None):
    """Return the lines of a small table, none where everything lies in one place.

    `processes` is how many shared the tests; where there are several, the last line says that it is their sum.
    """
    seconds = seconds_by_place(reports)
    total = sum(seconds.values())
    rows = [f"{spent:7.1f} s  {spent / max(total, 1e-9):4.0%}  {name}" for name, spent in seconds.items()]
    summed = f", summed over {processes} processes" if (processes or 1) > 1 else ""
    return [*rows, f"{total:7.1f} s        in all{summed}"] if len(rows) > 1 else []


def pytest_terminal_summary(terminalreporter):
    """Say where the time went, below everything else that pytest says."""
    reports = [report for kind in terminalreporter.stats.values() for report in kind if hasattr(report, "duration")]
    lines = table(reports, terminalreporter.config.getoption("numprocesses", None))
    if lines:
        terminalreporter.section("where the time went")
    for line in lines:
        terminalreporter.write_line(line)
