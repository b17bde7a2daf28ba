"""Hidden words: to learn a language from texts without labels, and to make new texts from those at hand.

Devlin et al. 2019, arXiv:1810.04805, section 3.1 (masked language model). Jiao et al. 2020, arXiv:1909.10351,
section 3.2 and algorithm 1 (data augmentation).
"""

import torch
import torch.nn.functional as F

from cs182lib.validation import check_count, check_number


def whole_words(ids, wordpiece):
    """Return bool (B, T): True where a piece of ids (B, T) is a word of its own, not special, with no "##" behind it.

    wordpiece is the WordPiece that made them.
    """
    special = torch.tensor([piece.startswith("[") and piece.endswith("]") for piece in wordpiece.pieces])
    inside = torch.tensor([piece.startswith("##") for piece in wordpiece.pieces])
    begins = ~special[ids] & ~inside[ids]
    goes_on = torch.zeros_like(begins)
    goes_on[:, :-1] = inside[ids[:, 1:]]
    return begins & ~goes_on


def choose(where, share, generator):
    """Return a random part of the True places in `where`, a bool tensor of any shape, each with probability `share`.

    The torch.Generator `generator` decides. TypeError or ValueError where the share is not in [0, 1].
    """
    check_number("share", share, 0, 1)
    return where & (torch.rand(where.shape, generator=generator) < share)


def hide_words(ids, mask, wordpiece, generator, share=0.15):
    """Hide some pieces, as BERT does before it guesses them.

    Of the chosen pieces 8 in 10 become [MASK], 1 in 10 becomes any piece, 1 in 10 stays: so the model cannot tell by
    the [MASK] alone where it will be asked.

    Parameters
    ----------
    ids, mask : (B, T); mask False where the row is filled up
    wordpiece : WordPiece
    generator : torch.Generator
    share : float, of the pieces that are chosen

    Returns
    -------
    hidden : int64 (B, T), what the model reads
    chosen : bool (B, T), where it is asked
    """
    ends = (ids == wordpiece.cls) | (ids == wordpiece.sep)
    chosen = choose(mask.bool() & ~ends, share, generator)
    fate = torch.rand(ids.shape, generator=generator)
    other = torch.randint(len(wordpiece), ids.shape, generator=generator)
    hidden = torch.where(chosen & (fate < 0.8), wordpiece.mask, ids)
    return torch.where(chosen & (fate >= 0.9), other, hidden), chosen


def masked_language_loss(model, hidden, mask, ids, chosen):
    """Return the mean cross-entropy of a BertMaskedLM at the chosen places, 0 where no place is chosen.

    Logits are made nowhere else. A batch of very short texts may have none, and a mean over nothing would be NaN.

    Parameters
    ----------
    model : BertMaskedLM
    hidden, mask : (B, T) int64 and bool, the pieces with the chosen ones hidden, and what is no padding
    ids, chosen : (B, T) int64 and bool, the true pieces, and where they are asked for
    """
    x = model.encoder(hidden, mask).last_hidden_state[chosen]  # (B, T, D) -> (places, D)
    return F.cross_entropy(model.guess(x), ids[chosen]) if len(x) else 0 * x.sum()


def replace_by_guesses(model, ids, mask, wordpiece, generator, share=0.4, k=15):
    """Return new texts: some words become one of the k that a masked language model holds likeliest there.

    TinyBERT hides one word at a time. Here all chosen words of a row are hidden at once, which takes one pass instead
    of one for each word; a guess then does not see the other guesses.

    Parameters
    ----------
    model : BertMaskedLM; ids, mask : (B, T); wordpiece : WordPiece; generator : torch.Generator
    share : number in [0, 1], of the words that are replaced
    k : int, among how many guesses one is drawn, all with the same probability

    Raises
    ------
    TypeError, ValueError : the share is out of range, or k is no whole number above 0
    """
    chosen = choose(whole_words(ids, wordpiece) & mask.bool(), share, generator)
    if not chosen.any():
        return ids.clone()
    with torch.no_grad():
        x = model.encoder(torch.where(chosen, wordpiece.mask, ids), mask).last_hidden_state[chosen]
        logits = model.guess(x)
    logits[:, [wordpiece.pad, wordpiece.unk, wordpiece.cls, wordpiece.sep, wordpiece.mask]] = -torch.inf
    return _draw(ids, chosen, logits.topk(check_count("k", k)).indices, generator)


def replace_by_neighbors(table, ids, mask, wordpiece, generator, share=0.4, k=15):
    """Return new texts: some words become one of the k whose embeddings point most nearly the same way.

    What TinyBERT does with GloVe vectors for words of several pieces; it needs no masked language model, which a
    sentence encoder such as all-MiniLM-L6-v2 has lost.

    Parameters
    ----------
    table : (V, D), the embeddings of all pieces
    ids, mask, wordpiece, generator, share, k : as in `replace_by_guesses`

    Raises
    ------
    as for `replace_by_guesses`
    """
    chosen = choose(whole_words(ids, wordpiece) & mask.bool(), share, generator)
    if not chosen.any():
        return ids.clone()
    direction = F.normalize(table.detach(), dim=1)  # (V, D)
    candidates = whole_words(torch.arange(len(wordpiece))[:, None], wordpiece)[:, 0]  # (V,)
    words, place = ids[chosen].unique(return_inverse=True)
    likeness = direction[words] @ direction.T  # (words, D) x (D, V)
    likeness[:, ~candidates] = -torch.inf
    likeness[torch.arange(len(words)), words] = -torch.inf  # a word is no neighbor of its own
    return _draw(ids, chosen, likeness.topk(check_count("k", k)).indices[place], generator)


def _draw(ids, chosen, candidates, generator):
    """Put one of the candidates (places, k), drawn at random, into each chosen place."""
    places, k = candidates.shape
    pick = torch.randint(k, (places, 1), generator=generator).to(candidates.device)
    new = ids.clone()
    new[chosen] = candidates.gather(1, pick).squeeze(1)
    return new
