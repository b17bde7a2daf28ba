"""One exercise, and how exercises are found by name."""

from dataclasses import dataclass
from functools import cache

PACKAGE = "my182"  # the learner's package, the counterpart of cs182lib


@dataclass(frozen=True)
class Exercise:
    """One thing that a learner writes: functions or classes of the library, or one cell of a notebook.

    Attributes
    ----------
    name : str, `hw1/affine_backward`; the check has the same name, and a cell carries the tag `exercise:<name>`
    notebook : str, where it is explained and checked, `hw1/01_fully_connected_nets`
    task : str, one or two sentences that stand in the stub: what to write
    hints : three strings, from a nudge to the formula
    points : int, from 1 (a line or two) to 5 (an evening)
    solution : tuple of str, `layers.dense:affine_backward`, `models.captioning_rnn:CaptioningRNN.loss`: the definitions
        that the blank workbook leaves to the learner; the first is what the check gets. Empty for a cell.
    needs : tuple of names of exercises whose implementations the check takes too, such as the forward pass whose cache
        a backward pass is given
    """

    name: str
    notebook: str
    task: str
    hints: tuple
    points: int = 2
    solution: tuple = ()
    needs: tuple = ()

    @property
    def homework(self):
        """`hw1`."""
        return self.name.split("/")[0]

    @property
    def is_cell(self):
        """Whether the answer is a cell of the notebook, not a definition in the package."""
        return not self.solution


@cache
def exercises():
    """Return every exercise by name, in the order of the notebooks."""
    from cs182lib.exercises import hw1, hw2, hw3

    return {exercise.name: exercise for module in (hw1, hw2, hw3) for exercise in module.EXERCISES}


def choose(names=(), known=None):
    """Return the exercises that `names` stand for, in the order of the notebooks.

    Parameters
    ----------
    names : exercises (`hw1/adam`), homeworks (`hw1`) or notebooks (`hw1/01_fully_connected_nets`); none means all
    known : dict of exercises by name (default: every one)

    Raises
    ------
    ValueError : a name that is none of these; the message gives the nearest
    """
    from difflib import get_close_matches

    known = exercises() if known is None else known
    for name in names:
        if not any(name in (e.name, e.homework, e.notebook) for e in known.values()):
            near = get_close_matches(name, known, 3, 0.4)
            hint = f"did you mean {', '.join(near)}?" if near else "`cs182 exercises` lists them"
            raise ValueError(f"there is no exercise, notebook or homework {name!r}; {hint}")
    return [e for e in known.values() if not names or {e.name, e.homework, e.notebook} & set(names)]
