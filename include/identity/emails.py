"""E-mail addresses in one form. Syntax only: nothing is asked of any server."""

from __future__ import annotations

import re
from collections.abc import Callable

from include.identity.garbled import is_garbled

_PLAIN = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")


def email_standardiser(policy: dict) -> Callable[[str], tuple[str | None, str]]:
    """A function from an address as given to (address in one form, status).

    The domain is lower case, and so is the user: no provider in use tells them apart. A provider of the policy's
    `email_providers` may ignore dots, and what follows a plus; `same_as` names the domain that is the same mailbox.
    Words that fill a form are placeholders with and without an @.
    Status is `valid`, `invalid`, `placeholder` or `garbled`; the address is null unless valid or invalid.
    """
    providers = {provider["domain"]: provider for provider in policy["email_providers"]}
    placeholders = frozenset(policy["placeholder_emails"])
    nobody = placeholders | frozenset(policy["placeholder_names"]) | {""}
    nowhere = frozenset(policy["placeholder_domains"])

    def standardise(text: str) -> tuple[str | None, str]:
        if is_garbled(text):
            return None, "garbled"
        address = text.strip().removeprefix("mailto:").strip("<>;, ").lower()
        user, _, domain = address.rpartition("@")
        if user in placeholders or address in placeholders or domain in nowhere:
            return None, "placeholder"
        if address and not user and _words(address) in nobody:
            return None, "placeholder"
        if not _is_valid(address):
            return (address or None), "invalid"
        provider = providers.get(domain, {})
        if provider.get("ignores_plus"):
            user = user.partition("+")[0] or user
        if provider.get("ignores_dots"):
            user = user.replace(".", "") or user
        return f"{user}@{provider.get('same_as', domain)}", "valid"

    return standardise


def _words(address: str) -> str:
    """Its words alone; empty where it has no letter."""
    words = re.sub(r"[\W_]+", " ", address).strip()
    return words if any(letter.isalpha() for letter in words) else ""


def _is_valid(address: str) -> bool:
    """The common shape is seen at once; the rest of what RFC 5322 and 6531 allow is left to email-validator."""
    if _PLAIN.fullmatch(address) and len(address.partition("@")[0]) <= 64:
        return True
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
