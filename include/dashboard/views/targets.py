"""Targets against actual, a part of the overview."""

from __future__ import annotations

from include.dashboard.layout import Page


def show(page: Page) -> None:
    page.missing("kpi_scorecard")
