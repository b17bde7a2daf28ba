"""The commands of an own workbook: start, update, check."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path

from cs182lib.exercises import choose
from cs182lib.validation import require
from cs182lib.workbook import own


def start_command(folder, homeworks):
    """Run `cs182 start DIR`: make a workbook in `folder`, say how to go on, and return 0.

    `homeworks` are the numbers, 1 to 3, of those to solve. ValueError where `start` refuses the folder.
    """
    from cs182lib.workbook.start import start

    folder = start(folder, [f"hw{number}" for number in sorted(set(homeworks))])
    exercises = list(own.own_exercises(folder))
    commands = [*_activation(), f"cd {_quoted(folder)}", "cs182 exercises", "jupyter lab"]
    print(f"{folder} is yours: {len(exercises)} exercises. Go on with\n\n    " + "\n    ".join(commands)
          + f"\n\nand, once you have written the first one, cs182 check {exercises[0]}")
    return 0


def _activation():
    """Return the command that puts `cs182` within reach, in a list; nothing where it is already."""
    if shutil.which("cs182") or sys.prefix == sys.base_prefix:
        return []
    if os.name == "nt":
        return [_quoted(Path(sys.prefix) / "Scripts" / "activate")]
    return [f"source {_quoted(Path(sys.prefix) / 'bin' / 'activate')}"]


def _quoted(path):
    """Return a path as a shell takes it, also with a space in it."""
    path = str(path)
    if os.name == "nt":
        return f'"{path}"' if " " in path else path
    return shlex.quote(path)


def update_command(folder):
    """Run `cs182 update [DIR]`: bring in the newest version, say for each file what was done, and return 0.

    `folder` lies in the own workbook, at any depth; ValueError where it lies in none.
    """
    from cs182lib.workbook.start import update

    folder = own.own_folder(folder)
    done = update(folder)
    for action, name in done:
        print(f"{name}: {action}")
    if not any("left alone" not in action or "new version" in action for action, _ in done):
        print("Nothing new.")
    return 0


def check_command(names, folder=".", as_json=False, hint=False, seconds=None):
    """`cs182 check`: return 0 if every chosen exercise is right, else 1.

    Parameters
    ----------
    names : exercises, notebooks or homeworks, as `choose` takes them
    folder : of the own workbook
    as_json : bool, print JSON instead of words
    hint : bool, give the next hint of the one exercise
    seconds : number > 0 or None, the time limit of each check

    Raises
    ------
    ValueError : a hint for several exercises, or a time limit that is not above 0
    """
    from cs182lib.workbook.checking import SECONDS, check_exercises

    folder = own.own_folder(folder)
    chosen = choose(names, own.own_exercises(folder))
    if hint and len(chosen) != 1:
        raise ValueError(f"--hint is for one exercise at a time, got {len(chosen)}; name the one you work on")
    require(seconds is None or seconds > 0, f"--seconds must be above 0, got {seconds}")
    results = check_exercises(folder, chosen, seconds or SECONDS)
    if hint:
        results = (_with_hint(folder, chosen[0], result) for result in results)
    if as_json:
        results = list(results)
        print(json.dumps(results, indent=1))
    else:
        results = show(results)
    return 0 if all(result["state"] == "right" for result in results) else 1


def show(results, console=None):
    """Print results as they come, and a line that sums up several; return them as a list.

    `results` is what `check_exercises` gives, `console` the rich Console to print on (default: standard output).
    """
    from rich.console import Console

    from cs182lib.workbook.feedback import print_result

    console, shown = console or Console(highlight=False), []
    for result in results:
        print_result(result, console)
        shown.append(result)
    if len(shown) > 1:
        states = [result["state"] for result in shown]
        right, unwritten = states.count("right"), states.count("not written")
        console.print(f"\n{right} of {len(shown)} right, {len(shown) - right - unwritten} wrong, "
                      f"{unwritten} not written yet")
    return shown


def _with_hint(folder, exercise, result):
    """Add the next hint to a result that is not right, and remember that it was given."""
    from cs182lib.workbook.feedback import next_hint

    if result["state"] == "right":
        return result
    number, text = next_hint(exercise, own.states(folder)[exercise.name]["hints"])
    own.append(folder, exercise=exercise.name, hint=number)
    return result | {"hint": text}
