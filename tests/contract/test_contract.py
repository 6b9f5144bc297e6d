"""The contract is readable, refuses what is wrong with a line, and its page says what it says."""

from __future__ import annotations

import pytest

from include.contract.dbt_sources import SOURCES, render_sources
from include.contract.page import PAGE, render_page
from include.contract.reader import ContractInvalid, read_contract
from include.load import create_contract_tables
from include.load.contract_tables import entity_columns
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace

THING = "description: Things.\nkey: thing_key\ncolumns:\n  - {name: thing_key, type: text, required: true}\n"


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run python -m include.contract.page"


def test_the_sources_of_dbt_are_current():
    assert SOURCES.read_text(encoding="utf-8") == render_sources(), "run python -m include.contract.dbt_sources"


def test_every_entity_of_the_mission_is_there():
    named = """customers accounts households leads orders order_items products events contacts tickets surveys feedback
    campaigns campaign_touches payments subscriptions points referrals account_managers service_costs marketing_spend
    calendar"""  # capabilities.md, A2
    further = {"account_members", "action_results", "exchange_rates", "manager_assignments"}
    assert set(named.split()) | further == set(read_contract())


def test_what_has_a_date_says_which():
    undated = {name for name, entity in read_contract().items() if entity.day is None}
    assert undated == {"households", "products", "order_items"}


def test_a_moment_brings_its_business_date():
    physical = dict(read_contract()["orders"].physical)
    assert (physical["ordered_at"], physical["ordered_on"]) == ("TIMESTAMP", "DATE")


def test_names_of_persons_are_marked():
    customers = read_contract()["customers"].by_name
    direct = {name for name, column in customers.items() if column.pii == "direct"}
    assert direct == {
        "email", "phone", "full_name", "given_name", "family_name", "national_id", "street", "birth_on"
    }  # fmt: skip


def test_every_entity_has_a_typed_empty_table_and_a_changed_contract_makes_it_anew(home):
    with open_warehouse(Workspace("any", ())) as connection:
        create_contract_tables(connection)
        connection.execute("alter table raw.orders drop column store")
        create_contract_tables(connection)
        for name, entity in read_contract().items():
            described = connection.execute(f"describe raw.{name}").fetchall()
            assert [(column, kind) for column, kind, *_ in described] == entity_columns(entity)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("  - {name: size, type: txt}\n", "5: column size: unknown type txt. Did you mean text?"),
        ("  - {name: seen, type: timestamp}\n", "5: column seen: the name of a timestamp ends with _at."),
        ("  - {name: day, type: date}\n", "5: column day: the name of a date ends with _on."),
        ("  - {name: owner_key, type: text, references: thing}\n", "unknown entity thing. Did you mean things?"),
        ("dated_by: thing_key\n", "5: dated_by thing_key must be a date or a timestamp."),
        ("dated: thing_key\n", "5: unknown property dated. Did you mean dated_by?"),
        ("  - {name: kind, type: code}\n", "5: column kind: codes belong to type code, and it needs them."),
        ("  - {name: kind, type: text, pi: direct}\n", "5: unknown property pi. Did you mean pii?"),
        ("  - {name: kind, type: text, sensitive: no}\n", "5: column kind: sensitive is true, or left out."),
        ("  - {name: kind, type: text, at_least: 0}\n", "5: column kind: at_least and at_most belong to numbers."),
        ("  - {name: share, type: number, at_least: 1, at_most: 0}\n", "5: column share: at_least and at_most are num"),
        ("  - {name: share, type: number, at_most: true}\n", "5: column share: at_least and at_most are numbers, at_l"),
        ("  - {name: seen_at, type: timestamp}\n  - {name: seen_on, type: date}\n", "column seen_on is given twice"),
    ],
)
def test_a_wrong_entity_is_told_with_its_line(tmp_path, extra, words):
    (tmp_path / "things.yml").write_text(THING + extra)
    with pytest.raises(ContractInvalid) as caught:
        read_contract(tmp_path)
    assert words in str(caught.value)


def test_bounds_make_a_table_anew_and_a_column_without_them_is_told_as_before(tmp_path):
    digests = []
    for told in ("", ", description: Share", ", at_most: 1", ", at_least: 0, at_most: 1"):
        (tmp_path / "things.yml").write_text(THING + f"  - {{name: share, type: number{told}}}\n")
        digests.append(read_contract.__wrapped__(tmp_path)["things"].digest)
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
