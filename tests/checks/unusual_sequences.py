"""Right but unusual recurrent layers and layers of words: other algorithms, caches, loops and views."""

import numpy as np
import plain_sequences as plain


def step_in_one_product(x, prev_h, Wx, Wh, b):
    """Stack x, prev_h and 1, and all weights: one matrix product."""
    left, stacked = np.hstack((x, prev_h, np.ones_like(x[:, :1]))), np.vstack((Wx, Wh, b))
    out = np.tanh(left @ stacked)
    return out, {"left": left, "stacked": stacked, "out": out, "D": x.shape[1]}


def step_in_one_product_backward(dnext_h, cache):
    da = dnext_h / np.cosh(np.arctanh(cache["out"]))**2
    dleft, dstacked, D = da @ cache["stacked"].T, cache["left"].T @ da, cache["D"]
    return dleft[:, :D], dleft[:, D:-1], dstacked[:D], dstacked[D:-1], dstacked[-1]


def rnn_by_recursion(x, h0, Wx, Wh, b):
    if x.shape[1] == 0:
        return np.zeros((len(x), 0, h0.shape[1]), x.dtype), None
    h, cache = plain.rnn_step_forward(x[:, 0], h0, Wx, Wh, b)
    rest, later = rnn_by_recursion(x[:, 1:], h, Wx, Wh, b)
    return np.concatenate((h[:, None], rest), axis=1), (cache, later)


def rnn_by_recursion_backward(dh, cache):
    step, later = cache
    if later is None:
        dx, *rest = plain.rnn_step_backward(dh[:, 0], step)
        return (dx[:, None], *rest)
    dx_later, carried, *sums = rnn_by_recursion_backward(dh[:, 1:], later)
    dx, dprev_h, *weights = plain.rnn_step_backward(dh[:, 0] + carried, step)
    return np.concatenate((dx[:, None], dx_later), axis=1), dprev_h, *(a + b for a, b in zip(sums, weights))


def rnn_time_major(x, h0, Wx, Wh, b):
    """Return a view of a time-major array."""
    found, h = [], h0
    inputs = np.einsum("ntd,dh->tnh", x, Wx) + b
    for row in inputs:
        h = np.tanh(row + h @ Wh)
        found.append(h)
    return np.array(found).transpose(1, 0, 2), (x, h0, found, Wx, Wh)


def rnn_time_major_backward(dh, cache):
    x, h0, found, Wx, Wh = cache
    das, dprev = [], 0
    for t in range(len(found) - 1, -1, -1):
        das.insert(0, (dh[:, t] + dprev) * (1 - found[t]) * (1 + found[t]))
        dprev = das[0] @ Wh.T
    da, before = np.array(das), np.array([h0, *found[:-1]])
    return (np.einsum("tnh,dh->ntd", da, Wx), dprev, np.einsum("ntd,tnh->dh", x, da),
            np.einsum("tnh,tnk->hk", before, da), np.einsum("tnh->h", da))


def lstm_step_by_slices(x, prev_h, prev_c, Wx, Wh, b):
    """Make four small products in the place of one, and keep only what went in."""
    H = prev_h.shape[1]
    gates = [x @ Wx[:, k * H:(k + 1) * H] + prev_h @ Wh[:, k * H:(k + 1) * H] + b[k * H:(k + 1) * H] for k in range(4)]
    i, f, o = (0.5 * (1 + np.tanh(gate / 2)) for gate in gates[:3])
    next_c = prev_c.copy()
    next_c *= f
    next_c += i * np.tanh(gates[3])
    return np.tanh(next_c) * o, next_c, (x, prev_h, prev_c, Wx, Wh, b)


def lstm_step_by_slices_backward(dnext_h, dnext_c, cache):
    """Work the step out anew, and return a list."""
    return list(plain.lstm_step_backward(dnext_h, dnext_c, plain.lstm_step_forward(*cache)[-1]))


def lstm_step_transposed(x, prev_h, prev_c, Wx, Wh, b):
    """Work with one column for each example; outputs are views, and the cache is a list of what comes to hand."""
    a = (Wx.T @ x.T + Wh.T @ prev_h.T + b[:, None]).reshape(4, -1, len(x))  # (4H, N) -> (4, H, N)
    i, f, o = np.exp(-np.logaddexp(0, -a[:3]))
    g = np.tanh(a[3])
    c = f * prev_c.T + i * g
    return (o * np.tanh(c)).T, c.T, [i, f, o, g, c, {"x": x, "Wx": Wx}, (prev_h, prev_c, Wh)]


