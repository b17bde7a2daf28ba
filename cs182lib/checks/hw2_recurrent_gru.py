"""Checks of the GRU: a step and a sequence, forward and backward."""

import numpy as np

from cs182lib import layers
from cs182lib.checks import hw2_sequence_definitions as de
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.hw2_recurrent import STEP_CASES, sequence, weights
from cs182lib.checks.inputs import scattered

START = 5  # of x: with it no gate is near the middle for huge inputs, where float32 would lose its digits


def _step_inputs(N, D, H, size=1.0):
    return {"x": scattered((N, D), -size, size, start=START), "prev_h": scattered((N, H), start=17),
            **weights(D, H, gates=3)}


def check_gru_step_forward(gru_step_forward):
    """Check next_h of `gru_step_forward`, for a batch, for one example, and for huge inputs."""
    check = Checker("gru_step_forward", N=3, D=5, H=4)
    for N, size, context in STEP_CASES:
        check_forward(check, gru_step_forward, de.gru_step, _step_mistakes, context, returns=("next_h",),
                      **_step_inputs(N, 5, 4, size))
    check.passed()


def _parts(x, prev_h, Wx, Wh, b):
    """Return what the gates r, z and n get from the input, and what they get from the state."""
    return np.split(x @ Wx + b, 3, axis=1), np.split(prev_h @ Wh, 3, axis=1)


def _step_mistakes(x, prev_h, Wx, Wh, b):
    (a_r, a_z, a_n), (m_r, m_z, m_n) = _parts(x, prev_h, Wx, Wh, b)
    r, z = de.sigmoid(a_r + m_r), de.sigmoid(a_z + m_z)
    n, Wh_n = np.tanh(a_n + r * m_n), Wh[:, 2 * prev_h.shape[1]:]
    return {
        "z and 1 - z have each other's place: next_h = (1 - z) n + z prev_h": z * n + (1 - z) * prev_h,
        "the reset gate multiplies prev_h before the product, as in the paper: here it multiplies prev_h Wh_n":
            (1 - z) * np.tanh(a_n + (r * prev_h) @ Wh_n) + z * prev_h,
        "the reset gate is missing: n = tanh(a_n + r m_n)": (1 - z) * np.tanh(a_n + m_n) + z * prev_h,
        "r multiplies the input too: n = tanh(a_n + r m_n)": (1 - z) * np.tanh(r * (a_n + m_n)) + z * prev_h,
        "the update gate is missing: next_h = (1 - z) n + z prev_h": n,
        "the old state is not kept: next_h = (1 - z) n + z prev_h": (1 - z) * n,
        "n is not weighed by 1 - z: next_h = (1 - z) n + z prev_h": n + z * prev_h,
        "tanh is missing: n = tanh(a_n + r m_n)": (1 - z) * (a_n + r * m_n) + z * prev_h,
        "n has the sigmoid of the gates: its activation is tanh":
            (1 - z) * de.sigmoid(a_n + r * m_n) + z * prev_h,
        "the gates have tanh: r and z are sigmoids": (1 - np.tanh(a_z + m_z)) * np.tanh(
            a_n + np.tanh(a_r + m_r) * m_n) + np.tanh(a_z + m_z) * prev_h,
        "next_h is squashed: tanh is for n alone": np.tanh((1 - z) * n + z * prev_h),
        "the bias b is not added": de.gru_step(x, prev_h, Wx, Wh, 0 * b),
        "the bias b is added to prev_h Wh too: once, to x Wx": (lambda r, z: (1 - z) * np.tanh(
            a_n + r * (m_n + b[-n.shape[1]:])) + z * prev_h)(*(de.sigmoid(a + m + part) for a, m, part in zip(
                (a_r, a_z), (m_r, m_z), np.split(b, 3)))),
        "the bias of n is inside the reset gate: it belongs to x Wx": (1 - z) * np.tanh(
            a_n - b[-n.shape[1]:] + r * (m_n + b[-n.shape[1]:])) + z * prev_h,
        "the input is left out: add x Wx": de.gru_step(0 * x, prev_h, Wx, Wh, b),
        "the state is left out of the gates: add prev_h Wh": de.gru_step(x, prev_h, Wx, 0 * Wh, b),
        **{f"the gates stand in the order {', '.join(order)}: the columns hold r, z, n":
           de.gru_step(x, prev_h, Wx, Wh, b, order) for order in ("zrn", "rnz", "nzr", "znr", "nrz")},
    }


