"""Train a summarizer, and measure it: losses of two kinds, accuracy, ROUGE."""

import torch

from cs182lib.language.batching import BucketBatches
from cs182lib.language.pointer import widened
from cs182lib.language.rouge import rouge_scores
from cs182lib.training.evaluating import evaluating
from cs182lib.training.fit import fit
from cs182lib.training.schedules import one_cycle
from cs182lib.validation import check_number, require

__all__ = ["masked_mean", "pair_batches", "summarizer_loss", "summarizer_losses", "summarizer_rouge",
           "train_summarizer"]


def masked_mean(values, mask):
    """Return Σ values · mask / Σ mask, a scalar: the mean over the places that count."""
    return (values * mask).sum() / mask.sum()


def summarizer_loss(model, batch, label_smoothing=0.0):
    """Return the mean loss of the words of a batch that count, a scalar, as `fit` asks for it.

    L = -(1 - ε) log p[y] - ε mean_v log p_vocab[v], the mean over all target words and ends of the batch

    The second part spreads the share ε of the probability evenly over the vocabulary. What is copied is not smoothed.

    Parameters
    ----------
    model : Summarizer
    batch : of `collate_pairs`
    label_smoothing : number ε in [0, 1)

    References
    ----------
    Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, section 7.
    """
    prediction = model(batch)
    losses = -model.log_probs(prediction, batch)
    if label_smoothing:
        even = -widened(prediction.logits).log_softmax(dim=-1).mean(dim=-1)  # (B, T, V) -> (B, T)
        losses = (1 - label_smoothing) * losses + label_smoothing * even
    return masked_mean(losses, batch["decoder_mask"])


def pair_batches(model, articles, batch_size, generator=None):
    """Return articles as batches of batch_size for `model`, of like length; with a generator in ever new order."""
    pairs = [model.pair(article) for article in articles]
    lengths = [(len(pair.source), len(pair.target)) for pair in pairs]
    return BucketBatches(pairs, lengths, batch_size, model.collate, generator)


def train_summarizer(model, articles, *, epochs=1, batch_size=64, lr=1e-3, warmup=0.1, weight_decay=0.01, grad_clip=1.0,
                     label_smoothing=0.0, seed=0, **options):
    """Train a summarizer with AdamW; the learning rate rises in a line, then falls along half a cosine wave.

    Parameters
    ----------
    model : Summarizer, changed in place
    articles : list of Article
    epochs, batch_size, lr, weight_decay, grad_clip : as usual; grad_clip bounds the norm of the gradient
    warmup : share of the steps in which the learning rate rises: Adam's first steps, from few gradients, are unsafe
    label_smoothing : of `summarizer_loss`
    seed : int, of the order of the batches
    options : of `fit`, such as precision, evaluate, checkpoint

    Returns
    -------
    history : History

    Raises
    ------
    TypeError, ValueError : label_smoothing is out of range, or an option of `fit` is
    """
    check_number("label_smoothing", label_smoothing, 0, 1, high_open=True)
    batches = pair_batches(model, articles, batch_size, torch.Generator().manual_seed(seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr, betas=(0.9, 0.98), weight_decay=weight_decay)
    return fit(model, batches, optimizer, lambda model, batch: summarizer_loss(model, batch, label_smoothing),
               epochs=epochs, schedule=one_cycle(warmup), grad_clip=grad_clip, **options)


def summarizer_losses(model, articles, batch_size=128, padded_length=100):
    """Measure the loss of the true headlines on two scales, in nats, and how many of their words are guessed right.

    Parameters
    ----------
    model : Summarizer
    articles : list of Article
    batch_size : int, articles at a time
    padded_length : int, places of a headline on the course's scale

    Returns
    -------
    losses : dict
        masked_loss : the mean over the words of the headlines and their ends
        unmasked_mean_loss : the same sum over `padded_length` places for each headline, the course's scale
        word_acc : the share of the words that get the highest probability, where the words before are given

    Raises
    ------
    ValueError : there is no article

    Notes
    -----
    The course's loss is the mean over all places of a padded headline. Past its end this model's decoder writes PAD by
    rule, at no loss; a model of the course's must learn to.
    """
    require(len(articles) > 0, "articles is empty")
    total = words = right = 0
    with evaluating(model):
        for batch in pair_batches(model, articles, batch_size):
            prediction, mask = model(batch), batch["decoder_mask"]
            total -= (model.log_probs(prediction, batch) * mask).sum().item()
            words += mask.sum().item()
            best = model.probabilities(prediction, batch).argmax(dim=-1)
            right += ((best == batch["target_extended"]) & mask).sum().item()
    return {"masked_loss": total / words, "unmasked_mean_loss": total / (len(articles) * padded_length),
            "word_acc": right / words}


def summarizer_rouge(model, articles, method="greedy", **options):
    """Return the ROUGE scores of the headlines that `model` writes for `articles`.

    method and options are those of `Summarizer.generate`.
    """
    return rouge_scores([article.title for article in articles], model.generate(articles, method, **options))
