"""Text that lost its encoding on the way, and text that only fills a form."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# UTF-8 read as Latin-1 or Windows-1252 (é → Ã©, 中 → ä¸­), and GBK read as UTF-8 (锟斤拷).
_MOJIBAKE = re.compile(
    r"[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0192\u2013-\u2122]|[åäæçèé][\u0080-\u00bf]|â€|锟斤拷|烫烫|�"
)


def is_garbled(text: str) -> bool:
    """Whether characters were lost or decoded wrongly: replacement marks, controls, mojibake, question marks alone."""
    if _MOJIBAKE.search(text) or any(unicodedata.category(letter) in ("Cc", "Co", "Cn") for letter in text):
        return True
    return "??" in text and not any(letter.isalnum() for letter in text)


def repeats_itself(digits: str) -> bool:
    """Whether digits are one digit repeated, or count up or down: nobody's number."""
    if len(set(digits)) <= 1:
        return True
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    return steps in ({1}, {9})
