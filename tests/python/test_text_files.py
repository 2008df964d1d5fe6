"""The reader of text files: every record is accepted, kept with its reason, or the file refused.

Files with faults in random places are judged here by what they were made of: each value names its
record, so a row that mixes two records shows.
"""

import csv
import gzip
import io
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import duckdb
import pyarrow as pa
import pytest
from conftest import MakeShop, ManyRuns, Shop
from customer_value import text_encodings, text_records
from customer_value.text_encodings import TextFileError
from customer_value.text_files import read_text_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Read = Callable[..., tuple[dict, list[tuple]]]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A function that judges a file of the given content, and lets DuckDB read what is accepted."""
    folder = tmp_path_factory.mktemp("files")

    def read(content: str | bytes, name: str = "file.csv", **options: Any):
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        told = read_text_file(path, options, folder / "copies" / "file.csv")
        rows = duckdb.sql(told["query"]).fetchall()
        assert len(rows) == told["record_count"] - len(told["unreadable"])
        assert told["unreadable_count"] == len(told["unreadable"])
        return told, rows

    return read


# name: (content, options, rows, {line: reason})
FILES: dict[str, tuple[str | bytes, dict, list[tuple], dict[int, str]]] = {
    "plain": ("a,b\n1,x\n2,y\n", {}, [("1", "x"), ("2", "y")], {}),
    "names alone": ("a,b", {}, [], {}),
    "last line without an end": ("a,b\n1,x", {}, [("1", "x")], {}),
    "blank lines": ("a,b\n\n1,x\n  \n2,y\n\n", {}, [("1", "x"), ("2", "y")], {}),
    "line ends of Windows": ("a,b\r\n1,x\r\n2,\r\n", {}, [("1", "x"), ("2", None)], {}),
    "line ends of both kinds": ("a,b\r\n1,x\n2,y\r\n", {}, [("1", "x"), ("2", "y")], {}),
    "line ends of an old Mac": ("a,b\r1,x\r2,y\r", {}, [("1", "x"), ("2", "y")], {}),
    "quotes as they should be": (
        'a,b\n1,"x,y"\n2,"say ""hi"""\n3,"two\nlines"\n',
        {},
        [("1", "x,y"), ("2", 'say "hi"'), ("3", "two\nlines")],
        {},
    ),
    "line breaks and many delimiters in a value": (
        'a,b,c\n1,"nice,\nred, blue, green,\nbig",z\n',
        {},
        [("1", "nice,\nred, blue, green,\nbig", "z")],
        {},
    ),
    "blanks around quotes": ('a,b,c\n1, "x,y" ,z\n', {}, [("1", "x,y", "z")], {}),
    "inch marks": ('a,b\n1,24" wide\n2,24"\n', {}, [("1", '24" wide'), ("2", '24"')], {}),
    "names that begin with an inch mark": (
        'a,b,c\n1,"Oak,3\n2,Ash,4\n3,"Elm,5\n4,"Fir",6\n',
        {},
        [("1", '"Oak', "3"), ("2", "Ash", "4"), ("3", '"Elm', "5"), ("4", "Fir", "6")],
        {},
    ),
    "a quote that swallows two lines and closes well": (
        'a,b,c\n1,"Oak,3\n2,Ash,4\n3,Elm",5\n',
        {},
        [("1", '"Oak', "3"), ("2", "Ash", "4"), ("3", 'Elm"', "5")],
        {},
    ),
    "a quote that is not closed, and delimiters in it": (
        'a,b\n1,"x,y\n2,z\n',
        {},
        [("2", "z")],
        {2: text_records.NOT_CLOSED},
    ),
    "a field too many": (
        "a,b\n1,x\n2,3,50\n4,y\n5,z\n",
        {},
        [("1", "x"), ("4", "y"), ("5", "z")],
        {3: text_records.TOO_MANY},
    ),
    "a line that is cut": (
        "a,b,c\n1,x,y\n2,x",
        {},
        [("1", "x", "y")],
        {3: text_records.TOO_FEW},
    ),
    "a delimiter behind every line": (
        "a,b\n1,x,\n2,y,\n",
        {},
        [("1", "x", None), ("2", "y", None)],
        {},
    ),
    "a byte that is not UTF-8": (
        "a,b\n1,é\n2,ø\n".encode() + b"3,\xff\n",
        {},
        [("1", "é"), ("2", "ø")],
        {4: text_records.NOT_UTF_8},
    ),
    "Windows-1252 without a word": (
        "a;b\n1;5 €\n2;Jörg\n".encode("cp1252"),
        {},
        [("1", "5 €"), ("2", "Jörg")],
        {},
    ),
    "Windows-1252 by another name": (
        "a,b\n1,5 €\n".encode("cp1252"),
        {"encoding": "Windows-1252"},
        [("1", "5 €")],
        {},
    ),
    "ANSI": ("a,b\n1,5 €\n".encode("cp1252"), {"encoding": "ANSI"}, [("1", "5 €")], {}),
    "Cyrillic": ("a,b\n1,дом\n".encode("cp1251"), {"encoding": "cp1251"}, [("1", "дом")], {}),
    "Japanese": ("a,b\n1,本\n".encode("cp932"), {"encoding": "shift_jis"}, [("1", "本")], {}),
    "UTF-16 with a mark": ("a,b\n1,é\n".encode("utf-16"), {}, [("1", "é")], {}),
    "UTF-16 without": ("a,b\n1,x\n".encode("utf-16-le"), {}, [("1", "x")], {}),
    "UTF-8 with a mark": ("\ufeffa,b\n1,é\n", {}, [("1", "é")], {}),
    "a mark and another name": ("\ufeffa,b\n1,é\n", {"encoding": "latin-1"}, [("1", "é")], {}),
    "Excel's line": ("sep=;\na;b\n1;2,5\n", {}, [("1", "2,5")], {}),
    "tabs": ("a\tb\n1\tx,y\n", {}, [("1", "x,y")], {}),
    "bars and commas": ("a|b\n1|x,y\n2|x,z\n", {}, [("1", "x,y"), ("2", "x,z")], {}),
    "two characters": ("a||b\n1||x\n", {"delim": "||"}, [("1", "x")], {}),
    "titles": ("Orders\n\na,b\n1,x\n", {"skip": 2}, [("1", "x")], {}),
    "no names": ("1,x\n2,y\n", {"header": False}, [("1", "x"), ("2", "y")], {}),
    "nothing quoted": ('a\tb\n1\t"x\n2\ty"\n', {"quote": ""}, [("1", '"x'), ("2", 'y"')], {}),
    "other quotes": ("a,b\n1,'x,y'\n", {"quote": "'"}, [("1", "x,y")], {}),
    "backslashes": ('a,b\n1,"x\\"y"\n2,"z"\n', {"escape": "\\"}, [("1", 'x"y'), ("2", "z")], {}),
    "comments": ("a,b\n#1,x\n2,y\n", {"comment": "#"}, [("2", "y")], {}),
    "no comments": ("#a,b\n#1,x\n", {}, [("#1", "x")], {}),
    "a word for null": ("a,b\n1,none\n", {"nullstr": "none"}, [("1", None)], {}),
    "a long line": (
        f"a,b\n1,{'x' * 3_000_000}\n2,y\n",
        {},
        [("1", "x" * 3_000_000), ("2", "y")],
        {},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_records(name: str, read: Read) -> None:
    """What a file's records are, and which of its lines are none."""
    content, options, expected, unreadable = FILES[name]
    told, rows = read(content, **options)
    assert sorted(rows) == sorted(expected)
    assert {line: reason for line, reason, _ in told["unreadable"]} == unreadable
    lines = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    if "UTF-16" not in name and "Mac" not in name:
        assert told["line_count"] == lines.count("\n") + (not lines.endswith("\n"))


def test_text_of_what_is_unreadable(read: Read) -> None:
    """The record is kept as it stands, with its line."""
    told, _ = read("a,b\n1,x\n2,3,50\n4,y\n5,z\n6\n")
    assert told["unreadable"] == [
        (3, text_records.TOO_MANY, "2,3,50"),
        (6, text_records.TOO_FEW, "6"),
    ]


def test_what_is_counted(read: Read) -> None:
    """Blank lines and quotes that are characters are counted, and the dialect is told."""
    told, _ = read('a;b\n\n1;"x\n2;y\n')
    assert (told["blank_line_count"], told["text_quote_count"]) == (1, 1)
    assert (told["encoding"], told["delimiter"]) == ("utf-8", ";")


def test_names_of_columns(read: Read) -> None:
    """A name that is there twice, or is missing, gets one of its own."""
    told, _ = read("a,b,A,,a\n1,2,3,4,5\n")
    assert duckdb.sql(told["query"]).columns == ["a", "b", "A_1", "column3", "a_2"]


def test_compressed_files(read: Read) -> None:
    """gzip, also of several parts, and zstd are read; the copy of one with faults, too."""
    parts = gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n3\n")
    assert sorted(read(parts, "file.csv.gz")[1]) == [("1", "x"), ("2", "y")]
    zstd = pa.compress(b"a,b\n1,x\n2\n", "zstd", asbytes=True)
    assert read(zstd, "file.csv.zst")[1] == [("1", "x")]


# name: (content, options, words of the sentence)
REFUSED: dict[str, tuple[str | bytes, dict, tuple[str, ...]]] = {
    "empty": ("", {}, ("empty",)),
    "blank": ("\n\n", {}, ()),
    "titles": ("Orders\n\na,b\n1,x\n2,y\n3,z\n", {}, ("line 1", "skip: 2")),
    "decimal commas": ("a,b\n1,2,5\n2,3,5\n3,4,5\n", {}, ("line 1", "2 fields", "','")),
    "an encoding that nobody knows": ("a,b\n", {"encoding": "klingon"}, ("klingon", "cp1252")),
    "the wrong encoding": ("a,b\n1,x\n2,é\n".encode("latin-1"), {"encoding": "utf-8"}, ("line 3",)),
    "the wrong encoding, a small one": ("a,b\n1,é\n", {"encoding": "ascii"}, ("ascii", "line 2")),
    "no encoding that shows": ("a,b\n1,дом\n".encode("cp1251"), {}, ("encoding",)),
    "an option that loses records": ("a,b\n", {"ignore_errors": True}, ("ignore_errors",)),
    "a number that is none": ("a,b\n", {"skip": "two"}, ("skip: two",)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str, read: Read) -> None:
    """A file that is refused says why, and what to do."""
    content, options, words = REFUSED[name]
    if name == "blank":
        assert read(content)[1] == []
        return
    with pytest.raises(TextFileError) as refusal:
        read(content, **options)
    assert not [word for word in words if word not in str(refusal.value)], refusal.value


VALUES = st.text(alphabet="x,;\t\"\n 'é", max_size=4)
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    }
)
FAULTS = st.tuples(
    st.sampled_from(["insert", "delete", "replace", "cut"]),
    st.sampled_from(['"', "\n", ",", '""', '",', "\r"]),
    st.floats(0, 1, exclude_max=True),
)


