"""Asking the published file: one version a page, answers kept as long as the file is what it was, and by role."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.cli.main import main
from include.dashboard import published
from include.dashboard.filters import Chosen
from include.dashboard.layout import Page
from include.dashboard.published import RoleRefused, current
from include.dashboard.views import tiers
from include.dashboard.words import Words
from include.publishing.earlier_releases import NotInVersion
from include.services.processes import running_services
from include.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, home: Path) -> Workspace:
    made = Workspace("shop", (tmp_path / "shop.yml",))
    made.make_folders()
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were opened, one entry for each time."""
    opened, before = [], published.open_published

    def noting(path: Path):
        opened.append(path)
        return before(path)

    monkeypatch.setattr(published, "open_published", noting)
    return opened


def publish(workspace: Workspace, build_id: str, customers: int, name: str = "tierworks.duckdb") -> Path:
    folder = workspace.versions / build_id
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table customers as select 'c' || i as customer_id from range({customers}) as t(i)")
        connection.execute("comment on column customers.customer_id is 'Id of the customer.'")
    workspace.current.unlink(missing_ok=True)
    workspace.current.symlink_to(folder)
    return file


def count(found) -> int:
    return found.row("select count(*) as customers from customers")["customers"]


def test_before_the_first_publication_there_is_nothing(workspace):
    assert current(workspace) is None


def test_all_questions_of_one_look_go_to_one_version(workspace):
    publish(workspace, "one", 1)
    look = current(workspace)
    publish(workspace, "two", 2)
    assert (count(look), count(current(workspace))) == (1, 2)


def test_answers_are_kept_until_the_file_is_another(workspace, opened):
    publish(workspace, "one", 3)
    assert [count(current(workspace)) for _ in range(3)] == [3, 3, 3]
    assert len(opened) == 1
    publish(workspace, "one", 2)  # an erasure writes the version anew
    assert count(current(workspace)) == 2


def test_what_is_said_of_one_customer_is_not_kept(workspace, opened):
    publish(workspace, "one", 3)
    look = current(workspace)
    for _ in range(2):
        found = look.rows_of_one("from customers where customer_id = $asked", asked="c1", other="unused")
        assert found == [{"customer_id": "c1"}]
    assert len(opened) == 2


def test_the_file_is_free_between_questions(workspace):
    file = publish(workspace, "one", 1)
    assert count(current(workspace)) == 1
    with duckdb.connect(str(file)) as connection:  # refused while another process or connection held it
        connection.execute("insert into customers values ('new')")


def test_tables_and_columns_say_what_they_are(workspace):
    publish(workspace, "one", 1)
    look = current(workspace)
    assert look.columns == {"customers": {"customer_id": "Id of the customer."}}
    assert look.has("customers", "customer_id") and not look.has("customers", "name") and not look.has("orders")
    assert look.metrics == {} and look.currency == ""


def test_what_an_earlier_release_did_not_publish_is_named(workspace):
    publish(workspace, "one", 1)
    look = current(workspace)
    with pytest.raises(NotInVersion, match="not in this version: name"):
        look.rows("select name from customers")
    (row,) = look.rows("from customers")
    with pytest.raises(NotInVersion, match="not in this version: name"):
        (row | {"told": "c0"})["name"]
    assert row.get("name") is None and (row | {"told": "c0"})["told"] == "c0"


def test_a_role_reads_its_own_file_or_is_refused(workspace):
    publish(workspace, "one", 1)
    with pytest.raises(RoleRefused, match="unmasked"):
        current(workspace, "unmasked")
    restricted = publish(workspace, "one", 5, "tierworks.unmasked.duckdb")
    assert (count(current(workspace)), count(current(workspace, "unmasked"))) == (1, 5)
    restricted.chmod(0o000)
    if os.getuid() != 0:  # root may read whatever it likes
        with pytest.raises(RoleRefused, match="may not read"):
            current(workspace, "unmasked")


def test_filters_keep_the_right_customers():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table customer_tiers as select * from (values
                ('a', date '2024-01-31', 'gold', '黄金', 1), ('b', date '2024-01-31', 'iron', '铁', 2),
                ('c', date '2024-01-31', 'iron', '铁', 2), ('a', date '2023-12-31', 'iron', '铁', 2)
            ) as t(customer_id, as_of_date, tier, tier_zh, tier_level);
            create table dim_customer as select * from (values
                ('a', 'North', 'store'), ('b', 'South', null), ('c', null, 'store')
            ) as t(customer_id, region, acquisition_channel)
            """
        )

        def kept(**filters) -> list[str]:
            chosen = Chosen(date(2024, 1, 31), **filters)
            question = f"select customer_id from {chosen.people()} order by 1"
            return [row[0] for row in connection.execute(question, published._used(question, chosen.values)).fetchall()]

        assert kept() == ["a", "b", "c"]
        assert kept(tier=("iron",)) == ["b", "c"]
        assert kept(region=("North", "unknown")) == ["a", "c"]
        assert kept(tier=("iron",), channel=("store",)) == ["c"]
        assert kept(tier=("gold",), region=("South",)) == []


def test_a_tiers_rates_are_of_those_who_held_it_before(workspace):
    """As `tier_conversion` has them: nobody upgrades from the best tier, nor downgrades from the last."""
    file = publish(workspace, "one", 1)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            create table customer_tiers as select * from (values
                ('a', date '2024-01-31', 'gold', 1), ('a', date '2023-12-31', 'iron', 2),
                ('b', date '2024-01-31', 'iron', 2), ('b', date '2023-12-31', 'iron', 2),
                ('c', date '2024-01-31', 'gold', 1), ('c', date '2023-12-31', 'gold', 1),
                ('d', date '2024-01-31', 'iron', 2), ('d', date '2023-12-31', 'gold', 1),
                ('e', date '2024-01-31', 'gold', 1)
            ) as t(customer_id, as_of_date, tier, tier_level);
            alter table customer_tiers add column tier_zh varchar;
            create table dim_customer as select customer_id, null::varchar as region, 'store' as acquisition_channel
            from (select distinct customer_id from customer_tiers where customer_id <> 'c')
            """
        )

    def rates(**kept: tuple[str, ...]) -> list[str]:
        chosen = Chosen(date(2024, 1, 31), date(2023, 12, 31), **kept)
        return [figure.value for figure in tiers._rates(Page(current(workspace), Words("en"), chosen))]

    assert rates() == ["25.0%", "25.0%"]
    assert rates(tier=("gold",)) == ["0.0%", "50.0%"]
    assert rates(tier=("iron",)) == ["50.0%", "0.0%"]
    assert rates(region=("unknown",)) == ["33.3%", "33.3%"]
    assert rates(tier=("lead",)) == ["–", "–"]


def test_the_command_starts_nothing_that_it_cannot_serve(workspace, capsys):
    workspace.register()
    publish(workspace, "one", 1)
    assert main(["dashboard", "--workspace", "shop", "--role", "unmasked"]) == 1
    assert "the role unmasked cannot be served" in capsys.readouterr().err
    assert running_services() == {}
