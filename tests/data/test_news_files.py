"""AG News and the course's own files, on small files in their form, whole and damaged."""

import json

import numpy as np
import pytest

from cs182lib.data import DataMissingError, load_news
from cs182lib.data.course_news import HEADLINES, PIECES, STORIES, WORDS, load_course_headlines, load_course_stories

ROWS = ('"3","Oil, up","Oil rose\\to ""50"" dollars."\n"2","Team #39;A#39; wins","It won. &lt;b&gt;Twice&lt;/b&gt;."\n'
        '"4","Q &amp; A","AT amp;T &lt;tag&gt; is no entity."\n"1","",""\n')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the data sets, empty."""
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "auto")
    return tmp_path


@pytest.fixture
def ag_news(folder):
    """AG News with four training stories and one for testing."""
    (folder / "ag_news").mkdir()
    (folder / "ag_news" / "train.csv").write_text(ROWS, encoding="utf-8")
    (folder / "ag_news" / "test.csv").write_text('"1","Peace","Both sides\nagree."\n', encoding="utf-8")
    return folder / "ag_news"


def test_ag_news(ag_news):
    news = load_news("ag_news")
    assert [(s.title, s.body, s.topics) for s in news.train] == [
        ("Oil, up", 'Oil rose to "50" dollars.', ("business",)),
        ("Team 'A' wins", "It won. Twice .", ("sports",)),
        ("Q & A", "AT amp;T is no entity.", ("sci/tech",))]
    assert [(s.title, s.number) for s in news.validation] == [("", 4)]
    assert [(s.body, s.topics) for s in news.test] == [("Both sides agree.", ("world",))]
    assert news.oddities == {"entities without ampersand": 2, "tags": 3, "without a title": 1, "without a body": 1}
    assert str(news).startswith("Data: AG News, 3 training, 1 validation and 1 test stories") and not news.is_standin


@pytest.mark.parametrize("text, message", [
    (ROWS + '"3","Cut', r"train.csv, line 5, is not in the form of CSV .*cut off"),
    (ROWS + '"3","Cut"\n', r"train.csv, line 5, has 2 columns, expected class, title, description"),
    (ROWS + "\n", r"train.csv, line 5, has 0 columns"),
    ("class,title,description\n" + ROWS, r"train.csv, line 1, must begin with a class from 1 to 4, got 'class'"),
    (ROWS.replace('"2"', '"5"'), r"train.csv, line 2, must begin with a class from 1 to 4, got '5'"),
    ("", r"train.csv is empty"),
])
def test_a_damaged_line_of_ag_news_is_named(ag_news, text, message):
    (ag_news / "train.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_news("ag_news")


def test_other_bytes_and_missing_files_are_named(ag_news):
    (ag_news / "test.csv").write_bytes(b'"1","\xff","b"\n')
    with pytest.raises(ValueError, match="test.csv is no text in UTF-8"):
        load_news("ag_news")
    (ag_news / "test.csv").unlink()
    with pytest.raises(ValueError, match="test.csv is missing"):
        load_news("ag_news")


@pytest.mark.parametrize("name", ["reuters", "ag_news", "course", "course_headlines"])
def test_what_is_not_there_is_said(folder, name):
    with pytest.raises(DataMissingError, match="is not there; put .* into it"):
        load_news(name)


def test_names_are_checked():
    with pytest.raises(ValueError, match="name must be one of 'auto', 'gazette', 'reuters', 'ag_news', 'course'"):
        load_news("bbc")


def headline(cut="training", **changes):
    """One record of the course's headlines: three words of the vocabulary's six."""
    return {"cut": cut, "title": "Apple To 5", "url": "u", "numerized": [5, 3, 1] + [2] * 17,
            "mask": [True] * 3 + [False] * 17, **changes}


def story(cut="training", **changes):
    """One record of the course's stories."""
    return {"cut": cut, "story": "A man ran .", "summary": "Man ran .", "input": [1, 2, 3] + [4] * 397,
            "input_mask": [1] * 3 + [0] * 397, "output": [2, 3] + [4] * 98, "output_mask": [1] * 2 + [0] * 98,
            **changes}


