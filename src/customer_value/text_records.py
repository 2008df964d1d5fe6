"""The records of a text file: where each begins and ends, and whether it is whole.

A record is what RFC 4180 says: fields between delimiters, of which one in quotes may hold
delimiters, line breaks and doubled quotes. Beyond it, a quote that cannot be closed is a character
like others, as in names that begin with an inch mark, if its line has as many fields as the file
has columns.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import BinaryIO

import numpy as np
from customer_value.text_encodings import TextFileError, TextSource

LONGEST_RECORD = 1 << 28  # bytes; a quote that is not closed by then never is
MANY_RECORDS = 1000  # unreadable ones, after which a file may be refused before its end

TOO_FEW = "record has too few fields"
TOO_MANY = "record has too many fields"
NOT_CLOSED = "record has a quote that is not closed"
NOT_UTF_8 = "record is not UTF-8"


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

    @cached_property
    def text(self) -> re.Pattern[bytes]:
        """A field without quotes."""
        return re.compile(b"(?:(?!" + re.escape(self.delimiter) + b")[^\n])*+")

    @cached_property
    def quoted(self) -> tuple[re.Pattern[bytes], ...]:
        """The opening of a field in quotes, its body, its closing, and an escape in the body."""
        delimiter, quote, escape = map(re.escape, (self.delimiter, self.quote, self.escape))
        blanks = b" *" if b" " not in self.delimiter else b""
        escaped = escape + (quote if self.escape == self.quote else b".")
        return (
            re.compile(blanks + quote),
            re.compile(b"(?:[^" + quote + escape + b"]++|" + escaped + b")*+", re.DOTALL),
            re.compile(quote + blanks + b"(?=" + delimiter + b"|\n)"),
            re.compile(escape + b"(.)", re.DOTALL),
        )

    def line(self, values: list[bytes]) -> bytes:
        """A record as one line, or as several where values have line breaks; quotes are doubled."""
        if self.quote:
            doubled = (value.replace(self.quote, 2 * self.quote) for value in values)
            values = [self.quote + value + self.quote if value else b"" for value in doubled]
        return self.delimiter.join(values) + b"\n"


@dataclass(frozen=True)
class Record:
    """One record as it stands in a block.

    Attributes
    ----------
    values : list of bytes
        Without quotes; none for a blank line or a comment.
    end : int
        Where its last line ends, at the line break.
    has_text_quote : bool
        Whether a field begins with a quote that is a character like others.
    is_cut : bool
        Whether the block ended before a quote was closed.
    """

    values: list[bytes]
    end: int
    has_text_quote: bool = False
    is_cut: bool = False


@dataclass
class Judged:
    """What a pass over a file has counted.

    Attributes
    ----------
    unreadable : list of tuple
        (line number, reason, text) of each record that is not accepted.
    other_widths : dict
        {number of fields: records} of those that have too few or too many.
    longest_line : int
        Bytes.
    has_line_breaks : bool
        Whether a value of an accepted record has any.
    is_plain : bool
        Whether DuckDB can read the lines as they stand: none was left out or written anew.
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

    def count(self, record: Record, reason: str | None, line: int, text: bytes) -> None:
        """Count one record that is not plain; `reason` is why it is not accepted."""
        self.is_plain = False
        if not record.values:
            self.blank_line_count += 1
            return
        self.record_count += 1
        if reason is None:
            self.text_quote_count += record.has_text_quote
            self.has_line_breaks |= b"\n" in text
            self.longest_line = max(self.longest_line, 2 * len(text))  # quotes are doubled
            return
        self.unreadable.append((line, reason, text.decode("utf-8", "replace")))
        if reason in (TOO_FEW, TOO_MANY):
            width = len(record.values)
            self.other_widths[width] = self.other_widths.get(width, 0) + 1


