"""What can go wrong when a model meets data, said in words a reader can act on."""

from __future__ import annotations


class NotEnoughHistory(ValueError):
    """The data cannot support the model; the message says what they hold and what would be needed."""


class LostFiles(RuntimeError):
    """A file of a registered version is gone or damaged; the message says of which, and what can be done."""


class DidNotConverge(RuntimeError):
    """No start reached a maximum of the likelihood; no parameter of the fit may be used."""
