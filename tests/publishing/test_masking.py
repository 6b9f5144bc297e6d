"""What is left of personal values in a published version."""

from __future__ import annotations

import json

import duckdb
import pytest

from include.publishing.masking import CONTRACT_KINDS, UnmaskedColumn, mask
from include.publishing.publish import publish_version
from include.warehouse.connection import open_published
from tests.expectations.tiny_warehouse import AS_OF, BUILD, PERSON
from tests.publishing.audited import let_through


@pytest.mark.parametrize(
    ("kind", "value", "data_type", "masked"),
    [
        ("email", "anna.berg@example.com", "VARCHAR", "a***@***"),
        ("email", "", "VARCHAR", "***@***"),
        ("phone", "+49 30 123-45 6 7.", "VARCHAR", "***67"),
        ("phone", "unknown", "VARCHAR", "***"),
        ("name", "Ångström, Åsa", "VARCHAR", "Å."),
        ("name", "王小明", "VARCHAR", "王."),
        ("postal_code", "10115", "VARCHAR", "10***"),
        ("other", "anything", "VARCHAR", "***"),
        ("never heard of", "anything", "VARCHAR", "***"),
        ("date", "1980-05-17", "DATE", "1980-01-01"),
        ("name", "1980-05-17", "DATE", "1980-01-01"),
        ("other", "42", "BIGINT", None),
        *((kind, None, "VARCHAR", None) for kind in ("email", "phone", "name", "postal_code", "other")),
        ("date", None, "DATE", None),
    ],
)
def test_masks(kind, value, data_type, masked):
    query = f"select {mask(kind, 'value', data_type)} from (select $value::{data_type} as value)"
    found = duckdb.execute(query, {"value": value}).fetchone()[0]
    assert found == masked or str(found) == masked


def _publish(workspace):
    let_through(workspace, BUILD)
    return publish_version(workspace, BUILD, AS_OF, progress=lambda _: None)


def _manifest(workspace, **marked: str) -> None:
    columns = {name: {"config": {"meta": {"pii": kind}}} for name, kind in marked.items()}
    columns["customer_id"] = {"meta": {}}
    workspace.dbt_target.mkdir(parents=True)
    nodes = {"model.tierworks.dim_customer": {"name": "dim_customer", "columns": columns}}
    (workspace.dbt_target / "manifest.json").write_text(json.dumps({"nodes": nodes}))


def _assert_masked(workspace):
    with open_published(workspace.published_file) as connection:
        found = connection.execute(
            "select email, phone, full_name, birth_on::varchar, postal_code from dim_customer order by customer_id"
        ).fetchall()
    assert found == [("a***@***", "***67", "A.", "1980-01-01", "10***"), (None,) * 5]


def test_personal_columns_of_the_contract_are_masked_without_a_manifest(workspace):
    _publish(workspace)
    _assert_masked(workspace)


def test_columns_are_masked_as_the_manifest_marks_them(workspace):
    _manifest(workspace, **CONTRACT_KINDS)
    _publish(workspace)
    _assert_masked(workspace)


def test_no_personal_value_is_in_any_published_file(workspace):
    version = _publish(workspace)
    files = [path for path in version.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    secret = [PERSON[name].encode() for name in ("email", "full_name", "phone", "postal_code")]
    assert [(path, value) for path in files for value in secret if value in path.read_bytes()] == []


def test_a_personal_column_that_is_not_marked_stops_the_publication(workspace):
    _manifest(workspace, **{name: kind for name, kind in CONTRACT_KINDS.items() if name != "phone"})
    with pytest.raises(UnmaskedColumn, match=r"core\.dim_customer\.phone: personal by the contract"):
        _publish(workspace)
    assert not workspace.current.exists()
    assert [path.name for path in workspace.versions.iterdir() if not path.name.endswith(".draft")] == []
