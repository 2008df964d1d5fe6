"""The same data give the same tables on any number of threads."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FEW_SEGMENTS, PROJECT, Shop, fingerprints

pytestmark = pytest.mark.shops

SCHEMAS = ("core", "marts", "intermediate", "ml", "restricted", "staging")


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


def test_threads_change_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One thread or two, each table has the same rows to the last bit, in whatever order."""
    shop = big_shop(tmp_path_factory.mktemp("big"))
    prints = {}
    for threads in ("1", "2"):
        folder = tmp_path_factory.mktemp(f"threads_{threads}")
        variables = {**shop.variables, **FEW_SEGMENTS}
        built = Shop(folder, variables, {"CUSTOMER_VALUE_THREADS": threads})
        built.build("--exclude-resource-type", "test")  # data tests are not what is asked here
        prints[threads] = fingerprints(built.database, *SCHEMAS)
    assert len(prints["1"]) > 20
    assert sum(rows for rows, _ in prints["1"].values()) > 10_000
    different = {
        name: (prints["1"].get(name), prints["2"].get(name))
        for name in prints["1"].keys() | prints["2"].keys()
        if prints["1"].get(name) != prints["2"].get(name)
    }
    assert not different
