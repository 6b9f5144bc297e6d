"""What Streamlit runs at every look: the version that is current now, the reader's language, one page, and its foot."""

from __future__ import annotations

import html
import os
from functools import partial
from pathlib import Path

import streamlit as st

from include.dashboard import filters
from include.dashboard.layout import Page
from include.dashboard.published import Published, RoleRefused, current
from include.dashboard.views import campaigns, churn, customer, health, lifecycle, overview, service, tiers, value
from include.dashboard.words import LANGUAGES, Words
from include.workspace import load_workspace

PAGES = {
    "overview": (overview, ":material/dashboard:"),
    "tiers": (tiers, ":material/stacked_bar_chart:"),
    "lifecycle": (lifecycle, ":material/timeline:"),
    "churn": (churn, ":material/warning:"),
    "value": (value, ":material/savings:"),
    "service": (service, ":material/support_agent:"),
    "campaigns": (campaigns, ":material/campaign:"),
    "health": (health, ":material/fact_check:"),
    "customer": (customer, ":material/person_search:"),
}
_STYLE = Path(__file__).with_name("style.css")
_ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    company = os.environ["TIERWORKS_DASHBOARD_WORKSPACE"]
    st.set_page_config(page_title=f"{company} · Tierworks", page_icon=str(_ICON), layout="wide")
    st.html(_STYLE)
    named = st.session_state.get("lang") or st.query_params.get("lang")
    words = Words(next((code for code, name in LANGUAGES.items() if name == named), "en"))
    role = os.environ.get("TIERWORKS_DASHBOARD_ROLE", "masked")
    pages = [
        st.Page(
            partial(_show, name, words, role),
            title=words(f"{name}.title"),
            icon=icon,
            url_path=name,
            default=name == "overview",
        )
        for name, (_, icon) in PAGES.items()
    ]
    # Two companies may be open side by side.
    st.navigation({company: pages}, expanded=True).run()


def _show(name: str, words: Words, role: str) -> None:
    module = PAGES[name][0]
    with st.sidebar:
        _language(words)
    try:
        published = current(load_workspace(os.environ["TIERWORKS_DASHBOARD_WORKSPACE"]), role)
    except RoleRefused as problem:
        st.error(str(problem))
        return
    if published is None or not published.version:
        st.title(words(f"{name}.title"), anchor=False)
        st.info(words("nothing_published"), icon=":material/info:")
        return
    with st.sidebar:
        chosen = filters.choose(published, words, module.FILTERS, module.DATES_OF)
    page = Page(published, words, chosen)
    page.title(name)
    with page.of_any_release():
        module.show(page)
    page.definitions()
    _foot(published, words)


def _language(words: Words) -> None:
    st.segmented_control(
        words("language"),
        list(LANGUAGES.values()),  # as the address holds them
        default=LANGUAGES["en"],
        key="lang",
        bind="query-params",
        persist_state="session",
        required=True,
    )
    # What a screen reader reads aloud by; Streamlit's page says English.
    st.html(f"<script>document.documentElement.lang = '{words.language}'</script>", unsafe_allow_javascript=True)


def _foot(published: Published, words: Words) -> None:
    version = published.version
    told = (
        words("foot.as_of", day=words.day(version["as_of_date"])),
        words("foot.build", build=version["build_id"]),
        words("foot.published", day=words.day(version["published_at"]), time=f"{version['published_at']:%H:%M}"),
        words("foot.role", role=words.role(published.role)),
        words("foot.workspace", workspace=version["workspace"]),
    )
    parts = "".join(f"<span>{html.escape(part)}</span>" for part in told)
    st.html(f'<div class="foot" role="contentinfo">{parts}</div>')


if __name__ == "__main__":
    main()
