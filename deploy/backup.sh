#!/bin/sh
# deploy/backup.sh FOLDER: everything that cannot be made again, into a new folder. Workers rest meanwhile.
set -eu
umask 077
target=${1:?say where: deploy/backup.sh FOLDER}
mkdir "$target"
target=$(cd "$target" && pwd)
cd "$(dirname "$0")/.."
# Stopped, so that databases and files are of one moment. A task that is cut off is tried again afterwards.
docker compose stop airflow-scheduler airflow-worker
trap 'docker compose start airflow-scheduler airflow-worker' EXIT
for database in airflow mlflow; do
  docker compose exec -T postgres pg_dump -U postgres -Fc "$database" > "$target/$database.dump"
done
docker compose exec -T serving pg_dump -U postgres -Fc bi > "$target/bi.dump"
# People's logins, and who is in which role.
docker compose exec -T serving pg_dumpall -U postgres --roles-only | grep -v -E '^(CREATE|ALTER) ROLE (postgres|publisher)\b' \
  > "$target/bi-roles.sql"
docker compose run --rm --no-deps -T airflow-worker tar -C /var/lib/tierworks -cf - . > "$target/state.tar"
cp .env "$target/env"
(cd "$target" && sha256sum airflow.dump mlflow.dump bi.dump bi-roles.sql state.tar env > checksums)
echo "Backed up to $target. It holds passwords and personal data: keep it as you keep those."
