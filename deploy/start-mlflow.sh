#!/bin/sh
# MLflow's pages of the workspace. Only the names that the published port has are answered.
set -eu
store=$(python -c 'import os; from include.workspace import resolve_workspace as of
print(of(os.environ["TIERWORKS_WORKSPACE"]).mlflow_tracking_uri)')
exec mlflow server --host 0.0.0.0 --port 5000 --workers 1 --app-name basic-auth --backend-store-uri "$store" \
  --no-serve-artifacts --allowed-hosts "localhost:*,127.0.0.1:*"
