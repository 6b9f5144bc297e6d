"""Files that hold personal data are their owner's alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

UMASK = 0o077


@contextmanager
def private_files() -> Iterator[None]:
    """Files made within are their owner's alone from their first byte on."""
    before = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(before)
