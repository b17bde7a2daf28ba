"""The proof by mutation proves something: mutants are what they should be, and what a check misses is reported.

A sample of the mutants of every exercise is run here; `make mutation` runs them all.
"""

import sys

import numpy as np
import pytest
from copied import NAME, Copy
from mutants import choose, mutants_of
from operators import OPERATORS
from prove import Outcome, chosen_mutants, examine, faults, key, main, related, row, run_all, verdict
from running import Worker
from survivors import SURVIVORS

from cs182lib.exercises import Exercise, exercises

SAMPLE = 3  # mutants of one exercise
CHANGES = (
    ("arithmetic", "y = x + 1", ["y = x - 1"]),
    ("arithmetic", "y *= 2", ["y /= 2"]),
    ("arithmetic", "y = x @ w", ["y = w @ x"]),
    ("drop_term", "y = x - w", ["y = x", "y = -w"]),
    ("drop_term", "y = x ** w", ["y = x"]),
    ("drop_term", "y += x", ["y = x"]),
    ("sign", "y = x * w", ["y = -(x * w)"]),
    ("sign", "y = -x", ["y = x"]),
    ("scale", "return x[0], w", ["return (2 * x[0], w)", "return (-x[0], w)"]),
    ("scale", "y = x + w", ["y = 2 * (x + w)"]),
    ("constant", "y = f(2, 0.5, True)", ["y = f(3, 0.5, True)", "y = f(1, 0.5, True)", "y = f(2, 1.0, True)",
                                         "y = f(2, 0.5, False)"]),
    ("constant", "y = x.reshape(2, -1)", ["y = x.reshape(3, -1)", "y = x.reshape(1, -1)"]),
    ("constant", "y = x[-1]", ["y = x[-2]", "y = x[-0]"]),
    ("comparison", "y = x < w", ["y = x <= w", "y = x > w"]),
    ("comparison", "y = x is w", ["y = x is not w"]),
    ("boolean", "y = x and w", ["y = x or w", "y = w", "y = x"]),
    ("boolean", "y = not x", ["y = x"]),
    ("condition", "y = x if w else 0", ["y = x if not w else 0", "y = x", "y = 0"]),
    ("condition", "y = [i for i in x if i]", ["y = [i for i in x]"]),
    ("function", "y = x.mean()", ["y = x.sum()"]),
    ("function", "y = np.zeros(w)", ["y = np.ones(w)"]),
    ("drop_call", "y = np.exp(x)", ["y = x"]),
    ("drop_call", "y = x.clone()", ["y = x"]),
    ("drop_call", "y = self.norm(x, w)", ["y = x"]),
    ("axis", "y = x.sum(axis=0)", ["y = x.sum(axis=1)"]),
    ("axis", "y = x.sum(dim=-1)", ["y = x.sum(dim=0)", "y = x.sum(dim=-2)"]),
    ("axis", "y = x.sum(axis=(0, 2))", ["y = x.sum(axis=(2,))", "y = x.sum(axis=(0,))"]),
    ("transpose", "y = x @ w.T", ["y = x @ w", "y = x.T @ w.T"]),
    ("swap_arguments", "y = x.transpose(0, 2, 1)", ["y = x.transpose(2, 0, 1)", "y = x.transpose(0, 1, 2)"]),
    ("swap_arguments", "y = np.maximum(x, w)", []),
    ("drop_keyword", "y = x.sum(axis=0, keepdims=True)", ["y = x.sum(keepdims=True)", "y = x.sum(axis=0)"]),
    ("order", "return x, w", ["return (w, x)"]),
    ("order", "y, w = x", ["w, y = x"]),
    ("cut", "y = x[1:]", ["y = x[:]", "y = x[1:-1]"]),
    ("cut", "y = x[:w]", ["y = x[1:w]", "y = x[:]", "y = x[:w - 1]"]),
    ("cut", "y = x[::-1]", ["y = x[:]"]),
    ("count", "y = range(w)", ["y = range(1, w)", "y = range(w - 1)"]),
    ("count", "y = range(1, w)", ["y = range(1 + 1, w)", "y = range(1, w - 1)"]),
    ("count", "y = [x[i] for i in range(w)]", ["y = [x[i - 1] for i in range(w)]",
                                              "y = [x[i] for i in range(1, w)]", "y = [x[i] for i in range(w - 1)]"]),
    ("delete", "y += x", ["pass"]),
    ("delete", "x[0] = w", ["pass"]),
    ("delete", "y = x", []),  # a new name: without it there is a NameError
    ("delete", "x = w", ["pass"]),
)
HEAD = "def f(self, x, w):\n    "


def changes(code, operator):
    """Return what an operator makes of one statement in a function."""
    return [mutant.mutated for mutant in mutants_of("layers.dense:f", HEAD + code) if mutant.operator == operator]


