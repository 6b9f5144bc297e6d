#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the database that BI tools read, and the role that publishes to it.
# It may create roles, for a reader of each workspace (docs/publishing.md); nothing else is in this server.
set -eu
psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<'SQL'
\getenv serving_password SERVING_PASSWORD
create role publisher login createrole password :'serving_password';
create database bi owner publisher;
SQL
