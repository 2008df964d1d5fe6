"""No leak: what is said as of a past date is what was said on that date.

Each shop is built twice: whole, with past dates to score, and cut before such a date, as it stood
then. RFM and behavior as of the date and all earlier ones must be the same, row for row.
"""

import csv
import gzip
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeShop, Shop

pytestmark = pytest.mark.shops

TABLES = (
    "fct_customer_rfm",
    "fct_rfm_thresholds",
    "fct_customer_behavior",
    "fct_customer_lifecycle",
)
# which of the dates is today differs by definition, and sentences have the names of today
NOT_COMPARED = ("is_current", "reason")
CHOICES = ("intermediate.int_list_choices", "intermediate.int_prediction_choices")
LEARNED = {
    "marts.fct_recommendation_candidates": "as_of_date = '{day}'",
    "intermediate.int_product_neighbors": "as_of_date = '{day}'",
    "intermediate.int_recommendation_lists": "as_of_date = '{day}'",
    CHOICES[0]: "as_of_date = '{day}'",
    CHOICES[1]: "as_of_date = '{day}'",
    "intermediate.int_prediction_scores": "as_of_date = '{day}'",
    "intermediate.int_next_orders": "as_of_date = '{day}'",
    "marts.fct_customer_lifetime_value": "as_of_date = '{day}'",
    "intermediate.int_customer_affinities": "as_of_date = '{day}'",
    "intermediate.int_customer_reactions": "as_of_date = '{day}'",
    "marts.fct_customer_segments": "as_of_date = '{day}' and fitted_as_of = '{day}'",
}


def built(shop: Shop, *tables: str) -> Shop:
    """The shop with the tables that are compared."""
    return shop.up_to(*TABLES, *(table.split(".")[1] for table in tables))


