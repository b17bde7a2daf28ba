"""The definitions of recurrent layers and of backpropagation through time, and what known mistakes make of them.

Slow and plain on purpose, written from the formulas, one example or one step after the other.
"""

import numpy as np


def sigmoid(x):
    """Return 1 / (1 + exp(-x)) of each number of x, in the shape of x, by tanh, which does not overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def rnn_step(x, prev_h, Wx, Wh, b):
    """Return tanh(x Wx + prev_h Wh + b), (N, H); x is (N, D), prev_h (N, H), Wx (D, H), Wh (H, H) and b (H,)."""
    return np.tanh(x @ Wx + prev_h @ Wh + b)


def lstm_step(x, prev_h, prev_c, Wx, Wh, b, order="ifog", read=None):
    """Return (next_h, next_c), (N, H) each; order and read are what mistakes change.

    Parameters
    ----------
    x : (N, D) floats
    prev_h, prev_c : (N, H) floats
    Wx, Wh, b : (D, 4H), (H, 4H) and (4H,) floats
    order : the gates as their columns stand
    read : (N, H) floats, what the gates read in the place of prev_h, or None
    """
    a = x @ Wx + (prev_h if read is None else read) @ Wh + b
    H = prev_h.shape[1]
    part = {gate: a[:, k * H:(k + 1) * H] for k, gate in enumerate(order)}
    next_c = sigmoid(part["f"]) * prev_c + sigmoid(part["i"]) * np.tanh(part["g"])
    return sigmoid(part["o"]) * np.tanh(next_c), next_c


def gru_step(x, prev_h, Wx, Wh, b, order="rzn"):
    """Return next_h (N, H) for x (N, D) and prev_h (N, H); Wx, Wh and b are (D, 3H), (H, 3H) and (3H,).

    order says in which columns the gates stand; another than "rzn" is a mistake.
    """
    (a, m), H = (x @ Wx + b, prev_h @ Wh), prev_h.shape[1]
    places = {gate: slice(k * H, (k + 1) * H) for k, gate in enumerate(order)}
    r, z = (sigmoid(a[:, places[gate]] + m[:, places[gate]]) for gate in "rz")
    return z * prev_h + (1 - z) * np.tanh(a[:, places["n"]] + r * m[:, places["n"]])


def rnn(x, h0, Wx, Wh, b, step=rnn_step):
    """Return the states (N, T, H) after each step.

    Parameters
    ----------
    x : (N, T, D) floats
    h0 : (N, H) floats, the state that the first step reads
    Wx, Wh, b : the weights of the step
    step : (x, prev_h, Wx, Wh, b) -> next_h, `rnn_step` or `gru_step`
    """
    h, found = h0, []
    for t in range(x.shape[1]):
        h = step(x[:, t], h, Wx, Wh, b)
        found.append(h)
    return np.stack(found, axis=1)


def gru(x, h0, Wx, Wh, b):
    """Return the states (N, T, H) after each step; x and h0 are as for `rnn`, Wx, Wh and b as for `gru_step`."""
    return rnn(x, h0, Wx, Wh, b, gru_step)


def lstm(x, h0, Wx, Wh, b):
    """Return the hidden states (N, T, H) after each step, the cell empty at first.

    x and h0 are as for `rnn`, Wx, Wh and b as for `lstm_step`.
    """
    h, c, found = h0, np.zeros_like(h0), []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, Wx, Wh, b)
        found.append(h)
    return np.stack(found, axis=1)


def sequence_mistakes(sequence):
    """Return a function (x, h0, Wx, Wh, b) -> cause -> wrong states; sequence is `rnn`, `lstm` or `gru`."""
    def mistakes(x, h0, *weights):
        """Return cause -> wrong states."""
        h = sequence(x, h0, *weights)

        def each_from_h0():
            return np.concatenate([sequence(x[:, t:t + 1], h0, *weights) for t in range(x.shape[1])], axis=1)

        return {
            "the states begin with h0: h holds what comes after each step": lambda: np.concatenate(
                (h0[:, None], h[:, :-1]), axis=1),
            "h0 is among the states: h holds T states, what comes after each step": lambda: np.concatenate(
                (h0[:, None], h), axis=1),
            "every step begins at h0 again: hand the new state on": each_from_h0,
            "h0 is ignored: the first step begins there, not at zero": lambda: sequence(x, 0 * h0, *weights),
            "the steps run backwards in time": lambda: sequence(x[:, ::-1], h0, *weights)[:, ::-1],
            "the first step is left out: range(T)": lambda: np.concatenate(
                (0 * h[:, :1], sequence(x[:, 1:], h0, *weights)), axis=1) if x.shape[1] > 1 else 0 * h,
            "every step reads x[:, 0]: read x[:, t]": lambda: sequence(
                np.repeat(x[:, :1], x.shape[1], 1), h0, *weights),
            "the last state stands at every step: store each one": lambda: np.repeat(h[:, -1:], x.shape[1], 1),
            "only the last state is returned: return all of them": h[:, -1],
        }

    return mistakes


def bptt(step_gradients, dh, states, carry=True, times=None, pile=False):
    """Backpropagate through time: return dx, dh0 and, as lists with one entry for each step, dWx, dWh and db.

    Parameters
    ----------
    step_gradients : (t, dh_t, ...) -> dx, the gradients of the carried states (a tuple), dWx, dWh, db
    dh : (N, T, H) floats, the gradient of the states after each step
    states : number of carried states: 1 (h) or 2 (h and c)
    carry : False forgets what comes back from the next step
    times : the order of the steps; by default backwards, as it must be
    pile : True adds up what comes back from all later steps
    """
    N, T, H = dh.shape
    dx, sums = [None] * T, ([], [], [])
    carried = (np.zeros((N, H)),) * states
    for t in times or reversed(range(T)):
        before = carried
        dx[t], carried, *gradients = step_gradients(t, dh[:, t] + carry * carried[0], *carried[1:])
        carried = tuple(old + new for old, new in zip(before, carried)) if pile else carried
        for found, gradient in zip(sums, gradients):
            found.append(gradient)
    return np.stack(dx, axis=1), carried[0], *sums


def bptt_gradients(*arguments, **options):
    """Return what `bptt` gives for these arguments and options by name, the weights' gradients added up."""
    found = bptt(*arguments, **options)
    return {name: sum(g) if isinstance(g, list) else g for name, g in zip(("dx", "dh0", "dWx", "dWh", "db"), found)}


