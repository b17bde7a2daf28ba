"""The long run from Reuters bodies to titles: python -m cs182lib.language.summarizer_run [CHECKPOINT].

Everything is chosen on the validation stories; the test stories, those of the ModApte split, are read once, at the end.
"""

import sys
from pathlib import Path

from cs182lib.data.news import load_news
from cs182lib.language.rouge import best_lead, lead_words, rouge_scores
from cs182lib.language.summarizer import Summarizer
from cs182lib.language.summarizer_training import summarizer_losses, summarizer_rouge, train_summarizer
from cs182lib.language.vocabulary import Vocabulary, word_tokenize
from cs182lib.training.memory import keep_freed_memory
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything

SEED = 182
MODEL = dict(d_model=192, n_heads=4, d_filter=512, encoder_layers=3, decoder_layers=2, dropout=0.2, word_dropout=0.1,
             neighbors=2, input_length=100, output_length=20)
TRAINING = dict(epochs=18, batch_size=32, lr=1e-3, warmup=0.05, label_smoothing=0.1)
VOCABULARY, LEAST = 10_000, 5  # words known; words that a body has at least
BEAM = dict(method="beam", beam_width=4, alpha=0.6)


def summarization_reuters(checkpoint, news=None, **options):
    """Train the summarizer on bodies and titles, and measure it beside the best number of lead words.

    Parameters
    ----------
    checkpoint : Path; training goes on from it where it exists (its suffix becomes .pt)
    news : News, and Reuters-21578 where nothing is given
    options : settings of MODEL, TRAINING and BEAM that take the place of theirs, and vocabulary, its size

    Returns
    -------
    fields : dict with title, data, seed, figures, curve and config. Figures are of the whole validation set, those
        that begin with test_ of the whole test set; see `summarizer_losses` for the losses on two scales
    """
    news = load_news("reuters") if news is None else news
    config = MODEL | TRAINING | BEAM | {"vocabulary": VOCABULARY} | options
    stories = story_parts(news)
    seed_everything(SEED)
    keep_freed_memory()
    known = Vocabulary.build((word_tokenize(story.title) + word_tokenize(story.body)[:config["input_length"]]
                              for story in stories["train"]), config["vocabulary"])
    model = Summarizer(known, **{key: config[key] for key in MODEL}).to(pick_device())
    precision = fast_precision(pick_device())

    def evaluate(model):
        return summarizer_losses(model, stories["validation"])

    history = train_summarizer(model, stories["train"], seed=SEED, precision=precision, evaluate=evaluate,
                               checkpoint=Path(checkpoint).with_suffix(".pt"), **{key: config[key] for key in TRAINING})
    curve = {key: history.column(key) for key in ("epoch", "loss", "masked_loss", "word_acc", "seconds")}
    figures = story_figures(model, stories, {key: config[key] for key in BEAM})
    return {"title": "Summarizer with a pointer, Reuters bodies to titles", "data": news, "seed": SEED,
            "figures": figures, "curve": curve,
            "config": config | {"vocabulary": len(known), "precision": precision, "stories": len(stories["train"])}}


def story_parts(news):
    """Return {split: stories with title and body}.

    Training has the stories before the first one of the validation set as well that the ModApte split leaves out, but
    none whose body stands in another split, and none with hardly any words.
    """
    parts = {split: [story for story in getattr(news, split) if story.title and story.body]
             for split in ("train", "validation", "test")}
    bodies = {story.body for split in ("validation", "test") for story in parts[split]}
    dates = [story.date for story in parts["validation"] if story.date is not None]
    more = [story for story in news.unused if dates and story.title and story.date and story.date < min(dates)]
    parts["train"] = [story for story in parts["train"] + more
                      if story.body not in bodies and len(story.body.split()) >= LEAST]
    return parts


def story_figures(model, stories, beam):
    """Return losses and ROUGE of both held-out splits, beside those of as many lead words as suit the first best."""
    lead, figures = best_lead(stories["validation"]), {}
    for split, prefix in (("validation", ""), ("test", "test_")):
        titles = [story.title for story in stories[split]]
        leads = rouge_scores(titles, [lead_words(story, lead) for story in stories[split]])
        scores = {**summarizer_losses(model, stories[split]), **summarizer_rouge(model, stories[split], **beam),
                  "rougeL_greedy": summarizer_rouge(model, stories[split])["rougeL"],
                  **{f"lead_{name}": score for name, score in leads.items()}}
        scores["times_lead"] = scores["rougeL"] / scores["lead_rougeL"]
        figures |= {prefix + name: score for name, score in scores.items()}
    return figures | {"lead_words": lead}


if __name__ == "__main__":
    fields = summarization_reuters(Path(sys.argv[1] if len(sys.argv) > 1 else "build/full/summarization"))
    print(fields["data"])
    print(", ".join(f"{name} {value:.3f}" for name, value in fields["figures"].items()))
