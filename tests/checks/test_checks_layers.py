"""Every check of a layer, loss or update rule passes right solutions and fails wrong ones with the likely cause."""

import plain
import pytest
import unusual
import unusual_layers
from breaking import assert_explained, broken, failure
from wrong_images import WRONG as WRONG_IMAGES
from wrong_layers import WRONG as WRONG_LAYERS

from cs182lib import layers
from cs182lib.checks.hw1 import CHECKS
from cs182lib.training import optim

WRONG = {**WRONG_LAYERS, **WRONG_IMAGES}


def solution(name):
    """The alternative backward pass of batch norm has the same plain solution."""
    return getattr(plain, name.removesuffix("_alt"))


def forward_of(name, module):
    """Return the forward pass whose cache a backward pass takes, as a tuple of none or one."""
    if "_backward" not in name:
        return ()
    return (getattr(module, name.removesuffix("_alt").replace("_backward", "_forward")),)


def test_at_least_five_wrong_ones_for_each():
    assert all(len(table) >= 5 for table in WRONG.values())


@pytest.mark.parametrize("name", WRONG)
def test_library_passes(name, capsys):
    CHECKS[f"hw1/{name}"](getattr(layers, name, None) or getattr(optim, name))
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name} is right: ") and printed.endswith("comparisons)\n") and printed.count("\n") == 1


@pytest.mark.parametrize("name", WRONG)
def test_plain_solution_passes(name):
    CHECKS[f"hw1/{name}"](solution(name), *forward_of(name, plain))


@pytest.mark.parametrize("name, implementations", unusual.LAYERS + unusual_layers.LAYERS)
def test_unusual_solution_passes(name, implementations):
    CHECKS[f"hw1/{name}"](*implementations)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    error = failure(name, broken(solution(name), old, new), *forward_of(name, plain))
    assert_explained(error, output, cause)


def test_the_cache_is_the_learners_own():
    forward = broken(plain.affine_forward, "rows @ w + b", "rows @ w - b")
    error = failure("affine_backward", plain.affine_backward, forward)
    assert "check it first" in str(error)


@pytest.mark.parametrize("name", ["affine_backward", "batchnorm_backward", "conv_backward_naive", "dropout_backward"])
def test_a_forgotten_cache_is_named(name):
    (forward,) = forward_of(name, plain)
    error = failure(name, solution(name), lambda *arguments: (forward(*arguments)[0], None))
    assert "a cache that was not kept" in error.cause
