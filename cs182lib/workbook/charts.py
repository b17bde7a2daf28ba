"""Charts as SVG text: lines and bars, the same bytes on every machine, in colors that follow a light or a dark page.

matplotlib's SVG depends on its version and keeps its colors on a dark page, so the few shapes needed are written here.
"""

import html
from typing import NamedTuple

from matplotlib.ticker import MaxNLocator

PANEL, HEIGHT, PAD = 360, 280, 16  # pixels: a panel's width, the height of lines, the space around a panel
TOP, BOTTOM, LEFT = 62, 46, 46  # the space around the plot within its panel: heading and legend, axis, numbers
ROW = 26  # pixels from one bar to the next
STYLE = """
svg { --card: #fff; --ink: #24272c; --soft: #5b616b; --grid: #e4e1da; --a: #0072b2; --b: #c44f00; --c: #7c838d; }
@media (prefers-color-scheme: dark) {
  svg { --card: #1d2024; --ink: #e4e2dd; --soft: #a5abb5; --grid: #363b42; --a: #56b4e9; --b: #f0a04b; --c: #858c97; }
}
.card { fill: var(--card); stroke: var(--grid); }
text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.head { fill: var(--ink); font-size: 13px; font-weight: 600; }
.value { fill: var(--ink); }
.grid { stroke: var(--grid); } .axis { stroke: var(--soft); }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.a { stroke: var(--a); } .b { stroke: var(--b); stroke-dasharray: 7 3; }
.dot, .bar { stroke: none; } .a.dot, .a.bar { fill: var(--a); } .b.dot, .b.bar { fill: var(--b); }
.c.bar { fill: var(--c); }
"""
KINDS = "ab"  # the looks of a panel's lines


class Lines(NamedTuple):
    """A panel of lines.

    heading : what is drawn and its unit; x : what it is drawn over
    series : list of (label, xs, ys), at most two
    """

    heading: str
    x: str
    series: list


class Bars(NamedTuple):
    """A panel of horizontal bars that begin at zero.

    heading : what is drawn and its unit
    rows : list of (label, value, text at the bar's end, kind), kind "a", "b" or "c", the gray one
    """

    heading: str
    rows: list


def chart(title, panels):
    """Return an SVG picture with the panels beside each other; `title` is what a screen reader says of it."""
    size = max(HEIGHT if isinstance(panel, Lines) else TOP + ROW * len(panel.rows) + PAD for panel in panels)
    width = max(2, len(panels)) * PANEL
    each = width // len(panels)
    body = [piece for i, panel in enumerate(panels) for piece in _draw(panel, i * each + PAD, (i + 1) * each - PAD)]
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {size}" width="{width}" height="{size}" '
            f'role="img">\n<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n'
            f'<rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{size - 1}" rx="8"/>')
    return "\n".join([head, *body, "</svg>\n"])


def ticks(low, high, whole=False):
    """Return a list of round numbers, equally far apart, from at or below `low` to at or above `high`.

    `whole` keeps to whole numbers where at least two of them lie in that range.
    """
    return [float(t) for t in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(low, high)]


def _draw(panel, left, right):
    return (_lines if isinstance(panel, Lines) else _bars)(panel, left, right)


def _lines(panel, left, right):
    """Yield the pieces of a panel of lines between the pixels left and right."""
    ys = [y for _, _, values in panel.series for y in values]
    xs = [x for _, values, _ in panel.series for x in values]
    y_ticks, x_low, x_high = ticks(min(ys), max(ys)), min(xs), max(xs)
    x_high += x_low == x_high  # one point alone
    inner, bottom = left + LEFT, HEIGHT - BOTTOM

    def at_x(x):
        return inner + (x - x_low) / (x_high - x_low) * (right - inner)

    def at_y(y):
        return bottom - (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (bottom - TOP)

    yield _text(left, 26, panel.heading, "head")
    yield from _legend(panel.series, left)
    for y in y_ticks:
        yield _stroke("axis" if y == y_ticks[0] else "grid", (inner, at_y(y)), (right, at_y(y)))
        yield _text(inner - 8, at_y(y) + 4, f"{y:g}", anchor="end")
    for x in ticks(x_low, x_high, whole=True):
        if x_low <= x <= x_high:
            yield _text(at_x(x), bottom + 18, f"{x:g}", anchor="middle")
    yield _text((inner + right) / 2, HEIGHT - 12, panel.x, anchor="middle")
    for kind, (_, xs, ys) in zip(KINDS, panel.series):
        points = [(at_x(x), at_y(y)) for x, y in zip(xs, ys)]
        yield _stroke(f"line {kind}", *points)
        yield from (f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in points[-1:])


def _legend(series, left):
    """Yield a short piece of each line and its label, in a row below the heading."""
    for kind, (label, _, _) in zip(KINDS, series):
        yield _stroke(f"line {kind}", (left, 42), (left + 22, 42))
        yield _text(left + 28, 46, label)
        left += 28 + 7 * len(label) + 16


def _bars(panel, left, right):
    """Yield the pieces of a panel of bars between the pixels left and right."""
    start = left + 16 + max(6.4 * len(label) for label, *_ in panel.rows)
    end = right - 8 - max(7.5 * len(text) for _, _, text, _ in panel.rows)
    scale = (end - start) / max(value for _, value, _, _ in panel.rows)
    yield _text(left, 26, panel.heading, "head")
    for i, (label, value, text, kind) in enumerate(panel.rows):
        y = TOP + ROW * i - 8
        yield _text(start - 8, y + 12, label, anchor="end")
        yield f'<rect class="bar {kind}" x="{start:.1f}" y="{y}" width="{value * scale:.1f}" height="16" rx="2"/>'
        yield _text(start + value * scale + 8, y + 12, text, "value")
    yield _stroke("axis", (start, TOP - 14), (start, TOP + ROW * len(panel.rows) - 12))


def _stroke(kind, *points):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _text(x, y, text, kind="", anchor="start"):
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
