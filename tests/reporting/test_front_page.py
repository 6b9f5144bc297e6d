"""The first page that `up` serves leads to all that is open, and `status` tells what is open for its own company."""

from __future__ import annotations

import json

from include.reporting.front_page import write_front_page
from include.reporting.status import workspace_status
from include.workspace import resolve_workspace

ADDRESSES = {
    "Airflow": "http://127.0.0.1:8080  (user admin, password in <a file>)",
    "MLflow": "http://127.0.0.1:5000",
    "Dashboard": "http://127.0.0.1:8501",
    "Result": "not made yet: `make run WORKSPACE=cdnow` first",
    "dbt docs": "http://127.0.0.1:8090/dbt/static_index.html",
    "Dictionary": "http://127.0.0.1:8090/dictionary/index.html",
    "Data Docs": "http://127.0.0.1:8090/quality/index.html",
}


def test_every_address_is_a_link_and_what_is_missing_says_why(home, tmp_path):
    page = tmp_path / "index.html"
    write_front_page(resolve_workspace("cdnow"), ADDRESSES, page)
    written = page.read_text(encoding="utf-8")
    links = [address.split()[0] for label, address in ADDRESSES.items() if label != "Result"]
    assert all(f'href="{link}"' in written for link in links) and written.count("href=") == len(links)
    assert "not made yet: `make run WORKSPACE=cdnow` first" in written
    assert "password in &lt;a file&gt;" in written
    assert "tierworks sql --workspace cdnow &#x27;show tables&#x27;" in written


def test_what_is_open_for_another_company_is_not_told(home):
    home.mkdir()
    (home / "urls.json").write_text(json.dumps({"workspace": "cdnow", "urls": ADDRESSES}))
    assert workspace_status(resolve_workspace("cdnow"))["services"] == ADDRESSES
    assert workspace_status(resolve_workspace("simulated"))["services"] == {}
    (home / "urls.json").write_text(json.dumps(ADDRESSES))  # as an earlier release wrote it
    assert workspace_status(resolve_workspace("cdnow"))["services"] == {}
