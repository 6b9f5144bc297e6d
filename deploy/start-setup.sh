#!/bin/sh
# Runs before the others at each start: brings the databases to this release, and registers the workspace.
set -eu
airflow db migrate
airflow pools set warehouse_writer 1 "One writer of warehouses at a time."
tierworks register --workspace "$TIERWORKS_WORKSPACE"
