"""Headless Chromium for tests that open a page.

Chromium is the system's, so that nothing is downloaded; where there is none the tests skip and say so. Pages open
from a file with the network cut off, and everything the browser complains about is kept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium, or skip the test with the reason.

    Yields
    ------
    playwright.sync_api.Browser
        Closed at the end of the block.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip(f"no Chromium found: none of {', '.join(_NAMES)} is on the path, and CHROMIUM is not set")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that was opened, and what the browser had to say against it.

    Attributes
    ----------
    page : playwright.sync_api.Page
        The page itself.
    complaints : list of str
        Console errors and warnings, uncaught errors, and requests that left the file; should stay empty.
    """

    page: Any
    complaints: list[str] = field(default_factory=list)

    def wait_for_figures(self, timeout: float = 60) -> int:
        """Wait until every figure of the page is drawn, and count them."""
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('[data-figure]')].every(node => node.dataset.drawn)",
            timeout=1000 * timeout,
        )
        return int(self.page.locator(".js-plotly-plot").count())

    def drawn(self) -> dict[str, int]:
        """Count for each figure the marks in it: lines, areas, bars and images."""
        script = """() => Object.fromEntries([...document.querySelectorAll('[data-figure]')].map(node => [
            node.dataset.figure,
            node.querySelectorAll('.trace path[d], .hm image, .point path[d], canvas').length]))"""
        return dict(self.page.evaluate(script))


@contextmanager
def visit(browser: Any, path: Path, viewport: dict[str, int] | None = None, **options: Any) -> Iterator[Visit]:
    """Open a file with the network cut off.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        From `chromium`.
    path : Path
        The page.
    viewport : dict, optional
        `LAPTOP` by default.
    options
        Passed on to the browser's new context, such as ``has_touch``.

    Yields
    ------
    Visit
        The page once it is loaded.
    """
    context = browser.new_context(viewport=viewport or LAPTOP, offline=True, **options)
    page = context.new_page()
    seen = Visit(page)
    address = path.resolve().as_uri()

    def check_request(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            seen.complaints.append(f"request to {request.url}")

    def check_console(message: Any) -> None:
        if message.type in {"error", "warning"}:
            seen.complaints.append(f"console {message.type}: {message.text}")

    page.on("request", check_request)
    page.on("console", check_console)
    page.on("pageerror", lambda error: seen.complaints.append(f"uncaught: {error}"))
    page.goto(address)
    try:
        yield seen
    finally:
        context.close()
