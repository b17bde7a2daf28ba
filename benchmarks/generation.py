"""Writing with a key-value cache and without, early and late in a headline; training with buckets and without."""

import torch

from cs182lib.data import load_news
from cs182lib.language.batching import collate_pairs
from cs182lib.language.summarizer import Summarizer
from cs182lib.language.summarizer_training import pair_batches, summarizer_loss
from cs182lib.language.vocabulary import SPECIAL, Vocabulary
from cs182lib.language.writers import CachedWriter, RecomputingWriter, write_batch

ARTICLES, SOURCE, LONG, SHORT, STEPS = 8, 100, 256, 32, 8
TRAINED, BATCH, INPUT = 256, 16, 400  # articles of a training pass; words at most: the course's input length


def generation_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    torch.manual_seed(0)
    model = Summarizer(Vocabulary([*SPECIAL, *(f"word{i}" for i in range(4000))]), d_model=128).eval()
    words = torch.randint(3, 4003, (ARTICLES, SOURCE))
    batch = {"source_extended": words, "encoder_mask": torch.ones_like(words, dtype=torch.bool)}

    def write(writer):
        return lambda: write_batch(model, batch, max_length=LONG, end=None, writer=writer)

    assert torch.equal(write(CachedWriter)(), write(RecomputingWriter)())
    yield f"write {ARTICLES} x {LONG} words, cache / no cache", write(CachedWriter), write(RecomputingWriter), 1 / 5
    yield f"{STEPS} words at {LONG} / at {SHORT}", steps(model, batch, LONG), steps(model, batch, SHORT), 1.3
    bucketed, padded = passes(load_news())
    yield f"train on {TRAINED} articles, buckets / padded to {INPUT}", bucketed, padded, 1 / 1.5


def steps(model, batch, position):
    """Return a function that writes the last words before `position`."""
    writer, first = CachedWriter(model, batch), position - STEPS
    words = torch.full((ARTICLES,), 3)

    @torch.no_grad()
    def write(count=STEPS):
        for _ in range(count):
            writer.step(words)

    def again():
        writer.cache.position = first
        for attention in writer.cache.own:
            attention.length = first
        write()

    write(first)
    return again


def passes(news):
    """Return two functions that train on the same articles: in batches of like length, and padded to the maximum."""
    articles = news.pairs("train")[:TRAINED]
    model = Summarizer(Vocabulary.build([article.body for article in articles], 4000), input_length=INPUT)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
    pairs = [model.pair(article) for article in articles]
    lengths = {"input_length": INPUT, "output_length": model.output_length}
    padded = [collate_pairs(pairs[i:i + BATCH], len(model.vocabulary), **lengths) for i in range(0, TRAINED, BATCH)]
    return [lambda batches=batches: train(model, optimizer, batches)
            for batches in (pair_batches(model, articles, BATCH, torch.Generator().manual_seed(0)), padded)]


def train(model, optimizer, batches):
    """Make one step of the optimizer for each batch."""
    for batch in batches:
        optimizer.zero_grad()
        summarizer_loss(model, batch).backward()
        optimizer.step()
