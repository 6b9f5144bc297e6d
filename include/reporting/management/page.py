"""The management report: one HTML page from the published version, for the screen and for paper, without a request."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from include.reporting.management.sections import Section, sections_of
from include.warehouse.connection import open_published
from include.workspace import Workspace

LANGUAGES = ("en", "zh")
_STYLE = Path(__file__).with_name("report.css")
_WORDS = {
    "en": {
        "title": "Management report",
        "as_of": "What was known at the end of",
        "build": "build",
        "policies": "policies",
        "contents": "Contents",
        "met": "targets met",
        "near": "near",
        "missed": "missed",
        "footer": "Every number comes from the published version named above. Money is in the workspace's currency. "
        "A dash means unknown. No personal data is shown.",
    },
    "zh": {
        "title": "经营管理报告",
        "as_of": "数据截至",
        "build": "构建",
        "policies": "策略版本",
        "contents": "目录",
        "met": "项达标",
        "near": "项接近",
        "missed": "项未达标",
        "footer": "所有数字均来自上述已发布版本。金额以工作区货币计。“–”表示未知。不含个人信息。",
    },
}


class NothingPublished(RuntimeError):
    """There is no published version to report on."""


def report_path(workspace: Workspace, lang: str) -> Path:
    return workspace.rebuildable / f"report.{lang}.html"


def write_management_report(workspace: Workspace, lang: str = "en", target: Path | None = None) -> Path:
    """Write `report.<lang>.html` for the published version, swapped in whole; returns its path.

    Raises
    ------
    NothingPublished: the workspace has no published version.
    """
    if not workspace.published_file.exists():
        raise NothingPublished(f"{workspace.name} has published nothing yet.")
    with open_published(workspace.published_file) as connection:
        as_of, build, policies = connection.execute(
            "select as_of_date, build_id, policy_version from published_version"
        ).fetchone()
        sections = sections_of(connection, lang)
    target = target or report_path(workspace, lang)
    draft = target.with_name(f"{target.name}.{os.getpid()}.draft")
    draft.write_text(_page(workspace.name, lang, (as_of, build, policies), sections), encoding="utf-8")
    os.replace(draft, target)
    return target


def _page(name: str, lang: str, version: tuple, sections: list[Section]) -> str:
    words = _WORDS[lang]
    as_of, build, policies = version
    title = f"{words['title']}: {name.replace('_', ' ').title()}"
    contents = "".join(f'<li><a href="#{one.told["section"]}">{escape(one.told[lang])}</a></li>' for one in sections)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>\n<header><h1>{escape(title)}</h1>\n"
        f"<p>{words['as_of']} {as_of} · {words['build']} {escape(build)} · {words['policies']} {escape(policies)}</p>"
        f'</header>\n{_tiles(sections, words)}<nav aria-label="{words["contents"]}"><ul>{contents}</ul></nav>\n<main>\n'
        + "\n".join(one.html(lang) for one in sections)
        + f"\n</main>\n<footer>{escape(words['footer'])}</footer></body></html>\n"
    )


def _tiles(sections: list[Section], words: dict[str, str]) -> str:
    """How many targets were met, nearly met and missed."""
    states = [row["status"] for one in sections if one.told["section"] == "headline" for row in one.rows]
    if not states:
        return ""
    tiles = "".join(
        f'<li class="{state}"><b>{states.count(state)}</b> {words[state]}</li>' for state in ("met", "near", "missed")
    )
    return f"<ul class=tiles>{tiles}</ul>\n"
