"""What README.md says: its prose, its code, and the commands in it."""

import re

from cs182lib.workbook.paths import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MADE = re.compile(r"<!-- (\w+):begin -->\n.*?<!-- \1:end -->\n", re.DOTALL)  # what a script writes
MAP = TEXT.split("## The map")[1].split("\n## ")[0]


def prose(text=TEXT):
    """Return the text without its map, its blocks of code and what a script writes."""
    lines = MADE.sub("", text.replace(MAP, "")).splitlines()
    return "\n".join(line for line in lines if not line.startswith("    "))


def indented(text=TEXT):
    """Return the lines of the blocks of code; a line that goes on behind a backslash is one."""
    unbroken = re.sub(r"\s*\\\n\s+", " ", text.replace(MAP, ""))
    return [line[4:] for line in unbroken.splitlines() if line.startswith("    ")]


def inline(text=TEXT):
    """Return the code within the prose."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(text))]


def commands(text=TEXT):
    """Return every command once: each line of a block without its comment, each code within prose of several words."""
    lines = [re.split(r"\s+# ", line)[0].strip() for line in indented(text)]
    return list(dict.fromkeys([line for line in lines if line] + [code for code in inline(text) if " " in code]))
