"""The headline figures of a published version, read by short SQL: what the result page and the terminal show."""

from __future__ import annotations

from dataclasses import dataclass

from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.warehouse.connection import open_published
from include.workspace import Workspace


@dataclass(frozen=True)
class HeadlineFigures:
    """Figures of the current as-of date. Money is in `currency`; shares are 0..1.

    `tiers` holds (tier, customers, share of 12-month net revenue), best first; `moves` (from, to, customers, share)
    of the latest month-end; `clv` one expected 12-month margin a customer; `churn` one row a lead: (lead in days,
    customers scored, customers at high risk, reason where none is scored). `lacking` names columns that a version of
    an earlier release does not have: what is read from them is empty, and money is then in no named currency.
    """

    as_of: object
    currency: str
    customers: int
    buyers: int
    net_revenue: float
    tiers: list[tuple]
    moves: list[tuple]
    clv: list[float]
    churn: list[tuple]
    lacking: tuple[str, ...] = ()


def headline_figures(workspace: Workspace) -> HeadlineFigures:
    """The figures of the current version, which an earlier release may have published.

    Raises
    ------
    NotInVersion: it lacks customers, tiers, orders or its own date.
    """
    lacking: list[str] = []
    with open_published(workspace.published_file) as connection:

        def one(query: str) -> object:
            with of_any_release():
                return connection.execute(query).fetchone()[0]

        def rows(query: str) -> list[tuple]:
            try:
                with of_any_release():
                    return connection.execute(query).fetchall()
            except NotInVersion as problem:
                lacking.append(problem.what)
                return []

        now = "(select as_of_date from published_version)"
        currency = rows("select currency from published_version where currency is not null")
        return HeadlineFigures(
            as_of=one(f"select {now}"),
            currency=currency[0][0] if currency else "money",
            customers=one("select count(*) from dim_customer"),
            buyers=one(f"select count(*) from customer_tiers where as_of_date = {now}"),
            net_revenue=float(one("select coalesce(sum(net_revenue), 0) from fct_orders")),
            tiers=rows(
                f"""
                select tier, count(*), coalesce(sum(metrics.net_revenue_12m) / nullif(sum(sum(metrics.net_revenue_12m))
                    over (), 0), 0)::double
                from customer_tiers join customer_metrics as metrics using (customer_id, as_of_date)
                where as_of_date = {now} group by tier, tier_level order by tier_level
                """
            ),
            moves=rows(
                """
                select from_tier, to_tier, customers, share_of_from_tier from tier_migration
                where as_of_date = (select max(as_of_date) from tier_migration) order by all
                """
            ),
            clv=[
                float(value)
                for (value,) in rows(
                    f"select clv_12m from clv_scores where as_of_date = {now} and clv_12m is not null order by 1"
                )
            ],
            churn=rows(
                f"""
                select lead_days, count(churn_probability), count(*) filter (risk_level = 1), max(score_reason)
                from churn_scores left join churn_risk_tiers using (customer_id, as_of_date, lead_days)
                where as_of_date = {now} group by 1 order by 1
                """
            ),
            lacking=tuple(lacking),
        )
