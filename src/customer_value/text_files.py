"""A shop's text files, judged record by record before DuckDB reads them.

An engine guesses what it reads: a quote that is never closed takes the lines behind it into one
value, and a row then has the price of another. Here each line of a file becomes part of a record
that is accepted, or is kept beside the file with the reason why not, or the file is refused. DuckDB
reads the file itself where all of it is plain, and else a copy in which only whole records stand.
"""

import hashlib
import json
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from customer_value.text_encodings import TextFileError, TextSource
from customer_value.text_records import Dialect, judge, read_record

SAMPLE_LINES = 1000  # from which the delimiter is told
DELIMITERS = (",", ";", "\t", "|")
LOSING_OPTIONS = ("ignore_errors", "null_padding", "strict_mode", "store_rejects")
NEEDLESS_OPTIONS = (
    "all_varchar",
    "auto_detect",
    "buffer_size",
    "max_line_size",
    "new_line",
    "parallel",
    "sample_size",
    "union_by_name",
)

TABLES = {
    "text_files": """
        file_name varchar, path varchar, encoding varchar, is_encoding_given boolean,
        delimiter varchar, line_count bigint, record_count bigint, unreadable_count bigint,
        blank_line_count bigint, text_quote_count bigint, query varchar, problem varchar
    """,
    "unreadable_records": """
        file_name varchar, path varchar, line_number bigint, reason varchar, record varchar
    """,
}


