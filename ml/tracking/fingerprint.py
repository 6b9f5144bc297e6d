"""When is a training the same training: hashes of the data, of this package and of the settings."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "jieba")


def data_hash(table: pa.Table) -> str:
    """Sixteen hex digits over column names, types and values in row order; nulls count, their hidden bytes do not."""
    digest = hashlib.sha256()
    for field in sorted(table.schema, key=lambda field: field.name):
        column = table[field.name]
        digest.update(f"{field.name}|{field.type}|{len(column)}|".encode())
        digest.update(np.packbits(pc.is_null(column).to_numpy()).tobytes())
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            digest.update("\x1f".join(pc.fill_null(column, "").to_pylist()).encode())
            continue
        numbers = pc.cast(column, pa.int32()) if pa.types.is_date32(field.type) else column
        numbers = pc.cast(numbers, pa.float64() if pa.types.is_decimal(numbers.type) else numbers.type)
        empty = pa.scalar(False) if pa.types.is_boolean(numbers.type) else pa.scalar(0, numbers.type)
        digest.update(np.ascontiguousarray(pc.fill_null(numbers, empty).to_numpy()).tobytes())
    return digest.hexdigest()[:16]


@cache
def code_hash() -> str:
    """Sixteen hex digits over this package's source, its word lists, and the libraries that do its sums."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.txt")]):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library}=={version(library)}".encode())
    return digest.hexdigest()[:16]


def pinned(*libraries: str) -> list[str]:
    """Requirements of a served model at the versions that made it."""
    return [f"{library}=={version(library)}" for library in libraries]


def fingerprint(table: pa.Table, as_of: date, settings: dict) -> dict[str, str]:
    """Tags that are equal exactly when a training would give the same model again."""
    return {
        "data_hash": data_hash(table),
        "ml_code_hash": code_hash(),
        "settings": json.dumps(settings, sort_keys=True),
        "trained_as_of": as_of.isoformat(),
    }
