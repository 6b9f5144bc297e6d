"""The figures that managers quote: described, and MetricFlow's answers equal to plain SQL written apart from them."""

from __future__ import annotations

import shutil

import duckdb
import pytest
import yaml

from include.cli.main import main
from include.metrics.semantic import MetricUnknown, Question, SemanticLayer, _condition
from tests.dbt_project import shop
from tests.dbt_project.test_value_drivers import company
from tests.dbt_project.warehouse_by_hand import PROJECT

DEFINITIONS = yaml.safe_load((PROJECT / "models/semantic/metrics.yml").read_text(encoding="utf-8"))["metrics"]
QUOTED = [metric for metric in DEFINITIONS if metric["config"]["meta"]["quoted"]]
AT_THE_LAST_DATE = """
    with dates as (select max(as_of_date) as as_of_date from ops.as_of_dates group by date_trunc('month', as_of_date))
    select date_trunc('month', as_of_date) as month, {figure} as value
    from {table} join dates using (as_of_date) {where} group by 1
"""
IN_THE_MONTH = "select date_trunc('month', {day}) as month, {figure} as value from {table} {where} group by 1"


def at_date(figure: str, table: str = "core.customer_metrics", where: str = "") -> str:
    return AT_THE_LAST_DATE.format(figure=figure, table=table, where=where)


def in_month(figure: str, table: str = "core.fct_orders", day: str = "ordered_on", where: str = "") -> str:
    return IN_THE_MONTH.format(figure=figure, table=table, day=day, where=where)


PLAIN_SQL = {
    "active_customers": at_date("count(*) filter (where orders_12m > 0)"),
    "buyers": at_date("count(*) filter (where first_purchase_on is not null)"),
    "new_customers": "select date_trunc('month', day) as month, count(*) as value from (select min(ordered_on) as day "
    "from core.fct_orders where kind = 'sale' and customer_id is not null group by customer_id) group by 1",
    "orders": in_month("count(*) filter (where kind = 'sale')"),
    "gross_revenue": in_month("sum(gross_revenue)"),
    "net_revenue": in_month("sum(gross_revenue - returned_amount + adjustment_amount)"),
    "average_order_value": in_month("sum(gross_revenue)::double / count(*) filter (where kind = 'sale')"),
    "gross_margin_12m": at_date("sum(gross_margin_12m)"),
    "profit_12m": at_date("sum(profit_12m)"),
    "repurchase_rate": at_date(
        "count(*) filter (where purchase_days_lifetime >= 2)::double / count(first_purchase_on)"
    ),
    "return_rate": in_month("sum(returned_amount)::double / sum(gross_revenue)"),
    "discount_share": in_month(
        "sum(discount_amount)::double / sum(gross_revenue + discount_amount)", where="where discount_amount is not null"
    ),
    "retention_rate": """
        with moves as (
            select as_of_date, stage, lag(stage) over (partition by customer_id order by as_of_date) as stage_before
            from marts.lifecycle_stage where is_month_end and unit_kind = 'customer'
        )
        select date_trunc('month', as_of_date) as month, avg((stage <> 'lost')::int) as value
        from moves where stage_before not in ('prospect', 'lost') group by 1""",
    "lost_customers": """
        with moves as (
            select as_of_date, stage, lag(stage) over (partition by customer_id order by as_of_date) as stage_before
            from marts.lifecycle_stage where is_month_end and unit_kind = 'customer'
        )
        select date_trunc('month', as_of_date) as month,
            count(*) filter (where stage = 'lost' and coalesce(stage_before, 'new') <> 'lost') as value
        from moves group by 1""",
    **{
        name: f"""
        with moves as (
            select as_of_date, tier_level,
                lag(tier_level) over (partition by customer_id order by as_of_date) as level_before
            from marts.customer_tiers where is_month_end
        )
        select date_trunc('month', as_of_date) as month, avg((tier_level {sign} level_before)::int) as value
        from moves where level_before is not null group by 1"""
        for name, sign in {"upgrade_rate": "<", "downgrade_rate": ">"}.items()
    },
    "top_tier_revenue_share": at_date(
        "sum(net_revenue_12m) filter (where tier_level = 1)::double / sum(net_revenue_12m)",
        "(select as_of_date, net_revenue_12m, tier_level from core.customer_metrics "
        "left join marts.customer_tiers using (customer_id, as_of_date))",
    ),
    "top_5_revenue_share": at_date("max(top_5_share)", "marts.value_concentration", "where measure = 'revenue'"),
    "complaint_rate": """
        select month, count(ticket_id)::double / nullif(max(orders), 0) as value
        from (select date_trunc('month', ordered_on) as month, count(*) filter (where kind = 'sale') as orders
            from core.fct_orders group by 1)
        left join core.fct_tickets on date_trunc('month', opened_on) = month and fct_tickets.kind = 'complaint'
        group by 1""",
    "nps": in_month(
        "avg(case when score >= 9 then 100.0 when score <= 6 then -100 else 0 end)",
        "core.fct_surveys",
        "answered_on",
        "where kind = 'nps' and score is not null and answered_on is not null",
    ),
    "expected_clv_12m": at_date("avg(clv_12m)", "marts.clv_scores"),
}


