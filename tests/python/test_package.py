"""The project as a dbt package of another one that has our names wherever it can have them."""

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pytest
import yaml
from conftest import DBT, OWN_SETTINGS, PROJECT, Run

pytestmark = pytest.mark.shops

FLAG = "require_ref_searches_node_package_before_root"
ORDERS = range(1, 90)
FILES = {
    "profiles.yml": """
        host:
          target: dev
          outputs:
            dev:
              type: duckdb
              path: host.duckdb
              threads: 2
              plugins: [{module: customer_value.plugin}]
    """,
    "packages.yml": f"packages: [{{local: '{PROJECT}'}}]",
    "models/dim_customers.sql": "select 'host' as customer_id",
    "models/fct_orders.sql": "select * from {{ source('shop', 'order_lines') }}",
    "models/own_model.sql": "select customer_id from {{ ref('dim_customers') }}",
    "models/ours_and_theirs.sql": """
        select (select count(*) from {{ ref('customer_value', 'dim_customers') }}) as ours,
               (select count(*) from {{ ref('dim_customers') }}) as theirs
    """,
    "models/int_same_shelf.sql": """
        select distinct as_of_date, product_index, product_index as neighbor_index, 1 as similarity
        from {{ ref('customer_value', 'int_interaction_matrix') }}
    """,
    "models/host.yml": """
        groups: [{name: core, owner: {name: host}}]
        sources:
          - {name: shop, schema: raw, tables: [{name: order_lines}, {name: customers}]}
        exposures:
          - name: customer_dashboard
            type: dashboard
            owner: {name: host}
            depends_on: [ref('dim_customers')]
        models:
          - name: dim_customers
            config: {group: core}
            columns:
              - name: customer_id
                description: "{{ doc('customer_id') }}"
                data_tests:
                  - accepted_ranges: {arguments: {shortest: 4}}
    """,
    "models/host.md": "{% docs customer_id %}The host's customer.{% enddocs %}",
    "macros/refuse.sql": "{% macro refuse(text) %}{{ nothing_of_this_name() }}{% endmacro %}",
    "tests/assert_one_today.sql": "select 1 as failed where false",
    "tests/generic/accepted_ranges.sql": """
        {% test accepted_ranges(model, column_name, shortest) %}
        select * from {{ model }} where length({{ column_name }}) < {{ shortest }}
        {% endtest %}
    """,
    "data/orders.csv": "\n".join(
        [
            "order_id,product_id,ordered_at,quantity,unit_price,customer_id",
            *(f"o{n},p{n % 7},2024-01-{n % 28 + 1:02},1,{n},c{n % 11}" for n in ORDERS),
        ]
    ),
}
CONFIG: dict[str, Any] = {
    "name": "host",
    "profile": "host",
    "flags": {"send_anonymous_usage_stats": False, FLAG: True},
    "vars": {
        "customer_value": {
            "shop": {"order_lines": {"from": "orders.csv"}},
            "schema_prefix": "acme",
            "monetary_measure": "gross",
            "pseudonymize_customers": True,
            "extra_methods": {"same_shelf": {"model": "int_same_shelf", "kind": "neighbors"}},
        }
    },
    "seeds": {"customer_value": {"reference": {"rfm_groups": {"+enabled": False}}}},
}
KEY = "a key of the host"
OWN_GROUP = "vip"  # for champions, in the host's own seed


