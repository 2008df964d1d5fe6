"""What dbt-spark lacks where Spark is a session of dbt's own process.

It runs no Python model there, and its macros can call no Python. Both are added to it here.
Beside the tables in Spark's catalog stands a DuckDB file, the build file, as on DuckDB: it says
whether the build is complete, and shows the public tables as views over Spark's Parquet files, so
that publishing, summary and page read it as they read any build.
"""

import os
import re
import shutil
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from customer_value import text_files, threads
from customer_value.engine_errors import first_line
from dbt.adapters.base import PythonJobHelper
from dbt.adapters.base.meta import available
from dbt.adapters.spark import SparkAdapter
from dbt.adapters.spark.session import NUMBERS, Cursor, SessionConnectionWrapper
from dbt_common.exceptions import DbtRuntimeError
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

BUILD_FILE = "spark.customer_value.build_file"  # a setting of the profile's, ours among Spark's
OWN_WAREHOUSE = ".customer_value"  # the mark of a warehouse whose tables a run may remove
KIND = re.compile(r"^\[[A-Z_.]+\] *")  # such as [UNRESOLVED_COLUMN.WITH_SUGGESTION]
VALUES = re.compile(r"\"[^\"]*\"|'[^']*'")
STATE = re.compile(r" *SQLSTATE: \w+.*$")


def extend_adapter() -> None:
    """Let dbt's Spark adapter run Python models in its own process, and macros call `FUNCTIONS`."""
    SparkAdapter.default_python_submission_method = property(lambda _: "session")
    SparkAdapter.python_submission_helpers = property(lambda _: {"session": SessionHelper})
    SparkAdapter.run_python = available(run_python)
    SparkAdapter._available_ = SparkAdapter._available_ | {"run_python"}
    Cursor.execute = execute
    Cursor.fetchall = fetchall
    SessionConnectionWrapper._fix_binding = staticmethod(literal)


def literal(value: Any) -> str:
    """A value of a seed in SQL; dbt-spark's own knows no null, and no quote within a text."""
    if value is None:
        return "null"
    return str(value) if isinstance(value, NUMBERS) else _text(str(value).replace("\\", "\\\\"))


def execute(cursor: Cursor, sql: str, *parameters: Any) -> None:
    """Run a statement in the session of this process, in place of dbt-spark's `Cursor.execute`.

    That one gives the settings to the session again with each statement, which takes longer than
    many of ours do, and lets whole Java traces through, in which a row of the shop may stand.
    """
    session = session_of(cursor.server_side_parameters)
    with without_values():
        cursor._df = session.sql(sql % parameters if parameters else sql)


def fetchall(cursor: Cursor) -> list | None:
    """The rows of the last statement, in place of dbt-spark's `Cursor.fetchall`."""
    if cursor._rows is None and cursor._df is not None:
        with without_values():
            cursor._rows = cursor._df.collect()
    return cursor._rows


@contextmanager
def without_values() -> Iterator[None]:
    """Let dbt hear of Spark's errors by their first line, without what stands in quotes."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise DbtRuntimeError(f"Spark says: {reason_of(error)}.") from None


def reason_of(error: Exception) -> str:
    """The first line of Spark's message, by whose class in brackets dbt-spark tells errors apart.

    Values in quotes are left out; names, which stand between backticks, are not.
    """
    message = str(getattr(error, "java_exception", None) or error).strip()
    return VALUES.sub("…", STATE.sub("", message.split("\n", 1)[0])).rstrip(".")


def run_python(adapter: SparkAdapter, function: str, arguments: dict) -> Any:
    """Call one of `FUNCTIONS` with Spark's session; what it returns goes to the macro."""
    settings = adapter.config.credentials.server_side_parameters
    return FUNCTIONS[function](session_of(settings), **arguments)


