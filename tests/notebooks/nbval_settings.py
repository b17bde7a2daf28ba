"""What nbval leaves out of the comparison with the stored outputs, beyond its own list. Loaded with pytest -p."""

from cs182lib.workbook.figures import MIME


def pytest_collectstart(collector):
    """Leave out stderr, pictures, and the values of the key figures, which may move from machine to machine."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "image/png", "image/jpeg", "image/svg+xml", MIME)
