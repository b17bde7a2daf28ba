"""Check of the n-gram model, the one that counts."""

import inspect
from collections import Counter

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.hw3_language import PAD, START, WORDS, T

POSSIBLE = [1, 3, 4, 5, 6]
BEFORE = ([3, 4], [4, 6], [6], [], [5, 5], [6, 6, 4], [4, 4])


def check_KneserNey(KneserNey):
    """Check the class KneserNey: its probabilities after two words, one and none, and that they sum to one.

    Each kind of discount is tried; a class whose discounts are not "modified" by default is asked for the single one
    alone.
    """
    check = Checker("KneserNey", V=len(WORDS))
    titles = [[3, 4, 5], [3, 4, 6, 4, 5], [6, 4, 5], [5, 3], [5, 3, 4, 6], [6, 6]]
    _check_probabilities(check, check.run(KneserNey, _data(titles), len(WORDS), 3, "single", label="__init__"), titles)
    discounts = inspect.signature(KneserNey).parameters.get("discounts")
    if getattr(discounts, "default", None) == "modified":
        titles = [[4, 4, 4, 3], [3], [4, 4, 3, 4], [4, 3, 5, 4, 4], [6], [4, 4, 4, 3], [5, 4, 4, 4, 3], [5, 4, 6, 6]]
        others = Checker("KneserNey", V=len(WORDS))  # so that the line of success is the same for every class
        model = others.run(KneserNey, _data(titles), len(WORDS), label="__init__")
        _check_probabilities(others, model, titles, discount=_modified, said=" with modified discounts, the default")
    check.passed()


def _data(titles):
    return [{"numerized": t + (T - len(t)) * [PAD], "mask": len(t) * [True] + (T - len(t)) * [False]} for t in titles]


def _check_probabilities(check, model, titles, said="", **options):
    for before in BEFORE:
        p = np.array([check.run(model.prob, word, before, label="prob") for word in POSSIBLE], float)
        right = _kneser_ney(titles, POSSIBLE, before, **options)
        mistakes = {cause: _kneser_ney(titles, POSSIBLE, before, **options, **how)
                    for cause, how in COUNTING_MISTAKES.items() if options.keys().isdisjoint(how)}
        check.compare({"p": p}, {"p": right}, {"p": mistakes}, f" after the words {before}{said}")
        check.true(abs(p.sum() - 1) < 1e-9, f"the probabilities after {before} sum to {p.sum():.6f}, expected 1", "sum")


def _single(n):
    """Return D(c), one for all counts, from how many n-grams have each count."""
    D = n[1] / (n[1] + 2 * n[2]) if n[1] and n[2] else 0.5
    return lambda count: D * (count > 0)


def _half(n):
    """Return D(c) without its factor of 2."""
    return lambda count: (n[1] / (n[1] + n[2]) if n[1] and n[2] else 0.5) * (count > 0)


def _modified(n):
    """Return D(c), another for counts of 1, of 2, and of 3 and more; where that is no use, the single one."""
    Y = _single(n)(1)
    D = {c: c - (c + 1) * Y * n[c + 1] / n[c] if n[c] else 0 for c in (1, 2, 3)}
    return lambda count: (D[min(count, 3)] if 0 < D[min(count, 3)] < min(count, 3) else Y) if count else 0


COUNTING_MISTAKES = {
    "below the highest order count the different words before, not how often": {"continuation": False},
    "the discount is not subtracted": {"subtract": False},
    "what the discount took away is not given to the shorter context": {"give": False},
    "λ uses the number of all words, not of the different ones": {"kinds": False},
    "it backs off where it should interpolate: seen words get a share of the shorter context too": {"backoff": True},
    "the last step, to 1 / V', is missing": {"bottom": False},
    "words at the beginning count how often: nothing comes before <START>": {"beginning": False},
    "a factor 2 is missing in the discount: D = n1 / (n1 + 2 n2)": {"discount": _half},
    "<START> is missing before the first word": {"start": False},
    "the longest context is not used: order - 1 words": {"longest": 1},
}


def _kneser_ney(titles, possible, before, **how):
    """Return p of the possible words by definition, the n-grams listed anew for every count."""
    context = [START, *before] if how.pop("start", True) else list(before)
    p = np.full(len(possible), 1 / len(possible) if how.get("bottom", True) else 0.0)
    for n in range(min(how.pop("longest", 2), len(context)) + 1):
        p = _level(titles, possible, tuple(context[len(context) - n:]), p, **how)
    return p


def _level(titles, possible, context, p, continuation=True, subtract=True, give=True, kinds=True, backoff=False,
           bottom=True, beginning=True, discount=_single):
    n = len(context) + 1
    grams = Counter(gram for gram in _grams(titles, n) if gram != (START,))
    if n < 3 and continuation:
        longer = {gram for gram in _grams(titles, n + 1)}
        often = grams
        grams = Counter(gram[1:] for gram in longer if gram[1:] in often)
        grams |= Counter({g: often[g] if beginning else 1 for g in often if g[0] == START})
    D = discount(Counter(grams.values()))
    row = {gram[-1]: count for gram, count in grams.items() if gram[:-1] == context}
    if not row:
        return p
    total = sum(row.values())
    seen = np.array([max(row.get(word, 0) - D(row.get(word, 0)) * subtract, 0) for word in possible]) / total
    left = sum(D(count) * (1 if kinds else count) for count in row.values()) / total * give
    return seen + left * p * (np.array([word not in row for word in possible]) if backoff else 1)


def _grams(titles, n):
    words = [(START, *title) for title in titles]
    return [text[i:i + n] for text in words for i in range(len(text) - n + 1)]
