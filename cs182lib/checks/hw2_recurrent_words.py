"""Checks of the word embedding, the temporal affine layer and the temporal softmax loss."""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import NUMERIC, Checker, check_backward, check_forward
from cs182lib.checks.definitions import affine, softmax, softmax_losses
from cs182lib.checks.inputs import scattered
from cs182lib.training.gradient_check import eval_numerical_gradient

WORDS = np.array([[0, 3, 1, 3], [2, 1, 3, 3]])  # out of 5: one comes twice in a row, one four times, one never


def embedding(x, W):
    """Return the row of W (V, D) for each word of x, (N, T) ints below V, one word after the other: (N, T, D)."""
    return np.array([[W[word] for word in row] for row in x])


def check_word_embedding_forward(word_embedding_forward):
    """Check that each word gets its row of W from `word_embedding_forward`."""
    check = Checker("word_embedding_forward", N=2, T=4, V=5, D=3)
    check_forward(check, word_embedding_forward, embedding, _embedding_mistakes, x=WORDS, W=scattered((5, 3)))
    check.passed()


def _embedding_mistakes(x, W):
    return {
        "off by one: word 0 has row 0": W[x - 1],
        "the words of an example are added up: one vector for each word, (N, T, D)": W[x].sum(axis=1),
        "the words are read in another order: out[n, t] = W[x[n, t]]": lambda: W[x.T].reshape(*x.shape, -1),
        "W is indexed by columns: its rows are the words": lambda: np.stack([W.T[:, word] for word in x]),
        "the words' numbers are scaled by W: look up a row, W[x]": lambda: x[:, :, None] * W[0],
        "every word gets the vector of its place in the sentence: W[x], not W[t]": lambda: np.stack(
            [W[:x.shape[1]]] * len(x)),
        "every word of a sentence gets the vector of the first": np.repeat(W[x[:, :1]], x.shape[1], axis=1),
    }


