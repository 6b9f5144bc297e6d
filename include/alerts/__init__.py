"""Tells the owners of churn alerts: each new alert once, to a webhook. Knows nothing of Airflow."""
