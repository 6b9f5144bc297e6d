"""MLflow's store of a workspace on a PostgreSQL server: a schema of its own, made or brought to this release."""

from __future__ import annotations

from ml.tracking.settings import import_mlflow


def prepare_store(uri: str, schema: str) -> None:
    """Make the schema and MLflow's tables when they are not there; else upgrade them. Nothing to do is no error.

    Raises
    ------
    sqlalchemy.exc.OperationalError: the server does not answer, or refuses the login.
    """
    import_mlflow()
    from mlflow.store.db import utils as database
    from sqlalchemy import text

    engine = database.create_sqlalchemy_engine_with_retry(uri)
    with engine.begin() as connection:
        connection.execute(text(f'create schema if not exists "{schema}"'))
    # As `mlflow server` does on an empty database, and `mlflow db upgrade` on one of a former release.
    database._safe_initialize_tables(engine)
    database._upgrade_db(engine)
    engine.dispose()
