"""Each notebook names its best figure, which the report and the README show."""

import nbformat
import pytest

from cs182lib.workbook.paths import NOTEBOOKS, list_notebooks, notebook_name


@pytest.mark.parametrize("name", [notebook_name(path) for path in list_notebooks()])
def test_one_cell_is_the_cover_and_shows_a_picture(name):
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    (cover,) = [cell for cell in cells if "cover" in cell.metadata.get("tags", [])]
    kinds = [kind for output in cover.outputs for kind in output.get("data", {})]
    assert {"image/png", "image/jpeg"} & set(kinds)
