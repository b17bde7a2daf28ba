"""Every check of a training passes right and unusual ones, and fails wrong ones with the likely cause."""

import pytest
import trainings
from breaking import assert_explained, failure
from trainings import DATA, EPOCHS, GOAL, NOISE, SMALL, UNUSUAL, WRONG

from cs182lib.checks.compare import Checker
from cs182lib.checks.hw1 import CHECKS
from cs182lib.checks.hw1_training import check_layers

FURTHER = {name: (SMALL,) if "overfit" in name else (DATA, GOAL, EPOCHS) for name in WRONG}
RIGHT = {"train_two_layer_net": trainings.right, "train_good_model": trainings.trained,
         "overfit_three_layers": lambda: trainings.by_heart([20, 20]),
         "overfit_five_layers": lambda: trainings.by_heart([20] * 4)}


@pytest.mark.parametrize("name, make", [(name, make) for name in WRONG for make in (RIGHT[name], *UNUSUAL[name])])
def test_right_training_passes(name, make, capsys):
    CHECKS[f"hw1/{name}"](make(), *FURTHER[name])
    assert capsys.readouterr().out.startswith(f"{name} is right: ")


@pytest.mark.parametrize("name, make, output, cause", [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_training_fails(name, make, output, cause):
    assert_explained(failure(name, make(), *FURTHER[name]), output, cause)


def test_the_tenth_layer_is_the_last_of_ten():
    check_layers(Checker("train_good_model"), trainings.net([20] * 8 + [2]), 10, DATA)  # W9 is narrower than W10


def test_what_is_known_by_heart_and_not_beyond_is_named():
    run = trainings.trained(trainings.net([60]), NOISE, rate=1.0, num_epochs=60, batch_size=10)
    assert_explained(failure("train_good_model", run, NOISE, 0.8, 60), "accuracy", "not the others")


def test_the_test_pictures_are_told_from_the_validation_pictures():
    swapped = {**NOISE, "X_val": NOISE["X_test"], "y_val": NOISE["y_test"]}
    run = trainings.trained(data=swapped, batch_size=10)
    assert_explained(failure("train_good_model", run, NOISE, 0.2, EPOCHS), "pictures", "once, at the very end")
