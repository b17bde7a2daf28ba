"""Words and their numbers: cutting a text into words, a vocabulary, padding, and arrays for a language model."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from cs182lib.files import read_text, reason
from cs182lib.training.seeding import pick_device
from cs182lib.validation import check_count, describe, require

__all__ = ["SPECIAL", "Vocabulary", "batch_to_torch", "build_batch", "build_dataset",
           "list_to_device", "numerize_sequence", "numerized2text", "pad_sequence", "padI", "startI",
           "unkI", "word_tokenize"]

AGAIN = "write it again with Vocabulary.save"
SPECIAL = ("<START>", "UNK", "PAD")  # the first three lines of the course's vocabulary file
startI, unkI, padI = range(3)

_WORD = re.compile(r"""
    \d+(?:[.,]\d+)*[^\W\d_]*         # 3   1,234.5   3rd
    | (?:[^\W\d_]\.){2,}             # u.s.
    | '(?:s|t|d|m|ll|re|ve)\b        # the end of it's, don't, we'll
    | \w+(?:[-&]\w+)*                # word   mid-july   at&t
    | [^\w\s]                        # every other sign is a word of its own
""", re.VERBOSE)


def word_tokenize(text):
    """Return the lower-case words of a text; numbers stay whole, and every sign of punctuation is a word of its own.

    >>> word_tokenize("Apple's profit rose 1,234.5 mln dlrs.")
    ['apple', "'s", 'profit', 'rose', '1,234.5', 'mln', 'dlrs', '.']
    """
    return _WORD.findall(text.lower())


class Vocabulary:
    """The words a model knows, in the order of their numbers; the first three are <START>, UNK and PAD.

    Attributes
    ----------
    words : list of str
    w2i : dict word -> its number

    Raises
    ------
    ValueError : the words do not begin with the three, or one is there twice
    """

    def __init__(self, words):
        self.words = list(words)
        require(tuple(self.words[:3]) == SPECIAL, f"words must begin with {', '.join(SPECIAL)}, got "
                f"{describe(self.words[:3])}; Vocabulary.build puts them there")
        self.w2i = {word: i for i, word in enumerate(self.words)}
        twice = [word for i, word in enumerate(self.words) if self.w2i[word] != i]
        require(not twice, f"words holds {twice[:1]} twice; every word has one number")

    def __len__(self):
        return len(self.words)

    @classmethod
    def build(cls, texts, size=None, min_count=1):
        """Return the Vocabulary of training texts, the most frequent first, words of equal count in alphabetical order.

        Parameters
        ----------
        texts : iterable of str, or of lists of words
        size : int or None, how many words to keep at most, the three special ones included
        min_count : int; rarer words are left out, so that UNK has examples to learn from

        Raises
        ------
        TypeError, ValueError : the size is no whole number, or below 3
        """
        counts = Counter(word for text in texts for word in _words(text))
        kept = sorted((word for word in counts if counts[word] >= min_count and word not in SPECIAL),
                      key=lambda word: (-counts[word], word))
        return cls([*SPECIAL, *kept][:size and check_count("size", size, len(SPECIAL))])

    def save(self, path):
        """Write one word per line to `path`, the course's form."""
        Path(path).write_text("".join(f"{word}\n" for word in self.words), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path):
        """Return the Vocabulary in the file `path`: of `save`, or the course's headline_generation_vocabulary.txt.

        Raises
        ------
        ValueError : an empty line, a word twice, or other first words than <START>, UNK, PAD; names the file
        """
        words = read_text(path, AGAIN).rstrip("\n").split("\n")
        try:
            require("" not in words, f"line {words.index('') + 1 if '' in words else 0} is empty")
            return cls(words)
        except ValueError as error:
            raise ValueError(f"{path} is no vocabulary: {reason(error)}; {AGAIN}") from None


def _words(text):
    return word_tokenize(text) if isinstance(text, str) else text


def numerize_sequence(tokenized, vocabulary):
    """Return the numbers of `tokenized`, a list of words; words that the vocabulary lacks become UNK."""
    return [vocabulary.w2i.get(word, unkI) for word in tokenized]


def pad_sequence(numerized, pad_index, to_length):
    """Fill up with `pad_index`, or cut off, to `to_length` numbers.

    Returns
    -------
    padded : list of to_length ints
    mask : list of to_length bools, True where a number of `numerized` stands

    >>> pad_sequence([7, 5], 2, 4)
    ([7, 5, 2, 2], [True, True, False, False])

    Raises
    ------
    TypeError, ValueError : to_length is no whole number above 0
    """
    kept = list(numerized[:check_count("to_length", to_length)])
    missing = to_length - len(kept)
    return kept + missing * [pad_index], len(kept) * [True] + missing * [False]


def numerized2text(numerized, vocabulary):
    """Return the words of the numbers `numerized` in `vocabulary`, with blanks between them; padding is left out.

    Raises
    ------
    ValueError : a number that no word has
    """
    numbers = [int(i) for i in numerized]
    bad = [i for i in numbers if not 0 <= i < len(vocabulary)]
    require(not bad, f"numerized must hold numbers from 0 to {len(vocabulary) - 1}, got {bad[:1]}; was it made with "
            "another vocabulary?")
    return " ".join(vocabulary.words[i] for i in numbers if i != padI)


def build_dataset(titles, vocabulary, length=20, end=False):
    """Turn titles into the records that `build_batch` takes, in the course's form.

    Parameters
    ----------
    titles : list of str, or of lists of words
    vocabulary : Vocabulary
    length : int; longer titles are cut off
    end : bool; True counts the first PAD after a title among the words to predict, so that the model learns where
        a title ends. Then the probabilities of all titles sum to one.

    Returns
    -------
    dataset : list of dicts with title (str or list), numerized (list of `length` ints), mask (list of bools)
    """
    dataset = []
    for title in titles:
        numbers = numerize_sequence(_words(title), vocabulary) + end * [padI]
        numerized, mask = pad_sequence(numbers, padI, length)
        dataset.append({"title": title, "numerized": numerized, "mask": mask})
    return dataset


def build_batch(dataset, indices):
    """Put records of the data set into arrays: what the model reads, what it should predict, and where that counts.

    input_t = target_{t-1}, and input_0 = <START>: each word is predicted from those before it.

    Parameters
    ----------
    dataset : list of dicts with numerized (T ints) and mask (T bools), such as `build_dataset` makes
    indices : ints, which records

    Returns
    -------
    batch_input : (B, T) ints
    batch_target : (B, T) ints
    batch_target_mask : (B, T) bools, False over padding

    Raises
    ------
    ValueError : no record is asked for
    """
    indices = list(indices)
    require(indices, "indices is empty; pass at least one")
    target = np.array([dataset[i]["numerized"] for i in indices])  # (B, T)
    mask = np.array([dataset[i]["mask"] for i in indices])
    start = np.full((len(indices), 1), startI)
    return np.concatenate([start, target[:, :-1]], axis=1), target, mask


def batch_to_torch(batch_input, batch_target, batch_target_mask):
    """Return batch_input, batch_target, batch_target_mask of `build_batch`, (B, T), as tensors: long, long, float32."""
    return (torch.as_tensor(batch_input, dtype=torch.long), torch.as_tensor(batch_target, dtype=torch.long),
            torch.as_tensor(batch_target_mask, dtype=torch.float32))


def list_to_device(tensors, device=None):
    """Return the tensors on `device`, by default that of `pick_device`."""
    return [tensor.to(device or pick_device()) for tensor in tensors]
