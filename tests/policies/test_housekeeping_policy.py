"""How long things are kept is a policy like any other."""

from __future__ import annotations

import pytest

from include.policies.reader import PolicyError
from tests.policies.own_policies import policies


def test_a_workspace_keeps_things_as_long_as_it_says(tmp_path):
    assert policies(tmp_path)["housekeeping"]["log_days"] == 30
    own = policies(tmp_path, housekeeping="log_days: 7\n")["housekeeping"]
    assert (own["log_days"], own["data_docs_builds"]) == (7, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log_days: 0\n", r"housekeeping\.yml:1: log_days: must be a whole number from 1"),
        ("log_day: 3\n", r"housekeeping\.yml:1: log_day: no such setting in housekeeping\.yml"),
        ("rewrite_from_free_share: 0\n", r"housekeeping\.yml:1: rewrite_from_free_share: must be a number from 0\.05"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, housekeeping=text)
