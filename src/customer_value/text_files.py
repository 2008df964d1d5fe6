"""A shop's text files, judged record by record before DuckDB reads them.

An engine guesses what it reads: a quote that is never closed takes the lines behind it into one
value, and a row then has the price of another. Here each line of a file becomes part of a record
that is accepted, or is kept beside the file with the reason why not, or the file is refused. DuckDB
reads the file itself where all of it is plain, and else a copy in which only whole records stand.

A record is what RFC 4180 says: fields between delimiters, a field in quotes may hold delimiters, line
breaks and doubled quotes. Beyond it, a quote that cannot be closed is a character like others, as in
names that begin with an inch mark, if its line has as many fields as the file has columns.
"""

import codecs
import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import duckdb
import numpy as np
import pyarrow as pa

BLOCK = 1 << 24  # bytes read at a time
LONGEST_RECORD = 1 << 28  # bytes; a quote that is not closed by then never is
SAMPLE_LINES = 1000  # from which delimiters and titles are told
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = {"ansi": "cp1252", "unicode": "utf-16", "utf-8-sig": "utf-8"}  # names of programs
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
LOSING_OPTIONS = ("ignore_errors", "null_padding", "strict_mode", "store_rejects")
NEEDLESS_OPTIONS = (
    "all_varchar auto_detect buffer_size max_line_size new_line parallel sample_size union_by_name"
).split()

NAME_ENCODING = "name its encoding, as in {path: …, encoding: cp1252}, or save it as UTF-8"
TOO_FEW = "record has too few fields"
TOO_MANY = "record has too many fields"
NOT_CLOSED = "record has a quote that is not closed"
NOT_UTF_8 = "record is not UTF-8"

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


class TextFileError(Exception):
    """Why a file cannot be read, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Dialect:
    """How the records of a file are written.

    Attributes
    ----------
    delimiter, quote, escape : bytes
        Quote and escape are empty where nothing is quoted.
    comment : bytes
        With what a line begins that is no record; empty where none is.
    names : tuple of str
        The columns', one per field of a record; empty as long as nobody knows them.
    """

    delimiter: bytes
    quote: bytes
    escape: bytes
    comment: bytes = b""
    names: tuple[str, ...] = ()

    def patterns(self) -> "Patterns":
        """The patterns of a field's parts."""
        delimiter, quote, escape = (
            re.escape(part) for part in (self.delimiter, self.quote, self.escape)
        )
        text = re.compile(b"(?:(?!" + delimiter + b")[^\n])*+")
        if not self.quote:
            return Patterns(text)
        blanks = b" *" if b" " not in self.delimiter else b""
        escaped = escape + (quote if self.escape == self.quote else b".")
        return Patterns(
            text=text,
            opening=re.compile(blanks + quote),
            body=re.compile(b"(?:[^" + quote + escape + b"]++|" + escaped + b")*+", re.DOTALL),
            closing=re.compile(quote + blanks + b"(?=" + delimiter + b"|\n)"),
            escaped=re.compile(escape + b"(.)", re.DOTALL),
        )


@dataclass(frozen=True)
class Patterns:
    """What a field is made of: text alone where nothing is quoted."""

    text: re.Pattern[bytes]
    opening: re.Pattern[bytes] | None = None
    body: re.Pattern[bytes] | None = None
    closing: re.Pattern[bytes] | None = None
    escaped: re.Pattern[bytes] | None = None


@dataclass(frozen=True)
class Record:
    """One record as it stands in a block.

    Attributes
    ----------
    values : list of bytes
        Without quotes.
    end : int
        Where its last line ends, at the line break.
    has_text_quote : bool
        Whether a field begins with a quote that is a character like others.
    is_cut : bool
        Whether the block ended before a quote was closed.
    """

    values: list[bytes]
    end: int
    has_text_quote: bool
    is_cut: bool


