"""The same data give the same tables on any number of threads."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from conftest import FEW_SEGMENTS, PROJECT, Shop, fingerprints

pytestmark = [pytest.mark.shops, pytest.mark.release]

SCHEMAS = ("core", "marts", "intermediate", "ml", "restricted", "staging")
# an id of the generated shop, spelled otherwise; `#2` tells apart orders of one number, and the ids
# of what is no product have a meaning
OTHER_ID = """
    case when regexp_matches({0}, '^(P\\d+|[0-9a-f]{{32}})(#\\d+)?$')
        then md5('other ' || split_part({0}, '#', 1)) || regexp_extract({0}, '#.*')
        else {0}
    end as {0}
"""
# a control group is drawn by a hash of the id, so that it stays the same from build to build
DRAWN = ("fct_campaign_audiences", "rpt_marketing_actions")
IDS = ("order_id", "customer_id", "product_id")


def big_shop(folder: Path) -> Shop:
    """A generated shop of 150,000 order lines: more than one row group of the engine."""
    subprocess.run(
        [
            sys.executable,
            str(PROJECT / "scripts" / "generate_shop.py"),
            "--lines",
            "150000",
            "--format",
            "parquet",
            "--folder",
            str(folder),
        ],
        check=True,
        capture_output=True,
    )
    tables = {file.stem: {"from": file.name} for file in sorted(folder.glob("*.parquet"))}
    assert "order_lines" in tables
    return Shop(folder, {"shop": {"name": "big", "folder": str(folder), **tables}})


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shop]:
    """One shop, built on one thread, on two, and with other ids on two."""
    plain = big_shop(tmp_path_factory.mktemp("big"))
    other = with_other_ids(plain, tmp_path_factory.mktemp("other_ids"))
    built = {}
    for name, shop, threads in (("1", plain, "1"), ("2", plain, "2"), ("other ids", other, "2")):
        folder = tmp_path_factory.mktemp("built")
        variables = {**shop.variables, **FEW_SEGMENTS}
        built[name] = Shop(folder, variables, {"CUSTOMER_VALUE_THREADS": threads})
        built[name].build("--exclude-resource-type", "test")  # data tests are not what is asked
    return built


def with_other_ids(shop: Shop, folder: Path) -> Shop:
    """The same shop with a hash in place of every id."""
    for file in shop.folder.glob("*.parquet"):
        table = duckdb.read_parquet(str(file))
        renamed = (OTHER_ID.format(name) for name in table.columns if name in IDS)
        sql = f"select * replace ({', '.join(renamed)}) from lines"
        table.query("lines", sql).write_parquet(str(folder / file.name))
    mapping = {**shop.variables["shop"], "folder": str(folder)}
    return replace(shop, folder=folder).with_vars(shop=mapping)


def test_threads_change_nothing(builds: dict[str, Shop]) -> None:
    """One thread or two, each table has the same rows to the last bit, in whatever order."""
    one, two = (fingerprints(builds[threads].database, *SCHEMAS) for threads in ("1", "2"))
    assert len(one) > 20
    assert sum(rows for rows, _ in one.values()) > 10_000
    assert {name: rows for name, rows in one.items() if two.get(name) != rows} == {}
    assert one.keys() == two.keys()


def test_other_ids_change_no_figure(builds: dict[str, Shop]) -> None:
    """Where every id is spelled otherwise, each mart has the same rows under the other ids."""
    different = {}
    with duckdb.connect() as both:
        for name, build in (("plain", "2"), ("other", "other ids")):
            both.execute(f"attach '{builds[build].database}' as {name} (read_only)")
        tables = both.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'plain' "
            "and schema_name in ('core', 'marts') order by all"
        ).fetchall()
        for schema, table in tables:
            if table in DRAWN:
                continue
            columns = both.execute(
                "select column_name, data_type from duckdb_columns() "
                "where database_name = 'plain' and schema_name = ? and table_name = ? "
                "and column_name != 'line_number' "  # by a hash of the line where lines have none
                "order by column_index",
                [schema, table],
            ).fetchall()
            names = ", ".join(name for name, _ in columns)
            renamed = ", ".join(
                OTHER_ID.format(name) if kind == "VARCHAR" else name for name, kind in columns
            )
            rows = both.execute(
                f"select count(*) from (select {renamed} from plain.{schema}.{table} "
                f"except all select {names} from other.{schema}.{table})"
            ).fetchall()
            different[table] = rows[0][0]
    assert len(different) > 60
    assert {table: rows for table, rows in different.items() if rows} == {}
