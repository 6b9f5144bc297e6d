"""Who sees what: the copies of a version that the policy of privacy asks for, and the file and rows of each."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from include.policies.privacy_policy import CLASSES
from include.publishing.copying import literal
from include.publishing.role_files import EVERYBODY, file_of

# A column of any of these names holds a customer.
_OF_CUSTOMERS = "regexp_matches(column_name, '(^|_)customer_id(_[ab])?$') or column_name = 'main_contact_id'"
_CUSTOMERS, _ACCOUNTS, _HOUSEHOLDS = "limited_customers", "limited_accounts", "limited_households"


@dataclass(frozen=True)
class Copy:
    """What one role, or one reader of a role with limited rows, is given: how each class of columns, and whose rows.

    `name` is the role, or `role.reader`; `rows_by` is None where all rows are shown.
    """

    name: str
    treatments: dict[str, str]
    rows_by: str | None = None
    rows: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return file_of(self.name)


def copies(policy: dict) -> tuple[Copy, list[Copy]]:
    """What every reader sees, and the further copies, by the policy of privacy."""
    roles = {one["role"]: one for one in policy["roles"]}
    treatments = {name: {kind: role[kind] for kind in CLASSES} for name, role in roles.items()}
    further = []
    for name in policy["copies"]:
        if limit := roles[name].get("rows_by"):
            playing = [one for one in policy["readers"] if one["role"] == name]
            further += [Copy(f"{name}.{one['reader']}", treatments[name], limit, tuple(one["rows"])) for one in playing]
        else:
            further.append(Copy(name, treatments[name]))
    return Copy(EVERYBODY, treatments[EVERYBODY]), further


class RowLimit:
    """Conditions that keep what a copy may tell, of the tables of an attached warehouse as of its date.

    Of a table that names customers a row stays when all customers it names may be seen; else of one that names
    accounts or households, when one of its customers belongs there; else of one that names what the limit is by, when
    it is one of the values or none. Tables that name none of these tell of many customers, and stay whole.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalog: str, copy: Copy):
        self.copy = copy
        self.values = ", ".join(map(literal, copy.rows))
        self._held: dict[tuple[str, str], list[str]] = {}
        self._customers: dict[tuple[str, str], list[str]] = {}
        found = connection.execute(
            f"select schema_name, table_name, column_name, {_OF_CUSTOMERS} from duckdb_columns() "
            "where database_name = ? and schema_name in ('core', 'marts') order by all",
            [catalog],
        ).fetchall()
        for schema, table, column, is_customer in found:
            self._held.setdefault((schema, table), []).append(column)
            if is_customer:
                self._customers.setdefault((schema, table), []).append(column)
        self._who(connection, catalog)

    def condition(self, schema: str, table: str) -> str:
        """SQL condition on the table's rows; `true` where it stays whole."""
        columns = self._held[schema, table]
        for name, relation in (("account_id", _ACCOUNTS), ("household_id", _HOUSEHOLDS)):
            if table == f"dim_{name.removesuffix('_id')}":
                return f'"{name}" in (select id from temp.{relation})'
        if customers := self._customers.get((schema, table)):
            among = [f'"{c}" in (select id from temp.{_CUSTOMERS})' for c in customers]
            named = [f'("{c}" is null or {one})' for c, one in zip(customers, among, strict=True)]
            anybody = " or ".join(f'"{c}" is not null' for c in customers)
            return " and ".join([*named, f"({anybody})"])
        if "unit_id" in columns and "unit_kind" in columns:
            units = {"account": _ACCOUNTS, "household": _HOUSEHOLDS}
            if not table.startswith("account_"):
                return "true"
            return " or ".join(f"unit_kind = '{k}' and unit_id in (select id from temp.{r})" for k, r in units.items())
        if "account_id" in columns:
            return f"account_id in (select id from temp.{_ACCOUNTS})"
        if "household_id" in columns:
            return f"household_id in (select id from temp.{_HOUSEHOLDS})"
        if self.copy.rows_by in columns:
            return f'("{self.copy.rows_by}" is null or "{self.copy.rows_by}" in ({self.values}))'
        return "true"

    def field(self, table: str, column: str) -> str | None:
        """SQL in the place of a column that names a customer although its row is of something else."""
        if table.startswith("dim_") and column == "main_contact_id":
            return f'case when "{column}" in (select id from temp.{_CUSTOMERS}) then "{column}" end as "{column}"'
        return None

    def _who(self, connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
        """The customers whose rows are shown, their accounts and their households, as temporary tables."""
        core = f"{catalog}.core"
        today = f"coalesce(ends_on, date '9999-12-31') >= (select max(as_of_date) from {catalog}.ops.current_build)"
        if self.copy.rows_by == "manager_id":
            looked_after = f"from {core}.fct_manager_assignments where manager_id in ({self.values}) and {today}"
            customers = f"select customer_id as id {looked_after} and customer_id is not null"
            if self._has("fct_account_members"):
                customers += (
                    f" union select customer_id from {core}.fct_account_members where {today} "
                    f"and account_id in (select account_id {looked_after})"
                )
            customers = customers if self._has("fct_manager_assignments") else "select null::varchar as id where false"
        elif self.copy.rows_by in self._held.get(("core", "dim_customer"), ()):
            by = f'"{self.copy.rows_by}"'
            customers = f"select customer_id as id from {core}.dim_customer where {by} in ({self.values})"
        else:
            customers = "select null::varchar as id where false"
        run = connection.execute
        run(f"create or replace temp table {_CUSTOMERS} as select distinct id from ({customers})")
        theirs = f"customer_id in (select id from temp.{_CUSTOMERS})"
        for relation, table, column, holds in (
            (_ACCOUNTS, "fct_account_members", "account_id", f"{theirs} and {today}"),
            (_HOUSEHOLDS, "dim_customer", "household_id", theirs),
        ):
            found = f"select distinct {column} as id from {core}.{table} where {holds}"
            is_there = column in self._held.get(("core", table), ())
            run(f"create or replace temp table {relation} as {found if is_there else 'select null::varchar as id'}")

    def _has(self, table: str) -> bool:
        return ("core", table) in self._held
