"""A page per policy: every key is told, its change can be made, and its refusal is the one that is shown."""

from __future__ import annotations

import re

import pytest

from include.policies.page import PAGES, page_of, told_by_hand, with_allowed_values
from include.policies.reader import PolicyError
from include.policies.registry import SHAPES
from include.workspace import PROJECT_ROOT, SHIPPED_POLICIES
from tests.policies.own_policies import policies

_CHANGE = re.compile(r"## A change, and what it moves\n\n```yaml\n(.*?)```\n\n(\S.*?)\n\n##", re.DOTALL)
_REFUSED = re.compile(r"## What is refused\n\n```yaml\n(.*?)```\n\n((?:    .*\n)+)", re.DOTALL)


def test_every_policy_has_a_page_and_no_page_is_of_none():
    assert {path.stem for path in PAGES.glob("*.md")} == {path.stem for path in SHIPPED_POLICIES.glob("*.yml")}
    contents = (PROJECT_ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(policies/(\w+)\.md\)", contents)) == set(SHAPES)


@pytest.mark.parametrize("stem", sorted(SHAPES))
def test_a_page_says_what_the_file_may_say(stem, tmp_path):
    page = page_of(stem).read_text(encoding="utf-8")
    assert page == with_allowed_values(stem, page), "`python -m include.policies.page` writes allowed values anew"
    by_hand = told_by_hand(page)
    tables = "".join(line for line in by_hand.splitlines(keepends=True) if line.startswith("| "))
    assert [key for key in SHAPES[stem] if f"`{key}`" not in tables] == [], "a row says what the key means"
    change, moves = _CHANGE.search(by_hand).groups()
    assert f"policies/{stem}.yml" in change and moves
    unchanged = policies(tmp_path).content[stem]
    assert policies(tmp_path, **{stem: change}).content[stem] != unchanged
    refused, told = _REFUSED.search(by_hand).groups()
    with pytest.raises(PolicyError) as problem:
        policies(tmp_path, **{stem: refused})
    shown = "\n".join(line.removeprefix("    ") for line in told.splitlines())
    assert str(problem.value).replace(str(tmp_path), "policies") == shown
