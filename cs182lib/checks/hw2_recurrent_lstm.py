"""Checks of sigmoid and of the LSTM: a step and a sequence, forward and backward."""

import numpy as np

from cs182lib import layers
from cs182lib.checks import hw2_sequence_definitions as de
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.hw2_recurrent import STEP_CASES, sequence, weights
from cs182lib.checks.inputs import scattered

STATES = "next_h", "next_c"


def check_sigmoid(sigmoid):
    """Check that `sigmoid`(x) is 1 / (1 + exp(-x)), also where exp overflows."""
    check = Checker("sigmoid")
    for x in (scattered((3, 4), -6, 6), np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])):
        expected = {"out": de.sigmoid(x)}
        mistakes = {"out": {"the sign of x is flipped: 1 / (1 + exp(-x))": 1 - expected["out"],
                            "this is tanh, which lies in (-1, 1)": np.tanh(x),
                            "the sign of x is lost: for x < 0 it is exp(x) / (1 + exp(x))": de.sigmoid(np.abs(x)),
                            "this is sigmoid', the derivative": expected["out"] * (1 - expected["out"]),
                            "the halves are missing: sigmoid(x) = 1/2 + 1/2 tanh(x / 2)": 0.5 + 0.5 * np.tanh(x),
                            "this is the hard sigmoid, made of straight lines": np.clip(x / 4 + 0.5, 0, 1),
                            "this is exp(x) alone": lambda x=x: np.exp(x),
                            "this is ReLU": np.maximum(x, 0)}}
        got = check.call(sigmoid, ("out",), x=x.copy())
        check.double({"out": np.asarray(got["out"])}, expected)
        check.compare(got, expected, mistakes)
        check.single(check.call(sigmoid, ("out",), x=x.astype(np.float32)), expected)
    check.passed()


def _step_inputs(N, D, H, size=1.0):
    return {"x": scattered((N, D), -size, size), "prev_h": scattered((N, H), start=17),
            "prev_c": scattered((N, H), -1.6, 1.5, start=50), **weights(D, H, gates=4)}


def check_lstm_step_forward(lstm_step_forward):
    """Check next_h and next_c of `lstm_step_forward`, for a batch, for one example, and for huge inputs."""
    check = Checker("lstm_step_forward", N=3, D=5, H=4)
    for N, size, context in STEP_CASES:
        check_forward(check, lstm_step_forward, de.lstm_step, _step_mistakes, context, returns=STATES,
                      **_step_inputs(N, 5, 4, size))
    check.passed()


