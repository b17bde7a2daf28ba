"""A summarizer: the Transformer reads an article and writes its headline, in its own words or copied ones."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.batching import BucketBatches, collate_pairs, numerize_pair
from cs182lib.language.pointer import Pointer, pointer_log_probs, pointer_mixture, widened
from cs182lib.language.rouge import consensus
from cs182lib.language.transformer import TransformerDecoder, TransformerEncoder, TransformerInputEmbedding
from cs182lib.language.vocabulary import SPECIAL, unkI, word_tokenize
from cs182lib.language.writers import write_batch
from cs182lib.training.evaluating import evaluating
from cs182lib.validation import check_count, check_number, describe, require

__all__ = ["Prediction", "Summarizer"]


class Prediction(NamedTuple):
    """What a summarizer says of the next words: logits (B, T, V), attention (B, T, S), the gate's logit (B, T, 1).

    Without a pointer the last two are None.
    """

    logits: torch.Tensor
    attention: torch.Tensor = None
    gate: torch.Tensor = None


class Summarizer(nn.Module):
    """An encoder, a decoder and one embedding for both and for the output, with a pointer that copies source words.

    m = encoder(√d E[source]);  h = decoder(√d E[<START>, target], m);  logits = E norm(h) + b;  then `Pointer`

    Parameters
    ----------
    vocabulary : Vocabulary
    d_model, n_heads, d_filter : ints, of `TransformerEncoder`
    encoder_layers, decoder_layers : int, blocks of either
    dropout : float in [0, 1], in the blocks, on the embedded words and before the output
    word_dropout : float in [0, 1), the share of words read hidden as UNK in training, so that it learns to copy
    pointer : bool; False writes words of the vocabulary only
    neighbors : int; each source word is read together with so many on either side, through a convolution of each
        feature by itself. What a name has to do with the story is mostly said right beside it; attention finds such
        places too, but needs thousands of steps to learn what "beside" is
    input_length, output_length : ints, words of an article and of a headline that are looked at, its end included

    Raises
    ------
    TypeError, ValueError : a size or share is no number or out of range

    Notes
    -----
    E starts with numbers of variance 1/d, good for logits, and √d makes of them words as long as the code of their
    position. The target may be an unknown word that the article has: it is read as UNK and copied by its place.

    References
    ----------
    Vaswani et al., "Attention Is All You Need", NIPS 2017; See, Liu and Manning, "Get To The Point", ACL 2017; So et
    al., "Primer: Searching for Efficient Transformers", NeurIPS 2021, section 4.1 (convolutions of single features).
    """

    def __init__(self, vocabulary, d_model=128, n_heads=4, d_filter=512, encoder_layers=2, decoder_layers=2,
                 dropout=0.1, word_dropout=0.0, pointer=True, neighbors=2, input_length=400, output_length=30):
        super().__init__()
        self.vocabulary, self.input_length, self.output_length = vocabulary, input_length, output_length
        self.word_dropout = check_number("word_dropout", word_dropout, 0, 1, high_open=True)
        self.embedding = nn.Embedding(len(vocabulary), d_model)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        places = TransformerInputEmbedding(d_model, dropout=dropout)
        sizes = dict(n_heads=n_heads, d_model=d_model, d_filter=d_filter, dropout=dropout, attention="fast")
        self.encoder = TransformerEncoder(places, encoder_layers, **sizes)
        self.decoder = TransformerDecoder(places, None, decoder_layers, **sizes)
        self.norm, self.dropout = nn.LayerNorm(d_model), nn.Dropout(dropout)
        self.bias = nn.Parameter(torch.zeros(len(vocabulary)))
        self.pointer = Pointer(d_model) if pointer else None
        self.beside = nn.Conv1d(d_model, d_model, 2 * neighbors + 1, padding=neighbors, groups=d_model) if (
            check_count("neighbors", neighbors, low=0)) else None

    def embed(self, words):
        """Return the vectors of words, (...) int64 -> (..., d); those beyond the vocabulary are UNK."""
        words = words.masked_fill(words >= len(self.vocabulary), unkI)
        if self.training and self.word_dropout:
            hidden = torch.rand(words.shape, device=words.device) < self.word_dropout
            words = words.masked_fill(hidden & (words > unkI), unkI)
        return self.embedding(words) * self.embedding.embedding_dim**0.5

    def read(self, batch):
        """Return the encoder's output (B, S, d) for a batch of `collate_pairs`."""
        x, mask = self.embed(batch["source_extended"]), batch["encoder_mask"]
        if self.beside is not None:
            alone = (x * mask[..., None]).mT  # (B, S, d) -> (B, d, S); padding is beside nobody
            x = x + self.beside(alone).mT
        return self.encoder(x, mask)

    def score(self, states):
        """Return the logits (..., V) of decoder states (..., d)."""
        return F.linear(self.dropout(self.norm(states)), self.embedding.weight, self.bias)

    def states(self, batch, encoder_output):
        """Return the decoder's states (B, T, d), each of which has read <START> and the target words before its own.

        batch is of `collate_pairs`; encoder_output is (B, S, d).
        """
        before = self.decoder.shift_target_sequence_right(batch["target_extended"])  # (B, T), starts with 0 = startI
        return self.decoder(self.embed(before), encoder_output, batch["encoder_mask"], mask_future=True)

    def predict(self, states, remembered, batch):
        """Return the `Prediction` of the words after K states for each article, (B, K, d).

        Parameters
        ----------
        states : (B, K, d), the decoder's
        remembered : what `remember` gave for the articles
        batch : of `collate_pairs`
        """
        if self.pointer is None:
            return Prediction(self.score(states))
        return Prediction(self.score(states), *self.pointer(states, *remembered, batch["encoder_mask"]))

    def remember(self, encoder_output):
        """Return what the pointer needs of the articles' encoder_output at each step, or None without a pointer."""
        return None if self.pointer is None else self.pointer.remember(encoder_output)

    def forward(self, batch):
        """Return the `Prediction` of each target word of a batch, given the words before it."""
        encoder_output = self.read(batch)
        return self.predict(self.states(batch, encoder_output), self.remember(encoder_output), batch)

    def log_probs(self, prediction, batch):
        """Return the log-probability of each target word of the batch, (B, T), from the prediction of `forward`."""
        if self.pointer is None:  # which cannot copy: an unknown word is UNK
            target = batch["target_sequence"]
            return -F.cross_entropy(widened(prediction.logits).mT, target, reduction="none")  # (B, T, V) -> (B, V, T)
        return pointer_log_probs(*prediction, batch["source_extended"], batch["target_extended"])

    def probabilities(self, prediction, batch):
        """Return the probabilities of all words, (B, T, V + unknown words of the batch), from a prediction."""
        p = widened(prediction.logits).softmax(dim=-1)
        if self.pointer is None:
            return p
        num_words = max(p.shape[-1], int(batch["source_extended"].max()) + 1)
        return pointer_mixture(p, widened(prediction.attention), widened(prediction.gate).sigmoid(),
                               batch["source_extended"], num_words)

    def pair(self, article):
        """Return the article and its title as `Pair`; a text stands for an article without title."""
        body, title = (article, "") if isinstance(article, str) else (article.body, article.title)
        return numerize_pair(word_tokenize(body), word_tokenize(title), self.vocabulary.w2i, self.input_length,
                             self.output_length)

    def collate(self, pairs, **lengths):
        """Return a batch of `collate_pairs` on the model's device; pairs and lengths are those that it takes."""
        batch = collate_pairs(pairs, len(self.vocabulary), **lengths)
        return {name: value.to(self.bias.device) for name, value in batch.items()}

    def text(self, words, unknown):
        """Return word numbers as text, without what is not a word; V + i is unknown[i]."""
        known = self.vocabulary.words
        return " ".join(known[i] if i < len(known) else unknown[i - len(known)] for i in words if i >= len(SPECIAL))

    def generate(self, articles, method="greedy", *, batch_size=64, **options):
        """Write a headline for each article, without dropout.

        Parameters
        ----------
        articles : list of Article or str
        method : "greedy", "beam", "nucleus", or "consensus": of several drawn headlines that of `rouge.consensus`
        options : as `write_batch` takes them: max_length, beam_width and alpha, or temperature, top_p, copies ...
        batch_size : int, articles at a time; those of like length go together

        Returns
        -------
        headlines : list of str

        Raises
        ------
        TypeError, ValueError : articles are no list, or an option of `write_batch` is out of range
        """
        if isinstance(articles, str):
            raise TypeError(f"articles must be a list, got {describe(articles)[:100]}; for one article write [text]")
        pairs = [self.pair(article) for article in articles]
        rows_of_like_length = BucketBatches(range(len(pairs)), [len(pair.source) for pair in pairs], batch_size, list)
        headlines = [""] * len(pairs)
        with evaluating(self):
            for rows in rows_of_like_length:
                words = write_batch(self, self.collate([pairs[i] for i in rows]), method, **options)
                for i, drawn in zip(rows, words.view(len(rows), -1, words.shape[1]).tolist()):  # (B, copies, T)
                    headlines[i] = consensus([self.text(row, pairs[i].unknown) for row in drawn])
        return headlines

    def attention(self, article, headline):
        """Return the pointer's attention of each word of a headline, and its end, to the article's words.

        Returns
        -------
        weights : (T, S) tensor; words : list of the S article words; written : list of the T headline words

        Raises
        ------
        ValueError : the summarizer has no pointer
        """
        words, written = word_tokenize(article if isinstance(article, str) else article.body), word_tokenize(headline)
        pair = numerize_pair(words, written, self.vocabulary.w2i, self.input_length, self.output_length)
        with evaluating(self):
            weights = self(self.collate([pair])).attention
        require(weights is not None, "this summarizer has no pointer; make it with pointer=True")
        return weights[0], words[:weights.shape[2]], [*written, "<END>"][:weights.shape[1]]
