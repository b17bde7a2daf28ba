"""What README.md says: its prose, its code, and the commands in it."""

import re

from cs182lib.workbook.paths import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
MADE = re.compile(r"<!-- (\w+):begin -->\n.*?<!-- \1:end -->\n", re.DOTALL)  # what a script writes
MAP = TEXT.split("## The map")[1].split("\n## ")[0]
UNBROKEN = re.sub(r"\s*\\\n\s+", " ", TEXT.replace(MAP, ""))  # a backslash at its end: a command goes on
INDENTED = [line[4:] for line in UNBROKEN.splitlines() if line.startswith("    ")]
PROSE = "\n".join(line for line in MADE.sub("", TEXT.replace(MAP, "")).splitlines() if not line.startswith("    "))
INLINE = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", PROSE)]


def commands():
    """Return every command of the README once: each line of its blocks without comment, each code of several words."""
    lines = [re.split(r"\s+# ", line)[0].strip() for line in INDENTED]
    return list(dict.fromkeys([line for line in lines if line] + [code for code in INLINE if " " in code]))
