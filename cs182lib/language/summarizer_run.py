"""The long run from Reuters bodies to titles: python -m cs182lib.language.summarizer_run [CHECKPOINT].

The recipe was chosen on the validation stories; the test stories are those of the ModApte split. The short run on the
stand-in is `cs182 run --full summarization_gazette`.
"""

import sys
from pathlib import Path

import torch

from cs182lib.data.news import load_news
from cs182lib.data.standins.gazette import is_factual
from cs182lib.language.rouge import best_lead, lead_words, rouge_scores
from cs182lib.language.summarizer import Summarizer
from cs182lib.language.summarizer_training import summarizer_losses, summarizer_rouge, train_summarizer
from cs182lib.language.vocabulary import Vocabulary, word_tokenize
from cs182lib.training.memory import keep_freed_memory
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything

SEED = 182
REUTERS = {
    "model": dict(d_model=192, n_heads=4, d_filter=512, encoder_layers=3, decoder_layers=2, dropout=0.3,
                  word_dropout=0.1, neighbors=2, input_length=100, output_length=20),
    "training": dict(epochs=12, batch_size=32, lr=1e-3, warmup=0.05, label_smoothing=0.1),
    "writing": dict(method="consensus", copies=16, temperature=0.5, top_p=None),
    "vocabulary": 10_000,  # words; all others must be copied
}
GAZETTE = {
    "model": dict(d_model=96, n_heads=4, d_filter=256, encoder_layers=2, decoder_layers=1, dropout=0.0),
    "training": dict(epochs=1, batch_size=32, lr=2.5e-3, warmup=0.1, precision="no"),  # so small, bfloat16 is slower
    "writing": dict(method="greedy"),
    "vocabulary": 1500,
}
LEAST = 5  # words that a body has at least, to be trained on


def summarization_reuters(checkpoint, news=None, recipe=REUTERS):
    """Train the summarizer on bodies and titles, and measure it beside the best number of lead words.

    Parameters
    ----------
    checkpoint : Path; training goes on from it where it exists (its suffix becomes .pt)
    news : News, and Reuters-21578 where nothing is given
    recipe : dict with model (options of `Summarizer`), training (of `train_summarizer`), writing (of `generate`) and
        vocabulary (its size)

    Returns
    -------
    fields : dict with title, data, seed, figures, curve and config. Figures are of the whole validation set, those
        that begin with test_ of the whole test set; see `summarizer_losses` for the losses on two scales
    """
    news = load_news("reuters") if news is None else news
    stories = story_parts(news)
    model, fields = train(stories, recipe, checkpoint)
    return {"title": "Summarizer with a pointer, Reuters bodies to titles", "data": news, **fields,
            "figures": story_figures(model, stories, recipe["writing"])}


def summarization_gazette(checkpoint, news=None, recipe=GAZETTE, count=20_000):
    """Train a small summarizer on `count` stories of the gazette; the grammar says which headlines tell the facts.

    Parameters
    ----------
    checkpoint, news, recipe : as `summarization_reuters` takes them, news being the gazette
    count : int, stories to train on

    Returns
    -------
    fields : as of `summarization_reuters`; factual is the share of headlines that tell just the facts
    """
    news = load_news("gazette") if news is None else news
    stories = {"train": news.train[:count], "validation": news.validation, "test": news.test}
    model, fields = train(stories, recipe, checkpoint)
    figures = story_figures(model, stories, recipe["writing"])
    for split, name in (("validation", "factual"), ("test", "test_factual")):
        written = write_all(model, stories[split], recipe["writing"])
        told = [is_factual(text, story.event) for text, story in zip(written, stories[split])]
        figures[name] = sum(told) / len(told)
    return {"title": "Summarizer with a pointer, gazette", "data": news, **fields, "figures": figures}


def train(stories, recipe, checkpoint):
    """Train a summarizer on `stories` by a recipe, with a checkpoint; return it and the fields seed, curve, config."""
    seed_everything(SEED)
    keep_freed_memory()
    length = recipe["model"].get("input_length")
    known = Vocabulary.build((word_tokenize(story.title) + word_tokenize(story.body)[:length]
                              for story in stories["train"]), recipe["vocabulary"])
    model = Summarizer(known, **recipe["model"]).to(pick_device())
    training = {"precision": fast_precision(pick_device())} | recipe["training"]

    def evaluate(model):
        return summarizer_losses(model, stories["validation"])

    history = train_summarizer(model, stories["train"], seed=SEED, evaluate=evaluate,
                               checkpoint=Path(checkpoint).with_suffix(".pt"), **training)
    config = recipe["model"] | training | recipe["writing"] | {
        "vocabulary": len(known), "stories": len(stories["train"]),
        "parameters": sum(p.numel() for p in model.parameters()), "train_seconds": round(history.seconds, 1),
        "cpu_seconds": round(history.cpu_seconds, 1)}
    curve = {key: history.column(key) for key in ("epoch", "loss", "masked_loss", "word_acc", "seconds")}
    return model, {"seed": SEED, "curve": curve, "config": config}


def story_parts(news):
    """Return {split: stories with title and body} of `news`.

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


def story_figures(model, stories, writing):
    """Return losses and ROUGE of both held-out splits, beside those of as many lead words as suit the first best.

    model is a Summarizer, stories {split: list of Article}, writing the options of `generate`.
    """
    lead, figures = best_lead(stories["validation"]), {}
    for split, prefix in (("validation", ""), ("test", "test_")):
        titles = [story.title for story in stories[split]]
        leads = rouge_scores(titles, [lead_words(story, lead) for story in stories[split]])
        written = write_all(model, stories[split], writing)
        scores = {**summarizer_losses(model, stories[split]), **rouge_scores(titles, written),
                  "rougeL_greedy": summarizer_rouge(model, stories[split])["rougeL"],
                  "rougeL_beam": summarizer_rouge(model, stories[split], "beam", alpha=1.2)["rougeL"],
                  **{f"lead_{name}": score for name, score in leads.items()}}
        scores["times_lead"] = scores["rougeL"] / scores["lead_rougeL"]
        figures |= {prefix + name: score for name, score in scores.items()}
    return figures | {"lead_words": lead}


def write_all(model, stories, writing):
    """Return the model's headline for each of the stories; what is drawn comes from a generator of its own.

    writing are the options of `Summarizer.generate`.
    """
    return model.generate(stories, generator=torch.Generator().manual_seed(SEED), **writing)


if __name__ == "__main__":
    fields = summarization_reuters(Path(sys.argv[1] if len(sys.argv) > 1 else "build/full/summarization"))
    print(fields["data"])
    print(", ".join(f"{name} {value:.3f}" for name, value in fields["figures"].items()))
