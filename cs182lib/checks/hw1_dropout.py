"""Checks of dropout: what holds for every draw, and bounds that no right draw ever leaves.

Shares of 50 000 numbers are allowed to miss their probability by 0.025: more than ten standard deviations, so a right
implementation fails less often than once in 10^24 runs.
"""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import Checker
from cs182lib.checks.inputs import away_from_zero, scattered

SHAPE = (200, 250)
SLACK = 0.025


def check_dropout_forward(dropout_forward):
    """Check that `dropout_forward`(x, dropout_param) drops a share p and makes of the others x / (1 - p).

    Also that it heeds the mode and the seed, drops nothing for p = 0, and keeps float32.
    """
    check = Checker("dropout_forward")
    x = away_from_zero(scattered(SHAPE))
    for p in (0.3, 0.6):
        out = check_mask(check, x, _forward(check, dropout_forward, x, p=p, mode="train"), p)
        other = _forward(check, dropout_forward, x, p=p, mode="train")
        check.true((out != other).any(), "two calls without a seed dropped the same numbers", "out",
                   "the mask is not drawn anew at every call")
        mistakes = {"test mode is ignored: nothing is dropped in testing": x * 0,
                    "the numbers are scaled in test mode: inverted dropout scales in training": x * (1 - p),
                    "the numbers are scaled up in test mode: test mode is out = x": x / (1 - p)}
        got = _forward(check, dropout_forward, x, p=p, mode="test")
        if (got == 0).any():
            mistakes["test mode is ignored: nothing is dropped in testing"] = got
        check.compare({"out": got}, {"out": x}, {"out": mistakes}, " in test mode")
    check.compare({"out": _forward(check, dropout_forward, x, p=0.0, mode="train")}, {"out": x}, context=" for p = 0")
    _check_seeds(check, dropout_forward, x)
    small = _forward(check, dropout_forward, x.astype(np.float32), p=0.3, mode="train", seed=1)
    check.single({"out": small}, {"out": np.where(small == 0, 0, x / 0.7)})
    check.passed()


def _forward(check, dropout_forward, x, **dropout_param):
    """Return out of a forward pass, an array like x; its options must come back unchanged."""
    out = check.call(dropout_forward, ("out", "cache"), x=x, dropout_param=dropout_param)["out"]
    _check_array(check, x, out)
    return out


def _check_seeds(check, dropout_forward, x):
    """The same seed must give the same mask (0 is a seed too), another seed another one."""
    first, again, other, zero, zero_again = (
        _forward(check, dropout_forward, x, p=0.3, mode="train", seed=seed) for seed in (5, 5, 6, 0, 0))
    check.true((first == again).all(), "two calls with the same seed dropped other numbers", "out",
               "the seed is ignored: draw from np.random.default_rng(seed)")
    check.true((first != other).any(), "the seeds 5 and 6 dropped the same numbers", "out",
               "a fixed seed is used in place of dropout_param['seed']")
    check.true((zero == zero_again).all(), "two calls with seed 0 dropped other numbers", "out",
               "0 counts as no seed: ask `'seed' in dropout_param`, not for its truth")


def _check_array(check, x, out):
    check.true(isinstance(out, np.ndarray), f"out is a {type(out).__name__}, expected an array", "out",
               "return out first, then the cache")
    check.true(out.shape == x.shape, f"out has shape {out.shape}, expected {x.shape}", "out")


