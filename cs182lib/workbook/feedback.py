"""Tell a learner what a check has found: one short message first, the traceback last."""

import html

SIGNS = {"right": "✓", "not written": "·", "changed": "~"}  # anything else is ✗
COLORS = {"right": "green", "not written": "dim", "changed": "yellow"}


def print_result(result, console):
    """Print `result`, one of `check_exercises`, to the rich `console`."""
    from rich.text import Text

    state = result["state"]
    sign, color = SIGNS.get(state, "✗"), COLORS.get(state, "red")
    first, *rest = body(result)
    console.print(Text(f"{sign} {result['exercise']}", style=f"bold {color}"), Text(first), soft_wrap=True)
    for line in [*rest, *remarks(result)]:
        console.print(Text(line, style="bold" if line.startswith("  likely cause") else ""), soft_wrap=True)
    for line in [*printed_lines(result), *result.get("frames", [])]:
        console.print(Text(f"    {line}", style="dim"), soft_wrap=True)
    if "hint" in result:
        console.print(Text(result["hint"], style="bold cyan"), soft_wrap=True)


def body(result):
    """Return the lines of the message in `result`, a dict of `check_exercises`, without the name they begin with."""
    return result["message"].split(": ", 1)[-1].splitlines()


def remarks(result):
    """Return what is to be said beside the message of `result`, a list of lines, often empty.

    They tell what the exercise stands on, and which modules are broken.
    """
    lines = []
    if result.get("stands_on"):
        lines.append("  it is right on the workbook's own layers; look first at what it stands on: "
                     + ", ".join(result["stands_on"]))
    if result.get("borrowed"):
        files = ", ".join(name.replace(".", "/") + ".py" for name in result["borrowed"])
        lines.append(f"  {files} cannot be imported; the workbook's own took its place here")
    return lines


def printed_lines(result):
    """Return what the learner's code has printed during the check of `result`, a list of lines under one that says so.

    It is empty where nothing was printed.
    """
    return ["Your code printed:", *(f"  {line}" for line in result["printed"].splitlines())] if result.get(
        "printed") else []


def as_html(result):
    """Return `result`, one of `check_exercises`, as a small table for a notebook.

    Where that helps, a picture shows got against expected.
    """
    cause = f"<p><b>Likely cause:</b> {html.escape(result['cause'])}</p>" if result.get("cause") else ""
    notes = "".join(f"<p>{html.escape(line.strip())}</p>" for line in remarks(result))
    details = result.get("details") or {}
    return (f"<div><p><b>✗ {html.escape(result['exercise'])}</b> {html.escape(body(result)[0])}</p>{cause}{notes}"
            f"{_table(result.get('output'), details)}{_bars(details.get('row'))}</div>")


def _table(output, details):
    """Return one line of a table: the output, its shape, and its worst number; nothing where no shape is known."""
    if "shape" not in details:
        return ""
    columns = {"output": output, "shape": _tuple(details["shape"]), "expected shape": _tuple(details["expected_shape"])}
    if "worst" in details:
        columns |= {"worst place": _tuple(details["worst"]), "got": _number(details["got"]),
                    "expected": _number(details["expected"]), "error": _number(details["error"], 2),
                    "allowed": _number(details["allowed"], 2)}
    heads = "".join(f"<th scope='col'>{name}</th>" for name in columns)
    cells = "".join(f"<td>{html.escape(str(value))}</td>" for value in columns.values())
    return f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"


def _tuple(numbers):
    """Write a shape or a place as Python does; JSON knows lists only."""
    return str(tuple(numbers))


def _number(value, digits=8):
    """Format a number, or the text that stands for NaN and infinity."""
    return f"{value:.{digits}g}" if isinstance(value, (int, float)) else str(value)


def _bars(row):
    """Return a picture, SVG, of got (filled) against expected (outlined) along the row through the worst place."""
    if not row or len(row["expected"]) < 2:
        return ""
    pairs = [(got if isinstance(got, (int, float)) else 0.0, expected)
             for got, expected in zip(row["got"], row["expected"])]
    largest = max([abs(expected) for _, expected in pairs] + [1e-300])
    largest = max(largest, min(max(abs(got) for got, _ in pairs), 3 * largest))  # a huge wrong number is cut off
    width, bars = 36, []
    for i, (got, expected) in enumerate(pairs):
        for offset, value, style in ((4, expected, "fill='none' stroke='currentColor'"), (16, got, "fill='#d55e00'")):
            height = 55 * max(-1.0, min(1.0, value / largest))
            bars.append(f"<rect x='{i * width + offset}' y='{60 - max(height, 0):.1f}' width='10' "
                        f"height='{abs(height):.1f}' {style}/>")
        bars.append(f"<text x='{i * width + 15}' y='132' font-size='10' text-anchor='middle' fill='currentColor'>"
                    f"{row['start'] + i}</text>")
    total = len(pairs) * width
    return (f"<svg width='{total}' height='136' viewBox='0 0 {total} 136' role='img' aria-label='got, filled, against "
            f"expected, outlined, along the last axis'><line x1='0' x2='{total}' y1='60' y2='60' "
            f"stroke='currentColor' stroke-width='0.5'/>{''.join(bars)}</svg>"
            "<p>Along the last axis, through the worst place: expected outlined, got filled.</p>")


def next_hint(exercise, given):
    """Return (number, text) of the next hint of `exercise`; `given`, 0 or more, is how many there were already.

    The number counts from 1. After the last hint comes the last again.
    """
    number = min(given + 1, len(exercise.hints))
    return number, f"Hint {number} of {len(exercise.hints)}: {exercise.hints[number - 1]}"
