"""The dashboard in a real browser: every page and filter, wide and narrow, without a source, and while it changes."""

from __future__ import annotations

import re
from functools import partial

import psutil
import psycopg
import pytest

from include.dashboard.app import PAGES
from include.dashboard.words import Words
from include.metrics.answering import ask_file, ask_postgres
from include.metrics.semantic import MetricUnknown, NothingToAsk, Question
from include.policies.reader import read_policies
from include.publishing.restricted import write_copies
from include.publishing.roles import Copy, copies
from include.publishing.serving import serving_connection, show_version
from include.services.dashboard import start_dashboard
from include.services.processes import running_service, stop_services
from include.warehouse.connection import open_warehouse
from tests.dashboard.browser import Look
from tests.dashboard.conftest import LAST
from tests.dashboard.same_number import TEN

pytestmark = pytest.mark.timeout(300)

ENGLISH, CHINESE = Words("en"), Words("zh")
TITLES = {name: ENGLISH(f"{name}.title") for name in PAGES}
NOW = "(select as_of_date from published_version)"
NOT_IN_VERSION = ENGLISH("not_in_version", what="…").partition("…")[0]


def _number(told: str) -> float:
    return float("".join(sign for sign in told if sign.isdigit() or sign in ".-"))


@pytest.fixture(scope="module", params=[(1440, 900), (390, 844)], ids=["wide", "narrow"])
def every_page(request, company, browser, address) -> list[dict]:
    """What each page shows in a window of that size, and what the browser was sent meanwhile."""
    company.point(company.first)
    seen, frames = [], []
    with Look(browser, address, *request.param) as window:
        window.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
        for name, title in TITLES.items():
            window.open("" if name == "overview" else name)
            page = window.page
            page.wait_for_timeout(100)
            seen.append(
                {
                    "name": name,
                    "title": page.get_by_role("heading", level=1).inner_text(),
                    "expected": title,
                    "text": window.text(),
                    "failed": page.get_by_test_id(re.compile("stException|stAlertContentError")).count(),
                    "too_wide": page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
                    "charts": page.get_by_test_id("stVegaLiteChart").count(),
                    "nameless": _nameless(page),
                    "faults": list(window.faults),
                    "sent": b"".join(frame if isinstance(frame, bytes) else frame.encode() for frame in frames),
                }
            )  # fmt: skip
            frames.clear()
    return seen


def _nameless(page) -> list[str]:
    """Charts, tables and controls that a screen reader would have no name for."""
    return page.evaluate(
        """() => {
            const found = [];
            for (const chart of document.querySelectorAll('[data-testid=stVegaLiteChart]'))
                if (!chart.querySelector('[aria-label]:not([aria-label=""])') && !chart.getAttribute('aria-label'))
                    found.push('chart ' + chart.outerHTML.slice(0, 200));
            for (const table of document.querySelectorAll('.table'))
                if (!table.getAttribute('aria-label') || !table.querySelector('caption').textContent)
                    found.push('table ' + table.outerHTML.slice(0, 200));
            for (const control of document.querySelectorAll('input, button, select')) {
                const name = control.getAttribute('aria-label') || control.textContent || control.title
                    || (control.labels && control.labels.length && control.labels[0].textContent)
                    || control.getAttribute('aria-labelledby');
                if (!name && control.offsetParent) found.push('control ' + control.outerHTML.slice(0, 200));
            }
            return found;
        }"""
    )


def test_every_page_is_drawn_whole(every_page, company):
    assert [page["name"] for page in every_page] == list(PAGES)
    for page in every_page:
        assert page["title"] == page["expected"]
        assert page["failed"] == 0, page["text"]
        assert page["faults"] == [], page["name"]
        assert NOT_IN_VERSION not in page["text"], page["name"]
        assert page["too_wide"] <= 0, page["name"]
        assert company.first.build_id in page["text"] and ENGLISH.day(LAST) in page["text"], page["name"]
    assert sum(page["charts"] for page in every_page) > 12


def test_what_is_drawn_has_a_name_for_those_who_do_not_see_it(every_page):
    assert {page["name"]: page["nameless"] for page in every_page if page["nameless"]} == {}


