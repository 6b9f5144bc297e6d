"""Notices to operators: what failed or is late, where, and what to do next."""
