"""Damage files in repeatable ways: bits, bytes and blocks, the tree of a JSON file, the inside of an archive.

A seed stands for one damage, the same on every machine. Half of the damages of an archive are done inside it and sealed
again with right checksums, so that they come past the checksums to the readers behind.
"""

import gzip
import io
import json
import random
import warnings
import zipfile
from typing import NamedTuple

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
DEEP = 3000  # levels of nesting: more than Python's recursion limit
WORDS = ("", "null", "true", "-1", "0", "1e999", "NaN", "Infinity", "9" * 5000, "1" + "0" * 30, "0.5", '"', '"x"', "[]",
         "{}", "\x00", "\ufeff", "\\ud800", "\\u0000", ",", "\n", "\r", "\t", "\u2028", "\x85", "<", ">", "&#999;",
         "[" * DEEP, '{"a":' * DEEP, "-" * DEEP, "(" * 150, "a" * 200000)
VALUES = (None, True, -1, 0, 3, 2**70, 10**400, 0.5, float("nan"), float("inf"), "", "x", "\ud800", "\x00", "a\nb", [],
          {}, [0], [[0]], {"a": 1}, [None], "9" * 50)


class Damaged(NamedTuple):
    """What became of a file's content; `sealed`: its checksums are right again; `how` it was done."""

    content: bytes
    how: str
    sealed: bool = False


def damage(content, form, seed):
    """Return the Damaged content for this seed.

    Parameters
    ----------
    content : bytes
    form : "binary", "text", "json", "zip" (npz and PyTorch's files too), "gzip", or "safetensors"
    seed : int or str
    """
    rng = random.Random(f"damage {seed}")
    inner = INSIDE.get(form)
    if inner and rng.random() < 0.5:
        return inner(content, rng)
    count = rng.choice((1, 1, 1, 2, 4))
    ways = TEXT_WAYS if form in ("text", "json") and rng.random() < 0.7 else BYTE_WAYS
    chosen = [rng.choice(ways) for _ in range(count)]
    for way in chosen:
        content = way(content, rng)
    return Damaged(content, "+".join(way.__name__ for way in chosen))


def _place(content, rng):
    """Return an offset; the two ends of a file, where its structure is, are hit as often as all the rest."""
    size = max(1, len(content))
    near = min(size, 400)
    return rng.choice((rng.randrange(size), rng.randrange(near), size - 1 - rng.randrange(near)))


def _length(content, rng):
    return min(max(1, len(content)), rng.choice((1, 2, 4, 8, 16, rng.randrange(1, 200), rng.randrange(1, 5000))))


def _put(content, start, new, end=None):
    return content[:start] + new + content[start + len(new) if end is None else end:]


def flip_bit(content, rng):
    """Turn one bit over."""
    i = _place(content, rng)
    return _put(content, i, bytes([content[i] ^ 1 << rng.randrange(8)])) if content else content


def set_byte(content, rng):
    """Put another byte in a place."""
    return _put(content, _place(content, rng), bytes([rng.choice((0, 255, 127, 128, rng.randrange(256)))]))


def fill(content, rng):
    """Overwrite a stretch with zeros or with 0xff."""
    return _put(content, _place(content, rng), rng.choice((b"\0", b"\xff")) * _length(content, rng))


def truncate(content, rng):
    """Cut the end off: anywhere, by a byte, or at a power of two."""
    return content[:rng.choice((_place(content, rng), 0, 1, len(content) - 1, 1 << rng.randrange(16)))]


def behead(content, rng):
    """Cut the beginning off."""
    return content[_length(content, rng):]


def remove(content, rng):
    """Take a stretch out."""
    i = _place(content, rng)
    return content[:i] + content[i + _length(content, rng):]


def insert(content, rng):
    """Put random bytes in between."""
    return _put(content, i := _place(content, rng), rng.randbytes(_length(content, rng)), i)


def append(content, rng):
    """Put bytes behind the end."""
    return content + rng.choice((b"\0" * 512, b"\n", rng.randbytes(64), content[:5000]))


def duplicate(content, rng):
    """Write a block twice."""
    i, size = _place(content, rng), _length(content, rng)
    return content[:i + size] + content[i:]