def test_no_known_address_or_telephone_number_reaches_the_browser(every_page, company):
    assert len(company.known) > 100
    sent = b"".join(page["sent"] for page in every_page)
    assert len(sent) > 100_000 and company.first.build_id.encode() in sent, "the detector sees what is sent"
    assert [value for value in company.known if value.encode() in sent] == []


def test_headline_figures_are_those_of_the_published_tables(look, company):
    look.open()
    assert company.workspace.name in look.page.get_by_test_id("stSidebarNav").inner_text()
    assert company.workspace.name in look.page.title()
    figures = look.figures()
    expected = {
        "buyers": f"select count(*) from customer_metrics where as_of_date = {NOW} and first_purchase_on is not null",
        "active_customers": f"select count(*) from customer_metrics where as_of_date = {NOW} and orders_12m > 0",
        "high_risk": "select count(*) from churn_risk_tiers where risk_tier = 'high' and lead_days = 90",
        "expected_clv_12m": f"select round(avg(clv_12m)) from clv_scores where as_of_date = {NOW}",
        "lost_customers": f"""
            select count(*) from lifecycle_stage as now left join lifecycle_stage as before
                on before.customer_id = now.customer_id and before.unit_kind = 'customer'
                and before.as_of_date = last_day({NOW} - interval 1 month)
            where now.as_of_date = {NOW} and now.unit_kind = 'customer' and now.stage = 'lost'
                and before.stage is distinct from 'lost'""",
    }
    told = {name: _number(figures[ENGLISH(f"figure.{name}")]) for name in expected}
    assert told == {name: float(company.one(question)) for name, question in expected.items()}
    revenue = company.one(f"select sum(net_revenue_12m) from customer_metrics where as_of_date = {NOW}")
    assert figures[ENGLISH("figure.net_revenue_12m")] == ENGLISH.money(revenue, "CNY")
    kept, before = company.ask(
        f"""
        select count(*) filter (now.stage <> 'lost'), count(*) from lifecycle_stage as before
        join lifecycle_stage as now on now.customer_id = before.customer_id and now.unit_kind = before.unit_kind
        where before.unit_kind = 'customer' and before.stage not in ('prospect', 'lost') and now.as_of_date = {NOW}
            and before.as_of_date = last_day({NOW} - interval 1 month)"""
    )[0]
    assert figures[ENGLISH("figure.retention_rate")] == ENGLISH.share(kept / before)


def test_ten_figures_are_the_same_in_dashboard_metricflow_postgres_and_file(look, company, postgres_url, monkeypatch):
    monkeypatch.setenv("TIERWORKS_CONN_SERVING", postgres_url)
    workspace, schema = company.workspace, f"tierworks_{company.workspace.name}"
    show_version(workspace, company.first, progress=lambda _: None)
    question = Question(tuple(TEN), first=LAST.replace(day=1), last=LAST)
    asked = [ask_file(workspace, question), ask_postgres(workspace, serving_connection(workspace), question)]
    assert {answer.build_id for answer in asked} == {company.first.build_id}
    with psycopg.connect(postgres_url) as postgres:
        for name, sql in TEN.items():
            by_hand = float(company.one(sql.format(at="main.")))
            others = [float(answer.rows[0][answer.columns.index(name)]) for answer in asked]
            others.append(float(postgres.execute(sql.format(at=f"{schema}.")).fetchone()[0]))
            assert others == pytest.approx([by_hand] * 3, rel=1e-9), name
    misfit = Question(("buyers",), where=("tier > 3",))
    for ask in (partial(ask_file, workspace), partial(ask_postgres, workspace, serving_connection(workspace))):
        with pytest.raises(MetricUnknown, match="--where tier > 3: does not fit its dimension: "):
            ask(misfit)
    told = dict(zip(asked[0].columns, asked[0].rows[0], strict=True))
    look.open()
    figures = look.figures()
    look.open("tiers")
    figures |= look.figures()
    for names, write in (
        (("buyers", "active_customers", "lost_customers"), ENGLISH.number),
        (("net_revenue_12m", "profit_12m", "expected_clv_12m"), lambda value: ENGLISH.money(value, "CNY")),
        (("retention_rate", "upgrade_rate", "downgrade_rate"), ENGLISH.share),
    ):
        for name in names:
            assert figures[ENGLISH(f"figure.{name}")] == write(told[name]), name
    concentration = look.page.locator(".table", has_text=ENGLISH("tiers.gini")).first.inner_text()
    assert ENGLISH.share(told["top_5_revenue_share"], 0) in concentration


