"""Key figures: the few numbers of a notebook that the report shows, and the data they were measured on."""

import numbers
import re

MIME = "application/vnd.cs182.figures+json"
DATA_LINE = re.compile(r"^Data: (?P<source>[^,]+), .*fingerprint (?P<fingerprint>\w+)$", re.MULTILINE)


def key_figures(**figures):
    """Publish the numbers this notebook is about, for the report that `cs182 run` writes.

    The values travel in an output of their own kind, which no comparison of stored outputs looks at; the text shown
    beside it names the figures only, because the values may move from machine to machine.

    Parameters
    ----------
    figures : name=value, each a number or a short text; accuracies, in [0, 1], have acc in the name: best_val_acc

    Raises
    ------
    TypeError : no figure at all, or one that is neither a number nor a text
    """
    from IPython.display import display

    if not figures:
        raise TypeError("key_figures needs at least one figure, such as key_figures(best_val_acc=0.53)")
    values = {name: _plain(name, value) for name, value in figures.items()}
    display({MIME: values, "text/plain": f"Key figures for the report: {', '.join(figures)}"}, raw=True)


def _plain(name, value):
    """Return `value` as a Python number or text that JSON can hold."""
    if isinstance(value, str):
        return value
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number or a text, got {type(value).__name__} {value!r}; "
                        "take the number out of it first, with float(...)")
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def published_figures(nb):
    """Return what the executed notebook `nb` published: {"figures": {name: value}, "data": {...} or None}.

    The data are read from the line that every notebook prints once, `print(data)`.
    """
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    figures, data = {}, None
    for output in outputs:
        figures.update(output.get("data", {}).get(MIME, {}))
        line = DATA_LINE.search(output.get("text", ""))
        data = line.groupdict() if line else data
    return {"figures": figures, "data": data}
