"""`tierworks sql` answers from the version that readers see, says what is wrong with a question, and writes nothing."""

from __future__ import annotations

import csv
import io

import duckdb
import pytest

from include.cli.main import main
from include.workspace import resolve_workspace


@pytest.fixture
def published(home, tmp_path):
    """A workspace whose current version has one table of 50 rows, and one beside it that is not current."""
    workspace = resolve_workspace("cdnow", str(tmp_path))
    workspace.register()
    for build, tier in [("earlier", "silver"), ("latest", "gold")]:
        folder = workspace.versions / build
        folder.mkdir()
        with duckdb.connect(str(folder / "tierworks.duckdb")) as file:
            file.execute(f"create table customer_tiers as select i as customer, '{tier}' as tier from range(50) t(i)")
    workspace.current.symlink_to("versions/latest")
    return workspace


def test_the_current_version_answers(published, capsys):
    assert (
        main(["sql", "--workspace", "cdnow", "select tier, count(*) as customers from customer_tiers group by 1"]) == 0
    )
    told = capsys.readouterr().out
    assert "gold" in told
    assert "50" in told
    assert "silver" not in told


def test_every_row_comes_as_csv_and_a_file_of_questions_is_read(published, capsys, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("-- who\nselect * from customer_tiers order by 1;\nselect 'ä' as a;\n")
    )
    assert main(["sql", "--workspace", "cdnow", "--csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["customer", "tier"], *([str(i), "gold"] for i in range(50)), ["a"], ["ä"]]


@pytest.mark.parametrize(
    ("question", "told"), [("select tire from customer_tiers", '"tier"'), ("drop table customer_tiers", "read-only")]
)
def test_a_wrong_question_is_told_and_nothing_is_written(published, capsys, question, told):
    assert main(["sql", "--workspace", "cdnow", question]) == 1
    assert told in capsys.readouterr().err
    with duckdb.connect(str(published.published_file), read_only=True) as file:
        assert file.execute("select count(*) from customer_tiers").fetchone() == (50,)


def test_before_the_first_version_the_next_step_is_told(home, tmp_path, capsys):
    resolve_workspace("cdnow", str(tmp_path)).register()
    assert main(["sql", "--workspace", "cdnow", "select 1"]) == 1
    assert "make run WORKSPACE=cdnow" in capsys.readouterr().err
