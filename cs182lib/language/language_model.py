"""An LSTM language model of headlines: each word is predicted from the words before it."""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.files import brief, read_torch, reason
from cs182lib.language.batching import headline_batches
from cs182lib.language.sampling import sample_next
from cs182lib.language.vocabulary import (
    batch_to_torch,
    build_batch,
    build_dataset,
    list_to_device,
    numerize_sequence,
    numerized2text,
    padI,
    startI,
    unkI,
    word_tokenize,
)
from cs182lib.training.evaluating import evaluating
from cs182lib.validation import check_count, check_number, require

__all__ = ["LanguageModel", "evaluate_loss", "generate_sentence", "headline_log_probs",
           "language_model_loss", "load_language_model", "loss_fn", "perplexity", "raw_sample_pred",
           "save_language_model", "write_headlines"]


class LanguageModel(nn.Module):
    """Words to vectors, an LSTM over the vectors, and from each of its states the logits of the next word.

    x_t = E[w_t];  h_t = LSTM(x_t, h_{t-1});  logits_t = W h_t + b

    Parameters
    ----------
    vocab_size : int V
    rnn_size : int H, numbers in a word's vector and in a state
    num_layers : int, LSTMs on top of each other
    dropout : float in [0, 1), the share of numbers dropped before, between and after the layers
    tied : bool; W is E, one matrix for reading and writing a word. E starts with normal numbers of standard deviation
        1 / √H: as W larger ones would make the first logits large, and the model sure of what it does not know
    locked : bool; before and after the layers a number that is dropped stays dropped for the whole headline
    word_dropout : float in [0, 1), the share of words whose vector is dropped, wherever the word stands in the batch

    Attributes
    ----------
    embedding, lstm, output, dropout : the layers, under the course's names
    kwargs : dict, the parameters above by name, for `save_language_model`

    Raises
    ------
    TypeError, ValueError : a size is no whole number above 0, or a share is out of range

    References
    ----------
    Zaremba, Sutskever and Vinyals, "Recurrent Neural Network Regularization", arXiv:1409.2329 (where to drop); Gal and
    Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks", NeurIPS 2016 (locked,
    word_dropout); Press and Wolf, "Using the Output Embedding to Improve Language Models", EACL 2017 (tied).
    """

    def __init__(self, vocab_size, rnn_size, num_layers=1, dropout=0.0, tied=False, locked=False, word_dropout=0.0):
        super().__init__()
        check_number("word_dropout", word_dropout, 0, 1, high_open=True)
        check_number("dropout", dropout, 0, 1, high_open=True)
        self.kwargs = {"vocab_size": check_count("vocab_size", vocab_size),
                       "rnn_size": check_count("rnn_size", rnn_size),
                       "num_layers": check_count("num_layers", num_layers), "dropout": dropout, "tied": tied,
                       "locked": locked, "word_dropout": word_dropout}
        self.embedding = nn.Embedding(vocab_size, rnn_size)
        self.lstm = nn.LSTM(rnn_size, rnn_size, num_layers, batch_first=True, dropout=dropout * (num_layers > 1))
        self.output = nn.Linear(rnn_size, vocab_size)
        self.dropout = LockedDropout(dropout) if locked else nn.Dropout(dropout)
        self.word_dropout = word_dropout
        nn.init.normal_(self.embedding.weight, std=rnn_size**-0.5)  # tied, these are also the first logits' scale
        if tied:
            self.output.weight = self.embedding.weight

    def forward(self, x, keep=None):
        """Return the logits of every next word, x (B, T) long -> (B, T, V); only where `keep` (B, T) is set: (n, V)."""
        h, _ = self.read(x)
        return self.output(h if keep is None else h[keep])

    def read(self, x, state=None):
        """Read the words x (B, T) on from a state of the LSTM; return what its last layer says, (B, T, H), and it."""
        h, state = self.lstm(self.dropout(self._embed(x)), state)
        return self.dropout(h), state

    def _embed(self, x):
        if not (self.training and self.word_dropout):
            return self.embedding(x)
        weight = self.embedding.weight
        keep = torch.rand(len(weight), 1, device=weight.device) >= self.word_dropout
        return F.embedding(x, weight * keep / (1 - self.word_dropout))


