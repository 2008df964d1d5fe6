"""Publish a shop's marts: copy the public tables of its build to the file that BI tools read.

The copy is made beside the published file, read again, and replaces that file in one step. So a
reader sees the last marts or the new ones, never a mixture, and neither waits for the other.
Publishes into one folder wait for each other.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

PUBLISHED = "published"
OWN = 0o600
SHORTEST_KEY = 16
# what a disk, a lock or a limit can do to DuckDB (a commit that cannot be written is a
# TransactionException); another error is a bug, and shows as one
OUTSIDE = (
    duckdb.IOException,
    duckdb.TransactionException,
    duckdb.FatalException,
    duckdb.OutOfMemoryException,
    OSError,
)
KEY = "MARTS_KEY"  # the environment variable with which marts are encrypted and read
READING_MEMORY = "1GB"  # of a published file, whose largest part is never asked for whole
COPY = '"marts that are being published"'  # a name that no build has


class PublishError(Exception):
    """Why a build was not published, in one sentence."""


def publish(
    build: Path, marts: Path, schema_prefix: str = "", encrypted: bool = False
) -> list[str]:
    """Copy the public tables of a complete build to `marts`, replacing that file atomically.

    Parameters
    ----------
    build : Path
        The DuckDB file that dbt built.
    marts : Path
        The file to publish. A link stays one; mode and group of a file that is there are kept.
    schema_prefix : str
        The var of that name with which the build was made.
    encrypted : bool
        Whether the file is encrypted (AES-GCM), with the key in the environment variable KEY. A
        file that nobody has yet is otherwise its owner's own to read, by its mode.

    Returns
    -------
    list of str
        The published tables, as schema.table.

    Raises
    ------
    PublishError
        If there is no build, it is in use, or it is not complete, if the copy cannot be written
        whole, or is to be encrypted without a key, or by an engine that cannot. Nothing is
        published then, and what was published stays.
    """
    if not build.exists():
        raise PublishError(f"{build} is not there: run make build first.")
    key = _key() if encrypted else ""
    target = marts.resolve()
    copy = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(target.parent):
            try:
                _remove(copy)  # what a killed publish left
                rows = _write_copy(copy, build, schema_prefix, key)
                if _rows_of(copy, key) != rows:
                    raise PublishError(f"{marts} stays as it was: its copy has other rows.")
                _take_over_mode(target, copy)
                copy.replace(target)
            finally:
                _remove(copy)
    except OUTSIDE as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0]
        raise PublishError(f"{marts} cannot be written and stays as it was: {reason}.") from error
    return [".".join(name) for name in rows]


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which goes with its process, however that ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove(copy: Path) -> None:
    for file in (copy, copy.with_name(f"{copy.name}.wal")):
        file.unlink(missing_ok=True)


def _key() -> str:
    """The key with which marts are encrypted.

    Raises
    ------
    PublishError
        If there is none, or one that is short.
    """
    key = os.environ.get(KEY, "")
    if len(key.strip().encode()) < SHORTEST_KEY:
        raise PublishError(
            f"The var encrypt_marts is on, but there is no key of {SHORTEST_KEY} bytes or more: "
            f"set the environment variable {KEY}."
        )
    return key


def _attach(
    connection: duckdb.DuckDBPyConnection, file: Path, name: str, options: list[str], key: str
) -> None:
    """Attach a file, decrypted with the key where there is one; no error tells the key."""
    if key:
        with contextlib.suppress(duckdb.Error):
            connection.execute("load httpfs")  # whose OpenSSL encrypts; to read needs none
        options = [*options, f"encryption_key {text(key)}"]
    told = f" ({', '.join(options)})" * bool(options)
    try:
        connection.execute(f"attach {text(str(file))} as {name}{told}")
    except duckdb.Error as error:
        if not key or isinstance(error, OUTSIDE):
            raise
        if "read_only" in options:
            raise PublishError(
                f"The key in {KEY} is not that of {file}: set the right one."
            ) from None
        raise PublishError(
            "This DuckDB cannot encrypt: its extension httpfs does, and is installed once with "
            "duckdb -c 'install httpfs'; or leave encrypt_marts out and encrypt the disk."
        ) from None


def _write_copy(
    copy: Path, build: Path, schema_prefix: str, key: str
) -> dict[tuple[str, str], int]:
    """{(schema, table): rows} of the public tables of a build, which are in the file `copy` now."""
    with duckdb.connect(config=_engine_settings()) as connection:
        _attach(connection, copy, COPY, [], key)
        connection.execute(f"use {COPY}")
        rows = _copy_tables(connection, build, schema_prefix)
        connection.execute(f"checkpoint {COPY}")  # or a full disk is told to nobody
    return rows


def _rows_of(copy: Path, key: str) -> dict[tuple[str, str], int]:
    """{(schema, table): rows} of a file, by opening and counting it again."""
    with duckdb.connect(config=_engine_settings()) as connection:
        _attach(connection, copy, COPY, ["read_only"], key)
        connection.execute(f"use {COPY}")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        return {table: _count(connection, ".".join(map(_name, table))) for table in tables}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return rows


def _take_over_mode(target: Path, copy: Path) -> None:
    """Give the copy the mode of the file that it replaces, and its group where that is allowed.

    The first one is for its owner alone.
    """
    copy.chmod(OWN)
    if target.exists():
        shutil.copymode(target, copy)
        with contextlib.suppress(PermissionError):
            os.chown(copy, -1, target.stat().st_gid)


def read_marts(
    marts: Path, schema_prefix: str = "", suppressed: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection to a published file whose tables are marts.… and core.… in any shop.

    Parameters
    ----------
    marts : Path
        A file that `publish` wrote.
    schema_prefix : str
        The var of that name with which the build was made.
    suppressed : bool
        Whether rows are there of which a report keeps all but the keys to itself (min_cell_size).

    Raises
    ------
    PublishError
        If the file is encrypted, and the key in the environment variable KEY is not its.
    """
    connection = duckdb.connect(config=_engine_settings(READING_MEMORY))
    is_encrypted = _is_encrypted(marts)
    key = os.environ.get(KEY, "") * is_encrypted
    if is_encrypted and not key:
        raise PublishError(f"{marts} is encrypted: set the environment variable {KEY} to its key.")
    _attach(connection, marts, PUBLISHED, ["read_only"], key)
    prefix = f"{schema_prefix}_" * bool(schema_prefix)
    hidden = {} if suppressed else hidden_rows(connection)
    for schema in ("core", "marts"):
        connection.execute(f"create schema {schema}")
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = ?",
            [PUBLISHED, prefix + schema],
        ).fetchall():
            shown = " where not is_suppressed" * (f"{schema}.{table}" in hidden)
            connection.execute(
                f"create view {schema}.{_name(table)} as "
                f"select * from {PUBLISHED}.{_name(prefix + schema)}.{_name(table)}{shown}"
            )
    return connection


