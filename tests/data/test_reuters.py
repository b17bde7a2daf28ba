"""The reader of Reuters-21578 on small files in its form, whole and damaged; and on the real ones where they are."""

from collections import Counter
from datetime import datetime

import pytest

from cs182lib.data import DataMissingError, datasets_folder, load_news, reuters

HEAD = '<!DOCTYPE lewis SYSTEM "lewis.dtd">\n'
DATELINE = "<DATELINE>    SALVADOR, Feb 26 - </DATELINE>"


def record(number, split="TRAIN", topics="YES", date="26-FEB-1987 15:01:01.79", names=("cocoa",), text=None):
    """Write one record the way the files do."""
    listed = "".join(f"<D>{name}</D>" for name in names)
    text = text or (f"<TEXT>&#2;\n<TITLE>TITLE {number}</TITLE>\n{DATELINE}<BODY>Body {number}.\n Reuter\n&#3;</BODY>"
                    "</TEXT>")
    return (f'<REUTERS TOPICS="{topics}" LEWISSPLIT="{split}" CGISPLIT="TRAINING-SET" OLDID="5544" NEWID="{number}">\n'
            f"<DATE>{date}</DATE>\n<TOPICS>{listed}</TOPICS>\n<PLACES><D>usa</D></PLACES>\n<PEOPLE></PEOPLE>\n"
            f"<UNKNOWN> \n&#5;&#5;&#5;C T\n&#22;&#1;f0704&#31;reute</UNKNOWN>\n{text}\n</REUTERS>\n")


@pytest.fixture
def read(tmp_path):
    """Write one file of the given records, or of raw text, and read it: its articles and the counted oddities."""
    def read_file(*records):
        path, oddities = tmp_path / "reut2-000.sgm", Counter()
        path.write_bytes((HEAD + "".join(records)).encode("latin-1"))
        return list(reuters.read_sgml(path, oddities)), oddities
    return read_file


def test_a_record_becomes_an_article(read):
    text = (f"<TEXT>&#2;\n<TITLE>A &lt;AB> AND\n  C</TITLE>\n{DATELINE}<BODY>First line\nof one &amp; all, 5 < 6.\n"
            "    Second\nparagraph,   Reuter said.\n REUTER\n&#3;</BODY></TEXT>")
    (part, story), = read(record(7, text=text, names=("grain", "wheat")))[0]
    assert part == "train"
    assert (story.title, story.topics, story.number) == ("A <AB> AND C", ("grain", "wheat"), 7)
    assert story.body == "First line of one & all, 5 < 6.\nSecond paragraph, Reuter said."
    assert story.date == datetime(1987, 2, 26, 15, 1, 1)


@pytest.mark.parametrize("split, topics, part", [
    ("TRAIN", "YES", "train"), ("TEST", "YES", "test"), ("NOT-USED", "YES", "unused"), ("TRAIN", "NO", "unused"),
    ("TEST", "NO", "unused"), ("TRAIN", "BYPASS", "unused"), ("NOT-USED", "NO", "unused")])
def test_modapte_follows_two_attributes(read, split, topics, part):
    assert [p for p, _ in read(record(1, split, topics))[0]] == [part]


def test_oddities_are_handled_and_counted(read):
    stub = '<TEXT TYPE="BRIEF">&#2;\n******<TITLE>ONE LINE\n</TITLE>Blah blah blah.\n&#3;\n\n</TEXT>'
    stub_body = "<TEXT>&#2;\n<TITLE>T</TITLE><BODY>Blah blah blah.\n&#3;</BODY></TEXT>"
    loose = '<TEXT TYPE="UNPROC">&#2;\nF\xfcR TABLE\n    1&#127;2..3\n&#3;\n</TEXT>'
    stories, oddities = read(record(1, text=stub), record(2, text=stub_body), record(3, text=loose),
                             record(4, date=" 3-MAR-1987 09:15:05.40&#5;&#5;RM"),
                             record(5, date="31-MAR-1987 605:12:19.12"))
    stories = [story for _, story in stories]
    assert [(s.title, s.body) for s in stories[:3]] == [("ONE LINE", ""), ("T", ""), ("", "FüR TABLE\n12..3")]
    assert stories[3].date == datetime(1987, 3, 3, 9, 15, 5) and stories[4].date == datetime(1987, 3, 31)
    assert oddities == Counter({
        "stubs": 2, "without a body": 2, "without a title": 1, "texts without structure": 1, "signatures": 2,
        "dates followed by noise": 2, "characters beyond ASCII": 1, "control characters": 6, "entities": 0})


def test_stories_sent_twice_are_counted(read):
    same, empty = "<TEXT><TITLE>T</TITLE><BODY>B</BODY></TEXT>", "<TEXT><TITLE>T</TITLE></TEXT>"
    stories, _ = read(*(record(n, text=same) for n in (1, 2, 3)), record(4), *(record(n, text=empty) for n in (5, 6)))
    assert reuters.count_repeats(story for _, story in stories) == 2


WHOLE = record(1) + record(2)


