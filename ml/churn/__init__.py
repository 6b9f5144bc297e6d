"""Churn: how likely a customer is to leave within a lead of so many days, and why. Importing this costs nothing."""
