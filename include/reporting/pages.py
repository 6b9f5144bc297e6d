"""The pages about the published version, written anew whenever readers are shown another one."""

from __future__ import annotations

from include.publishing.earlier_releases import NotInVersion
from include.reporting.management.page import LANGUAGES, report_path, write_management_report
from include.reporting.result_page import result_path, write_result_page
from include.workspace import Workspace


def write_pages(workspace: Workspace) -> None:
    """Write the result page and the management report in every language.

    A page that the version of an earlier release has not enough for goes: what it said is of another version.
    """
    if not workspace.published_file.exists():
        return
    try:
        write_result_page(workspace)
    except NotInVersion:
        result_path(workspace).unlink(missing_ok=True)
    for language in LANGUAGES:
        try:
            write_management_report(workspace, language)
        except NotInVersion:
            report_path(workspace, language).unlink(missing_ok=True)
