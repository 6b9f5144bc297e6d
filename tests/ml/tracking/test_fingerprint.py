"""A fingerprint changes with every value and with nothing else."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from ml.tracking.fingerprint import data_hash, fingerprint


def table(**columns):
    base = {"customer_id": ["a", "b"], "spend": pa.array([1.5, None]), "bought": pa.array([True, None])}
    return pa.table(base | columns)


def test_bytes_hidden_under_nulls_do_not_count():
    masked = pa.Array.from_buffers(pa.float64(), 2, [pa.py_buffer(b"\x01"), pa.array([1.5, 99.0]).buffers()[1]])
    assert masked.to_pylist() == [1.5, None]
    assert data_hash(table(spend=masked)) == data_hash(table())


def test_chunks_and_column_order_do_not_count():
    whole = table()
    assert data_hash(pa.concat_tables([whole.slice(0, 1), whole.slice(1, 1)])) == data_hash(whole)
    assert data_hash(whole.select(["bought", "spend", "customer_id"])) == data_hash(whole)


def test_every_value_name_and_null_counts():
    hashes = {
        data_hash(other)
        for other in (
            table(),
            table(spend=pa.array([1.5, 0.0])),
            table(spend=pa.array([1.5000001, None])),
            table(bought=pa.array([False, None])),
            table(customer_id=["a", "c"]),
            table().rename_columns(["customer_id", "outlay", "bought"]),
            table().take([1, 0]),
            table(spend=pa.array([1, None], pa.int64())),
        )
    }
    assert len(hashes) == 8


def test_date_and_settings_are_part_of_a_training():
    day = date(2021, 6, 30)
    first = fingerprint(table(), day, {"margin_rate": 0.25})
    assert first == fingerprint(table(), day, {"margin_rate": 0.25})
    assert first != fingerprint(table(), day, {"margin_rate": 0.3})
    assert first != fingerprint(table(), date(2021, 7, 31), {"margin_rate": 0.25})