@dataclass(frozen=True)
class Host:
    """A dbt project in a folder of its own that has ours as a package."""

    folder: Path

    def dbt(self, *arguments: str, **environment: str) -> Run:
        """Run dbt as the host does that has pip-installed this repository."""
        settings = {name: text for name, text in os.environ.items() if name not in OWN_SETTINGS}
        process = subprocess.run(
            [str(DBT), "--no-use-colors", *arguments],
            cwd=self.folder,
            env={**settings, "PYTHONPATH": str(PROJECT / "src"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(process.returncode, process.stdout)

    def configure(self, **changes: Any) -> "Host":
        """Write dbt_project.yml with some of its keys changed."""
        text = yaml.safe_dump({**CONFIG, **changes})
        (self.folder / "dbt_project.yml").write_text(text, encoding="utf-8")
        return self

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query over the host's database."""
        with duckdb.connect(str(self.folder / "host.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def tables(self) -> set[tuple[str, str]]:
        """(schema, name) of every table and view."""
        return set(
            self.rows(
                "select schema_name, table_name from duckdb_tables() union all "
                "select schema_name, view_name from duckdb_views() where not internal"
            )
        )


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A host with its own rows, seed and names, in which what dim_customers needs is built.

    What our hooks made is gone again, so that a run that makes it is seen.
    """
    host = Host(tmp_path_factory.mktemp("host")).configure()
    seed = (PROJECT / "seeds/reference/rfm_groups.csv").read_text(encoding="utf-8")
    for name, text in {**FILES, "seeds/rfm_groups.csv": seed}.items():
        path = host.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).replace("champions", OWN_GROUP).strip() + "\n", "utf-8")
    with duckdb.connect(str(host.folder / "host.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.order_lines as select 'host' as order_id")
        connection.execute("create table raw.customers as select 'host' as customer_id")
    selected = ("+dim_customers", "+fct_orders", "+ml_item_cosine", "package:host")
    options = ("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
    for command in (["deps"], ["build", *options, "--select", *selected]):
        run = host.dbt(*command, CUSTOMER_KEY=KEY)
        assert run.code == 0, run.output
    with duckdb.connect(str(host.folder / "host.duckdb")) as connection:
        for schema in ("acme_shop", "acme_build_state"):
            connection.execute(f"drop schema {schema} cascade")
    return host


def pseudonym(customer: str) -> str:
    """What the macro customer_key makes of a customer's id."""
    inner = hashlib.sha256(f"{KEY}{customer}".encode()).hexdigest()
    return hashlib.sha256(f"{KEY}{inner}".encode()).hexdigest()


def test_our_tables_are_ours(host: Host) -> None:
    """In a host with our names our tables are made of the host's orders, in prefixed schemas."""
    ((gross, net),) = host.rows(
        "select sum(gross_amount), sum(net_amount) from acme_core.fct_orders"
    )
    assert gross == net == sum(ORDERS)
    customers = host.rows("select customer_id from acme_marts.dim_customers order by 1")
    assert customers == sorted((pseudonym(f"c{n}"),) for n in range(11))
    assert host.rows("select count(*) > 0 from acme_ml.ml_item_cosine") == [(True,)]


def test_their_tables_are_theirs(host: Host) -> None:
    """The host's own tables, sources and tests are as the host made them, and its names its own."""
    assert host.rows("from main.dim_customers") == [("host",)]
    assert host.rows("from main.fct_orders") == host.rows("from raw.order_lines") == [("host",)]
    assert host.rows("from main.ours_and_theirs") == [(11, 1)]
    schemas = {schema for schema, _ in host.tables() if not schema.startswith("acme_")}
    assert schemas == {"main", "raw"}
    manifest = json.loads((host.folder / "target/manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["exposures"]) == ["exposure.host.customer_dashboard"]
    theirs = manifest["nodes"]["model.host.dim_customers"]
    assert theirs["columns"]["customer_id"]["description"] == "The host's customer."
    ours = manifest["nodes"]["model.customer_value.dim_customers"]
    assert ours["columns"]["customer_id"]["description"] not in ("", "The host's customer.")


def test_our_metrics_stay_at_home(host: Host) -> None:
    """A host has none of our metrics, whose names would be its own, and not our time spine."""
    manifest = json.loads((host.folder / "target/manifest.json").read_text(encoding="utf-8"))
    assert not manifest["metrics"]
    assert not manifest["semantic_models"]
    assert manifest["nodes"]["model.customer_value.dim_days"]["time_spine"] is None


def test_seed_is_replaced(host: Host) -> None:
    """Where ours is switched off, the host's seed takes its place, with our types and tests."""
    groups = {group for (group,) in host.rows("select rfm_group from acme_marts.dim_customers")}
    assert OWN_GROUP in groups
    assert "champions" not in groups
    assert ("acme_reference", "rfm_groups") not in host.tables()
    columns = host.rows("select distinct typeof(fm_score), typeof(rfm_group) from main.rfm_groups")
    assert columns == [("INTEGER", "VARCHAR")]
    manifest = json.loads((host.folder / "target/manifest.json").read_text(encoding="utf-8"))
    readers = manifest["child_map"]["seed.host.rfm_groups"]
    assert any(reader.startswith("test.customer_value.primary_key") for reader in readers)


def test_run_of_their_own_leaves_ours_alone(host: Host) -> None:
    """A run that selects nothing of ours registers and records nothing, and asks for no key."""
    before = host.tables()
    run = host.dbt("run", "--select", "own_model")
    assert run.code == 0, run.output
    assert host.tables() == before


def test_it_refuses_what_would_mix_the_two(host: Host) -> None:
    """Where dbt would rewire ours, one sentence names both and the flag; and nothing is made.

    Where our tables would stand on the host's, another one names schema_prefix.
    """
    before = host.tables()
    variables = {**CONFIG["vars"]["customer_value"], "schema_prefix": ""}
    host.configure(flags={FLAG: False}, vars={"customer_value": variables})
    sources = FILES["models/host.yml"].replace("schema: raw", "schema: shop")
    (host.folder / "models/host.yml").write_text(dedent(sources), encoding="utf-8")
    run = host.dbt("run", "--select", "customer_value.core")
    assert run.code == 2
    assert re.fullmatch(
        r"The model \w+ of customer_value would read the (model|source) \S+ of host in place of "
        rf"our own: set the flag {FLAG} to true under flags in the dbt_project.yml of host, "
        r"[^.]*\.",
        run.sentence,
    )
    run = host.dbt("run-operation", "customer_value.check_relations_are_ours")
    assert re.search(
        r"The source shop\.\w+ of host is \S+, where customer_value would put its own: set the var "
        r"schema_prefix of customer_value in the dbt_project.yml of host\.",
        run.output,
    )
    assert host.tables() == before
