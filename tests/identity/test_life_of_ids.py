"""Ids never change their meaning: a day more of data, merges, splits, stewards' decisions, rebuilds and kills."""

from __future__ import annotations

import shutil

import pytest

from include.workspace import Workspace
from tests.identity.company import Company, make_company
from tests.identity.people_file import DECLARATION, HEADER, people, person, sales


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    """The shop's folder and state after its first evening."""
    folder = tmp_path_factory.mktemp("evening")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        make_company(folder, "shop", DECLARATION, people=people(), sales=sales()).run()
    return folder


@pytest.fixture
def shop(evening, tmp_path, home):
    """The shop as it was after its first evening, the test's own."""
    shutil.copytree(evening, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "shop"
    return Company(Workspace("shop", (folder / "source.yml",), data=folder), batches=1)


def add(shop, name: str, *lines: str) -> None:
    (shop.workspace.data / f"people_{name}.csv").write_text(HEADER + "".join(lines))


def rebuild(shop) -> None:
    """As after `make clean`: only what is kept remains."""
    shop.workspace.warehouse.unlink()
    shop.run()


def test_one_person_has_one_id_that_of_the_record_known_longest(shop):
    ids = shop.ids()
    assert len(ids) == 80 and len(set(ids.values())) == 60
    for number in range(0, 60, 3):
        assert ids[f"s{number}"] == ids[f"w{number}"]
    assert shop.rows("select bool_and(customer_id = first_id) from core.customer_xref where customer_key like 'w%'")[0][
        0
    ]
    assert shop.log() == []


def test_the_same_input_gives_the_same_bytes(shop, company):
    twin = company("twin", DECLARATION, people=people(), sales=sales())
    twin.run()
    for table in ("core.customer_xref", "core.match_review"):
        assert twin.rows(f"from {table}") == shop.rows(f"from {table}")
    name = "customer_xref.parquet"
    assert (twin.workspace.kept / name).read_bytes() == (shop.workspace.kept / name).read_bytes()


def test_nothing_new_costs_nothing(shop):
    assert shop.run() == ["Identity: nothing has changed"]


def test_a_day_more_of_data_keeps_every_id(shop):
    before = shop.ids()
    add(shop, "day2", *(person(number, since="2024-09-01") for number in range(60, 75)), person(4, "s"))
    shop.run()
    after = shop.ids()
    assert {key: after[key] for key in before} == before
    assert after["s4"] == before["w4"] and len(set(after.values())) == 75
    rebuild(shop)
    assert shop.ids() == after and shop.log() == []


def test_a_bridge_merges_two_people_under_the_older_id(shop):
    before = shop.ids()
    shop.decide("w1", "w2", "same")
    shop.run()
    after = shop.ids()
    # w1 has been known since February, w2 since March.
    assert after["w1"] == after["w2"] == before["w1"]
    (event,) = shop.log()
    assert event == ("w2", before["w2"], before["w1"], "merged")
    rebuild(shop)
    assert shop.ids() == after and shop.log() == [event]


def test_not_the_same_is_obeyed_and_survives_a_rebuild(shop):
    before = shop.ids()
    shop.decide("w3", "s3", "not_same")
    shop.run()
    after = shop.ids()
    assert after["w3"] == before["w3"] != after["s3"]
    assert shop.log() == [("s3", before["s3"], after["s3"], "split")]
    assert shop.rows("select count(*) from core.match_review where customer_key_b in ('w3', 's3')") == [(0,)]
    rebuild(shop)
    assert shop.ids() == after
    shop.decide("w3", "s3", "same")
    shop.run()
    assert shop.ids() == before


def test_not_the_same_splits_even_when_others_lie_between(shop):
    """w6 – s6 – x6 are one person by their data; w6 and x6 are not, by the steward: s6 goes with one of them."""
    add(shop, "third", person(6, "x", since="2024-09-01"))
    shop.run()
    ids = shop.ids()
    assert ids["w6"] == ids["s6"] == ids["x6"]
    shop.decide("w6", "x6", "not_same")
    shop.run()
    after = shop.ids()
    assert after["w6"] == ids["w6"] != after["x6"] and after["s6"] in (after["w6"], after["x6"])
    rebuild(shop)
    assert shop.ids() == after


def test_a_key_whose_record_is_gone_stays_with_its_person(shop):
    before = shop.ids()
    remaining = [line for line in people().splitlines(keepends=True) if not line.startswith("s9,")]
    (shop.workspace.data / "people.csv").unlink()
    add(shop, "new", *remaining[1:])
    shop.workspace.warehouse.unlink()
    shop.run()
    assert shop.rows("select count(*) from raw.customers where customer_key = 's9'") == [(0,)]
    assert shop.ids() == before


def test_a_shared_contact_joins_nobody(shop):
    """Twelve people give the shop's own number and address."""
    before = set(shop.ids().values())
    lines = [person(100 + n, email="info@shop.example", phone="051265000000") for n in range(12)]
    add(shop, "walk_in", *lines)
    shop.run()
    assert len(set(shop.ids().values()) - before) == 12