@pytest.mark.parametrize("text, message", [
    (WHOLE[:-len("</REUTERS>\n")], "line 16: the record that begins there does not end"),
    (WHOLE.replace("</REUTERS>\n<REUTERS", "<REUTERS"), "line 2: the record that begins there does not end"),
    (WHOLE + "noise\n", "line 30: the record that begins there"),
    (WHOLE.replace("</BODY>", "", 1), "record NEWID='1', opens <BODY> and does not close it"),
    (WHOLE.replace("</TEXT>", ""), "record NEWID='1', has no <TEXT>"),
    (record(3, date="soon"), "record NEWID='3', must have a <DATE> such as"),
    (record(3, date="31-FEB-1987 15:01:01.79"), "record NEWID='3', has a <DATE> that does not exist"),
    (record(3, date="26-FEB-1987 25:01:01.79"), "record NEWID='3', has a <DATE> that does not exist"),
    (record(3, split="VALIDATION"), "record NEWID='3', must have LEWISSPLIT, TOPICS and NEWID"),
    (record("III"), "NEWID='III', must have a number for NEWID"),
    ("", "must begin with <!DOCTYPE lewis and hold <REUTERS"),
])
def test_damage_is_named_with_file_and_record(read, text, message):
    with pytest.raises(ValueError, match="reut2-000.sgm") as error:
        read(text)
    assert message in str(error.value)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "page.sgm"
    path.write_text("<html><REUTERS ></REUTERS></html>")
    with pytest.raises(ValueError, match="page.sgm is no file of Reuters-21578"):
        list(reuters.read_sgml(path, Counter()))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two files of twelve and two records, as the whole collection."""
    monkeypatch.setattr(reuters, "RECORDS", {"reut2-000.sgm": 12, "reut2-001.sgm": 2})
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path))
    monkeypatch.setenv("CS182_DATA", "auto")
    folder = tmp_path / "reuters21578"
    folder.mkdir()
    days = (5, 3, 9, 1, 7, 2, 8, 4, 6, 10, 11)  # of March, not in the order of the numbers
    first = [record(n, date=f"{day}-MAR-1987 15:01:01.79") for n, day in enumerate(days, 1)] + [record(12, topics="NO")]
    (folder / "reut2-000.sgm").write_text(HEAD + "".join(first))
    (folder / "reut2-001.sgm").write_text(HEAD + record(13, "TEST") + record(14, "TEST"))
    return folder


def test_validation_is_the_last_tenth_by_date(folder):
    news = load_news()
    assert [s.number for s in news.train] == [4, 6, 2, 8, 1, 9, 5, 7, 3, 10]
    assert [s.number for s in news.validation] == [11]
    assert [s.number for s in news.test] == [13, 14] and [s.number for s in news.unused] == [12]
    assert str(news).startswith("Data: Reuters-21578, 10 training, 1 validation and 2 test stories, fingerprint ")
    assert not news.is_standin and news.oddities["signatures"] == 14


def test_a_missing_or_short_file_is_named(folder, monkeypatch):
    (folder / "reut2-001.sgm").write_text(HEAD + record(13, "TEST"))
    with pytest.raises(ValueError, match="reut2-001.sgm holds 1 records, expected 2; it seems cut off"):
        load_news("reuters")
    (folder / "reut2-001.sgm").unlink()
    with pytest.raises(ValueError, match="lacks reut2-001.sgm"):
        load_news()
    (folder / "reut2-000.sgm").unlink()
    assert load_news().is_standin
    monkeypatch.setenv("CS182_DATA", "real")
    folder.rmdir()
    with pytest.raises(DataMissingError, match="reuters21578.tar.gz"):
        load_news()


@pytest.fixture(scope="module")
def real():
    """The real collection."""
    if not (datasets_folder() / reuters.FOLDER).is_dir():
        pytest.skip("needs Reuters-21578 in the data folder")
    return load_news("reuters")


@pytest.mark.real_data
def test_the_collection_has_the_documents_its_readme_counts(real):
    parts = real.train, real.validation, real.test, real.unused
    assert [len(real.train) + len(real.validation), len(real.test), len(real.unused)] == [9603, 3299, 8676]
    assert sorted(story.number for part in parts for story in part) == list(range(1, 21579))
    assert len(real.validation) == 960 and real.train[-1].date <= real.validation[0].date
    assert real.validation[-1].date < datetime(1987, 4, 8) <= min(story.date for story in real.test)
    assert len({topic for part in parts for story in part for topic in story.topics}) == 120


@pytest.mark.real_data
def test_the_ten_largest_topics_have_their_known_sizes(real):
    """Training and test documents as published (Joachims, 1998; Dumais et al., 1998)."""
    known = {"earn": (2877, 1087), "acq": (1650, 719), "money-fx": (538, 179), "grain": (433, 149), "crude": (389, 189),
             "trade": (369, 118), "interest": (347, 131), "ship": (197, 89), "wheat": (212, 71), "corn": (182, 56)}
    training, test = (Counter(topic for story in part for topic in story.topics)
                      for part in ([*real.train, *real.validation], real.test))
    assert {topic: (training[topic], test[topic]) for topic in known} == known


@pytest.mark.real_data
def test_texts_are_clean(real):
    assert (real.oddities["without a title"], real.oddities["texts without structure"]) == (737, 737)
    assert real.oddities["stubs"] == 1604 and real.oddities["characters beyond ASCII"] == 1
    for story in [*real.train, *real.validation, *real.test, *real.unused]:
        assert story.title == " ".join(story.title.split()) and "&#" not in story.title + story.body
        assert "blah blah" not in story.body.lower()
        assert not any(ord(c) < 32 and c != "\n" or ord(c) == 127 for c in story.title + story.body)
    pairs = [[(s.title, s.body) for s in real.pairs(part)] for part in ("train", "validation", "test")]
    assert sum(map(len, pairs)) == len(set().union(*pairs)) > 11000
