"""The report of a run, build/report/index.html: an entry for each notebook, and a search over all their sections."""

import datetime
import html
import tempfile
from pathlib import Path

from cs182lib.files import write_whole
from cs182lib.workbook.machine import describe_machine
from cs182lib.workbook.page_style import document
from cs182lib.workbook.paths import BUILD
from cs182lib.workbook.report_style import SCRIPT, STYLE
from cs182lib.workbook.results import write_json

BODY = """<a class="skip" href="#notebooks">Skip to the notebooks</a>
<header>
<h1>CS182 workbook</h1>
<p>{summary}</p>
<p class="machine">{machine}</p>
</header>
<main>
<section id="sections" aria-label="Search the sections">
<form id="search" role="search" aria-label="Sections" hidden>
<label for="words">Find a section</label>
<input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="batch norm, beam search, ...">
<p id="hits" role="status" aria-live="polite"></p>
</form>
<details><summary>All sections</summary>
<ol>
{sections}
</ol></details>
</section>
<section id="notebooks" aria-labelledby="all" tabindex="-1">
<h2 id="all">Notebooks</h2>
{entries}
</section>
</main>"""
# what the parts of a key figure's name are short for
WORDS = {"acc": "accuracy", "val": "validation", "fc": "fully connected", "conv": "convolutional",
         "rnn": "RNN", "lstm": "LSTM", "lbfgs": "L-BFGS", **{f"bleu{n}": f"BLEU-{n}" for n in range(1, 5)},
         **{f"rouge{n}": f"ROUGE-{n}" for n in "12L"}}


def report_folder(out=None):
    """Return the folder of a report, `out` or by default build/report, as a Path; it is made where it is missing.

    Raises
    ------
    ValueError : nothing can be written there, which is better known before the notebooks have run
    """
    out = Path(out or BUILD / "report")
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise ValueError(f"the report cannot be written into {out} ({error.strerror}); name a folder of your own: "
                         "cs182 run --out DIR") from error
    return out


def write_report(rows, count, out):
    """Write `out`/index.html and `out`/report.json from the rows of run_notebooks so far, of `count`."""
    machine = describe_machine()
    write_json(out / "report.json", {"machine": machine, "notebooks": list(map(recorded, rows))})
    write_whole(out / "index.html", index_page(rows, count, machine))


def recorded(row):
    """Return what is kept of a notebook's row as JSON: not its picture, nor its list of sections."""
    return {key: value for key, value in row.items() if key not in ("thumbnail", "sections")}


def index_page(rows, count, machine):
    """Return the report as HTML: nothing from the network, and no script or style but its own.

    Parameters
    ----------
    rows : list of rows of run_notebooks, those so far
    count : int, how many notebooks the run has
    machine : dict of `describe_machine`
    """
    line = f"{machine_line(machine)}, {datetime.datetime.now():%Y-%m-%d %H:%M}."
    body = BODY.format(summary=html.escape(summary(rows, count)), machine=html.escape(line),
                       entries="\n".join(map(entry, rows)),
                       sections="\n".join(link for row in rows for link in section_links(row)))
    return document("CS182 workbook: report", STYLE, body, SCRIPT)


def section_links(row):
    """Yield a list entry, HTML, for each section of the page of one notebook, whose row of run_notebooks is `row`."""
    for anchor, text in row["sections"]:
        yield (f'<li><a href="{row["name"]}.html#{html.escape(anchor)}">{html.escape(text)}</a>'
               f'<small>{html.escape(row["title"] or row["name"])}</small></li>')


def summary(rows, count):
    """Say in one sentence how many of the `count` notebooks passed and failed, and in what time.

    `rows` are those of run_notebooks so far.
    """
    passed = sum(row["passed"] for row in rows)
    waiting = f", {count - len(rows)} still to run" if count > len(rows) else ""
    total = minutes(sum(row["seconds"] for row in rows))
    return f"{passed} of {count} notebooks passed, {len(rows) - passed} failed{waiting}, in {total}."


def entry(row):
    """Return the entry of a notebook, whose row of run_notebooks is `row`, as HTML.

    It shows picture, title, status, time, data and key figures.
    """
    status = '<li class="passed">✓ passed</li>' if row["passed"] else '<li class="failed">✗ failed</li>'
    error = "" if row["passed"] else f'<p class="failed"><code>{html.escape(row["error"])}</code></p>'
    data = row["data"]
    data = f'<li>{html.escape(data["source"])} <code>{data["fingerprint"]}</code></li>' if data else ""
    figures = "".join(f"<dt>{html.escape(words(name))}</dt><dd>{html.escape(number(name, value))}</dd>"
                      for name, value in row["figures"].items())
    title = html.escape(row["title"] or row["name"])
    picture = f'<img src="{row["thumbnail"]}" alt="A figure of {title}">' if row["thumbnail"] else "<span></span>"
    return (f'<article>\n{picture}\n<div><h3><a href="{row["name"]}.html">{title}</a></h3>\n'
            f'<p class="name">{html.escape(row["name"])}</p>\n'
            f'<ul class="facts">{status}<li>{minutes(row["seconds"])}</li>{data}</ul>\n{error}'
            f"{f'<dl>{figures}</dl>' if figures else ''}</div>\n</article>")


def words(name):
    """Return the name of a key figure in words: best_val_acc is the best validation accuracy."""
    return " ".join(WORDS.get(part, part) for part in name.split("_"))


def number(name, value):
    """Return a figure as text: accuracies (acc in the `name`) as percentages, other numbers with four digits.

    `value` may be a text too, which stays as it is.
    """
    if isinstance(value, str):
        return value
    return f"{100 * value:.1f} %" if "acc" in name.split("_") else f"{value:.4g}"


def minutes(seconds):
    """Return a time of so many `seconds`, at least 0, as text: 48 s, 2 min 05 s."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def machine_line(machine):
    """Return one line that describes the `machine`, a dict of `describe_machine`."""
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} BLAS threads, {machine['os']}, "
            f"Python {machine['python']}, NumPy {machine['numpy']}, PyTorch {machine['torch']}")
