"""What Airflow must be told before it reads the DAGs."""

from airflow.plugins_manager import AirflowPlugin

from include.orchestration.deadlines import RunQueued


class Tierworks(AirflowPlugin):
    name = "tierworks"
    deadline_references = [RunQueued]
