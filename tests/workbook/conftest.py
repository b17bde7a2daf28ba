"""A browser for the tests of pages."""

import pytest
from browser import CHROMIUM


@pytest.fixture(scope="session")
def chromium():
    """Return a running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def show(chromium):
    """Return a function that opens a file; an error or a warning of the page fails the test, and so does a request.

    Allowed are the file itself, once, and links to files in the folder `within`.
    """
    contexts, requests, complaints, folders = [], [], [], []

    def visit(path, width=1100, within=None, **options):
        folders.extend([within.as_uri()] if within else [])
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(5000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        requests.remove(path.as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()
    requests = [url for url in requests if not any(url.startswith(folder) for folder in folders)]
    assert requests == [] and complaints == []