def cut(source: Path, target: Path, column: str, day: str) -> int:
    """Write the rows of a CSV before `day`; return how many are left out."""
    read: Callable[..., Any] = gzip.open if source.suffix == ".gz" else open
    with (
        read(source, "rt", encoding="utf-8", newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        reader = csv.DictReader(old)
        writer = csv.DictWriter(new, reader.fieldnames or [])
        writer.writeheader()
        left_out = 0
        for row in reader:
            # a row without a date is known today, and was not known then
            if row[column] and row[column] < day:
                writer.writerow(row)
            else:
                left_out += 1
    return left_out


def statements(shop: Shop, table: str, until: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """{(as-of date, customer or measure): columns} of all as-of dates up to one."""
    columns = [
        name
        for (name,) in shop.rows(
            f"select column_name from duckdb_columns() where table_name = '{table}' "
            "and schema_name = 'marts' order by column_index"
        )
        if name not in NOT_COMPARED
    ]
    keys = 3 if table == "fct_rfm_thresholds" else 2
    rows = shop.rows(
        f"select {', '.join(columns)} from marts.{table} where as_of_date <= '{until}'"
    )
    result = {row[:keys]: dict(zip(columns, row, strict=True)) for row in rows}
    assert len(result) == len(rows)
    return result


def assert_same(whole: Shop, then: Shop, day: str, least: int) -> None:
    """Both shops say the same as of `day` and as of every earlier date that both know."""
    for table in TABLES:
        now, before = (statements(shop, table, day) for shop in (whole, then))
        dates = {key[0] for key in now} & {key[0] for key in before}
        assert datetime.fromisoformat(day).date() in dates
        now, before = (
            {key: row for key, row in rows.items() if key[0] in dates} for rows in (now, before)
        )
        assert len(before) >= least
        assert now.keys() == before.keys(), table
        different = {
            (*key, column): (value, before[key][column])
            for key, row in now.items()
            for column, value in row.items()
            if value != before[key][column]
        }
        assert not different, f"{table}: {len(different)} such as {list(different.items())[:5]}"


def assert_same_learned(whole: Shop, then: Shop, day: str, least: int) -> None:
    """A backtest's own segments, lists and predictions are those of the day itself."""
    for table, condition in LEARNED.items():
        columns = f"columns(lambda name: name not in {NOT_COMPARED})"
        sql = f"select {columns} from {table} where {condition} order by all"
        now, before = (shop.rows(sql.format(day=day)) for shop in (whole, then))
        assert len(before) >= (10 if table in CHOICES else least)
        assert now == before, table


def test_sample_shop(sample_shop: Shop, tmp_path: Path) -> None:
    """The sample shop, with its events and reviews, as of a spring day."""
    day = "2026-05-15"
    whole = built(
        Shop(tmp_path / "whole", {**sample_shop.variables, "backtest_dates": [day]}), *LEARNED
    )
    files = tmp_path / "cut"
    files.mkdir()
    for name, column in {
        "order_lines": "ordered_at",
        "events": "occurred_at",
        "reviews": "reviewed_at",
    }.items():
        assert cut(sample_shop.folder / f"{name}.csv", files / f"{name}.csv", column, day) > 50
    for name in ("customers", "products", "campaign_contacts"):
        (files / f"{name}.csv").write_bytes((sample_shop.folder / f"{name}.csv").read_bytes())
    mapping = {**sample_shop.variables["shop"], "folder": str(files)}
    then = built(Shop(tmp_path / "then", {"shop": mapping, "as_of_date": day}), *LEARNED)
    assert_same(whole, then, day, 16)
    assert_same_learned(whole, then, day, 500)


@pytest.mark.release
def test_online_retail(
    retail: Shop, make_real_shop: MakeShop, real_data: Path, tmp_path: Path
) -> None:
    """Online Retail as of 90 days before its end."""
    day = "2011-09-10"
    left_out = cut(
        real_data / "online_retail" / "online_retail.csv.gz",
        tmp_path / "retail.csv",
        "InvoiceDate",
        day,
    )
    assert left_out > 100_000
    lines = {**retail.variables["shop"]["order_lines"], "from": str(tmp_path / "retail.csv")}
    then = make_real_shop(
        "online_retail", as_of_date=day, shop={"name": "then", "order_lines": lines}
    )
    assert_same(retail, built(then, *LEARNED), day, 16)
    assert_same_learned(retail, then, day, 3_000)


# ---------------------------------------------------------------------------------------------
# A shop of all that can go wrong with visits, drawn at random
# ---------------------------------------------------------------------------------------------

START = datetime(2024, 1, 1)
DAYS = 60


def maybe(chance: random.Random, values: list[str], share: float) -> str:
    """One of the values, or nothing."""
    return chance.choice(values) if chance.random() < share else ""


def random_shop() -> dict[str, list[dict[str, Any]]]:
    """Orders, events and reviews of few people on few devices, who share them and log in late."""
    chance = random.Random(7)
    people = [f"c{number}" for number in range(12)]
    devices = [f"v{number}" for number in range(150)]

    def moment() -> str:
        # a quarter of all within the minutes around a midnight
        if chance.random() < 0.25:
            return str(
                START + timedelta(days=chance.randrange(1, DAYS), minutes=chance.randrange(-40, 40))
            )
        return str(START + timedelta(minutes=chance.randrange(60 * 24 * DAYS)))

    orders = [
        {
            "order_id": f"o{number}",
            "product_id": f"p{chance.randrange(6)}",
            "ordered_at": moment(),
            "quantity": chance.choice([1, 2, -1]),
            "unit_price": chance.randrange(1, 50),
            "customer_id": maybe(chance, people, 0.9),
            "channel": maybe(chance, ["web", "store"], 0.8),
        }
        for number in range(250)
    ]
    # some orders go on: with a second purchase, a return, another customer, or nobody's name
    for order in chance.sample(orders, 90):
        later = datetime.fromisoformat(order["ordered_at"]) + timedelta(
            days=chance.choice([0, 0, 1, 9, 30])
        )
        orders.append(
            order
            | {
                "product_id": f"p{chance.randrange(6)}",
                "ordered_at": str(later),
                "quantity": chance.choice([1, -1, -1]),
                "customer_id": chance.choice([order["customer_id"]] * 3 + ["", "c0"]),
            }
        )
    events = []
    for _ in range(1_500):
        occurred_at = moment()
        # three sessions a day, on whatever devices
        session = f"{occurred_at[:10]}-{chance.randrange(3)}"
        events.append(
            {
                "occurred_at": occurred_at,
                "event_type": chance.choice(["view", "cart", "favorite", "purchase", "impression"]),
                "customer_id": maybe(chance, people, 0.25),
                "visitor_id": maybe(chance, devices, 0.7),
                "session_id": maybe(chance, [session], 0.4),
                "product_id": maybe(chance, ["p1", "p2"], 0.7),
                "duration_seconds": maybe(chance, ["5", "60"], 0.3),
            }
        )
    reviews = [
        {
            "review_id": f"r{number}",
            "rating": chance.randrange(1, 6),
            "reviewed_at": moment(),
            "customer_id": maybe(chance, people, 0.7),
        }
        for number in range(80)
    ]
    return {"order_lines": orders, "events": events, "reviews": reviews}


TIMES = {"order_lines": "ordered_at", "events": "occurred_at", "reviews": "reviewed_at"}


def write(tables: dict[str, list[dict[str, Any]]], make_shop: MakeShop, **variables: Any) -> Shop:
    """The tables as a shop of CSV files."""
    shop = make_shop(
        {name: {"from": f"{name}.csv"} for name in tables},
        prediction_horizon_days=5,
        recent_days=7,
        comparison_days=14,
        order_span_days=20,
        **variables,
    )
    for name, rows in tables.items():
        with (shop.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return shop


def test_shared_devices_and_late_logins(make_shop: MakeShop) -> None:
    """Who a visit belongs to on a day never hangs on what the same devices do later."""
    tables = random_shop()
    days = ["2024-01-20", "2024-02-10"]
    whole = built(write(tables, make_shop, backtest_dates=days))
    for day in days:
        known = {
            name: [row for row in rows if row[TIMES[name]] < day] for name, rows in tables.items()
        }
        then = built(write(known, make_shop, as_of_date=day))
        assert_same(whole, then, day, 10)
