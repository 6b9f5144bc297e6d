"""Every malformed input ends as a clear error or a reason in quarantine: no stack trace, and no good row lost.

All of them lie in one workspace, each as a source of its own, and are loaded at once: one costs no other anything.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time

import pytest

from include.workspace import PROJECT_ROOT, Workspace
from tests.load.conftest import HEADER, ORDERS, Company
from tests.load.malformed import FILES, HEAD, ONE, PARQUET, ROWS, between, record

CASES = FILES | ROWS
SOURCES = {name: re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for name in CASES}
ENDINGS = {"csv": "csv", "jsonl": "jsonl", "parquet": "parquet"}
NEIGHBOURS = {"csv": HEAD + ONE, "jsonl": record(1) + "\n"}
WHAT_TO_DO = re.compile(
    r"Map|Declare|Deliver|Mend|Rename|[Rr]emove|Write|Load again|Export|Unpack|Copy|Allow|Take one value"
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The company after the load, the messages of refused files by source, and each table's counts."""
    from tests.load.malformed import parquet

    with pytest.MonkeyPatch.context() as patched:
        root = tmp_path_factory.mktemp("malformed")
        patched.setenv("TIERWORKS_HOME", str(root / "home"))
        declarations = []
        for name, case in CASES.items():
            source, ending = SOURCES[name], ENDINGS.get(case.format, "txt")
            folder = root / "data" / source
            folder.mkdir(parents=True)
            path = folder / (
                f"{case.name}_2.{ending}" if case.refused and case.name == "orders" else f"{case.name}.{ending}"
            )
            if callable(case.content):
                case.content(path)
            else:
                path.write_bytes(case.content.encode() if isinstance(case.content, str) else case.content)
            if case.refused and case.format == "parquet":
                parquet(f"select {PARQUET}")(folder / "orders_1.parquet")
            elif case.refused:
                (folder / f"orders_1.{ending}").write_text(NEIGHBOURS[case.format])
            text = ORDERS.replace("source: shop", f"source: {source}").replace(
                "orders*.csv", f"{source}/orders*.{ending}"
            )
            declarations.append(root / f"{source}.yml")
            declarations[-1].write_text(text.replace("format: csv", f"format: {case.format}"))
        company = Company(Workspace("malformed", tuple(declarations), data=root / "data"))
        failure = company.load_failing()
        yield company, failure.messages, {done.source: done for done in failure.result.tables}


@pytest.mark.parametrize("name", FILES, ids=lambda name: name.replace(" ", "_"))
def test_a_file_that_is_no_table_is_refused_with_what_to_do(loaded, name):
    company, messages, counts = loaded
    own = [message for message in messages if message.startswith(f"{SOURCES[name]}/orders: ")]
    assert len(own) == 1
    assert CASES[name].refused in own[0]
    assert WHAT_TO_DO.search(own[0])
    assert not re.search(r"Traceback|Exception\b.*Exception|Parser Error|Binder Error|Conversion Error", own[0])
    assert "\n" not in own[0]
    assert len(own[0]) < 600
    assert company.rows(f"select order_key from raw.orders where source = '{SOURCES[name]}'") == [("1",)]
    assert counts[SOURCES[name]].rows_read == 1


@pytest.mark.parametrize("name", ROWS, ids=lambda name: name.replace(" ", "_"))
def test_bad_rows_are_set_aside_by_reason_and_good_ones_are_in(loaded, name):
    company, messages, counts = loaded
    source, case = SOURCES[name], CASES[name]
    assert not [message for message in messages if message.startswith(f"{source}/")]
    found = company.rows(
        f"select line, [reason.code for reason in reasons], [reason.reason for reason in reasons] "
        f"from ops.quarantine where source = '{source}' and table_name = 'orders' and file is not null order by line"
    )
    assert {line: list(dict.fromkeys(codes)) for line, codes, _ in found} == case.set_aside
    assert all(reasons and all(reasons) for _, _, reasons in found)
    keys = company.rows(f"select order_key from raw.orders where source = '{source}' order by _line")
    assert tuple(key for (key,) in keys) == case.good
    done = counts[source]
    assert (done.rows_accepted, done.rows_quarantined) == (len(case.good), len(case.set_aside))
    assert done.rows_read == done.rows_accepted + done.rows_unchanged + done.rows_quarantined


