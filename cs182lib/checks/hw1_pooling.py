"""Checks of max pooling: windows that touch, overlap and leave gaps, and what happens at ties."""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.definitions import max_pool, windows
from cs182lib.checks.inputs import scattered

CASES = (  # x (N, C, H, W), height and width of the window, stride
    ((2, 3, 4, 8), 2, 2, 2),
    ((2, 3, 6, 7), 2, 3, 2),
    ((1, 2, 5, 4), 3, 2, 1),
    ((1, 2, 5, 8), 2, 2, 3),
)


def _case(shape, height, width, stride):
    return {"x": scattered(shape, -1.5, 0.5),
            "pool_param": {"pool_height": height, "pool_width": width, "stride": stride}}


def _context(case):
    param = case["pool_param"]
    return f" for windows {param['pool_height']}x{param['pool_width']}, stride {param['stride']}"


def check_max_pool_forward_naive(max_pool_forward_naive):
    """Check that `max_pool_forward_naive`(x, pool_param) takes the largest number of every window.

    Some windows hold negative numbers alone.
    """
    check = Checker("max_pool_forward_naive")
    for case in (_case(*sizes) for sizes in CASES):
        check_forward(check, max_pool_forward_naive, max_pool, _pool_mistakes, _context(case), **case)
    check.passed()


def _over_windows(reduce, x, HH, WW, stride):
    """Return reduce(window (N, C, HH, WW)) -> (N, C) of every window, as (N, C, H', W')."""
    places = {(i, j): reduce(window) for i, j, window in windows(x, HH, WW, stride)}
    rows = 1 + max(i for i, _ in places), 1 + max(j for _, j in places)
    return np.array([[places[i, j] for j in range(rows[1])] for i in range(rows[0])]).transpose(2, 3, 0, 1)


def _pool_mistakes(x, pool_param):
    HH, WW, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    right = max_pool(x, pool_param)
    return {
        "the smallest number of each window": lambda: -max_pool(-x, pool_param),
        "the average of each window: take the largest": lambda: _over_windows(
            lambda window: window.mean(axis=(2, 3)), x, HH, WW, stride),
        "the sum of each window: take the largest": lambda: _over_windows(
            lambda window: window.sum(axis=(2, 3)), x, HH, WW, stride),
        "the maximum starts at 0: start below every number, or at the first": np.maximum(right, 0),
        "the largest absolute value is taken: the sign counts": lambda: max_pool(np.abs(x), pool_param),
        "the first number of each window is taken": lambda: _over_windows(
            lambda window: window[:, :, 0, 0], x, HH, WW, stride),
        "examples and channels share a maximum: take it over axis=(2, 3) of the window": np.broadcast_to(
            right.max(axis=(0, 1), keepdims=True), right.shape),
        "the channels share a maximum: each has its own": np.broadcast_to(
            right.max(axis=1, keepdims=True), right.shape),
        "the examples share a maximum: each has its own": np.broadcast_to(
            right.max(axis=0, keepdims=True), right.shape),
        "stride is ignored: the window moves by 1": lambda: max_pool(x, {**pool_param, "stride": 1}),
        "stride is ignored: the window moves by its own height": lambda: max_pool(x, {**pool_param, "stride": HH}),
        "height and width of the window are swapped": lambda: max_pool(
            x, {"pool_height": WW, "pool_width": HH, "stride": stride}),
        "the stride sets the size of out, but the windows move by 1": lambda: max_pool(
            x, {**pool_param, "stride": 1})[:, :, :right.shape[2], :right.shape[3]],
    }


def check_max_pool_backward_naive(max_pool_backward_naive, max_pool_forward_naive=layers.max_pool_forward_naive):
    """Check dx of `max_pool_backward_naive`(dout, cache) against the numeric gradient, and at ties.

    There every output's gradient must be handed on once. The cache is that of `max_pool_forward_naive`.
    """
    check = Checker("max_pool_backward_naive")
    for case in (_case(*sizes) for sizes in CASES):
        check_backward(check, max_pool_backward_naive, max_pool_forward_naive, max_pool, _pool_backward_mistakes,
                       _context(case), **case)
    _check_ties(check, max_pool_backward_naive, max_pool_forward_naive)
    check.passed()


def _pool_backward_mistakes(dout, x, pool_param):
    return {"dx": {
        "windows overlap: add to dx with +=, do not overwrite": lambda: _pool_gradient(dout, x, pool_param, add=False),
        "dout is missing: every largest number gets 1": lambda: _pool_gradient(np.ones_like(dout), x, pool_param),
        "the whole window gets the gradient: the largest number alone gets it": lambda: _pool_gradient(
            dout, x, pool_param, lambda window: np.ones_like(window)),
        "the gradient is shared by the whole window, as for the average": lambda: _pool_gradient(
            dout, x, pool_param, lambda window: np.ones_like(window) / window[0, 0].size),
        "the smallest number gets the gradient": lambda: _pool_gradient(
            dout, x, pool_param, lambda window: window == window.min(axis=(2, 3), keepdims=True)),
        "the first number of each window gets the gradient": lambda: _pool_gradient(
            dout, x, pool_param, lambda window: np.arange(window[0, 0].size).reshape(window.shape[2:]) == 0),
        "dout is multiplied by the largest number: by 1": lambda: _pool_gradient(
            dout, x, pool_param, lambda window: window * (window == window.max(axis=(2, 3), keepdims=True))),
        "the channels share a maximum: each has its own": lambda: _pool_gradient(
            dout, x, pool_param, lambda window: window == window.max(axis=(1, 2, 3), keepdims=True)),
        "stride is ignored: the windows move by 1": lambda: _pool_gradient(dout, x, {**pool_param, "stride": 1}),
    }}


def _largest(window):
    return window == window.max(axis=(2, 3), keepdims=True)


def _pool_gradient(dout, x, pool_param, share=_largest, add=True):
    """Return dx when each number of a window gets the part `share(window)`; add=False overwrites."""
    HH, WW, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    dx = np.zeros_like(x)
    for i, j, window in windows(x, HH, WW, stride):
        if i < dout.shape[2] and j < dout.shape[3]:
            at = np.s_[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
            part = share(window) * dout[:, :, i, j, None, None]
            dx[at] = part + dx[at] if add else np.where(part != 0, part, dx[at])
    return dx


def _check_ties(check, backward, forward):
    """Where numbers of a window are equal, any split is a right one that sums to the gradient and leaves others 0."""
    x = np.array([[1.0, 1.0, 0.0, 5.0], [1.0, 0.0, 0.0, 5.0]]).reshape(1, 1, 2, 4)
    param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    dout = np.array([3.0, 7.0]).reshape(1, 1, 1, 2)
    cache = check.run(forward, x.copy(), param, label="the forward pass")[1]
    dx = check.call(backward, ("dx",), dout=dout, cache=cache)["dx"]
    sums = dx.reshape(1, 1, 2, 2, 2).sum(axis=(2, 4)).reshape(dout.shape)  # (.., row, window, column) -> per window
    full = {"ties: every one of the equal numbers gets the whole gradient; give it to one, or split it": np.array(
        [9.0, 14.0]).reshape(dout.shape)}
    check.compare({"dx": sums}, {"dx": dout}, {"dx": full}, " where numbers of a window are equal (sum of each window)")
    check.true((dx[x == 0] == 0).all(), "dx is not 0 at a number that is not the largest of its window", "dx")
