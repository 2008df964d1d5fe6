"""A bad file, mapping or var stops the run at once with one sentence, and leaves the rest alone.

Each sentence names the table, the column or the file, and the fix. All runs share one shop that
was built and published before; after each its tables, views and published file are as they were.
"""

import gzip
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from commands import read_vars
from conftest import DBT, PROJECT, MakeShop, ManyRuns, Shop, fingerprints

GOOD = """order_id,product_id,ordered_at,quantity,unit_price,customer_id
1,A,2024-01-01,1,10,c1
2,B,2024-01-05,2,5,c2
3,A,2024-02-05,1,10,c2
"""
MANY = GOOD + "".join(
    f"{i},A,2024-01-01,{i * 7919 % 997},{i * 31337 % 977},c\n" for i in range(9999)
)
FILES: dict[str, str | bytes] = {
    "orders.csv": GOOD,
    "price.csv": GOOD.replace("unit_price", "price"),
    "text.parquet": "order_id,product_id\nno Parquet at all\n",
    "empty.parquet": "",
    "cut.csv.gz": gzip.compress(MANY.encode())[:9_000],
    "plain.csv.gz": GOOD,
    "empty.csv": "",
    "blank.csv": "\n\n",
    "cut.jsonl": '{"order_id": 1, "product_id": "A", "orde',
    "zeros.csv": bytes(2_000),
    "sheet.xlsx": b"PK\x03\x04" + bytes(range(128, 256)) * 20,
    "sheet.xlsm": b"PK\x03\x04",
    "orders.zip": b"PK\x03\x04",
    "cyrillic.csv": GOOD.replace("order_id", "заказ").encode("cp1251"),
}
# what may stand in no sentence: the engine's words, a model's place, a Python trace
ENGINE = (
    "Binder Error",
    "Catalog Error",
    "Conversion Error",
    "Invalid Input",
    "IO Error",
    "Parser Error",
    "LINE ",
    "Traceback",
    "unhashable",
    "has no attribute",
    "undefined",
    "macro",
)


def lines(**mapping: Any) -> dict[str, Any]:
    """A shop whose order lines are mapped so."""
    return {"order_lines": {"from": "orders.csv", **mapping}}


