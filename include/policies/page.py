"""Writes what each policy file may say into its page: `python -m include.policies.page` rewrites docs/policies/*.md."""

from __future__ import annotations

from pathlib import Path

from include.contract.positioned_yaml import read_positioned
from include.policies.registry import SHAPES
from include.policies.shape import Items
from include.workspace import PROJECT_ROOT, SHIPPED_POLICIES

PAGES = PROJECT_ROOT / "docs" / "policies"
HEAD = "## Allowed values"
_LONGEST = 60


def page_of(stem: str) -> Path:
    """The page of a policy file."""
    return PAGES / f"{stem}.md"


def told_by_hand(page: str) -> str:
    """The part of a page that people write."""
    return page.partition(f"\n{HEAD}")[0].rstrip() + "\n"


def with_allowed_values(stem: str, page: str) -> str:
    """The page with every key, what it may be and what is shipped at its end."""
    shipped = read_positioned(SHIPPED_POLICIES / f"{stem}.yml").plain()
    rows = [row for key, shape in SHAPES[stem].items() for row in _rows(key, shape, shipped.get(key))]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    words = (
        "Written from the checks by `python -m include.policies.page`. `key[].part` is a part of each entry of a list."
    )
    return f"{told_by_hand(page)}\n{HEAD}\n\n{words}\n\n| key | may be | shipped |\n|---|---|---|\n{table}\n"


def _rows(key: str, shape: object, shipped: object, optional: bool = False) -> list[tuple[str, str, str]]:
    may = " May be left out." if optional else ""
    if not isinstance(shape, Items):
        return [(f"`{key}`", f"{shape}{'.' if may else ''}{may}", _shown(shipped))]
    entries = f"{len(shipped)} {'entry' if len(shipped) == 1 else 'entries'}" if isinstance(shipped, list) else ""
    empty = ", which may be empty" if shape.may_be_empty else ""
    rows = [(f"`{key}`", f"a list of entries{empty}{'.' if may else ''}{may}", entries)]
    for part, inner in shape.keys.items():
        rows += _rows(f"{key}[].{part}", inner, None, part in shape.optional)
    return rows


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        listed = ", ".join(map(str, value))
        return listed if len(listed) <= _LONGEST else f"{len(value)} of them"
    return str(value)


if __name__ == "__main__":
    for one in SHAPES:
        found = page_of(one)
        found.write_text(with_allowed_values(one, found.read_text(encoding="utf-8")), encoding="utf-8")
