"""Where Chromium is, for the tests of pages."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
in_browser = pytest.mark.skipif(CHROMIUM is None, reason=f"needs Chromium: none of {', '.join(NAMES)} is on the PATH")
