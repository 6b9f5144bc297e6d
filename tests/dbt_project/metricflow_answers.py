"""Asks MetricFlow for metrics by month; run by the interpreter of an environment of its own, from a dbt project folder.

Writes {metric: {month: value}} as JSON to the file that is given first; the metrics are the other arguments.
"""

import json
import sys

from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

MONTH = "metric_time__month"


def main(target: str, metrics: list[str]) -> None:
    configuration = CLIConfiguration()
    configuration.setup(configure_file_logging=False)
    answers = {}
    for metric in metrics:
        request = MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=[MONTH])
        rows = configuration.mf.query(request).result_df.rows
        answers[metric] = {
            month.date().isoformat(): None if value is None else float(value)
            for month, value in rows
            if month is not None
        }
    with open(target, "w", encoding="utf-8") as file:
        json.dump(answers, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