def hidden_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """{schema.table: its rows of small groups} of what `read_marts` reads, where there are some."""
    hidden = {}
    for schema, table in connection.execute(
        "select schema_name, table_name from duckdb_columns() "
        "where database_name = ? and column_name = 'is_suppressed'",
        [PUBLISHED],
    ).fetchall():
        source = f"{PUBLISHED}.{_name(schema)}.{_name(table)}"
        rows = _count(connection, f"{source} where is_suppressed")
        if rows:
            hidden[f"{schema.rpartition('_')[2]}.{table}"] = rows
    return hidden


def _is_encrypted(file: Path) -> bool:
    """Whether DuckDB cannot read a file because it has no key for it."""
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {text(str(file))} as asked (read_only)")
    except duckdb.Error as error:
        return "encrypt" in str(error).lower()
    return False


def _engine_settings(memory: str = "5GB") -> dict[str, str]:
    """The same limits as dbt's, from the same environment variables; memory where none is set."""
    return {
        "threads": os.environ.get("CUSTOMER_VALUE_THREADS", "2"),
        "memory_limit": os.environ.get("CUSTOMER_VALUE_MEMORY", memory),
        "preserve_insertion_order": "false",
    }


def _copy_tables(
    connection: duckdb.DuckDBPyConnection, build: Path, schema_prefix: str
) -> dict[tuple[str, str], int]:
    """Copy the public relations of `build` with comments into the connection's database.

    Return {(schema, relation): rows of the build}. The build keeps the name that its file gives it,
    by which its views name their tables.
    """
    source = _name(build.stem)
    try:
        connection.execute(f"attach {text(str(build))} as {source} (read_only)")
    except duckdb.IOException as error:
        raise PublishError(
            f"{build} is in use, by a build perhaps: publish when it is done."
        ) from error

    state = f"{source}.{_name(f'{schema_prefix}_' * bool(schema_prefix) + 'build_state')}"
    if not _is_complete(connection, state):
        raise PublishError(
            f"{build} does not hold one complete, green build, and nothing was published: "
            "run make build, or dbt build without --select and --exclude."
        )

    relations = connection.execute(
        f"select schema_name, relation_name from {state}.relations where is_public order by all"
    ).fetchall()
    for schema in sorted({schema for schema, _ in relations}):
        connection.execute(f"create schema {_name(schema)}")
    for schema, relation in relations:
        name = f"{_name(schema)}.{_name(relation)}"
        connection.execute(f"create table {name} as select * from {source}.{name}")
    _copy_comments(connection, build.stem)
    return {
        (schema, relation): _count(connection, f"{source}.{_name(schema)}.{_name(relation)}")
        for schema, relation in relations
    }


def _copy_comments(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Copy the comments of what was copied: a view of the build is a table here."""
    copied = (
        "(schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables() "
        "where database_name = current_database())"
    )
    comments = connection.execute(
        f"""
        select schema_name, table_name, null, comment from duckdb_tables()
        where database_name = $source and comment is not null and {copied}
        union all
        select schema_name, view_name as table_name, null, comment from duckdb_views()
        where database_name = $source and comment is not null and {copied}
        union all
        select schema_name, table_name, column_name, comment from duckdb_columns()
        where database_name = $source and comment is not null and {copied}
        """,
        {"source": source},
    ).fetchall()
    for schema, table, column, comment in comments:
        name = f"{_name(schema)}.{_name(table)}"
        target = f"column {name}.{_name(column)}" if column else f"table {name}"
        connection.execute(f"comment on {target} is {text(comment)}")


def _is_complete(connection: duckdb.DuckDBPyConnection, state: str) -> bool:
    """Whether the build's own record says that every model was made and every test passed."""
    try:
        rows = connection.execute(
            f"select is_complete from {state}.last_build where exists (from {state}.relations)"
        ).fetchall()
    except duckdb.CatalogException:
        return False
    return rows == [(True,)]


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
