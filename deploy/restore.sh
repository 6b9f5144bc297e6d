#!/bin/sh
# deploy/restore.sh FOLDER: what deploy/backup.sh wrote, into a stack that has no volumes yet.
set -eu
umask 077
source=$(cd "${1:?say from where: deploy/restore.sh FOLDER}" && pwd)
cd "$(dirname "$0")/.."
(cd "$source" && sha256sum --quiet -c checksums)
# The keys must be those that the databases were written with.
if [ -e .env ] && ! cmp -s .env "$source/env"; then
  echo "restore: .env differs from the backup's. Move it away first." >&2
  exit 1
fi
cp "$source/env" .env
docker compose up -d --wait postgres serving
if docker compose run --rm --no-deps -T airflow-worker sh -c 'ls -A /var/lib/tierworks' | grep -q .; then
  echo "restore: there is a stack here already. Its volumes must be empty: docker compose down --volumes" >&2
  exit 1
fi
for database in airflow mlflow; do
  docker compose exec -T postgres pg_restore -U postgres -d "$database" --clean --if-exists --exit-on-error \
    < "$source/$database.dump"
done
docker compose exec -T serving psql -q -v ON_ERROR_STOP=1 -U postgres < "$source/bi-roles.sql"
docker compose exec -T serving pg_restore -U postgres -d bi --clean --if-exists --exit-on-error < "$source/bi.dump"
docker compose run --rm --no-deps -T airflow-worker tar -C /var/lib/tierworks -xf - < "$source/state.tar"
echo "Restored. \`make compose-up\` starts it."
