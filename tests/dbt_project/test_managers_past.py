"""Nothing later leaks: what scorecards, costs and targets say of a past date is what was said on its evening."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.dbt_project.managed_company import AS_OF, SELECT, company

THEN = date(2023, 11, 30)
TABLES = {
    "marts.manager_scorecard": "* exclude (build_id)",
    "marts.manager_scorecard_parts": "* exclude (build_id)",
    "marts.maintenance_cost": "* exclude (build_id, is_current)",
    "marts.maintenance_cost_by_tier": "* exclude (build_id)",
    "marts.kpi_scorecard": "* exclude (build_id)",
}


@pytest.mark.verify
def test_the_past_is_told_as_it_was(world, tmp_path):
    made = company(world, tmp_path)

    def told() -> dict[str, pd.DataFrame]:
        return {
            table: made.read(
                f"select {columns} from {table} "
                f"where {'month_end' if 'kpi' in table else 'as_of_date'} <= '{THEN}' order by all"
            )
            for table, columns in TABLES.items()
        }

    made.build(AS_OF, SELECT, data_tests=False)
    later = told()
    made.build(THEN, SELECT, data_tests=False)
    for table, rows in told().items():
        assert len(rows) > 5, table
        pd.testing.assert_frame_equal(rows, later[table], obj=table)