def record_of(number: int, values: list[str], delimiter: str) -> list[str]:
    """The values with their record's name in each.

    A value with line breaks has fewer delimiters than a record, else it is an unclosed quote.
    """
    if any("\n" in value for value in values):
        values = [value.replace(delimiter, "") for value in values]
    return [f"r{number:03}r", *(f"r{number:03}r{value}" for value in values)]


def records_of(lists: list[list[str]], dialect: dict) -> list[list[str]]:
    """A file's records."""
    return [record_of(n, values, dialect["delimiter"]) for n, values in enumerate(lists)]


def text_of(records: list[list[str]], **dialect: Any) -> str:
    """A file of records below a line of names, as Python's own writer writes it."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, **dialect)
    writer.writerow([f"c{place}" for place in range(len(records[0]))])
    writer.writerows(records)
    return file.getvalue()


def with_fault(text: str, fault: tuple[str, str, float], start: int) -> tuple[str, int]:
    """The text with one fault behind `start`, and the fault's place."""
    kind, what, share = fault
    place = start + int(share * (len(text) - start))
    if kind == "cut":
        return text[:place], place
    behind = place if kind == "insert" else place + 1
    return text[:place] + ("" if kind == "delete" else what) + text[behind:], place


RECORDS = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(VALUES, min_size=width - 1, max_size=width - 1), min_size=1, max_size=99
    )
)
BLOCKS = st.sampled_from([40, 300, 1 << 24])
MANY = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(RECORDS, DIALECTS, BLOCKS)
def test_whole_files_are_read_as_python_reads_them(
    read: Read, records: list[list[str]], dialect: dict, block: int
) -> None:
    """Quotes, line breaks and delimiters in values: Python's reader and ours find the same."""
    given_records = records_of(records, dialect)
    text = text_of(given_records, **dialect)
    with mock.patch.object(text_encodings, "BLOCK", block):
        told, rows = read(text, delim=dialect["delimiter"])
    assert told["unreadable"] == []
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect["delimiter"]))
    # a line break of Windows within a value is one line break
    assert sorted(rows) == sorted(
        tuple(value.replace("\r\n", "\n") for value in record) for record in expected[1:]
    )