def judge(
    source: TextSource, dialect: Dialect, first_line: int, output: BinaryIO | None = None
) -> Judged:
    """Judge every record of a file.

    Parameters
    ----------
    source : TextSource
        The file.
    dialect : Dialect
        With the columns' names.
    first_line : int
        How many lines stand before the first record.
    output : BinaryIO, optional
        Where the records that are accepted are written.

    Raises
    ------
    TextFileError
        If most records have one number of fields, and another one than the file has columns.
    """
    judged = Judged(line_count=first_line)
    rest, skip = b"", first_line
    blocks = source.blocks()
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        start = 0
        while skip and start < len(block):
            start, skip = block.find(b"\n", start) + 1, skip - 1
        block = rest + block[start:]
        may_wait = following is not None and len(block) < LONGEST_RECORD
        rest = block[_judge_block(block, dialect, judged, output, may_wait) :]
        if following is None or len(judged.unreadable) > MANY_RECORDS:
            _refuse_uneven(judged, dialect, first_line)
        block = following
    return judged


def _judge_block(
    block: bytes, dialect: Dialect, judged: Judged, output: BinaryIO | None, may_wait: bool
) -> int:
    """Judge the records of one block; return where the first begins that needs the next block."""
    if not block:
        return 0
    starts, ends, is_plain, is_valid = _plain_lines(block, dialect)
    done, lines = len(block), len(starts)
    written, seen, plain = 0, 0, 0  # bytes, lines, records
    for line in np.flatnonzero(~is_plain).tolist():
        if line < seen:
            continue
        start, end = int(starts[line]), int(ends[line])
        record, reason = _judge_record(block, start, end, dialect)
        if record.is_cut and may_wait:
            done, lines = start, line
            break
        plain += line - seen
        seen = int(np.searchsorted(ends, record.end)) + 1
        if not is_valid[line:seen].all():
            reason = NOT_UTF_8
        judged.count(record, reason, judged.line_count + line + 1, block[start : record.end])
        if output:
            is_accepted = record.values and reason is None
            output.write(block[written:start])
            output.write(dialect.line(record.values) if is_accepted else b"")
        written = record.end + 1
    if output:
        output.write(block[written:done])
    judged.record_count += plain + lines - seen
    judged.line_count += lines
    judged.longest_line = max(judged.longest_line, int((ends - starts).max()))
    return done


def _judge_record(
    block: bytes, start: int, end: int, dialect: Dialect
) -> tuple[Record, str | None]:
    """The record whose first line is [start, end), and why it is not accepted, if it is not.

    A record of several lines that has not as many fields as it should, or that swallows others, is
    its first line if that is a whole record on its own; else all its lines are one broken record.
    """
    line = block[start:end]
    if not line.strip() or (dialect.comment and line.startswith(dialect.comment)):
        return Record([], end), None
    width = len(dialect.names)
    record = read_record(block, start, dialect)
    if record.end > end and (
        len(record.values) != width or _is_swallowed(block, start, record, dialect)
    ):
        alone = read_record(block, start, dialect, end)
        if len(alone.values) == width:
            record = replace(alone, is_cut=record.is_cut)
    if len(record.values) == width:
        return record, None
    if record.has_text_quote:
        return record, NOT_CLOSED
    return record, TOO_FEW if len(record.values) < width else TOO_MANY


def read_record(block: bytes, start: int, dialect: Dialect, within: int | None = None) -> Record:
    """Read the record that begins at `start`; on its first line alone if `within` is its end."""
    values, pos = [], start
    has_text_quote = is_cut = False
    limit = len(block) if within is None else within
    opening_of, body_of, closing_of, escape_of = dialect.quoted if dialect.quote else (None,) * 4
    while True:
        opening = opening_of and opening_of.match(block, pos)
        closing = None
        if opening:
            body = body_of.match(block, opening.end())
            closing = closing_of.match(block, body.end())
            is_cut |= body.end() == len(block)
        if closing and closing.end() <= limit:
            values.append(escape_of.sub(rb"\1", body[0]))
            pos = closing.end()
        else:
            has_text_quote |= opening is not None
            values.append(dialect.text.match(block, pos)[0])
            pos += len(values[-1])
        if not block.startswith(dialect.delimiter, pos):
            return Record(values, pos, has_text_quote, is_cut)
        pos += len(dialect.delimiter)


