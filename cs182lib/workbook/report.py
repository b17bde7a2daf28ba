"""The report of a run: build/report/index.html, one row a notebook, and the same as JSON."""

import datetime
import html
import os

from cs182lib.workbook.machine import describe_machine
from cs182lib.workbook.page import page
from cs182lib.workbook.results import write_json

COLUMNS = ("Notebook", "Status", "Time", "Data", "Key figures")
# what the parts of a key figure's name are short for
WORDS = {"acc": "accuracy", "val": "validation", "fc": "fully connected", "conv": "convolutional",
         "rnn": "RNN", "lstm": "LSTM", "lbfgs": "L-BFGS", **{f"bleu{n}": f"BLEU-{n}" for n in range(1, 5)},
         **{f"rouge{n}": f"ROUGE-{n}" for n in "12L"}}


def write_report(rows, count, out):
    """Write `out`/index.html and `out`/report.json from the rows of run_notebooks so far, of `count`."""
    machine = describe_machine()
    write_json(out / "report.json", {"machine": machine, "notebooks": rows})
    heads = "".join(f"<th>{column}</th>" for column in COLUMNS)
    body = (f"<h1>CS182 workbook: report</h1>\n<p>{html.escape(summary(rows, count))}</p>\n"
            f"<table>\n<tr>{heads}</tr>\n{''.join(map(table_row, rows))}</table>\n"
            f"<p>{html.escape(machine_line(machine))}, {datetime.datetime.now():%Y-%m-%d %H:%M}.</p>")
    partial = out / ".index.html"
    partial.write_text(page("CS182 workbook: report", body), encoding="utf-8")
    os.replace(partial, out / "index.html")


def summary(rows, count):
    """Say in one sentence how many of the `count` notebooks passed and failed, and in what time."""
    passed = sum(row["passed"] for row in rows)
    waiting = f", {count - len(rows)} still to run" if count > len(rows) else ""
    total = minutes(sum(row["seconds"] for row in rows))
    return f"{passed} of {count} notebooks passed, {len(rows) - passed} failed{waiting}, in {total}."


def table_row(row):
    """Return one row of the report's table as HTML."""
    status = '<span class="passed">passed</span>' if row["passed"] else (
        f'<span class="failed">failed</span><br><code>{html.escape(row["error"])}</code>')
    data = f'{row["data"]["source"]}<br><code>{row["data"]["fingerprint"]}</code>' if row["data"] else "&ndash;"
    figures = "<br>".join(html.escape(line) for line in figure_lines(row["figures"]))
    link = f'<a href="{row["name"]}.html">{html.escape(row["name"])}</a><br>{html.escape(row["title"])}'
    cells = (link, status, minutes(row["seconds"]), data, figures or "&ndash;")
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def figure_lines(figures):
    """Return each of the key figures {name: value} as a line of text, such as "best validation accuracy: 53.1 %"."""
    return [f"{words(name)}: {number(name, value)}" for name, value in figures.items()]


def words(name):
    """Return the name of a key figure in words: best_val_acc is the best validation accuracy."""
    return " ".join(WORDS.get(part, part) for part in name.split("_"))


def number(name, value):
    """Return a figure as text: accuracies (acc in the name) as percentages, other numbers with four digits."""
    if isinstance(value, str):
        return value
    return f"{100 * value:.1f} %" if "acc" in name.split("_") else f"{value:.4g}"


def minutes(seconds):
    """Return a time as text: 48 s, 2 min 05 s."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def machine_line(machine):
    """Describe the machine in one line."""
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} BLAS threads, {machine['os']}, "
            f"Python {machine['python']}, NumPy {machine['numpy']}, PyTorch {machine['torch']}")