@MANY
@given(RECORDS, DIALECTS, FAULTS, BLOCKS)
def test_a_fault_touches_its_own_record_alone(
    read: Read, records: list[list[str]], dialect: dict, fault: tuple[str, str, float], block: int
) -> None:
    """Whatever is broken: nothing is lost, and no accepted row holds two records' values."""
    given_records = records_of(records, dialect)
    whole = text_of(given_records, **dialect)
    start = whole.index(dialect["lineterminator"]) + len(dialect["lineterminator"])
    text, place = with_fault(whole, fault, start)
    with mock.patch.object(text_encodings, "BLOCK", block):
        try:
            _, rows = read(text, delim=dialect["delimiter"])
        except TextFileError as refusal:
            assert "line 1" in str(refusal)
            return
    owners = [set(re.findall(r"r\d{3}r", " ".join(value or "" for value in row))) for row in rows]
    assert all(len(owner) <= 1 for owner in owners), rows
    # records that end before the fault, or begin behind the line of the fault's record, are whole
    kept = {row[0]: row for row in rows}
    ends = [len(text_of(given_records[: number + 1], **dialect)) for number in range(len(records))]
    for number, record in enumerate(given_records):
        begins = ends[number - 1] if number else start
        if ends[number] <= place or begins > place + 1 + len(dialect["lineterminator"]):
            is_cut = fault[0] == "cut" and begins >= place
            expected = tuple(value.replace("\r\n", "\n") for value in record)
            assert is_cut or kept.get(record[0]) == expected, (record, rows)