def test_twenty_figures_are_quoted_and_each_says_what_it_is():
    assert len(QUOTED) >= 20 and set(PLAIN_SQL) == {metric["name"] for metric in QUOTED}
    for metric in DEFINITIONS:
        assert metric["label"] and len(metric["description"]) > 10 and metric["config"]["meta"]["unit"], metric["name"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("tier = gold", "gold has no quotes"),
        ("tier = asked", "asked has no quotes"),
        ("tier in ('gold', silver)", "silver has no quotes"),
        ("tier = 'gold' and region = 'North'", "region has no quotes.* a --where of its own; all of them hold"),
        ("tier = 'gold' or tier = 'silver'", r"One of several values is tier in \('…', '…'\)"),
        ("tier = 'gold' or region = 'North'", "ask twice"),
        ("tier =", "syntax error"),
        ("tier", "a dimension, a comparison and a value"),
        ("tiers = 'gold'", "cannot be asked by tiers"),
    ],
)
def test_a_condition_that_is_none_says_how_to_write_it(words, told):
    with pytest.raises(MetricUnknown, match=told) as problem:
        _condition(words, ["customer_at_date__tier", "metric_time"])
    shown = str(problem.value)
    assert words in shown or "customer_at_date__tier" in shown
    assert "--where \"tier = 'gold'\"" in shown or "They can by" in shown


@pytest.mark.parametrize("words", ["tier = 'gold'", "tier='gold'", "tier in ('gold', 'it''s')", "tier is not null"])
def test_a_condition_is_taken(words):
    asked = _condition(words, ["customer_at_date__tier", "metric_time"])
    assert asked == "{{ Dimension('customer_at_date__tier') }} " + words.removeprefix("tier").strip()


def test_what_cannot_be_asked_ends_with_two(home, capsys):
    """A day that is none is told with how to write it; a workspace that has nothing yet is no wrong question."""
    with pytest.raises(SystemExit) as ended:
        main(["metrics", "query", "orders", "--from", "2024-13-01"])
    assert ended.value.code == 2 and "--from: '2024-13-01' is no day. Write it as YYYY-MM-DD" in capsys.readouterr().err
    assert main(["metrics", "query", "orders"]) == 1
    assert "Run it first" in capsys.readouterr().err


@pytest.mark.verify
def test_metricflow_answers_as_plain_sql_does(world, dbt):
    """Every quoted figure by month, of tables that lie as a version has them."""
    made = company(world, "subscriptions", "service_costs", "payments", "surveys", "tickets")
    made.build(shop.LAST_DAY, data_tests=False)
    fill_scores(made)
    dbt("parse")
    answers = {}
    with dbt.environment():
        made.workspace.dbt_target.mkdir(parents=True, exist_ok=True)
        if dbt.target != made.workspace.dbt_target:
            shutil.copy(dbt.target / "semantic_manifest.json", made.workspace.dbt_target)
        layer = SemanticLayer(made.workspace)
        with duckdb.connect() as connection:
            connection.execute(f"attach '{made.workspace.warehouse}' as warehouse (read_only)")
            tables = (
                "select schema_name, table_name from duckdb_tables() where schema_name in ('core', 'marts') order by 1"
            )
            for schema, table in connection.execute(tables).fetchall():
                connection.execute(f'create or replace view "{table}" as from warehouse.{schema}."{table}"')
            for name in PLAIN_SQL:
                rows = connection.execute(layer.sql(Question((name,), ("month",)))).fetchall()
                answers[name] = {month.date().isoformat(): value for month, value in rows if month is not None}
        with pytest.raises(MetricUnknown, match=r"no figure is named profits\. There are: .*net_revenue"):
            layer.sql(Question(("profits",)))
        with pytest.raises(
            MetricUnknown, match=r"--where tier = gold: gold has no quotes.* It can be asked by: .*__tier"
        ):
            layer.sql(Question(("active_customers",), where=("tier = gold",)))
    for name, sql in PLAIN_SQL.items():
        rows = made.read(sql)
        expected = {row.month.date().isoformat(): row.value for row in rows.itertuples() if row.month == row.month}
        for month in expected.keys() | answers[name].keys():
            ours, theirs = expected.get(month), answers[name].get(month)
            missing = ours is None or ours != ours
            assert (missing and not theirs) or float(theirs) == pytest.approx(float(ours), rel=1e-9), (name, month)
        assert any(value for value in answers[name].values()), name


def fill_scores(made) -> None:
    """Expected values as if a model had scored: MetricFlow reads what the mart holds."""
    made.execute(
        "update marts.clv_scores set clv_12m = hash(customer_id) % 1000 / 4; "
        "insert into marts.clv_scores (customer_id, as_of_date, clv_12m) select customer_id, as_of_date, "
        "length(customer_id) + rank from (select customer_id, as_of_date, metric_rank % 7 as rank "
        "from marts.customer_tiers) where not exists (select 1 from marts.clv_scores)"
    )
