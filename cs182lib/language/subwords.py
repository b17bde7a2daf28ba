"""Subwords: pieces of words learned from a text, so that every text can be written and no word is unknown."""

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from cs182lib.files import brief, read_text, reason, refusing
from cs182lib.language.vocabulary import SPECIAL
from cs182lib.validation import check_count, require

__all__ = ["Subwords"]

AGAIN = "write it again with Subwords.save"
PROBE = "".join(map(chr, range(1, 0x250))) + " The 2nd  cat's\n\nhat, \u20ac 5!"  # many letters, for a trial


class Subwords:
    """Byte-pair encoding on bytes: begin with the 256 bytes, and join the most frequent pair again and again.

    The numbers 0, 1 and 2 are <START>, UNK and PAD, as in a `Vocabulary`; UNK never turns up, for every text has bytes.
    Train on the training texts only: what validation texts are made of must not decide how they are cut.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer

    References
    ----------
    Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016, section 3.2.
    Computed by the library tokenizers.
    """

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        tokenizer.encode_special_tokens = True  # "<START>" inside a text is seven letters, not the number 0

    def __len__(self):
        return self.tokenizer.get_vocab_size()

    @classmethod
    def train(cls, texts, vocab_size=8000):
        """Learn the pieces and return the Subwords of them.

        Parameters
        ----------
        texts : iterable of str
        vocab_size : int of at least 259 (three special ones and 256 bytes), how many pieces at most

        Raises
        ------
        TypeError, ValueError : vocab_size is no whole number, or too small
        """
        check_count("vocab_size", vocab_size, low=len(SPECIAL) + 256)
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=vocab_size, special_tokens=list(SPECIAL), show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
        return cls(tokenizer)

    def encode(self, text):
        """Return the numbers of the pieces of a text, a list of ints."""
        return self.tokenizer.encode(text).ids

    def decode(self, ids):
        """Return the text of the pieces `ids`; the special ones say nothing. decode(encode(text)) is the text again.

        Raises
        ------
        ValueError : a number that no piece has
        """
        numbers = [int(i) for i in ids]
        bad = [i for i in numbers if not 0 <= i < len(self)]
        require(not bad, f"ids must hold numbers from 0 to {len(self) - 1}, got {bad[:1]}")
        return self.tokenizer.decode(numbers, skip_special_tokens=True)

    def pieces(self, text):
        """Return the pieces of a text as strings, the way they are cut."""
        return [self.decode([i]) for i in self.encode(text)]

    def save(self, path):
        """Write the JSON file `path` of the library tokenizers."""
        Path(path).write_text(self.tokenizer.to_str(), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path):
        """Return the Subwords in the file `path` that `save` wrote.

        Raises
        ------
        ValueError : no such JSON, or other special pieces; names the file
        """
        text = read_text(path, AGAIN)
        try:
            found = cls(Tokenizer.from_str(text))
        except Exception as error:  # the library raises plain Exception
            raise ValueError(f"{path} is no tokenizer ({reason(error)}); {AGAIN}") from None
        special = tuple(found.tokenizer.id_to_token(i) for i in range(len(SPECIAL)))
        require(special == SPECIAL, f"{path} begins with the pieces {brief(special)}, expected {SPECIAL}; {AGAIN}")
        numbers = sorted(found.tokenizer.get_vocab().values())
        require(numbers == list(range(len(numbers))), f"{path}: its pieces are not numbered 0, 1, 2, ...; {AGAIN}")
        with refusing(path, AGAIN):
            require(found.decode(found.encode(PROBE)) == PROBE, "a text comes out of it as another")
        return found