def check_gru_step_backward(gru_step_backward, gru_step_forward=layers.gru_step_forward):
    """Check dx, dprev_h, dWx, dWh and db of `gru_step_backward` against numeric gradients.

    `gru_step_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("gru_step_backward", N=4, D=5, H=6)
    check_backward(check, gru_step_backward, gru_step_forward, de.gru_step, _step_backward_mistakes,
                   returns=("next_h",), **_step_inputs(4, 5, 6))
    check.passed()


MISTAKES = {
    "no 1 - z": "1 - z is missing: n is weighed by it, da_n = dnext_h (1 - z)(1 - n²)",
    "z for 1 - z": "n is weighed by 1 - z, not by z: da_n = dnext_h (1 - z)(1 - n²)",
    "no tanh'": "tanh' is missing: da_n = dnext_h (1 - z)(1 - n²)",
    "no sigmoid'": "the gates' derivative is missing: s (1 - s) for s = sigmoid(a)",
    **{f"no sigmoid' of {gate}": f"the derivative of the gate {gate} is missing: {gate} (1 - {gate})" for gate in "zr"},
    "z before r": "the gradients of the gates stand in the order z, r, n: the columns hold r, z, n",
    "n forgotten in z": "z weighs prev_h and takes from n: da_z = dnext_h (prev_h - n) z (1 - z)",
    "sign of z": "the sign of da_z is flipped: da_z = dnext_h (prev_h - n) z (1 - z)",
    "prev_h in r": "r multiplied m_n = prev_h Wh_n, not prev_h: da_r = da_n m_n r (1 - r)",
    "no da_n in r": "the reset gate lies behind n: da_r = da_n m_n r (1 - r)",
    "r twice": "da_r is made of da_n, not of dm_n: da_r = da_n m_n r (1 - r)",
    "no r": "the state reaches n through r: dm_n = da_n r",
    "r for the input": "r multiplies the part of the state alone, not that of the input: dx = da Wxᵀ with da_n",
    "no direct way": "next_h holds z prev_h too: dprev_h = dnext_h z + dm Whᵀ",
    "direct way alone": "prev_h goes through the gates too: dprev_h = dnext_h z + dm Whᵀ",
    "1 - z for z": "the old state is weighed by z, not by 1 - z: dprev_h = dnext_h z + dm Whᵀ",
    "direct way without z": "the old state is weighed by z: dprev_h = dnext_h z + dm Whᵀ",
}


def _step_gradients(dnext_h, x, prev_h, Wx, Wh, b, mistake=None):
    """Return the gradients of a step, with the mistake of that name made."""
    (a_r, a_z, a_n), (m_r, m_z, m_n) = _parts(x, prev_h, Wx, Wh, b)
    r, z = de.sigmoid(a_r + m_r), de.sigmoid(a_z + m_z)
    n = np.tanh(a_n + r * m_n)

    def slope(s, gate):
        return 1 if mistake in ("no sigmoid'", f"no sigmoid' of {gate}") else s * (1 - s)

    da_n = dnext_h * {"no 1 - z": 1, "z for 1 - z": z}.get(mistake, 1 - z)
    da_n = da_n * (1 if mistake == "no tanh'" else 1 - n**2)
    da_z = dnext_h * {"n forgotten in z": prev_h, "sign of z": n - prev_h}.get(mistake, prev_h - n) * slope(z, "z")
    behind = dnext_h if mistake == "no da_n in r" else da_n
    da_r = behind * {"prev_h in r": prev_h, "r twice": r * m_n}.get(mistake, m_n) * slope(r, "r")
    dm = np.concatenate((da_r, da_z, da_n * (1 if mistake == "no r" else r)), axis=1)
    da = dm if mistake == "r for the input" else np.concatenate((da_r, da_z, da_n), axis=1)
    if mistake == "z before r":
        da, dm = (np.concatenate((da_z, da_r, part[:, 2 * r.shape[1]:]), axis=1) for part in (da, dm))
    direct = {"no direct way": 0, "direct way without z": dnext_h, "1 - z for z": dnext_h * (1 - z)}.get(
        mistake, dnext_h * z)
    dprev_h = direct + (0 if mistake == "direct way alone" else dm @ Wh.T)
    return {"dx": da @ Wx.T, "dprev_h": dprev_h, "dWx": x.T @ da, "dWh": prev_h.T @ dm, "db": da.sum(axis=0)}


def _step_backward_mistakes(dnext_h, *arguments):
    table = {name: {} for name in ("dx", "dprev_h", "dWx", "dWh", "db")}
    de.add_mistakes(table, {cause: _step_gradients(dnext_h, *arguments, mistake=key)
                            for key, cause in MISTAKES.items()})
    right = _step_gradients(dnext_h, *arguments)
    behind = _step_gradients(dnext_h, *arguments, mistake="r for the input")["db"]
    table["db"] = {"db belongs to x Wx + b, before r: da.sum(axis=0), not that of dm": behind, **table["db"],
                   "averaged over the batch: add up": right["db"] / len(dnext_h)}
    table["dWh"]["dWh belongs to prev_h Wh, behind r: prev_h.T @ dm, not prev_h.T @ da"] = _step_gradients(
        dnext_h, *arguments, mistake="no r")["dWh"]
    return table


def check_gru_forward(gru_forward):
    """Check the states (N, T, H) that `gru_forward` returns, one after each step; also for one step and one example."""
    check = Checker("gru_forward", N=2, T=3, D=5, H=4)
    for N, T in ((2, 3), (3, 1), (1, 4)):
        check_forward(check, gru_forward, de.gru, de.sequence_mistakes(de.gru), f" for {N} sequences of {T} steps",
                      returns=("h",), **sequence(N, T, 5, 4, gates=3))
    check.passed()


def check_gru_backward(gru_backward, gru_forward=layers.gru_forward):
    """Check dx, dh0 and, summed over the steps, dWx, dWh and db of `gru_backward` against numeric gradients.

    `gru_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("gru_backward", N=2, T=5, D=3, H=4)
    for N, T in ((2, 5), (3, 1), (1, 4)):
        check_backward(check, gru_backward, gru_forward, de.gru, _backward_mistakes,
                       f" for {N} sequences of {T} steps", returns=("h",), **sequence(N, T, 3, 4, gates=3))
    check.passed()


def _backward_mistakes(dh, x, h0, *arguments):
    h = de.gru(x, h0, *arguments)
    before = np.concatenate((h0[:, None], h[:, :-1]), axis=1)  # the state that each step read

    def gradients(mistake=None):
        """Return the gradients of one step, as `gradient_mistakes` wants them, with that mistake made."""
        def step(t, dh_t):
            dx, dprev_h, *rest = _step_gradients(dh_t, x[:, t], before[:, t], *arguments, mistake=mistake).values()
            return dx, (dprev_h,), *rest

        return step

    table = de.gradient_mistakes(gradients(), dh, states=1)
    de.add_mistakes(table, {cause: de.bptt_gradients(gradients(key), dh, 1) for key, cause in MISTAKES.items()})
    return table
