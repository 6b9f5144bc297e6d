"""Going back to a version that was published before."""

from __future__ import annotations

import os

import pytest

from include.publishing.publish import publish_version
from include.publishing.versions import VersionError, current_version, forget_old_versions, list_versions, roll_back
from include.warehouse.connection import open_published
from tests.expectations.tiny_warehouse import AS_OF
from tests.publishing.audited import start_build


@pytest.fixture
def publish(workspace, few_tables):
    def run(build_id: str) -> None:
        start_build(workspace, build_id)
        publish_version(workspace, build_id, AS_OF, progress=lambda _: None)

    return run


def _seen(workspace) -> str:
    with open_published(workspace.published_file) as connection:
        return connection.execute("select build_id from published_version").fetchone()[0]


def test_going_back_brings_the_version_before(workspace, publish):
    for build_id in ("b1", "b2", "b3"):
        publish(build_id)
    assert _seen(workspace) == "b3"
    assert roll_back(workspace).build_id == "b2" == _seen(workspace)
    assert roll_back(workspace).build_id == "b1" == _seen(workspace)
    assert [version.build_id for version in list_versions(workspace)] == ["b3", "b2", "b1"]


def test_going_to_a_named_version(workspace, publish):
    for build_id in ("b1", "b2", "b3"):
        publish(build_id)
    assert roll_back(workspace, to="b1").build_id == "b1" == _seen(workspace)
    assert roll_back(workspace, to="b3").build_id == "b3" == _seen(workspace)


def test_going_back_changes_only_the_link(workspace, publish):
    publish("b1")
    publish("b2")
    before = {path: path.stat().st_mtime_ns for path in workspace.versions.rglob("*")}
    roll_back(workspace)
    assert {path: path.stat().st_mtime_ns for path in workspace.versions.rglob("*")} == before
    assert os.readlink(workspace.current) == "versions/b1"


def test_the_next_publication_goes_on_as_always(workspace, publish):
    publish("b1")
    publish("b2")
    roll_back(workspace)
    publish("b3")
    assert _seen(workspace) == "b3"


def test_the_current_version_outlives_newer_ones(workspace, publish):
    for build_id in ("b1", "b2", "b3"):
        publish(build_id)
    roll_back(workspace, to="b1")
    assert forget_old_versions(workspace, keep=1, keep_past=1) == ["b2"]
    assert current_version(workspace).build_id == "b1" == _seen(workspace)


def test_a_version_aside_is_found_by_name_and_seen_by_nobody(workspace, publish):
    publish("b1")
    publish("b2")
    start_build(workspace, "past")
    aside = publish_version(workspace, "past", AS_OF, progress=lambda _: None, aside=True)
    assert (_seen(workspace), aside.aside, current_version(workspace).aside) == ("b2", True, False)
    with open_published(aside.folder / "tierworks.duckdb") as connection:
        assert connection.execute("select build_id from published_version").fetchone() == ("past",)
    assert roll_back(workspace).build_id == "b1", "the version before is one that readers saw"
    assert roll_back(workspace, to="past").build_id == "past" == _seen(workspace)
    roll_back(workspace, to="b2")


def test_versions_aside_do_not_count_among_the_others(workspace, publish):
    publish("b1")
    for build_id in ("past_1", "past_2"):
        start_build(workspace, build_id)
        publish_version(workspace, build_id, AS_OF, progress=lambda _: None, aside=True)
    publish("b2")
    assert [version.build_id for version in list_versions(workspace)] == ["b2", "past_2", "b1"], "one a past date"
    assert forget_old_versions(workspace, keep=1, keep_past=1) == ["b1"]
    assert forget_old_versions(workspace, keep=1, keep_past=0) == ["past_2"]


def test_a_reader_keeps_a_removed_version_until_it_closes_it(workspace, publish):
    publish("b1")
    with open_published(workspace.published_file) as connection:
        publish("b2")
        assert forget_old_versions(workspace, keep=1, keep_past=1) == ["b1"]
        assert connection.execute("select build_id from published_version").fetchone() == ("b1",)
        assert connection.execute("select count(*) from customer_tiers").fetchone() == (3,)


def test_what_cannot_be_gone_back_to_is_told(workspace, publish):
    with pytest.raises(VersionError, match="no published version to go back from"):
        roll_back(workspace)
    publish("b1")
    with pytest.raises(VersionError, match=r"keeps no version before b1 \(kept: b1\)"):
        roll_back(workspace)
    with pytest.raises(VersionError, match=r"keeps no version b9\. Choose one of: b1\."):
        roll_back(workspace, to="b9")
    assert current_version(workspace).build_id == "b1"
