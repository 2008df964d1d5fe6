"""Give every DuckDB cursor the key with which `pseudonymize_customers` hashes customer ids.

The key travels as a session variable, so that it stands in no compiled SQL, log, or catalog.
"""

import os

from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """Set `customer_key` from the environment variable CUSTOMER_KEY."""

    def configure_cursor(self, cursor) -> None:
        """Set the variable on a new DuckDB cursor; null where the environment has no key."""
        cursor.execute("set variable customer_key = ?", [os.environ.get("CUSTOMER_KEY") or None])
