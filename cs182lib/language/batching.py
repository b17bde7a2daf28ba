"""Pairs of source and target as word numbers, and batches of pairs of like length, so that padding is not computed."""

from typing import NamedTuple

import numpy as np
import torch

from cs182lib.language.vocabulary import batch_to_torch, build_batch, padI, unkI
from cs182lib.validation import check_count, describe, require


class Pair(NamedTuple):
    """An article and its headline as extended word numbers: V + i stands for `unknown[i]`, a word of this article.

    source : (S,) int64, the article; target : (T,) int64, the headline and padI after it, which says that it is over;
    unknown : list of the article's words that the vocabulary of V words lacks
    """

    source: np.ndarray
    target: np.ndarray
    unknown: list


def numerize_pair(source_words, target_words, w2i, input_length=400, output_length=100):
    """Turn the words of an article and of its headline into numbers; an article's unknown words get numbers too.

    A word outside the vocabulary is V + i where the article has it as its i-th unknown word, else unkI. So a model
    that copies can be asked for a name that it has never seen.

    Parameters
    ----------
    source_words, target_words : lists of str
    w2i : dict word -> int, the vocabulary; V = len(w2i)
    input_length, output_length : int, the longest source and target; what is longer is cut off at the end, the
        target so that padI still fits

    Returns
    -------
    pair : Pair

    Raises
    ------
    TypeError : a text in place of a list of words
    ValueError : no source word
    """
    for name, words in (("source_words", source_words), ("target_words", target_words)):
        if isinstance(words, str):
            raise TypeError(f"{name} must be a list of words, got {describe(words)[:100]}; tokenize the text first")
    require(len(source_words) > 0, "source_words is empty; leave out articles without a body")
    source_words = source_words[:check_count("input_length", input_length)]
    numbers = {}
    for word in source_words:
        if word not in w2i:
            numbers.setdefault(word, len(w2i) + len(numbers))
    source = [w2i[word] if word in w2i else numbers[word] for word in source_words]
    target = [w2i[word] if word in w2i else numbers.get(word, unkI)
              for word in target_words[:check_count("output_length", output_length, low=2) - 1]]
    return Pair(np.array(source), np.array([*target, padI]), list(numbers))


def collate_pairs(pairs, vocab_size, input_length=None, output_length=None):
    """Stack pairs into one batch, padded to its longest source and target, or to the lengths that are given.

    Parameters
    ----------
    pairs : list of Pair
    vocab_size : int V
    input_length, output_length : int or None, words of every source and target

    Returns
    -------
    batch : dict of tensors
        source_sequence, target_sequence : (B, S), (B, T) int64, unknown words as unkI: what the model reads
        encoder_mask, decoder_mask : (B, S), (B, T) bool, True where a word is; the padI that ends a target counts
        source_extended, target_extended : (B, S), (B, T) int64, unknown words as V + i: what is copied and scored
    """
    batch = {}
    for name, mask, rows, length in (("source", "encoder_mask", [pair.source for pair in pairs], input_length),
                                     ("target", "decoder_mask", [pair.target for pair in pairs], output_length)):
        extended, batch[mask] = pad_rows(rows, length)
        batch[f"{name}_sequence"] = extended.masked_fill(extended >= vocab_size, unkI)
        batch[f"{name}_extended"] = extended
    return batch


def pad_rows(rows, length=None):
    """Return rows of ints of different lengths as one table, filled up with padI, and the mask of what is real.

    Parameters
    ----------
    rows : list of N lists of ints
    length : int or None, the longest row's

    Returns
    -------
    table : (N, length) int64
    mask : (N, length) bool

    Raises
    ------
    ValueError : a row is longer than that
    """
    lengths = torch.tensor([len(row) for row in rows])
    length = int(lengths.max()) if length is None else length
    require(int(lengths.max()) <= length, f"a row has {int(lengths.max())} words and only {length} fit; cut it before")
    mask = torch.arange(length) < lengths[:, None]  # (N, length)
    padded = torch.full(mask.shape, padI)
    padded[mask] = torch.from_numpy(np.concatenate(rows))
    return padded, mask


class BucketBatches:
    """Give examples in batches of like length: what is padded is computed for nothing.

    Each pass shuffles all examples, sorts every `pool` batches of them by length, cuts them into batches and gives
    these in random order. A large pool pads less; a small one mixes more.

    Parameters
    ----------
    examples : list
    lengths : list of ints, or of tuples that sort by their first entry first, one for each example
    batch_size : int, examples of a batch
    collate : function (list of examples) -> batch
    generator : torch.Generator or None; None gives every example once in order of length, always the same way
    pool : int, how many batches are sorted together

    Raises
    ------
    TypeError, ValueError : no examples, more or fewer lengths, or batch_size or pool is no whole number above 0

    Notes
    -----
    It works with `fit`: the number of batches is the same in every pass, and the state is that of the generator.

    References
    ----------
    Vaswani et al., "Attention Is All You Need", NIPS 2017, section 5.1: pairs batched by approximate length.
    """

    def __init__(self, examples, lengths, batch_size, collate, generator=None, pool=50):
        require(len(examples) == len(lengths) > 0, f"examples and lengths must be as many, at least one, got "
                f"{len(examples)} and {len(lengths)}")
        self.examples, self.collate, self.generator = examples, collate, generator
        self.lengths = np.array(lengths).reshape(len(lengths), -1)  # (N,) or (N, keys) -> (N, keys)
        self.batch_size, self.pool = check_count("batch_size", batch_size), check_count("pool", pool)

    def __len__(self):
        return -(-len(self.examples) // self.batch_size)

    def __iter__(self):
        for rows in self._cut():
            yield self.collate([self.examples[i] for i in rows])

    def _cut(self):
        """Return the rows of each batch of this pass."""
        N = len(self.examples)
        if self.generator is None:
            return self._sorted_batches(np.arange(N))
        order = torch.randperm(N, generator=self.generator).numpy()
        size = self.pool * self.batch_size
        batches = [rows for start in range(0, N, size) for rows in self._sorted_batches(order[start:start + size])]
        return [batches[i] for i in torch.randperm(len(batches), generator=self.generator).tolist()]

    def _sorted_batches(self, rows):
        rows = rows[np.lexsort(self.lengths[rows].T[::-1])]  # the first key counts most
        return [rows[start:start + self.batch_size] for start in range(0, len(rows), self.batch_size)]

    def state_dict(self):
        """Return what a resumed run needs to give the same batches."""
        return {"generator": None if self.generator is None else self.generator.get_state()}

    def load_state_dict(self, state):
        """Take up a state that `state_dict` returned."""
        if self.generator is not None:
            self.generator.set_state(state["generator"])


def headline_batches(dataset, batch_size, generator=None):
    """Return records of `build_dataset` as `BucketBatches` of (input, target, mask), cut off after the longest one.

    Parameters
    ----------
    dataset : records of `build_dataset`
    batch_size : int; what is left over at the end of a pass makes a smaller batch
    generator : torch.Generator of the order; None: by length, always the same
    """
    tensors = batch_to_torch(*build_batch(dataset, range(len(dataset))))
    lengths = tensors[2].sum(dim=1).long().tolist()  # words that count; they stand at the beginning

    def collate(rows):
        longest = max(lengths[row] for row in rows)
        return [tensor[rows, :longest] for tensor in tensors]

    return BucketBatches(range(len(dataset)), lengths, batch_size, collate, generator, pool=16)
