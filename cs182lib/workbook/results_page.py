"""The text of results/RESULTS.md: our figures beside those of others, and every recorded run with its picture."""

import json

from cs182lib.workbook.curves import describe, has_curve
from cs182lib.workbook.report import minutes, words
from cs182lib.workbook.wording import data_limits, data_note, figure_text, markdown_table, other_text

OTHERS = {"asked": "Asked by the course", "staff": "Course staff", "run_a": "Run A (2023)", "run_l": "Run L (2019)",
          "ancestor": "This project's ancestor", "aim": "Our aim"}
HEAD = """# Results

Made by `python -m cs182lib.workbook.results` from the JSON files beside this page; no figure is typed by hand. What
others reached stands in `benchmarks.json`: "course staff" are the outputs stored in the course's published notebooks;
runs A and L are two learners' complete runs; the ancestor is the earlier workbook that this one replaces. A dash stands
for a figure that is not recorded.

Of the data behind our figures:

{limits}- The course's own news are not public: ours are Reuters-21578, so the losses of others, on longer texts, are no
  measure of ours.
"""
NOTEBOOKS = """## The notebooks on the stand-in data

Measured by `cs182 run --record` on {machine}.
"""
ON_REAL = """## The notebooks on real data

The same notebooks with their larger budgets, measured by `cs182 run --record --only NAME` where the data are there.
Other work may have run on the machine beside them: the times are upper bounds.
"""
RUNS = """## The runs

Each was made by one command and can be made again by it. On another machine a figure moves a little, because the order
of additions does; `tests/workbook/test_recorded_runs.py` makes one run of each homework again and says how much is
allowed.
"""


def results_page(results, benchmarks=(), recorded=None, on_real=()):
    """Return the whole text of results/RESULTS.md.

    Parameters
    ----------
    results : {name: entry} of the recorded runs
    benchmarks : list of rows of results/benchmarks.json
    recorded : dict, what `cs182 run --record` kept on the stand-in data; None where nothing was
    on_real : list of what it kept on real data, a dict for each notebook
    """
    order = list(dict.fromkeys([row["run"] for row in benchmarks if row["run"] in results] + list(results)))
    limits = data_limits([*results.values(), *on_real])
    parts = [HEAD.format(limits=limits), comparison(results, benchmarks)]
    if recorded:
        parts += [NOTEBOOKS.format(machine=machine_text(recorded["machine"])), notebook_figures(recorded["notebooks"])]
    if on_real:
        parts += [ON_REAL, notebook_figures(on_real)]
    return "\n".join([*parts, RUNS, *(run_section(results[name]) for name in order)])


def comparison(results, benchmarks):
    """Return the table of figures, ours beside those of others, as Markdown.

    `results` is {name: entry} of the recorded runs, `benchmarks` the list of rows of results/benchmarks.json.
    """
    rows = []
    for row in benchmarks:
        entry = results.get(row["run"], {})
        ours = entry.get("figures", {}).get(row["figure"])
        others = [other_text(who, row["figure"], row.get(who)) for who in OTHERS]
        others[0] += f" {row['asked_of']}" if "asked_of" in row else ""
        rows.append((row["label"], "–" if ours is None else entry["data"]["source"],
                     "–" if ours is None else f"**{figure_text(row['figure'], ours)}**", *others))
    return markdown_table(("Figure", "Our data", "This workbook", *OTHERS.values()), rows)


def notebook_figures(rows):
    """Return the table of all key figures of the notebooks, as Markdown.

    `rows` is the list of notebooks that `cs182 run --record` kept.
    """
    return markdown_table(("Notebook", "Data", "Time", "Key figures"), [
        (f"[{row['name']}](../notebooks/{row['name']}.ipynb)", row["data"]["source"], minutes(row["seconds"]),
         ", ".join(f"{words(name)} {figure_text(name, value)}" for name, value in row["figures"].items()))
        for row in rows])


def run_section(entry):
    """Return the section of the run whose record is `entry`, as Markdown.

    It holds the run's picture, how to have it again, and all its figures.
    """
    picture = describe(entry)
    image = f"![{picture}](curves/{entry['name']}.svg)\n\n" if picture else ""
    if picture and not has_curve(entry):
        image += "The record holds no curve; the picture shows its figures.\n\n"
    machine, sessions = entry["machine"], entry.get("sessions", 1)
    facts = markdown_table(("Command", f"`{entry['command']}`"), [
        ("Data", data_note(entry["data"])), ("Seed", entry["seed"]),
        ("Time", minutes(entry["seconds"]) + (f", in {sessions} sessions" if sessions > 1 else "")),
        ("Machine", machine_text(machine)),
        ("Versions", f"Python {machine['python']}, NumPy {machine['numpy']}, PyTorch {machine['torch']}"),
        ("Date", entry["date"])])
    figures = markdown_table(("Figure", "Value"), [(words(name), figure_text(name, value))
                                                   for name, value in entry["figures"].items()])
    settings = json.dumps(entry.get("config", {}), ensure_ascii=False)
    return (f"### {entry['title']}\n\n{image}{facts}\n<details><summary>All figures and settings</summary>\n\n"
            f"{figures}\nSettings: `{settings}`\n\n</details>\n")


def machine_text(machine):
    """Return processor, cores, threads and system in a line; `machine` is a dict of `describe_machine`."""
    return f"{machine['cpu']}, {machine['cores']} cores, BLAS threads: {machine['threads']}, {machine['os']}"
