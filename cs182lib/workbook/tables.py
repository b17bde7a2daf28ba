"""What is made from the JSON files in results/: RESULTS.md, its pictures, and the generated parts of README.md."""

from cs182lib.files import brief, read_json, refusing, write_whole
from cs182lib.validation import check_number, require
from cs182lib.workbook.curves import PICTURES, picture
from cs182lib.workbook.paths import ROOT
from cs182lib.workbook.readme_blocks import ROWS, limits_block, notebooks_block
from cs182lib.workbook.results import AGAIN, load_results
from cs182lib.workbook.results_page import OTHERS, results_page

TAKE_BACK = "take the file as it was committed"


def fill_blocks(text, blocks):
    """Return `text` with what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` replaced by blocks[NAME].

    ValueError where the text does not hold both marks of a block once.
    """
    for name, block in blocks.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the page must hold {begin.strip()} and {end} once each")
        before, rest = text.split(begin)
        text = before + begin + block + end + rest.split(end)[1]
    return text


def read_benchmarks(path):
    """Return the rows of `path`, results/benchmarks.json: dicts with label, run, figure, and the numbers of others.

    TypeError or ValueError where a row is not in order.
    """
    benchmarks = read_json(path, TAKE_BACK)
    with refusing(path, TAKE_BACK):
        for row in benchmarks["rows"]:
            require(all(isinstance(row[key], str) for key in ("label", "run", "figure")), f"a row has no words: {row}")
            for who in set(OTHERS) & set(row):
                check_number(who, row[who], 0, 1e9)
        return benchmarks["rows"]


def made_pages(root=ROOT):
    """Return {path: text} of RESULTS.md, README.md and the pictures as they should be in the checkout `root`, a Path.

    ValueError where a file in its results/ is damaged, a recorded notebook has no row in ROWS, or README.md does not
    hold each mark once.
    """
    folder, readme = root / "results", root / "README.md"
    results, rows = load_results(folder), read_benchmarks(folder / "benchmarks.json")
    recorded, on_real = (read_json(folder / name, AGAIN) for name in ("notebooks.json", "notebooks_real.json"))
    with refusing(folder / "notebooks.json", AGAIN):
        unknown = [row["name"] for row in recorded["notebooks"] if row["name"] not in ROWS]
    require(not unknown, f"{folder / 'notebooks.json'} holds a notebook without a row in the README's table, "
            f"{', '.join(map(brief, unknown))}; add its row to ROWS in cs182lib/workbook/readme_blocks.py, or, where "
            f"there is no such notebook, {AGAIN}")
    with refusing(f"{folder / 'notebooks.json'} or notebooks_real.json", AGAIN):
        table = notebooks_block(recorded, on_real["notebooks"], results, rows)
        blocks = {"notebooks": table, "limits": limits_block(results, rows, on_real["notebooks"])}
        pages = {folder / "RESULTS.md": results_page(results, rows, recorded, on_real["notebooks"])}
    for name in [name for name in results if name in PICTURES]:
        with refusing(folder / f"{name}.json", AGAIN):
            pages[folder / "curves" / f"{name}.svg"] = picture(results[name], rows)
    return pages | {readme: fill_blocks(readme.read_text(encoding="utf-8"), blocks)}


def update_tables(root=ROOT):
    """Write all that `made_pages` returns for the checkout `root` anew; its errors are those of `made_pages`."""
    for path, text in made_pages(root).items():
        write_whole(path, text)
