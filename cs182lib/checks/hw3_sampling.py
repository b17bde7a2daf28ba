"""Checks of how the next word is chosen: the probabilities that are drawn from, and the draw."""

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.modules import as_tensor, check_tensor

DRAWS = 40_000  # a share is known to 0.0025, one standard deviation
LOGITS = np.log(np.array([0.06, 0.34, 0.12, 0.24, 0.09, 0.15])) + 2
OPTIONS = ({"temperature": 0.5}, {"temperature": 1.0}, {"temperature": 2.0}, {"top_k": 3}, {"top_p": 0.8},
           {"temperature": 0.7, "top_k": 4, "top_p": 0.8})


def log_softmax(x):
    """Return x - log Σ e^x along the last axis, in the shape of x."""
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    """Return what is drawn from, (V,), which sums to 1, for one row of logits (V,).

    Parameters
    ----------
    logits : (V,) floats
    temperature : number > 0, which divides the logits
    top_k : int or None, how many of the most probable words stay
    top_p : number in (0, 1] or None; of these words, the fewest whose share of their sum reaches it stay
    """
    p = np.exp(log_softmax(logits / temperature))
    order = np.argsort(-p)
    kept = order[:top_k]
    if top_p is not None:
        running = p[kept].cumsum() / p[kept].sum()
        kept = kept[:1 + int((running < top_p).sum())]
    out = np.zeros_like(p)
    out[kept] = p[kept]
    return out / out.sum()


def check_next_word_probabilities(next_word_probabilities):
    """Check what next_word_probabilities gives for one row of logits and for several, by every option.

    The rows rank the words in different orders.
    """
    check = Checker("next_word_probabilities", V=6)
    rows = np.stack([LOGITS, LOGITS[[3, 0, 5, 1, 4, 2]] - 1.5, 0.5 * LOGITS[::-1] + 40])
    for options in OPTIONS:
        said = ", ".join(f"{key}={value}" for key, value in options.items())
        for logits, form in ((LOGITS, "one row"), (rows, "three rows"), (rows[:, None] * 1.0, "logits (3, 1, V)")):
            tensor = as_tensor(logits)
            got = check.run(next_word_probabilities, tensor, **options)
            check_tensor(check, got, "p")
            check.true(np.array_equal(tensor.numpy(), logits), "logits are changed; callers still need them", "logits",
                       "an operation in place: work on a copy")
            right, table = _row_by_row(probabilities, logits, options), _draw_mistakes(LOGITS, **options)
            mistakes = {cause: _row_by_row(lambda row, cause=cause, **o: _draw_mistakes(row, **o)[cause], logits,
                                           options) for cause in table}
            kept = _row_by_row(probabilities, logits, {"temperature": options.get("temperature", 1.0)}) * (right > 0)
            if (kept.sum(axis=-1) < 1 - 1e-9).any():
                mistakes["what stays is not divided by its sum"] = kept
            check.compare({"p": got.numpy()}, {"p": right}, {"p": mistakes}, f" of {form} for {said}", rtol=1e-5,
                          atol=1e-6)
    check.passed()


def _row_by_row(function, logits, options):
    rows = [function(row, **options) for row in logits.reshape(-1, logits.shape[-1])]
    return np.array(rows).reshape(logits.shape)


def check_sample_next(sample_next):
    """Check the shares of many draws of sample_next, by temperature, top k and nucleus, and the greedy choice."""
    import torch

    check = Checker("sample_next", V=6)
    rows = torch.from_numpy(LOGITS).expand(DRAWS, -1)
    for options in OPTIONS:
        draws = [check.run(sample_next, rows, **options, generator=torch.Generator().manual_seed(182))
                 for _ in range(2)]
        words, again = (_words(check, drawn, (DRAWS,)) for drawn in draws)
        said = ", ".join(f"{key}={value}" for key, value in options.items())
        compare_shares(check, words, probabilities(LOGITS, **options), _draw_mistakes(LOGITS, **options), said)
        check.true(np.array_equal(words, again), "two draws with the same seed differ, expected the same words",
                   "words", "generator is not used: hand it to torch.rand or torch.multinomial")
    words = check.run(sample_next, rows[:3] - 1.5 * torch.arange(3)[:, None], temperature=0)
    check.true((_words(check, words, (3,)) == 1).all(), f"words is {list(words)} for temperature=0, expected the "
               "best of each, [1, 1, 1]", "words", "temperature 0 is no division by zero: take the argmax")
    check.passed()


def compare_shares(check, words, right, mistakes, said):
    """Compare how often each word was drawn with its probability, to five standard deviations.

    Parameters
    ----------
    check : Checker, which fails where a share is too far off
    words : (draws,) ints from 0 to V - 1, what was drawn
    right : (V,) floats, the probabilities
    mistakes : dict, cause -> the probabilities (V,) that this mistake draws from
    said : str for the message: the options of the draw
    """
    check.true(words.min() >= 0 and words.max() < len(right), f"the words drawn go from {words.min()} to "
               f"{words.max()}, expected numbers from 0 to {len(right) - 1}", "words")
    shares = np.bincount(words, minlength=len(right)) / len(words)
    allowed = 2.5 / np.sqrt(len(words))
    cause = next((cause for cause, p in mistakes.items() if np.abs(shares - p).max() < allowed), None)
    worst = int(np.abs(shares - right).argmax())
    check.true(abs(shares[worst] - right[worst]) < allowed, f"in the shares of {len(words)} draws word {worst} has "
               f"{shares[worst]:.3f}, expected {right[worst]:.3f}, for {said}", "shares", cause)


def _words(check, words, shape):
    check.true(words is not None, "it returned None, expected words", "words", "did you forget the return?")
    words = np.asarray(words)
    check.true(words.shape == shape, f"words has shape {words.shape}, expected {shape}: one word for each row", "words")
    check.true(words.dtype.kind in "iu", f"words holds {words.dtype}, expected integers", "words")
    return words


def _draw_mistakes(logits, temperature=1.0, top_k=None, top_p=None):
    """Return {cause: the probabilities that a mistake draws from}."""
    p = probabilities(logits, temperature)
    order = np.argsort(-p)
    rank, running = np.argsort(order), p[order].cumsum()
    best = np.eye(len(p))[order[0]]
    mistakes = {
        "logits are multiplied by the temperature: divide": probabilities(logits, 1 / temperature, top_k, top_p),
        "the temperature is ignored": probabilities(logits, 1, top_k, top_p),
        "the best word is taken, not drawn": best, "all words are alike: the logits are not used": 0 * p + 1 / len(p),
        "words are drawn by their logits, not by e^logits": logits / logits.sum(),
        "they are left in sorted order: the first is the likeliest word, not word 0":
            probabilities(logits, temperature, top_k, top_p)[order]}
    if top_k:
        mistakes["top_k is ignored"] = probabilities(logits, temperature, None, top_p)
        mistakes["the top_k least probable words are kept"] = _renormalized(p * (rank >= len(p) - top_k))
        mistakes["one word too many is kept: top_k words"] = probabilities(logits, temperature, top_k + 1, top_p)
        mistakes["one word too few is kept: top_k words"] = probabilities(logits, temperature, top_k - 1, top_p)
    if top_p:
        mistakes["top_p is ignored"] = probabilities(logits, temperature, top_k)
        mistakes["the word with which the sum reaches top_p belongs to the nucleus"] = _renormalized(
            p * (running <= top_p)[rank])
        mistakes["top_p is taken as a bound for each word"] = _renormalized(p * (p >= 1 - top_p))
    return mistakes


def _renormalized(p):
    return p / p.sum() if p.sum() else p
