"""The pictures in the README: python -m cs182lib.workbook.picture makes docs/cover.jpg and docs/check.svg anew.

The first one is put together from what the notebooks show. The second is what the command really prints, for a learner
whose affine_forward is right and whose affine_backward divides dw by the number of examples.
"""

import io
import re
import tempfile
from pathlib import Path

from cs182lib.exercises import choose
from cs182lib.workbook.notebook_file import read_notebook
from cs182lib.workbook.paths import NOTEBOOKS, ROOT
from cs182lib.workbook.thumbnails import cover_image

PICTURE = ROOT / "docs" / "check.svg"
GAP = 24  # pixels between the figures of the cover
COVER = (  # the notebooks of each row, and how high it is drawn
    (("hw2/02_lstm_captioning", "hw2/03_network_visualization", "hw1/02_batch_normalization"), 520),
    (("hw2/04_style_transfer", "hw1/01_fully_connected_nets", "hw3/02_summarization"), 380),
)
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


def cover():
    """Return the picture on top of the README, JPEG bytes: two rows of the notebooks' own figures."""
    from PIL import Image

    rows = [[_figure(name, height) for name in names] for names, height in COVER]
    width = min(sum(figure.width + GAP for figure in row) + GAP for row in rows)
    rows = [[figure.resize((round(figure.width * width / total), round(figure.height * width / total)))
             for figure in row] for row in rows for total in [sum(figure.width + GAP for figure in row) + GAP]]
    sheet = Image.new("RGB", (width, sum(row[0].height + GAP for row in rows) + GAP), "white")
    top = GAP
    for row in rows:
        left = GAP
        for figure in row:
            sheet.paste(figure, (left, top))
            left += figure.width + GAP
        top += row[0].height + GAP
    sheet.thumbnail((1600, 1600))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()


def _figure(name, height):
    """Return the cover figure of a notebook, `height` pixels high."""
    from PIL import Image

    nb = read_notebook(NOTEBOOKS / f"{name}.ipynb")
    figure = Image.open(io.BytesIO(cover_image(nb))).convert("RGB")
    return figure.resize((round(figure.width * height / figure.height), height))


def write_answers(folder):
    """Write the learner's answers over the stubs of the own workbook in `folder`, a Path."""
    path = folder / "my182" / "layers" / "dense.py"
    source = path.read_text(encoding="utf-8")
    for name, answer in ANSWERS.items():
        source = source.replace(f'raise NotImplementedError("write `{name}`")', answer)
    path.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
    PICTURE.with_name("cover.jpg").write_bytes(cover())
