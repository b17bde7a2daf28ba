"""The page of a notebook: formulas as MathML, sections that can be reached."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cs182lib.workbook.page import mathml, notebook_page, with_anchors


def test_a_formula_becomes_mathml():
    text = mathml(r"\frac{\partial L}{\partial x}", "block")
    assert text.startswith("<math") and 'display="block"' in text and "<mfrac>" in text


@pytest.mark.parametrize("name", ["aligned", "align*"])
def test_aligned_equations_become_a_table(name):
    text = mathml(rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}", "block")
    assert text.count("<mtr>") == 2 and "&</mi>" not in text


def test_a_formula_that_cannot_be_set_is_shown_as_code():
    assert mathml(r"a < \left( x") == r"<code>a &lt; \left( x</code>"


def test_title_is_escaped(tmp_path):
    assert "<title>a &lt; b</title>" in notebook_page(new_notebook(), "a < b", tmp_path)[0]


def test_sections_can_be_reached(tmp_path):
    cells = [new_markdown_cell("# Nets & more\n\n## By hand"), new_code_cell("1"),
             new_markdown_cell("## By hand\n\n### $x$")]
    page, sections = notebook_page(new_notebook(cells=cells), "a", tmp_path)
    assert sections == [("nets-more", "Nets & more"), ("by-hand", "By hand"), ("by-hand-2", "By hand"), ("x", "x")]
    for anchor, _ in sections:
        assert page.count(f'id="{anchor}"') == 1 and f'href="#{anchor}"' in page


def test_no_two_headings_have_the_same_anchor():
    _, headings = with_anchors("<h2>A</h2><h2>A</h2><h3>A 2</h3><h2>A</h2>")
    assert [anchor for _, anchor, _ in headings] == ["a", "a-2", "a-2-2", "a-3"]


def test_a_heading_without_words_has_an_anchor():
    assert with_anchors("<h2>???</h2>") == ('<h2 id="section">???</h2>', [(2, "section", "???")])