DROPPED = ("churn_alerts", "ltv_cac", "life_table", "quarantine_summary", "value_lorenz", "clv_scores")
FILTERED = {
    "tier": ("tier", "customer_tiers"),
    "region": ("region", "dim_customer"),
    "channel": ("acquisition_channel", "dim_customer"),
}


@pytest.mark.parametrize("name", FILTERED)
def test_a_filter_narrows_the_figures_and_goes_along_to_other_pages(look, company, name):
    column, table = FILTERED[name]
    kept = company.one(
        f"select {column} from {table} where {column} is not null group by 1 order by count(*) desc, 1 limit 1"
    )
    expected = company.one(
        f"select count(*) from customer_tiers join dim_customer using (customer_id) "
        f"where as_of_date = {NOW} and {column} = ?",
        kept,
    )
    everybody = company.one(f"select count(*) from customer_tiers where as_of_date = {NOW}")
    look.open()
    assert _number(look.figures()[ENGLISH("figure.buyers")]) == everybody != expected
    look.page.get_by_test_id("stSidebar").get_by_label(ENGLISH(f"filter.{name}")).last.click()
    look.page.get_by_role("option", name=ENGLISH.value(kept), exact=True).click()
    look.page.get_by_text(f"· {ENGLISH(f'filter.{name}')}: {ENGLISH.value(kept)}").wait_for()
    look.drawn()
    assert _number(look.figures()[ENGLISH("figure.buyers")]) == expected
    assert f"{name}=" in look.page.url
    look.page.keyboard.press("Escape")
    look.go(TITLES["tiers"])
    figures = look.figures()
    counted = sum(_number(figures[label]) for label in figures if label.endswith("customers"))
    assert counted == expected


def test_an_earlier_date_tells_what_was_then(look, company):
    day = company.one("select max(as_of_date) from customer_tiers where not is_current")
    then = company.one("select count(*) from customer_tiers where as_of_date = ?", day)
    look.open(f"?as_of={day}")
    look.page.get_by_test_id("stSidebar").get_by_label(ENGLISH("filter.as_of")).last.click()
    look.page.get_by_role("option", name=ENGLISH.day(day), exact=True).click()
    look.page.get_by_text(ENGLISH("as_of", day=ENGLISH.day(day))).first.wait_for()
    look.drawn()
    assert _number(look.figures()[ENGLISH("figure.buyers")]) == then


def test_the_whole_page_speaks_chinese(look):
    look.open()
    figures = look.figures()
    look.page.get_by_test_id("stSidebar").get_by_text("中文").click()
    look.page.get_by_role("heading", level=1, name=CHINESE("overview.title")).wait_for()
    look.drawn()
    assert look.page.evaluate("document.documentElement.lang") == "zh"
    told = look.figures()
    assert [CHINESE(f"figure.{name}") in told for name in ("buyers", "retention_rate", "high_risk")] == [True] * 3
    assert told[CHINESE("figure.buyers")] == figures[ENGLISH("figure.buyers")]
    for name in ("tiers", "churn"):
        look.go(CHINESE(f"{name}.title"))


def test_every_figure_says_what_it_means_and_of_when(look, company):
    look.open()
    look.page.get_by_role("paragraph").filter(has_text=ENGLISH("definitions")).click()
    told = look.page.get_by_role("region", name=ENGLISH("definitions")).inner_text()
    for metric in ("buyers", "active_customers", "retention_rate", "expected_clv_12m"):
        definition = company.one("select description from metric_definitions where metric = ?", metric)
        assert definition and definition in told
    assert told.count(ENGLISH("as_of", day=ENGLISH.day(LAST))) >= len(look.figures())
    assert ENGLISH("definition.missing") not in told


