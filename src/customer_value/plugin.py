"""What dbt-duckdb lets a plugin do before the first model, named under `plugins` in the profile."""

import os

from customer_value import engine_errors, text_files, threads
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import TargetConfig

FUNCTIONS = {
    "start": text_files.start,
    "register": text_files.register,
    "finish": text_files.finish,
    "try_query": engine_errors.try_query,
    "import_libraries": threads.import_libraries,
}
DuckDBConnectionManager.exception_handler = engine_errors.without_values(
    DuckDBConnectionManager.exception_handler
)


class Plugin(BasePlugin):
    """Give DuckDB's cursors what the project's macros ask for, and the macros Python's answers."""

    def configure_connection(self, conn) -> None:
        """Keep the connection, of which `store` takes cursors; add a database for their answers.

        It is in memory, so that a run that is refused leaves the build's own database as it was.
        """
        self.connection = conn
        conn.execute("attach if not exists ':memory:' as registration")

    def configure_cursor(self, cursor) -> None:
        """Set two variables: this plugin's name, by which macros find it, and the customers' key.

        `pseudonymize_customers` hashes customer ids with the key. It comes from the environment
        variable CUSTOMER_KEY and travels as a session variable, so that it stands in no compiled
        SQL, log, or catalog; it is null where the environment has none.
        """
        cursor.execute("set variable customer_value_plugin = ?", [self.name])
        cursor.execute("set variable customer_key = ?", [os.environ.get("CUSTOMER_KEY") or None])

    def store(self, target_config: TargetConfig) -> None:
        """Call the function that the config names: the one way from a macro to a plugin.

        Its answer is in the database `registration`, since nothing is returned.
        """
        config = target_config.config
        FUNCTIONS[config["function"]](self.connection.cursor(), **config["arguments"])