def gradient_mistakes(step_gradients, dh, states):
    """Return {gradient's name: {cause: wrong array}} for backpropagation through time done wrong.

    step_gradients, dh (N, T, H) and states are as for `bptt`.
    """
    last = np.zeros_like(dh)
    last[:, -1] = dh[:, -1]
    dx, dh0, *sums = bptt(step_gradients, dh, states)
    table = {name: {} for name in ("dx", "dh0", "dWx", "dWh", "db")}
    add_mistakes(table, {
        "what comes back from the next step is dropped: dh_t = dh[:, t] + dprev_h":
            bptt_gradients(step_gradients, dh, states, carry=False),
        "only the last step's dh is used: every state has one of its own, dh[:, t]":
            bptt_gradients(step_gradients, last, states),
        "the loop runs forwards: begin at the last step":
            bptt_gradients(step_gradients, dh, states, times=range(dh.shape[1])),
        "what comes back piles up: each step hands back one dprev_h, and it takes the place of the one before":
            bptt_gradients(step_gradients, dh, states, pile=True),
        "every step uses the first step's cache: cache[t]":
            bptt_gradients(lambda t, *gradients: step_gradients(0, *gradients), dh, states),
        "every step uses the last step's cache: cache[t]":
            bptt_gradients(lambda t, *gradients: step_gradients(dh.shape[1] - 1, *gradients), dh, states),
    })
    for name, steps in zip(("dWx", "dWh", "db"), sums):
        table[name].update({
            "the gradient of the first step alone: all steps share the weights, so add up": steps[-1],
            "the gradient of the last step alone: all steps share the weights, so add up": steps[0],
            "averaged over the steps: add up": sum(steps) / len(steps),
        })
    table["dh0"].update({"dh0 is zero: it is what the first step hands back": 0 * dh[:, 0],
                         "dh0 is dh[:, 0]: it is what the first step hands back": dh[:, 0],
                         "dh[:, 0] is that of the state after the first step: dh0 is what the step hands back alone":
                             dh0 + dh[:, 0]})
    table["dx"]["the steps of dx are in reverse order: store each at its t"] = dx[:, ::-1]
    return table


def add_mistakes(table, found):
    """Add `found`, {cause: {gradient's name: wrong array}}, to `table`, {gradient's name: {cause: wrong array}}."""
    for cause, gradients in found.items():
        for name, wrong in gradients.items():
            table[name][cause] = wrong
