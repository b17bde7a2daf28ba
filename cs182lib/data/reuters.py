"""Reuters-21578, Distribution 1.0 (David D. Lewis, 1997): newswire of 1987 in 22 SGML files.

The markup is plain enough to be cut out by searching for tags; no SGML parser, no DTD and no entity but the few that
occur are needed, so that nothing in a file can make the reader fetch or expand anything. The files have oddities, which
are handled and counted: control characters written as entities, stories of one line whose body is "Blah blah blah.",
texts without structure, the signature "Reuter", noise after a date, and stories sent twice.
"""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

from cs182lib.data.article import Article
from cs182lib.files import brief
from cs182lib.validation import require

FOLDER = "reuters21578"
AGAIN = "unpack reuters21578.tar.gz again"
RECORDS = {f"reut2-{k:03d}.sgm": 1000 if k < 21 else 578 for k in range(22)}
RECORD = re.compile(r"<REUTERS\s([^>]*)>(.*?)</REUTERS>", re.DOTALL)
ATTRIBUTE = re.compile(r'([A-Z]+)="([^"<>]*)"')
DATE = re.compile(r"\s*(\d{1,2})-([A-Z]{3})-(\d{4})\s*(?:\b(\d\d):(\d\d):(\d\d)(?:\.\d+)?\s*)?")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
TEXT = re.compile(r'<TEXT(?: TYPE="[A-Z]+")?>(.*?)</TEXT>', re.DOTALL)
ENTITY = re.compile(r"&(lt|gt|amp|#\d{1,3});")
CHARACTERS = {"lt": "<", "gt": ">", "amp": "&"}
SIGNATURE = re.compile(r"\breuters?\b[\s.\-^M]*\Z", re.IGNORECASE)
STUB = re.compile(r"blah blah blah\.?", re.IGNORECASE)


def read_reuters(folder):
    """Read all documents of the 22 files, in the order of their numbers.

    Parameters
    ----------
    folder : str or Path that holds reut2-000.sgm to reut2-021.sgm

    Returns
    -------
    parts : dict of lists of Article: train (ModApte training), test (ModApte test), unused (the rest)
    oddities : dict from what is odd to how many documents or characters are

    Raises
    ------
    ValueError : a file is missing, cut off, or not in the form; names file and record
    """
    folder = Path(folder)
    missing = [name for name in RECORDS if not (folder / name).is_file()]
    require(not missing, f"{folder} lacks {', '.join(missing)}; {AGAIN} there")
    parts, oddities = {"train": [], "test": [], "unused": []}, Counter()
    for name, wanted in RECORDS.items():
        found = 0
        for part, article in read_sgml(folder / name, oddities):
            parts[part].append(article)
            found += 1
        require(found == wanted, f"{folder / name} holds {found} records, expected {wanted}; it seems cut off: "
                f"{AGAIN}")
    oddities["stories sent twice"] = count_repeats(article for part in parts.values() for article in part)
    return parts, dict(oddities)


def read_sgml(path, oddities):
    """Yield (part of the ModApte split, Article) of each record of the file `path`; count what is odd in `oddities`.

    ValueError, with the line, where the file is cut off, damaged or another one.
    """
    text = Path(path).read_bytes().decode("latin-1")  # one byte is no ASCII, and Latin-1 reads every byte
    oddities["characters beyond ASCII"] += len(text) - len(text.encode("ascii", "ignore"))
    head, found, _ = text.partition("<REUTERS ")
    require(found and head.strip().startswith("<!DOCTYPE lewis"), f"{path} is no file of Reuters-21578: it must begin "
            f"with <!DOCTYPE lewis and hold <REUTERS ...> records, got {text[:40]!r}; {AGAIN}")
    end = len(head)
    for record in RECORD.finditer(text, end):
        check_between(path, text, end, record)
        attributes = dict(ATTRIBUTE.findall(record[1]))
        where = f"{path}, record NEWID={brief(attributes.get('NEWID'))},"
        yield modapte(where, attributes), read_record(where, attributes, record[2], oddities)
        end = record.end()
    check_between(path, text, end, None)


def check_between(path, text, end, record):
    """Raise ValueError unless only white space lies before the record, and no other record begins inside it.

    In the text of the file `path` the record before ended at `end`.
    """
    start = len(text) if record is None else record.start()
    if text[end:start].strip() or (record is not None and "<REUTERS" in record[2]):
        line = 1 + text[:end].count("\n") + (text[end:end + 1] == "\n")
        raise ValueError(f"{path}, line {line}: the record that begins there does not end with </REUTERS>; the file is "
                         f"cut off or damaged: {AGAIN}")