# name of the case: (the var shop, what the sentence says)
BAD_SHOPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "file missing": (lines(**{"from": "nix.csv"}), ("order_lines", "nix.csv", "SHOP_DATA")),
    "glob without a file": (lines(**{"from": "nix_*.csv"}), ("order_lines", "nix_*.csv")),
    "named file missing": (
        {"files": {"log": "nix.csv"}, "order_lines": {"from": "log"}},
        ("shop.files.log", "nix.csv", "SHOP_DATA"),
    ),
    "file of a table that is not required": (
        {**lines(), "reviews": {"from": "nix.csv"}},
        ("shop.reviews", "nix.csv"),
    ),
    "a folder": (lines(**{"from": "folder.csv"}), ("order_lines", "folder.csv")),
    "no Parquet": (lines(**{"from": "text.parquet"}), ("order_lines", "text.parquet", "check")),
    "Parquet of zero bytes": (lines(**{"from": "empty.parquet"}), ("order_lines", "empty.parquet")),
    "gzip cut short": (lines(**{"from": "cut.csv.gz"}), ("order_lines", "cut.csv.gz", "whole")),
    "not gzip": (lines(**{"from": "plain.csv.gz"}), ("order_lines", "plain.csv.gz", "whole")),
    "CSV of zero bytes": (lines(**{"from": "empty.csv"}), ("order_lines", "empty.csv", "empty")),
    "CSV of empty lines": (lines(**{"from": "blank.csv"}), ("order_lines", "order_id")),
    "JSON cut short": (
        lines(**{"from": "cut.jsonl"}),
        ("order_lines", "cut.jsonl", "whole", "unexpected end of data"),
    ),
    "binary zeros": (lines(**{"from": "zeros.csv"}), ("order_lines", "zeros.csv", "no text")),
    "a spreadsheet": (lines(**{"from": "sheet.xlsx"}), ("order_lines", "sheet.xlsx", "CSV")),
    "a spreadsheet with macros": (lines(**{"from": "sheet.xlsm"}), ("sheet.xlsm", "CSV")),
    "an archive": (lines(**{"from": "orders.zip"}), ("order_lines", "orders.zip", "unpack")),
    "a column called No": (
        lines(columns={"order_id": False}),
        ("order_lines.order_id", "false", "YAML", 'in "No"'),
    ),
    "an encoding that does not show": (
        lines(**{"from": "cyrillic.csv"}),
        ("order_lines", "cyrillic.csv", "UTF-8", "encoding"),
    ),
    "required column absent": (
        lines(**{"from": "price.csv"}),
        ("order_lines.unit_price", "required", "map it", "price"),
    ),
    "mapped to a column that is not there": (
        lines(columns={"unit_price": "price"}),
        ("order_lines.unit_price", "'price'", "not there", "unit_price, customer_id"),
    ),
    "mapped to a name with an umlaut that is not there": (
        lines(columns={"unit_price": "Stückpreis"}),
        ("order_lines.unit_price", "'Stückpreis'", "use one of"),
    ),
    "mapped to nothing": (
        lines(columns={"customer_id": None}),
        ("order_lines.customer_id", "use one of"),
    ),
    "mapped to an empty text": (
        lines(columns={"customer_id": ""}),
        ("order_lines.customer_id", "use one of"),
    ),
    "no column of the contract": (
        lines(columns={"colour": "product_id"}),
        ("order_lines.columns.colour", "contract", "passthrough"),
    ),
    "no table of the contract": (
        {**lines(), "orders": {"from": "orders.csv"}},
        ("shop.orders", "order_lines, products"),
    ),
    "unknown key": (lines(colums={}), ("shop.order_lines.colums", "passthrough")),
    "no from": ({"order_lines": {"columns": {}}}, ("shop.order_lines", "from", "none")),
    "a path in place of a mapping": ({"order_lines": "orders.csv"}, ("shop.order_lines", "from")),
    "no order lines": (
        {"customers": {"from": "orders.csv"}},
        ("shop.order_lines", "missing", "from: none"),
    ),
    "broken expression": (
        lines(columns={"unit_price": "unit_price * (2"}),
        ("order_lines.unit_price", "unit_price * (2", "use one of"),
    ),
    "unknown function": (
        lines(columns={"unit_price": "no_such_function(unit_price)"}),
        ("order_lines.unit_price", "no_such_function", "use one of"),
    ),
    "expression over a column that is not there": (
        lines(columns={"unit_price": "upper(prize)"}),
        ("order_lines.unit_price", "upper(prize)", "use one of"),
    ),
    "aggregate in an expression": (
        lines(columns={"unit_price": "max(unit_price)"}),
        ("order_lines.unit_price", "max(unit_price)"),
    ),
    "broken select": (
        {"files": {"log": "orders.csv"}, "order_lines": {"from": "select * frm log"}},
        ("order_lines.from", "select * frm log", "log"),
    ),
    "select from a file without a name": (
        {"files": {"log": "orders.csv"}, "order_lines": {"from": "select * from logs"}},
        ("order_lines.from", "select * from logs", "log"),
    ),
    "select without files": (
        {"order_lines": {"from": "select * from logs"}},
        ("order_lines.from", "select * from logs", "files"),
    ),
    "relation that is not there": (
        lines(**{"from": "raw.orders"}),
        ("order_lines.from", "raw.orders", "table"),
    ),
    "unknown option of the reader": (
        lines(**{"from": {"path": "orders.csv", "delimitr": ","}}),
        ("order_lines.from", "orders.csv", "option"),
    ),
    "options without a path": (lines(**{"from": {"delim": ","}}), ("order_lines.from", "path")),
    "a list of files": (lines(**{"from": ["orders.csv", "orders.csv"]}), ("order_lines.from",)),
    "a list of columns": (lines(columns=["order_id"]), ("order_lines.columns", "mapping")),
    "a list under files": ({**lines(), "files": ["orders.csv"]}, ("shop.files", "mapping")),
    "passthrough that is not there": (
        lines(passthrough=["note"]),
        ("order_lines.passthrough", "note", "use one of"),
    ),
    "passthrough as a text": (
        lines(passthrough="customer_id"),
        ("order_lines.passthrough", "list"),
    ),
}

