"""The interface of all news."""

import pytest

from cs182lib.data import Article, News, load_news
from cs182lib.data.standins import gazette_cache
from cs182lib.data.standins.gazette import Event


def test_pairs_are_whole_once_and_not_in_a_later_part():
    a, b, c, d = (Article(x, x.lower()) for x in "ABCD")
    news = News([a, b, a, Article("", "e"), Article("E", ""), c], [c, d, d], [d], "test")
    assert news.pairs() == [a, b] and news.pairs("validation") == [c] and news.pairs("test") == [d]


def test_the_fingerprint_depends_on_every_text():
    texts = ("a", "b"), ("b", "a"), ("a", "c"), ("ab", ""), ("", "ab"), ("a", "b", ("t",)), ("a", "b", ("t", "u"))
    assert len({News([Article(*text)], [], [], "test").fingerprint for text in texts}) == len(texts)


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A gazette of thirty stories, cached in an empty folder."""
    monkeypatch.setenv("CS182_DATASETS", str(tmp_path / "datasets"))
    folders = tmp_path / "datasets" / "standins", tmp_path / "other"
    monkeypatch.setattr(gazette_cache, "cache_folders", lambda: folders)
    for name, count in (("TRAINING", 20), ("VALIDATION", 4), ("TEST", 6)):
        monkeypatch.setattr(gazette_cache, name, count)
    parts = gazette_cache.make_parts()
    monkeypatch.setattr(gazette_cache, "FINGERPRINT", News(*parts, "test").fingerprint)
    return parts


def test_the_gazette_is_read_from_the_cache_as_it_was_made(small, tmp_path, monkeypatch):
    assert [list(part) for part in gazette_cache.load_gazette()] == list(small)
    monkeypatch.setattr(gazette_cache, "make_parts", lambda: pytest.fail("made again"))
    news = load_news()
    assert (news.train, news.validation, news.test) == small and news.is_standin and not news.oddities
    assert isinstance(news.train[3].event, Event) and news.train[3].number == 3


@pytest.mark.parametrize("damage", [
    lambda text: text[:-5], lambda text: text[:len(text) // 2], lambda text: text.replace("e", "a", 1), lambda text: "",
    lambda text: text.replace("\t", " ", 1), lambda text: "\x00" + text, lambda text: text + "\n\n"])
def test_a_damaged_cache_is_made_anew(small, tmp_path, damage):
    gazette_cache.load_gazette()
    path, = (tmp_path / "datasets" / "standins").iterdir()
    whole = path.read_text(encoding="utf-8")
    path.write_text(damage(whole), encoding="utf-8")
    assert list(gazette_cache.load_gazette()) == list(small)
    assert path.read_text(encoding="utf-8") == whole


def test_a_read_only_checkout_caches_elsewhere(small, tmp_path):
    (tmp_path / "datasets").write_text("a file where the folder should be")
    gazette_cache.load_gazette()
    assert [path.name for path in (tmp_path / "other").iterdir()] == [f"gazette-{gazette_cache.FINGERPRINT}.txt"]
