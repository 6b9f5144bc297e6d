"""Tells the owners of open alerts what the published version says of them, each alert once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from include.alerts.ledger import open_ledger
from include.alerts.webhook import PushFailed, Webhook
from include.load.connections import Connection, environment_url
from include.publishing.earlier_releases import NotInVersion, of_any_release
from include.warehouse.connection import open_published
from include.workspace import Workspace

CONNECTION = "alerts"
# Ids, words of policies and dates: nothing of a person but the id of the customer.
_MESSAGE = """
    select
        alert_id, customer_id, opened_on::varchar as opened_on, level, level_en, level_zh, signals_en, signals_zh,
        owner_kind, owner, due_on::varchar as due_on, offer, offer_en, offer_zh, lead_days, churn_probability
    from churn_alerts
    where status = 'open'
    order by due_on, points desc, alert_id
"""


def receiver_of(workspace: Workspace, further_urls: Callable[[str], str | None]) -> Connection | None:
    """Where a workspace's alerts go: the connection `alerts_<workspace>`, else `alerts`; None when neither is set.

    `further_urls` is asked for what the environment does not know.

    Raises
    ------
    PushFailed: the connection is no http or https URL.
    """
    for name in (f"{CONNECTION}_{workspace.name}", CONNECTION):
        url = environment_url(name) or further_urls(name)
        if url:
            if not re.match(r"https?://[^/\s]", url):
                raise PushFailed(f"the connection {name} is no URL such as https://user:password@host/path.")
            return Connection(name, url)
    return None


def push_alerts(workspace: Workspace, receiver: Connection, progress: Callable[[str], None] = print) -> int:
    """Post every open alert of the published version that was not told yet; returns how many were.

    The id goes into the kept ledger when the receiver has taken the alert. A push that is killed between the two posts
    it again under the same key, by which the receiver knows that it has it.

    Raises
    ------
    PushFailed: the receiver does not take one; those before it stay told.
    """
    webhook, pushed = Webhook(receiver), 0
    with open_ledger(workspace) as ledger:
        for alert in _open_alerts(workspace, progress):
            if alert["alert_id"] in ledger.told:
                continue
            webhook.post(alert["alert_id"], {"workspace": workspace.name, **alert})
            ledger.note(alert["alert_id"], datetime.now(UTC))
            pushed += 1
    progress(f"Told {pushed} new alerts to {receiver.name}")
    return pushed


def _open_alerts(workspace: Workspace, progress: Callable[[str], None]) -> list[dict]:
    """Alerts of the published version in the order in which they are due; none before the first publication."""
    if not workspace.current.exists():
        return []
    with open_published(workspace.published_file) as connection:
        try:
            with of_any_release():
                found = connection.execute(_MESSAGE)
        except NotInVersion as problem:
            progress(f"No alerts: {problem}")
            return []
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