@pytest.mark.parametrize("operator, code, expected", CHANGES)
def test_operator(operator, code, expected):
    seen = changes(code, operator)
    assert sorted(seen) == sorted(expected)


def test_every_operator_is_tested():
    assert {name for name, _, _ in CHANGES} == {operator.__name__ for operator in OPERATORS}


def test_compound_statements():
    source = ("def f(x, w=2):\n    if x > w:\n        return x\n"
              "    while x:\n        with w:\n            x -= w\n    return w")
    found = {(mutant.line, mutant.operator, mutant.mutated) for mutant in mutants_of("layers.dense:f", source)}
    assert {(1, "constant", "def f(x, w=3):"), (2, "comparison", "if x >= w:"), (2, "condition", "if not x > w:"),
            (2, "delete", "pass"), (5, "delete", "if True:"), (6, "arithmetic", "x += w")} <= found


def test_what_a_learner_lacks_is_left_alone():
    source = ('def f(x):\n    """Say 1 + 1."""\n    check_floats("x", x, ndim=2)\n    require(x > 0, "no")\n'
              '    if x.ndim != 2:\n        raise ValueError(1 + 1)\n    n = check_count("n", 1 + 2)\n    return n')
    assert mutants_of("layers.dense:f", source) == []


def test_a_method_alone_or_the_class_as_a_whole():
    source = "class A:\n    def f(self, x):\n        return x + 1\n\n    def g(self, x):\n        return x * 2"
    assert {mutant.line for mutant in mutants_of("layers.dense:A.g", source)} == {6}
    assert {mutant.line for mutant in mutants_of("layers.dense:A", source)} == {3, 6}


def test_source_is_the_module_with_one_change():
    source = "def f(x):\n    return x + 1\n\ndef g(x):\n    return x + 1"
    mutants = mutants_of("layers.dense:f", source)
    texts = [mutant.source() for mutant in mutants]
    assert source.replace("+", "-", 1).split() in [text.split() for text in texts]
    assert len(set(texts)) == len(texts) and texts == [mutant.source() for mutant in mutants]
    assert all(text.endswith(source[-13:]) for text in texts)


def test_the_choice_is_spread_and_repeatable():
    mutants = mutants_of("layers.dense:affine_backward")
    chosen = choose(mutants, 9)
    assert [mutant.id for mutant in chosen] == [mutant.id for mutant in choose(mutants, 9)]
    assert len(chosen) == 9 and len({mutant.operator for mutant in chosen}) == 9
    assert len({mutant.line for mutant in chosen}) == len({mutant.line for mutant in mutants})
    assert choose(mutants, 1000) == choose(mutants, None) == mutants


def test_the_copy_is_changed_everywhere_and_the_library_nowhere():
    from importlib import import_module

    from cs182lib.layers import dense
    changed = next(mutant for mutant in mutants_of("layers.dense:relu_forward") if mutant.operator == "order")
    with Copy({"layers.dense": changed.source()}):
        network = import_module(f"{NAME}.models.fully_connected")
        assert network.relu_forward(np.ones(1)) == (1, 1)
        assert network.relu_forward(-np.ones(1)) == (-1, 0)  # the two are swapped
        assert network.softmax_loss.__module__ == f"{NAME}.layers.losses"
    assert dense.relu_forward(-np.ones(1)) == (0, -1)
    assert not [name for name in sys.modules if name.startswith(NAME)]


@pytest.fixture(scope="module")
def worker():
    with Worker() as worker:
        yield worker


BROKEN = "import numpy as np\ndef affine_forward(x, w, b):\n    {}\ndef affine_backward(dout, cache):\n    pass\n"


@pytest.mark.parametrize("body, state", [("while True: pass", "endless"), ("return np.ones(2**40), None", "failed"),
                                         ("return x @ w", "failed"), ("import os; os._exit(1)", "died"),
                                         ("raise SystemExit", "escaped")])
def test_a_worker_outlives_every_mutant(worker, body, state):
    source = BROKEN.format(body) + "def __getattr__(name):\n    return name\n"
    limit = 2 if state == "endless" else 60
    name, got, message, seconds = worker.run(["hw1/affine_forward"], "layers.dense", source, limit=limit)
    assert (name, got) == ("hw1/affine_forward", state) and message and seconds < limit + 30
    assert worker.run(["hw1/affine_forward"], limit=60)[:2] == (None, "passed")


def test_a_mutant_that_cannot_be_imported_is_told_apart(worker):
    assert worker.run(["hw1/affine_forward"], "layers.dense", "1 / 0")[1] == "import"


