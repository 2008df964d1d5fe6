"""What DuckDB says of a query that it cannot run, without any value of the shop's."""

import re

import duckdb

QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
KIND = re.compile(r"^[A-Z][A-Za-z ]* Error: ")  # such as Binder Error, which says nothing to a user


def try_query(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Run a query, and write why it cannot be run into `registration.query_error`, one row.

    The row's `reason` is null where the query runs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the database of the build.
    query : str
        One that reads and changes nothing.
    """
    reason = None
    try:
        connection.execute(query).fetchall()
    except duckdb.Error as error:
        reason = first_line(str(error))
    connection.execute(
        "create or replace table registration.query_error as select cast($1 as varchar) as reason",
        [reason],
    )


def first_line(message: str) -> str:
    """The first line of DuckDB's message, each quoted value in it replaced by ….

    Parameters
    ----------
    message : str
        Of several lines, of which the later ones may repeat a row of the shop.

    Returns
    -------
    str
        Without the error's kind and a full stop.
    """
    return QUOTED.sub("…", KIND.sub("", message.split("\n", 1)[0])).strip().rstrip(".!")