class LockedDropout(nn.Module):
    """Dropout of (B, T, H) with one mask (B, 1, H) for all steps, so that a state keeps its meaning over time.

    p is the share that is dropped, in [0, 1).
    """

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        """Return x (B, T, H) with the same numbers dropped at every step of a row."""
        if not self.training or self.p == 0:
            return x
        return x * F.dropout(x.new_ones(len(x), 1, x.shape[2]), self.p)


def loss_fn(pred, target, mask):
    """Compute the mean cross-entropy of the words that count, in nats.

    L = Σ_bt mask_bt (-log softmax(pred_bt)[target_bt]) / Σ_bt mask_bt

    Parameters
    ----------
    pred : (B, T, V) floats, logits
    target : (B, T) long
    mask : (B, T) floats or bools, zero over padding

    Returns
    -------
    loss : scalar tensor

    Raises
    ------
    ValueError : shapes that do not fit; a mask without any word
    """
    require(pred.shape[:-1] == target.shape == mask.shape, "pred (B, T, V), target (B, T) and mask (B, T) must fit, "
            f"got {tuple(pred.shape)}, {tuple(target.shape)} and {tuple(mask.shape)}")
    total = mask.sum()
    require(total > 0, "mask is zero everywhere: there is no word to predict")
    losses = F.cross_entropy(pred.flatten(0, 1), target.flatten(), reduction="none")  # (B, T, V) -> (B·T, V)
    return (losses * mask.flatten()).sum() / total


def language_model_loss(model, batch):
    """Return the loss of a batch (input, target, mask), as `fit` asks for it.

    It is loss_fn(model(input), target, mask), but logits that would be multiplied by zero are never computed: they
    take most of the time, and up to half of a batch of headlines is padding. What is left is one long row.
    """
    batch_input, target, mask = batch
    keep = mask.bool()
    return loss_fn(model(batch_input, keep)[None], target[keep][None], mask[keep][None])


def evaluate_loss(model, dataset, batch_size=256):
    """Return the mean loss per word over all records of `dataset`, in nats, with the model's dropout off.

    batch_size records go through at a time, and the sums of all batches are divided once: a mean of the batches' means
    would count words in short batches more.
    """
    total = words = 0.0
    with evaluating(model) as device:
        for batch_input, target, mask in headline_batches(dataset, batch_size):
            count = mask.sum().item()
            batch = list_to_device((batch_input, target, mask), device)
            total, words = total + count * language_model_loss(model, batch).item(), words + count
    return total / words


def perplexity(loss):
    """Return e^loss: among how many equally likely words the model hesitates."""
    return math.exp(loss)


def headline_log_probs(headlines, model, vocabulary, length=20, end=False):
    """Compute the log-probability of each headline under the model, in nats: Σ_t log p(w_t | w_1 ... w_{t-1}).

    Parameters
    ----------
    headlines : list of N str, or of lists of words
    model : LanguageModel
    vocabulary : Vocabulary
    length, end : as `build_dataset` takes them

    Returns
    -------
    log_probs : (N,) floats
    """
    dataset = build_dataset(headlines, vocabulary, length, end)
    found = []
    with evaluating(model) as device:
        for rows in torch.arange(len(dataset)).split(256):
            batch_input, target, mask = list_to_device(batch_to_torch(*build_batch(dataset, rows)), device)
            log_p = model(batch_input).log_softmax(-1)  # (B, T, V)
            picked = log_p.gather(-1, target[..., None])[..., 0]
            found.append((picked * mask).sum(1).cpu())
    return torch.cat(found)


