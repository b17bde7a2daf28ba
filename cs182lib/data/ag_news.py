"""AG News: the first sentences of 127 600 stories in four classes, as two CSV files without a heading.

Zhang, Zhao and LeCun, "Character-level Convolutional Networks for Text Classification", 2015.
"""

import csv
import html
import re
from collections import Counter
from pathlib import Path

from cs182lib.data.article import Article
from cs182lib.files import brief
from cs182lib.validation import require

FOLDER = "ag_news"
FILES = ("train.csv", "test.csv")
AGAIN = "put the file there again as it was published"
CLASSES = ("world", "sports", "business", "sci/tech")  # written 1, 2, 3, 4
BARE_ENTITY = re.compile(r"#(\d{2,3});")  # "#39;" for an apostrophe: the ampersand was lost
TAG = re.compile(r"&?lt;/?[A-Za-z][^<>]*?&?gt;|</?[A-Za-z][^<>]*>")


def read_ag_news(folder):
    """Read train.csv and test.csv, each line "class","title","description".

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    train, test : lists of Article, the class as their topic
    oddities : dict from what is odd to how many stories are

    Raises
    ------
    ValueError : a file is missing, cut off, or not in the form; names file and line
    """
    oddities = Counter()
    train, test = (read_csv(Path(folder) / name, oddities) for name in FILES)
    return train, test, dict(oddities)


def read_csv(path, oddities):
    """Return the stories of the file `path`; count what is odd in `oddities`, a Counter.

    ValueError, with the line, where the file is missing, empty, no text or not in this form.
    """
    require(path.is_file(), f"{path} is missing; put AG News' {' and '.join(FILES)} side by side")
    stories = []
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            for row in rows:
                stories.append(read_row(f"{path}, line {rows.line_num},", row, len(stories) + 1, oddities))
    except csv.Error as error:
        raise ValueError(f"{path}, line {rows.line_num}, is not in the form of CSV ({error}); the file may be cut "
                         f"off: {AGAIN}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8 ({error}); {AGAIN}") from None
    require(stories, f"{path} is empty; it must hold a story a line: class, title, description")
    return stories


def read_row(where, row, number, oddities):
    """Return the Article of one line: `row` is its three columns, `number` the story's place from 1.

    What is odd is counted in `oddities`; ValueError, which begins with `where`, for another number of columns or class.
    """
    require(len(row) == 3, f"{where} has {len(row)} columns, expected class, title, description; {AGAIN}")
    label, title, body = row
    require(label in ("1", "2", "3", "4"), f"{where} must begin with a class from 1 to 4, got {brief(label)}; {AGAIN}")
    title, body = clean(title, oddities), clean(body, oddities)
    oddities["without a title"] += not title
    oddities["without a body"] += not body
    return Article(title, body, (CLASSES[int(label) - 1],), number=number)


def clean(text, oddities):
    r"""Return the text without tags, with characters for entities and spaces for "\", which stands for a line's end.

    Tags and broken entities are counted in `oddities`.
    """
    text, tags = TAG.subn(" ", text)
    text, entities = BARE_ENTITY.subn(r"&#\1;", text)
    oddities["entities without ampersand"] += entities
    oddities["tags"] += tags
    return " ".join(html.unescape(text).replace("\\", " ").split())