def _step_mistakes(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    i, f, o, g = np.split(a, 4, axis=1)
    sig, tanh = de.sigmoid, np.tanh
    wrong_cells = {
        "the cell is not added to what was there: next_c = f * prev_c + i * g": sig(i) * tanh(g),
        "the forget gate is missing: next_c = f * prev_c + i * g": prev_c + sig(i) * tanh(g),
        "the input gate is missing: next_c = f * prev_c + i * g": sig(f) * prev_c + tanh(g),
        "g is missing: next_c = f * prev_c + i * g": sig(f) * prev_c + sig(i),
        "g has the sigmoid of the gates: its activation is tanh": sig(f) * prev_c + sig(i) * sig(g),
        "the gates have tanh: i, f and o are sigmoids": tanh(f) * prev_c + tanh(i) * tanh(g),
        "the gates are not squashed": f * prev_c + i * g,
        "f multiplies prev_h: it is the cell that is kept": sig(f) * prev_h + sig(i) * tanh(g),
        "next_c is squashed: tanh is for next_h alone": tanh(sig(f) * prev_c + sig(i) * tanh(g)),
    }
    next_c = sig(f) * prev_c + sig(i) * tanh(g)
    table = {"next_h": {
        "tanh is missing: next_h = o * tanh(next_c)": sig(o) * next_c,
        "the old cell is used: next_h = o * tanh(next_c)": sig(o) * tanh(prev_c),
        "the output gate is missing: next_h = o * tanh(next_c)": tanh(next_c),
        "the output gate is not squashed": o * tanh(next_c),
    }, "next_c": {}}
    for cause, cell in wrong_cells.items():
        output = tanh(o) if cause.startswith("the gates have tanh") else o if "not squashed" in cause else sig(o)
        table["next_h"][cause], table["next_c"][cause] = output * tanh(cell), cell
    for order in ("ifgo", "fiog", "figo", "oifg", "gifo", "iofg"):
        cause = f"the gates stand in the order {', '.join(order)}: the columns hold i, f, o, g"
        table["next_h"][cause], table["next_c"][cause] = de.lstm_step(x, prev_h, prev_c, Wx, Wh, b, order)
    for cause, arguments in {"the bias b is not added": (x, prev_h, prev_c, Wx, Wh, 0 * b),
                             "the state is left out: add prev_h Wh": (x, 0 * prev_h, prev_c, Wx, Wh, b),
                             "the input is left out: add x Wx": (0 * x, prev_h, prev_c, Wx, Wh, b),
                             "prev_h and prev_c are swapped": (x, prev_c, prev_h, Wx, Wh, b),
                             "1 is added to the forget gate: its bias is in b": (x, prev_h, prev_c, Wx, Wh, b + (
                                 np.arange(len(b)) // prev_h.shape[1] == 1)),
                             "the gates read the cell: they read prev_h": (
                                 x, prev_h, prev_c, Wx, Wh, b, "ifog", prev_c)}.items():
        table["next_h"][cause], table["next_c"][cause] = de.lstm_step(*arguments)
    return table


def check_lstm_step_backward(lstm_step_backward, lstm_step_forward=layers.lstm_step_forward):
    """Check `lstm_step_backward`: the gradients of everything that went in, for gradients of both next_h and next_c.

    `lstm_step_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("lstm_step_backward", N=4, D=5, H=6)
    check_backward(check, lstm_step_backward, lstm_step_forward, de.lstm_step, _step_backward_mistakes,
                   returns=STATES, **_step_inputs(4, 5, 6))
    check.passed()


def _gates(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    i, f, o, g = de.sigmoid(i), de.sigmoid(f), de.sigmoid(o), np.tanh(g)
    return i, f, o, g, f * prev_c + i * g


def _step_gradients(dnext_h, dnext_c, *arguments, mistake=None):
    """Return the gradients of a step, with the mistake of that name made."""
    x, prev_h, prev_c, Wx, Wh, b = arguments
    i, f, o, g, next_c = _gates(*arguments)
    squashed = np.tanh(next_c)
    dc = {"no dnext_c": 0, None: dnext_c}.get(mistake, dnext_c) + {
        "no way through h": 0, "no tanh'": dnext_h * o, "no o": dnext_h * (1 - squashed**2),
        "1 - c²": dnext_h * o * (1 - next_c**2),
    }.get(mistake, dnext_h * o * (1 - squashed**2))

    def slope(s, gate):
        return 1 if mistake in ("no sigmoid'", f"no sigmoid' of {gate}") else s * (1 - s)

    da = np.concatenate((
        dc * g * slope(i, "i"),
        dc * {"new cell": next_c, "f for f": f}.get(mistake, prev_c) * slope(f, "f"),
        dnext_h * (next_c if mistake == "no tanh in o" else squashed) * slope(o, "o"),
        dc * (g if mistake == "g for g" else i) * {"no g'": 1, "sigmoid' of g": g * (1 - g)}.get(mistake, 1 - g**2)),
        axis=1)
    dprev_c = dc if mistake == "no f" else dnext_c * f if mistake == "c alone" else dc * f
    return {"dx": da @ Wx.T, "dprev_h": da @ Wh.T, "dprev_c": dprev_c, "dWx": x.T @ da, "dWh": prev_h.T @ da,
            "db": da.sum(axis=0)}


MISTAKES = {
    "no dnext_c": "dnext_c is left out: dc = dnext_c + dnext_h * o * (1 - tanh(next_c)**2)",
    "no way through h": "the way through next_h is missing: dc = dnext_c + dnext_h * o * (1 - tanh(next_c)**2)",
    "no tanh'": "tanh' of the cell is missing: dc = dnext_c + dnext_h * o * (1 - tanh(next_c)**2)",
    "no o": "o is missing in dc = dnext_c + dnext_h * o * (1 - tanh(next_c)**2)",
    "no sigmoid'": "the gates' derivative is missing: s * (1 - s) for s = sigmoid(a)",
    **{f"no sigmoid' of {gate}": f"the derivative of the gate {gate} is missing: {gate} * (1 - {gate})"
       for gate in "ifo"},
    "no g'": "the derivative of g = tanh(a) is missing: 1 - g**2",
    "sigmoid' of g": "g has the derivative of a sigmoid: g is a tanh, so 1 - g**2",
    "new cell": "the forget gate's gradient takes the new cell: f multiplied prev_c",
    "no tanh in o": "the output gate's gradient takes next_c: o multiplied tanh(next_c)",
    "1 - c²": "tanh' is 1 - tanh(next_c)**2, of the squashed cell, not 1 - next_c**2",
    "f for f": "the forget gate's gradient takes f itself: f multiplied prev_c",
    "g for g": "g's gradient takes g itself: i multiplied g",
    "no f": "dprev_c is dc: the cell came through the forget gate, so dc * f",
    "c alone": "dprev_c is dnext_c * f: the part through next_h is missing, dc * f",
}


def _step_backward_mistakes(dnext_h, dnext_c, *arguments):
    table = {name: {} for name in ("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db")}
    found = {cause: _step_gradients(dnext_h, dnext_c, *arguments, mistake=key) for key, cause in MISTAKES.items()}
    de.add_mistakes(table, found)
    right = _step_gradients(dnext_h, dnext_c, *arguments)
    H = dnext_h.shape[1]
    torch_order = np.r_[0:2 * H, 3 * H:4 * H, 2 * H:3 * H]
    order = "the gradients of the gates stand in the order i, f, g, o: the columns hold i, f, o, g"
    da = _step_gradients(dnext_h, dnext_c, np.eye(len(dnext_h)), *arguments[1:3], *_folded(*arguments))["dWx"]
    swapped, (x, prev_h, _, Wx, Wh, _) = da[:, torch_order], arguments
    de.add_mistakes(table, {order: {"dx": swapped @ Wx.T, "dprev_h": swapped @ Wh.T, "dWx": x.T @ swapped,
                                    "dWh": prev_h.T @ swapped, "db": swapped.sum(axis=0)}})
    table["dprev_c"]["dprev_c is dnext_c: it came through the forget gate"] = dnext_c
    table["dprev_h"]["dprev_h is dnext_h: the old state reaches the new one through the gates, da @ Wh.T"] = dnext_h
    table["dprev_h"]["dnext_h is added: the old state reaches the new one through the gates alone"] = (
        right["dprev_h"] + dnext_h)
    table["dWh"]["the new state is used: the step read prev_h, so prev_h.T @ da"] = de.lstm_step(*arguments)[0].T @ da
    table["db"]["db is not summed over the batch: da.sum(axis=0)"] = da
    table["db"]["averaged over the batch: add up"] = right["db"] / len(dnext_h)
    return table


def _folded(x, prev_h, prev_c, Wx, Wh, b):
    """Return weights that give the same gates when x is the identity: then dWx is the gradient of the gates."""
    return x @ Wx, Wh, b


def check_lstm_forward(lstm_forward):
    """Check the states (N, T, H) that `lstm_forward` returns from an empty cell; also for one step and one example."""
    check = Checker("lstm_forward", N=2, T=3, D=5, H=4)
    for N, T in ((2, 3), (3, 1), (1, 4)):
        check_forward(check, lstm_forward, de.lstm, _sequence_mistakes, f" for {N} sequences of {T} steps",
                      returns=("h",), **sequence(N, T, 5, 4, gates=4))
    check.passed()


def _unrolled(x, h0, *arguments, cell=None, forget=False, cells=False, read=lambda h0, h, c: h):
    h, c, found = h0, np.zeros_like(h0) if cell is None else cell, []
    for t in range(x.shape[1]):
        h, c = de.lstm_step(x[:, t], read(h0, h, c) if t else h0, 0 * c if forget else c, *arguments)
        found.append(c if cells else h)
    return np.stack(found, axis=1)


def _sequence_mistakes(x, h0, *arguments):
    return {
        "the cells are returned: h holds the hidden states": _unrolled(x, h0, *arguments, cells=True),
        "the cell begins at h0: it begins empty, at zero": _unrolled(x, h0, *arguments, cell=h0),
        "the cell begins at one: it begins empty, at zero": _unrolled(x, h0, *arguments, cell=np.ones_like(h0)),
        "the cell is empty at every step: hand next_c on": _unrolled(x, h0, *arguments, forget=True),
        "every step reads h0: hand next_h on too": _unrolled(x, h0, *arguments, read=lambda h0, h, c: h0),
        "the cell is handed on as the state: next_h, next_c in this order": _unrolled(
            x, h0, *arguments, read=lambda h0, h, c: c),
        **de.sequence_mistakes(de.lstm)(x, h0, *arguments),
    }


def check_lstm_backward(lstm_backward, lstm_forward=layers.lstm_forward):
    """Check dx, dh0 and, summed over the steps, dWx, dWh and db of `lstm_backward` against numeric gradients.

    `lstm_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("lstm_backward", N=2, T=5, D=3, H=4)
    for N, T in ((2, 5), (3, 1), (1, 4)):
        check_backward(check, lstm_backward, lstm_forward, de.lstm, _backward_mistakes,
                       f" for {N} sequences of {T} steps", returns=("h",), **sequence(N, T, 3, 4, gates=4))
    check.passed()


def _backward_mistakes(dh, x, h0, *arguments):
    h, c = _unrolled(x, h0, *arguments), _unrolled(x, h0, *arguments, cells=True)
    prev_h = np.concatenate((h0[:, None], h[:, :-1]), axis=1)  # what each step read
    prev_c = np.concatenate((0 * h0[:, None], c[:, :-1]), axis=1)

    def gradients(mistake=None, cell=True):
        """Return the gradients of one step, as `gradient_mistakes` wants them, with these parts in place."""
        def step(t, dh_t, dc):
            dx, dprev_h, dprev_c, *rest = _step_gradients(dh_t, dc * cell, x[:, t], prev_h[:, t], prev_c[:, t],
                                                          *arguments, mistake=mistake).values()
            return dx, (dprev_h, dprev_c), *rest

        return step

    table = de.gradient_mistakes(gradients(), dh, states=2)
    table["dh0"]["this is the gradient of the cell c0: return that of h0"] = _cell_gradient(gradients(), dh)
    dropped = "the cell's gradient is dropped between the steps: hand dprev_c back too"
    de.add_mistakes(table, {dropped: de.bptt_gradients(gradients(cell=False), dh, 2)})
    de.add_mistakes(table, {cause: de.bptt_gradients(gradients(key), dh, 2) for key, cause in MISTAKES.items()})
    return table


def _cell_gradient(step_gradients, dh):
    carried = np.zeros_like(dh[:, 0]), np.zeros_like(dh[:, 0])
    for t in reversed(range(dh.shape[1])):
        _, carried, *_ = step_gradients(t, dh[:, t] + carried[0], carried[1])
    return carried[1]
