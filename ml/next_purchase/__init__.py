"""When a customer buys next, and from which category."""

from ml.next_purchase.categories import judge_probabilities, learn_probabilities, probabilities
from ml.next_purchase.day_weights import DayWeights, fit_day_weights
from ml.next_purchase.judging import judge_windows
from ml.next_purchase.waiting import Rhythm, learn_rhythm
from ml.next_purchase.windows import Windows, tell_windows

__all__ = [
    "DayWeights",
    "Rhythm",
    "Windows",
    "fit_day_weights",
    "judge_probabilities",
    "judge_windows",
    "learn_probabilities",
    "learn_rhythm",
    "probabilities",
    "tell_windows",
]
