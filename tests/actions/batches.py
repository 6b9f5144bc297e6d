"""Published versions that hold a batch of actions and nothing else, and acting on them as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import duckdb

from include.actions.decided import DECIDED
from include.workspace import PROJECT_ROOT, Workspace

ACT = """
from include.actions.act import plan_actions, send_actions
from include.actions.receivers import PostgresReceiver, receiver_of
from include.alerts.webhook import Webhook
from include.workspace import Workspace
Webhook.backoff = PostgresReceiver.backoff = 0.02
shop = Workspace("shop", ())
plan_actions(shop, lambda line: None)
send_actions(shop, receiver_of(shop, lambda name: None), lambda line: None)
"""
CONTROL_EVERY = 10


def publish(shop: Workspace, actions: int, as_of: str = "2025-06-30", question: str | None = None) -> set[str]:
    """Publish a batch, each tenth of which is withheld; returns the keys of those that may go out."""
    shop.make_folders()
    folder = shop.versions / f"v{len(list(shop.versions.iterdir()))}"
    folder.mkdir()
    with duckdb.connect(str(folder / "tierworks.duckdb")) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in DECIDED.items())
        connection.execute(f"create table customer_actions ({columns}, is_decided_now boolean)")
        connection.execute(
            "insert into customer_actions by name select 'x' || $2 || '-' || n as action_key, 'c' || n as customer_id, "
            "$2::date as as_of_date, 'call' as action, 'Call' as action_en, '致电' as action_zh, 'call' as kind, "
            "'call' as channel, 'retention' as objective, 'leaving' as at_stake, 'Leaves' as reason_en, "
            "'流失' as reason_zh, 10 as cost, 0.1 as effect, 200 as value_at_stake, 10 as expected_value, "
            "'team' as owner_kind, 'retention' as owner, $2::date + 3 as due_on, $2::date + 17 as closes_on, "
            f"n % {CONTROL_EVERY} = 0 as is_control, 'p1' as policy_version, 'b1' as build_id, true as is_decided_now "
            "from range($1) as r(n)",
            [actions, as_of],
        )
        connection.execute(
            "create table action_batches as select $1::date as as_of_date, 'b1' as build_id, $2::varchar as question",
            [as_of, question],
        )
        keys = connection.execute("select action_key from customer_actions where not is_control").fetchall()
    shop.current.unlink(missing_ok=True)
    shop.current.symlink_to(folder)
    return {key for (key,) in keys}


def acting(url: str) -> subprocess.Popen:
    """`act` in a process that may be killed."""
    environment = {**os.environ, "TIERWORKS_CONN_CRM": url, "PYTHONPATH": str(PROJECT_ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", ACT], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
