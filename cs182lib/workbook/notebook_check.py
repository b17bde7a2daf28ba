"""Check an exercise from a notebook of an own workbook, and show what came out as a small table."""

from cs182lib.checks.compare import CheckFailed
from cs182lib.exercises import exercises
from cs182lib.workbook import own
from cs182lib.workbook.check_one import describe
from cs182lib.workbook.checking import check_exercises
from cs182lib.workbook.feedback import as_html


def check_in_notebook(folder, name, function, implementation=None, *others):
    """Check the learner's file in a process of its own, or with an `implementation` that one here; record the result.

    Parameters
    ----------
    folder : path of the own workbook
    name : str, the exercise
    function : its check
    implementation, others : what a cell made, or a function to try that is not in the learner's file (not recorded)

    Raises
    ------
    CheckFailed : it is not right; a table above says more
    """
    exercise = exercises()[name]
    if implementation is None and not exercise.is_cell:
        (result,) = check_exercises(folder, [exercise])
        if result["state"] == "right":
            print(result["message"].rstrip())
            return
    else:
        try:
            function(implementation, *others)
            result = {"state": "right", "message": f"{name.split('/')[1]} is right"}
        except Exception as error:
            result = {"exercise": name, **describe(name, error)}
        if exercise.is_cell:
            own.append(folder, exercise=name, state=result["state"], message=result["message"],
                       code=own.code_hash(folder, exercise))
        if result["state"] == "right":
            return
    _fail(result)


def _fail(result):
    """Show the table and raise the short message."""
    from IPython.display import display

    display({"text/html": as_html(result), "text/plain": result["message"]}, raw=True)
    raise CheckFailed(result["message"].splitlines()[0], result.get("output"), result.get("cause"),
                      result.get("details"), result.get("frames", []))
