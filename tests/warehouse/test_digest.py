"""Equal rows give equal digests whatever wrote them; any difference that readers could see changes it."""

from __future__ import annotations

import duckdb
import pytest

from include.warehouse.digest import table_digest


@pytest.fixture
def digest_of():
    connection = duckdb.connect()

    def digest(query: str) -> str:
        connection.execute(f"create or replace table t as {query}")
        return table_digest(connection, "main", "t")

    yield digest
    connection.close()


ROWS = "select i as id, i / 3.0 as share, 'x' as build_id from range(50) t(i)"


@pytest.mark.parametrize("same", [f"{ROWS} order by i desc", ROWS.replace("'x'", "'another'")])
def test_order_and_lineage_do_not_matter(digest_of, same):
    assert digest_of(same) == digest_of(ROWS)


@pytest.mark.parametrize(
    "other",
    [
        ROWS.replace("range(50)", "range(49)"),
        f"{ROWS} union all select 1, 1 / 3.0, 'x'",
        ROWS.replace("as share", "as part"),
        ROWS.replace("i / 3.0", "case when i = 7 then null else i / 3.0 end"),
        ROWS.replace("i as id", "i::varchar as id"),
    ],
)
def test_a_row_more_or_less_a_name_a_null_or_a_type_does(digest_of, other):
    assert digest_of(other) != digest_of(ROWS)


def test_swapping_values_between_columns_is_seen(digest_of):
    assert digest_of("select 1 as a, 2 as b") != digest_of("select 2 as a, 1 as b")


def test_an_empty_table_has_a_digest(digest_of):
    assert digest_of("select 1 as a where false").startswith("0-")
