"""The checks of what the PyTorch notebook's cells make: right ones pass, wrong ones fail with the likely cause."""

import pytest
import torch
from breaking import assert_explained, failure
from trainings_torch import FURTHER, RIGHT, UNUSUAL, WRONG

from cs182lib.checks.hw1 import CHECKS


@pytest.mark.parametrize("name, make", [(name, make) for name in WRONG for make in (RIGHT[name], *UNUSUAL[name])])
def test_right_ones_pass(name, make, capsys):
    CHECKS[f"hw1/{name}"](*make(), *FURTHER[name])
    assert capsys.readouterr().out.startswith(f"{name} is right: ")


@pytest.mark.parametrize("name, make, output, cause", [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_ones_fail(name, make, output, cause):
    assert_explained(failure(name, *make(), *FURTHER[name]), output, cause)


def test_a_check_leaves_the_model_as_it_was():
    model, history = RIGHT["train_module_convnet"]()
    model.train()
    before = [p.clone() for p in model.parameters()]
    CHECKS["hw1/train_module_convnet"](model, history, *FURTHER["train_module_convnet"])
    assert model.training
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters()))
