"""Take the solutions out of a notebook: outputs, answers, and the cells that a learner writes.

The tags of a cell say what it is: `exercise:<name>` (the learner writes it), `question` (what is bold stays, the answer
goes), `answer` (it goes altogether).
"""

import re
import textwrap

import nbformat

from cs182lib.workbook.blank import renamed

SETUP = """\
# Finds your package, my182, and takes in what you write there without a restart.
%load_ext autoreload
%autoreload 2
from cs182lib.workbook.own import open_own

open_own()"""
ANSWER = "*Your answer:*"
_QUESTION = re.compile(r"^(#+ [^\n]+|\*\*.+?\*\*(?: +\*[^*]+\*)?|\*[^*]+\?\*)", re.MULTILINE | re.DOTALL)


def blank_notebook(nb, exercises):
    """Return a copy of a solved notebook with solutions, outputs and answers taken out.

    Parameters
    ----------
    nb : notebook, solved
    exercises : dict by name, those whose cells are taken out

    Raises
    ------
    ValueError : a cell's tag names an exercise that there is not, or a question has nothing bold to keep
    """
    cells = [_blank_cell(cell, exercises) for cell in nb.cells if "answer" not in cell.metadata.get("tags", [])]
    setup = nbformat.v4.new_code_cell(SETUP, id="open-own")
    return nbformat.v4.new_notebook(cells=[cells[0], setup, *cells[1:]], metadata=nb.metadata)


def _blank_cell(cell, exercises):
    """Return one cell as a learner gets it."""
    tags = cell.metadata.get("tags", [])
    source = renamed(cell.source)
    if "question" in tags:
        source = _questions(source)
    named = [tag.removeprefix("exercise:") for tag in tags if tag.startswith("exercise:")]
    if named and named[0] not in exercises:
        raise ValueError(f"a cell is tagged exercise:{named[0]}, and there is no such exercise")
    if named:
        source = cell_stub(exercises[named[0]])
    if cell.cell_type == "markdown":
        return nbformat.v4.new_markdown_cell(source, id=cell.id)
    metadata = {"tags": [f"exercise:{named[0]}"]} if named else {}
    return nbformat.v4.new_code_cell(source, id=cell.id, metadata=metadata)


def cell_stub(exercise):
    """Return what stands in the place of the cell for `exercise`: its task as a comment, and a line that raises."""
    text = f"Your turn: {exercise.name}. {exercise.task}"
    comment = textwrap.wrap(text, 100, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return "\n".join([*comment, f'raise NotImplementedError("write the cell {exercise.name}")'])


def _questions(source):
    """Return the headings and the questions (bold or italic) of a text, with room for an answer after each question."""
    kept = [match.group(1) for match in _QUESTION.finditer(source)]
    if not any(_asks(text) for text in kept):
        raise ValueError(f"a cell is tagged as a question and asks nothing in bold: {source[:60]!r}")
    return "\n\n".join(f"{text}\n\n{ANSWER}" if _asks(text) else text for text in kept)


def _asks(text):
    return not text.startswith("#") or text.endswith("?")