@dataclass
class Judged:
    """What a pass over a file has counted.

    Attributes
    ----------
    unreadable : list of tuple
        (line number, reason, text) of each record that is not accepted.
    is_plain : bool
        Whether DuckDB can read the file itself: nothing was left out or written anew.
    other_widths : dict
        {number of fields: records} of those that have too few or too many.
    """

    line_count: int = 0
    record_count: int = 0
    blank_line_count: int = 0
    text_quote_count: int = 0
    longest_line: int = 0
    has_line_breaks: bool = False
    is_plain: bool = True
    unreadable: list[tuple[int, str, str]] = field(default_factory=list)
    other_widths: dict[int, int] = field(default_factory=dict)


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
    given = {name: options.pop(name, None) for name in ("encoding", "compression", *NEEDLESS_OPTIONS)}
    source = Source(path, given["compression"], given["encoding"])
    dialect, first_line, has_header = _dialect(source, options)

    judged = _judge(source, dialect, first_line)
    written, skipped = path, first_line - has_header
    if not judged.is_plain or not source.is_plain:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = copy.with_suffix(".part")
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as output:
            if has_header:
                output.write(_line([name.encode() for name in dialect.names], dialect))
            judged = _judge(source, dialect, first_line, output)
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


class Source:
    """The bytes of a text file as UTF-8 with plain line breaks, as often as they are asked for.

    Parameters
    ----------
    path : Path
        The file.
    compression : str or None
        gzip, zstd or none; by default as the name ends.
    encoding : str or None
        Any name that Python knows; by default told from the bytes.

    Attributes
    ----------
    is_plain : bool
        Whether the file itself is UTF-8 with line breaks of one kind, so that DuckDB reads it.
    """

    def __init__(self, path: Path, compression: str | None, encoding: str | None) -> None:
        self.path = path
        self.compression = compression or {".gz": "gzip", ".zst": "zstd"}.get(path.suffix.lower())
        head = self._head()
        if not head:
            raise TextFileError("is empty: give it at least a line with the names of its columns")
        self.encoding = self._encoding(head, encoding)
        text = head.decode(self.encoding, "ignore")
        self.breaks_with_return = "\r" in text and "\n" not in text
        self.is_plain = self.encoding == "utf-8" and not self.breaks_with_return

    def _open(self) -> BinaryIO:
        if self.compression == "gzip":
            return gzip.open(self.path)
        if self.compression == "zstd":
            return pa.input_stream(str(self.path), compression="zstd")
        return self.path.open("rb")

    def _raw_blocks(self) -> Iterator[bytes]:
        try:
            with self._open() as stream:
                while block := stream.read(BLOCK):
                    yield bytes(block)
        except (EOFError, OSError) as error:
            raise TextFileError("cannot be unpacked: check that the file is whole") from error

    def _head(self) -> bytes:
        return next(self._raw_blocks(), b"")

    def _encoding(self, head: bytes, given: str | None) -> str:
        """The encoding that is given, or shows: UTF-8 or Windows-1252 after a look at all bytes."""
        marked = next((name for mark, name in MARKS.items() if head.startswith(mark)), None)
        if marked or given is not None:
            name = marked or _codec(str(given))
            line = self._first_line_beyond_utf_8() if name == "utf-8" else 0
            if line:
                raise TextFileError(f"is not UTF-8 in line {line}: {NAME_ENCODING}")
            return name
        zeros = np.frombuffer(head[: len(head) // 2 * 2], np.uint8).reshape(-1, 2) == 0
        if len(zeros) and zeros.mean() > 0.3:
            return "utf-16-be" if zeros[:, 0].mean() > 0.5 else "utf-16-le"
        return self._western() if self._first_line_beyond_utf_8() else "utf-8"

    def _first_line_beyond_utf_8(self) -> int:
        """The first line that is not UTF-8 in a file that is in no way so; else 0.

        A file in which more characters beyond ASCII are UTF-8 than are not is UTF-8 all the same:
        its wrong lines are kept as unreadable.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        wrong = right = lines = first = 0
        for block in self._raw_blocks():
            if not block.isascii() or decoder.getstate()[0]:
                text = decoder.decode(block)
                if not first and "�" in text:
                    first = lines + text[: text.index("�")].count("\n") + 1
                wrong += text.count("�")
                right += sum(map(len, re.findall(r"[^\x00-\x7f�]+", text)))
            lines += block.count(b"\n")
        return first if wrong > right else 0

    def _western(self) -> str:
        """Windows-1252, if most of what is not ASCII stands alone, as accents do in Western text."""
        alone = high = 0
        for block in self._raw_blocks():
            is_high = np.concatenate([[False], np.frombuffer(block, np.uint8) > 127, [False]])
            high += is_high.sum()
            alone += (is_high[1:-1] & ~is_high[:-2] & ~is_high[2:]).sum()
        if 2 * alone < high:
            raise TextFileError(f"is not UTF-8, and its bytes show no other: {NAME_ENCODING}")
        return "cp1252"

    def blocks(self) -> Iterator[bytes]:
        r"""Blocks of whole lines in UTF-8, each line ended by \n; the first without its mark.

        Raises
        ------
        TextFileError
            If bytes are not of the encoding, with the line.
        """
        decoder = None
        if self.encoding != "utf-8":
            decoder = codecs.getincrementaldecoder(self.encoding)()
        rest, line_count, first = b"", 0, True
        plain_breaks = other_breaks = 0
        for raw in self._raw_blocks():
            try:
                block = raw if decoder is None else decoder.decode(raw).encode()
            except UnicodeError as error:
                before = rest.count(b"\n") + _decoded_lines(error)
                raise TextFileError(
                    f"is not {self.encoding} in line {line_count + before + 1}: {NAME_ENCODING}"
                ) from error
            if first:
                block, first = block.removeprefix(codecs.BOM_UTF8), False
            block = rest + block
            if self.breaks_with_return:
                block = block.replace(b"\r", b"\n")
            elif b"\r" in block:
                whole = block[:-1] if block.endswith(b"\r") else block
                other_breaks += (count := whole.count(b"\r\n"))
                plain_breaks += whole.count(b"\n") - count
                block = whole.replace(b"\r\n", b"\n") + block[len(whole) :]
            else:
                plain_breaks += block.count(b"\n")
            end = block.rfind(b"\n") + 1
            rest = block[end:]
            line_count += block.count(b"\n")
            if plain_breaks and other_breaks:
                self.is_plain = False
            if end:
                yield block[:end]
        if rest.endswith(b"\r"):
            self.is_plain = False
        if rest:
            yield rest.removesuffix(b"\r") + b"\n"


def _decoded_lines(error: UnicodeError) -> int:
    """How many lines of the block stand before what cannot be decoded."""
    if not isinstance(error, UnicodeDecodeError):
        return 0
    return error.object[: error.start].decode(error.encoding, "ignore").count("\n")


def _codec(name: str) -> str:
    """Python's name of an encoding.

    Raises
    ------
    TextFileError
        If there is none.
    """
    known = ENCODINGS.get(name.strip().lower(), name.strip())
    try:
        codec = codecs.lookup(known).name
        "".encode(codec)
    except LookupError as error:
        raise TextFileError(
            f"has the encoding '{name}', which nobody knows: use one such as utf-8, cp1252 or utf-16"
        ) from error
    return codec


def _dialect(source: Source, options: dict) -> tuple[Dialect, int, bool]:
    """How a file is written: from what the options say and its first lines show.

    Returns
    -------
    tuple
        The dialect with its columns' names, the number of lines before the first record, and
        whether the last of them has the names. `options` keeps what is left for DuckDB.
    """
    block = next(source.blocks())
    delimiters = [options.pop(name, None) for name in ("delim", "sep", "delimiter")]
    delimiter = next((str(value) for value in delimiters if value), None)
    quote = _character(options.pop("quote", '"'))
    escape = _character(options.pop("escape", quote)) if quote else ""
    comment = _character(options.pop("comment", ""))
    skip = _number("skip", options.pop("skip", 0))
    has_header = str(options.pop("header", True)).lower() in ("true", "1")
    names = list(options.pop("names", None) or options.pop("columns", None) or [])

    separator = re.match(rb"sep=(.)\n", block, re.IGNORECASE)
    if separator and not skip:
        delimiter, skip = delimiter or separator[1].decode("latin-1"), 1
    start = 0
    for _ in range(skip):
        start = block.find(b"\n", start) + 1
    lines = block[start:].split(b"\n", SAMPLE_LINES)[:-1]
    if lines and b"\0" in lines[0]:
        raise TextFileError("is no text: save it as a CSV in UTF-8")
    if not lines:
        raise TextFileError("has no line with the names of its columns: give it one")

    def dialect(delimiter: str) -> Dialect:
        parts = (delimiter.replace("\\t", "\t"), quote, escape or quote, comment)
        return Dialect(*(part.encode() for part in parts))

    if delimiter is None:
        delimiter = max(DELIMITERS, key=lambda value: _evenness(lines, dialect(value)))
    found = dialect(delimiter)
    counts = _field_counts(lines, found)
    usual = _usual(counts)
    given = [""] * usual
    if has_header:
        header = _record(block, start, found.patterns(), found)
        given = [value.decode("utf-8", "replace").strip() for value in header.values]
        if usual == len(given) + 1 and all(
            line.endswith(found.delimiter) for line in lines[1:] if line.strip()
        ):
            given.append("")
            source.is_plain = False
        skip += block.count(b"\n", start, header.end + 1)
    return replace(found, names=_names(names + given[len(names) :])), skip, has_header


def _character(value: object) -> str:
    return "" if value is None or value is False else str(value)


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
    patterns = dialect.patterns()
    return np.array(
        [
            len(_record(line + b"\n", 0, patterns, dialect, len(line)).values)
            if line.strip()
            else 0
            for line in lines
        ]
    )


def _refuse_uneven(judged: Judged, dialect: Dialect, first_line: int) -> None:
    """Refuse a file most of whose records have one number of fields that is not the header's."""
    usual, count = max(judged.other_widths.items(), key=lambda item: item[1], default=(0, 0))
    if count < 2 or count <= judged.record_count - len(judged.unreadable):
        return
    width = len(dialect.names)
    fields = "1 field" if width == 1 else f"{width} fields"
    words = f"has {fields} in line {first_line}, for the names of its columns, and most records {usual}"
    if width == 1:
        titles = next(line for line, reason, _ in judged.unreadable if reason == TOO_MANY) - 1
        raise TextFileError(
            f"{words}: set skip to the number of lines above the names, as in skip: {titles}"
        )
    delimiter = "a tab" if dialect.delimiter == b"\t" else f"'{dialect.delimiter.decode()}'"
    raise TextFileError(
        f"{words}: quote the values that hold {delimiter}, or give each field a name, or set skip "
        "to the number of lines above the names"
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


def _record(
    block: bytes, start: int, patterns: Patterns, dialect: Dialect, within: int | None = None
) -> Record:
    """Read the record that begins at `start`; on its first line alone if `within` is its end."""
    values, pos = [], start
    has_text_quote = is_cut = False
    limit = len(block) if within is None else within
    while True:
        opening = patterns.opening and patterns.opening.match(block, pos)
        closing = None
        if opening:
            body = patterns.body.match(block, opening.end())
            closing = patterns.closing.match(block, body.end())
            is_cut |= body.end() == len(block)
        if closing and closing.end() <= limit:
            values.append(patterns.escaped.sub(rb"\1", body[0]))
            pos = closing.end()
        else:
            has_text_quote |= opening is not None
            values.append(patterns.text.match(block, pos)[0])
            pos += len(values[-1])
        if not block.startswith(dialect.delimiter, pos):
            return Record(values, pos, has_text_quote, is_cut)
        pos += len(dialect.delimiter)


def _judge(
    source: Source, dialect: Dialect, first_line: int, output: BinaryIO | None = None
) -> Judged:
    """Judge the records after the first lines; write those that are accepted to `output`."""
    judged = Judged()
    rest, skip, is_first = b"", first_line, True
    blocks = source.blocks()
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        start = 0
        while skip and start < len(block):
            start, skip = block.find(b"\n", start) + 1, skip - 1
        if is_first:
            judged.line_count, is_first = first_line, False
        whole = rest + block[start:] if rest or start else block
        if len(judged.unreadable) > SAMPLE_LINES:
            _refuse_uneven(judged, dialect, first_line)
        may_wait = following is not None and len(whole) < LONGEST_RECORD
        rest = whole[_judge_block(whole, dialect, judged, output, may_wait) :]
        block = following
    _refuse_uneven(judged, dialect, first_line)
    return judged


def _judge_block(
    block: bytes, dialect: Dialect, judged: Judged, output: BinaryIO | None, may_wait: bool
) -> int:
    """Judge the records of one block; return where the first begins that needs the next block."""
    if not block:
        return 0
    ends, counts, is_simple = _measure(block, dialect)
    starts = np.concatenate([[0], ends[:-1] + 1])
    width = len(dialect.names)
    patterns = dialect.patterns()
    is_valid = _valid_lines(block, starts, ends)
    is_plain = is_simple & (counts == width) & is_valid & (ends > starts)
    if dialect.comment:
        is_plain &= np.frombuffer(block, np.uint8)[starts] != dialect.comment[0]

    written, done = 0, len(block)  # bytes
    last, line_count = -1, len(starts)
    plain_count = 0
    seen = 0  # lines before this one are counted
    for line in np.flatnonzero(~is_plain).tolist():
        if line <= last:
            continue
        start, end = int(starts[line]), int(ends[line])
        text = block[start:end]
        if not text.strip() or (dialect.comment and text.startswith(dialect.comment)):
            record, reason, stop = None, None, end
        else:
            record, reason = _judge_record(block, start, end, dialect, patterns, width)
            if record.is_cut and may_wait:
                done, line_count = start, line
                break
            stop = record.end
        plain_count += line - seen
        last = int(np.searchsorted(ends, stop)) if stop > end else line
        seen = last + 1
        if reason is None and not is_valid[line:seen].all():
            reason = NOT_UTF_8 if record else None
        judged.is_plain = False
        _keep(judged, record, reason, judged.line_count + line + 1, block[start:stop])
        judged.has_line_breaks |= record is not None and reason is None and last > line
        if output:
            output.write(block[written:start])
            if record and not reason:
                output.write(_line(record.values, dialect))
        written = stop + 1
    if output:
        output.write(block[written:done])
    judged.record_count += plain_count + line_count - seen
    judged.line_count += line_count
    judged.longest_line = max(judged.longest_line, int((ends - starts).max()), 0)
    return done


def _keep(judged: Judged, record: Record | None, reason: str | None, line: int, text: bytes) -> None:
    """Count one record, or the blank line or comment that is None."""
    if record is None:
        judged.blank_line_count += 1
        return
    judged.record_count += 1
    if reason:
        judged.unreadable.append((line, reason, text.decode("utf-8", "replace")))
        if reason in (TOO_FEW, TOO_MANY):
            width = len(record.values)
            judged.other_widths[width] = judged.other_widths.get(width, 0) + 1
    else:
        judged.text_quote_count += record.has_text_quote
        judged.longest_line = max(judged.longest_line, 2 * len(text))


def _judge_record(
    block: bytes, start: int, end: int, dialect: Dialect, patterns: Patterns, width: int
) -> tuple[Record, str | None]:
    """The record whose first line is [start, end), and why it is not accepted, if it is not.

    A record of several lines that has not as many fields as it should, or that swallows others, is
    its first line if that is a whole record on its own; else all its lines are one broken record.
    """
    record = _record(block, start, patterns, dialect)
    if record.end > end and (
        len(record.values) != width or _is_swallowed(block, start, record, dialect, patterns)
    ):
        alone = _record(block, start, patterns, dialect, end)
        if len(alone.values) == width:
            record = replace(alone, is_cut=record.is_cut)
    if len(record.values) == width:
        return record, None
    if record.has_text_quote:
        return record, NOT_CLOSED
    return record, TOO_FEW if len(record.values) < width else TOO_MANY


def _is_swallowed(
    block: bytes, start: int, record: Record, dialect: Dialect, patterns: Patterns
) -> bool:
    """Whether a record of several lines is several records behind a quote that was not closed.

    Then a value holds line breaks and at least as many delimiters as a record, and its last line is
    a whole record on its own, as its first must be, too.
    """
    width = len(record.values)
    last = block.rfind(b"\n", start, record.end) + 1
    return (
        any(b"\n" in value and value.count(dialect.delimiter) >= width - 1 for value in record.values)
        and len(_record(block, last, patterns, dialect, record.end).values) == width
    )


def _measure(block: bytes, dialect: Dialect) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where lines end, how many fields they have, and which can be told from their quotes' places.

    A line is simple if every quote on it opens a field, closes one or stands doubled between both,
    so that none reaches into the next line. The others are read one by one.

    Returns
    -------
    tuple of np.ndarray
        Ends (bytes), fields (count), is simple (bool), one per line.
    """
    codes = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(codes == 10)
    if len(dialect.delimiter) > 1:
        return ends, np.zeros(len(ends), np.int64), np.zeros(len(ends), bool)
    is_simple = np.ones(len(ends), bool)
    delimiters = np.flatnonzero(codes == dialect.delimiter[0])
    if b"\r" in block:
        is_simple[np.searchsorted(ends, np.flatnonzero(codes == 13))] = False
    if dialect.quote and dialect.escape != dialect.quote:
        is_simple[np.searchsorted(ends, np.flatnonzero(codes == dialect.escape[0]))] = False
    if dialect.quote and dialect.quote in block:
        quotes = np.flatnonzero(codes == dialect.quote[0])
        lines = np.searchsorted(ends, quotes)
        firsts = np.searchsorted(lines, np.arange(len(ends)))  # of each line, among the quotes
        is_opening = (np.arange(len(quotes)) - firsts[lines]) % 2 == 0
        before = np.where(quotes > 0, codes[quotes - 1], 10)
        beside = np.where(is_opening, before, codes[quotes + 1])
        is_fine = np.isin(beside, [dialect.delimiter[0], dialect.quote[0], 10])
        # a quote beside an opening one must belong to the same field
        is_simple[lines[~is_fine]] = False
        is_simple &= np.diff(np.append(firsts, len(quotes))) % 2 == 0
        places = np.searchsorted(quotes, delimiters)
        delimiter_lines = np.searchsorted(ends, delimiters)
        delimiters = delimiters[(places - firsts[delimiter_lines]) % 2 == 0]
    counts = 1 + np.diff(np.searchsorted(delimiters, ends), prepend=0)
    return ends, counts, is_simple


def _valid_lines(block: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which lines are UTF-8."""
    is_valid = np.ones(len(starts), bool)
    if block.isascii():
        return is_valid
    try:
        block.decode()
    except UnicodeDecodeError:
        high = np.flatnonzero(np.frombuffer(block, np.uint8) > 127)
        for line in np.unique(np.searchsorted(ends, high)).tolist():
            try:
                block[starts[line] : ends[line]].decode()
            except UnicodeDecodeError:
                is_valid[line] = False
    return is_valid


def _line(values: list[bytes], dialect: Dialect) -> bytes:
    """A record as one line, or as several where values have line breaks."""
    quote = dialect.quote
    if quote:
        values = [
            quote + value.replace(quote, quote + quote) + quote if value else b"" for value in values
        ]
    return dialect.delimiter.join(values) + b"\n"


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
