"""The metrics as `mf query` answers them, against queries of their own over the marts."""

import csv
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PROJECT, ManyRuns, Shop
from dbt.contracts.graph.semantic_manifest import SemanticManifest

pytestmark = pytest.mark.shops

MF = Path(sys.executable).with_name("mf")
TODAY = "2026-09-16"  # within a month, which is therefore not over, and before the last lines
READ = ("dim_days", "rpt_sales", "dim_customers", "rpt_cohort_retention", "rpt_rfm_segments")
AMOUNTS = {
    "gross_revenue": "gross_amount",
    "discount": "discount_amount",
    "returned_revenue": "returned_amount",
    "net_revenue": "net_amount",
}

# What was bought, made of lines alone; customers are those of one of these purchases.
BOUGHT = f"""
    with purchases as (
        select
            order_id,
            min(customer_id) as customer_id,
            date_trunc('month', min(ordered_at) filter (where gross_amount > 0)) as month
        from core.fct_order_lines
        group by order_id
        having sum(gross_amount) > 0
    ),
    known as (
        select * from purchases
        left join (select customer_id, rfm_group from marts.dim_customers) using (customer_id)
    ),
    customers as (
        select customer_id, rfm_group, min(month) as month, count(*) as purchases
        from known
        where customer_id is not null
        group by all
    ),
    units as (
        select date_trunc('month', ordered_at) as month, customer_id, quantity,
            coalesce(lines.product_category, 'unknown') as product_category
        from core.fct_order_lines as lines
        inner join marts.dim_products as products using (product_id)
        where quantity > 0 and not is_cancelled and not products.is_non_product
    ),
    months as (
        select distinct order_month as month from marts.rpt_cohort_retention
        where order_month + interval 1 month <= date '{TODAY}'
    ),
    cells as (
        select months.month, customers.customer_id,
            datediff('month', customers.month, months.month) as month_number,
            exists (
                from purchases
                where customer_id = customers.customer_id and month = months.month
            ) as has_bought
        from months
        inner join customers on customers.month < months.month
    ),
    shares as (
        select
            date_trunc('month', as_of_date) as month, rfm_group,
            count(*) / sum(count(*)) over (partition by as_of_date) as customer_share,
            sum(monetary_amount) / sum(sum(monetary_amount)) over (partition by as_of_date)
                as revenue_share
        from marts.fct_customer_rfm
        where as_of_date in (
            select max(as_of_date) from marts.fct_customer_rfm
            group by date_trunc('month', as_of_date)
        )
        group by as_of_date, rfm_group
    )
"""
CELLS = {
    "customer_months": "select {}, count(*) from cells group by all",
    "returning_customer_months": "select {}, count(*) from cells where has_bought group by all",
    "retention_rate": "select {}, avg(cast(has_bought as int)) from cells group by all",
}
CUSTOMERS = {
    "purchases": "select {}, count(*) from known group by all",
    "active_customers": "select {}, count(distinct customer_id) from known group by all",
    "customers": "select {}, count(*) from customers group by all",
    "repeat_customers": "select {}, count(*) from customers where purchases > 1 group by all",
    "repeat_rate": "select {}, avg(cast(purchases > 1 as int)) from customers group by all",
}
SOLD = "select sales_month, sum({}) from marts.rpt_sales group by all"
OF_CUSTOMERS = """
    select rfm_group, sum(amount)
    from (
        select rfm_group, {0} as amount from marts.dim_customers
        union all
        select null, {0} from core.fct_orders where is_guest
    )
    group by all
"""
ORDER_VALUE = """
    select {0}, any_value(amount) / count(*)
    from known
    left join ({1}) as sold (of, amount) on of is not distinct from {0}
    group by all
"""


def each(queries: dict[str, str], key: str) -> dict[str, str]:
    """The queries by one key."""
    return {metric: query.format(key) for metric, query in queries.items()}