def check_mask(check, x, out, p):
    """Fail the Checker `check` unless `out` is dropout of x, a matrix, with probability p of dropping; return it."""
    _check_array(check, x, out)
    kept = out != 0
    share = 1 - kept.mean()
    for axis, name in ((0, "columns"), (1, "rows")):
        whole = 0 < share < 1 and ((~kept).all(axis=axis).any() or kept.all(axis=axis).any())
        check.true(not whole, f"whole {name} of out are dropped or kept together", "out",
                   "the mask has too few numbers: draw one for each number of x, of shape x.shape")
    causes = {1 - p: "p is taken for the probability of keeping: it is the one of dropping", 0: "nothing is dropped",
              1: "everything is dropped"}
    cause = next((text for value, text in causes.items() if abs(share - value) < SLACK), None)
    check.true(abs(share - p) < SLACK, f"a share of {share:.3f} of the numbers in out is zero, expected p = {p}", "out",
               cause)
    nothing = np.zeros_like(x)
    wrong = {"the rescaling is missing: divide what is kept by 1 - p": np.where(kept, x, nothing),
             "divided by p: divide what is kept by 1 - p": np.where(kept, x / p, nothing),
             "multiplied by 1 - p: divide by it": np.where(kept, x * (1 - p), nothing),
             "x is missing: this is the mask": np.where(kept, 1 / (1 - p), nothing),
             "x is missing, and the rescaling": np.where(kept, 1.0, nothing)}
    check.compare({"out": out}, {"out": np.where(kept, x / (1 - p), nothing)}, {"out": wrong},
                  f" in train mode with p = {p} (where it is not zero)")
    return out


def check_dropout_backward(dropout_backward, dropout_forward=layers.dropout_forward):
    """Check that the gradient of `dropout_backward`(dout, cache) passes where numbers passed, scaled alike.

    Which numbers passed is read off the out that `dropout_forward` returned with the same cache.
    """
    check = Checker("dropout_backward")
    x, dout, p = away_from_zero(scattered((20, 30))), away_from_zero(scattered((20, 30), start=70)), 0.3
    for seed in ({}, {"seed": 3}):
        got = check.call(dropout_forward, ("out", "cache"), label="the forward pass",
                         x=x, dropout_param={"p": p, "mode": "train", **seed})
        mask = got["out"] / x  # 0 or 1 / (1 - p)
        mistakes = {
            "the gradient passes everywhere: multiply by the mask of the forward pass": dout,
            "the rescaling 1 / (1 - p) is missing": dout * (mask > 0),
            "the gradient passes where numbers were dropped": dout * (mask == 0),
            "dropped numbers pass, scaled": dout * (mask == 0) / (1 - p),
            "scaled by 1 - p: divide by it": dout * (mask > 0) * (1 - p),
            "scaled twice: the mask already holds 1 / (1 - p)": dout * mask / (1 - p),
            "dropped nothing, but scaled": dout / (1 - p),
            "divided by p: divide by 1 - p": dout * (mask > 0) / p,
            "dout is missing: multiply the mask by dout": mask,
        }
        _twice(check, dropout_backward, dout, got["cache"], dout * mask, mistakes, " in train mode")
    got = check.call(dropout_forward, ("out", "cache"), label="the forward pass",
                     x=x, dropout_param={"p": p, "mode": "test"})
    mistakes = {"the gradient is scaled in test mode, where out = x": dout / (1 - p),
                "the gradient is scaled down in test mode, where out = x": dout * (1 - p)}
    _twice(check, dropout_backward, dout, got["cache"], dout, mistakes, " in test mode")
    small = check.run(dropout_forward, x.astype(np.float32), {"p": p, "mode": "train", "seed": 3})
    got = check.call(dropout_backward, ("dx",), dout=dout.astype(np.float32), cache=small[1])
    check.single(got, {"dx": dout * (small[0] / x)})
    check.passed()


def _twice(check, dropout_backward, dout, cache, expected, mistakes, context):
    """Compare dx of two calls with one cache."""
    got = check.call(dropout_backward, ("dx",), dout=dout, cache=cache)
    check.compare(got, {"dx": expected}, {"dx": mistakes}, context)
    got = check.call(dropout_backward, ("dx",), dout=dout, cache=cache)
    changed = {"the backward pass changed the mask in its cache: work on a copy": got["dx"]}
    check.compare(got, {"dx": expected}, {"dx": changed}, f" in a second call with the same cache{context}")
