"""A night without news ends early, and a correction of an old order reaches past month-ends."""

from __future__ import annotations

from datetime import date

from include.pipeline import steps
from include.warehouse.connection import open_published
from tests.pipeline.conftest import run_chain


def test_a_corrected_old_order_is_news_and_changes_past_month_ends(company):
    run_chain(company)
    with open_published(company.published_file) as connection:
        as_of = connection.execute("select as_of_date from published_version").fetchone()[0]
    assert steps.news(company, as_of) is None
    steps.load(company, "batch-2", lambda line: None)
    assert steps.news(company, as_of) is None
    assert steps.news(company, date(2024, 1, 31)) == f"the published version is for {as_of}"

    sales = company.data / "sales.csv"
    header, first, *others = sales.read_text().splitlines()
    cells = first.split(";")
    paid = header.split(";").index("paid")
    day = date.fromisoformat(cells[header.split(";").index("at")][:10])
    cells[paid] = str(round(float(cells[paid]) + 1000, 2))
    sales.write_text("\n".join([header, ";".join(cells), *others]) + "\n")
    steps.load(company, "batch-3", lambda line: None)
    assert steps.news(company, as_of) == "rows came or went in shop/sales"

    with open_published(company.published_file) as connection:
        before = _revenue(connection)
    run_chain(company, batch_id="batch-4")
    with open_published(company.published_file) as connection:
        after = _revenue(connection)
    moved = {month: round(after[month] - before[month], 2) for month in before}
    assert moved == {month: 1000 if month >= day else 0 for month in before}
    assert sum(1 for month in moved if day <= month < as_of) > 6
    assert steps.news(company, as_of) is None


def _revenue(connection) -> dict[date, float]:
    query = "select as_of_date, sum(net_revenue_lifetime) from customer_metrics group by 1"
    return {month: float(total) for month, total in connection.execute(query).fetchall()}
