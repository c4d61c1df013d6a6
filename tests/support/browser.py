"""A browser for the tests of pages, which are opened from disk and may not complain or load."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd_mini.figure.export import BROWSERS

playwright = pytest.importorskip("playwright.sync_api")

Open = Callable[..., Any]

MARKS = [
    pytest.mark.browser,
    # Playwright's own transport is closed by the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium on PATH, else the one that `playwright install chromium` brings."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with playwright.sync_playwright() as driver:
        sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        browser = driver.chromium.launch(executable_path=found, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Opens a file; afterwards: not a word on the console, and nothing was loaded."""
    complaints: list[str] = []
    contexts = []

    def opened(file: Path, at: str, media: dict[str, Any]) -> Any:
        media = {"reduced_motion": "reduce", "viewport": {"width": 1000, "height": 900}} | media
        contexts.append(browser.new_context(**media))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        own = file.as_uri()
        page.on("request", lambda r: r.url.split("#")[0] == own or complaints.append(r.url))
        page.goto(own + at)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
