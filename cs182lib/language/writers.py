"""What `decoding` writes with: a summarizer on a batch of articles, step by step, with a cache or without."""

import torch

from cs182lib.language.decoding import beam_search, write_summaries
from cs182lib.language.sampling import sample_next
from cs182lib.language.vocabulary import startI, unkI
from cs182lib.validation import check_choice, check_count

__all__ = ["CachedWriter", "RecomputingWriter", "write_batch"]


class CachedWriter:
    """Read each article once; at each step compute the new word's place alone.

    Parameters
    ----------
    model : Summarizer
    batch : of `collate_pairs`
    beams : int K, headlines for each article, beside each other

    Notes
    -----
    Whatever depends on the article alone is computed once, not once for each beam: the encoder's output, its keys and
    values in each block, its keys in the pointer, where the K headlines are K queries of one article. A beam never
    moves to another article, so `select` leaves all that in place.
    """

    def __init__(self, model, batch, beams=1):
        self.model, self.batch, self.beams = model, batch, beams
        encoder_output = model.read(batch)
        self.remembered = model.remember(encoder_output)
        self.cache = model.decoder.init_cache(encoder_output, batch["encoder_mask"])
        if beams > 1:
            self.cache.select(torch.arange(len(encoder_output), device=encoder_output.device).repeat_interleave(beams))

    def step(self, words):
        """Return the log-probabilities of the next words, (n, V + unknown words), after reading `words`, (n,)."""
        states = self.model.decoder.step(self.model.embed(words), self.cache)  # (n, d)
        states = states.view(-1, self.beams, states.shape[-1])  # (N·K, d) -> (N, K, d)
        return _next_log_probs(self.model, states, self.remembered, self.batch).flatten(0, 1)  # (N·K, V + ...)

    def select(self, rows):
        """Go on with the headlines at `rows`, each of which belongs to the same article as the one it replaces."""
        for attention in self.cache.own:
            attention.select(rows)


class RecomputingWriter:
    """Compute all places before anew at each step, as a loop around `forward` does: the same words, later.

    Parameters
    ----------
    model, batch, beams : as in `CachedWriter`
    """

    def __init__(self, model, batch, beams=1):
        self.model = model
        self.batch = {name: value.repeat_interleave(beams, dim=0) for name, value in batch.items()}
        self.encoder_output = model.read(self.batch)
        self.read = torch.empty(len(self.encoder_output), 0, dtype=torch.long, device=self.encoder_output.device)

    def step(self, words):
        """Return the log-probabilities of the next words, (n, V + unknown words), after reading `words`, (n,)."""
        self.read = torch.cat([self.read, words[:, None]], dim=1)  # (n, t)
        model, mask = self.model, self.batch["encoder_mask"]
        states = model.decoder(model.embed(self.read), self.encoder_output, mask, mask_future=True)  # (n, t, d)
        remembered = model.remember(self.encoder_output)
        return _next_log_probs(model, states[:, -1:], remembered, self.batch)[:, 0]  # (n, 1, V + ...) -> (n, V + ...)

    def select(self, rows):
        """Go on with the headlines at `rows`."""
        self.read = self.read[rows]


def _next_log_probs(model, states, remembered, batch):
    """Return the log-probabilities of the words after `states`, (B, K, V + ...); those that say nothing get -inf."""
    p = model.probabilities(model.predict(states, remembered, batch), batch)
    p[..., [startI, unkI]] = 0
    return p.log()


def write_batch(model, batch, method="greedy", *, max_length=None, beam_width=4, alpha=0.6, temperature=1.0,
                top_k=None, top_p=0.9, generator=None, copies=16, writer=CachedWriter, **options):
    """Write headlines for a batch of articles.

    Parameters
    ----------
    model : Summarizer; batch : of `collate_pairs`
    method : "greedy"; "beam": `beam_search` with `beam_width` and `alpha`; "nucleus": a draw by `sample_next` with
        `temperature`, `top_k`, `top_p` and `generator`; "consensus": as many such draws for each article as `copies`
        says
    max_length : int, words at most, the end included; by default the model's output_length
    writer : CachedWriter or RecomputingWriter
    options : such as `end` of `write_summaries`

    Returns
    -------
    words : (B, T) int64, extended word numbers; for "consensus" (B·copies, T), those of an article beside each other

    Raises
    ------
    TypeError, ValueError : the method is another word, or what belongs to it is out of range
    """
    check_choice("method", method, ("greedy", "beam", "nucleus", "consensus"))
    B, device = batch["source_extended"].shape[0], batch["source_extended"].device
    options = dict(max_length=max_length or model.output_length, device=device, **options)
    with torch.no_grad():
        if method == "beam":
            return beam_search(writer(model, batch, beam_width), B, beam_width=beam_width, alpha=alpha, **options)[0]
        copies = check_count("copies", copies) if method == "consensus" else 1
        choose = None if method == "greedy" else lambda log_p: sample_next(log_p, temperature, top_k, top_p, generator)
        return write_summaries(writer(model, batch, copies), B * copies, choose=choose, **options)
