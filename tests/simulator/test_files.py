"""Files of the simulated CRM: the same bytes again, every bad row accounted for, and any number of people."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import duckdb
import pytest

from include.cli.main import main
from include.load import load_workspace
from include.load.declaration import read_declaration
from include.load.errors import DeclarationInvalid
from include.simulator import world as worlds
from include.simulator.files import DECLARATION, write_files
from include.simulator.landing import generated_folder
from include.simulator.simulation import Simulation, SimulationInvalid
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace

SOME = ("orders", "order_items", "web_customers", "store_members", "events", "calendar")
# Nobody acts on this company, so there are no results of actions; it has one currency.
NOT_THERE = ("action_results", "exchange_rates")
FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2024, 12, 31)


def _silent(line: str) -> None:
    pass


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest() for path in files}


def _rows(folder: Path, pattern: str) -> list:
    query = f"select * from read_parquet('{folder}/{pattern}') order by all"
    return duckdb.connect().execute(query).fetchall()


def _load(folder: Path, home: Path) -> Workspace:
    workspace = Workspace("simulated", (DECLARATION,), data=folder)
    workspace.make_folders()
    with open_warehouse(workspace) as connection:
        load_workspace(workspace, connection, "first", datetime.datetime(2025, 1, 1), progress=_silent)
    return workspace


@pytest.fixture(scope="module")
def world_of_many_faults(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "crm"
    write_files(Simulation(150, 5, FIRST, LAST), folder, progress=_silent, laws={"dirty": 0.15})
    return folder


def test_every_bad_row_is_quarantined_for_its_reason_and_no_good_one_is_lost(world_of_many_faults, home):
    workspace = _load(world_of_many_faults, home)
    with open_warehouse(workspace, read_only=True) as connection:
        found = connection.execute(
            "select table_name, code, count(*) from (select table_name, unnest(list_distinct(list_transform(reasons, "
            "lambda reason: reason.code))) as code from ops.quarantine) group by all order by all"
        ).fetchall()
        truth = connection.execute(
            f"select table_name, code, count(*) from '{world_of_many_faults}/truth/dirty_rows_*.parquet' "
            "group by all order by all"
        ).fetchall()
        assert found == truth
        assert len({code for _, code, _ in truth}) >= 9
        unequal = connection.execute(
            f"select table_name from ops.load_ledger where (rows_accepted = 0 and table_name not in {NOT_THERE}) or "
            "rows_read <> rows_accepted + rows_unchanged + rows_quarantined"
        ).fetchall()
        assert unequal == []
        orders = connection.execute("select order_key from raw.orders where kind = 'sale' order by all").fetchall()
        true_orders = connection.execute(
            f"select order_key from '{world_of_many_faults}/truth/true_orders_*.parquet' order by all"
        )
        assert orders == true_orders.fetchall()
        unknown = connection.execute(
            f"select count(*) from raw.customers anti join '{world_of_many_faults}/truth/person_of_customer_*.parquet' "
            "using (customer_key)"
        )
        assert unknown.fetchone() == (0,)
        empty = [
            entity
            for (entity,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'raw' and table_name not like '%\\_\\_%' "
                "escape '\\' and estimated_size = 0"
            ).fetchall()
        ]
        assert sorted(empty) == list(NOT_THERE)


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(tmp_path):
    simulation = Simulation(120, 5, FIRST, LAST)
    for folder, threads in (("one", 1), ("two", 2)):
        write_files(simulation, tmp_path / folder, only=SOME, progress=_silent, threads=threads)
    write_files(Simulation(120, 6, FIRST, LAST), tmp_path / "other", only=SOME, progress=_silent)
    one, two, other = (_digests(tmp_path / folder) for folder in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys() and one["orders/orders_00001.parquet"] != other["orders/orders_00001.parquet"]


def test_people_are_the_same_in_a_larger_world_and_in_other_chunks(tmp_path, monkeypatch):
    write_files(Simulation(120, 5, FIRST, LAST), tmp_path / "small", only=["orders", "web_customers"], progress=_silent)
    monkeypatch.setattr(worlds, "PEOPLE_AT_ONCE", 60)
    write_files(Simulation(180, 5, FIRST, LAST), tmp_path / "large", only=["orders", "web_customers"], progress=_silent)
    assert len(list((tmp_path / "large" / "orders").glob("*.parquet"))) == 3
    for truth in ("true_orders", "customer_laws", "person_of_customer"):
        small = _rows(tmp_path / "small", f"truth/{truth}_*.parquet")
        large = _rows(tmp_path / "large", f"truth/{truth}_*.parquet")
        assert small and set(small) <= set(large), truth


def test_nobody_is_a_company_too(tmp_path, home):
    write_files(Simulation(0, 5, FIRST, LAST), tmp_path / "crm", progress=_silent)
    workspace = _load(tmp_path / "crm", home)
    with open_warehouse(workspace, read_only=True) as connection:
        assert connection.execute("select count(*) from raw.customers").fetchone() == (0,)
        assert connection.execute("select count(*) from raw.products").fetchone() == (1200,)


def test_so_is_one(tmp_path):
    write_files(Simulation(1, 5, FIRST, LAST), tmp_path / "crm", progress=_silent)
    assert len(_rows(tmp_path / "crm", "truth/customer_laws_*.parquet")) == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"customers": -1}, "customers: -1 is not between"),
        ({"customers": 5, "seed": -3}, "seed: -3 is not between"),
        ({"customers": 5, "first": LAST, "last": FIRST}, "give at least a month"),
        ({"customers": 5, "day": datetime.date(2030, 1, 1)}, "day: 2030-01-01 is not between"),
    ],
)
def test_what_makes_no_world_is_refused(asked, words):
    with pytest.raises(SimulationInvalid, match=words):
        Simulation(**asked)


def test_a_few_tables_are_the_same_as_among_all(world_of_many_faults, tmp_path):
    few = ["web_customers", "surveys"]
    write_files(Simulation(150, 5, FIRST, LAST), tmp_path / "few", only=few, progress=_silent, laws={"dirty": 0.15})
    found, whole = _digests(tmp_path / "few"), _digests(world_of_many_faults)
    found.pop("truth/dirty_rows_00001.parquet")
    assert {file.split("/")[0] for file in found} == {"web", "service", "truth"}
    assert found.items() <= whole.items()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SimulationInvalid, match="is not empty"):
        write_files(Simulation(1), tmp_path)
    with pytest.raises(SimulationInvalid, match="no table ordres; there are web_customers"):
        write_files(Simulation(1), tmp_path / "new", only=["ordres"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt"]


def test_the_command_says_what_it_does_and_what_is_wrong(tmp_path, capsys):
    asked = ["simulate", "--customers", "3", "--only", "calendar", "--out", str(tmp_path / "crm")]
    assert main([*asked, "--from", "2024-01-01", "--to", "2024-02-29"]) == 0
    assert "3 of 3 people written" in capsys.readouterr().out
    lines = (tmp_path / "crm" / "stores" / "calendar.txt").read_text().splitlines()
    assert len(lines) == 60 * 5 and lines[0].startswith("20240101-east")
    assert main(asked) == 2
    assert "is not empty. Give a folder that does not exist yet." in capsys.readouterr().err


def test_a_source_that_generates_makes_its_files_once_for_each_simulation(home):
    workspace = Workspace("simulated", (DECLARATION,))
    few = Simulation(2, 5, FIRST, LAST)
    folder = generated_folder(few, "simulated", workspace)
    made = (folder / "web" / "products.csv").stat().st_mtime_ns
    assert generated_folder(few, "simulated", workspace) == folder
    assert (folder / "web" / "products.csv").stat().st_mtime_ns == made
    (folder.parent / f".{folder.name}.1.draft").mkdir()
    other = generated_folder(Simulation(3, 5, FIRST, LAST), "simulated", workspace)
    assert list(folder.parent.iterdir()) == [other] != [folder]


def test_a_declaration_may_generate_and_says_what_is_wrong_with_it(tmp_path):
    assert read_declaration(DECLARATION).generate == Simulation(2000, 7)
    text = DECLARATION.read_text(encoding="utf-8").replace("{customers: 2000, seed: 7}", "{customers: 2000, sed: 7}")
    (tmp_path / "wrong.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationInvalid, match="Did you mean seed"):
        read_declaration(tmp_path / "wrong.yml")