@pytest.fixture
def course(folder):
    """The course's files: two training records and one for validation in each."""
    folder = folder / "course_news"
    folder.mkdir()
    (folder / WORDS).write_text("<START>\nUNK\nPAD\nto\n,\napple\n", encoding="utf-8")
    (folder / PIECES).write_text("<unk>\t0\n\u2581a\t-1.5\nman\t-2\nran\t-3\n#\t-4\n", encoding="utf-8")
    write(folder, HEADLINES, [headline(), headline("validation", title="B"), headline(title="C")])
    write(folder, STORIES, [story("evaluation", summary="S"), story(), story()])
    return folder


def write(folder, name, records):
    """Write records as JSON."""
    (folder / name).write_text(json.dumps(records), encoding="utf-8")


def test_the_courses_headlines(course):
    data = load_course_headlines(course)
    assert data["numerized_train"].shape == (2, 20) and data["numerized_train"].dtype == np.int64
    assert data["mask_val"].tolist() == [[True] * 3 + [False] * 17] and data["numerized_test"].shape == (0, 20)
    assert data.words == ["<START>", "UNK", "PAD", "to", ",", "apple"]
    assert str(data).startswith("Data: the course's headlines, 2 train, 1 val, 0 test, 6 words, fingerprint ")
    news = load_news("course_headlines")
    assert [s.title for s in news.train] == ["Apple To 5", "C"] and [s.title for s in news.validation] == ["B"]


def test_the_courses_stories(course):
    data = load_course_stories(course)
    assert data["input_train"].shape == (2, 400) and data["output_mask_val"].shape == (1, 100)
    assert data["output_mask_val"].sum() == 2 and data.words[1] == "\u2581a"
    news = load_news("course")
    assert [(s.title, s.body) for s in news.validation] == [("S", "A man ran .")] and len(news.train) == 2


@pytest.mark.parametrize("change, message", [
    ({"cut": "dev"}, "record 1, 'cut' must be one of 'training'"),
    ({"title": None}, "record 1, must hold text as 'title', got None"),
    ({"numerized": [5, 3]}, "record 1, must hold 20 numbers as 'numerized', got 2"),
    ({"numerized": "5 3 1"}, "record 1, must hold 20 numbers as 'numerized', got str"),
    ({"numerized": [6] * 20}, r"record 1, must hold whole numbers from 0 to 5 as 'numerized', got \[6\]"),
    ({"numerized": [-1] * 20}, r"got \[-1\]"), ({"numerized": [1.5] * 20}, r"got \[1.5\]"),
    ({"mask": [2] * 20}, r"record 1, must hold whole numbers from 0 to 1 as 'mask', got \[2\]"),
])
def test_a_wrong_record_is_named(course, change, message):
    write(course, HEADLINES, [headline(), headline(**change)])
    with pytest.raises(ValueError, match=message) as error:
        load_course_headlines(course)
    assert HEADLINES in str(error.value)


def test_a_story_with_a_wrong_row_is_named(course):
    write(course, STORIES, [story(), story(), story(output=[5] * 100)])
    with pytest.raises(ValueError, match=r"record 2, must hold whole numbers from 0 to 4 as 'output', got \[5\]"):
        load_news("course")
    record = story()
    del record["input_mask"]
    write(course, STORIES, [record])
    with pytest.raises(ValueError, match="record 0, must have the keys cut, story, summary, input, input_mask"):
        load_news("course")


@pytest.mark.parametrize("text", ['[{"cut": "training", ', '{"a": 1}', "[]", "[" * 100000])
def test_a_damaged_json_file_is_named(course, text):
    (course / HEADLINES).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=HEADLINES):
        load_course_headlines(course)


@pytest.mark.parametrize("text", ["UNK\nPAD\n<START>\n", "<START>\nUNK\nPAD\nto\nto\n", ""])
def test_a_wrong_vocabulary_is_named(course, text):
    (course / WORDS).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=WORDS):
        load_course_headlines(course)


def test_a_missing_vocabulary_is_named(course):
    (course / PIECES).unlink()
    with pytest.raises(ValueError, match=f"{PIECES} is no readable text"):
        load_course_stories(course)
