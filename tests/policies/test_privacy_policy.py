"""Roles: what a policy of privacy may say, and what is told of one that would show too much or nobody's rows."""

from __future__ import annotations

import pytest

from include.policies.reader import PolicyError
from include.publishing.roles import copies
from tests.policies.own_policies import policies

MASKED = "{role: masked, direct: masked, quasi: shown, sensitive: shown}"
HEAD = "{role: head, direct: shown, quasi: shown, sensitive: shown, rows_by: region}"


def test_no_copy_is_shipped_and_one_key_asks_for_it(tmp_path):
    everybody, further = copies(policies(tmp_path)["privacy"])
    assert everybody.treatments["direct"] == "masked" and further == []
    _, (copy,) = copies(policies(tmp_path, privacy="copies: [unmasked]\n")["privacy"])
    assert (copy.file, copy.rows_by) == ("tierworks.unmasked.duckdb", None)


def test_each_reader_of_a_role_with_limited_rows_has_a_copy(tmp_path):
    text = (
        f"roles:\n  - {MASKED}\n  - {HEAD}\ncopies: [head]\n"
        "readers:\n  - {reader: ada, role: head, rows: [North]}\n  - {reader: bo, role: head, rows: [South, East]}\n"
    )
    _, further = copies(policies(tmp_path, privacy=text)["privacy"])
    assert [(one.file, one.rows_by, one.rows) for one in further] == [
        ("tierworks.head.ada.duckdb", "region", ("North",)),
        ("tierworks.head.bo.duckdb", "region", ("South", "East")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"roles:\n  - {HEAD}\n", r"privacy\.yml:1: roles: masked is missing"),
        (f"roles:\n  - {MASKED.replace('direct: masked', 'direct: shown')}\n", r":2: rule masked: every reader"),
        (f"roles:\n  - {MASKED[:-1]}, rows_by: region}}\n", r"privacy\.yml:2: rule masked: .* limited to the rows"),
        (f"roles:\n  - {MASKED.replace('quasi: shown', 'quasi: hidden')}\n", r":2: .*quasi: must be one of shown"),
        ("copies: [unmaskd]\n", r"privacy\.yml:1: copies: no role is called unmaskd\. Did you mean unmasked\?"),
        ("copies: [masked]\n", r"privacy\.yml:1: copies: masked is the version itself"),
        ("copies: [account_manager]\n", r"privacy\.yml:1: copies: account_manager is limited by manager_id: say in"),
        ("readers:\n  - {reader: ada, role: boss, rows: [a]}\n", r"privacy\.yml:2: rule ada: no role is called boss"),
        ("readers:\n  - {reader: ada, role: unmasked, rows: [a]}\n", r"privacy\.yml:2: rule ada: .* has no rows_by"),
        ("readers:\n  - {reader: ada, role: account_manager, rows: []}\n", r"privacy\.yml:2: rule ada: rows is empty"),
        (
            f"roles:\n  - {MASKED}\n  - {HEAD}\n  - {HEAD.replace('head', 'head_ada')}\n"
            "readers:\n  - {reader: ada, role: head, rows: [a]}\n",
            r"privacy\.yml:6: rule ada: head_ada would be the name of two schemas",
        ),
    ],
)  # fmt: skip
def test_a_policy_that_would_not_do_is_told_with_its_line(tmp_path, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, privacy=text)