@cache
def make_session(settings: tuple[tuple[str, str], ...]) -> SparkSession:
    """The session of this process.

    Parameters
    ----------
    settings : tuple
        Names and values; those that are empty are left to Spark, and so is the master where a
        server is named.
    """
    given = {name: value for name, value in settings if value}
    if "spark.remote" in given:
        given.pop("spark.master", None)
    elif not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise DbtRuntimeError(
            "Java is not there, on which Spark runs: install Java 17 or newer, or set JAVA_HOME."
        )
    builder = SparkSession.builder
    for name, value in given.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if "spark.remote" not in given:
        session.sparkContext.setLogLevel("ERROR")
        PySparkLogger.getLogger("SQLQueryContextLogger").setLevel("CRITICAL")  # it repeats errors
    return session


def session_of(settings: dict[str, str]) -> SparkSession:
    """The session of this process, of the profile's server_side_parameters."""
    return make_session(tuple(sorted(settings.items())))


class SessionHelper(PythonJobHelper):
    """Run a Python model here, on the driver, and write the table that it returns."""

    def __init__(self, parsed_model: dict, credentials: Any) -> None:
        """Keep what dbt knows of the model, and the session's settings."""
        self.model = parsed_model
        self.settings = credentials.server_side_parameters

    def submit(self, compiled_code: str) -> None:
        """Run the model's function over relations of the session; its Arrow table is the model's.

        Parameters
        ----------
        compiled_code : str
            The model and dbt's own classes around it.
        """
        session = session_of(self.settings)
        module = types.ModuleType(f"dbt_model_{self.model['name']}")
        sys.modules[module.__name__] = module
        code = compile(compiled_code.lstrip(), self.model["original_file_path"], "exec")
        exec(code, module.__dict__)
        references = module.dbtObj(lambda name: Relation(session, f"select * from {name}"))
        frame = session.createDataFrame(module.model(references, session))
        writer = frame.write.mode("overwrite").format(self.model["config"]["file_format"])
        writer.saveAsTable(f"{self.model['schema']}.{self.model['alias']}")


class Relation:
    """A query that runs when its rows are asked for: what models use of DuckDB's relation."""

    def __init__(self, session: SparkSession, sql: str) -> None:
        """Keep the query."""
        self.session = session
        self.sql = sql

    def filter(self, condition: str) -> "Relation":
        """The rows of which a condition is true."""
        return Relation(self.session, f"select * from ({self.sql}) where {condition}")

    def select(self, columns: str) -> "Relation":
        """Columns, or expressions with names; an array's type is written in Spark's way."""
        columns = columns.replace("double[]", "array<double>")
        return Relation(self.session, f"select {columns} from ({self.sql})")

    def distinct(self) -> "Relation":
        """Each row once."""
        return Relation(self.session, f"select distinct * from ({self.sql})")

    def order(self, columns: str) -> "Relation":
        """The rows in order."""
        return Relation(self.session, f"select * from ({self.sql}) order by {columns}")

    def arrow(self, batch_size: int = 1_000_000) -> pa.RecordBatchReader:
        """All rows, so many at a time."""
        table = self.session.sql(self.sql).toArrow()
        return table.combine_chunks().to_reader(max_chunksize=batch_size)

    def df(self) -> pd.DataFrame:
        """All rows, days as timestamps as DuckDB has them."""
        return self.arrow().read_all().to_pandas(date_as_object=False)


@cache
def build_connection(file: str) -> duckdb.DuckDBPyConnection:
    """The connection to the build file, held until the process ends so that no other build begins.

    Raises
    ------
    DbtRuntimeError
        If another process holds it.
    """
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    limits = {
        "threads": os.environ.get("CUSTOMER_VALUE_THREADS", "2"),
        "memory_limit": os.environ.get("CUSTOMER_VALUE_MEMORY", "5GB"),
        "preserve_insertion_order": "false",
    }
    try:
        connection = duckdb.connect(file, config=limits)
    except duckdb.Error as error:
        reason = first_line(str(error))
        raise DbtRuntimeError(f"{file} cannot be opened for the build: {reason}.") from error
    connection.execute("attach ':memory:' as registration")
    return connection


def of_build(session: SparkSession) -> duckdb.DuckDBPyConnection:
    """A cursor to the build file that the profile names."""
    return build_connection(session.conf.get(BUILD_FILE)).cursor()


