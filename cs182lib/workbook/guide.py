"""The README.md of an own workbook."""

from cs182lib.exercises.exercise import PACKAGE, exercises

TEXT = """\
# My CS182 workbook

Deep learning, built by you: {count} exercises worth {points} points. The notebooks explain, `{package}/` is the
library that you write. Where it says `raise NotImplementedError`, it is your turn; everything else is there and works.

## The round

1. Open a notebook, read the idea and the derivation, and go on to the next exercise.
2. Write it in its file, `{package}/layers/dense.py` for instance. The docstring says what goes in and what comes out.
   The notebook takes your code in without a restart.
3. Check it, in the notebook or in a terminal:

       cs182 check hw1/affine_forward

   A right answer passes, however you wrote it. A wrong one is told which output is off, where, by how much, and why,
   where the mistake is a known one.
4. Stuck? `cs182 check hw1/affine_forward --hint` gives the next of three hints, from a nudge to the formula.

| Command, anywhere in this folder | Does |
| --- | --- |
| `cs182 exercises` | lists every exercise, with its place, its points and its state |
| `cs182 check` | checks all of them; `cs182 check hw1` one homework, `cs182 check hw1/adam hw1/rmsprop` what you name |
| `cs182 progress` | shows how far you are, and writes `progress.html` |
| `cs182 update` | brings a newer version of the workbook in, beside what you have edited |

Exercises that are a cell of a notebook (a training, mostly) are checked in the notebook, by the cell below.

Every check of a NumPy layer asks for three things beside the right numbers: float32 comes out where float32 came in,
the arguments stay as they were, and the cache works with your own backward pass. The errors that a docstring lists
under `Raises` are the library's; your code need not raise them.

To start a file over, or to get back one that is lost, delete it and call `cs182 update`: it comes as it was at first.

No network is needed. Without real data the notebooks use pictures and texts that the workbook makes itself.

## Opening the notebooks

Everything needs the environment that the workbook was installed in, mostly `.venv` in its folder. Activate it first:
`source .venv/bin/activate` there, on Windows `.venv\\Scripts\\activate`, with conda `conda activate cs182`.

**JupyterLab.** `jupyter lab` in this folder.

**VS Code.** Open this folder, and choose the Python of that environment as the kernel.

**Colab.** Copy this folder and the workbook's folder to your Drive, and put these lines into a cell before the first:

    from google.colab import drive
    drive.mount("/content/drive")
    %pip install --quiet --editable /content/drive/MyDrive/cs182
    import sys
    sys.path.append("/content/drive/MyDrive/cs182")
    %cd /content/drive/MyDrive/my-cs182

## What is kept where

`.cs182/progress.jsonl` holds one line for each check and each hint, nothing else; keep the whole folder under version
control if you like. A network that you build stands on the layers that you wrote. When it fails and would be right on
the workbook's own layers, the check says so.
"""


def guide(homeworks):
    """Return the README of a workbook with these homeworks."""
    mine = [e for e in exercises().values() if e.homework in homeworks]
    return TEXT.format(package=PACKAGE, count=len(mine), points=sum(e.points for e in mine))
