"""The pictures of the recorded runs: drawn to scale, readable on light and dark pages, the same bytes everywhere."""

import itertools
import re
from xml.etree import ElementTree

import pytest
from browser import in_browser

from cs182lib.workbook import charts, curves
from cs182lib.workbook.charts import Bars, Lines, chart, ticks
from cs182lib.workbook.full_runs import FULL_RUNS
from cs182lib.workbook.paths import RESULTS

PICTURES = sorted((RESULTS / "curves").glob("*.svg"))
LINES = Lines("Loss", "epoch", [("training", [1, 2, 3], [4.0, 2.0, 1.0]), ("validation", [1, 2, 3], [3.0, 3.0, 2.0])])
BARS = Bars("Accuracy", [("ours & co", 0.8, "80.0 %", "a"), ("theirs", 0.4, "40.0 %", "c")])
TEXTS = """() => [...document.querySelectorAll("text")].map(text => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.left, box.top, box.right, box.bottom]; })"""


def elements(svg, name):
    """Return the elements of a kind in an SVG text."""
    return ElementTree.fromstring(svg).findall(f"{{http://www.w3.org/2000/svg}}{name}")


def points(element):
    """Return the points of a polyline as pairs of numbers."""
    return [tuple(map(float, pair.split(","))) for pair in element.get("points").split()]


def test_lines_are_drawn_to_scale():
    drawn = {line.get("class"): points(line) for line in elements(chart("T", [LINES]), "polyline")
             if len(points(line)) == 3}
    training, validation = drawn["line a"], drawn["line b"]
    assert training[1][0] - training[0][0] == pytest.approx(training[2][0] - training[1][0], abs=0.2)
    heights = [training[2][1] - y for _, y in training]  # above the last point: 3, 1 and 0
    assert heights[0] == pytest.approx(3 * heights[1], abs=0.3) and heights[1] > 20
    assert validation[2][1] == pytest.approx(training[1][1]) and validation[0][1] == validation[1][1]


def test_bars_are_drawn_to_scale():
    bars = [bar for bar in elements(chart("T", [BARS]), "rect") if bar.get("class").startswith("bar")]
    assert [bar.get("class") for bar in bars] == ["bar a", "bar c"]
    assert float(bars[0].get("width")) == pytest.approx(2 * float(bars[1].get("width")), abs=0.2)


def test_one_point_alone_is_drawn():
    assert "nan" not in chart("T", [Lines("Loss", "epoch", [("training", [1], [0.5])])])


def test_words_are_escaped_and_the_title_is_there():
    svg = chart("Loss < 1", [BARS])
    assert elements(svg, "title")[0].text == "Loss < 1"
    assert "ours & co" in [text.text for text in elements(svg, "text")]


@pytest.mark.parametrize("low, high", [(0.03, 0.9), (8.68, 9.27), (61.0, 92.4), (3.0, 3.0)])
def test_ticks_enclose_what_is_drawn(low, high):
    found = ticks(low, high)
    assert found[0] <= low and found[-1] >= high and found == sorted(set(found)) and 2 <= len(found) <= 9


def luminance(color):
    """Return the relative luminance of a color #rgb or #rrggbb (WCAG 2)."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colors_stand_out_from_the_card(scheme):
    colors = dict(re.findall(r"--(\w+): (#\w+)", re.findall(r"svg \{(.*?)\}", charts.STYLE)[scheme]))
    card = luminance(colors.pop("card"))
    for name, color in colors.items():
        bright, dim = sorted((luminance(color), card), reverse=True)
        least = {"ink": 4.5, "soft": 4.5, "grid": 1.1}.get(name, 3.0)
        assert (bright + 0.05) / (dim + 0.05) >= least, name


def test_every_run_has_a_picture():
    assert list(curves.PICTURES) == list(FULL_RUNS)


def test_an_unknown_run_has_none():
    assert curves.describe({"name": "toy", "title": "Toy"}) == ""


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_the_picture_is_small_and_holds_no_other(path):
    svg = path.read_text(encoding="utf-8")
    assert len(svg) < 60_000 and elements(svg, "text")
    assert set(re.findall(r"\w+://[^\"\s]+", svg)) == {"http://www.w3.org/2000/svg"} and "<image" not in svg
    headings = [text.text for text in elements(svg, "text") if text.get("class") == "head"]
    assert headings and all(heading in elements(svg, "title")[0].text for heading in headings)


@in_browser
@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_no_word_runs_over_another_or_over_the_edge(chromium, path):
    page = chromium.new_page()
    page.goto(path.as_uri())
    boxes = page.evaluate(TEXTS)
    width, height = (float(ElementTree.parse(path).getroot().get(side)) for side in ("width", "height"))
    page.close()
    for text, left, top, right, bottom in boxes:
        assert 4 <= left and right <= width - 4 and 0 <= top and bottom <= height - 2, text
    for (one, l1, t1, r1, b1), (two, l2, t2, r2, b2) in itertools.combinations(boxes, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 + 2 or b2 <= t1 + 2, (one, two)
