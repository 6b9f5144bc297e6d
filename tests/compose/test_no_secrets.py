"""No file that git keeps holds a secret: a search that first finds what is planted."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a cloud key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|hf_[A-Za-z0-9]{30,})",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a key of many digits": r"(?i)(?:password|secret|token|key)\w*[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9_-]{40,}",
}
EXAMPLE = "AKIA" + "IOSFODNN7EXAMPLE"  # the key that Amazon's documentation shows; opens nothing
_SEARCH = {what: re.compile(pattern) for what, pattern in PATTERNS.items()}


def _found(text: str) -> list[str]:
    return [what for what, pattern in _SEARCH.items() if pattern.search(text)]


def test_what_is_planted_is_found():
    # Put together here, so that the search of this file finds none of them.
    planted = {
        "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
        "a cloud key": "AKIA" + "ABCDEFGHIJKLMNOP",
        "a token": "ghp_" + "a1B2" * 9,
        "a signed token": "eyJhbGciOiJIUzI1" + ".eyJzdWIiOiIxMjM0" + ".c2lnbmF0dXJlIQ",
        "a key of many digits": "POSTGRES_PASSWORD" + "=" + "0f" * 24,
    }
    assert {what: what in _found(text) for what, text in planted.items()} == dict.fromkeys(PATTERNS, True)


def test_nothing_is_found_in_what_git_keeps():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    guilty = {}
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes()
        if b"\0" in content[:4096] or name.startswith("requirements"):
            continue
        if found := _found(content.decode(errors="replace").replace(EXAMPLE, "")):
            guilty[name] = found
    assert guilty == {}
