"""Key figures: the few numbers of a notebook that the report shows."""

import numbers

MIME = "application/vnd.cs182.figures+json"


def key_figures(data=None, **figures):
    """Publish the numbers this notebook is about, for the report that `cs182 run` writes.

    The values travel in an output of their own kind, which no comparison of stored outputs looks at; the text shown
    beside it names the figures only, because the values may move from machine to machine.

    Parameters
    ----------
    data : the Dataset in use (its `source` and `fingerprint` are kept), or None
    figures : name=value, each a number (accuracies in [0, 1]) or a short text

    Raises
    ------
    TypeError : no figure at all, or one that is neither a number nor a text
    """
    from IPython.display import display

    if not figures:
        raise TypeError("key_figures needs at least one figure, such as key_figures(best_val_acc=0.53)")
    published = {"figures": {name: _plain(name, value) for name, value in figures.items()}}
    if data is not None:
        published["data"] = {"source": data.source, "fingerprint": data.fingerprint}
    display({MIME: published, "text/plain": f"Key figures for the report: {', '.join(figures)}"}, raw=True)


def _plain(name, value):
    """Return `value` as a Python number or text that JSON can hold."""
    if isinstance(value, str):
        return value
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number or a text, got {type(value).__name__} {value!r}; "
                        "take the number out of it first, with float(...)")
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def published_figures(nb):
    """Return what the cells of the executed notebook `nb` published: {"figures": {...}, "data": {...} or None}."""
    found = {"figures": {}, "data": None}
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            published = output.get("data", {}).get(MIME)
            if published:
                found["figures"].update(published["figures"])
                found["data"] = published.get("data") or found["data"]
    return found
