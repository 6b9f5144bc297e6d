"""The short result that `tierworks run` prints when the chain has ended."""

from __future__ import annotations

from include.publishing.earlier_releases import NotInVersion
from include.reporting.airflow_share import AirflowShare
from include.reporting.figures import headline_figures
from include.reporting.model_quality import model_quality
from include.reporting.status import workspace_status
from include.workspace import Workspace


def print_result(workspace: Workspace, share: AirflowShare) -> None:
    figures, models, status = headline_figures(workspace), model_quality(workspace), workspace_status(workspace)
    ledger, quality, waiting = status["ledger"]["totals"], status["quality"], status["ledger"]["open"]
    quarantine = f"tierworks quarantine --workspace {workspace.name}"
    money = f"{figures.net_revenue:,.2f} {figures.currency} net"
    lines = [
        f"{workspace.name}, as of {figures.as_of}: {figures.customers:,} customers, {money}",
        *(
            f"  {tier:<10} {customers:>9,} customers   {revenue:6.1%} of the last 12 months' net revenue"
            for tier, customers, revenue in figures.tiers
        ),
        *(f"  churn      {lead.words}" for lead in models.churn),
        f"  CLV        {models.clv_words}",
        f"  ledger     {ledger['rows_read']:,} read = {ledger['rows_accepted']:,} accepted + "
        f"{ledger['rows_unchanged']:,} unchanged + {ledger['rows_quarantined']:,} quarantined",
        *([f"  quarantine {waiting:,} rows wait for a fix: {quarantine}"] if waiting else []),
        f"  quality    {quality['passed']} checks passed, {quality['failed_blocking']} blocking and "
        f"{quality['failed_warning']} warning failures",
        f"  data docs  {status['data_docs']}",
        f"  time       {share.wall:.0f} s: work {share.work:.0f}, imports {share.imports:.0f}, "
        f"Airflow {share.airflow:.0f} ({share.share:.0%})",
        *(f"  {NotInVersion(column)}" for column in figures.lacking),
        f"  published  {workspace.published_file}",
        f"  result     {status['result_page']}",
        f"`make up WORKSPACE={workspace.name}` opens dashboard, Airflow, MLflow, dictionary, dbt docs and Data Docs; "
        f"`make status WORKSPACE={workspace.name}` tells what is there.",
    ]
    print("\n".join(lines))
