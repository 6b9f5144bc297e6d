"""What every policy file may say: its keys, their kinds and bounds. Adding a setting is a line here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from include.identity.comparisons import BLOCKING_COLUMNS, LEVELS
from include.policies.data_health import DIMENSIONS, SEVERITIES

VALUE_FAMILIES = ("bgnbd", "mbgnbd", "pnbd", "machine")
VALUE_METRICS = ("mae", "rmse", "bias", "calibration_error", "active_auc", "tracking_error")
VALUE_METRICS += ("spend_mae", "spend_rmse", "spend_bias", "spend_calibration_error", "spend_gini")
SURVIVORSHIP_RULES = ("most_recent", "most_complete", "source_priority")


@dataclass(frozen=True)
class Number:
    """A number within bounds, both included."""

    least: float
    most: float
    whole: bool = False

    def __str__(self) -> str:
        return f"a {'whole ' if self.whole else ''}number from {_in_digits(self.least)} to {_in_digits(self.most)}"


def _in_digits(number: float) -> str:
    return format(Decimal(repr(number)).normalize(), "f")


@dataclass(frozen=True)
class Metric:
    """Name of a numeric column of `customer_metrics`, or of `beside`."""

    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "the name of a metric"


@dataclass(frozen=True)
class Choice:
    options: tuple[str, ...]

    def __str__(self) -> str:
        return f"one of {', '.join(self.options)}"


@dataclass(frozen=True)
class Name:
    """A name that can be a value in a table: lower-case letters, digits and _."""

    def __str__(self) -> str:
        return "a name of lower-case letters, digits and _, beginning with a letter"


@dataclass(frozen=True)
class Words:
    def __str__(self) -> str:
        return "text that is not empty"


@dataclass(frozen=True)
class Key:
    def __str__(self) -> str:
        return "a key as its source writes it"


@dataclass(frozen=True)
class ContractTable:
    """Name of an entity of the CRM contract."""

    def __str__(self) -> str:
        return "the name of a table of the CRM contract (docs/contract.md)"


@dataclass(frozen=True)
class Names:
    """A list of different names, one or more."""

    def __str__(self) -> str:
        return "a list of names, each once"


@dataclass(frozen=True)
class Scores:
    """`[from, to]`, scores 1 to 5."""

    def __str__(self) -> str:
        return "a pair [from, to] of scores from 1 to 5"


@dataclass(frozen=True)
class Days:
    """A list of different numbers of days, or what else is counted, within bounds, both included."""

    least: int
    most: int
    of: str = "days"

    def __str__(self) -> str:
        return f"a list of {self.of} from {self.least} to {self.most}, each once"


@dataclass(frozen=True)
class Importance:
    """How many times as much one thing matters as another: 1 to 9, or the reciprocal of such a number."""

    def __str__(self) -> str:
        return "a number from 1 to 9, or 1/2 to 1/9 for the opposite"


@dataclass(frozen=True)
class Day:
    def __str__(self) -> str:
        return "a day such as 2024-06-30"


@dataclass(frozen=True)
class Flag:
    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Region:
    """A country by ISO 3166-1, or ZZ for none."""

    def __str__(self) -> str:
        return "two capital letters of ISO 3166-1, such as CN"


@dataclass(frozen=True)
class Currency:
    def __str__(self) -> str:
        return "three capital letters of ISO 4217, such as CNY"


@dataclass(frozen=True)
class Several:
    """A list of different texts, out of `options` when there are any."""

    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"a list of {', '.join(self.options) or 'texts'}, each once"


@dataclass(frozen=True)
class Items:
    """A list of mappings; `optional` keys may be left out. The first key names an item, once unless it `may_repeat`."""

    keys: dict[str, object]
    optional: frozenset[str] = frozenset()
    may_be_empty: bool = False
    may_repeat: bool = False

    def __str__(self) -> str:
        return "a list"


TOP_SHARES = Items({"name": Name(), "zh": Words(), "top_share": Number(0, 1)}, frozenset({"top_share", "zh"}))

SHAPES: dict[str, dict[str, object]] = {
    "rfm": {
        "recency_metric": Metric(),
        "frequency_metric": Metric(),
        "monetary_metric": Metric(),
        "segments": Items(
            {"name": Name(), "zh": Words(), "r": Scores(), "f": Scores(), "m": Scores()}, frozenset({"zh"})
        ),
    },
    "clv": {
        "horizon_days": Number(30, 3650, whole=True),
        "annual_discount_rate": Number(0, 1),
        "margin_rate": Number(0, 1),
        "interval_level": Number(0.5, 0.999),
        "candidates": Several(VALUE_FAMILIES),
        "champion_metrics": Several(VALUE_METRICS),
        "better_by": Number(0, 10),
        "much_worse": Number(0, 10),
        "bias_within": Number(0, 1),
        "tiers": TOP_SHARES,
    },
    "data_health": {
        "dimensions": Items(
            {"name": Choice(DIMENSIONS), "zh": Words(), "at_least": Number(0, 1), "severity": Choice(SEVERITIES)},
            frozenset({"zh"}),
        ),
        "exceptions": Items(
            {
                "rule": Name(),
                "dimension": Choice(DIMENSIONS),
                "table": ContractTable(),
                "column": Name(),
                "at_least": Number(0, 1),
                "severity": Choice(SEVERITIES),
            },
            frozenset({"column", "severity"}),
            may_be_empty=True,
        ),
        "sometimes_empty": Items({"table": ContractTable(), "columns": Names()}, may_be_empty=True),
        "fresh_within_days": Number(1, 3650, whole=True),
        "freshness": Items({"table": ContractTable(), "days": Number(1, 3650, whole=True)}, may_be_empty=True),
        "distinct": Items({"rule": Name(), "table": ContractTable(), "column": Name()}, may_be_empty=True),
        "rules": Items(
            {
                "rule": Name(),
                "dimension": Choice(("validity", "consistency")),
                "table": ContractTable(),
                "column": Name(),
                "holds": Words(),
                "within": Number(0, 1_000_000),
            },
            frozenset({"within"}),
            may_be_empty=True,
        ),
    },
    "calendar": {"history_months": Number(0, 1200, whole=True)},
    "publishing": {
        "keep_versions": Number(1, 1000, whole=True),
        "keep_past_dates": Number(1, 1000, whole=True),
        "serving_patience_seconds": Number(0, 3600),
    },
    "housekeeping": {
        "step_log_days": Number(1, 36500, whole=True),
        "log_days": Number(1, 36500, whole=True),
        "airflow_days": Number(1, 36500, whole=True),
        "audit_days": Number(1, 36500, whole=True),
        "data_docs_builds": Number(1, 1000, whole=True),
        "quarantine_days": Number(1, 36500, whole=True),
        "rewrite_from_free_share": Number(0.05, 1),
    },
    "standards": {
        "default_region": Region(),
        "source_regions": Items({"source": Words(), "region": Region()}, may_be_empty=True),
        "countries": Items({"name": Words(), "code": Region()}, may_be_empty=True),
        "currencies": Items({"name": Words(), "code": Currency()}, may_be_empty=True),
        "email_providers": Items(
            {"domain": Words(), "same_as": Words(), "ignores_dots": Flag(), "ignores_plus": Flag()},
            frozenset({"same_as", "ignores_dots", "ignores_plus"}),
            may_be_empty=True,
        ),
        "placeholder_emails": Several(),
        "placeholder_domains": Several(),
        "placeholder_phones": Several(),
        "placeholder_names": Several(),
        "placeholder_births": Items({"day": Day()}, may_be_empty=True),
        "shared_by": Number(1, 1_000_000, whole=True),
    },
    "identity": {
        "merge_at": Number(0.5, 1),
        "review_from": Number(0, 1),
        "minimum_records": Number(2, 1_000_000_000, whole=True),
        "retrain_growth": Number(1, 1_000_000),
        "largest_block": Number(2, 100_000, whole=True),
        "pairs_per_record": Number(1, 10_000),
        "memory_gigabytes": Number(0.5, 10_000),
        "duplicates_per_record": Number(0.000001, 10),
        "blocking": Items(
            {"rule": Name(), "on": Several(BLOCKING_COLUMNS), "largest_block": Number(2, 100_000, whole=True)},
            frozenset({"largest_block"}),
        ),
        "survivorship": Items({"column": Name(), "rule": Choice(SURVIVORSHIP_RULES)}, may_be_empty=True),
        "source_priority": Several(),
        "weights": Items({"level": Choice(LEVELS), "m": Number(0.000001, 1), "u": Number(0.000000001, 1)}),
    },
}
