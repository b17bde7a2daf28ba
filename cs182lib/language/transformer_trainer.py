"""The course's way to a summarizer: a Transformer on padded batches, its trainer, its loop that writes a summary."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.language_model import loss_fn
from cs182lib.language.transformer import Transformer
from cs182lib.language.vocabulary import numerize_sequence, pad_sequence, padI, word_tokenize
from cs182lib.training.seeding import pick_device
from cs182lib.validation import check_count, require

__all__ = ["TransformerTrainer", "build_batch", "build_dataset", "generate_summary", "masked_loss",
           "unmasked_mean_loss"]


def masked_loss(logits, target, mask):
    """Compute the mean cross-entropy of the words that count, and the share of them that is guessed right.

    L = Σ_bt mask_bt (-log softmax(logits_bt)[target_bt]) / Σ_bt mask_bt

    Parameters
    ----------
    logits : (B, T, V) floats
    target : (B, T) int64
    mask : (B, T) bools or floats, zero over padding

    Returns
    -------
    loss, accuracy : scalar tensors

    Notes
    -----
    The course's line is nn.CrossEntropyLoss(reduce='none'): an old argument, which counts as true, so the loss is a
    mean over all places, padding too, before the mask comes; see `unmasked_mean_loss`.
    """
    right = (logits.argmax(dim=-1) == target) * mask
    return loss_fn(logits, target, mask), right.sum() / mask.sum()


def unmasked_mean_loss(logits, target):
    """Return the mean cross-entropy over all places, padding too: the scale of the course's 6.50.

    Most of a padded summary is padding, which is soon guessed: the more padding, the lower this loss.

    Parameters
    ----------
    logits : (B, T, V) floats; target : (B, T) int64, padded
    """
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())  # (B, T, V) -> (B·T, V)


class TransformerTrainer(nn.Module):
    """A Transformer, its loss and its optimizer, Adam.

    Parameters
    ----------
    vocab_size, d_model, n_layers, d_filter : ints, of `Transformer`
    input_length, output_length : ints, words of an article and of a summary, padding included
    dropout : float, which reaches the Transformer (the course's trainer leaves it out)
    learning_rate : float, Adam's
    masked : bool; False trains on `unmasked_mean_loss`, as the course does without meaning to
    options : of `Transformer`, such as n_heads (8), which must divide d_model

    Attributes
    ----------
    model : Transformer
    optimizer : torch.optim.Adam

    Raises
    ------
    TypeError, ValueError : a length is no whole number above 0
    """

    def __init__(self, vocab_size, d_model, input_length, output_length, n_layers, d_filter, dropout=0,
                 learning_rate=1e-3, *, masked=True, **options):
        super().__init__()
        self.input_length = check_count("input_length", input_length)
        self.output_length = check_count("output_length", output_length)
        self.masked = masked
        self.model = Transformer(vocab_size, n_layers=n_layers, d_model=d_model, d_filter=d_filter, dropout=dropout,
                                 **options).to(pick_device())
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=learning_rate)

    def forward(self, batch, optimize=True):
        """Compute loss and accuracy of a batch and, if told to, make one step of the optimizer.

        Parameters
        ----------
        batch : dict with source_sequence, encoder_mask (B, input_length), target_sequence and decoder_mask
            (B, output_length), arrays or tensors
        optimize : bool; False measures alone, without dropout

        Returns
        -------
        loss : float, masked or not as the trainer is; accuracy : float, over what is not padding

        Raises
        ------
        ValueError : an array of the batch has another length
        """
        source, target, encoder_mask, decoder_mask = self._tensors(batch)
        self.model.train(optimize)
        with torch.set_grad_enabled(optimize):
            logits = self.model(source, target, encoder_mask, decoder_mask)
            loss, accuracy = masked_loss(logits, target, decoder_mask)
            if not self.masked:
                loss = unmasked_mean_loss(logits, target)
        if optimize:
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item(), accuracy.item()

    def _tensors(self, batch):
        lengths = {"source_sequence": self.input_length, "target_sequence": self.output_length,
                   "encoder_mask": self.input_length, "decoder_mask": self.output_length}
        for name, length in lengths.items():
            require(name in batch, f"batch has no {name!r}; it needs {', '.join(lengths)}")
            shape = tuple(np.shape(batch[name]))
            require(len(shape) == 2 and shape[1] == length, f"batch[{name!r}] must have the shape (any, {length}), got "
                    f"{shape}; build_batch makes it")
        kinds = {name: torch.bool if "mask" in name else torch.long for name in lengths}
        device = next(self.model.parameters()).device
        return [torch.as_tensor(batch[name], dtype=kinds[name], device=device) for name in lengths]


def build_dataset(articles, vocabulary, input_length=400, output_length=100):
    """Turn articles into the course's records: numbers and masks of body and title, padded to fixed lengths.

    Parameters
    ----------
    articles : list of Article
    vocabulary : Vocabulary
    input_length, output_length : ints; the padI that ends a summary counts as one of its words

    Returns
    -------
    dataset : list of dicts with story, summary (str), input, input_mask, output, output_mask (lists)
    """
    dataset = []
    for article in articles:
        record = {"story": article.body, "summary": article.title}
        for name, text, end, length in (("input", article.body, [], input_length),
                                        ("output", article.title, [padI], output_length)):
            numbers = numerize_sequence(word_tokenize(text)[:length - len(end)], vocabulary) + end
            record[name], record[f"{name}_mask"] = pad_sequence(numbers, padI, length)
        dataset.append(record)
    return dataset


def build_batch(dataset, batch_size, rng=None):
    """Draw records, with replacement, and put them into arrays.

    Parameters
    ----------
    dataset : list of dicts with input, input_mask, output, output_mask, such as `build_dataset` makes
    batch_size : int, how many
    rng : seed, np.random.Generator, or None for an unforeseeable draw

    Returns
    -------
    input, input_mask : (B, input_length); output, output_mask : (B, output_length)

    Raises
    ------
    TypeError, ValueError : there is no record, or batch_size is no whole number above 0
    """
    require(len(dataset) > 0, "dataset is empty")
    rows = np.random.default_rng(rng).integers(len(dataset), size=check_count("batch_size", batch_size))
    return tuple(np.array([dataset[i][name] for i in rows]) for name in ("input", "input_mask", "output",
                                                                         "output_mask"))


def generate_summary(model, source_sequence, encoder_mask, output_length):
    """Write summaries greedily with a model that shifts its target right itself: the course's loop, mended.

    word_t = argmax_v logits_t[v], where logits_t depends on word_0 ... word_{t-1}

    Parameters
    ----------
    model : function (source_sequence, target_sequence, encoder_mask, decoder_mask) -> logits (B, t, V), in which place
        t sees the target words before t
    source_sequence, encoder_mask : (B, S)
    output_length : int, words of each

    Returns
    -------
    summary : (B, output_length) int64

    Raises
    ------
    TypeError, ValueError : output_length is no whole number above 0

    Notes
    -----
    The word at place t is read off at place t, and what stands there meanwhile does not matter, as that place does not
    see it. The course's loop began with a 0 of its own before the summary. With the one the model shifts in there were
    two, so each place missed the word just before it and wrote most words twice.
    """
    summary = source_sequence.new_zeros(len(source_sequence), 0)
    for _ in range(check_count("output_length", output_length)):
        target = F.pad(summary, (0, 1))  # (B, t) -> (B, t + 1), the last place is still empty
        logits = model(source_sequence, target, encoder_mask, None)
        summary = torch.cat([summary, logits[:, -1:].argmax(dim=-1)], dim=1)
    return summary
