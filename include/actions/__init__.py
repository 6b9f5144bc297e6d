"""Brings decided actions to the CRM, each once, and keeps the ledger of them. Knows nothing of Airflow."""
