"""Identity against known truth: how many pairs of records are rightly and wrongly one person.

febrl (Christen 2008) and Splink's fake_1000 go the usual way: a declaration, load, identify with the shipped policy.
The truth is read afterwards, to count.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.identity.companies import FAKE, FEBRL

REPORT = Path(__file__).resolve().parents[2] / ".tierworks" / "reports" / "identity_quality.md"
FEBRL_TRUTH = r"regexp_extract(customer_key, 'rec-(\d+)', 1)"
FAKE_TRUTH = f"(select cluster from read_csv('{SHARED}/data/splink/fake_1000.csv', all_varchar = true) as labelled " + (
    "where labelled.unique_id = customer_key)"
)
FILES = {
    "febrl_1": ("febrl/dataset1.csv", FEBRL, FEBRL_TRUTH, 1_000, 0.995),
    "febrl_3": ("febrl/dataset3.csv", FEBRL, FEBRL_TRUTH, 5_000, 0.995),
    "fake_1000": ("splink/fake_1000.csv", FAKE, FAKE_TRUTH, 1_000, 0.88),
}


@pytest.mark.parametrize("name", FILES)
def test_pairs_of_one_person(name, company, shared_data):
    file, declaration, truth, records, bar = FILES[name]
    path = shared_data / file
    persons = company(name, declaration, **{path.stem: path.read_bytes()})
    persons.run()
    keys, right, wrong, missed = persons.rows(
        f"""
        with told as (select customer_key, customer_id, {truth} as truth from core.customer_xref)
        select
            (select count(*) from told),
            count(*) filter (a.truth = b.truth and a.customer_id = b.customer_id),
            count(*) filter (a.truth <> b.truth and a.customer_id = b.customer_id),
            count(*) filter (a.truth = b.truth and a.customer_id <> b.customer_id)
        from told as a inner join told as b on a.customer_key < b.customer_key
        """
    )[0]
    assert keys == records
    precision, recall = right / (right + wrong), right / (right + missed)
    f1 = 2 * precision * recall / (precision + recall)
    to_review = persons.rows("select count(*) from core.match_review")[0][0]
    _report(
        name, f"| {name} | {keys:,} | {right + missed:,} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {to_review} |"
    )
    assert f1 >= bar, f"{name}: F1 {f1:.4f}, {wrong} pairs wrongly joined, {missed} missed"
    assert wrong <= 0.005 * right


def _report(name: str, line: str) -> None:
    """Keep the line of each file in one table, whatever order the tests run in."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    head = (
        "| file | records | true pairs | precision | recall | F1 | pairs to review |\n|---|---|---|---|---|---|---|\n"
    )
    known = REPORT.read_text().splitlines()[2:] if REPORT.is_file() else []
    lines = sorted([line, *(other for other in known if not other.startswith(f"| {name} |"))])
    REPORT.write_text(head + "\n".join(lines) + "\n")
