"""Readers of texts: Reuters, AG News, the course's news, the gazette's cache, vocabularies and tokenizers."""

import json
from dataclasses import asdict

from corpus import Reader, is_array, is_text, with_settings

from cs182lib.data import reuters
from cs182lib.data.ag_news import read_ag_news
from cs182lib.data.article import fingerprint
from cs182lib.data.course_news import (
    HEADLINES,
    PIECES,
    STORIES,
    WORDS,
    load_course_headlines,
    load_course_stories,
)
from cs182lib.data.standins import gazette_cache
from cs182lib.data.standins.gazette import make_stories
from cs182lib.language.subwords import Subwords
from cs182lib.language.vocabulary import Vocabulary
from cs182lib.language.wordpiece import SPECIAL, WordPiece, load_wordpiece

RECORD = """<REUTERS TOPICS="{topics}" LEWISSPLIT="{split}" CGISPLIT="TRAINING-SET" OLDID="5544" NEWID="{number}">
<DATE>26-FEB-1987 15:01:01.79</DATE>
<TOPICS><D>cocoa</D><D>grain</D></TOPICS>
<TEXT>&#2;
<TITLE>BAHIA COCOA &lt;REVIEW></TITLE>
<DATELINE>    SALVADOR, Feb 26 - </DATELINE><BODY>Showers continued &amp; prices rose.
    The dry period means it will be late. Reuter
&#3;</BODY></TEXT>
</REUTERS>
"""
SGML = '<!DOCTYPE lewis SYSTEM "lewis.dtd">\n' + "".join(
    RECORD.format(topics=topics, split=split, number=i + 1)
    for i, (topics, split) in enumerate((("YES", "TRAIN"), ("YES", "TEST"), ("NO", "NOT-USED"))))
HEADLINE = {"cut": "training", "title": "a cat sits", "url": "http://a.org", "numerized": [3, 4] + [2] * 18,
            "mask": [1, 1] + [0] * 18}
STORY = {"cut": "training", "story": "a cat sat there", "summary": "cat sat", "input": [3] * 400,
         "input_mask": [True] * 400, "output": [1] * 100, "output_mask": [1] * 100}


def articles(parts):
    """Return {part: articles as dicts}, or one list of them."""
    if isinstance(parts, dict):
        return {name: articles(part) for name, part in parts.items()}
    return [asdict(article) for article in parts]


def judge_articles(parts):
    """Titles, bodies and topics that can be written down."""
    for article in (article for part in parts.values() for article in part):
        is_text(article["title"], article["body"], *article["topics"])
        assert len(article["title"]) + len(article["body"]) < 10**6


def read_reuters(folder):
    """Return the parts of the split."""
    return articles(reuters.read_reuters(folder)[0])


def judge_reuters(answer):
    """Three stories, each with a number and a date."""
    judge_articles(answer)
    assert sum(map(len, answer.values())) == 3
    assert all(a["number"] >= 0 and 1 <= a["date"].year for part in answer.values() for a in part)


def make_ag_news(folder):
    """Write two CSV files."""
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text('"3","Oil &lt;b&gt;up&lt;/b&gt;","Prices rose\\on ""Friday"" #39;again"\n'
                                   '"1","A","B"\n')


def read_ag(folder):
    """Return train and test."""
    train, test, _ = read_ag_news(folder)
    return articles({"train": train, "test": test})


def judge_ag(answer):
    """Stories of the four classes, in both files."""
    judge_articles(answer)
    assert answer["train"] and answer["test"]
    assert all(a["topics"][0] in ("world", "sports", "business", "sci/tech") for part in answer.values() for a in part)


def make_headlines(folder):
    """Write the headlines' two files."""
    (folder / WORDS).write_text("<START>\nUNK\nPAD\na\ncat\nsits\n")
    records = [{**HEADLINE, "cut": cut} for cut in ("training", "testing", "validation")]
    (folder / HEADLINES).write_text(json.dumps(records))


def make_stories_files(folder):
    """Write the stories' two files."""
    (folder / PIECES).write_text("<unk>\t0\na\t-1.5\ncat\t-2\nsat\t-3\n")
    (folder / STORIES).write_text(json.dumps([STORY, {**STORY, "cut": "evaluation"}]))


def news(load):
    """Return a reader that gives arrays, words and articles."""
    def read(folder):
        data = load(folder)
        return {"arrays": dict(data), "words": data.words, "articles": articles(data.articles), "line": str(data)}
    return read


def judge_news(answer):
    """Numbers of the vocabulary, masks, and texts."""
    is_text(answer["line"], *answer["words"])
    judge_articles(answer["articles"])
    for name, rows in answer["arrays"].items():
        is_array(rows, ["bool"] if "mask" in name else ["int64"], (len(answer["articles"][name.split("_")[-1]]), None))
        assert not rows.size or (0 <= rows.min() and rows.max() < len(answer["words"]))


