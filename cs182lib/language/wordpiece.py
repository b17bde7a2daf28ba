"""WordPiece, BERT's way to cut text into pieces, by the `tokenizers` library.

A word that is in the vocabulary is one piece. Any other is cut, from the left, into the longest pieces that are there;
all but the first carry "##": affordability -> afford ##ability. What cannot be cut is [UNK].

Schuster and Nakajima 2012 (Japanese and Korean voice search); Wu et al. 2016, arXiv:1609.08144, section 4.1.
"""

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from cs182lib.data.dataset import DataMissingError
from cs182lib.files import brief, read_text, reason
from cs182lib.language.bert_files import AGAIN, read_json
from cs182lib.validation import check_count, require

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class WordPiece:
    """Cuts texts into numbered pieces as BERT wants them: [CLS] text [SEP].

    Parameters
    ----------
    pieces : list of str
    lowercase : bool, take letters without case and accents

    Attributes
    ----------
    pieces : list of str, the vocabulary in the order of its numbers
    pad, unk, cls, sep, mask : int, the numbers of the special pieces

    Raises
    ------
    ValueError : a special piece lacks, or a piece is empty or there twice
    """

    def __init__(self, pieces, lowercase=True):
        missing = [piece for piece in SPECIAL if piece not in pieces]
        require(not missing, f"the vocabulary lacks {missing[:1]}; a BERT vocabulary has {', '.join(SPECIAL)}")
        require(all(pieces) and len(set(pieces)) == len(pieces), "a piece of the vocabulary is empty or there twice; "
                "every piece has one number")
        self.pieces, self.lowercase = list(pieces), lowercase
        self.pad, self.unk, self.cls, self.sep, self.mask = (self.pieces.index(piece) for piece in SPECIAL)
        vocabulary = {piece: number for number, piece in enumerate(self.pieces)}
        self._tokenizer = _with_bert_rules(Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]")), lowercase)
        self._tokenizer.add_special_tokens(list(SPECIAL))  # [MASK] inside a text is one piece
        self._tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", self.cls), ("[SEP]", self.sep)])

    def __len__(self):
        return len(self.pieces)

    def encode(self, texts, max_length=None):
        """Return a list of piece numbers for every text.

        Parameters
        ----------
        texts : list of str
        max_length : int or None, the most pieces of a row, [CLS] and [SEP] included; the end of the text is cut off

        Returns
        -------
        rows : list of lists of int

        Raises
        ------
        TypeError, ValueError : texts is one text, or max_length is no whole number of at least 3
        """
        require(not isinstance(texts, str), "texts must be a list of texts, got one text; pass [text]")
        if max_length is None:
            self._tokenizer.no_truncation()
        else:
            self._tokenizer.enable_truncation(check_count("max_length", max_length, low=3))
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def tokens(self, text):
        """Return the pieces of one text as words, [CLS] and [SEP] included."""
        return [self.pieces[i] for i in self.encode([text])[0]]

    def save(self, folder):
        """Write vocab.txt, one piece a line, into the folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocab.txt").write_text("\n".join(self.pieces) + "\n", encoding="utf-8")


def load_wordpiece(folder):
    """Return the WordPiece of a Hugging Face BERT folder: vocab.txt, else tokenizer.json.

    Whether letters lose their case is read from tokenizer_config.json where it is there; else they do.

    Raises
    ------
    DataMissingError (a ValueError) : neither file is there
    ValueError : a file is damaged or no WordPiece vocabulary
    """
    folder = Path(folder)
    config = folder / "tokenizer_config.json"
    lowercase = read_json(config).get("do_lower_case", True) if config.is_file() else True
    require(isinstance(lowercase, bool),
            f"{config} has do_lower_case {brief(lowercase)}, expected true or false; {AGAIN}")
    path = folder / "vocab.txt"
    if path.is_file():
        pieces = read_text(path, AGAIN).removesuffix("\n").split("\n")
    elif (path := folder / "tokenizer.json").is_file():
        pieces = _pieces_of_json(path)
    else:
        raise DataMissingError(f"{folder} holds neither vocab.txt nor tokenizer.json; put one there")
    try:
        return WordPiece(pieces, lowercase)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{path}: {reason(error)}; {AGAIN}") from error


def train_wordpiece(texts, vocab_size):
    """Learn a vocabulary of at most `vocab_size` pieces from a list of texts, and return its WordPiece.

    Starting from letters, the pair of neighboring pieces that occurs together most often becomes one piece, again and
    again. All letters get their numbers beforehand, in alphabetical order: the library decides equal counts by these
    numbers, and left to itself gives them in another order in every run.

    TypeError or ValueError where vocab_size is no whole number, or smaller than the letters and special pieces.
    """
    tokenizer = _with_bert_rules(Tokenizer(models.WordPiece(unk_token="[UNK]")), lowercase=True)
    letters = sorted(set().union(*(tokenizer.normalizer.normalize_str(text) for text in texts)) - set(" "))
    first = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    check_count("vocab_size", vocab_size, low=len(first))
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=first, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    vocabulary = tokenizer.get_vocab()
    return WordPiece(sorted(vocabulary, key=vocabulary.get))


def pad_pieces(rows, pad=0):
    """Return rows of unequal length, filled up with `pad`, as one table: ids int64 (B, T) and mask bool (B, T)."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = row
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(longest) < lengths[:, None]  # (T,) < (B, 1) -> (B, T)
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _with_bert_rules(tokenizer, lowercase):
    """Let the tokenizer clean and split text as BERT does: at spaces, and around every punctuation mark."""
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _pieces_of_json(path):
    """Return the vocabulary of a tokenizer.json in the order of its numbers."""
    model = read_json(path).get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    require(isinstance(vocabulary, dict), f"{path} holds no model with a vocab of WordPiece; take a BERT's")
    numbers = list(vocabulary.values())
    require(all(type(i) is int for i in numbers) and sorted(numbers) == list(range(len(numbers))),
            f"{path}: the pieces are not numbered 0 to {len(numbers) - 1}; {AGAIN}")
    return sorted(vocabulary, key=vocabulary.get)
