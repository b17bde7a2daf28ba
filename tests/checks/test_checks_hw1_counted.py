"""How much each check of Homework 1 has been tried with: mistakes it names, and right answers in unusual forms."""

from collections import Counter

import pytest
import test_checks_layers
import test_checks_networks
import trainings
import trainings_torch
import unusual
import unusual_layers
import unusual_networks

from cs182lib.checks.hw1 import CHECKS

MISTAKES = {**test_checks_layers.WRONG, **trainings.WRONG, **trainings_torch.WRONG,
            **{name: table for name, (_, _, table) in test_checks_networks.NETWORKS.items()}}
VARIANTS = Counter(name for name, _ in unusual.LAYERS + unusual_layers.LAYERS)
VARIANTS.update({name: len(found) for table in (unusual_networks.NETWORKS, trainings.UNUSUAL, trainings_torch.UNUSUAL)
                 for name, found in table.items()})
every_check = pytest.mark.parametrize("name", [name.removeprefix("hw1/") for name in CHECKS])


@every_check
def test_at_least_six_different_mistakes_are_named(name):
    named = {row[:2] if len(row) == 4 else row[0] for row in MISTAKES[name] if row[-1] is not None}
    assert len(named) >= 6
    assert len({row[-1] for row in MISTAKES[name]} - {None}) >= 6, "by six different causes"


@every_check
def test_at_least_two_unusual_right_answers_are_tried(name):
    assert VARIANTS[name] >= 2
