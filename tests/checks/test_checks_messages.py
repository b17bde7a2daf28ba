"""What a learner sees who has not begun, forgot to return, or whose code raises; and what an import costs."""

import subprocess
import sys

import numpy as np
import plain
import pytest
from breaking import failure

from cs182lib.checks import CheckFailed, check
from cs182lib.checks.compare import Checker
from cs182lib.checks.diagnose import likely_cause
from cs182lib.checks.hw1 import CHECKS
from cs182lib.checks.inputs import scattered
from cs182lib.exercises import exercises

FORWARD = {"batchnorm_backward": (plain.batchnorm_forward,)}
NAMES = [name.removeprefix("hw1/") for name in CHECKS if not exercises()[name].is_cell]


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_written_yet(name):
    def stub(*arguments, **options):
        raise NotImplementedError("write it in layers/dense.py")

    error = failure(name, stub)
    assert "is not written yet: write it in layers/dense.py" in str(error)
    assert isinstance(error.__cause__, NotImplementedError)


@pytest.mark.parametrize("name", NAMES)
def test_forgotten_return(name):
    error = failure(name, lambda *arguments, **options: None)
    assert "returned None" in str(error) or "no dict `params`" in str(error) or "no nn.Module" in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_exception_names_the_call_and_keeps_the_original(name):
    def raising(*arguments, **options):
        raise IndexError("index 7 is out of bounds")

    error = failure(name, raising)
    assert "raised IndexError: index 7 is out of bounds" in str(error)
    assert isinstance(error.__cause__, IndexError)


@pytest.mark.parametrize("solution, words", [
    (lambda x: np.zeros((2, 3)) + np.zeros((4, 5)), "two shapes do not fit"),
    (lambda x: {}["mode"], "no key 'mode'"),
    (lambda x: [a for a, b in [(1, 2, 3)]], "more or fewer entries"),
    (lambda x: {"relu": None}["relu"][0], "a cache that was not kept"),
    (lambda x: {}.get("cache").shape, "a cache that was not kept"),
    (lambda x: [1, 2][5], "fewer entries than are counted"),
    (lambda x: max(0, x), "np.maximum"),
    (lambda x: np.max(0, x), "np.maximum"),
    (lambda x: np.zeros(4 / 2), "// does not"),
    (lambda x: np.zeros((3, 4 / 2)), "// does not"),
    (lambda x: x[:4 / 2], "// does not"),
    (lambda x: __import__("torch").ones(2, 3) @ __import__("torch").ones(2, 3), "two shapes do not fit"),
])
def test_exceptions_have_usual_causes(solution, words):
    assert words in failure("relu_forward", solution).cause


def test_check_by_name(capsys):
    check("hw1/relu_forward", lambda x: (np.maximum(x, 0), None))
    check("hw1/relu_backward", lambda dout, cache: dout * cache, lambda x: (np.maximum(x, 0), x > 0))
    assert capsys.readouterr().out.count("is right") == 2
    with pytest.raises(ValueError, match="hw1/affine_forward"):
        check("hw1/affine", None)


@pytest.mark.parametrize("name", ["affine_forward", "batchnorm_backward", "dropout_forward", "adam"])
def test_the_line_of_success_is_always_the_same(name, capsys):
    lines = set()
    for _ in range(3):
        CHECKS[f"hw1/{name}"](getattr(plain, name), *FORWARD.get(name, ()))
        lines.add(capsys.readouterr().out)
    assert len(lines) == 1


def test_nothing_heavy_is_imported():
    code = "import sys, cs182lib.checks.hw1; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_message_holds_what_a_learner_needs():
    with pytest.raises(CheckFailed) as caught:
        right = np.array([[1.0, 2.0], [3.0, 4.0]])
        Checker("f").compare({"dx": right + [[0, 0], [0, 5]]}, {"dx": right}, {"dx": {"a five too much": right + 5}})
    assert str(caught.value) == (
        "f: dx is wrong: shape (2, 2) is right, 1 of 4 numbers are not\n"
        "  worst: dx[1, 1] = 9, expected 4\n"
        "  error: 5, allowed 4e-07")
    assert caught.value.output == "dx"


A = scattered((3, 4))


@pytest.mark.parametrize("got, words", [
    (-A, "sign"), (3 * A, "N = 3 times too large"), (A / 4, "D = 4 times too small"), (2 * A, "2 times"),
    (A + 1, "1 too much everywhere"), (A.T, "transposed"), (A.ravel(), "reshape to (3, 4)"), (A[None], "length 1"),
    (A[:, ::-1], "reverse order along axis 1"), (A.T.reshape(3, 4), "wrong places"), (0 * A, "all zeros"),
    (np.where(A > 0, A, np.nan), "NaN"), (np.full_like(A, np.inf), "infinite"),
    (A.sum(axis=0), "too few axes"), ((10 * A).astype(int), "integers"),
    (A * [1, 1, 1, 2], "last entries along axis 1"),
    (A * (1 + 5e-4), "nearly right"),
])
def test_general_causes(got, words):
    assert words in likely_cause(got, A, sizes={"N": 3, "D": 4})


def test_no_cause_is_made_up():
    assert likely_cause(A**2, A) is None
