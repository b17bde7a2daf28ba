"""A story's topic as a task: title and body in pieces, and one label out of the most frequent topics."""

from collections import Counter
from dataclasses import dataclass

import torch

from cs182lib.validation import check_count, require

PARTS = ("train", "validation", "test")


@dataclass
class TopicTask:
    """Stories with one topic, as pieces and labels.

    Attributes
    ----------
    classes : tuple of str, the topics, the most frequent first
    rows : dict part -> list of lists of int, the pieces of each story
    labels : dict part -> int64 (N,), places in `classes`
    """

    classes: tuple
    rows: dict
    labels: dict


def topic_task(news, wordpiece, num_topics=10, max_length=64, titles=True):
    """Return the TopicTask of the topics that most training stories with exactly one topic have.

    Parameters
    ----------
    news : News
    wordpiece : WordPiece
    num_topics : int, at least 2
    max_length : int, the most pieces of a story; the end of a long one is not read
    titles : bool, read the headline before the body

    Raises
    ------
    TypeError, ValueError : num_topics is no such number, or the stories have fewer topics
    """
    single = {part: [story for story in getattr(news, part) if len(story.topics) == 1] for part in PARTS}
    counts = Counter(story.topics[0] for story in single["train"])
    require(len(counts) >= check_count("num_topics", num_topics, low=2),
            f"num_topics is {num_topics}, and the stories of {news.source} have {len(counts)} topics; ask for fewer")
    classes = tuple(topic for topic, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:num_topics])
    kept = {part: [story for story in stories if story.topics[0] in classes] for part, stories in single.items()}
    texts = {part: [f"{story.title}. {story.body}" if titles else story.body for story in stories]
             for part, stories in kept.items()}
    return TopicTask(classes, {part: wordpiece.encode(texts[part], max_length) for part in PARTS},
                     {part: torch.tensor([classes.index(story.topics[0]) for story in kept[part]]) for part in PARTS})