# What metrics are asked by, and for each metric a query that says the same.
EXPECTED: dict[str, dict[str, str]] = {
    "metric_time__month": {
        **each(CUSTOMERS | CELLS, "month"),
        **{metric: SOLD.format(amount) for metric, amount in AMOUNTS.items()},
        "units": "select month, sum(quantity) from units group by all",
        "average_order_value": ORDER_VALUE.format(
            "month", SOLD.format("gross_amount - discount_amount")
        ),
        "customer_share": "select distinct month, 1 from shares",
        "revenue_share": "select distinct month, 1 from shares",
    },
    "customer__rfm_group": {
        **each(CUSTOMERS, "rfm_group"),
        **{metric: OF_CUSTOMERS.format(amount) for metric, amount in AMOUNTS.items()},
        "units": "select rfm_group, sum(quantity) from units "
        "left join marts.dim_customers using (customer_id) group by all",
        "average_order_value": ORDER_VALUE.format(
            "rfm_group", OF_CUSTOMERS.format("gross_amount - discount_amount")
        ),
    },
    "order_line__product_category": {
        **{
            metric: SOLD.format(amount).replace("sales_month", "product_category")
            for metric, amount in AMOUNTS.items()
        },
        "units": "select product_category, sum(quantity) from units group by all",
    },
    "cohort__month_number": each(CELLS, "month_number"),
    "rfm_segment__rfm_group": {
        share: f"select rfm_group, {share} from shares where month = date '2026-09-01'"
        for share in ("customer_share", "revenue_share")
    },
    "metric_time__month,rfm_segment__rfm_group": {
        share: f"select month, rfm_group, {share} from shares"
        for share in ("customer_share", "revenue_share")
    },
}


@pytest.fixture(scope="module")
def shop(sample_shop: Shop, many_runs: ManyRuns, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop with what metrics read, and the semantic manifest where `mf` looks for it."""
    folder = tmp_path_factory.mktemp("metrics")
    shop = Shop(folder, {**sample_shop.variables, "as_of_date": TODAY}).up_to(
        *READ, "fct_orders", "dim_products"
    )
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder)
    (folder / "target").mkdir(exist_ok=True)
    manifest = SemanticManifest(many_runs.manifest)
    manifest.write_json_to_file(str(folder / "target" / "semantic_manifest.json"))
    return replace(shop, project=folder, environment={"PYTHONPATH": str(PROJECT / "src")})


def key_of(values: Iterable[object]) -> tuple[str, ...]:
    """A key as texts: a day without its time, nothing for null."""
    return tuple("" if value is None else str(value).removesuffix(" 00:00:00") for value in values)


def answers(shop: Shop, metrics: list[str], by: str) -> dict[str, dict[tuple[str, ...], float]]:
    """{metric: {key: value}} of one `mf query`, without what is nothing or zero."""
    file = shop.folder / "answer.csv"
    named = ",".join(f"customer_value_{metric}" for metric in metrics)
    run = shop.run([str(MF), "query", "--metrics", named, "--group-by", by, "--csv", str(file)])
    assert run.code == 0, run.output
    with file.open(encoding="utf-8", newline="") as rows:
        table = list(csv.DictReader(rows))
    file.unlink()
    return {
        metric: {
            key_of(row[key] for key in by.split(",")): float(row[f"customer_value_{metric}"])
            for row in table
            if float(row[f"customer_value_{metric}"] or 0)
        }
        for metric in metrics
    }


@pytest.mark.parametrize("by", EXPECTED)
def test_metrics_are_those_of_the_marts(shop: Shop, by: str) -> None:
    """Every metric by month and by what else it can be asked by is what the marts say."""
    found = answers(shop, list(EXPECTED[by]), by)
    for metric, query in EXPECTED[by].items():
        rows = shop.rows(f"{BOUGHT} {query}")
        expected = {key_of(keys): float(value) for *keys, value in rows if value}
        assert len(expected) > 5
        assert found[metric] == pytest.approx(expected, rel=1e-9, abs=1e-5), metric


def test_every_metric_is_asked(many_runs: ManyRuns) -> None:
    """Each metric is compared by month, and by a group."""
    metrics = {metric.name for metric in many_runs.manifest.metrics.values()}
    by_month, *by_group = (
        {f"customer_value_{metric}" for metric in queries} for queries in EXPECTED.values()
    )
    assert by_month == set().union(*by_group) == metrics


def test_everything_that_can_be_asked_is_there(shop: Shop) -> None:
    """MetricFlow finds every dimension, entity, measure and metric in the database."""
    run = shop.run([str(MF), "validate-configs"])
    assert run.code == 0, run.output
    assert run.output.count("ERRORS: 0") == 12, run.output  # six steps, errors and future errors


def test_days_have_no_gap(shop: Shop) -> None:
    """Every day of a line, a purchase, a cohort or an as-of date is one of dim_days."""
    first, last, count = shop.row(
        "select min(calendar_date), max(calendar_date), count(*) from marts.dim_days"
    )
    assert count == (last - first).days + 1
    used = shop.row(
        "select min(day), max(day) from ("
        "select cast(ordered_at as date) as day from core.fct_order_lines "
        "union all select order_month from marts.rpt_cohort_retention "
        "union all select as_of_date from marts.rpt_rfm_segments)"
    )
    assert (first, last) == used
