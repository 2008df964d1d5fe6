"""The project as a dbt package inside another one."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
DBT = Path(sys.executable).with_name("dbt")


@pytest.mark.shops
def test_package_builds_inside_another_project(tmp_path: Path) -> None:
    """A project that names the package, its own shop and its own mart on top, builds green."""
    files = {
        "dbt_project.yml": """
            name: host
            profile: host
            flags: {send_anonymous_usage_stats: false}
            vars:
              customer_value:
                shop:
                  order_lines: {from: orders.csv}
                monetary_measure: gross
        """,
        "packages.yml": f"packages: [{{local: '{PROJECT}'}}]",
        "profiles.yml": """
            host:
              target: dev
              outputs: {dev: {type: duckdb, path: host.duckdb, threads: 2}}
        """,
        "models/best_customers.sql": """
            select customer_id
            from {{ ref('customer_value', 'fct_customer_rfm') }}
            where is_current and rfm_group = 'champions'
        """,
        "data/orders.csv": "\n".join(
            [
                "order_id,product_id,ordered_at,quantity,unit_price,customer_id",
                *(f"o{n},p{n % 7},2024-01-{n % 28 + 1:02},1,{n},c{n % 11}" for n in range(1, 90)),
            ]
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").splitlines()
        margin = len(lines[0]) - len(lines[0].lstrip())
        path.write_text("\n".join(line[margin:] for line in lines) + "\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "SHOP_DATA"}
    for command in (["deps"], ["build", "--exclude-resource-type", "unit_test"]):
        run = subprocess.run(
            [str(DBT), *command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stdout[-3000:]
    with duckdb.connect(str(tmp_path / "host.duckdb"), read_only=True) as connection:
        ((champions,),) = connection.execute("select count(*) from main.best_customers").fetchall()
        ((gross, net),) = connection.execute(
            "select sum(gross_amount), sum(net_amount) from core.fct_orders"
        ).fetchall()
    assert champions > 0
    assert gross == net == sum(range(1, 90))
