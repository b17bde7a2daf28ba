"""Words are hidden and replaced where they may be, as often as asked, and by what was asked for."""

import pytest
import torch
import torch.nn.functional as F

from cs182lib.language.bert import BertConfig, BertEncoder, BertMaskedLM
from cs182lib.language.masked_words import (
    hide_words,
    masked_language_loss,
    replace_by_guesses,
    replace_by_neighbors,
    whole_words,
)
from cs182lib.language.wordpiece import SPECIAL, WordPiece, pad_pieces

WORDS = WordPiece([*SPECIAL, "oil", "##s", "price", "rose", "fell", "gas", "coal", "the", "a", "##ing"])
ROWS = WORDS.encode(["the oils price rose", "gas fell", "a coals priceing fell the oil"])
IDS, MASK = pad_pieces(ROWS)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def guesser():
    torch.manual_seed(0)
    return BertMaskedLM(BertEncoder(BertConfig(vocab_size=len(WORDS), hidden_size=8, num_attention_heads=2,
                                               intermediate_size=6, initializer_range=0.5))).eval()


def test_whole_words():
    found = whole_words(IDS, WORDS)
    words = [[WORDS.pieces[i] for i in row[keep].tolist()] for row, keep in zip(IDS, found)]
    assert words == [["the", "price", "rose"], ["gas", "fell"], ["a", "fell", "the", "oil"]]


def test_hidden_words_follow_the_paper():
    ids = IDS.repeat(2000, 1)
    hidden, chosen = hide_words(ids, MASK.repeat(2000, 1), WORDS, generator(), share=0.3)
    may = (ids > 4) & MASK.repeat(2000, 1)
    assert not chosen[~may].any() and torch.equal(hidden[~chosen], ids[~chosen])
    assert chosen[may].float().mean().item() == pytest.approx(0.3, abs=0.01)
    masked, kept = hidden[chosen] == WORDS.mask, hidden[chosen] == ids[chosen]
    assert masked.float().mean().item() == pytest.approx(0.8 + 0.1 / len(WORDS), abs=0.02)
    assert kept.float().mean().item() == pytest.approx(0.1 + 0.1 / len(WORDS), abs=0.02)


def test_the_loss_counts_the_chosen_places_alone():
    model = guesser()
    hidden, chosen = hide_words(IDS, MASK, WORDS, generator(1), share=0.5)
    assert chosen.any()
    logits = model(hidden, MASK)
    right = F.cross_entropy(logits[chosen], IDS[chosen])
    torch.testing.assert_close(masked_language_loss(model, hidden, MASK, IDS, chosen), right)


def test_no_chosen_place_is_no_loss():
    model = guesser()
    loss = masked_language_loss(model, IDS, MASK, IDS, torch.zeros_like(MASK))
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert loss.item() == 0 and gradients and all((gradient == 0).all() for gradient in gradients)


def test_guesses_are_among_the_likeliest():
    model, k = guesser(), 3
    new = replace_by_guesses(model, IDS, MASK, WORDS, generator(), share=1.0, k=k)
    chosen = whole_words(IDS, WORDS)
    assert torch.equal(new[~chosen], IDS[~chosen]) and (new[chosen] > 4).all()
    logits = model(torch.where(chosen, WORDS.mask, IDS), MASK)[chosen][:, 5:]
    best = logits.topk(k).indices + 5
    assert (best == new[chosen][:, None]).any(dim=1).all()
    assert not torch.equal(new, replace_by_guesses(model, IDS, MASK, WORDS, generator(1), share=1.0, k=k))


def test_neighbors_point_the_same_way():
    table = torch.zeros(len(WORDS), 4)
    for direction, words in enumerate((["oil", "gas", "coal"], ["rose", "fell"], ["the", "a"], ["price", "##s"])):
        for word in words:
            table[WORDS.pieces.index(word), direction] = 1 + len(word)
    new = replace_by_neighbors(table, IDS, MASK, WORDS, generator(), share=1.0, k=1)
    both = zip(IDS.flatten().tolist(), new.flatten().tolist())
    pairs = {(WORDS.pieces[a], WORDS.pieces[b]) for a, b in both if a != b}
    assert {("the", "a"), ("a", "the"), ("rose", "fell"), ("fell", "rose")} <= pairs
    assert all(b in ("oil", "coal") for a, b in pairs if a == "gas")
    assert torch.equal(new[~whole_words(IDS, WORDS)], IDS[~whole_words(IDS, WORDS)])


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_the_share_is_kept(share):
    ids, mask = IDS.repeat(500, 1), MASK.repeat(500, 1)
    table = torch.randn(len(WORDS), 5, generator=generator())
    new = replace_by_neighbors(table, ids, mask, WORDS, generator(), share=share, k=2)
    changed = (new != ids)[whole_words(ids, WORDS)]
    assert changed.float().mean().item() == pytest.approx(share, abs=0.02)
    assert torch.equal(replace_by_guesses(guesser(), ids, mask, WORDS, generator(), 0.0), ids)


def test_bad_share():
    with pytest.raises(ValueError, match="share must lie in"):
        hide_words(IDS, MASK, WORDS, generator(), share=1.5)
