"""Capitals as marks, so that "Apple" and "apple" are one word to a model and nothing of the text is lost."""

import re

__all__ = ["ALL_CAPS", "CAPITAL", "preprocess_capitalization", "unprocess_capitalization"]

CAPITAL, ALL_CAPS = "↑", "⇧"
_RUNS = re.compile("UU+(?!l)|U|M")  # of the kinds of letters
_MARKED = re.compile(f"{CAPITAL}(.)|{ALL_CAPS}([^{CAPITAL}{ALL_CAPS}]*)", re.DOTALL)


def preprocess_capitalization(text):
    """Return the text with ↑ before a capital and ⇧ before a run of them, and the letters small.

    >>> preprocess_capitalization("IBM and Apple buy McDonald")
    '⇧ibm and ↑apple buy ↑mc↑donald'

    Notes
    -----
    `unprocess_capitalization` gives back every text exactly. A ⇧ reaches as far as letters follow that would change
    when written large, so a run ends before a small letter: "USAir" becomes "⇧us↑air". Letters whose small and large
    forms are no pair (İ, ẞ) stay as they are. A mark that stands in the text itself gets ↑ before it.
    """
    pieces, last = [], 0
    for run in _RUNS.finditer("".join(map(_kind, text))):
        found = text[run.start():run.end()]
        pieces += [text[last:run.start()], ALL_CAPS if len(found) > 1 else CAPITAL,
                   "".join(small_form(letter) for letter in found)]
        last = run.end()
    return "".join([*pieces, text[last:]])


def unprocess_capitalization(text):
    """Return the text with the marks that `preprocess_capitalization` wrote turned back into capitals.

    >>> unprocess_capitalization("⇧ibm and ↑apple")
    'IBM and Apple'
    """
    return _MARKED.sub(lambda found: _large(found[1] or found[2] or ""), text)


def small_form(letter):
    """Return the small letter of a capital, or the letter itself where there is no such pair."""
    small = letter.lower()
    return small if len(small) == 1 and small.upper() == letter else letter


def _kind(letter):
    """Return U for a capital with a small form, l for what writing large would change, M for a mark, else a dot."""
    if letter in (CAPITAL, ALL_CAPS):
        return "M"
    if small_form(letter) != letter:
        return "U"
    return "l" if letter.upper() != letter else "."


def _large(text):
    """Write the letters at the beginning of `text` large, up to the first that would not change."""
    end = next((i for i, letter in enumerate(text) if letter.upper() == letter), len(text))
    return text[:end].upper() + text[end:]
