"""One list of products for each customer: what they buy again, and what buyers of their products buy too."""

from ml.recommendation.history import History
from ml.recommendation.judging import Judgement, Range, choose_blend, judge_recommendations
from ml.recommendation.lists import Blend, Lists, learn, recommend

__all__ = [
    "Blend",
    "History",
    "Judgement",
    "Lists",
    "Range",
    "choose_blend",
    "judge_recommendations",
    "learn",
    "recommend",
]
