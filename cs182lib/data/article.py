"""What every source of news comes as."""

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Article:
    """One story.

    Attributes
    ----------
    title : str, the headline; body : str, a paragraph a line. Clean text in the case of the source; "" where missing
    topics : tuple of str, what the story is about, as somebody labeled it
    date : datetime, or None where the source gives none
    number : int, the story's number in its source, or None
    """

    title: str
    body: str
    topics: tuple = ()
    date: datetime | None = None
    number: int | None = None


class News:
    """Stories in three parts that know where they come from; `str(news)` is the one line notebooks print.

    Attributes
    ----------
    train, validation, test, unused : lists of Article; `unused` is what the source's own split leaves out
    source : str, e.g. "Reuters-21578" or "gazette (stand-in)"
    is_standin : bool, True where the stories were generated
    fingerprint : str, the first 12 hexadecimal digits of the SHA-256 over all titles, bodies and topics
    oddities : dict from what is odd about the source to how often it was met
    """

    def __init__(self, train, validation, test, source, is_standin=False, unused=(), oddities=None):
        self.train, self.validation, self.test, self.unused = list(train), list(validation), list(test), list(unused)
        self.source, self.is_standin, self.oddities = source, is_standin, dict(oddities or {})
        self.fingerprint = fingerprint([*self.train, *self.validation, *self.test, *self.unused])

    def __str__(self):
        return (f"Data: {self.source}, {len(self.train)} training, {len(self.validation)} validation and "
                f"{len(self.test)} test stories, fingerprint {self.fingerprint}")

    def pairs(self, part="train"):
        """Return the stories of a part that have a title and a body, each text once and none that a later part has.

        So a model that learns from "train" has never seen what "validation" or "test" asks.
        """
        order = ("train", "validation", "test")
        later = [story for name in order[order.index(part) + 1:] for story in getattr(self, name)]
        seen, kept = {(story.title, story.body) for story in later}, []
        for story in getattr(self, part):
            if story.title and story.body and (story.title, story.body) not in seen:
                seen.add((story.title, story.body))
                kept.append(story)
        return kept


def fingerprint(stories):
    """Return the first 12 hexadecimal digits of the SHA-256 over titles, bodies and topics of `stories`."""
    digest = hashlib.sha256()
    for story in stories:
        digest.update("\0".join((story.title, story.body, *story.topics, "\n")).encode())
    return digest.hexdigest()[:12]
