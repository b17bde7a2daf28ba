"""progress.html: what it says, that nothing in it can run, and how it works in a browser, by keyboard and by ear."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import in_browser
from own_workbook import checked, exercise, make_workbook, many, write_module

from cs182lib.workbook import own
from cs182lib.workbook.progress_page import progress_page, write_page
from cs182lib.workbook.progress_style import STYLE
from cs182lib.workbook.standing import STATES, own_rows

EVIL = '</pre></script><script>window.ran = 1</script><img src="x" onerror="window.ran = 1">&lt;b&gt;"\'`{x}'
FIRST = exercise("hw1/first", points=1)
SECOND = exercise("hw1/second", points=5, solution=("layers.dense:affine_backward",))
CELL = exercise("hw1/train", "hw1/02_batch_normalization", points=3, solution=())
OTHER = exercise("hw2/other", "hw2/01_rnn_captioning", points=4)
EDITED = exercise("hw2/edited", "hw2/01_rnn_captioning", points=2, solution=("layers.edited:edited",))
SMALL = {e.name: e for e in (FIRST, SECOND, CELL, OTHER, EDITED)}
TAB_STOPS = ["Skip to the exercises", "Homework 1", "Homework 2", "hw1/second", "words", "right", "changed", "wrong",
             "open", "hw1/first", "hw1/second", "hw1/train", "hw2/other", "hw2/edited"]


@pytest.fixture
def use(tmp_path, monkeypatch):
    """Return a function that makes a workbook of these exercises, and its page; it returns the page's path."""
    def make(known, check=lambda folder: None):
        monkeypatch.setattr(own, "exercises", lambda: known)
        folder = make_workbook(tmp_path / "mine", ("hw1", "hw2", "hw3"))
        check(folder)
        return write_page(folder, own_rows(folder))
    return make


@pytest.fixture
def small(use):
    """Return the page of five exercises in every state."""
    return use(SMALL, check_small)


def check_small(folder):
    """Note checks that leave the five exercises right, wrong, open, right and changed."""
    checked(folder, FIRST, "wrong", "first: out is wrong")
    checked(folder, FIRST, "right", "first is right: out (3 comparisons)")
    checked(folder, SECOND, "wrong", EVIL)
    own.append(folder, exercise="hw1/second", hint=2)
    checked(folder, OTHER)
    write_module(folder, "layers/edited.py", "def edited():\n    return 1\n")
    checked(folder, EDITED)
    write_module(folder, "layers/edited.py", "def edited():\n    return 2\n")


