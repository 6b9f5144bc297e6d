"""The fixtures of the load's tests: a small company in a folder."""

from tests.load.conftest import company  # noqa: F401