# name of the case: (vars, what the sentence says)
BAD_VARS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "boolean": ({"keep_duplicate_lines": "yes"}, ("keep_duplicate_lines", "true or false")),
    "integer too small": ({"max_gap_days": 0}, ("max_gap_days", "0", "from 1 to")),
    "integer too large": ({"session_idle_minutes": 1441}, ("session_idle_minutes", "1440")),
    "integer as a text": ({"training_windows": "3"}, ("training_windows", "whole number")),
    "integer with a fraction": ({"history_months": 1.5}, ("history_months", "whole number")),
    "integer as a boolean": ({"recent_days": True}, ("recent_days", "whole number")),
    "number too small": ({"outlier_threshold": 0.5}, ("outlier_threshold", "a number")),
    "number as a text": ({"outlier_threshold": "five"}, ("outlier_threshold", "a number")),
    "date": ({"as_of_date": "30.06.2024"}, ("as_of_date", "YYYY-MM-DD")),
    "day that no month has": ({"as_of_date": "2024-02-31"}, ("as_of_date", "2024-02-31")),
    "first day that no month has": ({"min_order_date": "2023-02-29"}, ("min_order_date",)),
    "empty date": ({"min_order_date": ""}, ("min_order_date", "YYYY-MM-DD")),
    "dates as a text": ({"backtest_dates": "2024-01-31"}, ("backtest_dates", "list")),
    "one date of several": ({"backtest_dates": ["2024-01-31", "x"]}, ("backtest_dates", "list")),
    "one of several that no month has": ({"backtest_dates": ["2024-01-32"]}, ("backtest_dates",)),
    "list": ({"cancelled_statuses": "cancelled"}, ("cancelled_statuses", "a list")),
    "text": ({"currency": 5}, ("currency", "a text")),
    "locale": ({"number_locale": "English"}, ("number_locale", "a language")),
    "pattern": ({"non_product_pattern": "(postage"}, ("non_product_pattern", "regular expression")),
    "pattern as a list": (
        {"non_product_pattern": ["postage"]},
        ("non_product_pattern", "product_id or product_name or product_category"),
    ),
    "pattern of another column": (
        {"non_product_pattern": {"product_id": "^POST$", "brand": "us"}},
        ("non_product_pattern", "product_name", "see brand"),
    ),
    "one of several patterns": (
        {"non_product_pattern": {"product_id": "^POST$", "product_name": "(postage"}},
        ("non_product_pattern", "regular expression", "see product_name"),
    ),
    "pattern that is no text": (
        {"non_product_pattern": {"product_name": ["postage"]}},
        ("non_product_pattern", "see product_name"),
    ),
    "choice": ({"monetary_measure": "revenue"}, ("monetary_measure", "net, gross")),
    "methods as a list": ({"extra_methods": ["item_cosine"]}, ("extra_methods", "mapping")),
    "a method of a name that is taken": (
        {"extra_methods": {"item_ease": {"model": "ml_item_ease", "kind": "neighbors"}}},
        ("extra_methods.item_ease", "a name of its own"),
    ),
    "a method of no kind": (
        {"extra_methods": {"shelf": {"model": "ml_item_ease"}}},
        ("extra_methods.shelf", "neighbors or customers"),
    ),
    "a method's key that is not known": (
        {"extra_methods": {"shelf": {"model": "ml_item_ease", "kind": "neighbors", "k": 5}}},
        ("extra_methods.shelf.k", "trend_exponent"),
    ),
    "neighbors of what was bought before": (
        {
            "extra_methods": {
                "shelf": {"model": "ml_item_ease", "kind": "neighbors", "list": "buy_again"}
            }
        },
        ("extra_methods.shelf.list", "discover"),
    ),
    "a method of the other list": (
        {"discover_methods": ["personal_frequency"]},
        ("discover_methods", "methods of discover", "not personal_frequency"),
    ),
    "a fallback of the other list": (
        {"fallback_methods": ["frequency"]},
        ("fallback_methods", "not frequency", "popular"),
    ),
    "a method that is not there": (
        {"discover_methods": ["item_magic"]},
        ("discover_methods", "item_magic", "item_ease"),
    ),
    "no method": ({"buy_again_methods": []}, ("buy_again_methods", "one at least")),
    "exponent": (
        {
            "extra_methods": {
                "shelf": {"model": "ml_item_ease", "kind": "neighbors", "trend_exponent": "high"}
            }
        },
        ("extra_methods.shelf.trend_exponent", "from 0 to 10"),
    ),
    "band the wrong way round": (
        {"discover_price_band": [2, 0.5]},
        ("discover_price_band", "the lower one first"),
    ),
    "neutral band on one side": (
        {"neutral_band": [0.6, 0.8]},
        ("neutral_band", "one below 0.5 and one above it"),
    ),
    "accepted of no list": ({"accepted_ndcg": {"both": 0.1}}, ("accepted_ndcg", "both")),
    "correlation of what has no ratings": (
        {"user_similarity": "pearson"},
        ("user_similarity", "interaction_value"),
    ),
    "adjusted cosine of what has no ratings": (
        {"similarity_measure": "adjusted_cosine"},
        ("similarity_measure", "interaction_value", "rating"),
    ),
    "more held than verified": (
        {"hold_order_share": 0.05},
        ("hold_order_share", "verify_order_share", "0.02 at the most"),
    ),
    "pseudonyms without a key": (
        {"pseudonymize_customers": True},
        ("pseudonymize_customers", "CUSTOMER_KEY", "16 bytes"),
    ),
}


