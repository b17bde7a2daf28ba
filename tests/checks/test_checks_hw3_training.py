"""The checks of cells that train pass whatever way it was done, and name what goes wrong."""

import pytest
from breaking import assert_explained
from unusual_training import UNUSUAL, made
from wrong_training import WRONG

from cs182lib.checks import CheckFailed, hw3

FIRST = {}
for exercise, way in UNUSUAL:
    FIRST.setdefault(exercise, way)


@pytest.mark.parametrize("name, train", UNUSUAL)
def test_every_way_of_training_passes(name, train, capsys):
    check, arguments = hw3.CHECKS[f"hw3/{name}"], made(name, train)
    models = [value for value in arguments.values() if hasattr(value, "training")]
    for mode in (True, False):
        for model in models:
            model.train(mode)
        check(**arguments)
        assert all(model.training is mode for model in models)
    assert capsys.readouterr().out.startswith(f"{name} is right: ")


@pytest.mark.parametrize("name, change, output, cause", [(name, *row) for name, rows in WRONG.items() for row in rows])
def test_what_goes_wrong_is_named(name, change, output, cause):
    arguments = made(name, FIRST[name])
    with pytest.raises(CheckFailed) as caught:
        hw3.CHECKS[f"hw3/{name}"](**arguments | change(arguments))
    assert_explained(caught.value, output, cause)


def test_headlines_need_no_floor():
    arguments = made("train_language_model", FIRST["train_language_model"])
    hw3.CHECKS["hw3/train_language_model"](**arguments | {"floor": None})
