"""A steward's fix brings rows of the quarantine in, once and for good: also when everything is loaded from scratch."""

from __future__ import annotations

import csv
import datetime
import stat
from pathlib import Path

import pytest

from include.load import LoadFailed, SourceError
from include.load.quarantine_sheet import landed_columns, write_sheet
from include.load.replay import replay_workspace
from include.warehouse.connection import open_warehouse
from tests.load.conftest import HEADER, LINES, LINES_HEADER, ORDERS, Company

OPEN = "select file, line from ops.quarantine where resolved_at is null order by all"


def export(shop: Company, table: str = "orders", where: str = "true") -> Path:
    path = shop.data.parent / "sheet.csv"
    with open_warehouse(shop.workspace, read_only=True) as connection:
        columns = landed_columns(connection, "shop", table)
        write_sheet(connection, "shop", table, where, columns, path)
    return path


def edit(path: Path, **values: str) -> Path:
    """Write `values` into the rows of the sheet whose line is the number in the name: `line_3_amount="5"`."""
    with path.open(encoding="utf-8", newline="") as content:
        rows = list(csv.DictReader(content))
    for key, value in values.items():
        _, line, column = key.split("_", 2)
        (row,) = [row for row in rows if row["_line"] == line]
        row[column] = value
    with path.open("w", encoding="utf-8", newline="") as content:
        writer = csv.DictWriter(content, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def replay(shop: Company, sheet: Path | None = None, **choice):
    shop.batches += 1
    moment = datetime.datetime(2026, 1, shop.batches, tzinfo=datetime.UTC)
    told: list[str] = []
    with open_warehouse(shop.workspace) as connection:
        result = replay_workspace(
            shop.workspace,
            connection,
            f"batch-{shop.batches}",
            moment,
            told.append,
            sheet=sheet,
            corrected_by="eva",
            **choice,
        )
    return result, told


def ledger(shop: Company) -> list[tuple]:
    return shop.rows(
        "select kind, rows_read, rows_accepted, rows_unchanged, rows_quarantined from ops.load_ledger "
        "order by loaded_at, kind"
    )


def from_scratch(shop: Company) -> dict[str, str]:
    """Digests after the warehouse was lost and everything loaded again."""
    shop.workspace.warehouse.unlink()
    shop.load()
    return shop.digests()


def test_a_corrected_row_comes_in_stays_and_is_never_doubled(company):
    shop, right = company(), company()
    shop.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-03-01,S,two\n3,eve,soon,S,3\n")
    right.write("orders.csv", HEADER + "1,ann,2024-03-01,S,1\n2,bob,2024-03-01,S,2\n3,eve,soon,S,3\n")
    shop.load()
    right.load()
    sheet = edit(export(shop), line_3_amount="2")
    result, told = replay(shop, sheet)
    assert (result.total("rows_read"), result.total("rows_accepted"), result.total("rows_quarantined")) == (2, 1, 1)
    assert told[0].endswith("1 corrections kept")
    assert shop.digests() == right.digests()
    assert shop.rows("select _file, _line, _batch_id from raw.orders where order_key = '2'") == [
        ("orders.csv", 3, "batch-2")
    ]
    assert shop.rows("select resolution, resolved_by, content->>'amount' from ops.quarantine order by line") == [
        ("replayed", "batch-2", "two"),
        (None, None, "3"),
    ]
    replay(shop, sheet)
    assert not shop.load().changed
    assert shop.digests() == right.digests()
    assert ledger(shop) == [("load", 3, 1, 0, 2), ("replay", 2, 1, 0, 1), ("replay", 1, 0, 0, 1)]
    shop.write("orders.csv", (shop.data / "orders.csv").read_text() + "4,ann,2024-03-01,S,4\n")
    right.write("orders.csv", (right.data / "orders.csv").read_text() + "4,ann,2024-03-01,S,4\n")
    assert (shop.load().total("rows_unchanged"), right.load().total("rows_unchanged")) == (2, 2)
    assert shop.digests() == right.digests()
    assert shop.rows(OPEN) == [("orders.csv", 4)]
    assert from_scratch(shop) == right.digests()
    assert shop.rows(OPEN) == [("orders.csv", 4)]


def test_rows_without_a_key_come_in_beside_their_equals(company):
    shop, right = company(LINES), company(LINES)
    row, bad = "1,ann,2024-03-01,Bonn,tea,1\n", "1,ann,2024-03-01,Bonn,tea,one\n"
    for one, middle in ((shop, bad), (right, row)):
        one.write("lines_1.csv", LINES_HEADER + row + middle * 2 + row)
        one.write("lines_2.csv", LINES_HEADER + row)
        one.load()
    replay(shop, edit(export(shop, "lines"), line_3_amount="1"))
    assert [line for _, line in shop.rows(OPEN)] == [4]
    replay(shop, edit(export(shop, "lines"), line_4_amount="1"))
    assert shop.digests() == right.digests()
    assert from_scratch(shop) == right.digests()


def test_a_line_that_did_not_come_apart_is_written_into_the_columns(company):
    shop = company()
    shop.write("orders.csv", HEADER + '1,"ann,2024-03-01,S,1\n2,b\0b,2024-03-01,S,2\n')
    shop.load()
    sheet = export(shop)
    with pytest.raises(SourceError, match="was edited in _text, which is for reading only"):
        replay(shop, edit(sheet, line_2__text="1,ann,2024-03-01,S,1"))
    sheet = edit(export(shop), line_2_id="1", line_2_customer="ann", line_2_at="2024-03-01", line_2_kind="S")
    with pytest.raises(SourceError, match="still holds bytes that are no text"):
        replay(shop, edit(sheet, line_3_amount="3"))
    replay(shop, edit(export(shop), line_2_id="1", line_2_at="2024-03-01", line_2_amount="1", line_3_customer="bob"))
    assert shop.rows("select order_key, customer_key, amount::varchar from raw.orders order by 1") == [
        ("1", None, "1.0000"),
        ("2", "bob", "2.0000"),
    ]
    before = shop.digests()
    assert from_scratch(shop) == before


def test_a_correction_does_not_take_the_key_of_another_row(company):
    shop = company()
    shop.write(
        "orders.csv", HEADER + "1,ann,2024-03-01,S,1\n1,bob,2024-03-01,S,2\n,eve,2024-03-01,S,3\n1,x,2024-03-01,S,x\n"
    )
    shop.load()
    sheet = edit(export(shop), line_3_amount="5", line_4_id="1", line_5_amount="4")
    result, _ = replay(shop, sheet)
    assert result.total("rows_quarantined") == 3
    assert shop.rows("select customer_key from raw.orders") == [("ann",)]
    before = shop.digests()
    assert from_scratch(shop) == before
    result, _ = replay(shop, edit(export(shop), line_3_id="2", line_4_id="3"))
    assert (result.total("rows_accepted"), result.total("rows_quarantined")) == (2, 1)
    before = shop.digests()
    assert from_scratch(shop) == before


def test_later_news_of_the_key_stands_over_a_correction_of_an_earlier_file(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,one\n,bob,2024-03-01,S,2\n")
    shop.write("orders_2.csv", HEADER + "1,ann,2024-03-01,S,9\n2,bob,2024-03-01,S,9\n")
    shop.load()
    assert shop.rows(OPEN) == [("orders_1.csv", 3)]
    result, _ = replay(shop, edit(export(shop), line_3_id="2"))
    assert (result.total("rows_accepted"), result.total("rows_unchanged")) == (0, 1)
    assert shop.rows("select amount::varchar from raw.orders") == [("9.0000",), ("9.0000",)]
    assert shop.rows("select resolution from ops.quarantine") == [("superseded",), ("superseded",)]
    before = shop.digests()
    assert from_scratch(shop) == before


def test_a_mended_mapping_brings_rows_in_also_from_files_that_are_gone(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,X,1\n2,bob,soon,X,2\n")
    shop.load()
    (shop.data / "orders_1.csv").unlink()
    shop.write("orders_2.csv", HEADER + "3,eve,2024-03-01,X,3\n")
    shop.load()
    shop.declare(ORDERS.replace("R: return", "R: return, X: sale"))
    _, told = replay(shop)
    assert "declaration has changed" in told[0]
    assert shop.rows("select order_key from raw.orders order by 1") == [("1",), ("3",)]
    assert shop.rows(OPEN) == [("orders_1.csv", 3)]
    assert shop.rows(
        "select reason.code from ops.quarantine, unnest(reasons) as told(reason) where resolved_at is null"
    ) == [
        ("wrong_type",),
        ("wrong_type",),
    ]
    for _, read, accepted, unchanged, quarantined in ledger(shop):
        assert read == accepted + unchanged + quarantined


def test_a_correction_of_a_typed_row_fits_its_types(company, engine):
    shop = company(ORDERS.replace("csv", "parquet"))
    engine.execute(
        "copy (select * from (values (1, 'ann', timestamp '2024-03-01 10:00', 'S', 5.5::double), "
        "(2, 'bob', timestamp '2024-03-02', 'S', 'nan'), (3, 'eve', null, 'S', 1)) "
        f"v(id, customer, \"at\", kind, amount)) to '{shop.data / 'orders.parquet'}'"
    )
    shop.load()
    result, _ = replay(shop, edit(export(shop), line_2_amount="2.25", line_3_at="gestern"))
    assert (result.total("rows_accepted"), result.total("rows_quarantined")) == (1, 1)
    assert shop.rows("select order_key, amount::varchar, ordered_at::varchar from raw.orders order by 1") == [
        ("1", "5.5000", "2024-03-01 09:00:00"),
        ("2", "2.2500", "2024-03-01 23:00:00"),
    ]
    before = shop.digests()
    assert from_scratch(shop) == before


def test_a_sheet_that_is_none_is_refused_and_nothing_is_kept(company):
    shop = company()
    shop.write("orders.csv", HEADER + "2,bob,2024-03-01,S,two\n")
    shop.load()
    sheet = export(shop)
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    good = sheet.read_text()
    for content, message in {
        "a,b\n1,2\n": "is no sheet of the quarantine",
        good + good.splitlines()[1] + "\n": "is a row that the sheet has twice",
        good.replace(good.splitlines()[1][:16], "0" * 16): "is no row of the quarantine",
        good.replace("_reasons", "colour"): "has no column colour",
        good + "x\n": "line 3 has too many or too few columns",
    }.items():
        sheet.write_text(content)
        with pytest.raises(SourceError, match=message):
            replay(shop, sheet)
    assert not (shop.workspace.kept / "corrections.parquet").exists()
    with pytest.raises(SourceError, match=r"no declared table answers to \*/order \(declared: shop/orders\)"):
        replay(shop, table="order")


def test_a_sheet_that_a_spreadsheet_has_saved_is_understood(company):
    shop = company()
    shop.write("orders.csv", HEADER + "2,bob,2024-03-01,S,two\n")
    shop.load()
    sheet = edit(export(shop), line_2_amount="2")
    sheet.write_bytes(b"\xef\xbb\xbf" + sheet.read_bytes().replace(b",", b";").replace(b"\n", b"\r\n"))
    assert replay(shop, sheet)[0].total("rows_accepted") == 1


def test_a_correction_of_a_correction_waits_for_a_full_refresh(company):
    shop = company()
    shop.write("orders.csv", HEADER + "2,bob,2024-03-01,S,two\n")
    shop.load()
    sheet = export(shop)
    replay(shop, edit(sheet, line_2_amount="3"))
    _, told = replay(shop, edit(sheet, line_2_amount="2"))
    assert "they take effect with the next full refresh" in told[1]
    assert shop.rows("select amount::varchar from raw.orders") == [("3.0000",)]
    shop.load(full_refresh=True)
    assert shop.rows("select amount::varchar from raw.orders") == [("2.0000",)]
    kept = shop.workspace.kept / "corrections.parquet"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert shop.rows(f"select corrected_by, original like '%two%', content like '%\"2\"%' from '{kept}'") == [
        ("eva", True, True)
    ]


def test_a_table_that_cannot_be_replayed_is_told_and_the_others_are(company):
    shop = company()
    shop.write("orders.csv", HEADER + "2,bob,2024-03-01,X,2\n")
    shop.load()
    shop.declare(ORDERS.replace("amount: amount", "amount: total"))
    with pytest.raises(LoadFailed, match="column total is missing"):
        replay(shop)
    assert shop.rows(OPEN) == [("orders.csv", 2)]
