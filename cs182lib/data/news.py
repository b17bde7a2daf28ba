"""News from one of several sources, all as `News` of `Article`s: Reuters-21578 where it lies, else the gazette."""

from cs182lib.data.article import News
from cs182lib.data.dataset import DataMissingError, data_mode, datasets_folder
from cs182lib.data.reuters import FOLDER, RECORDS, read_reuters
from cs182lib.data.standins.gazette import load_gazette
from cs182lib.validation import check_choice


def load_news(name="auto"):
    """Load stories with headline and topics.

    Parameters
    ----------
    name : "auto" (Reuters-21578 where it was laid out, else the gazette, as CS182_DATA says), "gazette", "reuters"

    Returns
    -------
    news : News. Reuters comes in the ModApte split: its test set; as validation set the last tenth of its training
        set by date; and, as `unused`, what it leaves out

    Raises
    ------
    DataMissingError (a ValueError) : these data are not there
    ValueError : no such name; a file is missing, cut off or not in its form
    """
    name = check_choice("name", name, ("auto", *LOADERS))
    return LOADERS[find() if name == "auto" else name]()


def find():
    """Return "reuters" or "gazette", as CS182_DATA and the data folder say."""
    mode, folder = data_mode(), datasets_folder() / FOLDER
    if mode == "embedded" or (mode == "auto" and not any((folder / name).exists() for name in RECORDS)):
        return "gazette"
    return "reuters"


def load_reuters():
    """Return Reuters-21578 in the ModApte split."""
    folder = datasets_folder() / FOLDER
    if not folder.is_dir():
        raise DataMissingError(f"{folder} is not there; unpack reuters21578.tar.gz into it, so that reut2-000.sgm lies "
                               "in it, or set CS182_DATA=embedded for the stand-in")
    parts, oddities = read_reuters(folder)
    training = sorted(parts["train"], key=lambda story: (story.date, story.number))
    last = len(training) // 10
    return News(training[:-last], training[-last:], parts["test"], "Reuters-21578", unused=parts["unused"],
                oddities=oddities)


def load_gazette_news():
    """Return the gazette."""
    return News(*load_gazette(), "gazette (stand-in)", is_standin=True)


LOADERS = {"gazette": load_gazette_news, "reuters": load_reuters}
