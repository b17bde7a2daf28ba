"""progress.html of an own workbook: one file, nothing from the network, readable without its script too.

What a learner's code has said stands in it, so everything is escaped, and the page's own policy lets no other script
and no other style run than the two it comes with.
"""

import html
import os
from datetime import datetime

from cs182lib.files import write_whole
from cs182lib.workbook.page_style import document
from cs182lib.workbook.progress_style import ICONS, SCRIPT, STYLE
from cs182lib.workbook.standing import (
    MEANING,
    STATES,
    check_call,
    grouped,
    homework_title,
    next_row,
    notebook_title,
    tally,
)

FILTER = """<form id="filter" role="search" aria-label="Exercises" hidden>
<div class="field"><label for="words">Search</label>
<input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="name, file or message"></div>
<div class="field" role="group" aria-labelledby="which"><span id="which">Show only</span>
{buttons}</div>
<p id="hits" role="status" aria-live="polite"></p>
</form>"""


def write_page(folder, rows):
    """Write progress.html into `folder`, the own workbook's, whole or not at all; return its Path.

    `rows` is a list of all its `Row`s, as `own_rows` returns them.
    """
    path = folder / "progress.html"
    write_whole(path, progress_page(folder, rows))
    return path


def progress_page(folder, rows):
    """Return the page as HTML; `rows`, as `own_rows` returns them, are those of the own workbook in `folder`."""
    homeworks = grouped(rows, "homework")
    parts = "\n".join(_homework(folder, homework, ours) for homework, ours in homeworks.items())
    body = (f'{ICONS}\n<a class="skip" href="#exercises">Skip to the exercises</a>\n'
            f"{_header(folder, rows, homeworks)}\n<main id=\"main\">\n{_next(rows)}\n"
            f"<section id=\"exercises\" aria-labelledby=\"all\" tabindex=\"-1\">\n<h2 id=\"all\">Exercises</h2>\n"
            f"{_filter(rows)}\n{parts}\n</section>\n</main>\n{_footer()}")
    return document(f"{_reached(rows)} points – CS182 workbook", STYLE, body, SCRIPT)


def _header(folder, rows, homeworks):
    """Return what stands on top: the total, the states with their meaning, and a link to each homework."""
    counts = tally(rows)
    legend = "".join(f'<li title="{MEANING[state]}">{_state(state)} <b>{counts[state]}</b></li>' for state in STATES)
    links = "".join(f'<li><a href="#{name}">{homework_title(name)}</a> <span>{_reached(ours)}</span></li>'
                    for name, ours in homeworks.items())
    where = os.fsencode(folder).decode(errors="replace")  # a name that Python could not decode (LC_ALL=C) too
    return (f'<header>\n<p class="where">{html.escape(where)}</p>\n<h1>Progress</h1>\n'
            f'<p class="total"><b>{counts["reached"]}</b> of {counts["points"]} points</p>\n{_bar("All", rows)}\n'
            f'<ul class="legend" aria-label="Exercises by state">{legend}</ul>\n'
            f'<nav aria-label="Homeworks"><ul>{links}</ul></nav>\n</header>')


def _next(rows):
    """Return the section on the exercise that comes next."""
    row = next_row(rows)
    if row is None:
        text = "Every exercise is right. Well done." if rows else "This workbook holds no exercises."
        return f'<section class="next" aria-labelledby="next"><h2 id="next">Next</h2><p>{text}</p></section>'
    name = _breakable(row.exercise.name)
    return (f'<section class="next" aria-labelledby="next">\n<h2 id="next">Next</h2>\n'
            f'<p><a href="#{_id(row)}"><code>{name}</code></a> {_state(row.state)}</p>\n{_facts(row)}\n</section>')


def _filter(rows):
    """Return the form that the script shows: a search box and a button for each state."""
    counts = tally(rows)
    buttons = "\n".join(f'<button type="button" value="{state}" aria-pressed="false">{_state(state)} '
                        f"<small>{counts[state]}</small></button>" for state in STATES)
    return FILTER.format(buttons=buttons)