# run by `make test`; the others by `make test-shops`
QUICK = {
    "file missing",
    "gzip cut short",
    "required column absent",
    "mapped to a column that is not there",
    "unknown function",
    "integer too small",
    "day that no month has",
    "pseudonyms without a key",
}


def cases(names: Iterable[str]) -> list[Any]:
    """The names as parameters; all but the quick ones are marked."""
    return [
        pytest.param(name, id=name, marks=() if name in QUICK else pytest.mark.shops)
        for name in names
    ]


@dataclass(frozen=True)
class Built:
    """A shop that was built and published, and all that a refused run may not touch."""

    shop: Shop
    state: tuple[Any, ...]
    copy: Path


def state(shop: Shop) -> tuple[Any, ...]:
    """Tables, the shop's views, the record of the last build, and the published marts."""
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        views = connection.execute(
            "select schema_name, view_name, sql from duckdb_views() where not internal order by all"
        ).fetchall()
        record = connection.execute("select * from build_state.last_build").fetchall()
    return record, fingerprints(shop.database), views, shop.marts.read_bytes()


@pytest.fixture(scope="module")
def built(make_shop: MakeShop, many_runs: ManyRuns) -> Built:
    """The shop as it was before the bad input came."""
    shop = make_shop(files=FILES)
    (shop.folder / "folder.csv").mkdir()
    run = many_runs.run(shop, "build")
    assert run.code == 0, run.output
    shop.publish()
    copy = shop.folder / "good.duckdb"
    shutil.copy(shop.database, copy)
    return Built(shop, state(shop), copy)


@pytest.fixture
def untouched(built: Built) -> Iterator[Shop]:
    """The built shop; afterwards all of it must be as it was before."""
    yield built.shop
    after = state(built.shop)
    if after != built.state:
        shutil.copy(built.copy, built.shop.database)
    assert after[0] == built.state[0] == [(True,)], "the record of the last build has changed"
    assert after == built.state


def assert_refused(code: int, sentence: str, words: tuple[str, ...]) -> None:
    """The exit code is an error's, and what is said is one sentence with these words."""
    assert code in (1, 2)
    assert sentence.endswith("."), sentence
    assert len(sentence) < 600, sentence
    missing = [word for word in words if word.lower() not in sentence.lower()]
    assert not missing, f"{missing} not in: {sentence}"
    heard = [word for word in ENGINE if word in sentence]
    assert not heard, f"{heard} in: {sentence}"


@pytest.mark.parametrize("case", cases(BAD_SHOPS))
def test_bad_shop_is_refused(case: str, untouched: Shop, many_runs: ManyRuns) -> None:
    """A bad file or mapping gives one sentence with table, column or file, and the fix."""
    mapping, words = BAD_SHOPS[case]
    shop = untouched.with_vars(shop={"name": "tested", "folder": str(untouched.folder), **mapping})
    run = many_runs.run(shop, "seed")
    assert_refused(run.code, run.sentence, words)


@pytest.mark.parametrize("case", cases(BAD_VARS))
def test_bad_var_is_refused(case: str, untouched: Shop, many_runs: ManyRuns) -> None:
    """A var out of its range gives one sentence with its name and what it may be."""
    variables, words = BAD_VARS[case]
    run = many_runs.run(untouched.with_vars(**variables), "seed")
    assert_refused(run.code, run.sentence, words)


@pytest.mark.shops
@pytest.mark.parametrize("shop", ["a text", ["a", "list"], None])
def test_shop_that_is_no_mapping_is_refused(
    shop: Any, untouched: Shop, many_runs: ManyRuns
) -> None:
    """The var shop has to be a mapping, and the sentence shows one."""
    run = many_runs.run(untouched.with_vars(shop=shop), "seed")
    assert_refused(run.code, run.sentence, ("shop", "mapping", "order_lines"))


def test_refused_build_is_an_error_of_the_process(untouched: Shop) -> None:
    """dbt's own process ends with an error, and prints the sentence."""
    shop = untouched.with_vars(max_gap_days=0)
    run = shop.run([str(DBT), *shop.arguments("build")])
    assert_refused(run.code, run.sentence, ("max_gap_days",))


