"""A workspace is found by a shipped name, by a folder, and again by the name it was registered under."""

from __future__ import annotations

import shutil

import pytest

from include.workspace import UnknownWorkspace, load_workspace, resolve_workspace


def test_shipped_declarations_are_workspaces(home):
    for name in ("complete_journey", "online_retail", "cdnow"):
        assert resolve_workspace(name).declarations[0].stem == name


def test_a_folder_of_declarations_is_a_workspace_with_its_own_policies(home, tmp_path):
    folder = tmp_path / "Acme Shop"
    (folder / "sources").mkdir(parents=True)
    (folder / "policies").mkdir()
    (folder / "sources" / "shop.yml").write_text("source: shop\n")
    found = resolve_workspace(str(folder))
    assert (found.name, found.data, found.policies) == ("acme_shop", folder, folder / "policies")
    found.register()
    assert load_workspace("acme_shop") == found
    assert resolve_workspace("acme_shop") == found


def test_what_came_into_the_folder_since_counts(home, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "till.yml").write_text("source: till\n")
    resolve_workspace(str(folder)).register()
    assert load_workspace("shop").policies is None
    (folder / "policies").mkdir()
    (folder / "web.yml").write_text("source: web\n")
    for found in (load_workspace("shop"), resolve_workspace("shop")):
        assert (found.policies, found.data) == (folder / "policies", folder)
        assert [path.name for path in found.declarations] == ["till.yml", "web.yml"]


def test_a_folder_that_is_gone_is_told_by_its_declarations(home, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "till.yml").write_text("source: till\n")
    resolve_workspace(str(folder)).register()
    (folder / "till.yml").rename(tmp_path / "till.yml")
    assert load_workspace("shop").declarations == (folder / "till.yml",)
    folder.rmdir()
    assert load_workspace("shop").declarations == (folder / "till.yml",)


def test_the_landing_folder_can_be_given_anew(home, tmp_path):
    resolve_workspace("cdnow", str(tmp_path)).register()
    other = tmp_path / "other"
    other.mkdir()
    assert resolve_workspace("cdnow").data == tmp_path
    assert resolve_workspace("cdnow", str(other)).data == other


def test_a_folder_keeps_the_landing_folder_it_was_registered_with(home, tmp_path):
    for place in ("shop", "elsewhere/shop", "files"):
        (tmp_path / place).mkdir(parents=True)
    for place in ("shop", "elsewhere/shop"):
        (tmp_path / place / "till.yml").write_text("source: till\n")
    resolve_workspace(str(tmp_path / "shop"), str(tmp_path / "files")).register()
    assert resolve_workspace(str(tmp_path / "shop")).data == tmp_path / "files"
    assert resolve_workspace(str(tmp_path / "elsewhere/shop")).data == tmp_path / "elsewhere/shop", "another company"


@pytest.mark.parametrize("name", ["nowhere", "../etc", ""])
def test_an_unknown_name_lists_what_there_is(home, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownWorkspace, match=r"complete_journey|holds no declaration"):
        resolve_workspace(name)


def test_an_unregistered_name_cannot_be_scheduled(home):
    with pytest.raises(UnknownWorkspace, match="not registered"):
        load_workspace("acme")


def test_a_scheduled_workspace_is_a_name_and_no_path(home):
    elsewhere = home.parent / "elsewhere" / "kept"
    elsewhere.mkdir(parents=True)
    (elsewhere / "registration.json").write_text('{"name": "elsewhere", "declarations": []}')
    with pytest.raises(UnknownWorkspace, match="not registered"):
        load_workspace("../elsewhere")


@pytest.mark.parametrize("name", ["Services", "airflow", "reports"])
def test_a_folder_may_not_be_named_as_what_make_clean_empties(home, tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "shop.yml").write_text("source: shop\n")
    with pytest.raises(UnknownWorkspace, match="state of another kind lies there"):
        resolve_workspace(str(tmp_path / name))


def test_two_companies_in_folders_of_one_name_are_not_mixed(home, tmp_path):
    first, second = tmp_path / "europe" / "shop", tmp_path / "asia" / "Shop"
    for folder in (first, second):
        folder.mkdir(parents=True)
        (folder / "shop.yml").write_text("source: shop\n")
    resolve_workspace(str(first)).register()
    with pytest.raises(UnknownWorkspace, match="europe/shop already"):
        resolve_workspace(str(second)).register()
    assert load_workspace("shop").declarations == (first / "shop.yml",)
    with pytest.MonkeyPatch.context() as patch:  # a copy of the state is another's
        shutil.copytree(home, tmp_path / "copied")
        patch.setenv("TIERWORKS_HOME", str(tmp_path / "copied"))
        resolve_workspace(str(second)).register()
    resolve_workspace(str(first)).register()
    first.rename(tmp_path / "moved")  # a folder that is gone gives its name free
    resolve_workspace(str(second)).register()
    assert load_workspace("shop").declarations == (second / "shop.yml",)


def test_models_are_kept_in_the_workspaces_own_schema_where_a_server_is_named(monkeypatch):
    monkeypatch.setenv("TIERWORKS_MLFLOW_STORE", "postgresql+psycopg://mlflow@host/mlflow")
    assert resolve_workspace("cdnow").mlflow_tracking_uri == (
        "postgresql+psycopg://mlflow@host/mlflow?options=-csearch_path=cdnow"
    )
    assert resolve_workspace("cdnow").has_model_store


def test_a_store_of_models_that_is_a_file_is_there_when_the_file_is(monkeypatch, tmp_path):
    monkeypatch.delenv("TIERWORKS_MLFLOW_STORE", raising=False)
    monkeypatch.setenv("TIERWORKS_HOME", str(tmp_path))
    workspace = resolve_workspace("cdnow")
    assert not workspace.has_model_store
    workspace.kept.mkdir(parents=True)
    (workspace.kept / "mlflow.db").touch()
    assert workspace.has_model_store
