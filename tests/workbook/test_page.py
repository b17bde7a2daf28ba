"""Formulas as MathML."""

import pytest

from cs182lib.workbook.page import mathml, page


def test_a_formula_becomes_mathml():
    text = mathml(r"\frac{\partial L}{\partial x}", "block")
    assert text.startswith("<math") and 'display="block"' in text and "<mfrac>" in text


@pytest.mark.parametrize("name", ["aligned", "align*"])
def test_aligned_equations_become_a_table(name):
    text = mathml(rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}", "block")
    assert text.count("<mtr>") == 2 and "&</mi>" not in text


def test_a_formula_that_cannot_be_set_is_shown_as_code():
    assert mathml(r"a < \left( x") == r"<code>a &lt; \left( x</code>"


def test_title_is_escaped():
    assert "<title>a &lt; b</title>" in page("a < b", "")
