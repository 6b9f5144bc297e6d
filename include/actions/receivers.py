"""The three ways to a CRM: a table of PostgreSQL, a REST address, a folder of files. Each takes an action once."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

from include.actions.ledger import ActionLedger
from include.alerts.webhook import PushFailed, PushRefused, Webhook
from include.load.connections import Connection, environment_url
from include.workspace import Workspace

CONNECTION = "crm"
TABLE = "tierworks_actions"
TABLE_OF_CRM = f"""
create table if not exists {TABLE} (
    action_key text primary key,
    workspace text not null,
    customer_id text not null,
    customer_keys jsonb not null,
    action text not null,
    channel text,
    owner text,
    due_on date,
    content jsonb not null,
    received_at timestamptz not null default now()
)
"""
_INSERT = (
    f"insert into {TABLE} (action_key, workspace, customer_id, customer_keys, action, channel, owner, due_on, content) "
    "values (%(action_key)s, %(workspace)s, %(customer_id)s, %(customer_keys)s::jsonb, %(action)s, %(channel)s, "
    "%(owner)s, %(due_on)s, %(content)s::jsonb) on conflict (action_key) do nothing"
)


class SendFailed(RuntimeError):
    """The CRM takes no actions at the moment; the words hold no secret and say what to do."""


class PostgresReceiver:
    """Rows of one parcel go in by one transaction; a key that is there already is left as it is."""

    parcel_size, attempts, backoff = 500, 5, 0.5
    patience = 60.0  # seconds for a statement: a table that somebody has locked is no reason to hang

    def __init__(self, connection: Connection):
        self.connection = connection
        self._url = re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql:", connection.url)

    def deliver(self, ledger: ActionLedger, messages: Sequence[dict]) -> None:
        import psycopg

        keys = [message["action_key"] for message in messages]
        ledger.send(keys)
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.backoff * 2 ** (attempt - 1))
            try:
                with psycopg.connect(self._url, connect_timeout=20) as database:
                    database.execute(f"set local statement_timeout = {int(1000 * self.patience)}")
                    # Asked first: whoever may only insert may not say `create table if not exists` either.
                    if database.execute("select to_regclass(%s)", [TABLE]).fetchone() == (None,):
                        database.execute(TABLE_OF_CRM)
                    # What is acknowledged must outlast a crash of the CRM's server, however lax it is set.
                    database.execute("set local synchronous_commit = on")
                    with database.cursor() as cursor:
                        cursor.executemany(_INSERT, [_row(message) for message in messages])
                    self._refuse_a_shared_table(database, messages)
                break
            except psycopg.OperationalError as error:
                problem = self.connection.scrubbed(error)
            except psycopg.Error as error:
                raise SendFailed(
                    f"{self.connection.name}: the table {TABLE} takes no actions: {self.connection.scrubbed(error)}. "
                    "Mend the table or its grants, and run act again."
                ) from None
        else:
            raise SendFailed(f"{self.connection.name}: {problem}. What arrived stays; run act again.")
        ledger.acknowledge(keys)

    def _refuse_a_shared_table(self, database, messages: Sequence[dict]) -> None:
        """Workspaces that read the same sources know their customers by the same ids, and so make the same keys."""
        keys, own = [message["action_key"] for message in messages], messages[0]["workspace"]
        found = database.execute(
            f"select workspace from {TABLE} where action_key = any(%s) and workspace <> %s limit 1", [keys, own]
        ).fetchone()
        if found:
            raise SendFailed(
                f"{self.connection.name}: the table {TABLE} has actions of the workspace {found[0]} under the same "
                f"keys. Give {own} a database of its own: {CONNECTION}_{own}."
            )


class RestReceiver:
    """Each action is posted under its key; 409 says that the CRM has it. Several are on their way at once."""

    parcel_size, at_once = 64, 8

    def __init__(self, connection: Connection):
        self.webhook = Webhook(connection, "action")

    def deliver(self, ledger: ActionLedger, messages: Sequence[dict]) -> None:
        ledger.send([message["action_key"] for message in messages])
        with ThreadPoolExecutor(self.at_once) as pool:
            outcomes = list(pool.map(self._post, messages))
        pairs = list(zip(messages, outcomes, strict=True))
        ledger.acknowledge([message["action_key"] for message, problem in pairs if problem is None])
        for message, problem in pairs:
            if isinstance(problem, PushRefused):
                ledger.refuse(message["action_key"], str(problem))
        for _, problem in pairs:
            if problem is not None and not isinstance(problem, PushRefused):
                raise SendFailed(f"{problem} What arrived stays; run act again.")

    def _post(self, message: dict) -> PushFailed | None:
        try:
            self.webhook.post(message["action_key"], told(message))
        except PushFailed as problem:
            return problem
        return None


class FolderReceiver:
    """A parcel is one file of JSON lines that appears whole under its last name, and may be taken away at once.

    The draft is noted before it is renamed. After a kill a draft that is still there was not renamed; one that was
    noted and is gone was, whether or not the CRM has taken the file meanwhile.
    """

    parcel_size = 10_000

    def __init__(self, connection: Connection):
        self.folder, self._name = Path(unquote(connection.parts.path)), connection.name
        if not self.folder.is_dir():
            raise SendFailed(
                f"the folder of the connection {connection.name} does not exist. Make it, and run act again."
            )

    def deliver(self, ledger: ActionLedger, messages: Sequence[dict]) -> None:
        try:
            self._deliver(ledger, messages)
        except OSError as error:
            raise SendFailed(
                f"the folder of the connection {self._name} takes no file: {error.strerror}. "
                "Mend it, and run act again."
            ) from None

    def _deliver(self, ledger: ActionLedger, messages: Sequence[dict]) -> None:
        for parcel in sorted({message["parcel"] for message in messages if message["parcel"]}):
            begun = [message["action_key"] for message in messages if message["parcel"] == parcel]
            self._finish(ledger, parcel, begun)
        fresh = [message for message in messages if not message["parcel"]]
        if not fresh:
            return
        keys = [message["action_key"] for message in fresh]
        parcel = f"actions_{fresh[0]['as_of_date']}_{fresh[0]['workspace']}_{keys[0]}.jsonl"
        with open(self._draft(parcel), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(told(message), ensure_ascii=False) + "\n" for message in fresh)
            file.flush()
            os.fsync(file.fileno())
        ledger.send(keys, parcel)
        self._finish(ledger, parcel, keys)

    def _finish(self, ledger: ActionLedger, parcel: str, keys: Sequence[str]) -> None:
        draft = self._draft(parcel)
        if draft.exists():
            os.replace(draft, self.folder / parcel)
            folder = os.open(self.folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        ledger.acknowledge(keys)

    def _draft(self, parcel: str) -> Path:
        return self.folder / f".{parcel}.draft"


def receiver_of(workspace: Workspace, further_urls: Callable[[str], str | None]):
    """The receiver of a workspace's actions, by the connection `crm_<workspace>`, else `crm`; None when neither is set.

    Raises
    ------
    SendFailed: the connection is no URL of PostgreSQL, of http(s) or of a folder (file:///…).
    """
    for name in (f"{CONNECTION}_{workspace.name}", CONNECTION):
        url = environment_url(name) or further_urls(name)
        if url:
            for scheme, receiver in (
                (r"postgres(ql)?(\+\w+)?://[^/\s]", PostgresReceiver),
                (r"https?://[^/\s]", RestReceiver),
                (r"file:///[^/\s]", FolderReceiver),
            ):
                if re.match(scheme, url):
                    return receiver(Connection(name, url))
            raise SendFailed(
                f"the connection {name} is none of postgresql://user:password@host/db, https://host/path, file:///folder."
            )
    return None


def told(message: dict) -> dict:
    """What a CRM is told: all of the message but how it travels."""
    return {name: value for name, value in message.items() if name != "parcel"}


def _row(message: dict) -> dict:
    content = json.dumps(told(message), ensure_ascii=False)
    return {**message, "customer_keys": json.dumps(message["customer_keys"], ensure_ascii=False), "content": content}
