"""Policies: thresholds and rules that a business user edits, as YAML."""
