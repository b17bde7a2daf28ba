"""Language models that count: how often each word came, and how often after the two before it. The yardsticks."""

import math
from collections import Counter, defaultdict

import numpy as np

from cs182lib.language.vocabulary import padI, startI
from cs182lib.validation import check_choice, check_count, require

__all__ = ["KneserNey", "Unigram", "counted_words", "ngram_loss"]


def counted_words(dataset):
    """Return the words of each record of `dataset` that count, as lists of numbers: what a masked loss averages."""
    return [[word for word, counts in zip(record["numerized"], record["mask"]) if counts] for record in dataset]


def ngram_loss(model, dataset):
    """Return the model's mean of -log p over the words of `dataset` that count, in nats: those of `evaluate_loss`."""
    headlines = counted_words(dataset)
    total = sum(math.log(model.prob(word, headline[:t])) for headline in headlines for t, word in enumerate(headline))
    return -total / sum(map(len, headlines))


class Unigram:
    """Each word by its frequency, whatever came before: p(w) = (count(w) + 1) / (N + V').

    V' is the number of words that may come: all but <START>, and but PAD where no headline ends with it. A word that
    the training text lacks gets one count like every other (Laplace).

    Parameters
    ----------
    dataset : records of `build_dataset`
    vocab_size : int V
    """

    def __init__(self, dataset, vocab_size):
        counts = Counter(word for headline in counted_words(dataset) for word in headline)
        self.possible = possible_words(counts, vocab_size)
        self.total = sum(counts.values()) + len(self.possible)
        self.counts = counts

    def prob(self, word, before=()):
        """Return p(word); `before` does not matter."""
        return (self.counts[word] + 1) / self.total


def possible_words(counts, vocab_size):
    """Return the words that may come, of `vocab_size`: PAD only where the dict `counts` has it, <START> never.

    TypeError or ValueError where vocab_size is no whole number above 0, or a word lies beyond it.
    """
    check_count("vocab_size", vocab_size)
    require(not counts or max(counts) < vocab_size, f"vocab_size is {vocab_size}, but the data hold the word "
            f"{max(counts, default=0)}")
    return [word for word in range(vocab_size) if word != startI and (word != padI or padI in counts)]


class KneserNey:
    """Interpolated Kneser-Ney: what was seen after the last two words, mixed with what was seen after the last one, ...

    p(w | u) = (c(u w) - D(c(u w))) / c(u) + λ(u) p(w | u')      u' is u without its first word
    λ(u)     = Σ_w D(c(u w)) / c(u)                              exactly what the discounts took away

    Highest order: c counts how often the words came. Below it, c(u w) counts *how many different words* came before
    u w: "francisco" is frequent, but only after "san". At the very bottom stands 1 / V'. Words at the beginning of a
    headline have no word before them to be counted: there, c counts how often.

    Parameters
    ----------
    dataset : records of `build_dataset`
    vocab_size : int V
    order : int; 3 looks at two words before
    discounts : "modified" (D depends on whether c is 1, 2 or more) or "single" (one D for each order); both are
        computed from how many n-grams came once, twice, ...

    Raises
    ------
    TypeError, ValueError : a size is no whole number above 0, or discounts is another word

    References
    ----------
    Kneser and Ney, ICASSP 1995; Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling",
    1998, section 4.1.6 (single discount: eq. 20; modified: eqs. 22-26).
    """

    def __init__(self, dataset, vocab_size, order=3, discounts="modified"):
        check_choice("discounts", discounts, ("modified", "single"))
        self.order = check_count("order", order)
        headlines = counted_words(dataset)
        self.possible = possible_words(Counter(w for headline in headlines for w in headline), vocab_size)
        self.levels = [Level(counts, discounts) for counts in adjusted_counts(headlines, order)]

    def prob(self, word, before=()):
        """Return p(word | before), `before` being the numbers of all the words of the headline that came before."""
        p = 1 / len(self.possible)
        before = (startI, *before)
        for n, level in enumerate(self.levels[:len(before) + 1]):  # from no word before to order - 1 words
            p = level.interpolate(word, before[len(before) - n:], p)
        return p

    def distribution(self, before=()):
        """Return p(w | before) of all words that may come, as an array in the order of `possible`."""
        return np.array([self.prob(word, before) for word in self.possible])


def adjusted_counts(headlines, order):
    """Return counts of the n-grams of 1 to `order` words: [{context: Counter of the words after it}, ...].

    headlines are lists of word numbers. The longest are counted as often as they come, and so are those that begin with
    <START>; of the others, the different words before them.
    """
    raw = [Counter() for _ in range(order)]
    for headline in headlines:
        words = (startI, *headline)
        for n in range(1, order + 1):
            raw[n - 1].update(words[i:i + n] for i in range(max(0, 2 - n), len(words) - n + 1))
    adjusted = []
    for n, grams in enumerate(raw, 1):
        if n < order:
            distinct = Counter(gram[1:] for gram in raw[n])
            grams = {gram: count if gram[0] == startI else distinct[gram] for gram, count in grams.items()}
        table = defaultdict(Counter)
        for gram, count in grams.items():
            table[gram[:-1]][gram[-1]] = count
        adjusted.append(table)
    return adjusted


class Level:
    """The n-grams of one length: their counts, discounts, and what the discounts leave for shorter ones.

    Attributes
    ----------
    table : {context: Counter of the words after it}
    discounts : D for a count of 0, 1, 2, and 3 or more
    totals, left : {context: c(u)} and {context: λ(u)}
    """

    def __init__(self, table, discounts):
        self.table = table
        self.discounts = estimate_discounts(Counter(c for row in table.values() for c in row.values()), discounts)
        self.totals = {context: sum(row.values()) for context, row in table.items()}
        self.left = {context: sum(self._discount(c) for c in row.values()) / self.totals[context]
                     for context, row in table.items()}

    def _discount(self, count):
        return self.discounts[min(count, 3)]

    def interpolate(self, word, context, p):
        """Return p(word | context), given the `p` that one word less of context gives."""
        if context not in self.table:
            return p
        count = self.table[context].get(word, 0)
        return (count - self._discount(count)) / self.totals[context] + self.left[context] * p


def estimate_discounts(count_of_counts, kind="modified"):
    """Return D for a count of 0, 1, 2, and 3 or more, from how many n-grams have each count.

    Y = n1 / (n1 + 2 n2);  single: D = Y;  modified: D_c = c - (c + 1) Y n_{c+1} / n_c

    A small text may lack n-grams of some count, or have so many of n_{c+1} that D_c would not lie between 0 and c; then
    D_c = Y, and where Y cannot be computed it is 1/2.

    count_of_counts has n_c under c; kind is "single" or "modified".
    """
    n1, n2 = count_of_counts[1], count_of_counts[2]
    Y = n1 / (n1 + 2 * n2) if n1 and n2 else 0.5
    if kind == "single":
        return [0.0, Y, Y, Y]
    n = count_of_counts
    wanted = {c: c - (c + 1) * Y * n[c + 1] / n[c] if n[c] else 0 for c in (1, 2, 3)}
    return [0.0, *(D if 0 < D < c else Y for c, D in wanted.items())]