def _is_swallowed(block: bytes, start: int, record: Record, dialect: Dialect) -> bool:
    """Whether a record of several lines is several records behind a quote that was not closed.

    Then a value holds line breaks and at least as many delimiters as a record, and its last line is
    a whole record on its own, as its first must be, too.
    """
    width = len(record.values)
    last = block.rfind(b"\n", start, record.end) + 1
    return (
        any(
            b"\n" in value and value.count(dialect.delimiter) >= width - 1
            for value in record.values
        )
        and len(read_record(block, last, dialect, record.end).values) == width
    )


def _refuse_uneven(judged: Judged, dialect: Dialect, first_line: int) -> None:
    """Refuse a file most of whose records have one number of fields that is not the header's."""
    usual, count = max(judged.other_widths.items(), key=lambda item: item[1], default=(0, 0))
    if count < 2 or count <= judged.record_count - len(judged.unreadable):
        return
    width = len(dialect.names)
    fields = "1 field" if width == 1 else f"{width} fields"
    words = f"has {fields} for the names of its columns in line {first_line}, and most records "
    words += f"have {usual}"
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


def _plain_lines(
    block: bytes, dialect: Dialect
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where lines start and end (bytes), which are whole records as they stand, which are UTF-8.

    A line is told from the places of its quotes: if each opens a field, closes one or stands
    doubled between both, none reaches into the next line. Other lines are read one by one.
    """
    codes = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(codes == 10)
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_valid = _valid_lines(block, starts, ends)
    if len(dialect.delimiter) > 1:
        return starts, ends, np.zeros(len(ends), bool), is_valid
    is_plain = is_valid & (ends > starts)
    if dialect.comment:
        is_plain &= codes[starts] != dialect.comment[0]
    odd = {b"\r"[0]} | ({dialect.escape[0]} if dialect.escape != dialect.quote else set())
    for code in odd:
        is_plain[np.searchsorted(ends, np.flatnonzero(codes == code))] = False
    delimiters = np.flatnonzero(codes == dialect.delimiter[0])
    counts = np.diff(np.searchsorted(delimiters, ends), prepend=0)
    if dialect.quote and dialect.quote in block:
        is_quote = codes == dialect.quote[0]
        quotes = np.flatnonzero(is_quote)
        quote_counts = np.diff(np.searchsorted(quotes, ends), prepend=0)
        is_odd = np.bitwise_xor.accumulate(is_quote)  # an odd number of quotes up to a byte
        is_odd_before = np.where(starts > 0, is_odd[starts - 1], False)
        is_opening = is_odd[quotes] ^ np.repeat(is_odd_before, quote_counts)
        before = np.where(quotes > 0, codes[quotes - 1], 10)
        beside = np.where(is_opening, before, codes[quotes + 1])
        is_in_place = (
            (beside == dialect.delimiter[0]) | (beside == dialect.quote[0]) | (beside == 10)
        )
        is_plain[np.searchsorted(ends, quotes[~is_in_place])] = False
        is_plain &= quote_counts % 2 == 0
        is_between = ~(is_odd[delimiters] ^ np.repeat(is_odd_before, counts))
        counts = np.diff(np.searchsorted(delimiters[is_between], ends), prepend=0)
    return starts, ends, is_plain & (counts == len(dialect.names) - 1), is_valid


def _valid_lines(block: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which lines are UTF-8."""
    is_valid = np.ones(len(starts), bool)
    try:
        if not block.isascii():
            block.decode()
    except UnicodeDecodeError:
        high = np.flatnonzero(np.frombuffer(block, np.uint8) > 127)
        for line in np.unique(np.searchsorted(ends, high)).tolist():
            try:
                block[starts[line] : ends[line]].decode()
            except UnicodeDecodeError:
                is_valid[line] = False
    return is_valid
