"""The report and the notebooks' pages in a browser: by keyboard, on a phone, in the dark, off the network."""

import pytest
from browser import in_browser
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cs182lib.workbook.page import notebook_page
from cs182lib.workbook.report import write_report
from cs182lib.workbook.thumbnails import thumbnail

EVIL = "</script><script>window.ran = 1</script>"
WIDE = " & ".join(f"x_{{{k}}}" for k in range(60))


def picture(color):
    """Return a code cell that shows a square of one color."""
    import base64
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (900, 600), color).save(out, "PNG")
    data = {"image/png": base64.b64encode(out.getvalue()).decode(), "text/plain": "<Figure>"}
    return new_code_cell("plt.show()", outputs=[new_output("display_data", data)])


@pytest.fixture
def report(tmp_path):
    """Write a report of two notebooks, one of which failed; return the path of its index."""
    rows = []
    for name, title, passed in (("hw1/01_nets", "Nets", True), ("hw2/02_words", f"Words {EVIL}", False)):
        nb = new_notebook(cells=[
            new_markdown_cell(f"# {title}\n\nText with `code`.\n\n## Beam search\n\n$$\\begin{{aligned}} {WIDE} "
                              "\\end{aligned}$$\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
            new_code_cell("for x in range(3):\n    print('a long line', " + ", ".join("x" * 60) + ")"),
            picture("red"), new_markdown_cell("## Batch norm, again\n\n### By hand")])
        page, sections = notebook_page(nb, name, tmp_path)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
        rows.append({"name": name, "title": title, "passed": passed, "error": None if passed else f"KeyError: {EVIL}",
                     "seconds": 61.0, "thumbnail": thumbnail(nb), "sections": sections,
                     "figures": {"best_val_acc": 0.5312, "note": EVIL},
                     "data": {"source": "doodles (stand-in)", "fingerprint": "0123456789ab"}})
    write_report(rows, 2, tmp_path)
    return tmp_path / "index.html"


def test_the_cover_is_the_picture_or_else_the_last_one():
    red, blue = picture("red"), picture("blue")
    last = thumbnail(new_notebook(cells=[red, blue]))
    red.metadata["tags"] = ["cover"]
    assert thumbnail(new_notebook(cells=[red, blue])) == thumbnail(new_notebook(cells=[red])) != last
    assert thumbnail(new_notebook(cells=[blue])) == last and last.startswith("data:image/jpeg;base64,")
    assert len(last) < 20_000 and thumbnail(new_notebook()) is None


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
@pytest.mark.parametrize("name", ["index", "hw1/01_nets"])
def test_axe_finds_no_fault_and_nothing_scrolls_sideways(report, show, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = show(report.parent / f"{name}.html", width, color_scheme=scheme)
    for summary in page.locator("summary").all():
        summary.click()
    # browsers let the keyboard into what scrolls, which axe does not know: the next test
    options = {"rules": {"scrollable-region-focusable": {"enabled": False}}}
    found = Axe().run(page, options=options).response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@in_browser
def test_the_keyboard_scrolls_a_wide_formula(report, show):
    page, stops = show(report.parent / "hw1" / "01_nets.html", 360), []
    for _ in range(6):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.tagName"))
    assert "math" in stops


@in_browser
def test_search_finds_sections_by_keyboard(report, show):
    page = show(report, within=report.parent)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the notebooks"
    page.keyboard.press("Tab")
    page.keyboard.type("norm BATCH")
    hits = page.locator("#sections li:visible")
    assert hits.count() == 2 and "Batch norm, again" in hits.first.inner_text()
    assert page.get_by_role("status").inner_text() == "2 of 8 sections"
    page.keyboard.press("Enter")
    page.wait_for_url("**/hw1/01_nets.html#batch-norm-again")
    assert page.locator("#batch-norm-again").is_visible()


@in_browser
def test_links_lead_to_pages_and_back(report, show):
    page = show(report, within=report.parent)
    page.get_by_role("link", name="Nets", exact=True).first.click()
    page.wait_for_url("**/hw1/01_nets.html")
    page.get_by_text("Sections of this page").click()
    page.get_by_role("link", name="By hand").click()
    page.wait_for_url("**#by-hand")
    page.get_by_role("link", name="All notebooks").click()
    page.wait_for_url("**/index.html")


@in_browser
def test_what_happened_is_told_in_words(report, show):
    page = show(report)
    entries = page.get_by_role("article")
    assert "✓ passed" in entries.nth(0).inner_text() and "✗ failed" in entries.nth(1).inner_text()
    assert "1 min 01 s" in entries.nth(0).inner_text() and "53.1 %" in entries.nth(0).inner_text()
    assert EVIL in entries.nth(1).inner_text() and page.evaluate("window.ran") is None
    assert entries.nth(0).locator("img").get_attribute("alt") == "A figure of Nets"
    assert entries.nth(0).locator("img").evaluate("image => image.naturalWidth") == 480


@in_browser
def test_without_scripts_the_sections_are_listed(report, show):
    page = show(report, java_script_enabled=False)
    assert not page.locator("form").is_visible()
    page.get_by_text("All sections").click()
    assert page.locator("#sections li").count() == 8 and page.locator("#sections li").first.is_visible()


@in_browser
def test_on_paper_the_notebooks_stay_and_the_search_goes(report, show):
    page = show(report)
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator("#sections").is_visible() and page.get_by_role("article").first.is_visible()
