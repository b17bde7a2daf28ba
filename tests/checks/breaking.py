"""Break a right solution on purpose, and ask what its check says."""

import inspect
import sys
import textwrap

import pytest

from cs182lib.checks import CheckFailed, hw1, hw2

CHECKS = hw1.CHECKS | hw2.CHECKS
WORDS = ("has shape", "changed", "returned", "raised", "expected", "dropped", "missing", "no gradient", "has no",
         "in a net of dtype", "same seed")  # one of them says what is wrong where it is no number


def broken(solution, old, new):
    """Return `solution` with every `old` in its source replaced by `new`."""
    source = textwrap.dedent(inspect.getsource(solution))
    assert old in source, f"{solution.__name__} does not contain {old!r}"
    namespace = dict(vars(sys.modules[solution.__module__]))
    exec(source.replace(old, new), namespace)
    return namespace[solution.__name__]


def failure(name, *implementations):
    """Return the CheckFailed that the check of that name raises, of Homework 1 unless the name says another."""
    with pytest.raises(CheckFailed) as caught:
        CHECKS[name if "/" in name else f"hw1/{name}"](*implementations)
    return caught.value


def assert_pass_alike(check, name, solutions, capsys):
    """Each solution passes, and each time the same one line says so."""
    printed = []
    for solution in solutions:
        check(solution)
        printed.append(capsys.readouterr().out)
    line = printed[0]
    assert line.startswith(f"{name} is right: ") and line.endswith("comparisons)\n") and line.count("\n") == 1
    assert set(printed) == {line}


def assert_fails(check, solution, output, cause):
    """The check fails, and explains it."""
    with pytest.raises(CheckFailed) as caught:
        check(solution)
    assert_explained(caught.value, output, cause)


def assert_not_written_yet(check, where):
    """A stub is told from a mistake."""
    def stub(*arguments, **options):
        raise NotImplementedError(f"write it in {where}")

    with pytest.raises(CheckFailed, match=f"is not written yet: write it in {where}"):
        check(stub)


def assert_explained(error, output, cause):
    """The message names the output and a place or shape, and holds the words of the cause where one is known."""
    message = str(error)
    assert error.output and error.output.startswith(output), message
    assert output.split("[")[0] in message
    if "is wrong" in message:
        assert "worst:" in message and "expected" in message and "allowed" in message
    else:
        assert any(words in message for words in WORDS), message
    assert (cause or "") in str(error.cause if cause else ""), message
    assert len(message.splitlines()) <= 4 and len(message) < 700
