"""The management report from a published file made by hand: what it says, leaves out, and that it asks nobody."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.dashboard.filters import Chosen
from include.dashboard.layout import Page
from include.dashboard.published import Published
from include.dashboard.views import overview
from include.dashboard.words import Words
from include.reporting.management.cells import WORDS
from include.reporting.management.page import NothingPublished, write_management_report
from include.reporting.management.sections import known_sections
from include.workspace import Workspace

PUBLISHED = """
create table published_version as select date '2024-03-31' as as_of_date, 'b1' as build_id, 'p1' as policy_version;
create table kpi_scorecard as
    select month_end, true as is_whole_month, metric, label, label_zh, unit, actual, actual - 1 as previous_actual,
        target, status, 'up' as trend
    from (values ('orders', 'Orders <sale>', '订单数', 'orders', 120.0, 100.0, 'met'),
        ('return_rate', 'Return rate', '退货率', 'ratio', 0.125, 0.08, 'missed'),
        ('nps', 'Net promoter score', '净推荐值', 'points', null, 30.0, 'unknown')
    ) as told(metric, label, label_zh, unit, actual, target, status),
    (values (date '2024-02-29'), ('2024-03-31')) as months(month_end);
create table fct_tickets as
    select 'complaint' as kind, timestamp '2024-03-01 08:00' as opened_at, date '2024-03-01' as opened_on,
        timestamp '2024-03-01 10:00' as first_answered_at, null::timestamp as solved_at;
create table care_schedule as
    select 'Birthday month' as occasion_en, '生日月关怀' as occasion_zh, 'due' as status, 'call' as channel where false;
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path))
    return Workspace("corner_shop", ())


def publish(workspace: Workspace) -> None:
    workspace.published_file.parent.mkdir(parents=True)
    with duckdb.connect(str(workspace.published_file)) as connection:
        connection.execute(PUBLISHED)


def test_it_tells_figures_beside_targets(workspace):
    publish(workspace)
    page = write_management_report(workspace).read_text(encoding="utf-8")
    assert re.findall(r'<section id="(\w+)"', page) == ["headline", "service"]  # care has no row, the rest no table
    assert "Orders &lt;sale&gt;" in page and "12.5 %" in page and "Net promoter" not in page
    assert '<li class="met"><b>1</b>' in page and '<li class="missed"><b>1</b>' in page
    assert "2024-03-31" in page and "Corner Shop" in page and page.count('<svg class="line"') == 2
    assert not re.search(r"(src|href)=[\"']?https?:|url\(|@import|<script|<link", page), "an outside request"


def test_a_tier_that_gave_back_more_than_it_bought_has_the_share_that_the_dashboard_tells(workspace):
    publish(workspace)
    with duckdb.connect(str(workspace.published_file)) as connection:
        connection.execute(
            """
            create table customer_tiers as select * from (values ('a', 'gold', '黄金', 1), ('b', 'bronze', '青铜', 2))
                as t(customer_id, tier, tier_zh, tier_level), (values (date '2024-03-31')) as d(as_of_date);
            create table customer_metrics as select * from (values ('a', 150::decimal(18, 4)), ('b', -50))
                as t(customer_id, net_revenue_12m), (values (date '2024-03-31')) as d(as_of_date);
            create table tier_conversion as select 'gold' as tier, date '2024-02-29' as as_of_date, 0 as upgraded,
                0 as downgraded
            """
        )
        look = Page(Published(workspace.published_file, 0), Words("en"), Chosen(date(2024, 3, 31)))
    page = write_management_report(workspace).read_text(encoding="utf-8")
    shares = re.findall(r"(-?[0-9.]+) % <svg", page)
    assert shares == ["50.0", "150.0", "50.0", "-50.0"]
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look, "chart", lambda spec, tells, rows, columns: told.extend(row["share"] for row in rows))
        overview._tiers(look)
    assert told == [1.5, -0.5]


def test_it_speaks_chinese_and_is_the_same_twice(workspace):
    publish(workspace)
    once = write_management_report(workspace, "zh").read_bytes()
    assert write_management_report(workspace, "zh").read_bytes() == once
    page = once.decode()
    assert "投诉" in page and "complaint" not in page, "codes of the marts are told in words"
    assert '<html lang="zh">' in page and "退货率" in page and WORDS["missed"][1] in page and "Return rate" not in page


def test_a_companys_own_tiers_of_risk_are_told_by_their_names_and_levels(workspace):
    publish(workspace)
    with duckdb.connect(str(workspace.published_file)) as connection:
        connection.execute(
            "create table churn_risk_tiers as select date '2024-03-31' as as_of_date, 90 as lead_days, tiers.* "
            "from (values ('calm', '平静', 2), ('dire', '危急', 1), ('dire', '危急', 1)) "
            "as tiers(risk_tier, risk_tier_zh, risk_level)"
        )
    for language, names in {"en": ("Dire", "Calm"), "zh": ("危急", "平静")}.items():
        page = write_management_report(workspace, language).read_text(encoding="utf-8")
        section = page.partition('<section id="churn"')[2].partition("</section>")[0]
        rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)[1:]
        told = [re.sub(r"<[^>]+>", " ", row).split()[:3] for row in rows]
        assert told == [["90", names[0], "2"], ["90", names[1], "1"]], section
        assert "isk dire" not in page


def test_nothing_published_is_told(workspace, capsys):
    from include.cli.main import main

    with pytest.raises(NothingPublished, match="corner_shop has published nothing yet"):
        write_management_report(workspace)
    assert main(["report", "--workspace", "complete_journey"]) == 1
    assert "complete_journey has published nothing yet" in capsys.readouterr().err


def test_every_section_is_told_in_both_languages():
    for told in known_sections():
        assert told["en"] and told["zh"] and told["lead_en"] and told["lead_zh"], told["section"]
        assert all(column["en"] and column["zh"] for column in told["columns"]), told["section"]
