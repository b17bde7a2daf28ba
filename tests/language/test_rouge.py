"""ROUGE counts what its definition says; the lead baseline takes the first words."""

from types import SimpleNamespace

import pytest

from cs182lib.language.rouge import best_lead, consensus, lead_words, rouge_scores


def f1(hits, hypothesis, reference):
    return 2 * hits / (hypothesis + reference)


def test_by_hand():
    scores = rouge_scores(["the bank buys a small rival"], ["a bank buys the rival"])
    assert scores == pytest.approx({"rouge1": f1(5, 5, 6), "rouge2": f1(1, 4, 5), "rougeL": f1(3, 5, 6)})


def test_mean_over_headlines_and_extremes():
    scores = rouge_scores(["Profit rose 1,234.5 pct", "gold", "b"], ["profit rose 1,234.5 PCT .", "", "a"])
    assert scores == pytest.approx({"rouge1": 1 / 3, "rouge2": 1 / 3, "rougeL": 1 / 3})


def test_bad_input():
    with pytest.raises(ValueError, match="as many references as hypotheses"):
        rouge_scores(["a"], [])
    with pytest.raises(TypeError, match="hypotheses must be a list of strings"):
        rouge_scores(["a"], "a")
    with pytest.raises(TypeError, match="references must be a list of strings"):
        rouge_scores([["a"]], ["a"])


def article(title, body):
    return SimpleNamespace(title=title, body=body)


def test_lead_words_and_the_best_number_of_them():
    assert lead_words("one two  three\nfour", 3) == "one two three" == lead_words(article("", "one two three"), 5)
    articles = [article("bank buys rival today", "bank buys rival today it said on a long day"),
                article("gold up again today", "gold up again today as traders waited and waited")]
    assert best_lead(articles, range(1, 8)) == 4
    with pytest.raises(ValueError, match="n must be at least 1"):
        lead_words("a b", 0)


def test_consensus_is_the_headline_of_highest_mean_score():
    drawn = ["bank buys rival", "bank buys old rival", "gold falls", "bank buys old rival today", "gold falls", "rival"]
    means = [rouge_scores([one] * len(drawn), drawn)["rougeL"] for one in drawn]
    assert consensus(drawn) == drawn[means.index(max(means))] == "bank buys old rival"
    assert consensus(["gold falls"] * 9 + drawn) == "gold falls"
    assert consensus([""]) == "" and consensus(["only"]) == "only"
    with pytest.raises(ValueError, match="headlines is empty"):
        consensus([])
