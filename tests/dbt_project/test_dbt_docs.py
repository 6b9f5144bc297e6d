"""The dbt docs: one file that opens without a network, once there is something to show."""

from __future__ import annotations

import re
from datetime import date

import pytest

from include.cli.main import main
from include.dictionary.pages import dictionary_path
from include.transform import documentation
from include.transform.dbt import environment_of

_REQUEST = re.compile(r"<(script|link|img|iframe)\b[^>]*\b(src|href)=[\"']?(https?:)?//", re.IGNORECASE)


@pytest.fixture
def loaded(world, dbt, dbt_in_process, monkeypatch: pytest.MonkeyPatch):
    """A company whose rows are loaded; dbt runs in this process."""

    def run_dbt(workspace, arguments, *_):
        dbt_in_process(environment_of(workspace), arguments)

    monkeypatch.setattr(documentation, "run_dbt", run_dbt)
    made = world()
    with dbt.environment():
        made.workspace.register()
        yield made


def test_the_docs_are_one_page_once_something_was_built(loaded, capsys):
    command = ["docs", "--workspace", loaded.workspace.name]
    assert main(command) == 1
    assert "was not built yet" in capsys.readouterr().err

    loaded.build(date(2024, 3, 31), "tag:staging", data_tests=False)
    assert main(command) == 0
    page = loaded.workspace.dbt_target / "static_index.html"
    out = capsys.readouterr().out
    assert str(page) in out and str(dictionary_path(loaded.workspace)) in out
    shown = page.read_text(encoding="utf-8")
    assert _REQUEST.search(shown) is None
    assert "One row per buyer and as-of date: the tier earned that date alone" in shown
    assert "model.tierworks.customer_tiers" in shown
    assert 'href="steward.html"' in dictionary_path(loaded.workspace).read_text(encoding="utf-8")
    made_at = page.stat().st_mtime_ns
    assert main(command) == 0
    assert page.stat().st_mtime_ns == made_at, "nothing changed, so nothing is written"
