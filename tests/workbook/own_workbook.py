"""A small own workbook for the tests: the mark, the progress file's folder, and a package with three functions."""

import json

from cs182lib.exercises import Exercise
from cs182lib.workbook.own import MARK, PACKAGE, append, code_hash

DENSE = '''"""Dense layers."""


def affine_forward(x, w, b):
    """Return the output and the cache."""
    return x @ w + b, (x, w, b)


def affine_backward(dout, cache):
    raise NotImplementedError("write `affine_backward`")
'''


def exercise(name, notebook="hw1/01_fully_connected_nets", points=2, solution=("layers.dense:affine_forward",), **more):
    """Return an exercise with a task and hints of its own."""
    return Exercise(name, notebook, f"Write {name}, as the notebook derives it.", ("one", "two", "three"), points,
                    solution, **more)


def make_workbook(folder, homeworks=("hw1",), dense=DENSE):
    """Make the workbook in `folder` and return the folder."""
    (folder / MARK).parent.mkdir(parents=True)
    (folder / MARK).write_text(json.dumps({"homeworks": list(homeworks)}))
    write_module(folder, "layers/dense.py", dense)
    return folder


def write_module(folder, path, source):
    """Write one module of the learner's package."""
    file = folder / PACKAGE / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)


def checked(folder, exercise, state="right", message=""):
    """Note that a check of the exercise came out like this, on the code that is there now."""
    append(folder, exercise=exercise.name, state=state, message=message, code=code_hash(folder, exercise))


def many():
    """Return 96 exercises by name: three homeworks, four notebooks each, with names as long as they get."""
    found = [exercise(f"hw{homework}/a_name_of_thirty_characters_{homework}{notebook}{number}",
                      f"hw{homework}/0{notebook}_notebook", 1 + number % 5,
                      ("layers.dense:affine_forward",) if number else ())
             for homework in (1, 2, 3) for notebook in (1, 2, 3, 4) for number in range(8)]
    return {e.name: e for e in found}
