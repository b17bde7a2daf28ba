"""From the probabilities of a next word to headlines: the most probable word, a drawn one, or by beam search.

A writer is an object that knows the articles: `step(words)` reads the last word of each headline, (n,) int64, and gives
the log-probabilities of the next one, (n, V); after `select(rows)` its i-th headline is the one that was at rows[i].
"""

import torch

from cs182lib.language.vocabulary import padI, startI
from cs182lib.validation import check_count, check_number


def write_summaries(writer, n, max_length, choose=None, end=padI, device="cpu"):
    """Write `n` headlines word by word, each word chosen by `choose` and then read by the next step.

    Parameters
    ----------
    writer : see the module
    n : int, how many headlines
    max_length : int, words at most, the end included
    choose : function log_p (n, V) -> words (n,), such as a draw by `sample_next`; None takes the most probable word
    end : int, the word that ends a headline, or None: all get max_length words
    device : where the writer works

    Returns
    -------
    words : (n, T) int64, T <= max_length; padI after the end

    Raises
    ------
    TypeError, ValueError : max_length is no whole number above 0

    Notes
    -----
    The first step reads startI, every other one the word just written: what step t gives is the word at t. A loop that
    puts startI before the headline while the model shifts one in too never shows the model its last word, and most
    words come twice.
    """
    words, ended = torch.full((n,), startI, device=device), torch.zeros(n, dtype=torch.bool, device=device)
    written = []
    for _ in range(check_count("max_length", max_length)):
        log_p = writer.step(words)
        words = (log_p.argmax(dim=1) if choose is None else choose(log_p)).masked_fill(ended, padI)
        written.append(words)
        if end is not None:
            ended = ended | (words == end)
            if ended.all():
                break
    return torch.stack(written, dim=1)  # T x (n,) -> (n, T)


def length_penalty(length, alpha=0.6):
    """Return what the log-probability of a headline of `length` words is divided by: ((5 + length) / 6)^alpha.

    Every word makes a headline less probable, so with alpha = 0 short ones win; the larger alpha, the longer they get.

    Parameters
    ----------
    length : int or tensor of ints, the end included
    alpha : number >= 0

    Raises
    ------
    TypeError, ValueError : alpha is no number, or below 0

    References
    ----------
    Wu et al., "Google's Neural Machine Translation System", 2016, section 7, eq. 14.
    """
    check_number("alpha", alpha, 0)
    return ((5 + length) / 6) ** alpha


def beam_search(writer, n, max_length, beam_width=4, alpha=0.6, end=padI, device="cpu"):
    """Write the best headlines that a search finds which keeps `beam_width` of them for each article at every step.

    What is kept and what wins is decided by  Σ_t log p(word_t) / length_penalty(length, alpha).

    Parameters
    ----------
    writer : see the module; it has n·K rows, those of one article beside each other
    n : int, articles; max_length, end, device : as `write_summaries` takes them
    beam_width : int K; 1 is the greedy choice
    alpha : of `length_penalty`

    Returns
    -------
    words : (n, T) int64, padI after the end
    scores : (n,) the log-probability of each, divided by its penalty

    Raises
    ------
    TypeError, ValueError : max_length or beam_width is no whole number above 0, or alpha is below 0

    Notes
    -----
    A finished headline stays in the beam and goes on with padI at no cost. The penalty is the same for all that one
    headline can grow into, so the best K words of each are enough to find the best K of K·V.
    """
    K = check_count("beam_width", beam_width)
    words = torch.full((n, K), startI, device=device)
    written = torch.full((n, K, check_count("max_length", max_length)), padI, device=device)
    ended, lengths = torch.zeros_like(words, dtype=torch.bool), torch.zeros_like(words)
    log_p = torch.zeros(n, K, device=device)
    log_p[:, 1:] = -torch.inf  # all begin alike, so one is enough
    article = torch.arange(n, device=device)[:, None]
    for t in range(max_length):
        gain, word = _candidates(writer.step(words.flatten()), ended.flatten(), K)  # (n·K, V) -> (n·K, K)
        lengths = lengths + ~ended
        grown = log_p[:, :, None] + gain.view(n, K, -1)  # (n, K, K)
        scores, best = (grown / length_penalty(lengths, alpha)[:, :, None]).flatten(1).topk(K)  # (n, K·K) -> (n, K)
        origin = best // grown.shape[2]  # which headline of the beam grows
        words, log_p = word.reshape(n, -1).gather(1, best), grown.flatten(1).gather(1, best)  # (n·K, K) -> (n, K·K)
        written, lengths, ended = written[article, origin], lengths[article, origin], ended[article, origin]
        written[:, :, t] = words
        ended = ended | (words == end)
        if ended.all():
            break
        writer.select((article * K + origin).flatten())
    return written[:, 0, :t + 1], scores[:, 0]


def _candidates(log_p, ended, K):
    """Return the K best words of each headline and their log-probabilities; a finished one has padI, for nothing."""
    log_p, words = log_p.topk(min(K, log_p.shape[1]))
    free = torch.full_like(log_p, -torch.inf)
    free[:, 0] = 0
    return torch.where(ended[:, None], free, log_p), words.masked_fill(ended[:, None], padI)
