"""The gazette: headlines and articles from a grammar, in the place of news, with a loss that no model can beat.

A headline is drawn first: a kind of event, a phrasing, and words for the slots, all by whole-number weights. Since
every word of a headline belongs to one list, or stands for itself, its sequence of list names says which phrasing it
is; so the probability of a headline is one product, and the entropy of all headlines one sum. The mean loss of a
language model per headline, in nats, cannot come below that entropy (Shannon, 1948); and since no headline begins
another, a word for the end would cost nothing.

The article is then written about the event. Everything comes from the raw bits of PCG64 by whole-number arithmetic, so
that all stories are the same bytes on every machine.
"""

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from cs182lib.data.article import Article
from cs182lib.data.standins.gazette_grammar import ASIDES, KINDS, LIST_OF
from cs182lib.data.standins.gazette_words import LISTS
from cs182lib.validation import check_count, describe

PREFIX = re.compile("OTHER_|THIRD_")


class Event(NamedTuple):
    """What happened: the kind, and the facts as ((slot, word), ...), sorted by slot."""

    kind: str
    facts: tuple


@dataclass(frozen=True)
class GazetteArticle(Article):
    """An Article that knows its event."""

    event: Event | None = None


class Draws:
    """Draw whole numbers from the raw bits of PCG64, the same on every machine.

    key : ints >= 0; equal keys give equal draws
    """

    def __init__(self, *key):
        self._pcg, self._raw = np.random.PCG64(key), []

    def below(self, n):
        """Return a whole number from 0 to n - 1; for n < 2**20 all are equally likely to within 2**-28."""
        if not self._raw:
            self._raw = (self._pcg.random_raw(4096) >> np.uint64(16)).tolist()  # 48 random bits each
        return self._raw.pop() * n >> 48


class Weighted:
    """Options with whole-number weights: `draw`, `prob` and `entropy` all come from them.

    weights : dict from option to weight, an int above 0
    """

    def __init__(self, weights):
        self.weights, self.options = weights, list(weights)
        self.steps = list(accumulate(weights.values()))
        self.total = self.steps[-1]

    def draw(self, draws):
        """Return an option, drawn by its weight with `draws`."""
        return self.options[bisect_right(self.steps, draws.below(self.total))]

    def prob(self, option):
        """Return the probability of an option, 0.0 where there is no such option."""
        return self.weights.get(option, 0) / self.total

    def entropy(self):
        """Return -sum p log p in nats."""
        return -math.fsum(p * math.log(p) for p in map(self.prob, self.options) if p)

    def distinct(self):
        """Return the probability that two draws differ, 1 - sum p**2."""
        return 1 - math.fsum(self.prob(option)**2 for option in self.options)

    def pair_entropy(self):
        """Return the entropy of two draws that differ, in order: a pair has probability p q / Z with Z = distinct().

        -sum p q / Z log(p q / Z) over unequal pairs = log Z - 2 / Z sum p (1 - p) log p, summing over q first.
        """
        Z = self.distinct()
        return math.log(Z) - 2 / Z * math.fsum(p * (1 - p) * math.log(p) for p in map(self.prob, self.options))


class Phrasing(NamedTuple):
    """One way to put a kind of event.

    kind : str, a key of KINDS
    words : tuple of str, those of the headline, slots in upper case
    log_prob : float, nats, of the kind and of this phrasing of it
    """

    kind: str
    words: tuple  # of the headline, slots in upper case
    log_prob: float  # of the kind and of this phrasing of it


def list_of(slot):
    """Return the name of the list that fills a slot: OTHER_TARGET -> COMPANY."""
    slot = PREFIX.sub("", slot)
    return LIST_OF.get(slot, slot)


def slots_of(text):
    """Return the slots among the words of the template `text`, in order."""
    return [word for word in text.split() if word.isupper()]


WORDS = {name: Weighted(weights) for name, weights in LISTS.items()}
KIND = Weighted({kind: grammar.weight for kind, grammar in KINDS.items()})
PHRASING = {kind: Weighted(grammar.headlines) for kind, grammar in KINDS.items()}
ROLES = {kind: sorted(slots_of(next(iter(grammar.headlines)))) for kind, grammar in KINDS.items()}
NAME_OF_WORD = {word: name for name, weights in LISTS.items() for word in weights}
PHRASINGS = {tuple(list_of(word) if word.isupper() else word for word in text.split()):
             Phrasing(kind, tuple(text.split()), math.log(KIND.prob(kind) * PHRASING[kind].prob(text)))
             for kind, grammar in KINDS.items() for text in grammar.headlines}


def parse(headline):
    """Return (phrasing, {slot: word}) of a headline, or None where the grammar cannot make it.

    TypeError where the headline is no string.
    """
    if not isinstance(headline, str):
        raise TypeError(f"headline must be a string of words between spaces, got {describe(headline)}")
    words = headline.split()
    phrasing = PHRASINGS.get(tuple(NAME_OF_WORD.get(word, "" if word in LISTS else word) for word in words))
    if phrasing is None:
        return None
    facts = {slot: word for slot, word in zip(phrasing.words, words) if slot.isupper()}
    return (phrasing, facts) if len(set(facts.values())) == len(facts) else None