def files_folder(session: SparkSession) -> Path:
    """Where what was read of the shop's files stands."""
    return Path(f"{session.conf.get(BUILD_FILE)}.files")


def start(session: SparkSession, schemas: list[str]) -> None:
    """Begin a run: hold the build file, and make the tables of what is said of the text files.

    A catalog in memory knows nothing of the tables of earlier runs, so their files are removed.

    Parameters
    ----------
    schemas : list of str
        Those of the project.
    """
    text_files.start(of_build(session))
    if session.conf.get("spark.sql.catalogImplementation") == "in-memory":
        begin_anew(Path(session.conf.get("spark.sql.warehouse.dir").removeprefix("file:")), schemas)


def begin_anew(warehouse: Path, schemas: list[str]) -> None:
    """Remove what an earlier run has left in a warehouse that is a project's own.

    Raises
    ------
    DbtRuntimeError
        If the warehouse holds tables in such a schema, and no run of ours has marked it.
    """
    mark = warehouse / OWN_WAREHOUSE
    folders = [warehouse / f"{schema}.db" for schema in schemas]  # dbt has just made those missing
    left = [folder for folder in folders if folder.exists() and any(folder.iterdir())]
    if left and not mark.exists():
        raise DbtRuntimeError(
            f"{left[0]} holds tables, and no build of this project made them: name another "
            "folder in CUSTOMER_VALUE_SPARK_WAREHOUSE, or keep a catalog, "
            "CUSTOMER_VALUE_SPARK_CATALOG=hive."
        )
    warehouse.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for folder in left:
        shutil.rmtree(folder)
        folder.mkdir()


def file_count(session: SparkSession, path: str) -> int:
    """How many files of this machine a path or glob names."""
    ((count,),) = of_build(session).execute("select count(*) from glob(?)", [path]).fetchall()
    return count


def register(session: SparkSession, file_name: str, path: str, options: dict) -> dict:
    """Judge a text file, or those of a glob, as on DuckDB, and keep what is accepted as Parquet.

    Parameters
    ----------
    file_name, path, options
        As in `text_files.register`.

    Returns
    -------
    dict
        `path` of the Parquet file, or the `file` that cannot be read and its `problem`.
    """
    connection = of_build(session)
    text_files.register(connection, file_name, path, options)
    rows = connection.execute(
        "select path, query, problem from registration.text_files "
        "where file_name = ? order by path",
        [file_name],
    ).fetchall()
    for name, _, problem in rows:
        if problem:
            return {"file": name, "problem": problem}
    return as_parquet(session, file_name, " union all by name ".join(query for _, query, _ in rows))


def as_parquet(session: SparkSession, file_name: str, query: str) -> dict:
    """Keep the rows of a query of DuckDB's as a Parquet file beside the build file.

    Parameters
    ----------
    file_name : str
        Where the shop's YAML names what is read; the file is named so, too.
    query : str
        A query that DuckDB runs on this machine, in as little memory as a scan takes.

    Returns
    -------
    dict
        `path` of the file, or the `problem` that DuckDB has with the query.
    """
    connection = of_build(session)
    folder = files_folder(session)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{file_name}.parquet"
    unfinished = target.with_suffix(".part")
    try:
        connection.execute(f"copy ({query}) to {_text(str(unfinished))} (format parquet)")
    except duckdb.Error as error:
        return {"problem": first_line(str(error))}
    unfinished.replace(target)
    return {"path": str(target.resolve())}


def finish(session: SparkSession, schema: str) -> None:
    """Write what is said of the text files into the catalog, and remove the copies of them.

    Parameters
    ----------
    schema : str
        The schema of the contract's views; it is there.
    """
    connection = of_build(session)
    for name in text_files.TABLES:
        rows = connection.sql(f"from registration.{name}").to_arrow_table()
        session.createDataFrame(rows).write.mode("overwrite").saveAsTable(f"{schema}.{name}")
    for copy in files_folder(session).glob("*.csv"):
        copy.unlink()


def unreadable_files(session: SparkSession) -> list[str]:
    """Where the shop's YAML names the files in which records are that cannot be read."""
    rows = of_build(session).execute(
        "select distinct file_name from registration.unreadable_records order by all"
    )
    return [name for (name,) in rows.fetchall()]


