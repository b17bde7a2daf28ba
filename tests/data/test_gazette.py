"""The gazette's probabilities against brute force, its entropy against a sample, and its stories against its rules."""

import itertools
import math
import re
from collections import Counter
from itertools import product
from time import process_time

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from cs182lib.data import load_news
from cs182lib.data.standins import gazette, gazette_cache, gazette_grammar
from cs182lib.data.standins.gazette_grammar import ASIDES, KINDS
from cs182lib.data.standins.gazette_words import LISTS


@pytest.fixture(scope="module")
def news():
    """The default gazette."""
    return load_news("gazette")


@pytest.fixture(scope="module")
def stories():
    """Three thousand stories."""
    return gazette.make_stories(3000, seed=7)


def role_lists(template):
    """Return [(slot, list name)] of a template, found without the library's own parser."""
    slots = [word for word in template.split() if re.fullmatch("[A-Z]+", word)]
    return [(slot, gazette_grammar.LIST_OF.get(slot, slot)) for slot in slots]


def enumerate_headlines(kinds, lists):
    """Yield (headline, probability) of every derivation of a cut grammar, by multiplying out all choices.

    The event is drawn by rejection: words by their weights, all again where two are the same.
    """
    total = sum(kind.weight for kind in kinds.values())
    for kind in kinds.values():
        slots = role_lists(next(iter(kind.headlines)))
        draws = [(dict(zip((slot for slot, _ in slots), words)), math.prod(
            lists[name][word] / sum(lists[name].values()) for (_, name), word in zip(slots, words)))
            for words in product(*(lists[name] for _, name in slots))]
        accepted = [(words, p) for words, p in draws if len(set(words.values())) == len(words)]
        norm = sum(p for _, p in accepted)
        for (words, p), (text, weight) in product(accepted, kind.headlines.items()):
            headline = " ".join(words.get(word, word) for word in text.split())
            yield headline, kind.weight / total * weight / sum(kind.headlines.values()) * p / norm


@pytest.fixture
def cut(monkeypatch):
    """A cut of the grammar in which everything can be enumerated: three words a list, all kinds."""
    lists = {name: dict(itertools.islice(words.items(), 3)) for name, words in LISTS.items()}
    monkeypatch.setattr(gazette, "WORDS", {name: gazette.Weighted(words) for name, words in lists.items()})
    return dict(enumerate_headlines(KINDS, lists)), list(enumerate_headlines(KINDS, lists))


def test_a_cut_grammar_is_unambiguous_and_sums_to_one(cut):
    headlines, derivations = cut
    assert len(headlines) == len(derivations) > 1400
    assert math.isclose(sum(headlines.values()), 1)


def test_log_probability_is_that_of_the_enumeration(cut):
    for headline, p in cut[0].items():
        assert math.isclose(math.exp(gazette.headline_log_prob(headline)), p, rel_tol=1e-9), headline


def test_entropy_and_length_are_those_of_the_enumeration(cut):
    headlines = cut[0]
    assert math.isclose(gazette.headline_entropy(), -sum(p * math.log(p) for p in headlines.values()))
    assert math.isclose(gazette.expected_length(), sum(p * len(text.split()) for text, p in headlines.items()))


def test_no_headline_of_a_cut_begins_another(cut):
    headlines = sorted(text + " " for text in cut[0])
    assert not any(b.startswith(a) for a, b in itertools.pairwise(headlines))


def test_a_sample_of_a_cut_follows_its_probabilities(cut):
    """Chi-squared over the kinds and phrasings, and over the pairs of one list, at about five standard deviations."""
    draws, counts, n = gazette.Draws(11), Counter(), 20000
    for _ in range(n):
        counts[gazette.draw_headline(draws, gazette.draw_event(draws))] += 1
    assert set(counts) <= set(cut[0])
    common = [(counts[text], n * p) for text, p in cut[0].items() if n * p > 5]
    chi2, degrees = sum((got - want)**2 / want for got, want in common), len(common)
    assert degrees > 500 and abs(chi2 - degrees) < 5 * math.sqrt(2 * degrees)


def test_the_whole_grammar_is_unambiguous_and_prefix_free():
    """Every word has one reading; then headlines are told apart by their sequence of readings, none begins another."""
    said = [word for words in LISTS.values() for word in words]
    literals = {word for kind in KINDS.values() for text in kind.headlines for word in text.split() if word.islower()}
    assert len(said) == len(set(said)) and not literals & set(said)
    patterns = [tuple(dict(role_lists(text)).get(word, word) for word in text.split())
                for kind in KINDS.values() for text in kind.headlines]
    assert not any(i != j and b[:len(a)] == a for (i, a), (j, b) in product(enumerate(patterns), repeat=2))


def test_the_entropy_is_the_mean_of_a_sample(news):
    losses = -np.array([gazette.headline_log_prob(story.title) for story in news.train])
    standard_error = losses.std() / math.sqrt(len(losses))
    assert standard_error < 0.02 and abs(losses.mean() - gazette.headline_entropy()) < 4 * standard_error
    lengths = np.array([len(story.title.split()) for story in news.train])
    assert abs(lengths.mean() - gazette.expected_length()) < 4 * lengths.std() / math.sqrt(len(lengths))


@pytest.mark.parametrize("headline", [
    "", "nortex", "veltex to buy", "veltex to buy veltex for 120 million dollars",
    "veltex to buy ashton for 120 million dollars", "VELTEX to buy dynair for 120 million dollars",
    "UNK to buy dynair for 120 million dollars", "court fines COMPANY MILLIONS million dollars for CRIME",
    "Court fines veltex 120 million dollars for fraud"])
