"""A shop on Spark is published as DuckDB publishes it, and what is wrong is told the same."""

import itertools
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, MakeShop, Shop
from publish import PublishError, publish

pytestmark = pytest.mark.spark

DIGITS = 9  # to which doubles are compared
CONFIGURATION = PROJECT / "tests" / "spark"  # what makes Spark quick on small tables
ODD_NUMBERS = [
    "1",
    "-2",
    "0",
    "2.5",
    "1e3",
    "1e400",
    "99999999999999999999",
    "NaN",
    "inf",
    "1,5",
    "x",
]
ODD_PRICES = ["3.99", "-1", "0", "1e-9", "123456789012345678901", "5 EUR", ""]
ODD_TIMES = [
    "2024-03-01",
    "2024-02-30",
    "2024-03-01 25:00:00",
    "01/02/2024",
    "2024-03-01T10:00:00Z",
]


@pytest.fixture(scope="session", autouse=True)
def java() -> None:
    """Spark runs on Java; without it nothing here can be tested."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Java is not there, on which Spark runs")


def on_spark(shop: Shop, folder: Path) -> Shop:
    """The same shop in another folder, with Spark as dbt's target."""
    folder.mkdir(exist_ok=True)
    environment = {
        "DBT_TARGET": "spark",
        "CUSTOMER_VALUE_SPARK_WAREHOUSE": str(folder / "warehouse"),
        "CUSTOMER_VALUE_SPARK_PARTITIONS": "2",
        "SPARK_CONF_DIR": str(CONFIGURATION),
    }
    return replace(shop, folder=folder, environment={**shop.environment, **environment})


def comparable(name: str, kind: str) -> str:
    """A column as SQL, doubles rounded to so many significant digits."""
    quoted = f'"{name}"'
    shown = f"printf('%.{DIGITS - 1}e', {{}} + 0.0)"
    if kind == "DOUBLE":
        return f"{shown.format(quoted)} as {quoted}"
    if kind == "DOUBLE[]":
        return f"list_transform({quoted}, lambda x: {shown.format('x')}) as {quoted}"
    return quoted


def differences(one: Path, other: Path) -> dict[str, object]:
    """{table: how many rows one file has alone, or which columns differ}; equal ones left out."""
    found: dict[str, object] = {}
    with duckdb.connect() as connection:
        for name, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{file}' as {name} (read_only)")
        tables = (
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = ? order by all"
        )
        columns = (
            "select column_name, data_type, comment from duckdb_columns() "
            "where database_name = ? and schema_name = ? and table_name = ? order by column_index"
        )
        names = connection.execute(tables, ["one"]).fetchall()
        assert names == connection.execute(tables, ["other"]).fetchall()
        for schema, table in names:
            kinds = connection.execute(columns, ["one", schema, table]).fetchall()
            others = connection.execute(columns, ["other", schema, table]).fetchall()
            if kinds != others:
                found[table] = [
                    pair for pair in zip(kinds, others, strict=False) if pair[0] != pair[1]
                ]
                continue
            told = ", ".join(comparable(name, kind) for name, kind, _ in kinds)
            for left, right in (("one", "other"), ("other", "one")):
                ((rows,),) = connection.execute(
                    f"select count(*) from (select {told} from {left}.{schema}.{table} "
                    f"except all select {told} from {right}.{schema}.{table})"
                ).fetchall()
                if rows:
                    found[table] = rows
    return found


@pytest.fixture(scope="module")
def sample(sample_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shop]:
    """The sample shop, built on both engines with all data tests; on Spark with unit tests, too."""
    duck = replace(sample_shop, folder=tmp_path_factory.mktemp("duckdb")).build()
    spark = on_spark(sample_shop, tmp_path_factory.mktemp("spark"))
    run = spark.dbt("--warn-error", "--quiet", "build", "--select", "*")
    assert run.code == 0, run.output
    return {"duckdb": duck, "spark": spark}


def test_sample_shop(sample: dict[str, Shop]) -> None:
    """Every published table has the same columns, comments and rows."""
    duck, spark = (sample[engine].publish().marts for engine in ("duckdb", "spark"))
    assert differences(duck, spark) == {}


def test_a_second_build_and_a_build_that_is_cut(sample: dict[str, Shop]) -> None:
    """A part that was built last is not published, and what was published stays."""
    spark = sample["spark"].publish()
    before = spark.marts.read_bytes()
    assert (
        spark.dbt(
            "--quiet", "build", "--select", "+fct_orders", "--exclude-resource-type", "test"
        ).code
        == 0
    )
    with pytest.raises(PublishError, match="complete"):
        publish(spark.database, spark.marts)
    assert spark.marts.read_bytes() == before


