"""The long run in small: it keeps held-out stories out of training, measures what it says, and resumes."""

from datetime import datetime

import pytest

from cs182lib.data.article import Article, News
from cs182lib.data.standins.gazette import is_factual, make_stories
from cs182lib.language import summarizer_run
from cs182lib.language.rouge import best_lead, lead_words, rouge_scores
from cs182lib.language.summarizer_run import story_parts, summarization_gazette, summarization_reuters

SMALL = {"model": dict(d_model=16, n_heads=2, d_filter=24, encoder_layers=1, decoder_layers=1, dropout=0.0),
         "training": dict(epochs=2, batch_size=8, lr=1e-2), "writing": dict(method="beam"), "vocabulary": 40}


def story(i, day=1, body=None):
    a, b = f"firm{i % 23}", f"firm{i * 7 % 19 + 30}"
    body = f"it was said today that {a} will buy all of {b} for cash" if body is None else body
    return Article(title=f"{a} buys {b}", body=body, date=datetime(1987, 3, day), number=i)


@pytest.fixture(scope="module")
def news():
    train, validation, test = ([story(i, day) for i in rows] for rows, day in (
        (range(100), 1), (range(100, 112), 10), (range(120, 131), 20)))
    unused = [story(200, 5), story(201, 12), story(202, 5, ""), story(203, 5, "two words")]
    return News([*train, Article(title="", body="no title here at all")], validation, test, "rules", unused=unused)


def test_training_has_nothing_of_the_other_splits(news):
    parts = story_parts(news)
    held_out = {one.body for split in ("validation", "test") for one in parts[split]}
    train = {one.body for one in parts["train"]}
    assert not train & held_out and {one.number for one in parts["train"]} >= {200}
    assert not {one.number for one in parts["train"]} & {201, 202, 203}  # too late, no body, too short
    assert len(parts["validation"]) == 12 and len(parts["test"]) == 11


def test_figures_and_resuming(news, tmp_path, monkeypatch):
    whole = summarization_reuters(tmp_path / "whole", news, SMALL)
    figures, parts = whole["figures"], story_parts(news)
    n = best_lead(parts["validation"])
    lead = rouge_scores([one.title for one in parts["test"]], [lead_words(one, n) for one in parts["test"]])
    assert figures["lead_words"] == n and figures["test_lead_rougeL"] == lead["rougeL"]
    assert figures["times_lead"] == pytest.approx(figures["rougeL"] / figures["lead_rougeL"])
    assert figures["masked_loss"] == whole["curve"]["masked_loss"][-1]
    assert figures["unmasked_mean_loss"] == pytest.approx(figures["masked_loss"] * 4 / 100)  # three words and the end
    assert whole["config"]["stories"] == len(parts["train"]) and whole["config"]["vocabulary"] == 40

    def stop(model, stories, **options):
        if (tmp_path / "cut.pt").exists():
            raise KeyboardInterrupt
        return losses(model, stories, **options)

    losses = summarizer_run.summarizer_losses
    monkeypatch.setattr(summarizer_run, "summarizer_losses", stop)
    with pytest.raises(KeyboardInterrupt):
        summarization_reuters(tmp_path / "cut", news, SMALL)
    monkeypatch.undo()
    again = summarization_reuters(tmp_path / "cut", news, SMALL)
    assert again["figures"] == figures and again["curve"]["loss"] == whole["curve"]["loss"]


def test_gazette_counts_facts(tmp_path):
    news = News(make_stories(40, 5), make_stories(12, 6), make_stories(10, 7), "gazette", is_standin=True)
    fields = summarization_gazette(tmp_path / "run", news, SMALL, count=30)
    assert fields["config"]["stories"] == 30 and 0 <= fields["figures"]["factual"] <= 1
    assert "test_factual" in fields["figures"] and all(is_factual(one.title, one.event) for one in news.test)
