#!/bin/sh
# Writes .env beside docker-compose.yml: every password and key made anew, readable by the owner alone.
# What stands there already stays as it is; a name that a later release asks for is added.
set -eu
cd "$(dirname "$0")/.."
file=${1:-.env}
umask 077
touch "$file"
chmod 600 "$file"

add() {
  grep -q "^$1=" "$file" || printf '%s=%s\n' "$1" "$2" >> "$file"
}

random() {
  head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

add COMPOSE_PROFILES demo
add TIERWORKS_WORKSPACE simulated_crm
for name in POSTGRES_PASSWORD AIRFLOW_DB_PASSWORD MLFLOW_DB_PASSWORD REDIS_PASSWORD CRM_PASSWORD \
  SERVING_ADMIN_PASSWORD SERVING_PASSWORD AIRFLOW_ADMIN_PASSWORD AIRFLOW_API_KEY AIRFLOW_JWT_KEY MLFLOW_ADMIN_PASSWORD MLFLOW_KEY; do
  add "$name" "$(random)"
done
# Airflow encrypts its connections with this one; its form is 32 bytes in URL-safe base64.
add AIRFLOW_FERNET_KEY "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