def test_rfm(sample_shop: Shop, tmp_path: Path) -> None:
    """The selector rfm, which CI builds: its tables are the same before they are published."""
    duck = replace(sample_shop, folder=tmp_path / "duckdb")
    spark = on_spark(sample_shop, tmp_path / "spark")
    for shop in (duck, spark):
        run = shop.dbt("--warn-error", "--quiet", "build", "--selector", "rfm")
        assert run.code == 0, run.output
    tables = (
        "core.fct_order_lines",
        "marts.fct_customer_rfm",
        "marts.fct_rfm_thresholds",
        "marts.rpt_rfm_segments",
    )
    for table in tables:
        assert not unequal_rows(duck, spark, table)


def unequal_rows(duck: Shop, spark: Shop, table: str) -> int:
    """How many rows of a table either engine has alone, before anything is published."""
    schema, name = table.split(".")
    files = Path(spark.environment["CUSTOMER_VALUE_SPARK_WAREHOUSE"], f"{schema}.db", name)
    parquet = f"read_parquet('{files}/*.parquet')"
    assert duck.value(f"select count(*) from {table}") > 0
    return duck.value(
        f"select (select count(*) from (from {table} except all from {parquet})) "
        f"+ (select count(*) from (from {parquet} except all from {table}))"
    )


def test_odd_rows(make_shop: MakeShop, tmp_path: Path) -> None:
    """What overflows, is no number or no time is rejected for the same reason; nothing wraps."""
    odd = itertools.product(ODD_NUMBERS, ODD_PRICES, ODD_TIMES)
    lines = (
        f'o{n},p{n % 7},{time},"{quantity}","{price}",c{n % 5}'
        for n, (quantity, price, time) in enumerate(odd)
    )
    text = "\n".join(["order_id,product_id,ordered_at,quantity,unit_price,customer_id", *lines, ""])
    duck = make_shop(files={"orders.csv": text})
    spark = on_spark(duck, tmp_path / "spark")
    for shop in (duck, spark):
        run = shop.dbt("--quiet", "run", "--select", "+fct_orders", "+fct_rejected_rows")
        assert run.code == 0, run.output
    for table in (
        "core.fct_order_lines",
        "staging.base_shop__order_lines",
        "restricted.fct_rejected_rows",
    ):
        assert not unequal_rows(duck, spark, table)
    assert len(duck.rejections()) > 5


BAD = {
    "no such file": (
        {"order_lines": {"from": "nothing.csv"}},
        "shop.order_lines.from is 'nothing.csv', but there is no file",
    ),
    "no such column": (
        {"order_lines": {"from": "orders.csv", "columns": {"quantity": "pieces"}}},
        "shop.order_lines.quantity is mapped to 'pieces', which is not there",
    ),
    "expression of DuckDB's": (
        {
            "order_lines": {
                "from": "orders.csv",
                "columns": {"ordered_at": "strptime(ordered_at, '%d/%m/%Y')"},
            }
        },
        "Spark can run row by row",
    ),
    "no such table": ({"order_lines": {"from": "sales.lines"}}, "which Spark cannot read"),
    "JSON": ({"order_lines": {"from": "orders.json"}}, "a JSON file, which is not read for Spark"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_shop(case: str, make_shop: MakeShop, tmp_path: Path) -> None:
    """One sentence says what is wrong, and nothing is made."""
    mapping, sentence = BAD[case]
    header = "order_id,product_id,ordered_at,quantity,unit_price\n"
    files = {"orders.csv": header + "o1,p1,2024-03-01,1,2\n", "orders.json": '{"order_id": "o1"}\n'}
    spark = on_spark(make_shop(mapping, files), tmp_path / "spark")
    run = spark.dbt("--quiet", "run", "--select", "base_shop__order_lines")
    assert run.code != 0
    assert re.search(re.escape(sentence), " ".join(run.output.split())), run.output
    assert "Traceback" not in run.output
    assert not [*(tmp_path / "spark" / "warehouse").glob("*.db/*")]  # no table in any schema


def test_a_foreign_warehouse_stays(tmp_path: Path) -> None:
    """What no run of ours made is not removed; what one made is, when the next begins."""
    from customer_value.spark_session import begin_anew

    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    (theirs / "marts.db" / "sales").mkdir(parents=True)
    with pytest.raises(RuntimeError, match="no build of this project made them"):
        begin_anew(theirs, ["core", "marts"])
    assert (theirs / "marts.db" / "sales").exists()
    for _ in range(2):
        begin_anew(ours, ["core", "marts"])
        assert not (ours / "marts.db" / "sales").exists()
        (ours / "marts.db" / "sales").mkdir(parents=True)
