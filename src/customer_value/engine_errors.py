"""What DuckDB says of a query that it cannot run, without any value of the shop's."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import duckdb

QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
KIND = re.compile(r"^[A-Z][A-Za-z ]* Error: ")  # such as Binder Error, which says nothing to a user
ABOUT_ROWS = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)


def without_values(handler: Callable[..., AbstractContextManager]) -> Callable[..., Any]:
    """Let dbt hear of an error in a shop's rows without what stands in them.

    Parameters
    ----------
    handler : callable
        DuckDBConnectionManager.exception_handler, in which every statement of dbt's runs, and which
        brings DuckDB's message to the console, the log and run_results.json. It repeats the row:
        `Original Line: …`.

    Returns
    -------
    callable
        The same, but that such an error has its kind and its first line.
    """

    @contextmanager
    def handled(*given: Any, **named: Any) -> Iterator[None]:
        with handler(*given, **named):
            try:
                yield
            except ABOUT_ROWS as error:
                kind = KIND.match(str(error))
                told = f"{kind[0] if kind else ''}{first_line(str(error))}."
                raise RuntimeError(told) from None

    return handled


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
