"""`tierworks metrics`: the figures that are defined once, asked of the published version."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable
from decimal import Decimal

from include.cli.days import day
from include.workspace import Workspace, resolve_workspace


def add_parser(commands, workspace_option: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = commands.add_parser("metrics", help="figures that are defined once: list them, or ask for them")
    workspace_option(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="verb", required=True)
    listed = verbs.add_parser("list", help="every figure with unit and definition, or what one can be asked by")
    listed.add_argument("metric", nargs="*", help="tell what these can be asked by, together")
    listed.add_argument("--all", action="store_true", help="those too that the quoted ones are made of")
    query = verbs.add_parser("query", help="figures by time and dimension")
    query.add_argument("metric", nargs="+", help="such as net_revenue; see list")
    query.add_argument("--by", action="append", default=[], help="month, tier, region, …; may be repeated")
    query.add_argument(
        "--where", action="append", default=[], metavar="CONDITION", help="such as \"tier = 'gold'\"; may be repeated"
    )
    query.add_argument("--from", dest="first", type=day, metavar="DAY", help="YYYY-MM-DD, it included")
    query.add_argument("--to", dest="last", type=day, metavar="DAY", help="YYYY-MM-DD, it included")
    query.add_argument("--in", dest="place", choices=("file", "postgres"), default="file", help="default: %(default)s")
    query.add_argument("--csv", action="store_true", help="as CSV, in full precision")
    query.add_argument("--sql", action="store_true", help="print the SQL and ask nothing")
    for verb in (listed, query):
        # Without a default of its own the option before the verb is not overwritten.
        verb.add_argument("--workspace", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def metrics(options: argparse.Namespace) -> int:
    import psycopg

    from include.metrics.semantic import MetricUnknown, NothingToAsk
    from include.publishing.postgres_schema import ServingFailed

    workspace = resolve_workspace(options.workspace)
    try:
        return _list(workspace, options) if options.verb == "list" else _query(workspace, options)
    except MetricUnknown as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
        return 2
    except (NothingToAsk, ServingFailed) as problem:
        print(f"tierworks: {problem}", file=sys.stderr)
    except psycopg.Error as problem:
        from include.publishing.serving import serving_connection

        print(f"tierworks: PostgreSQL: {serving_connection(workspace).scrubbed(problem)}", file=sys.stderr)
    return 1


def _list(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.metrics.semantic import SemanticLayer

    layer = SemanticLayer(workspace)
    if options.metric:
        print("\n".join(layer.dimensions(options.metric)))
        return 0
    shown = [metric for metric in layer.metrics() if metric.quoted or options.all]
    width = max((len(metric.name) for metric in shown), default=0)
    for metric in shown:
        print(f"{metric.name:{width}}  {metric.label} ({metric.unit}): {metric.description}")
    return 0


def _query(workspace: Workspace, options: argparse.Namespace) -> int:
    from include.metrics.answering import ask_file, ask_postgres
    from include.metrics.semantic import NothingToAsk, Question, SemanticLayer
    from include.publishing.postgres_schema import schema_of
    from include.publishing.serving import serving_connection

    question = Question(tuple(options.metric), tuple(options.by), tuple(options.where), options.first, options.last)
    in_postgres = options.place == "postgres"
    if options.sql:
        schema = schema_of(workspace.name) if in_postgres else "main"
        print(SemanticLayer(workspace, schema, in_postgres).sql(question))
        return 0
    if in_postgres:
        origin = serving_connection(workspace)
        if origin is None:
            raise NothingToAsk("no PostgreSQL is connected. Set TIERWORKS_CONN_SERVING=postgresql://user:password@…")
        answer = ask_postgres(workspace, origin, question)
    else:
        answer = ask_file(workspace, question)
    if options.csv:
        csv.writer(sys.stdout).writerows([answer.columns, *answer.rows])
        return 0
    rows = [answer.columns, *([_told(value) for value in row] for row in answer.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)))
    print(f"{workspace.name}, as of {answer.as_of}, build {answer.build_id}")
    return 0


def _told(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float | Decimal):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