ORDERS = [
    (f"r{n:03}r", f"r{n:03}rp", "2024-01-05 10:00:00", 1, 1000 + n, f"r{n:03}rc", f"r{n:03}r, x")
    for n in range(30)
]
ORDER_COLUMNS = [
    "order_id",
    "product_id",
    "ordered_at",
    "quantity",
    "unit_price",
    "customer_id",
    "product_name",
]


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """A shop of one file, whose content each example writes anew."""
    return make_shop(files={"orders.csv": ""})


@pytest.mark.shops
@settings(max_examples=20, deadline=None)
@given(FAULTS)
def test_faults_through_dbt(shop: Shop, many_runs: ManyRuns, fault: tuple[str, str, float]) -> None:
    """The same of rows in staging: all but the broken record are there as they were."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([ORDER_COLUMNS, *ORDERS])
    whole = file.getvalue()
    text, place = with_fault(whole, fault, whole.index("\n") + 1)
    (shop.folder / "orders.csv").write_bytes(text.encode())
    models = ("base_shop__order_lines", "base_shop__order_days")
    run = many_runs.run(shop, "run", "--select", *models)
    if run.code:
        assert "line 1" in run.sentence
        return
    rows = shop.rows(
        "select order_id, product_id, cast(ordered_at as string), quantity, unit_price, "
        "customer_id, product_name, rejection_reason from staging.base_shop__order_lines"
    )
    assert len(rows) == shop.value("select sum(record_count) from shop.text_files")
    accepted = [row[:-1] for row in rows if row[-1] is None]
    owners = [set(re.findall(r"r\d{3}r", " ".join(map(str, row)))) for row in accepted]
    assert all(len(owner) == 1 for owner in owners)
    broken = whole.count("\n", 0, place) - 1  # the number of the record with the fault
    behind = len(ORDERS) if fault[0] == "cut" else broken + 2
    assert {*ORDERS[:broken], *ORDERS[behind:]} <= set(accepted) | (
        {ORDERS[-1]} if fault[0] == "cut" else set()
    )
