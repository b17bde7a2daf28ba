"""Understand deep learning by building it: the library behind the CS182 workbook."""

__version__ = "0.1.0.dev0"
