"""The course's own two JSON files, for whoever has them: headlines (88 568 + 946) and police stories (61 055 + 1 558).

Both hold words as numbers of a vocabulary that comes with them, padded to one length, and a mask that is true for
words. Nothing is taken on trust: keys, lengths, and the range of every number are checked, record by record.
"""

from pathlib import Path

import numpy as np

from cs182lib.data.article import Article
from cs182lib.data.dataset import Dataset, fingerprint
from cs182lib.files import brief, parse_json, reason
from cs182lib.validation import require

FOLDER = "course_news"
HEADLINES, WORDS = "headline_generation_dataset_processed.json", "headline_generation_vocabulary.txt"
STORIES, PIECES = "summarization_dataset_preprocessed.json", "wp_vocab10000.vocab"
SPECIAL = ("<START>", "UNK", "PAD")  # the first words of the headlines' vocabulary
PARTS = {"training": "train", "validation": "val", "evaluation": "val", "testing": "test"}
TITLE_LENGTH, STORY_LENGTH, SUMMARY_LENGTH = 20, 400, 100
ROWS = {HEADLINES: {"numerized": TITLE_LENGTH, "mask": TITLE_LENGTH},
        STORIES: {"input": STORY_LENGTH, "input_mask": STORY_LENGTH, "output": SUMMARY_LENGTH,
                  "output_mask": SUMMARY_LENGTH}}
TEXTS = {HEADLINES: ("title", "url"), STORIES: ("story", "summary")}


class CourseNews(Dataset):
    """A Dataset of rows of numbers, {key}_{train, val, test}, with its `words`; `str(data)` says what it is.

    The arguments arrays, source and words are kept; articles says for how many rows of each part there is an article.
    """

    def __init__(self, arrays, source, words, articles):
        super().__init__(arrays, source, False, fingerprint(*(arrays[key] for key in sorted(arrays))), ())
        self.words, self.articles = words, articles

    def __str__(self):
        counts = ", ".join(f"{len(stories)} {part}" for part, stories in self.articles.items())
        return f"Data: {self.source}, {counts}, {len(self.words)} words, fingerprint {self.fingerprint}"


def load_course_headlines(folder):
    """Load the course's headlines.

    Parameters
    ----------
    folder : str or Path that holds headline_generation_dataset_processed.json and headline_generation_vocabulary.txt

    Returns
    -------
    data : CourseNews, for part in (train, val, test) numerized_{part} (n, 20) int64 and mask_{part} (n, 20) bool;
        data.words, list of V str; data.articles, {part: list of Article}, whose body is ""

    Raises
    ------
    ValueError : a file is missing, cut off, or not in the form; names file and record
    """
    words = read_lines(Path(folder) / WORDS)
    require(tuple(words[:3]) == SPECIAL, f"{Path(folder) / WORDS} must begin with {', '.join(SPECIAL)}, a word a line, "
            f"got {brief(words[:3])}")
    return read_course(Path(folder), HEADLINES, "the course's headlines", words,
                       lambda record: Article(record["title"], ""))


def load_course_stories(folder):
    """Load the course's stories and their summaries.

    Parameters
    ----------
    folder : str or Path that holds summarization_dataset_preprocessed.json and wp_vocab10000.vocab

    Returns
    -------
    data : CourseNews, for part in (train, val, test) input_{part} (n, 400) and output_{part} (n, 100), int64, and
        input_mask_{part}, output_mask_{part}, bool; data.words, list of V word pieces; data.articles, {part: list of
        Article}: story and summary as body and title

    Raises
    ------
    ValueError : a file is missing, cut off, or not in the form; names file and record
    """
    words = [line.split("\t")[0] for line in read_lines(Path(folder) / PIECES)]
    return read_course(Path(folder), STORIES, "the course's stories", words,
                       lambda record: Article(record["summary"], record["story"]))


def read_lines(path):
    """Return the lines of the text file `path`; ValueError where it is no text, or a line stands in it twice."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no readable text ({reason(error)}); put the course's files side by side") from None
    lines = lines[:-1] if lines[-1] == "" else lines
    require(len(set(lines)) == len(lines) > 0, f"{path} must hold a word a line, each once, got {len(lines)} lines, "
            f"{len(set(lines))} of them different")
    return lines


def read_course(folder, name, source, words, article):
    """Return one of the two data sets as a CourseNews, once every record is checked: the rows of each part stacked.

    folder and name say which file, source and words what it is made of; article turns a record into an Article.
    """
    path, records = folder / name, read_records(folder / name)
    parts = {"train": [], "val": [], "test": []}
    for i, record in enumerate(records):
        parts[check_record(f"{path}, record {i},", record, name, len(words))].append(record)
    arrays = {f"{key}_{part}": stack([record[key] for record in chosen], length, "mask" in key)
              for part, chosen in parts.items() for key, length in ROWS[name].items()}
    return CourseNews(arrays, source, words, {part: list(map(article, chosen)) for part, chosen in parts.items()})


def read_records(path):
    """Return the list in the JSON file `path`; ValueError where it is damaged or holds something else."""
    try:
        records = parse_json(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no complete JSON file ({reason(error)}); put the course's file back") from None
    require(isinstance(records, list) and records, f"{path} must hold a list of records, got "
            f"{type(records).__name__}")
    return records


def check_record(where, record, name, num_words):
    """Return the part ("train", "val", "test") a record belongs to, once its keys, lengths and numbers are right.

    ValueError, which begins with `where`, if they are not those of the data set `name`, with num_words words.
    """
    wanted = ["cut", *TEXTS[name], *ROWS[name]]
    require(isinstance(record, dict) and set(wanted) <= set(record), f"{where} must have the keys {', '.join(wanted)}, "
            f"got {brief(list(record)) if isinstance(record, dict) else type(record).__name__}")
    for key in ("cut", *TEXTS[name]):
        require(isinstance(record[key], str), f"{where} must hold text as {key!r}, got {brief(record[key])}")
    for key, length in ROWS[name].items():
        check_row(where, key, record[key], length, 2 if "mask" in key else num_words)
    require(record["cut"] in PARTS, f"{where} 'cut' must be one of {', '.join(map(repr, PARTS))}, got "
            f"{brief(record['cut'])}")
    return PARTS[record["cut"]]


def check_row(where, key, row, length, limit):
    """Raise ValueError unless `row` is a list of `length` whole numbers from 0 to limit - 1 (bools count as 0, 1).

    The message begins with `where` and names the `key`.
    """
    require(isinstance(row, list) and len(row) == length, f"{where} must hold {length} numbers as {key!r}, got "
            f"{len(row) if isinstance(row, list) else type(row).__name__}")
    bad = [x for x in row if not isinstance(x, int) or not 0 <= x < limit]
    require(not bad, f"{where} must hold whole numbers from 0 to {limit - 1} as {key!r}, got {brief(bad[:1])}")


def stack(rows, length, mask):
    """Return the rows as one array, (n, length), also where there are none: bool for a mask, else int64."""
    return np.array(rows, bool if mask else np.int64).reshape(len(rows), length)