def test_there_are_forty_and_more():
    assert len(CASES) >= 40


def test_the_same_key_in_two_files_is_news_of_it(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    shop.write("orders_2.csv", HEADER + "1,ann,2024-03-01,S,2\n")
    assert shop.load().total("rows_quarantined") == 0
    assert shop.rows("select amount::varchar from raw.orders") == [("2.0000",)]


def test_a_nested_key_is_refused_for_the_whole_table(company, engine):
    shop = company(ORDERS.replace("csv", "parquet"))
    engine.execute(
        f"copy (select {PARQUET.replace(repr('ann'), '{n: 1}')}) to '{shop.data / 'orders.parquet'}'".replace(
            "{n: 1}", "{'n': 1}"
        )
    )
    (message,) = shop.load_failing().messages
    assert 'customers.customer_key is a key, and "customer" is STRUCT(n INTEGER)' in message


def test_a_file_that_is_written_while_it_is_read_waits_until_it_is_whole(company):
    shop = company()
    shop.write("orders_1.csv", HEADER + "1,ann,2024-03-01,S,1\n")
    path = shop.write("orders_2.csv", HEADER)
    ended, count = threading.Event(), 0

    def write():
        nonlocal count
        with path.open("a") as growing:
            while not ended.is_set():
                count += 1
                growing.write(f"{count + 10},bob,2024-03-01,S,1\n")
                growing.flush()
                time.sleep(0.0005)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        (message,) = shop.load_failing().messages
    finally:
        ended.set()
        writer.join()
    assert "orders_2.csv changed while it was read. Load again when it is whole." in message
    assert shop.load().total("rows_accepted") == count
    assert shop.rows("select count(*) from raw.orders") == [(count + 1,)]


UNREADABLE = """
import os, sys
from pathlib import Path
from include.load.declaration import read_declaration
from include.load.files import find_files
table = read_declaration(Path(sys.argv[1])).tables[0]
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(find_files(table, Path(sys.argv[2]))[1])
"""


def test_a_file_that_may_not_be_read_is_told(company):
    shop = company()
    shop.write("orders_1.csv", HEADER).chmod(0)
    for folder in [shop.data, *shop.data.parents]:
        if folder.stat().st_mode & 0o055 != 0o055:  # somebody else than us is to come as far as the file
            folder.chmod(0o755)
    arguments = [sys.executable, "-c", UNREADABLE, str(shop.workspace.declarations[0]), str(shop.data)]
    told = subprocess.run(arguments, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    assert "orders_1.csv cannot be read (Permission denied). Allow it, or remove the file." in told


MEASURED = """
import datetime, resource, sys
from pathlib import Path
from include.load import LoadFailed, load_workspace
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
workspace = Workspace(sys.argv[1], (Path(sys.argv[2]),), data=Path(sys.argv[3]))
with open_warehouse(workspace) as connection:
    load_workspace(workspace, connection, "once", datetime.datetime(2026, 1, 1), lambda line: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_line_of_100_mb_takes_bounded_memory(company):
    peaks = []
    for length in (10, 100_000_000):
        shop = company()
        shop.write("orders.csv", between(f"2,{'x' * length},2024-03-01,S,1"))
        arguments = [shop.workspace.name, str(shop.workspace.declarations[0]), str(shop.data)]
        child = [sys.executable, "-c", MEASURED, *arguments]
        peaks.append(int(subprocess.run(child, cwd=PROJECT_ROOT, capture_output=True, check=True).stdout))
        keys = [("1",), ("9",)] if length > 10 else [("1",), ("2",), ("9",)]
        assert shop.rows("select order_key from raw.orders order by 1") == keys
    assert peaks[1] - peaks[0] < 400  # MB; a part is 16 million bytes, and is held a few times while it is split
