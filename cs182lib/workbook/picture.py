"""The terminal picture in the README: python -m cs182lib.workbook.picture makes docs/check.svg anew.

It is what the command really prints, for a learner whose affine_forward is right and whose affine_backward divides dw
by the number of examples.
"""

import io
import re
import sys
import tempfile
from pathlib import Path

from cs182lib.exercises import choose
from cs182lib.workbook.paths import ROOT

PICTURE = ROOT / "docs" / "check.svg"
NAMES = ("hw1/affine_forward", "hw1/affine_backward")
ANSWERS = {  # a learner's: the second one has a mistake
    "affine_forward": "return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)",
    "affine_backward": "x, w, b = cache\n    rows = x.reshape(x.shape[0], -1)\n"
                       "    return (dout @ w.T).reshape(x.shape), rows.T @ dout / len(x), dout.sum(axis=0)",
}


def picture():
    """Return the picture, SVG without any outside font."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.text import Text

    from cs182lib.workbook.checking import check_exercises
    from cs182lib.workbook.own_commands import show
    from cs182lib.workbook.start import start

    console = Console(record=True, width=120, file=io.StringIO(), force_terminal=True, highlight=False)
    with tempfile.TemporaryDirectory() as scratch:
        folder = start(Path(scratch) / "my-cs182", ["hw1"])
        write_answers(folder)
        console.print(Text(f"~/my-cs182$ cs182 check {' '.join(NAMES)}"))
        show(check_exercises(folder, choose(NAMES)), console)
    without_fonts = re.sub(r"@font-face \{\{.*?\n    \}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="cs182 check", code_format=without_fonts, unique_id="check")


def write_answers(folder):
    """Write the learner's answers over the stubs."""
    path = folder / "my182" / "layers" / "dense.py"
    source = path.read_text(encoding="utf-8")
    for name, answer in ANSWERS.items():
        source = source.replace(f'raise NotImplementedError("write `{name}`")', answer)
    path.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
    sys.exit(print(f"wrote {PICTURE.relative_to(ROOT)}"))