def headline_log_prob(headline):
    """Return the exact log-probability (nats) of a headline under the grammar; -inf where it cannot be made.

    log p = log p(kind) + log p(phrasing | kind) + sum over lists of log p(words), where two words of one list differ:
    p(a) p(b) / (1 - sum p**2).
    """
    parsed = parse(headline)
    if parsed is None:
        return -math.inf
    phrasing, facts = parsed
    words = [math.log(WORDS[list_of(slot)].prob(word)) for slot, word in facts.items()]
    pairs = [math.log(WORDS[name].distinct()) for name, count in lists_of(phrasing.kind).items() if count == 2]
    return phrasing.log_prob + math.fsum(words) - math.fsum(pairs)


@lru_cache
def lists_of(kind):
    """Return {list: how many of its words an event of this kind has}."""
    names = [list_of(slot) for slot in ROLES[kind]]
    return {name: names.count(name) for name in names}


def headline_entropy():
    """Return the exact entropy of a headline, in nats: H(kind) + sum p(kind) (H(phrasing | kind) + H(facts | kind))."""
    def facts(kind):
        return sum(WORDS[name].entropy() if count == 1 else WORDS[name].pair_entropy()
                   for name, count in lists_of(kind).items())
    return KIND.entropy() + math.fsum(KIND.prob(kind) * (PHRASING[kind].entropy() + facts(kind)) for kind in KINDS)


def expected_length():
    """Return the mean number of words of a headline, exact."""
    return math.fsum(math.exp(phrasing.log_prob) * len(phrasing.words) for phrasing in PHRASINGS.values())


def facts_of(headline):
    """Return the Event that a headline tells, or None where the grammar cannot make it."""
    parsed = parse(headline)
    return parsed and Event(parsed[0].kind, tuple(sorted(parsed[1].items())))


def is_factual(headline, event):
    """Say whether a headline is one of the grammar's and tells just the facts of `event`."""
    return facts_of(headline) == event


def gazette_words():
    """Return all words of headlines and articles, sorted."""
    templates = [text for grammar in KINDS.values() for text in
                 (*grammar.headlines, *(text for group in grammar.told for text in group), *grammar.asides)]
    said = {word for text in (*templates, *ASIDES) for word in text.split()}
    lists = {list_of(word) for word in said if word.isupper()}
    return sorted({word for word in said if not word.isupper()}.union(*(LISTS[name] for name in lists)))


def draw_event(draws):
    """Return an Event drawn with `draws`: a kind by its weight, and words for its slots, no two the same."""
    kind = KIND.draw(draws)
    while True:
        words = [WORDS[list_of(slot)].draw(draws) for slot in ROLES[kind]]
        if len(set(words)) == len(words):
            return Event(kind, tuple(zip(ROLES[kind], words)))


def draw_headline(draws, event):
    """Return a headline for `event`, in one of the phrasings of its kind, drawn with `draws`."""
    return fill(PHRASING[event.kind].draw(draws), dict(event.facts))


def fill(template, words):
    """Return the `template` with its slots replaced by their `words`, {slot: word}."""
    return " ".join([words[word] if word.isupper() else word for word in template.split()])


class Filling(dict):
    """{slot: word} that draws a word for a slot it does not hold yet, each another one.

    facts : pairs (slot, word) to begin with; draws : Draws, for the words that are missing
    """

    def __init__(self, facts, draws):
        super().__init__(facts)
        self.draws = draws

    def __missing__(self, slot):
        words = WORDS[list_of(slot)]
        word = words.draw(self.draws)
        while word in self.values():
            word = words.draw(self.draws)
        self[slot] = word
        return word


ASIDE_COUNT = Weighted({1: 5, 2: 4, 3: 2, 4: 1})  # how many sentences beside the point


def write_article(draws, event):
    """Return the body of an article about `event`, its sentences drawn with `draws`.

    It has one sentence of each group that tells the event, and asides, in any order.
    """
    grammar = KINDS[event.kind]
    templates = [group[draws.below(len(group))] for group in grammar.told]
    asides = [*grammar.asides, *ASIDES]
    for _ in range(ASIDE_COUNT.draw(draws)):
        templates.append(asides.pop(draws.below(len(asides))))
    filling = Filling(event.facts, draws)
    return " ".join([fill(template, filling) for template in shuffled(draws, templates)])


def shuffled(draws, items):
    """Return a list of the items in random order, drawn with `draws` (Fisher and Yates)."""
    items = list(items)
    for last in range(len(items) - 1, 0, -1):
        other = draws.below(last + 1)
        items[last], items[other] = items[other], items[last]
    return items


def make_stories(count, seed, held_out=frozenset()):
    """Make stories whose events are not held out.

    Parameters
    ----------
    count : int, how many
    seed : int, of the draws
    held_out : set of Event

    Returns
    -------
    stories : list of GazetteArticle; the topic is the kind of event

    Raises
    ------
    TypeError, ValueError : count is no whole number of at least 0
    """
    draws, stories, count = Draws(seed), [], check_count("count", count, low=0)
    while len(stories) < count:
        event = draw_event(draws)
        if event not in held_out:
            title = draw_headline(draws, event)
            stories.append(GazetteArticle(title, write_article(draws, event), (event.kind,), number=len(stories),
                                          event=event))
    return stories
