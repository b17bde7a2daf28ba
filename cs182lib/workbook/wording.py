"""Recorded figures in words: 72.8 %, 0.44, 10,646,784, and what has to be said of the data behind them."""

import re

FORMS = (  # what the name of a figure holds, and how the figure is written; the first that fits counts
    (r"(^|_)(gap|gain)(_|$)", "points"),
    (r"(^|_)(acc|fooled|share|kept|factual|change|probability|captions|class_repeats|below)(_|$)", "share"),
    (r"bleu|rouge", "{:.2f}"),
    (r"perplexity|speedup|times|fewer|saliency_on|seconds$|_ms$", "{:.1f}"),
    (r"gradient_after", "{:.1g}"),
    (r"parameters|factor|words$|steps", "{:,.0f}"),
)
# fingerprint -> what has to be said of those data wherever a figure from them is quoted
DATA_NOTES = {"ee8427ba5aa6": "a JPEG re-encoded copy: every image and label, each pixel a few gray levels off",
              "d46da5f2ae2c": "25 validation pictures of ImageNet",
              "65b0575d5eae": "photographs and paintings", "da3d5356d06b": "drawn by the workbook, in place of COCO",
              "02a219f448fe": "news of 1987, ModApte split",
              "ea70daed57c5": "written by the workbook's grammar, in place of news"}
# fingerprint of data or weights -> what falls short where a recorded figure comes from them
DATA_LIMITS = {"ee8427ba5aa6": f"CIFAR-10 is {DATA_NOTES['ee8427ba5aa6']}.",
               "4d6decb9b87e": "The ImageNet weights are those of `squeezenet1_0-imagenet.npz`, the published "
                               "deep-compressed ones, not torchvision's.",
               "da3d5356d06b": "COCO was not at hand: the captions are those of the scenes that the workbook draws. "
                               "The readers of COCO's files are tested on small files of the same form."}


def figure_text(name, value):
    """Return a figure as text, written as its name asks for: shares as percentages, others with sensible digits.

    Parameters
    ----------
    name : str, such as "best_val_acc"
    value : number, or a text, which stays; None becomes a dash
    """
    if value is None or isinstance(value, str):
        return "–" if value is None else re.sub(r"(?<=\d)%", " %", value)
    form = next((form for pattern, form in FORMS if re.search(pattern, name)), None)
    if form in ("share", "points"):
        return f"{100 * value:{'.0f' if value in (0, 1) else '.1f'}} {'%' if form == 'share' else 'points'}"
    return form.format(value) if form else f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.2g}"


def asked_text(name, value):
    """Return a figure that was asked for or aimed at, a round one: 50 %, 0.3; None becomes a dash.

    `value` is that number or None; by its `name`, such as "best_val_acc", it is a share or not.
    """
    if value is None:
        return "–"
    return f"{100 * value:g} %" if figure_text(name, value).endswith("%") else f"{value:g}"


def other_text(who, name, value):
    """Return the figure of one column of results/benchmarks.json as text: round ones as such, measured ones as ours.

    Parameters
    ----------
    who : str, the column: "asked" and "aim" hold round numbers
    name : str, the figure's, such as "best_val_acc"
    value : number, or None, which becomes a dash
    """
    return (asked_text if who in ("asked", "aim") else figure_text)(name, value)


def data_note(data):
    """Return source and fingerprint in the dict `data`, and what has to be said about data of that fingerprint."""
    note = DATA_NOTES.get(data["fingerprint"])
    return f"{data['source']}, fingerprint {data['fingerprint']}" + (f" ({note})" if note else "")


def data_limits(entries):
    """Return a Markdown list of what DATA_LIMITS says of the data and the weights behind recorded figures.

    `entries` are records of runs and of notebooks on real data, dicts with "data" and for some with "config".
    """
    behind = str([(entry["data"], entry.get("config")) for entry in entries])
    return "".join(f"- {text}\n" for mark, text in DATA_LIMITS.items() if mark in behind)


def markdown_table(columns, rows):
    """Return a Markdown table: `columns` are its headings, `rows` lists of as many cells, each written as str does."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"
