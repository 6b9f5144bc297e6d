"""A page that is narrowed says of each part that is not; so it does to a reader who may see some customers alone."""

from __future__ import annotations

import inspect
import re

import pytest
from streamlit.testing.v1 import AppTest

from include.dashboard.app import PAGES
from include.dashboard.views import actions, promises, targets, voice

_PART = re.compile(r"page\.part\((.*?)\):\n\s+([\w.]+)\(page", re.DOTALL)
_NARROWED = ("page.chosen.", "page.of_all_customers()", "_moves(page)")


def _look(role: str, region: tuple[str, ...]) -> None:
    from datetime import date
    from pathlib import Path

    from include.dashboard.filters import Chosen
    from include.dashboard.layout import Figure, Page
    from include.dashboard.published import Published
    from include.dashboard.words import Words

    page = Page(Published(Path("none"), 0, role), Words("en"), Chosen(date(2024, 1, 31), region=region))
    page.published.__dict__.update({"columns": {}, "metrics": {}, "version": {"as_of_date": date(2024, 1, 31)}})
    page.figures(lambda _: [Figure("Score", "5", "nps.nps", of_all=True), Figure("Buyers", "9", "buyers")])
    with page.part("Curve", of_all=True):
        pass
    with page.part("Stages"):
        pass


@pytest.mark.parametrize(
    ("role", "region", "told"),
    [("masked", (), 0), ("unmasked", (), 0), ("masked", ("North",), 2), ("account_manager.ada", (), 2)],
)
def test_it_is_said_once_a_part_and_once_of_the_figures(role, region, told):
    seen = AppTest.from_function(_look, args=(role, region)).run(timeout=20)
    assert not seen.exception
    captions = [caption.value for caption in seen.caption]
    assert len(captions) == told
    if told:
        assert captions[0].endswith("not narrowed: Score.") and captions[1].startswith("Told of all customers: tier")


def test_every_part_of_a_page_with_filters_is_narrowed_or_says_that_it_is_not():
    modules = [module for module, _ in PAGES.values() if module.FILTERS] + [promises, voice]
    rooms, parts = {"actions": actions, "targets": targets}, 0
    for module in modules:
        for arguments, called in _PART.findall(inspect.getsource(module)):
            room, _, name = called.rpartition(".")
            draws = getattr(rooms.get(room, module), name)
            parts += 1
            said = "of_all=True" in arguments or any(word in inspect.getsource(draws) for word in _NARROWED)
            assert said, f"{module.__name__}: {called}"
    assert parts > 30