def raw_sample_pred(headline, model, vocabulary, length=20, end=False):
    """Return the logits (1, T, V), the target (1, T) and the mask (1, T) of one headline: what `loss_fn` takes.

    headline, vocabulary, length and end are those of `build_dataset`'s records; model is a LanguageModel.
    """
    with evaluating(model) as device:
        batch = batch_to_torch(*build_batch(build_dataset([headline], vocabulary, length, end), [0]))
        batch_input, target, mask = list_to_device(batch, device)
        return model(batch_input), target, mask


def write_headlines(model, starts, length=20, forbid=(startI, unkI), temperature=1.0, top_k=None, top_p=None,
                    generator=None):
    """Go on with B headlines word by word, each word chosen by `sample_next` and then read.

    Parameters
    ----------
    model : LanguageModel
    starts : (B, T) long, the words that are given, without <START>; T may be 0
    length : int, words in all
    forbid : numbers of words that are never written
    temperature, top_k, top_p, generator : of `sample_next`

    Returns
    -------
    headlines : (B, length) long; after the first PAD, the end, everything is PAD
    """
    with evaluating(model) as device:
        headlines = starts.to(device)
        unread = F.pad(headlines, (1, 0), value=startI)
        state, ended = None, torch.zeros(len(headlines), dtype=torch.bool, device=device)
        while headlines.shape[1] < length:
            h, state = model.read(unread, state)
            logits = model.output(h[:, -1])  # (B, H) -> (B, V)
            logits[:, list(forbid)] = -torch.inf
            words = sample_next(logits, temperature, top_k, top_p, generator).masked_fill(ended, padI)
            ended, unread = ended | (words == padI), words[:, None]
            headlines = torch.cat([headlines, unread], dim=1)
    return headlines


def generate_sentence(headline_starter, model, vocabulary, length=20, temperature=0.0, **options):
    """Go on with a headline until it ends or has `length` words, and return it as a string.

    Parameters
    ----------
    headline_starter : str; may be empty
    model : LanguageModel
    vocabulary : Vocabulary
    length : int, words at most
    temperature : number >= 0; 0 takes the best word each time
    options : top_k, top_p, generator, forbid of `write_headlines`
    """
    starts = torch.tensor([numerize_sequence(word_tokenize(headline_starter), vocabulary)], dtype=torch.long)
    return numerized2text(write_headlines(model, starts, length, temperature=temperature, **options)[0], vocabulary)


def save_language_model(path, model, **notes):
    """Write the course's checkpoint of `model` to `path`: a dict of kwargs, model_state_dict and notes (numbers)."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"kwargs": model.kwargs, "model_state_dict": model.state_dict(), **notes}, path)


def load_language_model(path):
    """Make the model that the checkpoint `path` of `save_language_model`, or of the course, describes.

    Raises
    ------
    ValueError : no such checkpoint; names the file
    """
    try:
        kept = read_torch(path)
        _check_sizes(**kept["kwargs"], state=kept["model_state_dict"])
        model = LanguageModel(**kept["kwargs"])
        model.load_state_dict(kept["model_state_dict"])
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is no checkpoint of a language model ({reason(error)}); it must hold kwargs and "
                         "model_state_dict, and nothing but tensors, numbers and texts") from error
    return model


def _check_sizes(vocab_size, rnn_size, num_layers=1, tied=False, locked=False, state=None, **_):
    """Raise ValueError unless the weights have these sizes, before a model of such sizes is made."""
    layers = sum(name.startswith("lstm.weight_ih_l") for name in state)
    require(state["embedding.weight"].shape == (vocab_size, rnn_size) and layers == num_layers,
            f"its weights are not of {brief(vocab_size)} words, {brief(rnn_size)} numbers, {brief(num_layers)} layers")
    require(isinstance(tied, bool) and isinstance(locked, bool), "tied and locked must be True or False")
    require(all(value.dtype == torch.float32 for value in state.values()), "its weights are not of float32")
