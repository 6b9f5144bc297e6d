"""Reads tables of a REST API: pages go to a file as they come, and the engine makes columns of their records."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

import duckdb

from include.load.connections import Connection
from include.load.declared import Source, Table
from include.load.errors import SourceError
from include.load.json_items import POSITION, unfold
from include.load.relation_reader import RelationReader, Since
from include.load.rest_client import Page, RestClient, RestFailed, RestTooSlow
from include.load.sql_text import json_pointer, literal, name

_LARGEST_PAGE = 512_000_000  # bytes


class RestReader(RelationReader):
    """Reads each table on its own: an API has no common moment."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        origin: Connection,
        say: Callable[[str], object],
    ):
        if not _is_address(origin):
            raise SourceError(
                f"{source.name}: the connection {origin.name} is no URL such as https://:token@crm.example.com/v2."
            )
        self.connection, self.origin = connection, origin
        self.client = RestClient(origin, source.auth, lambda line: say(f"{source.name}: {line}"))

    def close(self) -> None:
        return

    def abandon(self) -> None:
        return

    def read(self, table: Table, into: str, since: Since | None, only: tuple[str, ...] | None = None) -> None:
        with tempfile.NamedTemporaryFile(prefix="tierworks-rest-", suffix=".ndjson") as spool:
            try:
                for page in self._pages(table, since):
                    spool.write(page.content.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
            except RestFailed as failure:
                advice = ""
                if isinstance(failure, RestTooSlow):
                    place = f"{table.path}:{table.line}"
                    advice = f" Give it longer by `timeout_seconds`, or smaller pages by `paging`, in {place}."
                raise SourceError(
                    f"{table.label}: {table.relation}: {failure}{advice} Nothing of this table was loaded."
                ) from None
            spool.flush()
            self._make_table(table, spool, into)

    def _pages(self, table: Table, since: Since | None) -> Iterator[Page]:
        paging, parameters, number, count = table.paging, dict(table.parameters), table.paging.first, 0
        if since is not None:
            parameters[table.cursor.parameter] = since.value
        if paging.size_parameter:
            parameters[paging.size_parameter] = str(paging.size)
        if paging.style in ("page", "offset"):
            parameters[paging.parameter or paging.style] = str(number if paging.style == "page" else 0)
        url, former, seen = self.client.url(table.relation, parameters), None, set()
        while url is not None:
            if url in seen:
                raise RestFailed("the API names a page again that was read before: its paging goes in a circle.")
            seen.add(url)
            page = self.client.get(url, table.requests_per_second, table.timeout_seconds)
            records = _records(table, page.answer)
            if records and page.content == former and paging.style in ("page", "offset"):
                raise RestFailed("the API gives the same page again: is its paging declared as it is?")
            former, count = page.content, count + len(records)
            if records:
                yield page
            number += 1
            url = self._next(table, url, parameters, page, len(records), number, count)

    def _next(
        self, table: Table, url: str, parameters: dict[str, str], page: Page, found: int, number: int, count: int
    ) -> str | None:
        """The address of the page after this one, or None."""
        paging = table.paging
        if paging.style in ("page", "offset"):
            if not found or (paging.size and found < paging.size):
                return None
            parameters[paging.parameter or paging.style] = str(number if paging.style == "page" else count)
            return self.client.url(table.relation, parameters)
        if paging.style == "cursor":
            token = _at(page.answer, paging.next)
            return self.client.url(table.relation, parameters | {paging.parameter: str(token)}) if token else None
        if paging.style == "next_url":
            following = _at(page.answer, paging.next)
            return self.client.following(url, str(following)) if following else None
        if paging.style == "link_header":
            following = _link(page.headers.get("link", ""))
            return self.client.following(url, following) if following else None
        return None

    def _make_table(self, table: Table, spool: IO[bytes], into: str) -> None:
        """The engine unfolds the pages: a column for every value inside the records, nested ones as `a.b`."""
        pages = (
            f"read_ndjson_objects({literal(spool.name)}, maximum_object_size = {_LARGEST_PAGE}, "
            "format = 'newline_delimited')"
        )
        pointer = json_pointer(*filter(None, table.records.split(".")))
        listed = f"json_extract(json, {literal(pointer)})" if pointer else "json"
        run = self.connection.execute
        run(f"create or replace temp table records as select unnest(cast({listed} as json[])) as record from {pages}")
        strange = run("select count(*) from records where json_type(record) <> 'OBJECT'").fetchone()[0]
        if strange:
            raise SourceError(
                f"{table.label}: {strange:,} of the records of {table.relation} are no objects. Mend `records` in "
                f"{table.path}:{table.line}. Nothing of this table was loaded."
            )
        if table.each is not None:
            run(f"create or replace temp table unfolded as {unfold('records', table.each)}")
            run("create or replace temp table records as from unfolded")
            run("drop table temp.unfolded")
        structure = run("select json_group_structure(record) from records").fetchone()[0]
        paths = _paths(json.loads(structure), table.uses) if structure else dict.fromkeys(table.uses)
        if table.each is not None:
            own = (table.each, POSITION, *table.uses)
            paths = {c: path for c, path in paths.items() if c in own or c.startswith(f"{table.each}.")}
            paths.setdefault(table.each, json_pointer(table.each))
        paths |= {
            column: json_pointer(*column.split("."))
            for column in table.uses
            if column not in paths and column not in table.needs
        }
        lowered = [column.lower() for column in paths]
        if repeated := sorted({column for column in paths if lowered.count(column.lower()) > 1}):
            raise SourceError(
                f"{table.label}: the fields {', '.join(repeated)} of {table.relation} differ by case only, and columns "
                "do not. Rename one in the API. Nothing of this table was loaded."
            )
        pointers = ", ".join(literal(path or "/") for path in paths.values())
        values = ", ".join(f"found[{place}] as {name(column)}" for place, column in enumerate(paths, 1))
        run(
            f"create or replace temp table {name(into)} as "
            f"select {values} from (select json_extract_string(record, [{pointers}]) as found from records)"
        )
        run("drop table temp.records")


def _is_address(origin: Connection) -> bool:
    try:
        return origin.parts.scheme in ("http", "https") and bool(origin.parts.hostname) and origin.parts.port != 0
    except ValueError:  # the port is no number
        return False


def _records(table: Table, answer: Any) -> list:
    found = _at(answer, table.records)
    if not isinstance(found, list):
        keys = f" (found: {', '.join(list(answer)[:10])})" if isinstance(answer, dict) else ""
        where = f"no list at `{table.records}`" if table.records else "no list; say where with `records`"
        raise RestFailed(f"the answer has {where}{keys}.")
    return found


def _at(answer: Any, path: str | None) -> Any:
    for step in (path or "").split("."):
        if step:
            answer = answer.get(step) if isinstance(answer, dict) else None
    return answer


def _paths(structure: dict, uses: list[str]) -> dict[str, str]:
    """JSON pointer of every column: of each value that is no object, and of what is mapped inside of one.

    A mapped `address.city` is there also when every `address` of the answer is null, or one of them is a text.
    """
    leaves = {column: (pointer, kind) for column, pointer, kind in _leaves(structure)}
    paths = {column: pointer for column, (pointer, _) in leaves.items()}
    for column in uses:
        for parent, (pointer, kind) in leaves.items():
            if column not in leaves and column.startswith(f"{parent}.") and kind in ("NULL", "JSON"):
                paths[column] = pointer + json_pointer(*column.removeprefix(f"{parent}.").split("."))
                if kind == "NULL":
                    paths.pop(parent, None)
    return paths


def _leaves(structure: Any, column: str = "", pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """Name, JSON pointer and the engine's kind of every value that is no object."""
    if not isinstance(structure, dict):
        yield column, pointer, structure
        return
    for key, inner in structure.items():
        yield from _leaves(inner, f"{column}.{key}" if column else key, pointer + json_pointer(key))


def _link(header: str) -> str | None:
    """The address of `rel="next"` in a Link header (RFC 8288)."""
    for part in header.split(","):
        target, _, attributes = part.partition(";")
        if 'rel="next"' in attributes or "rel=next" in attributes:
            return target.strip().removeprefix("<").removesuffix(">")
    return None
