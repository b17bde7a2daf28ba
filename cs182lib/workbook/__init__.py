"""The `cs182` command and what the notebooks use of it: show_source and key_figures."""

from cs182lib.workbook.figures import key_figures
from cs182lib.workbook.source import show_source

__all__ = ["key_figures", "show_source"]
