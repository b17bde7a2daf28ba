"""Update rules against PyTorch's optimizers, step by step."""

import numpy as np
import pytest
import torch

from cs182lib.training import optim
from tests.parity import ramp

REFERENCES = {
    "sgd": (torch.optim.SGD, {}),
    "sgd_momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, {"alpha": 0.99}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {"weight_decay": 1e-2}),
}


def test_every_rule_has_a_reference():
    assert set(REFERENCES) == set(optim.__all__)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", REFERENCES)
def test_ten_steps_equal_torch(rule, dtype):
    make, options = REFERENCES[rule]
    w, config = ramp(4, 5, dtype=dtype), {"learning_rate": 0.05}
    parameter = torch.nn.Parameter(torch.tensor(w))
    optimizer = make([parameter], lr=0.05, eps=1e-8, **options) if "eps" in make.__init__.__code__.co_varnames else \
        make([parameter], lr=0.05, **options)
    for step in range(10):
        dw = ramp(4, 5, low=-1 - step, high=2, dtype=dtype)
        before = w.copy()
        following, returned = getattr(optim, rule)(w, dw, config)
        np.testing.assert_array_equal(w, before, err_msg="w was changed in place")
        assert returned is config and following.dtype == dtype
        w = following
        parameter.grad = torch.tensor(dw)
        optimizer.step()
        np.testing.assert_allclose(w, parameter.detach().numpy(), rtol=2e-5 if dtype == np.float32 else 1e-10, atol=1e-6
                                   if dtype == np.float32 else 1e-12)
    assert all(v.dtype == dtype for v in config.values() if isinstance(v, np.ndarray))


def test_the_config_that_was_passed_holds_the_memory_afterwards():
    w, dw = ramp(3, 4), ramp(3, 4, low=0.1)
    memory = {"sgd_momentum": ["velocity"], "rmsprop": ["cache"], "adam": ["m", "v", "t"]}
    for rule, keys in memory.items():
        config = {}
        getattr(optim, rule)(w, dw, config)
        assert all(np.any(config[key]) for key in keys)


def test_defaults_are_the_courses():
    for rule, rate in {"sgd": 1e-2, "sgd_momentum": 1e-2, "rmsprop": 1e-2, "adam": 1e-3}.items():
        assert getattr(optim, rule)(np.ones(2), np.ones(2))[1]["learning_rate"] == rate


@pytest.mark.parametrize("rule", REFERENCES)
def test_a_bowl_is_descended(rule):
    w, config = np.array([3.0, -2.0]), {"learning_rate": 0.02}
    for _ in range(400):
        w, config = getattr(optim, rule)(w, w * [1.0, 10.0], config)
    assert np.abs(w).max() < 0.05


@pytest.mark.parametrize("rule", REFERENCES)
def test_bad_input_is_refused(rule):
    rule = getattr(optim, rule)
    with pytest.raises(ValueError, match="dw must have the shape"):
        rule(np.ones((2, 3)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="dw holds NaN"):
        rule(np.ones(2), np.array([0, np.nan]))
    with pytest.raises(ValueError, match="unknown option 'lr'"):
        rule(np.ones(2), np.ones(2), {"lr": 0.1})
    with pytest.raises(ValueError, match="learning_rate"):
        rule(np.ones(2), np.ones(2), {"learning_rate": -0.1})
