"""Tables of identity, created empty so that everything after can always run."""

from __future__ import annotations

import duckdb

EVIDENCE = "struct(field varchar, agreement varchar, weight double, value_a varchar, value_b varchar)[]"
IDENTITY_TABLES = {
    "core.customer_xref": "source varchar, customer_key varchar, customer_id varchar, first_id varchar, "
    "seniority bigint, is_new boolean",
    "core.identity_log": "sequence integer, source varchar, customer_key varchar, former_id varchar, "
    "customer_id varchar, event varchar",
    "core.match_review": "pair_id varchar, probability double, match_weight double, "
    "customer_id_a varchar, source_a varchar, customer_key_a varchar, "
    f"customer_id_b varchar, source_b varchar, customer_key_b varchar, evidence {EVIDENCE}",
    "ops.standard_emails": "email varchar, standard varchar, status varchar",
    "ops.standard_phones": "phone varchar, region varchar, standard varchar, status varchar",
    "ops.standard_names": "name varchar, standard varchar, given varchar, family varchar, status varchar",
    "ops.standard_countries": "source varchar, country varchar, country_code varchar, region varchar",
    "ops.standards_version": "version varchar",
    "ops.identity_state": "fingerprint varchar, crosswalk varchar",
}


def create_identity_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is absent. A crosswalk of a former shape gets the columns it lacks, null."""
    for table, columns in IDENTITY_TABLES.items():
        connection.execute(f"create table if not exists {table} ({columns})")
    for column in ("first_id varchar", "seniority bigint", "is_new boolean"):
        connection.execute(f"alter table core.customer_xref add column if not exists {column}")
