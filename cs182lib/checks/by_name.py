"""Find the check of an exercise by its name."""

from importlib import import_module

from cs182lib.exercises import exercises
from cs182lib.validation import check_choice


def check(name, implementation=None, *others):
    """Run one exercise's check.

    Parameters
    ----------
    name : str such as "hw1/affine_backward"
    implementation : the function or class to check, or what a cell made; by default that of the own workbook which the
        notebook lies in, checked in a process of its own and recorded, and outside of one the library's
    others : for a backward pass, the forward pass that makes its cache (default: the library's)

    Raises
    ------
    ValueError : there is no such exercise
    CheckFailed : the implementation is not right; the message says what, where, by how much, and the likely cause
    """
    from cs182lib.workbook.own import find_own  # the workbook's commands import the checks

    function = check_of(check_choice("name", name, exercises()))
    folder = find_own()
    if folder is not None:
        from cs182lib.workbook.notebook_check import check_in_notebook

        check_in_notebook(folder, name, function, implementation, *others)
    elif implementation is None:
        function(*implementations(name))
    else:
        function(implementation, *others)


def check_of(name):
    """Return the check of the exercise `name`, such as "hw1/adam"; of the homeworks only its own is imported."""
    return import_module(f"cs182lib.checks.{exercises()[name].homework}").CHECKS[name]


def implementations(name, package="cs182lib"):
    """Return what the check of the exercise `name` is given: its own function or class, then those it needs.

    Of a method the whole class is given. `package` may be a learner's own, laid out like the library. ValueError where
    the exercise is a cell, which has no function.
    """
    exercise = exercises()[name]
    if exercise.is_cell:
        raise ValueError(f"{name} is a cell of the notebook {exercise.notebook}: pass what it made, "
                         f"check({name!r}, ...)")
    found = []
    for solution in (exercise.solution[0], *(exercises()[need].solution[0] for need in exercise.needs)):
        module, qualname = solution.split(":")
        found.append(getattr(import_module(f"{package}.{module}"), qualname.split(".")[0]))
    return found
