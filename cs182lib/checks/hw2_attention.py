"""Checks of additive attention over a feature map, forward and backward."""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.hw2_sequence_definitions import add_mistakes, sigmoid
from cs182lib.checks.inputs import scattered

CASES = (3, 4, 1.0, ""), (1, 2, 1.0, ""), (2, 1, 1.0, " for a map of one place"), (2, 5, 3e3, " for huge scores")


def attention(query, A, Wq, Wa, v):
    """Return the context (N, D) and the weights (N, L): one picture and one place after the other.

    Parameters
    ----------
    query : (N, H) floats, what each picture is asked
    A : (N, L, D) floats, a map of L places with D features each
    Wq, Wa, v : (H, K), (D, K) and (K,) floats; the score of a place is tanh(query Wq + A Wa) v
    """
    scores = np.array([[np.tanh(q @ Wq + place @ Wa) @ v for place in places] for q, places in zip(query, A)])
    weights = _softmax(scores)
    return np.array([sum(w * place for w, place in zip(row, places)) for row, places in zip(weights, A)]), weights


def context(*arguments):
    """Return the context (N, D) alone; `arguments` are those of `attention`, in its order."""
    return attention(*arguments)[0]


def _softmax(scores, axis=1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _inputs(N, L, H, D, K, size=1.0):
    return {"query": scattered((N, H)), "A": scattered((N, L, D), -1.5, 1.2, start=21),
            "Wq": scattered((H, K), -0.8, 0.9, start=5), "Wa": scattered((D, K), -0.9, 0.7, start=60),
            "v": size * scattered((K,), -1.6, 1.8, start=3)}


def check_additive_attention_forward(additive_attention_forward):
    """Check the context and the weights that `additive_attention_forward` returns.

    The cases are a batch, one picture, a map of one place, and scores whose exp overflows.
    """
    check = Checker("additive_attention_forward", N=3, L=4, H=6, D=5, K=7)
    for N, L, size, where in CASES:
        check_forward(check, additive_attention_forward, attention, _mistakes, where, returns=("context", "weights"),
                      **_inputs(N, L, 6, 5, 7, size))
    check.passed()


def _mistakes(query, A, Wq, Wa, v):
    a = (query @ Wq)[:, None] + A @ Wa  # (N, 1, K) + (N, L, K)
    scores = np.tanh(a) @ v
    e = np.exp(scores)
    wrong = {
        "tanh is missing: u = tanh(query Wq + A Wa)": _softmax(a @ v),
        "sigmoid in the place of tanh": _softmax(sigmoid(a) @ v),
        "v is left out: the score of a place is u v": _softmax(np.tanh(a).sum(axis=2)),
        "the query is left out: every picture needs its own question": _softmax(np.tanh(A @ Wa) @ v),
        "the map is left out of the scores: all places weigh the same": np.full(scores.shape, 1 / scores.shape[1]),
        "softmax runs over the batch: each row of weights sums to 1": _softmax(scores, axis=0),
        "softmax is missing: weights = softmax(scores)": scores,
        "the weights are not divided by their sum": e,
        "divided by the sum over the whole batch: each row of weights sums to 1": np.exp(
            scores - scores.max(axis=1, keepdims=True)) / np.exp(scores - scores.max(axis=1, keepdims=True)).sum(),
        "the weights are not divided by their sum, so that the best has 1": np.exp(
            scores - scores.max(axis=1, keepdims=True)),
        "the scores are divided by their sum as they are: take exp first": scores / scores.sum(axis=1, keepdims=True),
        "sigmoid of the scores: softmax over the places": sigmoid(scores),
        "the scores are divided by √K: that is another kind of attention": _softmax(scores / np.sqrt(len(v))),
        "only the best place is looked at: softmax, not argmax": np.eye(scores.shape[1])[scores.argmax(axis=1)],
        "the sign of the scores is flipped": _softmax(-scores),
    }
    weights = _softmax(scores)
    contexts = {cause: np.einsum("nl,nld->nd", wrong[cause], A) for cause in wrong} | {
        "the places are averaged without weights": A.mean(axis=1),
        "the places are not added up: context = Σ_l weights_l A_l": weights[:, :, None] * A,
        "divided by the number of places: the weights sum to 1 already": np.einsum(
            "nl,nld->nd", weights, A) / A.shape[1],
        "A Wa is averaged: average A itself": np.einsum("nl,nlk->nk", weights, A @ Wa),
    }
    return {"context": contexts, "weights": wrong}


def check_additive_attention_backward(additive_attention_backward,
                                      additive_attention_forward=layers.additive_attention_forward):
    """Check dquery, dA, dWq, dWa and dv of `additive_attention_backward` against numeric gradients of the context.

    `additive_attention_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("additive_attention_backward", N=3, L=4, H=6, D=5, K=2)
    for N, L, where in ((3, 4, ""), (1, 3, " for one picture"), (2, 1, " for a map of one place")):
        check_backward(check, additive_attention_backward, lambda *a: additive_attention_forward(*a)[::2], context,
                       _backward_mistakes, where, returns=("context",), **_inputs(N, L, 6, 5, 2))
    check.passed()


MISTAKES = {
    "no softmax'": "softmax' is missing: dscores = weights (dweights - Σ_l weights dweights)",
    "no sum in softmax'": "the sum in softmax' is missing: dscores = weights (dweights - Σ_l weights dweights)",
    "diagonal of softmax'": "only the diagonal of softmax' counts: dscores = weights (dweights - Σ_l weights dweights)",
    "plain sum": "the sum in softmax' is weighed: dscores = weights (dweights - Σ_l weights dweights)",
    "plain mean": "the mean in softmax' is weighed: dscores = weights (dweights - Σ_l weights dweights)",
    "dsum": "each place has its own da: dA = weights dcontext + da Waᵀ, with da before it is added up",
    "batch in softmax'": "softmax' sums over the batch: sum over the places, dscores = weights (dweights - Σ_l ...)",
    "no tanh'": "tanh' is missing: da = dscores v (1 - u²)",
    "no v": "v is missing: da = dscores v (1 - u²)",
    "keys alone": "A is averaged too, not only scored: dA = weights dcontext + da Waᵀ",
    "values alone": "A is scored too, not only averaged: dA = weights dcontext + da Waᵀ",
    "mean over places": "averaged over the places: the query is asked at every place, so add up",
    "first place": "only the first place counts: the query is asked at every place, so add up",
    "places first": "A and da are added up over the places before they are multiplied: add up the products",
}


def _gradients(dcontext, query, A, Wq, Wa, v, mistake=None):
    """Return the gradients, with the mistake of that name made."""
    u = np.tanh((query @ Wq)[:, None] + A @ Wa)  # (N, L, K)
    weights, dweights = _softmax(u @ v), np.einsum("nld,nd->nl", A, dcontext)
    axis = 0 if mistake == "batch in softmax'" else 1
    dscores = weights * (dweights - (weights * dweights).sum(axis=axis, keepdims=True))
    dscores = {"no softmax'": dweights, "no sum in softmax'": weights * dweights,
               "diagonal of softmax'": weights * (1 - weights) * dweights,
               "plain sum": weights * (dweights - dweights.sum(axis=1, keepdims=True)),
               "plain mean": weights * (dweights - dweights.mean(axis=1, keepdims=True))}.get(mistake, dscores)
    da = dscores[:, :, None] * (1 if mistake == "no v" else v) * (1 if mistake == "no tanh'" else 1 - u**2)
    dsum = {"mean over places": da.mean(axis=1), "first place": da[:, 0]}.get(mistake, da.sum(axis=1))
    values = weights[:, :, None] * dcontext[:, None]
    keys = dsum[:, None] @ Wa.T if mistake == "dsum" else da @ Wa.T
    dA = keys if mistake == "keys alone" else values if mistake == "values alone" else values + keys
    dWa = A.sum(axis=1).T @ dsum if mistake == "places first" else np.einsum("nld,nlk->dk", A, da)
    return {"dquery": dsum @ Wq.T, "dA": dA, "dWq": query.T @ dsum, "dWa": dWa,
            "dv": np.einsum("nl,nlk->k", dscores, u)}


def _backward_mistakes(dcontext, query, A, Wq, Wa, v):
    arguments = dcontext, query, A, Wq, Wa, v
    table = {name: {} for name in ("dquery", "dA", "dWq", "dWa", "dv")}
    add_mistakes(table, {cause: _gradients(*arguments, mistake=key) for key, cause in MISTAKES.items()})
    right = _gradients(*arguments)
    table["dA"]["dA is averaged over the places: every place has its own"] = right["dA"] / A.shape[1]
    table["dv"]["averaged over the places: add up"] = right["dv"] / A.shape[1]
    table["dv"]["averaged over the batch: add up"] = right["dv"] / len(A)
    return table
