"""Serve the dashboard: `python -m include.dashboard` with the options of `streamlit run`.

What the first look would have to import is imported before the port opens.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb  # noqa: F401
import pandas  # noqa: F401
import pyarrow  # noqa: F401
import yaml  # noqa: F401
from streamlit.web.cli import main

if __name__ == "__main__":
    main(["run", str(Path(__file__).with_name("app.py")), *sys.argv[1:]], prog_name="streamlit")
