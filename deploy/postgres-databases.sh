#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: a role and a database of its own for Airflow and for MLflow.
set -eu
psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<'SQL'
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv mlflow_password MLFLOW_DB_PASSWORD
create role airflow login password :'airflow_password';
create role mlflow login password :'mlflow_password';
create database airflow owner airflow;
create database mlflow owner mlflow;
revoke connect on database airflow, mlflow from public;
\connect mlflow
create schema mlflow_auth authorization mlflow;
SQL
