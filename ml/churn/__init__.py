"""Churn: how likely a customer is to leave within a lead of so many days, and why."""

from ml.churn.scoring import score_churn
from ml.churn.training import ChurnTraining, train_churn_model

__all__ = ["ChurnTraining", "score_churn", "train_churn_model"]
