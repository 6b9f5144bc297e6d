"""Keeps what a workspace holds within bounds: old versions, models, logs, results, and the warehouse's own file."""
