"""One whole run: what is logged beside the model belongs to it."""

from __future__ import annotations

import mlflow
import pytest

from ml.tracking.run_tags import note_of


def test_runs_nested_in_a_training_are_in_its_experiment(store):
    def log_model(flow):
        with flow.start_run(run_name="one that competed", nested=True):
            flow.log_metric("fold_log_loss", 0.4)
        return flow.pyfunc.log_model(
            name="model", python_model=_Nothing(), pip_requirements=[], signature=None, input_example=None
        )

    tags = {"trained_as_of": "2024-06-30", "reason": "by hand", "workspace": "shop"}
    for name in ("first", "second"):
        version = store.record(
            name,
            params={},
            metrics={"auc": 0.8, "unknown": float("nan")},
            tags=tags,
            card="# A model",
            write_artifacts=lambda folder: None,
            log_model=log_model,
        )
        client = mlflow.MlflowClient()
        run = client.get_run(version.run_id)
        nested = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{version.run_id}'")
        assert [one.info.run_name for one in nested] == ["one that competed"]
        assert run.data.metrics == {"auc": 0.8}
        assert run.info.run_name == f"2024-06-30 · by hand · {name}"
        assert version.tags == {"trained_as_of": "2024-06-30"}
    assert client.search_runs(["0"]) == []


class _Nothing(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str]) -> list[str]:
        return model_input


@pytest.mark.parametrize("lines", [10, 799, 800, 801, 5000])
def test_a_card_fits_into_the_tag_that_shows_it(lines):
    card = "\n".join(f"| {line:05} |" for line in range(lines)) + "\n"
    note = note_of(card)
    assert len(note) <= 8000
    shown, _, rest = note.partition("\n\nThe rest is in `model_card.md`")
    assert bool(rest) is (len(card) > 8000)
    assert card.startswith(f"{shown}\n") if rest else shown == card