def swap(content, rng):
    """Exchange two blocks of one length."""
    size = _length(content, rng)
    i, j = sorted((_place(content, rng), _place(content, rng)))
    if i + size > j or j + size > len(content):
        return content[len(content) // 2:] + content[:len(content) // 2]
    return content[:i] + content[j:j + size] + content[i + size:j] + content[i:i + size] + content[j + size:]


def huge_number(content, rng):
    """Write a number, mostly a huge one, over what may be a length, in 1 to 8 bytes of either order."""
    size, number = rng.choice((1, 2, 4, 8)), rng.choice(NUMBERS)
    return _put(content, _place(content, rng), (number % (1 << 8 * size)).to_bytes(size, rng.choice(("little", "big"))))


def number_by_one(content, rng):
    """Make a byte one larger or smaller: a length that is nearly right."""
    i = _place(content, rng)
    return _put(content, i, bytes([(content[i] + rng.choice((1, -1))) % 256])) if content else content


def word(content, rng):
    """Put a word that text readers stumble over into the text, or in the place of one that is there."""
    i, new = _place(content, rng), rng.choice(WORDS).encode(errors="surrogatepass")
    if rng.random() < 0.5:
        return content[:i] + new + content[i:]
    edges = b' \n\t,:;"<>[]{}()='
    start, end = i, i
    while start > 0 and content[start - 1] not in edges:
        start -= 1
    while end < len(content) and content[end] not in edges:
        end += 1
    return content[:start] + new + content[end:]


def lines(content, rng):
    """Leave out, double, or exchange lines."""
    parts = content.split(b"\n")
    i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
    kind = rng.randrange(4)
    if kind == 0:
        del parts[i]
    elif kind == 1:
        parts.insert(i, parts[j])
    elif kind == 2:
        parts[i], parts[j] = parts[j], parts[i]
    else:
        parts.insert(i, b"")
    return b"\n".join(parts)


def encoding(content, rng):
    """Save the text as another program might: a BOM, UTF-16, Latin-1 letters, the line ends of Windows or old Macs."""
    return rng.choice((lambda: b"\xef\xbb\xbf" + content, lambda: content.decode("latin-1").encode("utf-16"),
                       lambda: _put(content, _place(content, rng), b"\xe9\xff"),
                       lambda: content.replace(b"\n", b"\r\n"), lambda: content.replace(b"\n", b"\r"),
                       lambda: content.upper(),
                       lambda: _put(content, _place(content, rng), b"\xed\xa0\x80")))()


def tree(content, rng):
    """Change one place of a JSON tree: another type, a key gone, an entry more; not JSON: `word`."""
    try:
        root = [json.loads(content)]
    except (ValueError, RecursionError):
        return word(content, rng)
    places = list(_places(root))
    for _ in range(rng.choice((1, 1, 3))):
        box, key = rng.choice(places)
        kind = rng.randrange(4)
        if kind == 0 and isinstance(box, dict):
            box.pop(key, None)
        elif kind == 1 and isinstance(box, dict):
            box[rng.choice(("", "x", "\ud800", str(key) + " "))] = box.pop(key, None)
        elif kind == 2 and isinstance(box, list) and box is not root and len(box) > key:
            box.insert(key, box[key])
        elif isinstance(box, dict) or len(box) > key:
            box[key] = rng.choice(VALUES)
    return json.dumps(root[0]).encode()


def _places(box):
    """Yield (container, key) of every entry in a nest of lists and dicts."""
    for key, value in list(box.items() if isinstance(box, dict) else enumerate(box)):
        yield box, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


BYTE_WAYS = (flip_bit, flip_bit, set_byte, set_byte, fill, truncate, behead, remove, insert, append, duplicate, swap,
             huge_number, huge_number, number_by_one)
TEXT_WAYS = (word, word, lines, encoding, tree, tree)


def _inside_zip(content, rng):
    """Damage, leave out, double or rename one member, and write the archive anew."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    i, kind = rng.randrange(len(members)), rng.randrange(8)
    name, inside = members[i]
    if kind == 0:
        del members[i]
    elif kind == 1:
        members[i] = rng.choice((name + "x", "../" + name, "", members[0][0])), inside
    else:
        form = "json" if name.endswith(".json") else "binary"
        members[i] = name, damage(inside, form, rng.random()).content
    return Damaged(zipped(members, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))), f"inside {name}", True)


def zipped(members, method=zipfile.ZIP_STORED):
    """Return the bytes of a ZIP archive of (name, content)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one name twice is meant
        for name, inside in members:
            archive.writestr(zipfile.ZipInfo(name or "_"), inside, method)
    return out.getvalue()


def _inside_gzip(content, rng):
    return Damaged(gzip.compress(damage(gzip.decompress(content), "binary", rng.random()).content, 1), "inside", True)


def _inside_safetensors(content, rng):
    """Damage the JSON header and write its right length before it."""
    size = int.from_bytes(content[:8], "little")
    header = damage(content[8:8 + size], "json", rng.random())
    return Damaged(len(header.content).to_bytes(8, "little") + header.content + content[8 + size:],
                   f"header {header.how}", True)


INSIDE = {"zip": _inside_zip, "gzip": _inside_gzip, "safetensors": _inside_safetensors}
