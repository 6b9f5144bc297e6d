"""People who were erased: their rows are known by keyed hashes, and are cut out of whatever a source brings again.

`kept/erased.jsonl` holds HMAC-SHA256 values of the keys and contact values of erased people and of the keys of their
records (tickets, orders …), made with the key in `kept/erasure_key`: neither file tells anybody's key or address
without the other.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from include.load.sql_text import literal
from include.workspace import Workspace

_BETWEEN = re.compile(r"[,;|\t\"'<>{}\[\]]+")
TheirKeys = Callable[[list[str]], set[str]]


@dataclass
class ErasedPeople:
    """Digests of erased keys, contact values and records, the key they were made with, and the file they are kept in.

    `has_learnt` says that loads have found further records, and none has yet cut all that belongs to them.
    """

    secret: bytes
    digests: set[str] = field(default_factory=set)
    file: Path | None = None
    has_learnt: bool = False

    def __bool__(self) -> bool:
        return bool(self.digests)

    def digest(self, kind: str, *parts: str) -> str:
        """Hex HMAC-SHA256 of `kind` (key, value, record, person) and the parts."""
        return hmac.digest(self.secret, "\x1f".join([kind, *parts]).encode(), "sha256").hex()

    def keys_among(self, source: str) -> TheirKeys:
        """A function that picks the keys of erased people out of keys of the source."""
        return lambda keys: {key for key in keys if self.digest("key", source, key) in self.digests}

    def values_among(self, values: Iterable[str]) -> set[str]:
        return {value for value in values if self.digest("value", value.strip().lower()) in self.digests}

    def names_somebody(self, source: str, text: str) -> bool:
        """Whether a text that did not come apart holds an erased key or contact value."""
        return bool(self.values_among(parts_of(text)) or self.keys_among(source)(words_of(text)))

    def tells_of_records(self, source: str, entities: Iterable[str], text: str) -> bool:
        """Whether a text that did not come apart holds the key of an erased record of one of the entities."""
        words = words_of(text)
        return any(self.digest("record", one, source, word) in self.digests for one in entities for word in words)

    def tell(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the temporary table `erased_digests(digest)`, and what `digest_sql` needs."""
        secret = self.secret.ljust(64, b"\0")
        for variable, byte in (("erased_inner", 0x36), ("erased_outer", 0x5C)):
            padded = bytes(one ^ byte for one in secret).hex()
            connection.execute(f"set variable {variable} = unhex('{padded}')")
        there = "from duckdb_tables() where database_name = 'temp' and table_name = 'erased_digests'"
        if connection.execute(f"select estimated_size {there}").fetchone() == (len(self.digests),):
            return  # they are only ever added to
        told = literal(" ".join(sorted(self.digests)))
        connection.execute(
            f"create or replace temp table erased_digests as select unnest(string_split({told}, ' ')) as digest"
        )

    def learn(self, digests: Iterable[str], batch_id: str) -> None:
        """Add records that a load found to be theirs to the list, on disk when this returns."""
        new = sorted(set(digests) - self.digests)
        if not new:
            return
        if self.file is not None:
            told = {"kind": "record", "batch_id": batch_id, "is_new": True}
            _add(self.file, [json.dumps(told | {"digest": one}) for one in new])
        self.digests.update(new)
        self.has_learnt = True

    def settle(self) -> None:
        """Note, on disk too, that what belongs to the records learnt so far has been cut everywhere."""
        if self.has_learnt and self.file is not None:
            lines = [json.loads(line) for line in _lines(self.file)]
            _replace(
                self.file,
                "".join(json.dumps({k: v for k, v in line.items() if k != "is_new"}) + "\n" for line in lines),
            )
        self.has_learnt = False


def digest_sql(kind: str, *parts: str) -> str:
    """SQL of `ErasedPeople.digest` for parts that are SQL texts and not null; `ErasedPeople.tell` comes before it.

    It is the HMAC of RFC 2104, made where the keys are: they are too many to be fetched.
    """
    message = " || chr(31) || ".join([literal(kind), *parts])
    inner = f"unhex(sha256(getvariable('erased_inner') || encode({message})))"
    return f"sha256(getvariable('erased_outer') || {inner})"


def parts_of(text: str) -> set[str]:
    """What stands between commas, quotes, blanks and the like."""
    return {part.strip() for piece in (_BETWEEN.split(text), text.split()) for part in piece} - {""}


def words_of(text: str) -> list[str]:
    """Parts that may be keys; digits alone are amounts as well."""
    return sorted(part for part in parts_of(text) if not part.isdigit())


def read_erased(workspace: Workspace) -> ErasedPeople:
    """The list as it stands; an empty one before the first erasure.

    Raises
    ------
    ValueError: there is a list but not the key it was made with, so erased people would come back.
    """
    path, key = workspace.kept / "erased.jsonl", workspace.kept / "erasure_key"
    if not path.is_file():
        return ErasedPeople(bytes.fromhex(key.read_text()) if key.is_file() else b"", file=path)
    if not key.is_file():
        raise ValueError(
            f"{key} is missing: without it the people of {path} cannot be known, and their rows would come back. "
            "Restore it from a backup. Nothing was loaded."
        )
    lines = [json.loads(line) for line in _lines(path)]
    has_learnt = any(line.get("is_new") for line in lines)
    return ErasedPeople(bytes.fromhex(key.read_text()), {line["digest"] for line in lines}, path, has_learnt)


def keep_erased(
    workspace: Workspace,
    request_id: str,
    keys: Iterable[tuple[str, str]],
    values: Iterable[str],
    records: Iterable[tuple[str, str, str]] = (),
) -> ErasedPeople:
    """Add keys (source, key), contact values and records (entity, source, key) to the list, on disk when this returns.

    What is there is not repeated. A last line that was cut off by a kill is taken out.
    """
    workspace.make_folders()
    secret = workspace.kept / "erasure_key"
    if not secret.is_file():
        _replace(secret, secrets.token_hex(32))
    known = read_erased(workspace)
    found = {known.digest("key", *key): "key" for key in sorted(keys)}
    found |= {known.digest("value", value.strip().lower()): "value" for value in sorted(values)}
    found |= {known.digest("record", *record): "record" for record in sorted(records)}
    lines = [
        json.dumps({"kind": kind, "digest": digest, "request_id": request_id})
        for digest, kind in found.items()
        if digest not in known.digests
    ]
    _add(workspace.kept / "erased.jsonl", lines)
    return read_erased(workspace)


def _lines(path: Path) -> list[str]:
    """Whole lines of a file that may not be there."""
    return [line for line in path.read_text().split("\n")[:-1] if line] if path.is_file() else []


def _add(path: Path, lines: list[str]) -> None:
    _replace(path, "".join(f"{line}\n" for line in [*_lines(path), *lines]))


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
