"""The picture in the README is what the command prints, and asks the network for nothing."""

import re

from cs182lib.workbook.picture import PICTURE, picture


def test_the_picture_is_up_to_date():
    assert PICTURE.read_text(encoding="utf-8") == picture(), "make it anew: python -m cs182lib.workbook.picture"


def test_it_shows_a_right_and_a_wrong_answer_and_needs_no_network():
    svg = PICTURE.read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", svg).replace("&#160;", " "))
    assert "✓" in text and "✗" in text and "likely cause: N = 4 times too small" in text
    assert "@font-face" not in svg and "url(http" not in svg and "href=\"http" not in svg
