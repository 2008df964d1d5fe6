"""A text file as UTF-8, whatever its encoding, its line ends and its compression are."""

import codecs
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

BLOCK = 1 << 24  # bytes read at a time
ENCODINGS = {"ansi": "cp1252", "unicode": "utf-16", "utf-8-sig": "utf-8"}  # names of programs
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NAME_ENCODING = "name its encoding, as in {path: …, encoding: cp1252}, or save it as UTF-8"


class TextFileError(Exception):
    """Why a file cannot be read, as the end of a sentence that begins with its name."""


class TextSource:
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
        """Windows-1252, if most of what is not ASCII stands alone, as accents do."""
        alone = high = 0
        for block in self._raw_blocks():
            is_high = np.concatenate([[False], np.frombuffer(block, np.uint8) > 127, [False]])
            high += is_high.sum()
            alone += (is_high[1:-1] & ~is_high[:-2] & ~is_high[2:]).sum()
        if 2 * alone < high:
            raise TextFileError(f"is not UTF-8, and its bytes show no other: {NAME_ENCODING}")
        return "cp1252"

    def _utf_8_blocks(self) -> Iterator[bytes]:
        """The file in UTF-8, without its mark.

        Raises
        ------
        TextFileError
            If bytes are not of the encoding, with the line.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)()
        lines = 0
        for number, raw in enumerate(self._raw_blocks()):
            try:
                block = raw if self.encoding == "utf-8" else decoder.decode(raw).encode()
            except UnicodeError as error:
                line = lines + _decoded_lines(error) + 1
                raise TextFileError(
                    f"is not {self.encoding} in line {line}: {NAME_ENCODING}"
                ) from error
            lines += block.count(b"\n")
            yield block if number else block.removeprefix(codecs.BOM_UTF8)

    def blocks(self) -> Iterator[bytes]:
        r"""Blocks of whole lines in UTF-8, each line ended by \n."""
        rest = b""
        breaks: set[bytes] = set()
        for block in self._utf_8_blocks():
            block = rest + block
            if self.breaks_with_return:
                block = block.replace(b"\r", b"\n")
            elif b"\r" in block:
                count = block.count(b"\r\n")
                breaks |= {b"\r\n"} if count else set()
                breaks |= {b"\n"} if block.count(b"\n") > count else set()
                held = b"\r" if block.endswith(b"\r") else b""
                block = block.removesuffix(held).replace(b"\r\n", b"\n") + held
            elif b"\n" in block:
                breaks.add(b"\n")
            end = block.rfind(b"\n") + 1
            rest = block[end:]
            if len(breaks) > 1:
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
            f"has the encoding '{name}', which is not known: use one such as cp1252 or utf-16"
        ) from error
    return codec
