"""Days as they are typed."""

from __future__ import annotations

import argparse
from datetime import date


def day(text: str) -> date:
    """A day of a command line; argparse tells what is wrong and ends with 2."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day. Write it as YYYY-MM-DD, such as 2024-06-30.") from None
