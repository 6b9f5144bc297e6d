"""Words that a policy of experiments may use."""

from __future__ import annotations

HOLM, BENJAMINI_HOCHBERG = "holm", "benjamini_hochberg"
CORRECTIONS = (HOLM, BENJAMINI_HOCHBERG)
OBRIEN_FLEMING, ALWAYS_VALID = "obrien_fleming", "always_valid"
PEEKING = (OBRIEN_FLEMING, ALWAYS_VALID)
WIN, LOSS, NO_EFFECT_SHOWN, UNDERPOWERED = "win", "loss", "no_effect_shown", "underpowered"
BROKEN_RATIO, STILL_RUNNING = "broken_ratio", "still_running"
VERDICTS = (WIN, LOSS, NO_EFFECT_SHOWN, UNDERPOWERED, BROKEN_RATIO, STILL_RUNNING)
