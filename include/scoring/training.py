"""Training every model on what was known at a date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from include.scoring.inputs import ScoringPolicy, read_inputs, read_policy
from include.scoring.model_policy import read_promotion_policy
from include.scoring.next_purchases import read_propensity_inputs, train_propensity_by_policy
from include.scoring.provenance import provenance
from include.scoring.recommendations import read_purchases, train_recommendations_by_policy
from include.scoring.references import keep_references
from include.scoring.requests import close_requests
from include.scoring.segments import read_segment_inputs
from include.scoring.serving import Telling
from include.scoring.uplift import read_uplift_inputs
from include.scoring.voice_inputs import read_settings, read_voice_training
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.errors import NotEnoughHistory
from ml.tracking.churn_runs import DEFINITION, churn_model_name, train_churn
from ml.tracking.propensity_runs import MODEL_NAME as PROPENSITY
from ml.tracking.recommendation_runs import MODEL_NAME as RECOMMENDATIONS
from ml.tracking.rules import PromotionPolicy
from ml.tracking.segment_runs import MODEL_NAME as SEGMENTS
from ml.tracking.segment_runs import train_segments
from ml.tracking.store import ModelStore
from ml.tracking.uplift_runs import train_uplift, uplift_model_name
from ml.tracking.value_runs import MODEL_NAME, train_value
from ml.tracking.voice_runs import MODEL_NAME as VOICE
from ml.tracking.voice_runs import train_voice


@dataclass(frozen=True)
class TrainingResult:
    """A model's version and standing (as `ml.tracking.promotion.promote` gives it), or why there is none."""

    model_name: str
    version: str | None
    standing: str | None
    metrics: dict[str, float]
    reason: str | None = None


def open_store(workspace: Workspace, policy: PromotionPolicy | None = None) -> ModelStore:
    """The workspace's store; whoever may promote by policy gives it."""
    workspace.make_folders()
    store = ModelStore(workspace.mlflow_tracking_uri, workspace.mlflow_artifacts, policy)
    store.close_abandoned_runs()
    return store


def train_churn_by_policy(
    store: ModelStore, features, lead: int, as_of: date, policy: ScoringPolicy, context, progress
):
    """Version and standing of the churn model of a lead, as `train_churn`, with what the policies say of it."""
    return train_churn(
        store,
        features,
        lead,
        as_of,
        policy.minimum_positives,
        policy.champion_metric,
        context,
        progress,
        policy.reasons,
        policy.sizes,
    )


def train_models(
    workspace: Workspace, as_of: date, context: dict[str, str], progress: Callable[[str], None] = print
) -> list[TrainingResult]:
    """Train, or reuse, every model: churn, lifetime value, segments, purchases, uplift, the reading of feedback.

    The caller holds the workspace's lock. The warehouse is closed while models train.

    Raises
    ------
    LookupError: the feature models have not been built.
    """
    with open_warehouse(workspace, read_only=True) as connection:
        policy = read_policy(connection)
        promotion = read_promotion_policy(connection)
        features, summaries = read_inputs(connection, as_of)
        segments = read_segment_inputs(connection, as_of)
        feedback, voice_settings = read_voice_training(connection), read_settings(connection)
        uplift = read_uplift_inputs(connection, as_of)
        pairs, bought = read_propensity_inputs(connection, as_of), read_purchases(connection, as_of)
    context = provenance(workspace, policy.version, context)
    context[DEFINITION] = policy.definition
    store = open_store(workspace, promotion)
    trainings = {
        churn_model_name(lead): lambda lead=lead: train_churn_by_policy(
            store, features, lead, as_of, policy, context, progress
        )
        for lead in policy.leads
    }
    trainings[MODEL_NAME] = lambda: train_value(store, summaries, as_of, policy.value, policy.choice, context, progress)
    trainings[SEGMENTS] = lambda: train_segments(store, segments.table, as_of, segments.settings, context, progress)
    trainings[VOICE] = lambda: train_voice(store, *feedback, as_of, voice_settings, context, progress)
    trainings |= {
        uplift_model_name(objective): lambda objective=objective: train_uplift(
            store, uplift.table, objective, as_of, uplift.settings, context, progress
        )
        for objective in uplift.objectives
    }
    telling = Telling(store, as_of, context, progress)
    trainings[PROPENSITY] = lambda: train_propensity_by_policy(pairs, telling)
    trainings[RECOMMENDATIONS] = lambda: train_recommendations_by_policy(bought, telling)
    results, trained = [], {}
    for name, training in trainings.items():
        try:
            version, standing = training()
        except NotEnoughHistory as fault:
            progress(f"{name}: no model: {fault}")
            results.append(TrainingResult(name, None, None, {}, str(fault)))
        else:
            trained[name] = version
            results.append(TrainingResult(name, version.version, standing, store.metrics(version)))
    with open_warehouse(workspace, read_only=True) as connection:
        keep_references(store, connection, trained)
    for name in close_requests(workspace, trainings, as_of):
        progress(f"{name}: the training that was asked for is done")
    return results
