"""News from one of several sources, all as `News` of `Article`s: Reuters-21578 where it lies, else the gazette."""

from cs182lib.data import ag_news, course_news, reuters
from cs182lib.data.article import News
from cs182lib.data.dataset import DataMissingError, data_mode, datasets_folder
from cs182lib.data.standins.gazette_cache import load_gazette
from cs182lib.validation import check_choice


def load_news(name="auto"):
    """Load stories with their headlines and topics.

    Parameters
    ----------
    name : which source, each in its folder of the data sets
        "auto" : Reuters-21578 where it was laid out, else the gazette, as CS182_DATA says
        "gazette" : the stand-in; its stories know their `event`
        "reuters" : reuters21578/, ModApte split: its test set; as validation set the last tenth of its training set by
            date; and, as `unused`, what it leaves out
        "ag_news" : ag_news/, its test set; as validation set the last tenth of its training set
        "course" : course_news/, the course's police stories with their summaries as titles
        "course_headlines" : course_news/, the course's headlines; the bodies are ""

    Returns
    -------
    news : News

    Raises
    ------
    DataMissingError (a ValueError) : these data are not there
    ValueError : no such name; a file is missing, cut off or not in its form
    """
    name = check_choice("name", name, ("auto", *LOADERS))
    return LOADERS[_find() if name == "auto" else name]()


def _find():
    """Return "reuters" or "gazette", as CS182_DATA and the data folder say."""
    mode, folder = data_mode(), datasets_folder() / reuters.FOLDER
    there = any((folder / name).exists() for name in reuters.RECORDS)
    return "reuters" if mode == "real" or (mode == "auto" and there) else "gazette"


def _folder(name, what):
    """Return a folder of the data sets; DataMissingError that says what to put there where it is not."""
    folder = datasets_folder() / name
    if not folder.is_dir():
        raise DataMissingError(f"{folder} is not there; put {what} into it, or use the stand-in: "
                               'load_news("gazette"), CS182_DATA=embedded')
    return folder


def _load_reuters():
    folder = _folder(reuters.FOLDER, "the files of reuters21578.tar.gz (python -m cs182lib.data.download reuters21578)")
    parts, oddities = reuters.read_reuters(folder)
    training = sorted(parts["train"], key=lambda story: (story.date, story.number))
    train, validation = _last_tenth(training)
    return News(train, validation, parts["test"], "Reuters-21578", unused=parts["unused"], oddities=oddities)


def _load_ag_news():
    train, test, oddities = ag_news.read_ag_news(_folder(ag_news.FOLDER, "AG News' train.csv and test.csv"))
    return News(*_last_tenth(train), test, "AG News", oddities=oddities)


def _load_course(load):
    data = load(_folder(course_news.FOLDER, "the files of the course's dataset folder"))
    return News(*data.articles.values(), data.source)


def _last_tenth(stories):
    """Split off the last tenth of a list, at least one."""
    first = len(stories) - max(1, len(stories) // 10)
    return stories[:first], stories[first:]


LOADERS = {
    "gazette": lambda: News(*load_gazette(), "gazette (stand-in)", is_standin=True),
    "reuters": _load_reuters,
    "ag_news": _load_ag_news,
    "course": lambda: _load_course(course_news.load_course_stories),
    "course_headlines": lambda: _load_course(course_news.load_course_headlines),
}