def lstm_step_transposed_backward(dnext_h, dnext_c, cache):
    i, f, o, g, c, given, (prev_h, prev_c, Wh) = cache
    dc = dnext_c.T + dnext_h.T * o / np.cosh(c)**2
    blocks = dc * g * (i - i**2), dc * prev_c.T * (f - f**2), dnext_h.T * np.tanh(c) * (o - o**2), dc * i * (1 - g**2)
    da = np.concatenate(blocks)  # (4H, N)
    return ((given["Wx"] @ da).T, (Wh @ da).T, (dc * f).T, (da @ given["x"]).T, (da @ prev_h).T,
            np.einsum("kn->k", da))


def lstm_anew(x, h0, Wx, Wh, b):
    return plain.lstm_forward(x, h0, Wx, Wh, b)[0], lambda dh: plain.lstm_backward(
        dh, plain.lstm_forward(x, h0, Wx, Wh, b)[1])


def gru_step_by_slices(x, prev_h, Wx, Wh, b):
    """Make six small products, and walk from the candidate to the old state."""
    H = prev_h.shape[1]
    (x_r, x_z, x_n), (h_r, h_z, h_n) = ([left @ W[:, k:k + H] for k in (0, H, 2 * H)]
                                        for left, W in ((x, Wx), (prev_h, Wh)))
    r, z = 1 / (1 + np.exp(-(x_r + b[:H] + h_r))), 1 / (1 + np.exp(-(h_z + x_z + b[H:2 * H])))
    n = np.tanh(h_n * r + b[2 * H:] + x_n)
    return n - z * (n - prev_h), [x, prev_h, Wx, Wh, b]


def gru_step_by_slices_backward(dnext_h, cache):
    """Work the step out anew, and return a list."""
    return list(plain.gru_step_backward(dnext_h, plain.gru_step_forward(*cache)[-1]))


def gru_anew(x, h0, Wx, Wh, b):
    h = plain.gru_forward(x, h0, Wx, Wh, b)[0]
    return np.asfortranarray(h), lambda dh: plain.gru_backward(dh, plain.gru_forward(x, h0, Wx, Wh, b)[1])


def attention_by_places(query, A, Wq, Wa, v):
    """Go from place to place, with the log of the sum of exponentials."""
    scores = np.stack([np.tanh(A[:, place] @ Wa + query @ Wq) @ v for place in range(A.shape[1])], axis=1)
    weights = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    return np.einsum("nl,nld->nd", weights, A), weights, {"weights": weights, "inputs": (query, A, Wq, Wa, v)}


def attention_by_places_backward(dcontext, cache):
    """Use the whole Jacobian of softmax, diag(w) - w wᵀ."""
    (query, A, Wq, Wa, v), w = cache["inputs"], cache["weights"]
    u = np.tanh(np.einsum("nh,hk->nk", query, Wq)[:, None] + np.einsum("nld,dk->nlk", A, Wa))
    jacobian = w[:, :, None] * np.eye(w.shape[1], dtype=w.dtype) - w[:, :, None] * w[:, None]
    dscores = np.einsum("nlm,nmd,nd->nl", jacobian, A, dcontext)
    da = np.einsum("nl,k,nlk->nlk", dscores, v, (1 - u) * (1 + u))
    return (np.einsum("nlk,hk->nh", da, Wq), np.einsum("nl,nd->nld", w, dcontext) + np.einsum("nlk,dk->nld", da, Wa),
            np.einsum("nh,nlk->hk", query, da), np.einsum("nld,nlk->dk", A, da), np.einsum("nl,nlk->k", dscores, u))


def in_float64(forward):
    """Compute in float64 inside and hand out the dtype that came in."""
    def wrapped(x, *arguments):
        *outputs, cache = forward(x.astype(float), *(a.astype(float) for a in arguments))
        return *(out.astype(x.dtype) for out in outputs), cache

    return wrapped


def back_in_float64(backward):
    """Compute in float64 inside and hand out the dtype of the gradient that came in."""
    return lambda dout, cache: [g.astype(dout.dtype) for g in backward(dout.astype(float), cache)]


def embedding_onehot(x, W):
    onehot = np.eye(len(W), dtype=W.dtype)[x]
    return onehot @ W, onehot


def embedding_onehot_backward(dout, onehot):
    return np.einsum("ntv,ntd->vd", onehot, dout)


