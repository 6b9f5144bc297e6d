"""Data Docs that open without a network: Great Expectations renders the results, our page frames them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.suite_reader import Suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult

_TEMPLATES = Path(__file__).parent / "templates"


def page_path(build_id: str, layer: str, table: str) -> Path:
    """Where the page of a table is, from the quality folder."""
    return Path("data_docs") / build_id / layer / f"{table}.html"


def write_result_page(
    quality: Path,
    build_id: str,
    layer: str,
    suite: Suite,
    validation: ExpectationSuiteValidationResult,
    observed: dict[int, str],
) -> Path:
    """Render one table's result, in which `observed` gives the words of each failed rule by its number."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    validation.meta["run_id"] = f"{build_id} {layer}"
    document = ValidationResultsPageRenderer().render(validation)
    notes = [(rule, observed[number]) for number, rule in enumerate(suite.rules)]
    failed = {one.expectation_config.meta["rule_number"] for one in validation.results if not one.success}
    html = _view().render(
        document,
        table=suite.table,
        layer=layer,
        build_id=build_id,
        rules=[(rule, words, number not in failed) for number, (rule, words) in enumerate(notes)],
        data_context_id=None,
        show_how_to_buttons=False,
    )
    target = quality / page_path(build_id, layer, suite.table)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(html, encoding="utf-8")
    os.replace(draft, target)
    return target


@cache
def _view():
    from great_expectations.render.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, FileSystemLoader

    view = DefaultJinjaPageView()
    # The shipped frame loads styles and scripts from half a dozen hosts: ours comes first and loads nothing.
    view.env.loader = ChoiceLoader([FileSystemLoader(_TEMPLATES), view.env.loader])
    return view
