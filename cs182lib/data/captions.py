"""Captions as people write them, turned into rows of word indices; and the lists in which they bring them."""

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np

from cs182lib.data.coco_files import SPECIAL
from cs182lib.files import brief, parse_json, reason
from cs182lib.validation import check_count, require

LENGTH = 17  # words of a row, <START> and <END> among them, as in the course's files
FILES = ("captions.csv", "captions.json")


def words_of(text):
    """Return the words of a caption, the string `text`: lower case, no punctuation."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())


def make_vocabulary(texts, min_count=1):
    """Return the words of the captions: <NULL>, <START>, <END>, <UNK>, then the commonest first.

    Parameters
    ----------
    texts : iterable of str
    min_count : int; rarer words are left out and will be read as <UNK>

    Raises
    ------
    TypeError, ValueError : min_count is no whole number above 0
    """
    check_count("min_count", min_count)
    counts = Counter(word for text in texts for word in words_of(text))
    words = [word for word, count in counts.items() if count >= min_count]
    return [*SPECIAL, *sorted(words, key=lambda word: (-counts[word], word))]


def encode_captions(texts, words, length=LENGTH):
    """Turn captions into indices: <START>, the words, <END>, then <NULL>; words beyond the length are cut off.

    Parameters
    ----------
    texts : list of n str
    words : the vocabulary, as `make_vocabulary` returns it
    length : int, at least 3

    Returns
    -------
    captions : (n, length) int32

    Raises
    ------
    TypeError, ValueError : the length is no whole number of at least 3
    """
    check_count("length", length, low=3)
    index = {word: i for i, word in enumerate(words)}
    null, start, end, unknown = (index[word] for word in SPECIAL)
    captions = np.full((len(texts), length), null, np.int32)
    for row, text in zip(captions, texts):
        inner = [index.get(word, unknown) for word in words_of(text)][:length - 2]
        row[:len(inner) + 2] = [start, *inner, end]
    return captions


def read_captions(folder, file=None):
    """Read the captions of a folder of pictures.

    Parameters
    ----------
    folder : str or Path
    file : str, Path or None; None means captions.csv or captions.json in the folder. Two columns with the heading
        file,caption, one caption a line; or {"a.jpg": ["caption", "another"], ...}

    Returns
    -------
    captions : dict from a picture's name, relative to the folder, to the list of its captions, sorted by name

    Raises
    ------
    ValueError : no such file, not in that form, or a caption without words
    """
    folder = Path(folder)
    require(folder.is_dir(), f"{folder} is no folder; name the one that holds the pictures")
    found = [Path(file)] if file else [folder / name for name in FILES if (folder / name).is_file()]
    require(found and found[0].is_file(), f"{found[0] if found else folder} holds no captions; write {FILES[0]} there "
            "with the heading file,caption and a line for each caption, such as dog.jpg,a brown dog on the grass")
    try:
        text = found[0].read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{found[0]} is no text in UTF-8 ({error}); save it as UTF-8") from None
    pairs = _from_json(found[0], text) if found[0].suffix == ".json" else _from_csv(found[0], text)
    return _collect(found[0], pairs)


def _from_csv(path, text):
    """Yield (where, name, caption) of each line of a CSV file."""
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True, strict=True)
    wanted = {"file", "caption"}
    try:
        require(wanted <= set(rows.fieldnames or ()), f"{path} must begin with the heading file,caption, got "
                f"{(','.join(rows.fieldnames or ()) or 'nothing')[:80]}")
        for row in rows:
            where = f"{path}, line {rows.line_num},"
            require(None not in row, f"{where} has more than the {len(rows.fieldnames)} columns of the heading; put a "
                    'caption that holds commas in quotes: dog.jpg,"a dog, brown"')
            yield where, row["file"], row["caption"]
    except csv.Error as error:
        raise ValueError(f"{path}, line {rows.line_num}, is not in the form of CSV ({error}); correct it") from None


def _from_json(path, text):
    """Yield (where, name, caption) of each caption in a JSON file."""
    try:
        content = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON ({reason(error)}); correct it") from None
    require(isinstance(content, dict), f'{path} must hold {{"picture": ["caption", ...], ...}}, got a '
            f"{type(content).__name__}")
    for name, texts in content.items():
        for text in texts if isinstance(texts, list) else [texts]:
            yield f"{path}, {brief(name)},", name, text


def _collect(path, pairs):
    """Put the captions of each picture together; ValueError where one is empty or there are none."""
    captions = {}
    for where, name, text in pairs:
        require(isinstance(name, str) and name.strip(), f"{where} names no picture; write the name of its file first")
        require(isinstance(text, str) and words_of(text), f"{where} holds no caption with words, got "
                f"{brief(text)}; write one, or remove the line")
        captions.setdefault(name.strip(), []).append(text)
    require(captions, f"{path} holds no captions; write one a line")
    return dict(sorted(captions.items()))