def test_what_the_grammar_cannot_make_has_no_probability(headline):
    assert gazette.headline_log_prob(headline) == -math.inf
    assert gazette.facts_of(headline) is None


@given(st.integers(0, 2**32), st.data())
def test_one_wrong_word_is_noticed(seed, data):
    draws = gazette.Draws(seed)
    event = gazette.draw_event(draws)
    headline = gazette.draw_headline(draws, event)
    assert gazette.is_factual(headline, event) and math.isfinite(gazette.headline_log_prob(headline))
    words, at = headline.split(), data.draw(st.integers(0, len(headline.split()) - 1))
    names = [name for name in LISTS if words[at] in LISTS[name]]
    other = data.draw(st.sampled_from(list(LISTS[names[0]]) if names else ["the"]))
    changed = " ".join([*words[:at], other, *words[at + 1:]])
    assert gazette.is_factual(changed, event) == (changed == headline)
    for other in (headline + " .", " ".join(words[:-1])):
        assert gazette.headline_log_prob(other) == -math.inf


def test_every_phrasing_of_an_event_is_factual_and_no_other_order_of_its_names():
    event = gazette.Event("match", (("COUNT", "7"), ("LOSER", "ashton"), ("SPORT", "rugby"), ("WINNER", "dunham")))
    for headline in ("dunham beats ashton by 7 points in rugby", "ashton loses to dunham by 7 in rugby",
                     "dunham tops rugby rival ashton by 7"):
        assert gazette.is_factual(headline, event)
    assert not gazette.is_factual("ashton beats dunham by 7 points in rugby", event)
    assert not gazette.is_factual("dunham , ashton 7 rugby", event)


def test_templates_tell_all_facts_but_not_in_one_sentence():
    assert len(KINDS) >= 10
    for name, kind in KINDS.items():
        roles = {slot for slot, _ in role_lists(next(iter(kind.headlines)))}
        assert len(kind.headlines) >= 2 and roles
        for text in kind.headlines:
            assert sorted(slot for slot, _ in role_lists(text)) == sorted(roles), (name, text)
        for sentences in product(*kind.told):
            told = [roles & {slot for slot, _ in role_lists(text)} for text in sentences]
            assert set().union(*told) == roles and all(part < roles for part in told), (name, sentences)
        for text in (*kind.asides, *ASIDES):
            assert not roles & set(re.findall(r"\b[A-Z]+\b", text)), (name, text)


def test_articles_hold_the_facts_and_others_of_the_same_sort(stories):
    rivals = 0
    for story in stories:
        words, sentences = story.body.split(), story.body.count(" .")
        facts = set(dict(story.event.facts).values())
        assert facts <= set(words) and 3 <= sentences <= 8 and story.body.endswith(" .")
        assert gazette.is_factual(story.title, story.event) and story.topics == (story.event.kind,)
        lists = {gazette.list_of(slot) for slot, _ in story.event.facts}
        rivals += any(word not in facts and word in LISTS[name] for name in lists for word in words)
    assert rivals > 0.55 * len(stories)


def test_text_is_lower_case_words_between_single_spaces(stories):
    known = set(gazette.gazette_words())
    assert 2000 <= len(known) <= 5000
    for text in (text for story in stories for text in (story.title, story.body)):
        assert text == " ".join(text.split()) == text.lower()
        assert set(text.split()) <= known


def test_headlines_use_many_words_and_have_a_long_tail(news):
    counts = Counter(word for story in news.train for word in story.title.split())
    assert len(counts) > 1500
    assert sum(count < 20 for count in counts.values()) > 300


def test_events_of_validation_and_test_do_not_occur_in_training(news):
    training = {story.event for story in news.train}
    assert len(news.train) == 40000 and len(news.validation) == len(news.test) == 1000
    assert not training & {story.event for story in (*news.validation, *news.test)}
    titles = {story.title for story in news.train}
    assert not any(story.title in titles for story in (*news.validation, *news.test))


def test_the_gazette_is_the_same_everywhere(news):
    assert news.fingerprint == gazette_cache.FINGERPRINT
    assert str(news) == (f"Data: gazette (stand-in), 40000 training, 1000 validation and 1000 test stories, "
                         f"fingerprint {gazette_cache.FINGERPRINT}")


def test_the_first_story_of_a_seed():
    story = gazette.make_stories(1, seed=5)[0]
    assert (story.title, story.body) == FIRST


FIRST = ("langhaven beats underton by 18 points in cricket",
         "markets were cheerful on thursday . it was the best cricket match of the season . the fans of langhaven sang "
         "all night . the weather was frosty . for underton it was a sad evening . the final lead was 18 points .")


def test_stories_are_made_fast():
    """5 000 a second; processor time, the best of three, so that a busy machine does not count."""
    def seconds():
        start = process_time()
        gazette.make_stories(2000, seed=4)
        return process_time() - start
    assert min(seconds() for _ in range(3)) < 0.4


def test_draws_below_are_uniform_and_reach_both_ends():
    draws = gazette.Draws(3)
    counts = Counter(draws.below(7) for _ in range(70000))
    assert sorted(counts) == list(range(7))
    assert all(abs(count - 10000) < 5 * math.sqrt(10000 * 6 / 7) for count in counts.values())


def test_what_is_no_text_or_number_is_refused():
    with pytest.raises(TypeError, match="headline must be a string"):
        gazette.headline_log_prob(["veltex", "to", "buy"])
    with pytest.raises(ValueError, match="count must be at least 0"):
        gazette.make_stories(-1, seed=1)
