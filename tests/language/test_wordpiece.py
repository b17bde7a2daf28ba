"""Pieces are those of `transformers`' BertTokenizer, whichever file the vocabulary comes from."""

import json

import pytest
import torch
from reference import import_transformers

from cs182lib.data import DataMissingError
from cs182lib.language.bert_files import find_teacher
from cs182lib.language.wordpiece import SPECIAL, WordPiece, load_wordpiece, pad_pieces, train_wordpiece

WORDS = [*SPECIAL, "the", "oil", "price", "##s", "rise", "##ing", "fell", "don", "'", "t", "1", "##2", ".", ",", "-",
         "u"]
SENTENCES = ["The oil prices, rising.", "", "   ", "THE OIL-PRICE fell 12.1,2", "don't rise [MASK] the",
             "naïve Übung rises", "the\toil\nprice\u200b fell \u0007", "漢字 oil", "x" * 300 + " oil", "u.s. u.s",
             "[CLS] the [SEP]", "☃ 🎈 the"]


def theirs(folder, sentences, **options):
    tokenizer = import_transformers().BertTokenizer.from_pretrained(str(folder), **options)
    return tokenizer(sentences)["input_ids"]


@pytest.mark.parametrize("lowercase", [True, False])
def test_pieces_are_those_of_transformers(tmp_path, lowercase):
    WordPiece(WORDS).save(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": lowercase}))
    right = theirs(tmp_path, SENTENCES, do_lower_case=lowercase)
    assert load_wordpiece(tmp_path).encode(SENTENCES) == right


@pytest.mark.real_data
def test_the_teachers_pieces_are_those_of_transformers():
    folder = find_teacher()
    if folder is None:
        pytest.skip("needs the extra [teacher]")
    assert load_wordpiece(folder).encode(SENTENCES) == theirs(folder, SENTENCES)


def test_both_files_hold_the_same_vocabulary(tmp_path):
    WordPiece(WORDS).save(tmp_path)
    from_text = load_wordpiece(tmp_path)
    (tmp_path / "vocab.txt").unlink()
    vocabulary = {piece: i for i, piece in enumerate(WORDS)}
    content = {"model": {"type": "WordPiece", "vocab": vocabulary},
               "padding": {"strategy": {"Fixed": 128}}, "truncation": {"max_length": 8}}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    from_json = load_wordpiece(tmp_path)
    assert from_json.pieces == from_text.pieces == WORDS
    assert from_json.encode(SENTENCES) == from_text.encode(SENTENCES)


def test_a_word_is_cut_into_its_longest_pieces():
    wordpiece = WordPiece(WORDS)
    assert wordpiece.tokens("prices fell 12") == ["[CLS]", "price", "##s", "fell", "1", "##2", "[SEP]"]
    assert wordpiece.tokens("wool") == ["[CLS]", "[UNK]", "[SEP]"]
    assert (wordpiece.pad, wordpiece.unk, wordpiece.cls, wordpiece.sep, wordpiece.mask) == (0, 1, 2, 3, 4)


def test_long_texts_are_cut_and_keep_their_end_mark():
    wordpiece = WordPiece(WORDS)
    assert wordpiece.encode(["the oil prices fell", "the"], max_length=4) == [[2, 5, 6, 3], [2, 5, 3]]
    assert wordpiece.encode(["the oil price fell"]) == [[2, 5, 6, 7, 11, 3]]


def test_padding():
    ids, mask = pad_pieces([[2, 5, 3], [2, 3], [2, 5, 6, 7, 3]])
    assert ids.tolist() == [[2, 5, 3, 0, 0], [2, 3, 0, 0, 0], [2, 5, 6, 7, 3]]
    assert mask.tolist() == [[True] * 3 + [False] * 2, [True] * 2 + [False] * 3, [True] * 5]
    assert ids.dtype == torch.int64 and mask.dtype == torch.bool


def test_a_trained_vocabulary_covers_its_texts_and_is_always_the_same():
    texts = ["low lower lowest newer newest wide wider widest"] * 5 + ["low new"] * 9
    wordpiece = train_wordpiece(texts, 40)
    assert wordpiece.pieces[:5] == list(SPECIAL) and len(wordpiece) <= 40
    assert "low" in wordpiece.pieces and wordpiece.unk not in sum(wordpiece.encode(texts), [])
    assert train_wordpiece(texts, 40).pieces == wordpiece.pieces


@pytest.mark.parametrize("write, message", [
    (lambda folder: None, "holds neither vocab.txt nor tokenizer.json"),
    (lambda folder: (folder / "vocab.txt").write_text("[PAD]\n[UNK]\nthe\n"), r"vocab.txt: the vocabulary lacks .*CLS"),
    (lambda folder: (folder / "vocab.txt").write_bytes(b"[PAD]\n\xff\xfe"), "no text in UTF-8"),
    (lambda folder: (folder / "tokenizer.json").write_text('{"model": {"vocab": ["a"]}}'), "no model with a vocab"),
    (lambda folder: (folder / "tokenizer.json").write_text('{"model": {"vocab": {"a": 1}}}'), "not numbered 0 to 0"),
    (lambda folder: (folder / "tokenizer.json").write_text("{"), "is no JSON"),
])
def test_wrong_folders(tmp_path, write, message):
    write(tmp_path)
    with pytest.raises(ValueError, match=message) as caught:
        load_wordpiece(tmp_path)
    assert isinstance(caught.value, DataMissingError) == ("neither" in message)


def test_one_text_is_no_list_of_texts():
    with pytest.raises(ValueError, match=r"pass \[text\]"):
        WordPiece(WORDS).encode("the oil")