def start(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of what is said of a shop's text files, in the database `registration`."""
    for name, columns in TABLES.items():
        connection.execute(f"create or replace table registration.{name} ({columns})")


def register(
    connection: duckdb.DuckDBPyConnection, file_name: str, path: str, options: dict
) -> None:
    """Read one text file, or those of a glob, and write what is said of it into both tables.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the database of the build.
    file_name : str
        Where the shop's YAML names it, such as shop.files.orders.
    path : str
        A path or glob, as DuckDB understands it.
    options : dict
        As in `read_text_file`. A file that cannot be read has its `problem` in the table.
    """
    found = connection.execute("select file from glob(?) order by file", [path]).fetchall()
    for (name,) in found:
        row = {"file_name": file_name, "path": name}
        unreadable: list[tuple] = []
        try:
            row |= read_text_file(Path(name), options, _copy_of(connection, Path(name), options))
            unreadable = row.pop("unreadable")
        except TextFileError as error:
            row["problem"] = str(error)
        _insert(connection, "text_files", {column: [value] for column, value in row.items()})
        if unreadable:
            lines, reasons, records = zip(*unreadable, strict=True)
            columns = {"line_number": lines, "reason": reasons, "record": records}
            same = {column: [row[column]] * len(lines) for column in ("file_name", "path")}
            _insert(connection, "unreadable_records", same | columns)


def finish(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the copies of earlier runs that no table of the shop is read from any longer."""
    queries = connection.execute("select query from registration.text_files").fetchall()
    for copy in _folder(connection).glob("*.csv"):
        if not any(copy.name in query for (query,) in queries):
            copy.unlink()


def _insert(connection: duckdb.DuckDBPyConnection, table: str, columns: dict) -> None:
    connection.register("text_file_rows", pa.table(columns))
    connection.execute(f"insert into registration.{table} by name select * from text_file_rows")
    connection.unregister("text_file_rows")


def _copy_of(connection: duckdb.DuckDBPyConnection, path: Path, options: dict) -> Path:
    """Where the copy of a file stands, of another name as soon as the file or an option changes.

    So a run that is refused leaves the copy that the last build reads.
    """
    state = path.stat()
    told = json.dumps([str(path), state.st_size, state.st_mtime_ns, options], default=str)
    code = hashlib.sha256(told.encode()).hexdigest()[:12]
    return _folder(connection) / f"{path.name.partition('.')[0]}_{code}.csv"


def _folder(connection: duckdb.DuckDBPyConnection) -> Path:
    """Where copies stand: beside the database, or in the system's folder for one in memory."""
    ((database,),) = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    memory = Path(tempfile.gettempdir(), f"text_files_{os.getpid()}")
    return Path(f"{database}.files") if database else memory


def read_text_file(path: Path, options: dict, copy: Path) -> dict:
    """Judge every record of one file, and say how DuckDB reads those that are accepted.

    Parameters
    ----------
    path : Path
        Plain, or compressed as its name or the option `compression` says (gzip, zstd).
    options : dict
        Options of DuckDB's `read_csv`; delim (sep, delimiter), quote, escape, comment, header,
        skip, names, columns, encoding and compression are followed here, others go to DuckDB.
    copy : Path
        Where the whole records are written if DuckDB cannot read the file itself.

    Returns
    -------
    dict
        The columns of `text_files` but for its names, and under `unreadable` that of `Judged`.

    Raises
    ------
    TextFileError
        With the end of a sentence: what is wrong and how it is mended.
    """
    options = dict(options)
    for name in LOSING_OPTIONS:
        if name in options:
            raise TextFileError(f"has the option {name}, which loses records: leave it out")
    given = {
        name: options.pop(name, None) for name in ("encoding", "compression", *NEEDLESS_OPTIONS)
    }
    source = TextSource(path, given["compression"], given["encoding"])
    dialect, first_line, has_header = _dialect(source, options)

    judged = judge(source, dialect, first_line)
    written, skipped = path, first_line - has_header
    if not judged.is_plain or not source.is_plain:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = copy.with_suffix(".part")
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as output:
            if has_header:
                output.write(dialect.line([name.encode() for name in dialect.names]))
            judged = judge(source, dialect, first_line, output)
        unfinished.replace(copy)
        written, skipped = copy, 0
        dialect = replace(dialect, escape=dialect.quote)
        given["compression"] = None
    return {
        "encoding": source.encoding,
        "is_encoding_given": given["encoding"] is not None,
        "delimiter": dialect.delimiter.decode(),
        "line_count": judged.line_count,
        "record_count": judged.record_count,
        "unreadable_count": len(judged.unreadable),
        "blank_line_count": judged.blank_line_count,
        "text_quote_count": judged.text_quote_count,
        "unreadable": judged.unreadable,
        "query": _query(
            written,
            dialect,
            options,
            header=has_header,
            skip=skipped,
            parallel=not judged.has_line_breaks,
            max_line_size=max(1 << 21, 2 * judged.longest_line),
            **({"compression": given["compression"]} if given["compression"] else {}),
        ),
    }


def _dialect(source: TextSource, options: dict) -> tuple[Dialect, int, bool]:
    """How a file is written: what the options say, and its first lines show.

    Returns
    -------
    tuple
        The dialect with its columns' names, the number of lines before the first record, and
        whether the last of them has the names. `options` keeps what is left for DuckDB.
    """
    block = next(source.blocks())
    skip = _number("skip", options.pop("skip", 0))
    has_header = str(options.pop("header", True)).lower() in ("true", "1")
    names = list(options.pop("names", None) or options.pop("columns", None) or [])
    separator = re.match(rb"sep=(.)\n", block, re.IGNORECASE)
    if separator and not skip:
        options.setdefault("delim", separator[1].decode("latin-1"))
        skip = 1
    start = 0
    for _ in range(skip):
        start = block.find(b"\n", start) + 1
    lines = block[start:].split(b"\n", SAMPLE_LINES)[:-1]
    if not lines:
        raise TextFileError("has no line with the names of its columns: give it one")
    if b"\0" in lines[0]:
        raise TextFileError("is no text: save it as a CSV in UTF-8")

    dialect = _given_dialect(options, lines)
    usual = _usual(_field_counts(lines, dialect))
    found = [""] * usual
    if has_header:
        header = read_record(block, start, dialect)
        skip += block.count(b"\n", start, header.end + 1)
        found = [value.decode("utf-8", "replace").strip() for value in header.values]
        if usual == len(found) + 1 and all(
            line.endswith(dialect.delimiter) for line in lines[1:] if line.strip()
        ):
            found.append("")
            source.is_plain = False
    return replace(dialect, names=_names(names + found[len(names) :])), skip, has_header


def _given_dialect(options: dict, lines: list[bytes]) -> Dialect:
    """The dialect of the options, with the delimiter that fits the lines where none is given."""
    given = [options.pop(name, None) for name in ("delim", "sep", "delimiter")]
    quote = _character(options.pop("quote", '"'))
    escape = _character(options.pop("escape", None)) or quote
    dialect = Dialect(b",", quote, escape if quote else b"", _character(options.pop("comment", "")))
    choices = [str(value).replace("\\t", "\t") for value in given if value] or DELIMITERS
    dialects = [replace(dialect, delimiter=value.encode()) for value in choices]
    return max(dialects, key=lambda choice: _evenness(lines, choice))


def _character(value: object) -> bytes:
    return b"" if value is None or value is False else str(value).encode()


def _number(name: str, value: object) -> int:
    if not str(value).isdigit():
        raise TextFileError(f"has {name}: {value}, which is no number: write one, as in {name}: 2")
    return int(value)


def _evenness(lines: list[bytes], dialect: Dialect) -> tuple:
    """How well a delimiter fits: the first line as the usual one, their share, and its fields."""
    counts = _field_counts(lines, dialect)
    usual = _usual(counts)
    share = float(np.mean(counts[counts > 0] == usual)) if usual > 1 else 0.0
    return counts[0] == usual > 1, round(share, 2), usual


def _usual(counts: np.ndarray) -> int:
    """The number of fields that most lines have which are not blank; at least 1."""
    return max(1, int(np.bincount(counts[counts > 0], minlength=1).argmax()))


def _field_counts(lines: list[bytes], dialect: Dialect) -> np.ndarray:
    """How many fields each line has, read on its own; a blank one has none."""
    return np.array(
        [
            len(read_record(line + b"\n", 0, dialect, len(line)).values) if line.strip() else 0
            for line in lines
        ]
    )


def _names(given: list[str]) -> tuple[str, ...]:
    """The columns' names, each once, as DuckDB makes them: column3 for none, name_1 for twice."""
    names: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(given):
        base = str(name) or f"column{place}"
        unique, number = base, 0
        while unique.lower() in taken:
            number += 1
            unique = f"{base}_{number}"
        taken.add(unique.lower())
        names.append(unique)
    return tuple(names)


def _query(path: Path, dialect: Dialect, options: dict, **settings: object) -> str:
    """DuckDB's query over a file of whole records; nothing is left for it to guess."""
    arguments = {
        "auto_detect": False,
        "strict_mode": True,
        "delim": dialect.delimiter.decode(),
        "quote": dialect.quote.decode(),
        "escape": dialect.escape.decode(),
        "columns": dict.fromkeys(dialect.names, "varchar"),
        **settings,
        **options,
    }
    words = ", ".join(f"{name} = {_literal(value)}" for name, value in arguments.items())
    return f"select * from read_csv({_literal(str(path))}, {words})"


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)