def test_one_customer_is_found_and_masked(look, company):
    customer, mail = company.ask("select customer_id, email from dim_customer where email is not null order by 1")[0]
    look.open(f"customer?customer={customer[:4]}")
    assert customer in look.text()
    box = look.page.get_by_role("textbox", name=ENGLISH("customer.search"))
    box.fill(customer)
    box.press("Enter")
    look.page.get_by_role("heading", name=ENGLISH("customer.who")).wait_for()
    look.drawn()
    assert "***@***" in mail and mail in look.text()
    box.fill("nobody")
    box.press("Enter")
    look.page.get_by_text(ENGLISH("customer.none", asked="nobody")).wait_for()


def test_a_role_is_shown_its_own_customers_and_no_others(look, company, browser):
    workspace, region = (
        company.workspace,
        company.one("select min(region) from dim_customer where email is not null"),
    )
    shown = dict.fromkeys(("direct", "quasi"), "shown") | {"sensitive": "left_out"}
    everybody, _ = copies(read_policies(workspace)["privacy"])
    head = Copy("head.bo", shown, "region", (region,))
    write_copies(workspace, company.first.folder, everybody, [head], lambda _: None)
    with open_warehouse(workspace, read_only=True) as connection:
        asked = "select customer_id, email from core.dim_customer where region {} ? and email is not null order by 1"
        (own, mail), (other, _) = (connection.execute(asked.format(one), [region]).fetchone() for one in ("=", "<>"))
    try:
        with Look(browser, start_dashboard(workspace, head.name, port=0)) as window:
            window.open(f"customer?customer={own}")
            assert mail in window.text() and ENGLISH("customer.birth_on") not in window.text()
            assert ENGLISH.role(head.name) in window.page.locator(".foot").inner_text()
            window.open(f"customer?customer={other}")
            assert ENGLISH("customer.none", asked=other) in window.text()
            assert window.faults == []
    finally:
        stop_services([f"dashboard-{workspace.name}-{head.name}"])
        (company.first.folder / head.file).unlink()


def test_a_list_leads_to_the_customer(look):
    look.open("churn")
    first = look.page.locator(".table a").first
    customer = first.inner_text()
    first.click()
    look.page.get_by_role("heading", name=ENGLISH("customer.who")).wait_for()
    look.drawn()
    assert customer in look.text()


def test_the_keyboard_reaches_navigation_and_filters_in_their_order(look):
    look.open()
    reached = []
    for _ in range(30):
        look.page.keyboard.press("Tab")
        reached.append(
            look.page.evaluate("(document.activeElement.innerText || document.activeElement.ariaLabel || '').trim()")
        )
    places = [next((number for number, text in enumerate(reached) if title in text), None) for title in TITLES.values()]
    assert None not in places and places == sorted(places), reached
    look.page.get_by_test_id("stSidebarNav").get_by_role("link", name=TITLES["health"]).focus()
    look.page.keyboard.press("Enter")
    look.page.get_by_role("heading", level=1, name=TITLES["health"]).wait_for()
    look.drawn()


def test_a_version_swapped_in_is_shown_at_the_next_look(look, company):
    look.open()
    assert company.first.build_id in look.text()
    before = look.figures()[ENGLISH("figure.buyers")]
    company.swap_in("second", "update published_version set build_id = 'second'", "delete from dim_customer",
                    "delete from customer_metrics where customer_id < 'c8'")  # fmt: skip
    look.go(TITLES["tiers"])
    assert "second" in look.text() and company.first.build_id not in look.text()
    look.go(TITLES["overview"])
    assert "second" in look.text()
    assert 0 < _number(look.figures()[ENGLISH("figure.buyers")]) < _number(before)


