"""Estimators, their evaluation and their MLflow runs: Arrow tables in, Arrow tables out."""
