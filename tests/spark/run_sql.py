"""Runs the statements of its input, one a line, on the Thrift server whose port it is given.

It runs in .venv-spark, whose Python knows the protocol.
"""

import sys

from pyhive import hive

with hive.connect("127.0.0.1", int(sys.argv[1]), username="tierworks") as connection:
    cursor = connection.cursor()
    for statement in sys.stdin:
        cursor.execute(statement)