def embedding_take(x, W):
    return np.take(W, x, axis=0), (x.copy(), W.shape)


def embedding_sorted_backward(dout, cache):
    x, shape = cache
    order = np.argsort(x, axis=None)
    words, starts = np.unique(x.ravel()[order], return_index=True)
    dW = np.zeros(shape, dout.dtype)
    dW[words] = np.add.reduceat(dout.reshape(-1, shape[1])[order], starts)
    return dW


def affine_by_steps(x, w, b):
    return np.stack([x[:, t] @ w + b for t in range(x.shape[1])], axis=1), (x, w)


def affine_by_steps_backward(dout, cache):
    x, w = cache
    dw = sum(x[:, t].T @ dout[:, t] for t in range(x.shape[1]))
    return np.tensordot(dout, w, axes=(2, 1)), dw, dout.sum((0, 1))


def softmax_of_what_counts(x, y, mask, verbose=False):
    """Look at the words that count alone."""
    rows, right = x[mask], y[mask]
    log_p = rows - np.logaddexp.reduce(rows, axis=1, keepdims=True)
    dx = np.zeros_like(x)
    dx[mask] = (np.exp(log_p) - np.eye(x.shape[2], dtype=x.dtype)[right]) / len(x)
    return -log_p[np.arange(len(right)), right].sum() / len(x), dx


def softmax_by_loops(x, y, mask, verbose=False):
    loss, dx = 0.0, np.zeros_like(x)
    for n, t in np.argwhere(mask):
        e = np.exp(x[n, t] - x[n, t].max())
        dx[n, t] = e / e.sum() / len(x)
        dx[n, t, y[n, t]] -= 1 / len(x)
        loss -= np.log(e[y[n, t]] / e.sum()) / len(x)
    return np.float64(loss), dx


LAYER_NAMES = "rnn_step", "rnn", "lstm", "gru_step", "gru", "additive_attention", "temporal_affine"
SOLUTIONS = [
    ("rnn_step_forward", (step_in_one_product,)),
    ("rnn_step_backward", (step_in_one_product_backward, step_in_one_product)),
    ("rnn_forward", (rnn_by_recursion,)),
    ("rnn_forward", (rnn_time_major,)),
    ("rnn_backward", (rnn_by_recursion_backward, rnn_by_recursion)),
    ("rnn_backward", (rnn_time_major_backward, rnn_time_major)),
    ("word_embedding_forward", (embedding_onehot,)),
    ("word_embedding_forward", (embedding_take,)),
    ("word_embedding_backward", (embedding_onehot_backward, embedding_onehot)),
    ("word_embedding_backward", (embedding_sorted_backward, embedding_take)),
    ("sigmoid", (lambda x: 0.5 * (1 + np.tanh(x / 2)),)),
    ("sigmoid", (lambda x: np.exp(-np.logaddexp(0, -x)),)),
    ("sigmoid", (lambda x: 1 / (1 + np.exp(-x)),)),
    ("lstm_step_forward", (lstm_step_by_slices,)),
    ("lstm_step_backward", (lstm_step_by_slices_backward, lstm_step_by_slices)),
    ("lstm_step_forward", (lstm_step_transposed,)),
    ("lstm_step_backward", (lstm_step_transposed_backward, lstm_step_transposed)),
    ("lstm_forward", (lstm_anew,)),
    ("lstm_backward", (lambda dh, cache: cache(dh), lstm_anew)),
    ("gru_step_forward", (gru_step_by_slices,)),
    ("gru_step_backward", (gru_step_by_slices_backward, gru_step_by_slices)),
    ("gru_forward", (gru_anew,)),
    ("gru_backward", (lambda dh, cache: cache(dh), gru_anew)),
    ("additive_attention_forward", (attention_by_places,)),
    ("additive_attention_backward", (attention_by_places_backward, attention_by_places)),
    *((f"{name}_forward", (in_float64(getattr(plain, f"{name}_forward")),)) for name in LAYER_NAMES),
    *((f"{name}_backward", (back_in_float64(getattr(plain, f"{name}_backward")),
                            in_float64(getattr(plain, f"{name}_forward")))) for name in LAYER_NAMES),
    ("temporal_affine_forward", (affine_by_steps,)),
    ("temporal_affine_backward", (affine_by_steps_backward, affine_by_steps)),
    ("temporal_softmax_loss", (softmax_of_what_counts,)),
    ("temporal_softmax_loss", (softmax_by_loops,)),
]
