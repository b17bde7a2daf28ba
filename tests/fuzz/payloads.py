"""Pickles that would run code or eat the memory, and the files around them. No reader may run what they name.

Each would leave a file, the canary, if it ran.
"""

import io
import os
import pickle
import struct
import subprocess
import zipfile

import numpy as np
from damage import zipped


class Runs:
    """Pickles to a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def pickles(canary):
    """Return {name: bytes} of pickles; the ones that could run something would make the file `canary`."""
    code = f"open({canary!r}, 'w')"
    found = {}
    for name, bomb in {"os.system": Runs(os.system, f"touch '{canary}'"), "os.mkdir": Runs(os.mkdir, canary),
                       "open": Runs(open, canary, "w"), "eval": Runs(eval, code), "exec": Runs(exec, code),
                       "subprocess": Runs(subprocess.call, ["touch", canary]), "np.save": Runs(np.save, canary, 1),
                       "getattr": Runs(getattr, str, "upper"), "compile": Runs(compile, code, "x", "exec"),
                       "nested": Runs(map, Runs(eval, code), [1])}.items():
        for protocol in (0, 2, 4):
            found[f"{name} {protocol}"] = pickle.dumps(bomb, protocol)
            inside = {b"data": bomb, b"labels": [bomb], "model": bomb}
            found[f"{name} in dict {protocol}"] = pickle.dumps(inside, protocol)
    found |= {f"global {name}": _global(*name.split(":"), canary) for name in (
        "os:system", "posix:system", "nt:system", "builtins:eval", "__builtin__:eval", "builtins:exec",
        "subprocess:getoutput", "numpy.testing._private.utils:runstring", "torch.serialization:load", "numpy:load",
        "runpy:_run_code", "builtins:__import__", "torch._dynamo.guards:___eval", "numpy.core.multiarray:fromfile",
        "builtins:open")}
    return found | bombs(canary)


def _global(module, name, canary):
    """Return a pickle by hand: GLOBAL module name, one text, a tuple of it, REDUCE."""
    argument = canary if "open" in name else (
        f"open({canary!r}, 'w')" if "eval" in name or "exec" in name or "run" in name else f"touch '{canary}'")
    text = argument.encode()
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"X" + struct.pack("<I", len(text)) + text + b"\x85R."


def bombs(canary):
    """Return pickles that run nothing but ask for much: memory, depth, or what was never stored."""
    doubled = b"(lp0\n" + b"".join(f"0(g{i}\ng{i}\nlp{i + 1}\n".encode() for i in range(40)) + b"."
    return {"persistent id": b"\x80\x02X\x01\x00\x00\x00aQ.", "persistent id in text": b"Pevil\n.",
            "persistent id nested": b"\x80\x02" + b"X\x01\x00\x00\x00a" + b"Q" * 50 + b".",
            "memo never put": b"\x80\x02h\x07.", "huge memo": b"\x80\x02]r\xff\xff\xff\xff.", "doubled lists": doubled,
            "lists that hold themselves": b"\x80\x02]q\x00h\x00a.",
            "deep": b"\x80\x02" + b"]" * 100000 + b"a" * 99999 + b".",
            "long string": b"\x80\x02T\xff\xff\xff\x7fabc.", "long bytes": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7fabc.",
            "long integer": b"\x80\x02\x8b\xff\xff\xff\x7f1.", "bytearray": b"\x80\x05\x96" + b"\xff" * 7 + b"\x7fabc.",
            "frame": b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f.", "extension": b"\x80\x02\x82\x01.",
            "instance": b"(ios\nsystem\n.", "object": b"(cos\nsystem\n" + f"V{canary}\n".encode() + b"o.",
            "stack global": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", "next buffer": b"\x80\x05\x97.",
            "only a stop": b".", "two protocols": b"\x80\x02\x80\x04N."}


def as_file(content, form, original):
    """Return a file of the form ("binary", "zip") that carries the pickle where the reader would meet it."""
    if form != "zip":
        return content
    with zipfile.ZipFile(io.BytesIO(original)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    if any(name.endswith("data.pkl") for name, _ in members):
        return zipped([(name, content if name.endswith("data.pkl") else inside) for name, inside in members])
    return zipped([(name, _object_array(content) if name.endswith(".npy") else inside) for name, inside in members])


def _object_array(content):
    """Return an .npy file whose header says: objects, so a pickle follows."""
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    return out.getvalue() + content