def check_word_embedding_backward(word_embedding_backward, word_embedding_forward=layers.word_embedding_forward):
    """Check dW of `word_embedding_backward`, in which the gradients of equal words add up.

    `word_embedding_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("word_embedding_backward", N=2, T=4, V=5, D=3)
    check_backward(check, word_embedding_backward, word_embedding_forward, embedding, _embedding_backward_mistakes,
                   x=WORDS, W=scattered((5, 3)))
    check.passed()


def _embedding_backward_mistakes(dout, x, W):
    last, total, counts = np.zeros_like(W), np.zeros_like(W), np.bincount(x.ravel(), minlength=len(W))[:, None]
    last[x] = dout
    by_sentence, by_step = np.zeros_like(W), np.zeros_like(W)
    for words, rows in zip(x, dout):
        by_sentence[words] += rows
    for t in range(x.shape[1]):
        by_step[x[:, t]] += dout[:, t]
    first = np.zeros_like(W)
    np.add.at(total, x, dout)
    np.add.at(first, x[:, 0], dout[:, 0])
    return {"dW": {
        "only one of several equal words counts, as in dW[x] += dout: use np.add.at(dW, x, dout)": last,
        "a word that comes twice in a sentence counts once, as in dW[x[n]] += dout[n]: use np.add.at": by_sentence,
        "a word that two sentences have at one step counts once, as in dW[x[:, t]] += dout[:, t]: use np.add.at":
            by_step,
        "averaged over equal words: add up": total / np.maximum(counts, 1),
        "only the first word of each sentence counts: loop over all steps": first,
        "W is added: dW is the gradient alone": total + W,
        "dout is missing: this counts the words": np.broadcast_to(counts, W.shape),
        "dW is shifted by one word": np.roll(total, 1, axis=0),
        "this is dout: add it up into one row for each word of the vocabulary": dout,
    }}


def temporal_affine(x, w, b):
    """Return x w + b at every step, (N, T, M), one step after the other; x is (N, T, D), w (D, M) and b (M,)."""
    return np.stack([affine(x[:, t], w, b) for t in range(x.shape[1])], axis=1)


def _affine_inputs(N, T):
    return {"x": scattered((N, T, 4)), "w": scattered((4, 5), start=9), "b": scattered((5,), -3, 2, start=5)}


def check_temporal_affine_forward(temporal_affine_forward):
    """Check out = x w + b of `temporal_affine_forward` at every step."""
    check = Checker("temporal_affine_forward", N=2, T=3, D=4, M=5)
    for N, T in ((2, 3), (1, 4), (3, 1)):
        check_forward(check, temporal_affine_forward, temporal_affine, _affine_mistakes, **_affine_inputs(N, T))
    check.passed()


def _affine_mistakes(x, w, b):
    out = x @ w + b
    flat = out.reshape(-1, out.shape[2])
    return {
        "the bias b is not added": x @ w,
        "the bias is subtracted": x @ w - b,
        "a ReLU too much: the layer is linear": np.maximum(out, 0),
        "steps and examples are mixed: reshape (N, T, D) to (N T, D) and back, without a transpose": lambda: np.stack(
            np.split(flat, x.shape[1])).swapaxes(0, 1),
        "every step has the output of the first": np.repeat(out[:, :1], x.shape[1], axis=1),
        "the steps are added up: one output for each": out.sum(axis=1),
        "the output is left flat: give it the shape (N, T, M)": flat,
    }


def check_temporal_affine_backward(temporal_affine_backward, temporal_affine_forward=layers.temporal_affine_forward):
    """Check dx, dw and db of `temporal_affine_backward`, the last two summed over examples and steps.

    `temporal_affine_forward` makes the cache: the learner's own, or by default the library's.
    """
    check = Checker("temporal_affine_backward", N=2, T=3, D=4, M=5)
    for N, T in ((2, 3), (1, 4), (3, 1)):
        check_backward(check, temporal_affine_backward, temporal_affine_forward, temporal_affine,
                       _affine_backward_mistakes, **_affine_inputs(N, T))
    check.passed()


def _affine_backward_mistakes(dout, x, w, b):
    T = x.shape[1]
    dw = np.einsum("ntd,ntm->dm", x, dout)
    return {
        "dx": {"dx is left flat: give it the shape of x": (dout @ w.T).reshape(-1, x.shape[2]),
               "dx is summed over the steps: every step has its own": (dout @ w.T).sum(axis=1)},
        "dw": {"the last step alone: all steps share w, so add up": x[:, -1].T @ dout[:, -1],
               "the first step alone: all steps share w, so add up": x[:, 0].T @ dout[:, 0],
               "averaged over the steps: add up": dw / T,
               "the steps are added up before they are multiplied": x.sum(axis=1).T @ dout.sum(axis=1)},
        "db": {"db is not summed over the steps: dout.sum(axis=(0, 1))": dout.sum(axis=0),
               "db is not summed over the examples: dout.sum(axis=(0, 1))": dout.sum(axis=1),
               "db is not summed at all: dout.sum(axis=(0, 1))": dout,
               "the last step alone: all steps share b, so add up": dout[:, -1].sum(axis=0),
               "averaged over the steps: add up": dout.sum(axis=(0, 1)) / T},
    }


def temporal_softmax(x, y, mask):
    """Return the loss, a number: cross-entropy summed over the steps that count, averaged over the examples.

    x (N, T, V) are scores, y (N, T) the right words as ints, and mask (N, T) is True where a step counts.
    """
    return sum((softmax_losses(x[:, t], y[:, t]) * mask[:, t]).sum() for t in range(x.shape[1])) / len(x)


def check_temporal_softmax_loss(temporal_softmax_loss):
    """Check loss and dx of `temporal_softmax_loss`: summed over T, averaged over N, nothing where the mask is False.

    Scores in the thousands are among the cases, and such as lie hundreds apart.
    """
    check = Checker("temporal_softmax_loss", N=3, T=4, V=5)
    x, y = scattered((3, 4, 5), -2, 2), np.array([[2, 0, 4, 1], [1, 3, 3, 0], [4, 4, 2, 1]])
    mask = np.array([[True, True, True, False], [True, True, False, False], [True, True, True, True]])
    _compare_loss(check, temporal_softmax_loss, x, y, mask)
    _compare_loss(check, temporal_softmax_loss, x[:1, :1].copy(), y[:1, :1], mask[:1, :1], " for one word")
    levels = 1e3 * (1 + np.arange(12.0).reshape(3, 4, 1))  # one for each word: no maximum serves two of them
    _compare_loss(check, temporal_softmax_loss, x, y, mask, " for scores in the thousands", levels)
    _compare_loss(check, temporal_softmax_loss, 12 * x, y, mask, " for scores far apart")
    _compare_loss(check, temporal_softmax_loss, 400 * x, x.argmax(axis=2), mask, " for scores hundreds apart")
    got = check.call(temporal_softmax_loss, ("loss", "dx"), x=x, y=y, mask=np.zeros_like(mask))
    check.compare(got, {"loss": 0.0, "dx": np.zeros_like(x)}, context=" where the mask is False everywhere")
    got = check.call(temporal_softmax_loss, ("loss", "dx"), x=x.astype(np.float32), y=y, mask=mask)
    check.single({"dx": got["dx"]}, {"dx": eval_numerical_gradient(lambda x: temporal_softmax(x, y, mask), x)})
    check.passed()


def _compare_loss(check, function, x, y, mask, context="", levels=0.0):
    """Compare loss and dx; `levels` (one number for each word) are added to the scores, and change nothing."""
    loss = temporal_softmax(x, y, mask)
    gradient = eval_numerical_gradient(lambda x: temporal_softmax(x, y, mask), x)
    got = check.call(function, ("loss", "dx"), x=x + levels, y=y, mask=mask)
    check.true(np.ndim(got["loss"]) == 0, f"loss has shape {np.shape(got['loss'])}, expected one number", "loss",
               "the losses of the words are not added up")
    check.compare(got, {"loss": loss, "dx": gradient}, lambda: _loss_mistakes(x, y, mask), context, **NUMERIC)


def _loss_mistakes(x, y, mask):
    N, T, V = x.shape
    each = softmax_losses(x.reshape(-1, V), y.ravel()).reshape(N, T)
    p = softmax(x.reshape(-1, V)).reshape(N, T, V)
    right = p[np.arange(N)[:, None], np.arange(T), y]
    flat = x.reshape(N * T, V)  # (N, T, V) -> (N T, V)

    def losses(e, total):
        """Return the loss of every word where e is divided by this sum."""
        return -np.log((e / total)[np.arange(N * T), y.ravel()]).reshape(N, T)

    e = np.exp(flat - flat.max(axis=1, keepdims=True))
    shifted = np.exp(flat - flat.max(axis=0))
    axes = {
        "softmax runs over the words of the batch: the probabilities of one word's row sum to 1, axis of V":
            losses(e, e.sum(axis=0)),
        "divided by the sum of everything: each row of scores has its own sum, keepdims=True": losses(e, e.sum()),
        "the maximum of each column is subtracted: that of each row": losses(shifted, shifted.sum(1, keepdims=True)),
    }
    return {
        "loss": {
            "the mask is ignored": each.sum() / N,
            "the mask is the wrong way round: True counts": (each * ~mask).sum() / N,
            "averaged over the words that count: sum over T, average over N": (each * mask).sum() / mask.sum(),
            "averaged over N and T: sum over T, average over N": (each * mask).sum() / (N * T),
            "summed over the batch: divide by N": (each * mask).sum(),
            "averaged over T and summed over N: sum over T, average over N": (each * mask).sum() / T,
            **{cause: (wrong * mask).sum() / N for cause, wrong in axes.items()},
            **{f"{eps:g} is added inside the log: log p = x - max - log Σ exp(x - max) needs nothing added":
               -(np.log(right + eps) * mask).sum() / N for eps in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)},
        },
        "dx": _gradient_mistakes(p, p - np.eye(V)[y], mask[:, :, None]),
    }


def _gradient_mistakes(p, d, on):
    """Return wrong gradients by cause; p are the probabilities, d = p - 1 at the right word, `on` what counts."""
    N, T, _ = p.shape
    return {
        "the mask is ignored: dx is 0 where it is False": d / N,
        "the mask is the wrong way round: True counts": d * ~on / N,
        "averaged over the words that count: divide by N": d * on / on.sum(),
        "averaged over N and T: divide by N": d * on / (N * T),
        "not divided by N": d * on,
        "1 is not subtracted at the right word": p * on / N,
        "dx is divided by T: divide by N": d * on / T,
    }