GAZETTE = tuple(make_stories(count, seed) for count, seed in ((3, 1), (1, 2), (1, 3)))


def read_gazette(folder):
    """Return the parts as dicts, or None."""
    parts = gazette_cache.read_stories(folder / "gazette.txt")
    return parts and [[asdict(story) for story in part] for part in parts]


def judge_gazette(answer):
    """What comes out of the cache is what went in."""
    assert [[(s["title"], s["body"]) for s in part] for part in answer] == [
        [(s.title, s.body) for s in part] for part in GAZETTE]


PIECE_LIST = [*SPECIAL, "a", "cat", "##s", "sit", "."]
TEXT = "A cat sits."


def make_pieces(folder):
    """Write vocab.txt and tokenizer_config.json."""
    WordPiece(PIECE_LIST).save(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "model_max_length": 512}))


def make_tokenizer_json(folder):
    """Write tokenizer.json alone."""
    vocabulary = {piece: i for i, piece in enumerate(PIECE_LIST)}
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0", "model": {"type": "WordPiece",
                                                                                   "vocab": vocabulary}}))


def read_pieces(folder):
    """Return the pieces and how a text is cut."""
    found = load_wordpiece(folder)
    return {"pieces": found.pieces, "ids": found.encode([TEXT])[0], "tokens": found.tokens(TEXT),
            "lowercase": found.lowercase}


def judge_pieces(answer):
    """Every number has a piece; a text begins with [CLS] and ends with [SEP]."""
    assert len(set(answer["pieces"])) == len(answer["pieces"])
    is_text(*answer["pieces"])
    assert answer["tokens"][0] == "[CLS]" and answer["tokens"][-1] == "[SEP]" and type(answer["lowercase"]) is bool


def read_subwords(folder):
    """Return the size, the pieces of a text, and the text again."""
    found = Subwords.load(folder / "subwords.json")
    ids = found.encode(TEXT)
    return {"size": len(found), "ids": ids, "text": found.decode(ids)}


def judge_subwords(answer):
    """Every number is one of the vocabulary's, and the text comes back: that is what Subwords are for."""
    assert all(0 <= i < answer["size"] for i in answer["ids"]) and answer["text"] == TEXT


def read_vocabulary(folder):
    """Return words and numbers."""
    found = Vocabulary.load(folder / "words.txt")
    return {"words": found.words, "numbers": found.w2i}


def judge_vocabulary(answer):
    """Each word once, none empty, the special ones first."""
    assert answer["words"][:3] == ["<START>", "UNK", "PAD"] and len(answer["numbers"]) == len(answer["words"])
    is_text(*answer["words"])
    assert all(answer["words"])


READERS = {
    "Reuters": Reader(lambda folder: (folder / "reut2-000.sgm").write_text(SGML),
                      with_settings(read_reuters, (reuters, "RECORDS", {"reut2-000.sgm": 3})), ("reut2-000.sgm",),
                      judge_reuters, "text"),
    "AG News": Reader(make_ag_news, read_ag, ("train.csv", "test.csv"), judge_ag, "text"),
    "course's headlines": Reader(make_headlines, news(load_course_headlines), (HEADLINES,), judge_news, "json"),
    "course's headlines' words": Reader(make_headlines, news(load_course_headlines), (WORDS,), judge_news, "text",
                                        names_file=False),
    "course's stories": Reader(make_stories_files, news(load_course_stories), (STORIES, PIECES), judge_news, "json",
                               names_file=False),
    "gazette's cache": Reader(
        lambda folder: gazette_cache.write_stories(folder / "gazette.txt", GAZETTE),
        with_settings(read_gazette, (gazette_cache, "TRAINING", 3), (gazette_cache, "VALIDATION", 1),
                      (gazette_cache, "TEST", 1),
                      (gazette_cache, "FINGERPRINT", fingerprint(s for part in GAZETTE for s in part))),
        ("gazette.txt",), judge_gazette, "text", silent=(None,)),
    "vocab.txt": Reader(make_pieces, read_pieces, ("vocab.txt",), judge_pieces, "text"),
    "tokenizer_config.json": Reader(make_pieces, read_pieces, ("tokenizer_config.json",), judge_pieces, "json"),
    "tokenizer.json": Reader(make_tokenizer_json, read_pieces, ("tokenizer.json",), judge_pieces, "json"),
    "subwords": Reader(lambda folder: Subwords.train([TEXT] * 3, 262).save(folder / "subwords.json"), read_subwords,
                       ("subwords.json",), judge_subwords, "json"),
    "vocabulary": Reader(lambda folder: Vocabulary(["<START>", "UNK", "PAD", "a", "cat"]).save(folder / "words.txt"),
                         read_vocabulary, ("words.txt",), judge_vocabulary, "text"),
}