def test_a_check_that_never_fails_is_exposed(worker):
    uncalled = ("layers.initialization:xavier_uniform",)
    exercise = Exercise("hw1/affine_forward", "", "", (), solution=uncalled)
    mutants = chosen_mutants(exercise, 5)
    outcome = examine(exercise, mutants, worker)
    assert outcome.survivors == mutants and not outcome.caught
    assert ["is not explained" in fault for fault in faults(outcome, {})] == [True] * 5
    table = {key(exercise.name, mutant): ("missed", "a hole") for mutant in mutants}
    for reasons in ({}, table):
        holds, text = verdict([outcome], reasons)
        assert not holds and "0 of 5 wrong solutions found" in text


class Sham:
    """A worker whose answers are known beforehand."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def run(self, *arguments, **options):
        return self.answers.pop(0)


RIGHT = (None, "passed", "", 0.1)
EXERCISE = Exercise("hw1/x", "", "", (), solution=("layers.dense:affine_forward",))


def test_a_check_that_fails_the_right_solution_is_exposed():
    wrong = ("hw1/x", "failed", "no", 0.1)
    for answers in ([wrong], [RIGHT, wrong]):
        assert "the right solution does not pass" in faults(examine(EXERCISE, [], Sham(*answers)), {})[0]


def test_what_becomes_of_a_mutant():
    mutants = chosen_mutants(EXERCISE, 5)
    answers = [("hw1/x", "failed", "", 0.1), ("hw1/x", "escaped", "KeyError", 0.1), ("hw1/y", "failed", "", 0.1),
               RIGHT, ("hw1/x", "import", "", 0.1)]
    outcome = examine(EXERCISE, mutants, Sham(RIGHT, *answers, RIGHT))
    assert outcome == Outcome("hw1/x", mutants[:2], mutants[2:3], mutants[3:4], [(mutants[1], "escaped", "KeyError")])
    table = {key("hw1/x", mutants[3]): ("same", "why")}
    assert ["the check should say itself: KeyError" in fault for fault in faults(outcome, table)] == [True]
    assert row(outcome, table).split() == ["hw1/x", "4", "2", "1", "1", "0", "0"]


def test_the_table_must_fit_what_survives():
    mutant, other = chosen_mutants(EXERCISE, 2)
    outcome = Outcome("hw1/x", caught=[other] * 100, survivors=[mutant])
    assert faults(outcome, {key("hw1/x", mutant): ("same", "why"), ("hw1/z", "a", "b"): ("same", "why")}) == []
    assert faults(outcome, {key("hw1/x", mutant): ("missed", "why")}) == []
    assert "is not explained" in faults(outcome, {})[0]
    assert "of one of the kinds" in faults(outcome, {key("hw1/x", mutant): ("harmless", "why")})[0]
    assert "does not survive" in faults(outcome, {key("hw1/x", one): ("same", "why") for one in (mutant, other)})[0]
    holds, text = verdict([outcome], {key("hw1/x", mutant): ("missed", "why")})
    assert holds and "100 of 101 wrong solutions found" in text


def test_related_exercises_share_a_definition_or_need_it():
    known = {name: Exercise(name, "", "", (), solution=solution, needs=needs) for name, solution, needs in (
        ("loss", ("m:Net.loss",), ()), ("net", ("m:Net",), ()), ("back", ("m:back",), ("loss",)),
        ("far", ("m:N",), ()))}
    assert related(known["loss"], "m:Net.loss", known) == ["net", "back"]
    assert related(known["net"], "m:Net", known) == ["loss"]


def test_the_command_fails_where_a_survivor_is_not_explained(monkeypatch, capsys):
    monkeypatch.setattr("prove.SURVIVORS", {("hw1/affine_forward", "a", "b"): ("same", "why")})
    assert main(["hw1/affine_forward", "--workers", "1", "--cap", "2"]) == 1
    assert "2 of 2 wrong solutions found; at most 2% may be missed; 1 faults in the proof" in capsys.readouterr().out


def sample():
    """Return every exercise with a few of its mutants, other ones of each."""
    jobs = []
    for turn, exercise in enumerate(exercises().values()):
        if not exercise.is_cell:
            mutants = chosen_mutants(exercise)
            step = max(1, len(mutants) // SAMPLE)
            jobs.append((exercise, mutants[turn % step::step][:SAMPLE]))
    return jobs


def test_what_is_listed_can_happen():
    """A solution that has changed has other mutants; `make mutation` also finds the listed ones that are caught now."""
    possible = {key(exercise.name, mutant) for exercise in exercises().values()
                for mutant in chosen_mutants(exercise)}
    assert set(SURVIVORS) <= possible


@pytest.mark.slow
def test_a_sample_of_every_exercise():
    drawn = {key(exercise.name, mutant) for exercise, mutants in sample() for mutant in mutants}
    table = {entry: reason for entry, reason in SURVIVORS.items() if entry in drawn}
    outcomes = run_all(sample())
    assert [fault for outcome in outcomes for fault in faults(outcome, table)] == []
    assert verdict(outcomes, table)[0]
    assert sum(len(outcome.caught) for outcome in outcomes) > 2 * len(outcomes)
