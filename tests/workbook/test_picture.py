"""The pictures in the README: the one is what the command prints, the other can be made anew."""

import io
import re

from PIL import Image

from cs182lib.workbook.picture import PICTURE, cover, picture


def test_the_picture_is_up_to_date():
    assert PICTURE.read_text(encoding="utf-8") == picture(), "make it anew: python -m cs182lib.workbook.picture"


def test_it_shows_a_right_and_a_wrong_answer_and_needs_no_network():
    svg = PICTURE.read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", svg).replace("&#160;", " "))
    assert "✓" in text and "✗" in text and "likely cause: N = 4 times too small" in text
    assert "@font-face" not in svg and "url(http" not in svg and "href=\"http" not in svg


def test_the_cover_can_be_made_anew():
    kept = PICTURE.with_name("cover.jpg").read_bytes()
    sizes = [Image.open(io.BytesIO(data)).size for data in (kept, cover())]
    assert sizes[0] == sizes[1] and sizes[0][0] == 1600 and len(kept) < 400_000
