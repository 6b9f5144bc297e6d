"""The assets that join the DAGs; each event carries the partition `workspace|as_of_date`."""

from airflow.sdk import Asset

RAW_ROWS = Asset(uri="tierworks://raw_rows", name="raw_rows")
CUSTOMER_FACTS = Asset(uri="tierworks://customer_facts", name="customer_facts")
SCORED_MARTS = Asset(uri="tierworks://scored_marts", name="scored_marts")
PUBLISHED_VERSION = Asset(uri="tierworks://published_version", name="published_version")
TRAINING_ASKED = Asset(uri="tierworks://training_asked", name="training_asked")