def query_error(session: SparkSession, query: str) -> str | None:
    """Why Spark cannot run a query that changes nothing, without values; None if it can."""
    try:
        session.sql(query).collect()
    except PySparkException as error:
        return KIND.sub("", reason_of(error))
    return None


def import_libraries(_: SparkSession, models: list[str]) -> None:
    """Import what Python models import, before the first of them runs."""
    threads.import_libraries(None, models)


def record_build(session: SparkSession, state: str, is_complete: bool) -> None:
    """Say in the build file whether the tables come from one complete build.

    Parameters
    ----------
    state : str
        The schema of what is said of the build.
    """
    connection = of_build(session)
    connection.execute(f"create schema if not exists {state}")
    connection.execute(
        f"create or replace table {state}.last_build as select {bool(is_complete)} as is_complete"
    )


def recorded_relations(session: SparkSession, state: str) -> list[tuple[str, str]]:
    """The relations (schema, name) of Spark's catalog that the last complete build made."""
    try:
        return (
            of_build(session)
            .execute(f"select schema_name, relation_name from {state}.relations order by all")
            .fetchall()
        )
    except duckdb.CatalogException:
        return []


def record_relations(session: SparkSession, state: str, relations: list[dict]) -> None:
    """Show the public tables in the build file, and record all relations.

    Parameters
    ----------
    state : str
        The schema of what is said of the build.
    relations : list of dict
        `schema`, `name`, `is_public`, and of public ones `description` and `columns`, which are
        {name: description}.
    """
    connection = of_build(session)
    connection.execute("begin")
    connection.execute(
        f"create or replace table {state}.relations (schema_name varchar, relation_name varchar, "
        "is_public boolean)"
    )
    shown = connection.execute(
        "select schema_name, view_name from duckdb_views() "
        "where not internal and database_name = current_database()"
    ).fetchall()
    for schema, name in shown:
        connection.execute(f'drop view "{schema}"."{name}"')
    for relation in relations:
        row = [relation[key] for key in ("schema", "name", "is_public")]
        connection.execute(f"insert into {state}.relations values (?, ?, ?)", row)
        if relation["is_public"]:
            show_table(connection, session, relation)
    connection.execute("commit")


def show_table(
    connection: duckdb.DuckDBPyConnection, session: SparkSession, relation: dict
) -> None:
    """A view of a table's Parquet files, with what is said of the table and its columns.

    The rows of a view of Spark's are written as such files before.

    Raises
    ------
    DbtRuntimeError
        If the table is not of Parquet files that this machine can read.
    """
    table = f"{relation['schema']}.{relation['name']}"
    facts = {row[0]: row[1] for row in session.sql(f"describe extended {table}").collect()}
    if facts["Type"] == "VIEW":
        location = str((files_folder(session) / table).resolve())
        session.table(table).write.mode("overwrite").parquet(location)
        facts["Provider"] = "parquet"
    else:
        location = facts.get("Location", "").removeprefix("file:")
    if facts.get("Provider", "").lower() != "parquet" or not Path(location).is_dir():
        raise DbtRuntimeError(
            f"{table} is not of Parquet files on this machine, so it cannot be published to a "
            "file: read it in Spark's catalog, or keep the warehouse on a disk that is here."
        )
    view = f'"{relation["schema"]}"."{relation["name"]}"'
    connection.execute(f'create schema if not exists "{relation["schema"]}"')
    files = _text(f"{location}/*.parquet")
    connection.execute(f"create view {view} as from read_parquet({files})")
    connection.execute(f"comment on view {view} is {_text(relation['description'])}")
    for name, description in relation["columns"].items():
        connection.execute(f'comment on column {view}."{name}" is {_text(description)}')


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "start": start,
    "file_count": file_count,
    "register": register,
    "finish": finish,
    "unreadable_files": unreadable_files,
    "query_error": query_error,
    "import_libraries": import_libraries,
    "record_build": record_build,
    "recorded_relations": recorded_relations,
    "record_relations": record_relations,
}
