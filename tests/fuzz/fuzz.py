"""Damage every file that the library reads, many times: `make fuzz`, `make fuzz ONLY="Reuters COCO" NUMBER=500`.

A damaged file must give an error of ours or a correct read: never another error, a crash, a hang, a wrong answer, or
something in it that is run. A row of the table can be had again by its seeds; `--seed 17` shows one of them.
"""

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # the folder of what all tests share

from corpus import readers  # noqa: E402
from workers import GOOD, STATES, Worker  # noqa: E402

NAMES = 24  # columns for a reader's name
SHOWN = 3  # failures that are shown of each state


def names_of(words, known):
    """Return the names among `known` that hold one of the words, all where there are none."""
    unknown = [word for word in words if not any(word.lower() in name.lower() for name in known)]
    if unknown:
        raise SystemExit(f"no reader is called {unknown[0]!r}; there are {', '.join(known)}")
    return [name for name in known if not words or any(word.lower() in name.lower() for word in words)]


def bad(outcomes):
    """Return the outcomes that must not be."""
    return [outcome for outcome in outcomes if outcome.state not in GOOD]


def row(name, outcomes):
    """Return a line of the table."""
    counts = Counter(outcome.state for outcome in outcomes)
    return f"{name:{NAMES}}" + "".join(f"{counts[state]:>9}" for state in STATES)


def failures(outcomes):
    """Return lines that show the first outcomes of each state that must not be, each message once."""
    shown, kinds = [], Counter()
    for outcome in bad(outcomes):
        kind = outcome.state, outcome.message[:60]
        kinds[kind] += 1
        if kinds[kind] == 1 and sum(state == outcome.state for state, _ in kinds) <= SHOWN:
            shown.append(f"    seed {outcome.seed}, {outcome.how:.80}\n      {outcome.state}: {outcome.message}")
    return shown


def run(names, seeds, jobs, show=print):
    """Fuzz the readers, `jobs` at a time; print a row for each and return how many outcomes must not be."""
    workers, total, known = SimpleQueue(), 0, readers()
    for _ in range(jobs):
        workers.put(Worker())

    def one(name):
        worker = workers.get()
        try:
            return list(worker.examine(name, seeds[::known[name].every]))
        finally:
            workers.put(worker)

    show(f"{'':{NAMES}}" + "".join(f"{state:>9}" for state in STATES))
    with ThreadPoolExecutor(jobs) as pool:
        for name, outcomes in zip(names, pool.map(one, names)):
            show("\n".join([row(name, outcomes), *failures(outcomes)]))
            total += len(bad(outcomes))
    while not workers.empty():
        workers.get().close()
    return total


def main(arguments=None):
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description="Damage every file that the library reads.")
    parser.add_argument("only", nargs="*", metavar="WORD", help="readers whose names hold one of these words")
    parser.add_argument("--number", type=int, default=10000, help="damages of each reader (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="only this damage")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one for each core)")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.number)
    if options.seed is not None:
        seeds = range(options.seed, options.seed + 1)
    total = run(names_of(options.only, list(readers())), seeds, options.jobs, lambda text: print(text, flush=True))
    print(f"{total} outcomes must not be" if total else "every damaged file was read right, or refused")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