def _homework(folder, homework, rows):
    """Return the section of one homework, with a table for each of its notebooks."""
    parts = "\n".join(_notebook(folder, notebook, members) for notebook, members in grouped(rows, "notebook").items())
    title = homework_title(homework)
    return (f'<section class="part" id="{homework}" aria-labelledby="{homework}-title">\n'
            f'<div class="head"><h3 id="{homework}-title">{title}</h3> <span>{_reached(rows)} points</span></div>\n'
            f"{_bar(title, rows)}\n{parts}\n</section>")


def _notebook(folder, notebook, rows):
    """Return the section of one notebook: its bar and the table of its exercises."""
    title, ident = html.escape(notebook_title(folder, notebook)), notebook.replace("/", "-")
    body = "\n".join(map(_row, rows))
    return (f'<section class="part notebook" aria-labelledby="{ident}">\n'
            f'<div class="head"><h4 id="{ident}">{title}</h4> <span>{_reached(rows)} points</span></div>\n'
            f"{_bar(title, rows)}\n<table>\n<caption>Exercises of <code>{notebook}</code></caption>\n"
            '<thead><tr><th scope="col">State</th><th scope="col">Exercise</th><th scope="col" class="place">Where</th>'
            f'<th scope="col" class="number">Points</th></tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</section>')


def _row(row):
    """Return one exercise as a row of its table; its name unfolds what there is to know about it."""
    exercise = row.exercise
    place = "a cell of the notebook" if exercise.is_cell else f"<code>{html.escape(row.place)}</code>"
    return (f'<tr id="{_id(row)}" data-state="{row.state}"><td>{_state(row.state)}</td>'
            f'<th scope="row" aria-label="{html.escape(exercise.name)}">'
            f"<details><summary><code>{_breakable(exercise.name)}</code></summary>{_facts(row)}</details></th>"
            f'<td class="place">{place}</td><td class="number">{exercise.points}</td></tr>')


def _facts(row):
    """Return task, place, check, tries and the last message of an exercise."""
    exercise = row.exercise
    check = check_call(row) if exercise.is_cell else f"<code>{html.escape(check_call(row))}</code>"
    facts = [("Write", f"<code>{_breakable(row.place)}</code>"), ("Check", check)]
    if not exercise.is_cell and row.state != "right":
        facts.append(("Hint", f"<code>{html.escape(check_call(row))} --hint</code>"))
    if row.tries or row.hints:
        facts.append(("So far", f"{_count(row.tries, 'try', 'tries')}, {_count(row.hints, 'hint', 'hints')}"
                                f"{_when(row.time)}"))
    if row.message:
        facts.append(("Last check", f"<pre>{html.escape(row.message)}</pre>"))
    listed = "".join(f"<div><dt>{label}</dt><dd>{text}</dd></div>" for label, text in facts)
    return f'<div class="facts"><p>{html.escape(exercise.task)}</p><dl>{listed}</dl></div>'


def _footer():
    now = datetime.now().astimezone()
    return (f'<footer><p>Made by <code>cs182 progress</code> on <time datetime="{now.isoformat(timespec="seconds")}">'
            f"{now:%Y-%m-%d %H:%M}</time>. Call it again after the next check.</p></footer>")


def _bar(label, rows):
    """Return how many points are reached, as a bar."""
    counts = tally(rows)
    return (f'<progress aria-label="{label}: points reached" max="{max(counts["points"], 1)}" '
            f'value="{counts["reached"]}">{_reached(rows)}</progress>')


def _reached(rows):
    counts = tally(rows)
    return f"{counts['reached']} of {counts['points']}"


def _state(state):
    """Return a state as sign and word."""
    return (f'<span class="state {state}"><svg aria-hidden="true" width="14" height="14"><use href="#sign-{state}"/>'
            f"</svg>{state}</span>")


def _id(row):
    return html.escape(row.exercise.name.replace("/", "-"))


def _breakable(name):
    """Return a name or a place, escaped, that a narrow screen may break where its words end."""
    return html.escape(name).replace("/", "/<wbr>").replace("_", "_<wbr>")


def _count(number, one, many):
    return f"{number} {one if number == 1 else many}"


def _when(time):
    """Say when the last check was, in this machine's time zone; nothing for what is no time."""
    try:
        here = datetime.fromisoformat(time).astimezone()
        return f', last checked <time datetime="{here.isoformat()}">{here:%Y-%m-%d %H:%M}</time>'
    except (TypeError, ValueError, OverflowError):
        return ""
