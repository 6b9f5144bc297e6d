"""Whom an offer changes: learners of uplift, how well they rank customers, and what may be told of each."""
