"""One self-contained HTML page about the published version: no script, no outside request."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from include.publishing.earlier_releases import NotInVersion
from include.reporting.figures import HeadlineFigures, headline_figures
from include.reporting.model_quality import ModelQuality, model_quality
from include.reporting.plots import calibration_curve, movement_grid, tier_bars, value_histogram
from include.reporting.status import workspace_status
from include.workspace import Workspace

_STYLE = """
:root{color-scheme:light;--ink:#22303c;--soft:#5b6b7a;--line:#e3e9ee}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:1080px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .3rem}p{margin:.2rem 0;color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:.8rem 2.2rem;margin:1.2rem 0;padding:0}
.facts li{list-style:none}.facts b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.facts span{color:var(--soft);font-size:.85rem}
.grid+h2{margin-top:1.6rem}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:1.2rem}
figure{margin:0;border:1px solid var(--line);border-radius:8px;padding:1rem}svg{width:100%;height:auto}
figcaption{color:var(--soft);font-size:.85rem}table{border-collapse:collapse;width:100%;margin-top:.6rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
td.n,th.n{text-align:right}footer{margin:2rem 0;color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
@media(max-width:520px){.grid{grid-template-columns:1fr}}
"""


def result_path(workspace: Workspace) -> Path:
    return workspace.rebuildable / "result.html"


def write_result_page(workspace: Workspace) -> str:
    """Write `result.html` for the published version, swapped in whole; returns its path."""
    figures, models, status = headline_figures(workspace), model_quality(workspace), workspace_status(workspace)
    target = result_path(workspace)
    draft = target.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(_page(workspace, figures, models, status), encoding="utf-8")
    os.replace(draft, target)
    return str(target)


def _page(workspace: Workspace, figures: HeadlineFigures, models: ModelQuality, status: dict) -> str:
    quality, ledger = status["published_version"]["quality"], (status["ledger"] or {}).get("totals", {})
    facts = [
        (f"{figures.customers:,}", "customers"),
        (f"{figures.buyers:,}", "have bought"),
        (f"{figures.net_revenue:,.0f}", f"net revenue, {figures.currency}, whole history"),
        (f"{quality['passed']:,} / {quality['failed_blocking'] + quality['failed_warning']}", "checks passed / failed"),
        (f"{ledger['rows_read']:,}" if ledger else "–", "source rows read"),
        (f"{ledger['rows_quarantined']:,}" if ledger else "–", "rows in quarantine"),
    ]
    plots = [
        (
            "Tiers and their shares",
            tier_bars(figures.tiers),
            "Customers and net revenue of the last 12 months by tier.",
        ),
        (
            "Tier movement",
            movement_grid(figures.moves, [tier for tier, _, _ in figures.tiers]),
            "Where the customers of each tier of the month-end before are now. Demotion waits out its grace period.",
        ),
        _churn_plot(models),
        (
            "Lifetime value",
            value_histogram(figures.clv, figures.currency),
            "Expected margin of the next 12 months a customer, discounted.",
        ),
    ]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Tierworks: {escape(workspace.name)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(workspace.name.replace("_", " ").title())}</h1>
<p>What was known at the end of {figures.as_of}. Build {escape(status["build_id"])}.</p>
{_lacking(figures.lacking)}
<ul class="facts">{"".join(f"<li><b>{value}</b><span>{escape(label)}</span></li>" for value, label in facts)}</ul>
<div class="grid">{"".join(_figure(*plot) for plot in plots)}</div>
<h2>Models</h2>{_model_table(models, figures)}
<footer>Published file: {escape(str(workspace.published_file))}<br>
Data Docs: {escape(status["data_docs"] or "not built")}<br>
MLflow store: {escape(status["mlflow"])}</footer>
</body></html>
"""


def _lacking(columns: tuple[str, ...]) -> str:
    told = str(NotInVersion(", ".join(columns)))
    return f"<p>{escape(told[:1].upper() + told[1:])}</p>" if columns else ""


def _figure(title: str, drawing: str, caption: str) -> str:
    return f"<figure><h2>{escape(title)}</h2>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _churn_plot(models: ModelQuality) -> tuple[str, str, str]:
    judged = next((lead for lead in models.churn if lead.bins), None)
    if judged is None:
        return ("Churn calibration", "", "No churn model could be judged: " + "; ".join(_reasons(models)))
    caption = f"Judged on a later date than it was trained on, in tenths of customers: {judged.words}."
    return ("Churn calibration", calibration_curve(judged.bins, judged.metrics["base_rate"]), caption)


def _reasons(models: ModelQuality) -> list[str]:
    return [lead.reason for lead in models.churn if lead.reason] or ["no lead was trained"]


def _model_table(models: ModelQuality, figures: HeadlineFigures) -> str:
    scored = {lead_days: (customers, high, reason) for lead_days, customers, high, reason in figures.churn}
    rows = []
    for lead in models.churn:
        customers, high, reason = scored.get(lead.lead_days, (0, 0, None))
        judged = lead.words.partition(": ")[2] if lead.bins else lead.reason or reason or ""
        rows.append(
            (f"Churn, lead {lead.lead_days} days", lead.version or "none", judged, f"{customers:,}", f"{high:,}")
        )
    rows.append(("Lifetime value", models.clv_version or "none", models.clv_words, f"{len(figures.clv):,}", ""))
    head = "<tr><th>Model</th><th>Version</th><th>Judged</th><th class=n>Scored</th><th class=n>High risk</th></tr>"
    numbers = (False, False, False, True, True)
    cells = [
        "".join(
            f"<td{' class=n' if number else ''}>{escape(str(cell))}</td>"
            for cell, number in zip(row, numbers, strict=True)
        )
        for row in rows
    ]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table>{head}{body}</table>"