class Tags(HTMLParser):
    """Collect the tags of a page, the text between them, and whether they are nested as they should be."""

    def __init__(self, text):
        super().__init__()
        self.names, self.attributes, self.open, self.texts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        """Note the tag; one with an end tag must be closed by it."""
        self.names.append(tag)
        self.attributes.append(dict(attributes))
        if tag not in ("meta", "input", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        """Note a tag that closes itself."""
        self.names.append(tag)
        self.attributes.append(dict(attributes))

    def handle_endtag(self, tag):
        """Close the tag that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep the text."""
        self.texts.append(data)


def focused(page):
    """Say what has the focus: the value of a button, a text, or the id of a box that has none."""
    return page.evaluate("(one => one.value || one.innerText || one.id)(document.activeElement)")


def visible_names(page):
    """Return the exercises whose rows are shown."""
    return [row.locator("summary").inner_text() for row in page.locator("tbody tr:visible").all()]


def test_the_page_is_well_formed_and_points_to_nothing_outside(small):
    tags = Tags(small.read_text(encoding="utf-8"))
    assert tags.open == [] and "img" not in tags.names and tags.names.count("script") == 1
    addresses = [found[name] for found in tags.attributes for name in ("href", "src", "action", "style", "onerror")
                 if name in found]
    idents = [found["id"] for found in tags.attributes if "id" in found]
    assert len(idents) == len(set(idents)) and set(addresses) <= {f"#{ident}" for ident in idents}


def test_what_code_has_said_is_text(small):
    text = small.read_text(encoding="utf-8")
    assert EVIL in "".join(Tags(text).texts) and EVIL not in text


def test_an_odd_folder_title_and_message_are_text_too(tmp_path, monkeypatch):
    monkeypatch.setattr(own, "exercises", lambda: SMALL)
    folder = make_workbook(tmp_path / "a <b> & {c}", ("hw1",))
    notebook = folder / "notebooks" / "hw1" / "01_fully_connected_nets.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text('{"cells": [{"cell_type": "markdown", "source": ["# Nets <i>&</i>\\n", "text"]}]}')
    checked(folder, FIRST, "wrong", "half a character \ud800, \x00 and \x1b[2J")
    text = write_page(folder, own_rows(folder)).read_text(encoding="utf-8")
    assert "a &lt;b&gt; &amp; {c}" in text and "Nets &lt;i&gt;&amp;&lt;/i&gt;</h4>" in text
    assert "half a character \ufffd, \ufffd and \ufffd[2J" in text


@pytest.mark.skipif(os.name == "nt", reason="file names are no bytes there")
def test_a_folder_whose_name_could_not_be_decoded_is_shown_all_the_same(small):
    """With LC_ALL=C and without the UTF-8 mode, Python keeps the bytes of `ü` as two surrogates."""
    assert ">/gr\u00fcn \ufffd</p>" in progress_page(Path("/gr\udcc3\udcbcn \udcff"), own_rows(small.parent))


def test_a_notebook_that_cannot_be_read_is_called_by_its_name(small):
    assert "01_fully_connected_nets</h4>" in small.read_text(encoding="utf-8")


def test_a_failing_write_leaves_the_old_page(small, monkeypatch):
    before, folder = small.read_bytes(), small.parent
    checked(folder, CELL)

    def fail(source, target):
        raise OSError("no space left")

    monkeypatch.setattr("cs182lib.files.os.replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_page(folder, own_rows(folder))
    assert small.read_bytes() == before and sorted(p.name for p in folder.iterdir()) == [".cs182", "my182",
                                                                                          "progress.html"]


@pytest.mark.parametrize("count", [0, 1, 96])
def test_few_and_many(use, count):
    known = dict(list(many().items())[:count])
    tags = Tags(use(known).read_text(encoding="utf-8"))
    assert tags.names.count("details") == count
    assert ("This workbook holds no exercises." in tags.texts) == (count == 0)


def test_all_right(use):
    path = use({"hw1/first": FIRST}, lambda folder: checked(folder, FIRST))
    text = path.read_text(encoding="utf-8")
    assert "Every exercise is right. Well done." in text and 'max="1" value="1"' in text


def colors(dark):
    """Return the colors of the style by name."""
    light_part, dark_part = STYLE.split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--(\w+): (#\w+);", light_part))
    return found | dict(re.findall(r"--(\w+): (#\w+);", dark_part.split("* {")[0])) if dark else found


def contrast(one, other):
    """Return the contrast of two colors as WCAG 2 defines it."""
    def luminance(color):
        digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
        parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_enough_in_light_and_dark(dark):
    found = colors(dark)
    assert contrast("#fff", "#000") == pytest.approx(21) and contrast(found["paper"], found["ink"]) > 10
    for ground in ("paper", "card"):
        for text in ("ink", "soft", "link", *STATES):
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
        assert contrast(found["edge"], found[ground]) >= 3, ground
    assert contrast(found["right"], found["track"]) >= 3 and contrast(found["ink"], found["code"]) >= 4.5


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_axe_finds_no_fault(small, show, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = show(small, width, color_scheme=scheme)
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_role("button", name="right").click()
    found = Axe().run(page).response
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]] == []
    assert {"color-contrast", "label", "landmark-one-main"} <= {rule["id"] for rule in found["passes"]}


@in_browser
def test_scripts_in_messages_do_not_run(small, show):
    page = show(small)
    page.locator("#hw1-second summary").click()
    assert page.locator("#hw1-second pre").inner_text() == EVIL
    assert page.evaluate("window.ran") is None


@in_browser
def test_the_policy_stops_a_script_that_got_in(small, chromium):
    text = small.read_text(encoding="utf-8")
    small.write_text(text.replace("<main", "<script>window.ran = 1</script><main"), encoding="utf-8")
    page, complaints = chromium.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(small.as_uri())
    assert page.evaluate("window.ran") is None and "Content Security Policy" in complaints[0]
    assert page.get_by_role("search").is_visible()  # the page's own script runs
    page.close()


@in_browser
def test_a_screen_reader_gets_title_landmarks_headings_and_tables(small, show):
    page = show(small)
    assert page.title() == "5 of 15 points – CS182 workbook"
    assert page.locator("html").get_attribute("lang") == "en"
    for role, name in (("banner", None), ("main", None), ("contentinfo", None), ("navigation", "Homeworks"),
                       ("search", "Exercises"), ("group", "Show only"), ("region", "Next"),
                       ("table", "Exercises of hw1/01_fully_connected_nets")):
        assert page.get_by_role(role, name=name, exact=True).count() == 1, (role, name)
    headings = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => one.tagName + ' ' + one.innerText)")
    assert headings == ["H1 Progress", "H2 Next", "H2 Exercises", "H3 Homework 1", "H4 01_fully_connected_nets",
                        "H4 02_batch_normalization", "H3 Homework 2", "H4 01_rnn_captioning"]
    table = page.get_by_role("table").first
    assert [head.inner_text() for head in table.get_by_role("columnheader").all()] == [
        "State", "Exercise", "Where", "Points"]
    assert [head.inner_text() for head in table.get_by_role("rowheader").all()] == ["hw1/first", "hw1/second"]
    assert [bar.get_attribute("aria-label") for bar in page.get_by_role("progressbar").all()] == [
        f"{name}: points reached" for name in ("All", "Homework 1", "01_fully_connected_nets",
                                               "02_batch_normalization", "Homework 2", "01_rnn_captioning")]
    assert page.get_by_label("All: points reached").evaluate("bar => [bar.value, bar.max]") == [5, 15]


@in_browser
def test_the_accessible_tree_says_state_and_name_in_words(small, show):
    tree = show(small).locator("main").aria_snapshot()
    for line in ('- row "right hw1/first my182/layers/dense.py:4 1":', '- rowheader "hw1/first":', '- cell "wrong"',
                 '- row "wrong hw1/second my182/layers/dense.py:9 5":', '- button "changed 1"', '- searchbox "Search"',
                 '- row "open hw1/train a cell of the notebook 3":', '- status: 5 of 5 exercises'):
        assert line in tree, tree


@in_browser
def test_every_state_is_told_by_a_word_and_a_sign(small, show):
    page = show(small)
    for state in STATES:
        cell = page.locator(f"tr[data-state={state}] td").first
        assert cell.inner_text() == state
        assert cell.locator(f"svg[aria-hidden=true] use[href='#sign-{state}']").count() == 1
        assert page.locator(f"symbol#sign-{state}").count() == 1


@in_browser
def test_tab_reaches_everything_in_order_and_the_focus_shows(small, show):
    page, stops = show(small, reduced_motion="reduce"), []
    for _ in TAB_STOPS:
        page.keyboard.press("Tab")
        stops.append(focused(page))
        outline = page.evaluate("(style => [style.outlineStyle, parseFloat(style.outlineWidth)])"
                                "(getComputedStyle(document.activeElement))")
        box = page.evaluate("(({x, y, width, height}) => [x, y, x + width, y + height])"
                            "(document.activeElement.getBoundingClientRect())")
        assert outline[0] == "solid" and outline[1] >= 2, stops
        assert box[0] >= 0 and box[1] >= 0 and box[2] <= 1100 and box[3] <= 900, (stops, box)
    assert stops == TAB_STOPS


@in_browser
def test_the_skip_link_leads_to_the_exercises(small, show):
    page = show(small)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "words"


@in_browser
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_unfold_and_filter(small, show, key):
    page = show(small)
    summary, button = page.locator("#hw2-other summary"), page.get_by_role("button", name="wrong")
    for _ in range(2):
        summary.focus()
        page.keyboard.press(key)
        assert page.locator("#hw2-other .facts").is_visible()
        page.keyboard.press(key)
        assert not page.locator("#hw2-other .facts").is_visible()
    button.focus()
    page.keyboard.press(key)
    assert button.get_attribute("aria-pressed") == "true" and visible_names(page) == ["hw1/second"]
    page.keyboard.press(key)
    assert button.get_attribute("aria-pressed") == "false" and len(visible_names(page)) == 5


@in_browser
def test_search_and_states_filter_together_and_the_number_is_announced(small, show):
    page = show(small)
    hits = page.get_by_role("status")
    assert hits.get_attribute("aria-live") == "polite" and hits.inner_text() == "5 of 5 exercises"
    page.get_by_role("button", name="right").click()
    page.get_by_role("button", name="changed").click()
    assert visible_names(page) == ["hw1/first", "hw2/other", "hw2/edited"] and hits.inner_text() == "3 of 5 exercises"
    page.get_by_label("Search").press_sequentially("HW2 lay")
    assert visible_names(page) == ["hw2/other", "hw2/edited"] and hits.inner_text() == "2 of 5 exercises"
    assert not page.get_by_role("heading", name="Homework 1").is_visible()
    page.get_by_label("Search").press("Enter")
    assert len(visible_names(page)) == 2
    page.get_by_label("Search").fill("nothing of this name")
    assert visible_names(page) == [] and hits.inner_text() == "0 of 5 exercises"
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="right").click()
    page.get_by_role("button", name="changed").click()
    assert len(visible_names(page)) == 5 and page.get_by_role("heading", name="Homework 1").is_visible()


