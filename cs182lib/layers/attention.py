"""Additive attention: look at the parts of a picture that matter for the next word."""

import numpy as np

from cs182lib.validation import check_floats

__all__ = ["additive_attention_forward", "additive_attention_backward"]


def additive_attention_forward(query, A, Wq, Wa, v):
    """Average the L places of a feature map, weighed by how well each fits the query.

    u = tanh(query Wq + A Wa);  weights = softmax over the places of u v;  context = Σ_l weights_l A_l.

    Parameters
    ----------
    query : (N, H) floats, such as the state of an LSTM
    A : (N, L, D) floats, D features at each of L places
    Wq : (H, K), Wa : (D, K), v : (K,) floats

    Returns
    -------
    context : (N, D)
    weights : (N, L), positive, each row sums to 1: the attention map
    cache : for `additive_attention_backward`

    Raises
    ------
    TypeError, ValueError : not float arrays, NaN, or shapes that do not fit

    Notes
    -----
    The largest score of each row is subtracted before exp, which changes no weight and overflows never.

    References
    ----------
    Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate", ICLR 2015,
    section 3.1 and appendix A.1.2; over pictures: Xu et al., "Show, Attend and Tell", ICML 2015.
    """
    check_floats("query", query, ndim=2)
    check_floats("A", A, shape=(len(query), None, None))
    check_floats("Wq", Wq, shape=(query.shape[1], None))
    check_floats("Wa", Wa, shape=(A.shape[2], Wq.shape[1]))
    check_floats("v", v, shape=(Wq.shape[1],))
    u = np.tanh((query @ Wq)[:, None] + A @ Wa)  # (N, 1, K) + (N, L, K)
    scores = u @ v  # (N, L)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    context = (weights[:, None] @ A)[:, 0]  # (N, 1, L) (N, L, D) -> (N, D)
    return context, weights, (query, A, Wq, Wa, v, u, weights)


def additive_attention_backward(dcontext, cache):
    """Backpropagate through `additive_attention_forward`; the map A is reached as what is averaged and through u.

    Parameters
    ----------
    dcontext : (N, D) floats
    cache : from `additive_attention_forward`

    Returns
    -------
    dquery : (N, H), dA : (N, L, D), dWq : (H, K), dWa : (D, K), dv : (K,)

    Raises
    ------
    TypeError, ValueError : dcontext is no float array of context's shape, or holds NaN
    """
    query, A, Wq, Wa, v, u, weights = cache
    check_floats("dcontext", dcontext, shape=(len(A), A.shape[2]))
    dweights = (A @ dcontext[:, :, None])[:, :, 0]  # (N, L, D) (N, D, 1) -> (N, L)
    dscores = weights * (dweights - np.sum(weights * dweights, axis=1, keepdims=True))  # through softmax
    dv = dscores.ravel() @ u.reshape(-1, len(v))  # (N·L,) (N·L, K)
    da = dscores[:, :, None] * v * (1 - u**2)  # (N, L, K)
    dkeys, dsum = da.reshape(-1, len(v)), da.sum(axis=1)  # (N·L, K), (N, K)
    dWa = A.reshape(-1, A.shape[2]).T @ dkeys  # (D, N·L) (N·L, K)
    dA = weights[:, :, None] * dcontext[:, None] + da @ Wa.T
    return dsum @ Wq.T, dA, query.T @ dsum, dWa, dv
