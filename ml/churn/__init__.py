"""Churn: how likely a customer is to buy nothing within a lead of so many days."""

from ml.churn.scoring import score_churn
from ml.churn.training import ChurnTraining, train_churn_model

__all__ = ["ChurnTraining", "score_churn", "train_churn_model"]
