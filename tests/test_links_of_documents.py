"""Links between documents lead somewhere: files that are there, and headings that they have."""

from __future__ import annotations

import re

import pytest

from include.workspace import PROJECT_ROOT

DOCUMENTS = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_links_lead_somewhere(document):
    text = _CODE.sub("", document.read_text(encoding="utf-8"))
    broken = [link for link in _LINK.findall(text) if "://" not in link and not _is_there(document, link)]
    assert broken == []


def _is_there(document, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return False
    return not heading or heading in _headings(target.read_text(encoding="utf-8"))


def _headings(text: str) -> set[str]:
    """Anchors as GitHub makes them: lower case, no signs, a dash for each blank."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}