def modapte(where, attributes):
    """Return the part of the ModApte split: "train", "test" or "unused" (README of the collection, VIII.B).

    attributes are the record's; ValueError, which begins with `where`, if they are others than the collection has.
    """
    split, topics = attributes.get("LEWISSPLIT"), attributes.get("TOPICS")
    require(split in ("TRAIN", "TEST", "NOT-USED") and topics in ("YES", "NO", "BYPASS") and "NEWID" in attributes,
            f"{where} must have LEWISSPLIT, TOPICS and NEWID, got {brief(attributes)}; {AGAIN}")
    return {"TRAIN": "train", "TEST": "test"}.get(split, "unused") if topics == "YES" else "unused"


def read_record(where, attributes, record, oddities):
    """Return the Article of one record with its attributes; count what is odd in `oddities`.

    ValueError, which begins with `where`, if a part is missing or damaged.
    """
    found = TEXT.search(record)
    require(found, f"{where} has no <TEXT> ... </TEXT>; {AGAIN}")
    text = found[1]
    number = attributes["NEWID"]
    require(re.fullmatch("[0-9]{1,9}", number), f"{where} must have a number for NEWID, got {brief(number)}; {AGAIN}")
    title, body = field(where, text, "TITLE"), field(where, text, "BODY")
    if title is None and body is None:  # TYPE="UNPROC": no structure could be found
        oddities["texts without structure"] += 1
        body = text
    oddities["stubs"] += bool(STUB.search(text))
    title, body = " ".join(clean(title or "", oddities).strip("*").split()), clean_body(body or "", oddities)
    oddities["without a title"] += not title
    oddities["without a body"] += not body
    topics = tuple(re.findall("<D>([^<]*)</D>", field(where, record, "TOPICS") or ""))
    return Article(title, body, topics, read_date(where, record, oddities), int(number))


def field(where, record, tag):
    """Return what stands in the record between <tag> and </tag>, or None; ValueError where the tag is not closed."""
    _, opened, rest = record.partition(f"<{tag}>")
    if not opened:
        return None
    inside, closed, _ = rest.partition(f"</{tag}>")
    require(closed, f"{where} opens <{tag}> and does not close it; {AGAIN}")
    return inside


def clean(text, oddities):
    """Return the text with characters for entities and without control characters; both are counted in `oddities`."""
    def character(entity):
        """Return the character of a matched entity, nothing for a control character."""
        name = entity[1]
        if name in CHARACTERS:
            oddities["entities"] += 1
            return CHARACTERS[name]
        code = int(name[1:])
        oddities["control characters"] += code < 32 or code == 127
        return chr(code) if 32 <= code != 127 else ""
    return ENTITY.sub(character, text) if "&" in text else text


def clean_body(body, oddities):
    """Return the body without signature and stubs, a paragraph a line, single spaces; count these in `oddities`."""
    text = clean(body, oddities).rstrip()
    signature = SIGNATURE.search(text, max(0, len(text) - 40))  # only near the end, so that long texts cost nothing
    oddities["signatures"] += signature is not None
    text = text[:signature.start()] if signature else text
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n(?= {2,}\S)", text))
    return "\n".join(paragraph for paragraph in paragraphs if paragraph and not STUB.fullmatch(paragraph))


def read_date(where, record, oddities):
    """Return date and time of a record (midnight where it gives no time); noise behind it is counted in `oddities`.

    ValueError, which begins with `where`, if there is no date or one that does not exist.
    """
    text = field(where, record, "DATE") or ""
    found = DATE.match(text)
    require(found and found[2] in MONTHS, f"{where} must have a <DATE> such as 26-FEB-1987 15:01:01.79, got "
            f"{brief(text)}; {AGAIN}")
    oddities["dates followed by noise"] += found.end() < len(text)
    day, month, year, *clock = found.groups(default="0")
    try:
        return datetime(int(year), MONTHS.index(month) + 1, int(day), *map(int, clock))
    except ValueError as error:
        raise ValueError(f"{where} has a <DATE> that does not exist, {brief(text)} ({error}); {AGAIN}") from None


def count_repeats(articles):
    """Return how many articles have a title and body, not empty, that were already there."""
    counts = Counter((article.title, article.body) for article in articles if article.body)
    return sum(count - 1 for count in counts.values())
