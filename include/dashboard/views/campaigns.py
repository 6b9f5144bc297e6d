"""Service and voice."""

from __future__ import annotations

from include.dashboard.layout import Page

FILTERS, DATES_OF = ("tier", "region", "channel"), None


def show(page: Page) -> None:
    page.missing("nps")
