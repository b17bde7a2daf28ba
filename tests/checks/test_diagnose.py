"""A cause is named where the numbers point to one, and none where they could mean anything."""

import numpy as np
import pytest

from cs182lib.checks.diagnose import AUTOGRAD, exception_cause, likely_cause

ARRAY = np.array([1.0, 2.0, -4.0])


@pytest.mark.parametrize("factor, words", [(-1, "sign"), (5, "N = 5 times too large"), (0.2, "N = 5 times too small"),
                                           (2, "2 times"), (0.5, "0.5 times"), (1.7, "1.7 times")])
def test_a_factor_of_many_numbers_is_named(factor, words):
    assert words in likely_cause(factor * ARRAY, ARRAY, sizes={"N": 5})


@pytest.mark.parametrize("factor, words", [(-1, "sign"), (5, "N = 5 times too large"), (0.5, "0.5 times")])
def test_a_known_factor_of_one_number_is_named(factor, words):
    assert words in likely_cause(np.array(factor * 3.0), np.array(3.0), sizes={"N": 5})


def test_one_number_is_a_multiple_of_every_other():
    assert likely_cause(np.array(3.3), np.array(3.0), sizes={"N": 5}) is None


@pytest.mark.parametrize("raising, words", [
    (lambda torch, x: torch.autograd.grad(x.detach().sum(), x), "no gradient was asked for"),
    (lambda torch, x: torch.autograd.grad(x.sum(), 1 * x), "another tensor"),
    (lambda torch, x: (2 * x).backward(), "add up first"),
    (lambda torch, x: x.add_(1), "changed in place"),
    (lambda torch, x: (lambda y: (y.mul_(2), y.sum().backward()))(torch.exp(x)), "what the gradient needs"),
    (lambda torch, x: (lambda y: (y.backward(), y.backward()))(x.exp().sum()), "one backward pass"),
])
def test_what_pytorch_says_about_gradients_is_explained(raising, words):
    import torch

    with pytest.raises(RuntimeError) as caught:
        raising(torch, torch.ones(3, requires_grad=True))
    assert exception_cause(caught.value) in AUTOGRAD.values()
    assert words in exception_cause(caught.value)