def test_risks_and_levels_are_a_companys_own(look, company):
    """A policy may call its tiers of risk and levels of warnings otherwise, and a region may be called unknown."""
    if not (company.workspace.versions / "renamed").exists():
        company.swap_in(
            "renamed",
            "update churn_risk_tiers set risk_tier = 'own_' || risk_tier, risk_tier_zh = '自定' || risk_level",
            "update churn_alerts set level = 'own_' || level, level_now = 'own_' || level_now",
            "update dim_customer set region = null where region = (select max(region) from dim_customer)",
            "update dim_customer set region = 'unknown' where region = (select min(region) from dim_customer)",
        )
    risky, urgent = company.ask(
        "select (select count(*) from churn_risk_tiers where risk_tier = 'own_high' and lead_days = 90), "
        "(select count(*) from churn_alerts where status = 'open' and coalesce(level_now, level) = 'own_urgent')"
    )[0]
    assert risky > 0
    look.open("churn")
    figures = look.figures()
    assert [_number(figures[ENGLISH(name)]) for name in ("figure.high_risk", "churn.urgent")] == [risky, urgent]
    assert "Own high" in look.page.locator(".table", has_text=ENGLISH("churn.share_of_tier")).first.text_content()
    look.page.get_by_test_id("stSidebar").get_by_label(ENGLISH("filter.region")).last.click()
    assert look.page.get_by_role("option", name=ENGLISH.value("unknown"), exact=True).count() == 1


def test_an_empty_source_is_told_on_every_page(look, company):
    kept = "published_version", "metric_definitions"
    if not (company.workspace.versions / "emptied").exists():
        company.swap_in("emptied", *(f"delete from {{table}} where '{{table}}' not in {kept}",))
    look.open()
    for title in TITLES.values():
        look.go(title)
        assert look.page.get_by_test_id("stException").count() == 0
        text = look.text()
        assert "Nothing to show" in text or "Not in this version" in text or title == TITLES["customer"], text


def test_a_version_without_a_table_says_so(look, company):
    if not (company.workspace.versions / "bare").exists():
        company.swap_in("bare", *(f"drop table if exists {table}" for table in DROPPED))
    look.open()
    for title in TITLES.values():
        look.go(title)
        assert look.page.get_by_test_id("stException").count() == 0
    look.go(TITLES["churn"])
    assert ENGLISH("not_in_version", what="churn_alerts") in look.text()


# By page: columns that came to their tables with a later release, and a part of the page that does not read them.
LATER = {
    "overview": ({"churn_risk_tiers": "risk_level"}, "figure.expected_clv_12m"),
    "tiers": ({"tier_conversion": "upgrade_rate_mean_12m", "customer_tiers": "tier_zh"}, "tiers.gini"),
    "service": ({"service_automation": "contacts_costed"}, "service.reached"),
    "health": ({"data_health_summary": "dimension_zh"}, "health.rows_against"),
}


def test_a_version_of_an_earlier_release_tells_what_it_has(look, company):
    """A column that a part of a page reads is not there: the part says so, the others are drawn."""
    if not (company.workspace.versions / "earlier").exists():
        drops = [f"alter table {table} drop column {one}" for lost, _ in LATER.values() for table, one in lost.items()]
        company.swap_in(
            "earlier",
            *drops,
            "alter table published_version drop column currency",
            "alter table customer_metrics drop column gross_margin_12m",
        )
    with pytest.raises(NothingToAsk, match="not in this version: gross_margin_12m"):
        ask_file(company.workspace, Question(("gross_margin_12m",)))
    look.open()
    for name, (lost, stays) in LATER.items():
        look.go(TITLES[name])
        text = look.text()
        assert look.page.get_by_test_id("stException").count() == 0, text
        assert ENGLISH(stays) in text, text
        for column in lost.values():
            assert ENGLISH("not_in_version", what=column) in text, text


def test_nobody_but_this_machine_is_answered(company, address):
    record = running_service(f"dashboard-{company.workspace.name}")
    process = psutil.Process(record["pid"])
    listening = {
        found.laddr.ip
        for one in [process, *process.children(recursive=True)]
        for found in one.net_connections("tcp")
        if found.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_the_published_file_is_not_held(look, company):
    look.open()
    record = running_service(f"dashboard-{company.workspace.name}")
    held = [file.path for file in psutil.Process(record["pid"]).open_files() if file.path.endswith(".duckdb")]
    assert held == []