@pytest.mark.shops
@pytest.mark.parametrize("command", ["build", "run", "seed", "test"])
def test_every_command_refuses(command: str, untouched: Shop) -> None:
    """Whatever dbt command meets the missing file says so."""
    mapping, words = BAD_SHOPS["file missing"]
    run = untouched.with_vars(shop={"folder": str(untouched.folder), **mapping}).dbt(command)
    assert_refused(run.code, run.sentence, words)


LETTERS = "abcdefghijklmnopqrstuvwxyz"
BOMB = ["a: &a [x, x]"] + [
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in pairwise(LETTERS)
]
MERGES = ["a: &a {x: 1}"] + [
    f"{name}: &{name} {{<<: [*{before}, *{before}], {name}: 1}}"
    for before, name in pairwise(LETTERS)
]


def driver(untouched: Shop, shop_file: Path, variables: str) -> subprocess.CompletedProcess[str]:
    """`make build` without make."""
    return subprocess.run(
        [
            sys.executable,
            str(PROJECT / "scripts" / "commands.py"),
            "build",
            "--shop",
            str(shop_file),
            "--vars",
            variables,
        ],
        env=untouched.settings(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("content", "variables", "words"),
    [
        (None, "{}", ("is not there", "SHOP=")),
        ("order_lines: {from: orders.csv}", "{}", ("has no shop", "README")),
        ("shop: [", "{}", ("is not YAML",)),
        ("- shop", "{}", ("not a mapping", "name: value")),
        ("shop: {order_lines: {from: none}}", "as_of_date", ("VARS", "not a mapping")),
        ("shop: {name: Temp, order_lines: {from: none}}", "{}", ("shop.name", "Temp", "letters")),
        ("shop: {name: my.shop, order_lines: {from: none}}", "{}", ("shop.name", "my.shop", "_")),
        ("shop: &shop {order_lines: {from: none}, a: *shop}", "{}", ("refers to itself",)),
        ("\n".join(BOMB), "{}", ("values with its aliases", "100,000")),
        ("\n".join((*MERGES, "shop: {order_lines: {from: none}}")), "{}", ("100,000",)),
        ("shop: " + "[" * 5_000 + "]" * 5_000, "{}", ("nested too deep",)),
        (b"shop: {order_lines: {from: caf\xe9.csv}}", "{}", ("not in UTF-8",)),
    ],
)
def test_driver_refuses(
    content: str | bytes | None,
    variables: str,
    words: tuple[str, ...],
    untouched: Shop,
    tmp_path: Path,
) -> None:
    """The driver behind `make` answers a bad YAML or bad VARS with one sentence, without dbt."""
    file = tmp_path / "my_shop.yml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    process = driver(untouched, file, variables)
    assert process.stdout == ""
    assert_refused(process.returncode, " ".join(process.stderr.split()), words)


READ = "select {} from read_csv('{}/people.csv'{})"
BROKEN_ROWS = {  # where customers come from, and what is said of it
    "a wrong byte, encoding given": (
        {"path": "people.csv", "encoding": "utf-8"},
        "is not UTF-8 in line 30002",
    ),
    "a wrong byte, in a query": (READ.format("*", "{0}", ""), "CSV Error on Line: 30002"),
    "a field too many, in a query": (
        READ.format(
            "*",
            "{0}",
            ", encoding='latin-1', auto_detect=false, columns={{'customer_id': 'varchar'}}",
        ),
        "CSV Error on Line",
    ),
    "no number, in a query": (
        READ.format("*, cast(email as int) as age", "{0}", ", encoding='latin-1'"),
        "Could not convert string …",
    ),
}


@pytest.mark.shops
@pytest.mark.parametrize("case", BROKEN_ROWS)
def test_a_broken_row_is_shown_to_nobody(case: str, make_shop: MakeShop) -> None:
    """What stands in a row is on no console, in no log and in no artifact."""
    rows = "".join(f"c{n},unseen{n}@mail.example,1980-01-01\n" for n in range(30_000))
    people = f"customer_id,email,birth_date\n{rows}c,unseen@é.example,1980-01-01\n"
    shop = make_shop(files={"orders.csv": GOOD, "people.csv": people.encode("latin-1")})
    source, said = BROKEN_ROWS[case]
    if isinstance(source, str):
        source = source.format(shop.folder)
    shop = replace(
        shop.with_vars(shop={**shop.variables["shop"], "customers": {"from": source}}),
        environment={"DBT_LOG_LEVEL_FILE": "debug", "DBT_WRITE_JSON": "true"},
    )
    run = shop.run(shop.command("build", "--select", "base_shop__customers"))
    assert run.code != 0
    assert said in run.output
    assert "unseen" not in run.output
    written = [file for file in shop.folder.rglob("*") if file.suffix in (".log", ".json")]
    assert {file.name for file in written} > {"dbt.log"}
    assert not [file for file in written if b"unseen" in file.read_bytes()]


@pytest.mark.parametrize("key", ["", "k", " " * 40, "fifteen letters"])
def test_a_key_is_long(key: str, untouched: Shop, many_runs: ManyRuns) -> None:
    """A key that anybody guesses hides nobody."""
    shop = replace(untouched, environment={"CUSTOMER_KEY": key})
    run = many_runs.run(shop.with_vars(pseudonymize_customers=True), "seed")
    assert_refused(run.code, run.sentence, ("CUSTOMER_KEY", "16 bytes"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CUSTOMER_VALUE_THREADS", "many"),
        ("CUSTOMER_VALUE_THREADS", "0"),
        ("CUSTOMER_VALUE_CONNECT_ATTEMPTS", "-1"),
        ("CUSTOMER_VALUE_MEMORY", "lots"),
        ("CUSTOMER_VALUE_MEMORY", ""),
    ],
)
def test_a_limit_that_is_none(name: str, value: str, untouched: Shop, tmp_path: Path) -> None:
    """A limit in the environment is a number, or one sentence."""
    shop = replace(untouched, environment={name: value})
    process = driver(shop, tmp_path / "shop.yml", "{}")
    assert_refused(process.returncode, process.stderr.strip(), (name, f"'{value}'"))


def test_a_build_in_use_is_told_at_once(untouched: Shop, tmp_path: Path) -> None:
    """Whoever holds the file to build into is named before dbt begins."""
    file = tmp_path / "shop.yml"
    file.write_text(yaml.safe_dump(untouched.variables), encoding="utf-8")
    reader = "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True); input(1)"
    command = [sys.executable, "-uc", reader, str(untouched.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.read(1)
        process = driver(untouched, file, "{}")
        holder.communicate(b"\n")
    assert process.stdout == ""
    assert_refused(process.returncode, process.stderr.strip(), (f"(PID {holder.pid})", "in use"))


@pytest.mark.shops
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_stopped(sent: signal.Signals, untouched: Shop, tmp_path: Path) -> None:
    """dbt stops with the command that began it, and nothing is published."""
    folder = tmp_path / "marts"
    shop = Shop(tmp_path, untouched.variables, {"CUSTOMER_VALUE_MARTS": str(folder)})
    shop.database.parent.mkdir()
    (tmp_path / "shop.yml").write_text(yaml.safe_dump(shop.variables), encoding="utf-8")
    script = PROJECT / "scripts" / "commands.py"
    process = subprocess.Popen(
        [sys.executable, str(script), "build", "--shop", str(tmp_path / "shop.yml")],
        env=shop.settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert " of " in process.stdout.readline()  # a tenth is done
    process.send_signal(sent)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Published" not in output
    assert errors.split("\n\n")[0].strip() == "Stopped."
    assert "Traceback" not in errors
    assert not folder.exists()
    with duckdb.connect(str(shop.database)) as connection:  # nobody holds it any longer
        assert connection.execute("from build_state.last_build").fetchall() == [(False,)]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("my_shop", "my_shop"),
        ("my-shop", "my-shop"),
        ("my.shop.v2", "my_shop_v2"),
        ("Order Export (1)", "Order_Export_1"),
        ("2024_orders", "shop_2024_orders"),
        ("temp", "shop_temp"),
        ("Main", "shop_Main"),
        ("läden", "läden"),
    ],
)
def test_a_name_is_made_of_the_files(stem: str, name: str, tmp_path: Path) -> None:
    """Whatever a shop's YAML is called, its database has a name that DuckDB takes."""
    file = tmp_path / f"{stem}.yml"
    file.write_text("shop: {order_lines: {from: none}}", encoding="utf-8")
    assert read_vars(file, "{}")["shop"]["name"] == name


def test_vars_are_json(untouched: Shop) -> None:
    """The harness hands vars over as JSON, which dbt reads as YAML."""
    assert json.loads(untouched.arguments("build")[-1]) == untouched.variables
