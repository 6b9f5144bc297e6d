"""The table that experiments are judged in. Importing this costs next to nothing."""

from __future__ import annotations

import pyarrow as pa

NUMBERS = ("mean", "control_mean", "lift", "standard_error", "lift_low", "lift_high", "relative_lift", "relative_low")
NUMBERS += ("relative_high", "p_value", "adjusted_p_value", "power", "minimal_detectable_effect", "sample_ratio_p")
NUMBERS += ("information", "running_low", "running_high")
RESULTS = pa.schema(
    [
        *((name, pa.string()) for name in ("campaign_id", "dimension", "segment", "arm", "control_arm", "metric")),
        *((name, pa.int64()) for name in ("window_days", "assigned", "control_assigned", "units", "control_units")),
        *((name, pa.float64()) for name in NUMBERS),
        ("tests", pa.int64()),
        ("is_finished", pa.bool_()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
    ]
)
