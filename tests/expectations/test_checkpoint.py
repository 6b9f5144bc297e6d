"""The gate: what it lets through, what it stops, and what it tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expectations.checkpoint import AUDITED_LAYERS, QualityGateFailed, run_checkpoint
from expectations.contract_suites import with_contract_rules
from expectations.results import audited_layers, quality_counts
from expectations.suite_reader import SuiteInvalid, read_suites
from include.publishing.publish import PublishRefused, publish_version
from include.publishing.versions import current_version
from include.warehouse.builds import current_build, finish_layer
from include.warehouse.connection import open_warehouse
from tests.expectations import (
    tiny_actions,
    tiny_behaviour,
    tiny_campaigns,
    tiny_drivers,
    tiny_experiments,
    tiny_explained,
    tiny_facts,
    tiny_lifecycle,
    tiny_managers,
    tiny_purchases,
    tiny_relations,
    tiny_service,
    tiny_voice,
    tiny_warnings,
)
from tests.expectations.tiny_warehouse import AS_OF, BUILD, PERSON, corrupt, empty_warehouse
from tests.publishing.audited import let_through

# Each statement breaks rules of its layer; together they break every one.
_HARM = {
    "raw": """
        insert into raw.customers select * from raw.customers;
        insert into raw.customers (source, customer_key, email) values ('shop', null, 'eve@example.com');
        insert into raw.orders select * from raw.orders;
        insert into raw.orders (source, order_key, customer_key, kind) values ('shop', '9', 'nobody', 'gift');
        insert into raw.order_items select * from raw.order_items;
        insert into raw.order_items (source, order_item_key, order_key, product_key, kind)
            values ('shop', 'z', 'none', 'q', 'gift');
        insert into raw.products select * from raw.products;
        insert into raw.products (source, product_key, unit_cost) values ('shop', 'r', -1);
        insert into raw.products (source, name) values ('shop', 'keyless');
        insert into raw.campaigns (source, campaign_key) values ('shop', 'm'), ('shop', 'm'), ('shop', null);
        insert into raw.campaign_touches (source, touch_key, campaign_key)
            values ('shop', 't', 'n'), ('shop', 't', 'n'), ('shop', null, 'm');
        insert into ops.load_ledger values ('2', 'shop', 'items', 10, 1, 1, 1, 0, 1, 0, '2020-03-06', 'load', 0, 0);
        insert into raw.orders (source, order_key, kind, amount, ordered_on, _loaded_at)
            values ('shop', '10', 'return', 5, '2020-03-08', '2020-03-06');
        insert into raw.surveys (source, survey_answer_key, kind, score)
            values ('shop', 's', 'csat', 10), ('shop', 's', 'csat', 10);
        insert into raw.feedback (source, feedback_key, rating) values ('shop', 'f', 0), ('shop', 'f', 0);
        insert into ops.mapped_columns values ('shop', 'items', 'order_items', 'order_item_key', '_row_id');
        insert into ops.landed_files
            values ('shop', 'items', 'a.csv', 'h', 'd', '1', 2), ('shop', 'items', 'b.csv', 'h', 'd', '1', 2);
        insert into core.customer_xref select * from core.customer_xref;
        insert into core.customer_xref values ('shop', 'd', null, null, 3, false);
    """,
    "facts": """
        insert into core.dim_customer select * from core.dim_customer;
        insert into core.dim_customer (customer_id, known_on) values (null, '2020-03-05');
        insert into core.fct_orders select * from core.fct_orders;
        insert into ops.currencies values ('JPY', 'JPY', false);
        insert into raw.exchange_rates (source, exchange_rate_key, currency, rate) values ('shop', 'j', 'JPY', -1);
        insert into int.int_currencies__without_rate values
            ('shop', 'orders', 'JPY', '2020-02-20', '2020-02-20', 1, 0.5),
            ('shop', 'orders', 'XAF', '2020-02-20', '2020-02-20', 1, 0.001);
        insert into core.fct_orders (order_id, customer_id, ordered_on, kind, gross_revenue, net_revenue)
            values (null, 'c9', '2020-03-05', 'gift', -1, 3);
        insert into core.fct_order_items select * from core.fct_order_items;
        insert into core.dim_product select * from core.dim_product;
        insert into core.dim_product values (null);
        insert into core.dim_date select * from core.dim_date;
        delete from core.dim_date where date_day = '2020-02-02';
        update core.dim_date set is_month_end = true where date_day = '2020-02-03';
        insert into core.customer_metrics select * from core.customer_metrics;
        insert into core.customer_metrics (customer_id, as_of_date, recency_days, orders_lifetime, orders_12m)
            values (null, '2020-03-31', -1, -1, 1);
        insert into core.account_metrics select * from core.account_metrics;
        insert into core.account_metrics values ('account', 'shop:b', '2020-03-31', 1, 2, 0);
    """
    + tiny_facts.HARM
    + tiny_relations.HARM_TO_FACTS
    + tiny_explained.HARM_TO_FACTS
    + tiny_voice.HARM_TO_FACTS,
    "scores": """
        insert into scores.churn_scores select * from scores.churn_scores;
        insert into scores.churn_scores (customer_id, as_of_date, lead_days, churn_probability, score_reason)
            values ('c9', '2020-02-29', 90, 1.5, 'because');
        insert into scores.clv_scores select * from scores.clv_scores;
        update scores.clv_scores set clv_12m_low = 100, clv_12m_high = 200;
        insert into scores.clv_scores
            (customer_id, as_of_date, probability_alive, expected_purchases_12m, expected_spend, clv_12m)
            values ('c9', '2020-02-29', 1.5, 400, -1, 1), ('c8', '2020-02-29', 0, 0, 0, null);
    """
    + tiny_behaviour.HARM_TO_SCORES,
    "marts": """
        insert into marts.customer_tiers select * replace ('b' as build_id) from marts.customer_tiers;
        insert into marts.customer_tiers (customer_id, as_of_date, is_month_end, metric, metric_value, qualified_tier)
            values ('c9', '2020-02-29', true, 'net_revenue_12m', 0, 'diamond'),
                ('c8', '2020-02-29', true, 'm', 1, 'gold');
        update marts.customer_tiers set tier = 'copper' where customer_id = 'c1';
        update marts.customer_tiers set rule = 'hold' where customer_id = 'c8';
        insert into policy.tier_holds (customer_id, held_from, held_to)
            values ('c2', '2020-02-01', '2020-03-01'), ('c77', '2020-02-01', '2020-03-01');
        insert into marts.value_index select * from marts.value_index;
        insert into marts.value_index values ('c9', '2020-02-29', 500, 0.1);
        insert into marts.value_matrix select * from marts.value_matrix;
        update marts.value_matrix set value = null, value_is_high = true, quadrant = 'cow';
        insert into marts.value_concentration select * replace (0 as total) from marts.value_concentration;
        insert into marts.tier_conversion select * replace (3 as customers_before) from marts.tier_conversion;
        insert into marts.tier_history select * from marts.tier_history;
        update marts.tier_migration set share_of_from_tier = 0.5, customers = 7;
        insert into marts.rfm_scores select * from marts.rfm_scores;
        insert into marts.rfm_scores (customer_id, as_of_date, r_score) values ('c7', '2020-02-29', 6);
        update marts.churn_scores set churn_probability = 2;
        insert into marts.churn_risk_tiers values ('c1', '2020-02-29', 90, 'dire');
        update marts.clv_scores set clv_12m = 0, as_of_date = '2020-03-31';
        insert into marts.clv_tiers values ('c1', '2020-02-29', 'dire');
        insert into marts.churn_causes select * replace (9 as lost_with_signal, null as team) from marts.churn_causes;
        insert into marts.churn_by_group select * replace (7 as customers) from marts.churn_by_group;
        insert into marts.model_quality select * from marts.model_quality;
        insert into marts.model_quality values ('2020-02-29', 'clv', null, null, null, null);
        insert into marts.model_quality values ('2020-02-29', 'clv', 'brier', null, 2, null);
        insert into marts.model_monitor select * from marts.model_monitor;
        insert into marts.model_monitor select * replace (null as psi, true as is_beyond) from marts.model_monitor;
        insert into marts.model_monitor select * replace (-1 as psi) from marts.model_monitor;
        insert into marts.data_health select * replace (false as passed) from marts.data_health;
        insert into marts.data_health select * replace ('blocking' as severity) from marts.data_health;
        insert into marts.data_health_summary select * replace (false as passed) from marts.data_health_summary;
        insert into marts.data_health_summary select * replace ('blocking' as severity) from marts.data_health_summary;
        insert into marts.points_balance select * replace (-1 as balance_points) from marts.points_balance;
        insert into marts.customer_milestones select * from marts.customer_milestones;
        update marts.customer_milestones set reached_on = '2020-03-31';
        insert into marts.tier_benefits select * from marts.tier_benefits;
        insert into marts.acquisition_funnel select * from marts.acquisition_funnel;
        insert into marts.channel_quality select * replace (-1 as acquisition_cost) from marts.channel_quality;
        insert into marts.ltv_cac select * replace (null as is_under_minimum) from marts.ltv_cac;
        insert into marts.long_tail select * replace (null as months_low) from marts.long_tail;
        insert into marts.account_value select * replace (101 as health_score) from marts.account_value;
        insert into marts.account_review values ('shop:n', '2020-02-29'), ('shop:n', '2020-02-29');
    """
    + tiny_lifecycle.HARM
    + tiny_drivers.HARM
    + tiny_managers.HARM
    + tiny_warnings.HARM
    + tiny_campaigns.HARM
    + tiny_actions.HARM
    + tiny_service.HARM
    + tiny_purchases.HARM
    + tiny_experiments.HARM
    + tiny_behaviour.HARM
    + tiny_voice.HARM
    + tiny_relations.HARM_TO_MARTS
    + tiny_explained.HARM_TO_MARTS,
}


def _harm(workspace, layer: str) -> None:
    with open_warehouse(workspace) as connection:
        for statement in filter(str.strip, _HARM[layer].split(";")):
            connection.execute(statement)


def _failed(outcome) -> set[tuple[str, str, str | None]]:
    return {
        (f"{one.schema_name}.{one.table_name}", one.expectation, one.column_name)
        for one in outcome.results
        if not one.passed
    }


@pytest.fixture
def audit(workspace):
    def run(layer: str, build: str = BUILD):
        return run_checkpoint(workspace, layer, build, progress=lambda _: None)

    return run


@pytest.mark.parametrize("layer", AUDITED_LAYERS)
def test_every_shipped_rule_holds_and_every_one_can_fail(workspace, audit, layer):
    sound = audit(layer)
    assert _failed(sound) == set()
    _harm(workspace, layer)
    with pytest.raises(QualityGateFailed) as stopped:
        audit(layer)
    suites = read_suites(layer)
    if layer == "raw":
        with open_warehouse(workspace, read_only=True) as connection:
            suites = with_contract_rules(connection, suites)
    rules = {(suite.table, rule.title, ", ".join(rule.columns) or None) for suite in suites for rule in suite.rules}
    assert _failed(stopped.value.outcome) == rules


def test_empty_tables_are_let_through(workspace, audit):
    """Empty input gives empty marts, and those are published."""
    empty_warehouse(workspace)
    for layer in AUDITED_LAYERS:
        assert audit(layer).failed_blocking == 0


def test_a_blocking_failure_leaves_what_is_published(workspace, audit):
    let_through(workspace, BUILD)
    publish_version(workspace, BUILD, AS_OF, progress=lambda _: None)
    corrupt(workspace, "update ops.current_build set build_id = 'b'")
    corrupt(workspace, "update marts.customer_tiers set build_id = 'b', tier = 'copper' where customer_id = 'c2'")
    let_through(workspace, "b", AUDITED_LAYERS[:3])
    with pytest.raises(QualityGateFailed) as stopped:
        audit("marts", "b")
    told = str(stopped.value)
    assert "marts.customer_tiers: tier_not_in_policy: 1 unexpected row, among them customer_id, as_of_date: c2" in told
    assert "expectations/suites/marts/customer_tiers.yml:" in told
    assert str(workspace.quality / "index.html") in told
    with pytest.raises(PublishRefused, match="no passed audit of marts"):
        publish_version(workspace, "b", AS_OF)
    assert current_version(workspace).build_id == BUILD


def test_a_warning_is_told_and_lets_through(workspace, audit):
    corrupt(workspace, "update raw.products set unit_cost = -1")
    outcome = audit("raw")
    assert (outcome.failed_warning, outcome.failed_blocking) == (1, 0)
    assert any(one.severity == "warning" and not one.passed and one.unexpected_rows == 1 for one in outcome.results)


def test_a_channel_that_was_credited_more_than_it_cost_stops_nothing(workspace, audit):
    corrupt(workspace, "update marts.channel_quality set acquisition_cost = -1")
    outcome = audit("marts")
    assert (_failed(outcome), outcome.failed_blocking) == (
        {("marts.channel_quality", "expect_column_values_to_be_between", "acquisition_cost")},
        0,
    )


def test_what_is_good_passes_rules_that_stop_what_looks_like_it(workspace, audit):
    """Two people, each with an open action, are found to be one; a cost is booked for a contact of the year before,
    and some are credited; over the weekend a ticket waits whose time was used up when the office closed on Friday.
    """
    for day in ("2020-01-31", AS_OF.isoformat()):
        corrupt(
            workspace,
            f"insert into marts.customer_actions select * replace ('{day}' as action_key, 'earlier' as build_id, "
            f"'{day}' = '{AS_OF}' as is_decided_now) from marts.customer_actions where action_key = 'x1'",
        )
    corrupt(workspace, "update marts.action_batches set actions = actions + 1")
    corrupt(workspace, "update core.fct_contacts set started_on = '2018-12-31', cost = 2.5")
    corrupt(
        workspace,
        "insert into core.fct_service_costs (service_cost_id, customer_id, incurred_on, amount, contact_id) "
        "values ('t', 'c1', '2020-02-11', 2, 'shop:1'), ('u', 'c1', '2020-02-12', 1, 'shop:2')",
    )
    for credit in (
        "core.fct_contacts (contact_id, started_on, cost) values ('shop:2', '2020-02-12', -0.5), "
        "('shop:3', '2020-02-12', -0.25)",
        "core.fct_tickets (ticket_id, opened_on, compensation_amount) values ('shop:9', '2020-02-12', -0.125)",
        "int.int_customer__campaign_days values ('g2', -1)",
        "core.fct_marketing_spend (spend_id, amount) values ('shop:2', -0.0625)",
    ):
        corrupt(workspace, f"insert into {credit}")
    for table in ("maintenance_cost", "maintenance_cost_by_tier"):
        corrupt(workspace, f"update marts.{table} set cost_to_serve = 3 + 2 - 2.5 + 1 - 0.25 - 0.125 - 1 - 0.0625")
    corrupt(workspace, "update marts.maintenance_cost set people_cost = cost_to_serve")
    corrupt(
        workspace,
        "insert into marts.ticket_sla select * replace ('t2' as subject_id, 'running' as status, 'office' as runs, "
        "timestamp '2020-02-21 17:00' as due_at) from marts.ticket_sla",
    )
    outcome = audit("marts")
    assert outcome.failed_blocking == 0
    assert _failed(outcome) == {("marts.customer_actions", "two_are_open_of_any_build", None)}, "the one of two is told"


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        ("insert into marts.customer_actions select * replace ('x2' as action_key) from marts.customer_actions", "two"),
        ("insert into core.fct_service_costs (incurred_on, amount) values ('2020-02-11', 0.01)", "does_not_close"),
    ],
)
def test_what_only_looks_like_it_is_stopped(workspace, audit, harm, rule):
    corrupt(workspace, harm)
    with pytest.raises(QualityGateFailed, match=rule):
        audit("marts")


def test_another_audit_of_the_same_layer_replaces_the_first(workspace, audit):
    corrupt(workspace, "update raw.products set unit_cost = -1")
    first = audit("raw")
    corrupt(workspace, "update raw.products set unit_cost = 1")
    audit("raw")
    with open_warehouse(workspace) as connection:
        counts = quality_counts(connection, BUILD)
        assert audited_layers(connection, BUILD) == ("raw",)
    assert counts == {"passed": len(first.results), "failed_warning": 0, "failed_blocking": 0}


def test_an_audit_does_not_count_for_rows_that_were_built_after_it(workspace, audit):
    audit("scores")
    with open_warehouse(workspace) as connection:
        finish_layer(connection, current_build(connection), "marts")
        assert audited_layers(connection, BUILD) == ()
    audit("scores")
    with open_warehouse(workspace) as connection:
        assert audited_layers(connection, BUILD) == ("scores",)


def test_a_rule_that_cannot_be_evaluated_stops_the_run(workspace, audit, tmp_path):
    own = tmp_path / "own"
    (own / "raw").mkdir(parents=True)
    (own / "raw" / "customers.yml").write_text(
        "table: raw.customers\nkey: [source, _table, _file, _line]\nrules:\n"
        "  - {expect: unexpected_rows, name: odd, why: w, "
        'query: "select _line from {batch} where email::integer > 0"}\n'
    )
    with pytest.raises(QualityGateFailed, match=r"odd: could not be evaluated: .*Conversion Error"):
        run_checkpoint(replace(workspace, expectations=own), "raw", BUILD, progress=lambda _: None)


def test_a_suite_that_does_not_fit_leaves_no_results(workspace, audit):
    corrupt(workspace, "alter table core.fct_orders rename column net_revenue to revenue")
    with pytest.raises(SuiteInvalid, match="net_revenue"):
        audit("facts")
    with open_warehouse(workspace) as connection:
        assert audited_layers(connection, BUILD) == ()


def test_no_personal_value_is_told_anywhere(workspace, audit):
    """Planted in rows that break rules: neither pages nor results nor messages may repeat them."""
    planted = [*PERSON.values(), "1980", "eve@example.com"]
    told = []
    for layer in ("raw", "facts"):
        _harm(workspace, layer)
        with pytest.raises(QualityGateFailed) as stopped:
            audit(layer)
        told.append(str(stopped.value))
    told += [path.read_text() for path in workspace.quality.rglob("*") if path.is_file()]
    assert len(told) > 10
    with open_warehouse(workspace) as connection:
        told.append(str(connection.execute("from ops.quality_results").fetchall()))
    assert [value for value in planted for text in told if value in text] == []
