"""The steps of a run as plain functions: each takes the workspace's lock, can be killed and run again."""
