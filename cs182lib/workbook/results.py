"""Results of long runs: one JSON file each, and the pages made from them.

`python -m cs182lib.workbook.results` makes results/RESULTS.md, its pictures and the tables of README.md anew.
"""

import datetime
import json
import math
import numbers
import re
from pathlib import Path

from cs182lib.files import read_json, refusing, write_whole
from cs182lib.validation import check_number, require
from cs182lib.workbook.machine import describe_machine
from cs182lib.workbook.paths import RESULTS

AGAIN = "record the run again, or take the file as it was committed"
MACHINE = ("cpu", "cores", "threads", "os", "python", "numpy", "torch")
REQUIRED = ("title", "command", "data", "seed", "seconds", "figures")
OPTIONAL = ("curve", "config", "sessions")


def record(name, folder=None, **fields):
    """Write `folder`/`name`.json: what was run, on what data, with which seed, on which machine, and what came out.

    Parameters
    ----------
    name : str, the run's short name: letters, digits and underscores
    folder : where to write, by default the workbook's results/
    fields : what follows, each by its name; only those called optional may be left out
    title, command : str, what it is and how to have it again
    data : a Dataset (its source and fingerprint are kept) or a dict {"source", "fingerprint"}
    seed : int
    seconds : float, the wall-clock time
    figures : dict, name -> finite number, such as {"best_val_acc": 0.53}
    curve : optional dict of equally long lists, such as {"epoch", "train_acc", "val_acc"}
    config : optional dict, the hyper-parameters
    sessions : optional int, how often the run was started (above 1: it was interrupted and resumed)

    Returns
    -------
    Path of the file. It appears whole or not at all: it is written beside its place and then renamed.

    Raises
    ------
    ValueError : a name, field or figure that cannot be recorded
    """
    _check(name, fields)
    entry = {"name": name, **fields, "data": _data(fields["data"]), "machine": describe_machine(),
             "date": datetime.date.today().isoformat()}
    return write_json(Path(folder or RESULTS) / f"{name}.json", entry)


def _check(name, fields):
    if not re.fullmatch(r"\w+", name):
        raise ValueError(f"name must be letters, digits and underscores, got {name!r}")
    missing = [field for field in REQUIRED if field not in fields]
    unknown = [field for field in fields if field not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise ValueError(f"a record needs the fields {', '.join(REQUIRED)} and may have {', '.join(OPTIONAL)}; "
                         f"missing: {missing}, unknown: {unknown}")
    for figure, value in fields["figures"].items():
        if not isinstance(value, numbers.Real) or not math.isfinite(value):
            raise ValueError(f"figures[{figure!r}] must be a finite number, got {value!r}")
    lengths = {len(values) for values in fields.get("curve", {}).values()}
    if len(lengths) > 1:
        raise ValueError(f"the lists in curve must be equally long, got lengths {sorted(lengths)}")
    for key, values in fields.get("curve", {}).items():
        if not all(map(math.isfinite, values)):
            raise ValueError(f"curve[{key!r}] must hold finite numbers, got NaN or infinity: the run diverged")


def _data(data):
    if isinstance(data, dict) and {"source", "fingerprint"} <= data.keys():
        return {"source": data["source"], "fingerprint": data["fingerprint"]}
    return {"source": data.source, "fingerprint": data.fingerprint}


def write_json(path, value):
    """Write `value` to `path` as indented JSON, atomically, NumPy numbers and arrays as plain ones; return the path."""
    text = json.dumps(value, indent=1, ensure_ascii=False, default=lambda x: x.tolist()) + "\n"
    write_whole(path, text)
    return path


def load_results(folder=RESULTS):
    """Return {name: entry} of every run recorded in `folder`; TypeError or ValueError where a file is damaged."""
    entries = [_read(path) for path in sorted(folder.glob("*.json"))]
    return {entry["name"]: entry for entry in entries if "figures" in entry}


def _read(path):
    """Return the entry in a file, once it has what `record` writes; or another file's dict, without figures."""
    entry = read_json(path, AGAIN)
    require(isinstance(entry, dict), f"{path} holds a {type(entry).__name__}, expected a record; {AGAIN}")
    if "figures" in entry:
        with refusing(path, AGAIN):
            _check(entry["name"], {key: value for key, value in entry.items() if key in REQUIRED + OPTIONAL})
            require(set(MACHINE) <= set(entry["machine"]), f"the machine must have {', '.join(MACHINE)}")
            texts = [entry[key] for key in ("title", "command", "date")] + list(_data(entry["data"]).values())
            require(all(isinstance(text, str) for text in texts), "a title, command, date, source or mark is no text")
            check_number("seconds", entry["seconds"], low=0)
    return entry


if __name__ == "__main__":
    from cs182lib.workbook.tables import update_tables

    update_tables()
