"""The long run on Reuters titles: python -m cs182lib.language.language_model_run [CHECKPOINT].

The settings were chosen on the validation titles; the test titles are those of the ModApte split.
"""

import sys
from pathlib import Path

import torch

from cs182lib.data.news import load_news
from cs182lib.language.batching import headline_batches
from cs182lib.language.language_model import LanguageModel, evaluate_loss, language_model_loss, perplexity
from cs182lib.language.ngrams import KneserNey, Unigram, ngram_loss
from cs182lib.language.vocabulary import Vocabulary, build_dataset
from cs182lib.training.fit import fit
from cs182lib.training.schedules import one_cycle
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything

SEED = 182
LENGTH = 40  # no title of Reuters is longer
MODEL = dict(rnn_size=256, num_layers=1, dropout=0.5, tied=True, locked=True, word_dropout=0.1)
TRAINING = dict(epochs=20, batch_size=32, lr=4e-3, weight_decay=1e-4, warmup=0.1, grad_clip=1.0)


def language_model_reuters(checkpoint, news=None, **options):
    """Train the LSTM on titles and measure its perplexity beside those of counting models, on the same words.

    A word is known where it came twice in the training titles; all others are UNK, for every model. Each title ends
    with a word of its own, PAD, which every model must predict too.

    Parameters
    ----------
    checkpoint : Path; training goes on from it where it exists (its suffix becomes .pt)
    news : News, and Reuters-21578 where nothing is given
    options : settings of MODEL and TRAINING that take the place of theirs

    Returns
    -------
    fields : dict with title, data, seed, figures, curve and config; below_trigram is by which share the LSTM's
        perplexity lies below that of the better trigram model
    """
    news = load_news("reuters") if news is None else news
    config = MODEL | TRAINING | options
    vocabulary, data = title_data(news)
    generator, precision = seed_everything(SEED), fast_precision(pick_device())
    model = LanguageModel(len(vocabulary), **{key: config[key] for key in MODEL})
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"], betas=(0.9, 0.99),
                                  weight_decay=config["weight_decay"])

    def evaluate(model):
        return {"val_loss": evaluate_loss(model, data["validation"])}

    history = fit(model, headline_batches(data["train"], config["batch_size"], generator), optimizer,
                  language_model_loss, epochs=config["epochs"], schedule=one_cycle(config["warmup"]),
                  precision=precision, grad_clip=config["grad_clip"], evaluate=evaluate, generators=[generator],
                  checkpoint=Path(checkpoint).with_suffix(".pt"))
    curve = {key: history.column(key) for key in ("epoch", "loss", "val_loss", "seconds")}
    figures = {"test_perplexity": perplexity(evaluate_loss(model, data["test"])),
               "val_loss": history.column("val_loss")[-1], **yardsticks(data, len(vocabulary))}
    figures["below_trigram"] = 1 - figures["test_perplexity"] / figures["trigram_test_perplexity"]
    return {"title": "LSTM language model, Reuters titles", "data": news, "seed": SEED, "figures": figures,
            "curve": curve, "config": config | {"vocabulary": len(vocabulary), "precision": precision}}


def title_data(news, length=LENGTH, min_count=2):
    """Return the vocabulary of the training titles of `news`, and {split: records} of all titles that are not empty.

    length is that of a record, in words; rarer words than min_count become UNK.
    """
    titles = {split: [story.title for story in getattr(news, split) if story.title]
              for split in ("train", "validation", "test")}
    vocabulary = Vocabulary.build(titles["train"], min_count=min_count)
    return vocabulary, {split: build_dataset(texts, vocabulary, length, end=True) for split, texts in titles.items()}


def yardsticks(data, vocab_size):
    """Return the test perplexities of counting models on `data`, {split: records} of words below `vocab_size`.

    Of the two kinds of discount the one counts that is better on the test titles themselves, which favors the
    yardstick.
    """
    models = {"unigram": [Unigram(data["train"], vocab_size)],
              "bigram": [KneserNey(data["train"], vocab_size, 2, kind) for kind in ("single", "modified")],
              "trigram": [KneserNey(data["train"], vocab_size, 3, kind) for kind in ("single", "modified")]}
    return {f"{name}_test_perplexity": min(perplexity(ngram_loss(model, data["test"])) for model in kinds)
            for name, kinds in models.items()}


if __name__ == "__main__":
    fields = language_model_reuters(Path(sys.argv[1] if len(sys.argv) > 1 else "build/full/language_model"))
    print(fields["data"])
    print(", ".join(f"{name} {value:.3f}" for name, value in fields["figures"].items()))
