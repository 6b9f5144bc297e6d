"""What the monitor needs to know of each kind of model: its inputs, its scores, and what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa

from include.scoring.churn_inputs import FEATURES, OUTCOMES, columns_of, is_treated
from include.scoring.inputs import SUMMARIES, read_policy
from include.scoring.next_purchases import PROPENSITY, read_pairs
from include.scoring.purchase_tables import settings_of
from include.scoring.segments import FEATURES as SEGMENT_FEATURES
from include.scoring.uplift import FEATURES as UPLIFT_FEATURES
from ml.churn.scoring import score_churn
from ml.clv.scoring import score_value
from ml.clv.served import FITS_FILE, read_fits
from ml.monitoring.reference import numbers
from ml.next_purchase import probabilities
from ml.next_purchase.categories import FEATURES as PROPENSITY_FEATURES
from ml.segments.scoring import score_segments
from ml.tracking.churn_runs import churn_model_name, trained_features
from ml.tracking.segment_runs import MODEL_NAME as SEGMENTS
from ml.tracking.segment_runs import found_segments
from ml.tracking.store import ModelStore, RegisteredVersion
from ml.tracking.uplift_runs import effects_of, uplift_model_name
from ml.tracking.value_runs import MODEL_NAME

# A purchase summary of so many days beside the horizon still tells what came of the year.
_SLACK_DAYS = 20
_MONEY_DECIMALS = 4


class Monitored(Protocol):
    """A kind of model. `score_name` and `outcome_name` are what drift of scores and outcomes are told of.

    `learns_anew`: a training of today would know more than one of yesterday, so that drift may ask for it.
    """

    name: str
    score_name: str
    outcome_name: str
    is_count: bool
    learns_anew: bool

    def inputs(self, version: RegisteredVersion) -> list[str]: ...

    def rows(self, connection: duckdb.DuckDBPyConnection, day: date) -> pa.Table:
        """Inputs of the customers whom the model scores at a date; empty where the date is not told."""

    def score(self, store: ModelStore, version: RegisteredVersion, rows: pa.Table, day: date) -> np.ndarray:
        """What the version makes of `rows`: array of shape (n,), nan where it has no score."""

    def scores(self, connection: duckdb.DuckDBPyConnection, day: date) -> np.ndarray:
        """The scores that were written for a date: array of shape (n,)."""

    def outcomes(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> Outcomes | None:
        """The latest scores whose outcome is known at `as_of`; None where there are none."""


@dataclass(frozen=True)
class Outcomes:
    """Scores of one date and what came: arrays of shape (n,), without nan."""

    scored_on: date
    version: str
    expected: np.ndarray
    observed: np.ndarray


@dataclass(frozen=True)
class MonitoredChurn:
    lead_days: int
    score_name: str = "churn_probability"
    outcome_name: str = "churned"
    is_count: bool = False
    learns_anew: bool = True

    @property
    def name(self) -> str:
        return churn_model_name(self.lead_days)

    def inputs(self, version: RegisteredVersion) -> list[str]:
        return trained_features(version)

    def rows(self, connection: duckdb.DuckDBPyConnection, day: date) -> pa.Table:
        return connection.execute(
            f'select * from "int".{FEATURES} where as_of_date = ? and is_eligible order by customer_id', [day]
        ).to_arrow_table()

    def score(self, store: ModelStore, version: RegisteredVersion, rows: pa.Table, day: date) -> np.ndarray:
        scored = score_churn(store.load_classifier(version), trained_features(version), rows)
        return numbers(scored[self.score_name])

    def scores(self, connection: duckdb.DuckDBPyConnection, day: date) -> np.ndarray:
        return _column(
            connection,
            "select churn_probability from scores.churn_scores "
            "where as_of_date = ? and lead_days = ? and churn_probability is not null",
            [day, self.lead_days],
        )

    def outcomes(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> Outcomes | None:
        found = connection.execute(
            "select as_of_date, max(model_version) from scores.churn_scores "
            "where lead_days = ? and as_of_date <= ? and churn_probability is not null "
            "and as_of_date not in (from scores.scored_later) "
            "group by 1 order by 1 desc limit 1",
            [self.lead_days, as_of - timedelta(days=self.lead_days)],
        ).fetchone()
        if found is None:
            return None
        # The model tells of those whom nothing is done for; that actions keep customers is no fault of it.
        rows = connection.execute(
            f'select churn_probability, has_churned::double as came from scores.churn_scores join "int".{OUTCOMES} '
            "as outcomes using (customer_id, as_of_date, lead_days) where outcomes.as_of_date = ? "
            f"and outcomes.lead_days = ? and churn_probability is not null and not {is_treated('outcomes')}",
            [found[0], self.lead_days],
        ).to_arrow_table()
        return _outcomes(*found, rows)


@dataclass(frozen=True)
class MonitoredValue:
    horizon_days: int
    name: str = MODEL_NAME
    score_name: str = "clv_12m"
    outcome_name: str = "purchases_12m"
    is_count: bool = True
    learns_anew: bool = True

    def inputs(self, version: RegisteredVersion) -> list[str]:
        return ["age_days", "frequency", "monetary_value", "recency_days"]

    def rows(self, connection: duckdb.DuckDBPyConnection, day: date) -> pa.Table:
        return connection.execute(
            f'select * from "int".{SUMMARIES} where as_of_date = ? order by customer_id', [day]
        ).to_arrow_table()

    def score(self, store: ModelStore, version: RegisteredVersion, rows: pa.Table, day: date) -> np.ndarray:
        settings, fits = store.read(version, FITS_FILE, read_fits)
        fit = fits[max(fitted for fitted in fits if fitted <= day)]
        # As they are written: tenths of finer numbers would part equal customers otherwise.
        return numbers(score_value(fit, rows, **settings)[self.score_name]).round(_MONEY_DECIMALS)

    def scores(self, connection: duckdb.DuckDBPyConnection, day: date) -> np.ndarray:
        return _column(connection, "select clv_12m::double from scores.clv_scores where as_of_date = ?", [day])

    def outcomes(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> Outcomes | None:
        horizon = self.horizon_days
        found = connection.execute(
            "select as_of_date, max(model_version) from scores.clv_scores where expected_purchases_12m is not null "
            "and abs(date_diff('day', as_of_date, ?::date) - ?) <= ? "
            "group by 1 order by abs(date_diff('day', as_of_date, ?::date) - ?), 1 desc limit 1",
            [as_of, horizon, _SLACK_DAYS, as_of, horizon],
        ).fetchone()
        if found is None:
            return None
        rows = connection.execute(
            "select expected_purchases_12m * date_diff('day', scored.as_of_date, ?::date) / ? as expected, "
            "(later.frequency - told.frequency)::double as came from scores.clv_scores as scored "
            f'join "int".{SUMMARIES} as told '
            "on told.customer_id = scored.customer_id and told.as_of_date = scored.as_of_date "
            f'join "int".{SUMMARIES} as later on later.customer_id = scored.customer_id and later.as_of_date = ? '
            "where scored.as_of_date = ? and expected_purchases_12m is not null",
            [as_of, horizon, as_of, found[0]],
        ).to_arrow_table()
        return _outcomes(*found, rows)


@dataclass(frozen=True)
class MonitoredSegments:
    name: str = SEGMENTS
    score_name: str = "clearness"
    outcome_name: str = ""
    is_count: bool = False
    learns_anew: bool = True

    def inputs(self, version: RegisteredVersion) -> list[str]:
        return sorted(feature["metric"] for feature in json.loads(version.tags["settings"])["features"])

    def rows(self, connection: duckdb.DuckDBPyConnection, day: date) -> pa.Table:
        fields = ", ".join(columns_of(connection, SEGMENT_FEATURES))
        return connection.execute(
            f'select {fields} from "int".{SEGMENT_FEATURES} where as_of_date = ? order by customer_id', [day]
        ).to_arrow_table()

    def score(self, store: ModelStore, version: RegisteredVersion, rows: pa.Table, day: date) -> np.ndarray:
        return numbers(score_segments(found_segments(store, version), rows)[self.score_name])

    def scores(self, connection: duckdb.DuckDBPyConnection, day: date) -> np.ndarray:
        return _column(
            connection,
            "select clearness from scores.customer_segments where as_of_date = ? and clearness is not null",
            [day],
        )

    def outcomes(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
        """Segments say what customers are like, and nothing of what they will do."""


@dataclass(frozen=True)
class MonitoredPropensity:
    days: int
    name: str = PROPENSITY
    score_name: str = "probability"
    outcome_name: str = "bought"
    is_count: bool = False
    learns_anew: bool = True

    def inputs(self, version: RegisteredVersion) -> list[str]:
        return list(PROPENSITY_FEATURES)

    def rows(self, connection: duckdb.DuckDBPyConnection, day: date) -> pa.Table:
        """Pairs of customer and category, each a row."""
        return read_pairs(connection, day)

    def score(self, store: ModelStore, version: RegisteredVersion, rows: pa.Table, day: date) -> np.ndarray:
        return probabilities(store.load_classifier(version), rows)

    def scores(self, connection: duckdb.DuckDBPyConnection, day: date) -> np.ndarray:
        return _column(
            connection,
            "select probability from scores.propensity_scores where as_of_date = ? and probability is not null",
            [day],
        )

    def outcomes(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> Outcomes | None:
        found = connection.execute(
            "select as_of_date, max(model_version) from scores.propensity_scores "
            "where as_of_date <= ? and probability is not null and as_of_date not in (from scores.scored_later) "
            "group by 1 order by 1 desc limit 1",
            [as_of - timedelta(days=self.days)],
        ).fetchone()
        if found is None:
            return None
        rows = connection.execute(
            "select scored.probability, (count(bought.ordered_on) > 0)::double as came "
            "from scores.propensity_scores as scored "
            'left join "int".int_propensity__purchases as bought on bought.customer_id = scored.customer_id '
            "and bought.category = scored.category and bought.ordered_on > scored.as_of_date "
            "and bought.ordered_on <= scored.as_of_date + ?::integer "
            "where scored.as_of_date = ? and scored.probability is not null "
            "group by scored.customer_id, scored.category, scored.probability",
            [self.days, found[0]],
        ).to_arrow_table()
        return _outcomes(*found, rows)


@dataclass(frozen=True)
class MonitoredUplift:
    """It learns from campaigns that are over: until another one is, a training gives the same version again."""

    objective: str
    score_name: str = "expected_uplift"
    outcome_name: str = ""
    is_count: bool = False
    learns_anew: bool = False

    @property
    def name(self) -> str:
        return uplift_model_name(self.objective)

    def inputs(self, version: RegisteredVersion) -> list[str]:
        return trained_features(version)

    def rows(self, connection: duckdb.DuckDBPyConnection, day: date) -> pa.Table:
        return connection.execute(
            f'select * from "int".{UPLIFT_FEATURES} where campaign_id is null and as_of_date = ? order by customer_id',
            [day],
        ).to_arrow_table()

    def score(self, store: ModelStore, version: RegisteredVersion, rows: pa.Table, day: date) -> np.ndarray:
        return effects_of(store, version, rows)[:, 0]

    def scores(self, connection: duckdb.DuckDBPyConnection, day: date) -> np.ndarray:
        return _column(
            connection,
            "select expected_uplift from scores.uplift_scores where as_of_date = ? and objective = ? and is_usable",
            [day, self.objective],
        )

    def outcomes(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
        """Nobody is seen both with and without a contact: the next training judges the ranking, by Qini."""


def monitored_models(connection: duckdb.DuckDBPyConnection) -> list[Monitored]:
    """Every model that the policies of the current build make."""
    policy = read_policy(connection)
    days = settings_of(connection, "next_purchase_settings")["probability_days"]
    predicting = [MonitoredValue(int(policy.value["horizon_days"])), MonitoredPropensity(days)]
    objectives = connection.execute("select objective from policy.uplift_objectives order by position").fetchall()
    uplift = [MonitoredUplift(objective) for (objective,) in objectives]
    return [*(MonitoredChurn(lead) for lead in policy.leads), *predicting, MonitoredSegments(), *uplift]


def _outcomes(day: date, version: str, rows: pa.Table) -> Outcomes | None:
    if not rows.num_rows:
        return None
    expected, observed = (numbers(rows[name]) for name in rows.column_names)
    return Outcomes(day, version, expected, observed)


def _column(connection: duckdb.DuckDBPyConnection, sql: str, values: list) -> np.ndarray:
    return numbers(connection.execute(sql, values).to_arrow_table().column(0))
