"""The long run in small: it measures what it says, on the same words for every model, and goes on where it stopped."""

import math
import random

import pytest

from cs182lib.data.article import Article, News
from cs182lib.language import language_model_run
from cs182lib.language.language_model_run import language_model_reuters, title_data, yardsticks
from cs182lib.language.ngrams import KneserNey, counted_words, ngram_loss
from cs182lib.language.vocabulary import padI, unkI

SMALL = dict(rnn_size=32, dropout=0.0, word_dropout=0.0, batch_size=8, lr=0.02)


def news_of(size, seed):
    """Titles of a rule that reaches further than three words: who buys at the beginning pays in its coin at the end."""
    pays = {"acme": "dlrs", "bolt": "stg", "crown": "yen"}
    rng = random.Random(seed)
    titles = [f"{who.upper()} buys {rng.choice(('Dana', 'Exco', 'Fern'))} {pays[who]}"
              for who in rng.choices(list(pays), k=size)]
    return [Article(title=title, body="") for title in [*titles, "", f"only once {seed}"]]


@pytest.fixture(scope="module")
def news():
    return News(news_of(240, 1), news_of(40, 2), news_of(60, 5), "rules")


def test_same_words_for_all(news):
    vocabulary, data = title_data(news)
    assert vocabulary.words[:4] == ["<START>", "UNK", "PAD", "buys"] and "only" not in vocabulary.w2i
    words = counted_words(data["test"])
    assert len(words) == 61 and all(title[-1] == padI for title in words)  # the empty title is left out
    assert words[-1] == [unkI, unkI, unkI, padI]
    best = min(ngram_loss(KneserNey(data["train"], len(vocabulary), 3, kind), data["test"])
               for kind in ("single", "modified"))
    found = yardsticks(data, len(vocabulary))
    assert found["trigram_test_perplexity"] == pytest.approx(math.exp(best))
    unigram, bigram, trigram = (found[f"{name}_test_perplexity"] for name in ("unigram", "bigram", "trigram"))
    assert trigram < 1.01 * bigram < 0.5 * unigram


def test_run_beats_the_trigrams_and_resumes(news, tmp_path, monkeypatch):
    fields = language_model_reuters(tmp_path / "whole", news, epochs=16, **SMALL)
    figures = fields["figures"]
    ratio = figures["test_perplexity"] / figures["trigram_test_perplexity"]
    assert ratio < 0.95 and figures["below_trigram"] == pytest.approx(1 - ratio)
    assert figures["val_loss"] == fields["curve"]["val_loss"][-1]
    assert fields["curve"]["epoch"] == list(range(1, 17)) and fields["config"]["rnn_size"] == 32
    calls = []

    def killed(*arguments, **options):
        calls.append(1)
        if len(calls) == 80:  # in the third of the epochs, which have 31 steps
            raise KeyboardInterrupt
        return kept(*arguments, **options)

    kept = language_model_run.language_model_loss
    monkeypatch.setattr(language_model_run, "language_model_loss", killed)
    with pytest.raises(KeyboardInterrupt):
        language_model_reuters(tmp_path / "cut", news, epochs=16, **SMALL)
    monkeypatch.undo()
    again = language_model_reuters(tmp_path / "cut", news, epochs=16, **SMALL)
    assert again["figures"] == figures and again["curve"]["val_loss"] == fields["curve"]["val_loss"]
