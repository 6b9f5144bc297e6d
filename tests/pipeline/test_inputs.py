"""What keeps a run from starting is told before Airflow is: a fault of a file, and a folder that nobody named."""

from __future__ import annotations

import pytest

from include.cli.main import main
from include.pipeline.inputs import InputsInvalid, check_inputs
from include.workspace import resolve_workspace


def test_a_source_of_files_without_a_folder_is_told_at_once(home, tmp_path, capsys):
    with pytest.raises(InputsInvalid, match="online_retail: no data folder is given"):
        check_inputs(resolve_workspace("online_retail"))
    assert check_inputs(resolve_workspace("online_retail", str(tmp_path))) == ["online_retail"]
    assert main(["run", "--workspace", "online_retail"]) == 2
    assert "DATA=<folder>" in capsys.readouterr().err
    assert not (home / "online_retail" / "kept").exists()


def test_data_that_a_package_ships_or_laws_make_needs_no_folder(home):
    assert check_inputs(resolve_workspace("complete_journey")) == ["complete_journey"]
    assert check_inputs(resolve_workspace("simulated"))
