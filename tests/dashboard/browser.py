"""Chromium as people have it, kept to loopback: every other request is stopped and told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Opened at a page of its own, Streamlit first asks beneath that page for the server, is refused, and asks at the root.
_PROBES = ("/_stcore/health", "/_stcore/host-config")

# Nothing runs, nothing is stale, and no part still waits for its script.
_AT_REST = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')"""


def needed() -> None:
    """Skip where there is no Chromium; in CI its absence is a failure."""
    if CHROMIUM.is_file():
        return
    reason = f"Chromium is not at {CHROMIUM} (Debian: apt-get install chromium)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator:
    """A browser with an empty profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Look:
    """One window on the dashboard; `faults` holds console errors, failed scripts and requests that left loopback."""

    def __init__(self, browser, url: str, width: int = 1440, height: int = 900):
        self.url, self.faults = url, []
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.route("**/*", self._let_through)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda problem: self.faults.append(f"script: {problem}"))

    def __enter__(self) -> Look:
        return self

    def __exit__(self, *_) -> None:
        self.context.close()

    def open(self, path: str = "") -> None:
        """Go there and wait until the page is drawn to its foot."""
        self.page.goto(f"{self.url}/{path}")
        self.drawn()

    def go(self, title: str) -> None:
        """Choose a page in the navigation, as a reader does."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
        self.page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
        self.drawn()

    def drawn(self) -> None:
        self.page.locator(".foot").wait_for()
        self.page.wait_for_function(_AT_REST)

    def text(self) -> str:
        return self.page.get_by_test_id("stMain").inner_text()

    def figures(self) -> dict[str, str]:
        """Values of the figures by their labels."""
        found = self.page.get_by_test_id("stMetric").all()
        return {
            figure.get_by_test_id("stMetricLabel").inner_text().split("\n")[0]: figure.get_by_test_id(
                "stMetricValue"
            ).inner_text()
            for figure in found
        }

    def _let_through(self, route) -> None:
        asked = route.request.url
        if asked.startswith((self.url, "data:", "blob:")):
            route.continue_()
        else:
            self.faults.append(f"outside: {asked}")
            route.abort()

    def _console(self, message) -> None:
        if message.type == "error" and not message.location["url"].endswith(_PROBES):
            self.faults.append(f"console: {message.text} {message.location['url']}")
