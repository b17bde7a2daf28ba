"""Show that the checks find wrong solutions: `make mutation`, `make mutation ONLY="hw1 hw2/rnn_forward"`.

Every exercise's solution is changed at one place after the other, and the exercise's check must fail. What survives
must be listed with a reason in survivors_hw1.py, survivors_hw2.py or survivors_hw3.py.
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # the folder of what all tests share

from mutants import choose, mutants_of  # noqa: E402
from running import Worker  # noqa: E402
from survivors import SURVIVORS  # noqa: E402

from cs182lib.exercises import choose as choose_exercises  # noqa: E402
from cs182lib.exercises import exercises  # noqa: E402

MISSED = 0.02  # the share of mutants that may be missed
KINDS = ("same", "missed")


@dataclass
class Outcome:
    """What became of the mutants of one exercise.

    Attributes
    ----------
    caught : mutants that the exercise's check finds
    elsewhere : those that only the check of another exercise finds, which shares the definition or needs it
    survivors : those that nothing finds
    notes : what went wrong in the check itself: (mutant, state, message) where it did not fail with its own message
    error : why nothing can be said: the right solution does not pass
    """

    exercise: str
    caught: list = field(default_factory=list)
    elsewhere: list = field(default_factory=list)
    survivors: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    error: str = ""

    def listed(self, kind, table):
        """Return the survivors that the table lists under this kind."""
        return [mutant for mutant in self.survivors if table.get(key(self.exercise, mutant), ("",))[0] == kind]

    def unexplained(self, table):
        """Return the survivors that the table does not list."""
        return [mutant for mutant in self.survivors if key(self.exercise, mutant) not in table]


def key(exercise, mutant):
    """Return what a survivor is listed under."""
    return exercise, mutant.original, mutant.mutated


def chosen_mutants(exercise, cap=None):
    """Return the mutants of an exercise's solution: all, or `cap` of them."""
    return choose([mutant for target in exercise.solution for mutant in mutants_of(target)], cap)


def related(exercise, target, known=None):
    """Return the names of other exercises whose check sees `target` too: they share it, or need this exercise."""
    known = exercises() if known is None else known

    def overlaps(other):
        return any((target + ".").startswith(own + ".") or (own + ".").startswith(target + ".")
                   for own in other.solution)

    return [other.name for other in known.values() if other.name != exercise.name and not other.is_cell
            and (overlaps(other) or exercise.name in other.needs)]


def examine(exercise, mutants, worker):
    """Run the exercise's check on the right solution, on each mutant, and on the right solution once more."""
    _, state, message, seconds = worker.run([exercise.name])
    if state != "passed":
        return Outcome(exercise.name, error=f"the right solution does not pass: {message.splitlines()[0]}")
    limit, outcome = max(5.0, 10 * seconds), Outcome(exercise.name)
    for mutant in mutants:
        names = [exercise.name, *related(exercise, mutant.target)]
        name, state, message, _ = worker.run(names, mutant.module, mutant.source(), limit * len(names))
        if state == "import":
            continue
        if state in ("escaped", "died"):
            outcome.notes.append((mutant, state, message))
        found = outcome.survivors if name is None else outcome.caught if name == exercise.name else outcome.elsewhere
        found.append(mutant)
    if worker.run([exercise.name])[1] != "passed":
        outcome.error = "the right solution does not pass any more: a mutant left something behind"
    return outcome


def run_all(jobs, workers=1, progress=None):
    """Examine (exercise, mutants) pairs in several processes; return the outcomes in order."""
    free = SimpleQueue()
    pool = [Worker() for _ in range(workers)]
    for worker in pool:
        free.put(worker)

    def work(job):
        worker = free.get()
        try:
            outcome = examine(*job, worker)
        finally:
            free.put(worker)
        if progress:
            progress(outcome)
        return outcome

    try:
        with ThreadPoolExecutor(workers) as executor:
            return list(executor.map(work, jobs))
    finally:
        for worker in pool:
            worker.close()


def faults(outcome, table):
    """Return what is wrong with one exercise, a sentence each: survivors must be listed, and what is listed survive."""
    name, surviving = outcome.exercise, {key(outcome.exercise, mutant) for mutant in outcome.survivors}
    found = [outcome.error] if outcome.error else []
    found += [f"line {mutant.line}: {state}, which the check should say itself: {message}{_change(mutant)}"
              for mutant, state, message in outcome.notes]
    found += [f"line {mutant.line} ({mutant.operator}) survives and is not explained{_change(mutant)}"
              for mutant in outcome.unexplained(table)]
    for entry, explanation in table.items():
        if entry[0] == name and entry not in surviving:
            found.append(f"listed, but it does not survive\n    - {entry[1]}\n    + {entry[2]}")
        if entry[0] == name and not (len(explanation) == 2 and explanation[0] in KINDS and explanation[1]):
            found.append(f"a survivor is of one of the kinds {', '.join(KINDS)}, with a reason, not {explanation!r}")
    return [f"{name}: {fault}" for fault in found]


def _change(mutant):
    return f"\n    - {mutant.original}\n    + {mutant.mutated}"


def verdict(outcomes, table):
    """Return (whether few enough mutants are missed, a sentence); what nobody has explained counts as missed."""
    caught = sum(len(outcome.caught) for outcome in outcomes)
    missed = sum(len(outcome.listed("missed", table)) + len(outcome.unexplained(table)) for outcome in outcomes)
    text = f"{len(outcomes)} exercises: {caught} of {caught + missed} wrong solutions found"
    return missed <= MISSED * (caught + missed), f"{text}; at most {MISSED:.0%} may be missed"


def row(outcome, table):
    """Return one line of the table of results."""
    counts = (len(outcome.caught), len(outcome.elsewhere), len(outcome.listed("same", table)),
              len(outcome.listed("missed", table)), len(outcome.unexplained(table)))
    total = len(outcome.caught) + len(outcome.elsewhere) + len(outcome.survivors)
    return f"{outcome.exercise:42}{total:8}" + "".join(f"{number:10}" for number in counts)


def main(arguments=None):
    """Run the proof over the chosen exercises; return 1 where it fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="exercises, notebooks or homeworks (default: all)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--cap", type=int, help="mutants of one exercise (default: all)")
    options = parser.parse_args(arguments)
    wanted = [exercise for exercise in choose_exercises(options.names) if not exercise.is_cell]
    jobs = [(exercise, chosen_mutants(exercise, options.cap)) for exercise in wanted]
    print(f"{'exercise':42}{'mutants':>8}{'caught':>10}{'elsewhere':>10}{'same':>10}{'missed':>10}{'new':>10}")
    found = []

    def report(outcome):
        new = faults(outcome, SURVIVORS)
        found.extend(new)
        print(row(outcome, SURVIVORS), *new, sep="\n", flush=True)

    holds, text = verdict(run_all(jobs, options.workers, report), SURVIVORS)
    print(text + (f"; {len(found)} faults in the proof" if found else ""))
    return 0 if holds and not found else 1


if __name__ == "__main__":
    sys.exit(main())
