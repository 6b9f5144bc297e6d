"""A company that has one row of everything, and one that fills only what must be filled, publish what can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.contract.reader import Column, Entity, read_contract
from include.warehouse.connection import open_published
from include.workspace import resolve_workspace
from tests.pipeline.conftest import run_chain

pytestmark = [pytest.mark.timeout(600), pytest.mark.verify]

DAY, MOMENT = "2021-03-01", "2021-03-01 10:00:00"
OWN = {
    "email": "ann@example.org", "phone": "+49301234567", "currency": "EUR", "birth_on": "1980-02-29", "language": "en",
    "feedback_text": "The delivery was late and bad", "discount_rate": "0.1", "control_share": "0.1",
    "margin_rate": "0.3", "ends_on": "2021-06-30", "due_on": "2021-06-30", "expires_on": "2021-06-30",
}  # fmt: skip
PLAIN = {"decimal": "12.5", "integer": "3", "number": "4", "boolean": "true", "date": DAY, "timestamp": MOMENT}


def _value(column: Column) -> str:
    if column.name in ("closed_at", "retired_on", "left_on"):
        return ""
    if column.name.endswith("_key") or column.references:
        return "k1"
    return OWN.get(column.name) or PLAIN.get(column.type) or (column.codes[0] if column.codes else f"x{column.name}")


def _write(folder: Path, columns_of) -> Path:
    folder.mkdir()
    told = "source: only\ntimezone: Europe/Berlin\ncurrency: EUR\ntables:\n"
    for entity in read_contract().values():
        columns = columns_of(entity)
        mapped = ", ".join(f"{column.name}: x_{column.name}" for column in columns)
        told += f"  t_{entity.name}: {{files: {entity.name}.csv, format: csv, key: x_{entity.key}, "
        told += f"entities: {{{entity.name}: {{columns: {{{mapped}}}}}}}}}\n"
        lines = (",".join(f"x_{column.name}" for column in columns), ",".join(map(_value, columns)))
        (folder / f"{entity.name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "only.yml").write_text(told, encoding="utf-8")
    return folder


def _must_be_filled(entity: Entity) -> list[Column]:
    wanted = {entity.key, *({"customer_key", "amount"} if entity.name == "orders" else ())}
    return [column for column in entity.columns if column.required or column.name in wanted]


@pytest.mark.parametrize("columns_of", [lambda entity: list(entity.columns), _must_be_filled], ids=["all", "required"])
def test_one_row_of_everything(home: Path, tmp_path: Path, columns_of):
    workspace = resolve_workspace(str(_write(tmp_path / "only", columns_of)))
    run_chain(workspace)
    with open_published(workspace.published_file) as connection:
        told = connection.execute("select sum(orders_lifetime), count(*) from customer_metrics where is_current")
        assert told.fetchone() == (1, 1)
        revenue = "select net_revenue_12m::double from customer_metrics where is_current"
        assert connection.execute(revenue).fetchone() == (12.5,)