@in_browser
def test_messages_are_searched_too(small, show):
    page = show(small)
    page.get_by_label("Search").fill("comparisons")
    assert visible_names(page) == ["hw1/first"]


@in_browser
def test_the_link_to_the_next_exercise_unfolds_it_though_it_was_filtered_out(small, show):
    page = show(small)
    page.get_by_role("button", name="right").click()
    page.get_by_role("link", name="hw1/second").click()
    page.locator("#hw1-second .facts").wait_for()  # until it is seen: the page hears of the link a moment later
    assert len(visible_names(page)) == 5


@in_browser
def test_details_say_how_to_go_on_and_what_the_last_check_said(small, show):
    page = show(small)
    page.locator("#hw1-second summary").click()
    facts = page.locator("#hw1-second .facts")
    terms = dict(zip(facts.locator("dt").all_inner_texts(), facts.locator("dd").all_inner_texts()))
    assert facts.locator("p").inner_text() == SECOND.task
    assert terms.pop("So far").startswith("1 try, 2 hints, last checked 20")
    assert terms == {"Write": "my182/layers/dense.py:9", "Check": "cs182 check hw1/second",
                     "Hint": "cs182 check hw1/second --hint", "Last check": EVIL}


@in_browser
@pytest.mark.parametrize("width", [320, 360])
def test_a_phone_does_not_scroll_sideways(use, show, width):
    path = use(many() | SMALL, check_small)
    page = show(path, width)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    outside = page.locator("main *:visible").evaluate_all(
        f"all => all.filter(one => one.getBoundingClientRect().right > {width}).map(one => one.outerHTML)")
    assert outside == []


@in_browser
def test_without_scripts_everything_is_there(small, show):
    page = show(small, java_script_enabled=False)
    assert not page.get_by_role("search").is_visible() and len(visible_names(page)) == 5
    page.locator("#hw1-second summary").click()
    assert page.locator("#hw1-second pre").inner_text() == EVIL
    page.get_by_role("link", name="Homework 2").click()
    assert page.get_by_role("heading", name="Homework 2").is_visible()


@in_browser
def test_print_leaves_the_filter_out_and_unfolds_what_is_wrong(small, show):
    page = show(small)
    page.emulate_media(media="print")
    assert not page.get_by_role("search").is_visible()
    heights = {row.get_attribute("data-state"): row.bounding_box()["height"] for row in page.locator("tbody tr").all()}
    assert heights["wrong"] > 3 * heights["right"] and heights["open"] < 1.5 * heights["right"]


@in_browser
def test_dark_and_light_differ(small, show):
    ground = [show(small, color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
              for scheme in ("light", "dark")]
    assert ground == ["rgb(250, 249, 246)", "rgb(22, 24, 27)"]
