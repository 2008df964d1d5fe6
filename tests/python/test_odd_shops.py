"""Odd shops build green through the whole of `dbt build`, data tests and warnings included.

Each shop combines oddities that are independent of each other; the tests below it look at one each.
"""

import csv
import io
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import MakeShop, Shop, built_once
from page import compiled_analyses
from report import write_report
from summary import print_summary

pytestmark = pytest.mark.shops

REQUIRED = ("order_id", "product_id", "ordered_at", "quantity", "unit_price")
COLUMNS = (*REQUIRED, "customer_id")


def table(columns: Iterable[str], rows: Iterable[Iterable[Any]], **style: Any) -> str:
    """A CSV; None is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, **{"lineterminator": "\n", **style})
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def season(
    first: date, days: int, prefix: str = "o", customers: int = 7, step: int = 2
) -> list[tuple[Any, ...]]:
    """One order of one line every `step` days: ordinary rows around the odd ones."""
    return [
        (
            f"{prefix}{day}",
            f"p{day % 5}",
            f"{first + timedelta(days=day)} 10:30:00",
            1 + day % 3,
            f"{5 + day % 4}.50",
            f"c{day % customers}",
        )
        for day in range(0, days, step)
    ]


SEASON = season(date(2024, 1, 1), 200)
LAST_DAY = date(2024, 1, 1) + timedelta(days=198)


# ---------------------------------------------------------------------------------------------
# Very small and very empty shops
# ---------------------------------------------------------------------------------------------


SMALL = {  # name: rows; orders, purchases, customers and buyers
    "header without rows": ([], (0, 0, 0, 0)),
    "one customer, one product": ([("1", "A", "2024-01-01", 1, 10, "c1")], (1, 1, 1, 1)),
    "all returned": ([(*line[:3], -line[3], *line[4:]) for line in SEASON], (100, 0, 7, 0)),
    "one product": ([(line[0], "A", *line[2:]) for line in SEASON], (100, 100, 7, 7)),
}


def small(make_shop: MakeShop, name: str) -> Shop:
    """One of these shops, built once for all tests."""
    return built_once(make_shop(files={"orders.csv": table(COLUMNS, SMALL[name][0])}), name)


@pytest.mark.parametrize("name", SMALL)
def test_small_shop(name: str, make_shop: MakeShop) -> None:
    """Orders, purchases, customers and buyers of shops in which something is missing or single."""
    shop = small(make_shop, name)
    orders, purchases = shop.row(
        "select count(*), count(*) filter (where is_purchase) from core.fct_orders"
    )
    customers = shop.value("select count(*) from marts.dim_customers")
    buyers = shop.value("select count(*) from marts.fct_customer_rfm where is_current")
    assert (orders, purchases, customers, buyers) == SMALL[name][1]


def giants() -> Iterable[tuple[Any, ...]]:
    """Ordinary rows around a walk-in account, an order of 20,000 lines and 100 trillion of one."""
    yield from season(date(2024, 1, 1), 400, customers=30, step=1)
    for number in range(9_000):  # 4,500 of them in the last ninety days
        day = date(2025, 2, 3) - timedelta(days=number % 90 + 120 * (number % 2))
        yield f"w{number}", f"p{number % 5}", f"{day} 09:00:00", 1 + number % 3, 5, "walk-in"
    for number in range(20_000):
        yield "long", f"p{number % 5}", "2024-12-24 10:00:00", 1 + number // 5, 5, "c1"
    for number in range(1_300):
        day = date(2024, 1, 1) + timedelta(days=number % 390)
        yield f"g{number}", f"p{number % 5}", f"{day} 11:00:00", 90_000, "999999.99", "giant"


def test_giant_customers_and_orders(make_shop: MakeShop) -> None:
    """No square and no product of sums is too large for its type, and their sums are exact."""
    shop = make_shop(files={"orders.csv": table(COLUMNS, giants())}).build()
    sums: dict[str, Decimal] = {}
    for _, _, _, quantity, price, customer in giants():
        sums[customer] = sums.get(customer, Decimal(0)) + quantity * Decimal(price)
    assert dict(shop.rows("select customer_id, gross_amount from marts.dim_customers")) == sums
    assert shop.row(
        "select line_count, gross_amount from core.fct_orders where order_id = 'long'"
    ) == (20_000, sum(5 * (1 + number // 5) for number in range(20_000)))


def test_five_columns_are_enough(make_shop: MakeShop) -> None:
    """A shop may have the required columns alone."""
    shop = make_shop(files={"orders.csv": table(REQUIRED, [row[:5] for row in SEASON])})
    shop.up_to("fct_orders")
    assert shop.rejections() == {"accepted": len(SEASON)}
    assert shop.value("select bool_and(is_guest) from core.fct_orders") is True
    gross = sum(line[3] * Decimal(line[4]) for line in SEASON)
    assert shop.value("select sum(gross_amount) from core.fct_orders") == gross


def test_no_orders_but_events(make_shop: MakeShop) -> None:
    """Without orders, today is the day after the last event."""
    events = [("2024-03-01 10:00:00", "view", "c1"), ("2024-03-05 10:00:00", "view", "c2")]
    shop = make_shop(
        {"order_lines": {"from": "none"}, "events": {"from": "events.csv"}},
        {"events.csv": table(("occurred_at", "event_type", "customer_id"), events)},
    ).build()
    assert shop.rows(
        "select as_of_date, customer_id, visit_count, purchase_count "
        "from marts.fct_customer_behavior where is_current order by all"
    ) == [(date(2024, 3, 6), "c1", 1, None), (date(2024, 3, 6), "c2", 1, None)]


# ---------------------------------------------------------------------------------------------
# Odd values: times, numbers, ids, repeated keys, visits
# ---------------------------------------------------------------------------------------------

FULL = (*COLUMNS, "line_number", "discount_amount", "status", "is_fraud", "note")
BEHIND = "ordered_at is more than max_gap_days behind the other orders"
BEFORE = "ordered_at is before min_order_date"
NO_TIME = "ordered_at is not a time"
NO_QUANTITY = "quantity is not a number"
NO_PRICE = "unit_price is not a number"
# a number that fits its type and that no shop sells: kept or rejected, but no reason to stop
HUGE = "huge"

# (fields of FULL, why the line is rejected, or None)
ODD_LINES: list[tuple[tuple[Any, ...], str | None]] = [
    (("t1", "p1", "2099-06-01", 1, 5, "c1"), BEHIND),
    (("t2", "p1", "9999-12-31", 1, 5, "c1"), BEHIND),
    (("t3", "p1", "0001-01-01", 1, 5, "c1"), BEFORE),
    (("t4", "p1", "infinity", 1, 5, "c1"), NO_TIME),
    (("t5", "p1", "-Infinity", 1, 5, "c1"), NO_TIME),
    (("t6", "p1", "INFINITY", 1, 5, "c1"), NO_TIME),
    (("t7", "p1", "NaT", 1, 5, "c1"), "ordered_at is missing"),
    (("t8", "p1", "31.12.2024", 1, 5, "c1"), NO_TIME),
    (("t9", "p1", "2024-02-30", 1, 5, "c1"), NO_TIME),
    (("t10", "p1", None, 1, 5, "c1"), "ordered_at is missing"),
    (("t11", "p1", "  ", 1, 5, "c1"), "ordered_at is missing"),
    (("t12", "p1", "2024-03-01T10:00:00", 1, 5, "c1"), None),
    (("n1", "p1", "2024-03-01", "NaN", 5, "c1"), "quantity is missing"),
    (("n2", "p1", "2024-03-01", "inf", 5, "c1"), NO_QUANTITY),
    (("n3", "p1", "2024-03-01", "1e300", 5, "c1"), NO_QUANTITY),
    (("n4", "p1", "2024-03-01", 1, "NaN", "c1"), "unit_price is missing"),
    (("n5", "p1", "2024-03-01", 1, "-Infinity", "c1"), NO_PRICE),
    (("n6", "p1", "2024-03-01", 1, "5,00", "c1"), NO_PRICE),
    (("n7", "p1", "2024-03-01", 1, -0.01, "c1"), "unit_price is below zero"),
    (("n8", "p1", "2024-03-01", 0, 5, "c1"), "quantity is zero"),
    (("n9", "p1", "2024-03-01", 1, 0, "c1"), None),
    (("n10", "p1", "2024-03-01", "1e13", "1e13", "c1"), "quantity times unit_price is too large"),
    (("n11", "p1", "2024-03-01", "1e13", "0.01", "c_huge"), HUGE),
    (("n12", "p1", "2024-03-01", "9e13", 1, "c_huge"), HUGE),
    (("n12", "p2", "2024-03-01", "9e13", 1, "c_huge"), HUGE),
    (("n13", "p1", "2024-07-17", 1, "9e13", "c_huge"), HUGE),
    (("n14", "p1", "2024-03-01", "0.00001", 5, "c1"), "quantity is zero"),
    (("n15", "p1", "2024-03-01", 1, 5, "c1", "13700000000001"), None),
    (("n15", "p1", "2024-03-01", 1, 5, "c1", "13700000000002"), None),
    (("n16", "p1", "2024-03-01", 1, 5, "c1", "a"), None),
    (("n16", "p1", "2024-03-01", 1, 5, "c1", "b"), None),
    (("n17", "p1", "2024-03-01", 1, 5, "c1", None, "9e13"), HUGE),
    (("n18", "p1", "2024-03-01", 1, 5, "c1", None, "NaN"), None),
    (("n19", "p1", "2024-03-01", 1, 5, "c1", None, "-3"), None),
    (("m1", "", "2024-03-01", 1, 5, "c1"), "product_id is missing"),
    (("", "p1", "2024-03-01", 1, 5, "c1"), "order_id is missing"),
    (("two", "p1", "2024-03-01", 1, 5, "c1"), None),
    (("two", "p2", "2024-03-01", 1, 5, "c2"), None),
    (("half", "p1", "2024-03-01", 1, 5, "c3"), None),
    (("half", "p2", "2024-03-01", 1, 5, None), None),
    (("#1001", "p1", "2024-03-01", 1, 5, "c1"), None),
    (("#1002", "p1", "2024-03-01", 1, 5, "c#1"), None),
    (("it's", 'p"1"', "2024-03-01", 1, 5, "c, 'one'"), None),
    (("🛒", "p☕", "2024-03-01", 1, 5, "🦊"), None),
    (("0007", "00p1", "2024-03-01", 1, 5, "007"), None),
    (("7", "p1", "2024-03-01", 1, 5, "7"), None),
    (("nothing", "NULL", "2024-03-01", 1, 5, "c1"), "product_id is missing"),
    (("nobody", "p1", "2024-03-01", 1, 5, "N/A"), None),
    (("; drop table x", "\\", "2024-03-01", 1, 5, "{{ c }}"), None),
    (("lines", "p1", "2024-03-01", 1, 5, "c1", None, None, None, None, 'two\nlines, "q"'), None),
    (("cancel", "p1", "2024-03-01", 1, 5, "c1", None, None, "Canceled"), None),
    (("fraud", "p1", "2024-03-01", 1, 5, "c1", None, None, None, "perhaps"), None),
]
CUSTOMERS = [
    ("c1", "1", "1980-02-29", "2020-01-01", "old", "10"),
    ("c1", "1", "1980-02-29", "2021-01-01", "new", "10"),
    ("c2", "99999999999", "0001-01-01", "0001-01-01", "a", "1e15"),
    ("c3", "NaN", "9999-12-31", "9999-12-31", "b", "1e18"),
    ("c4", "-5", "infinity", "infinity", "c", "inf"),
    ("007", "7.9", "", "", "d", "x"),
    ("", "7", "", "", "e", ""),
]
PRODUCTS = [
    ("p1", "5000000000", "1e13", "9999-12-31", "1e13"),
    ("p2", "NaN", "NaN", "infinity", "-3"),
    ("p2", "3", "1", "2020-01-01", "3"),
]
REVIEWS = [
    ("r1", 5, "2024-02-01", "c1", "first"),
    ("r1", 2, "2024-03-01", "c1", "second"),
    ("r1", 3, "", "c1", "undated"),
    ("r2", "", "2024-03-01", "c1", "text without stars"),
    ("r6", "NaN", "2024-03-02", "c4", ""),
    ("r7", "five", "2024-03-01", "c1", ""),
    ("r3", 0, "2024-03-01", "c1", ""),
    ("r4", 5.01, "2024-03-01", "c1", ""),
    ("r5", 4.5, "9999-12-31", "c2", "two\nlines"),
]
EVENTS = [
    # a pause of just under, just, and just over 30 minutes
    ("2024-03-01 10:00:00", "view", "under", "v1", None, None),
    ("2024-03-01 10:29:59", "view", "under", "v1", None, None),
    ("2024-03-01 10:00:00", "view", "just", "v2", None, None),
    ("2024-03-01 10:30:00", "view", "just", "v2", None, None),
    ("2024-03-01 10:00:00", "view", "over", "v3", None, None),
    ("2024-03-01 10:30:01", "view", "over", "v3", None, None),
    # a visitor who becomes known: both visits are theirs, the first from the second on
    ("2024-03-01 10:00:00", "view", None, "v4", None, None),
    ("2024-03-08 10:00:00", "view", "becomes", "v4", None, None),
    # visitors nobody ever knows, of any kind and none
    ("2024-03-01 10:00:00", "view", None, "v5", None, None),
    ("2024-03-01 10:00:00", "view", None, None, None, None),
    # odd values
    ("2024-03-01 10:00:00", "View", "odd", "v6", None, "1e13"),
    ("2024-03-01 10:00:01", "unheard-of", "odd", "v6", None, "-5"),
    ("9999-12-31 23:59:59", "view", "late", "v7", None, "NaN"),
    ("0001-01-01 00:00:00", "view", "early", "v8", None, None),
    ("infinity", "view", "never", "v9", None, None),
    ("Infinity", "view", "never", "v9", None, None),
    ("-INFINITY", "view", "never", "v9", None, None),
    ("2024-03-01 10:00:00", "", "never", "v9", None, None),
]


def padded(fields: tuple[Any, ...]) -> tuple[Any, ...]:
    """The fields of a line, with nothing in the rest of FULL."""
    return (*fields, *[None] * (len(FULL) - len(fields)))


@pytest.fixture(scope="module")
def odd(make_shop: MakeShop) -> Shop:
    """A season of ordinary lines with all odd values in between, in six tables."""
    lines = [padded(line) for line in SEASON] + [padded(fields) for fields, _ in ODD_LINES]
    return make_shop(
        {
            "order_lines": {"from": "orders.csv", "safe_passthrough": ["note"]},
            **{
                name: {"from": f"{name}.csv"}
                for name in ("customers", "products", "reviews", "events")
            },
        },
        {
            "orders.csv": table(FULL, lines),
            "customers.csv": table(
                ("customer_id", "age", "birth_date", "signed_up_at", "city", "income_amount"),
                CUSTOMERS,
            ),
            "products.csv": table(
                (
                    "product_id",
                    "lead_time_days",
                    "stock_quantity",
                    "launched_at",
                    "list_price",
                ),
                PRODUCTS,
            ),
            "reviews.csv": table(
                ("review_id", "rating", "reviewed_at", "customer_id", "review_text"), REVIEWS
            ),
            "events.csv": table(
                (
                    "occurred_at",
                    "event_type",
                    "customer_id",
                    "visitor_id",
                    "session_id",
                    "duration_seconds",
                ),
                EVENTS,
            ),
        },
    ).build()


def test_odd_lines_are_judged_one_by_one(odd: Shop) -> None:
    """Every line is kept, or rejected with its own reason; none is lost."""
    huge = {fields[0] for fields, reason in ODD_LINES if reason == HUGE}
    expected = sorted(
        (fields[0], HUGE if fields[0] in huge else reason or "accepted")
        for fields, reason in ODD_LINES
    )
    actual = odd.rows(
        "select coalesce(order_id, ''), coalesce(rejection_reason, 'accepted') "
        "from staging.base_shop__order_lines where not regexp_matches(order_id, '^o[0-9]+$') "
        "or order_id is null"
    )
    assert (
        sorted((order, HUGE if order in huge else reason) for order, reason in actual) == expected
    )
    assert sum(odd.rejections().values()) == len(SEASON) + len(ODD_LINES)


def test_rejected_rows_keep_their_content(odd: Shop) -> None:
    """A rejected row is kept as the shop wrote it, in the restricted schema alone."""
    rows = odd.rows(
        "select raw_row from restricted.fct_rejected_rows where rejection_reason = "
        f"'{NO_PRICE}' and raw_row like '%5,00%'"
    )
    (row,) = rows
    assert json.loads(row[0])["unit_price"] == "5,00"


def test_an_order_in_2099_does_not_move_today(odd: Shop) -> None:
    """Today is the day after the last ordinary order."""
    assert odd.rows("select as_of_date from intermediate.int_as_of_dates where is_current") == [
        (LAST_DAY + timedelta(days=1),)
    ]


def test_odd_ids_arrive_as_they_are(odd: Shop) -> None:
    """Quotes, commas, emoji, leading zeros and # are part of an id."""
    odd_ids = {"#1001", "#1002", "it's", "🛒", "0007", "7", "; drop table x"}
    known = {
        order: (product, customer)
        for order, product, customer in odd.rows(
            "select order_id, product_id, customer_id from core.fct_order_lines"
        )
        if order in odd_ids
    }
    assert known == {
        fields[0]: (fields[1], fields[5]) for fields, _ in ODD_LINES if fields[0] in odd_ids
    }
    customers = {name for (name,) in odd.rows("select customer_id from marts.dim_customers")}
    assert {"007", "7", "🦊", "c, 'one'", "c#1", "{{ c }}"} <= customers


def test_quoted_new_lines_are_one_value(odd: Shop) -> None:
    """A field may hold new lines, commas and quotes."""
    note = odd.value("select attributes from core.fct_order_lines where order_id = 'lines'")
    assert json.loads(note) == {"note": 'two\nlines, "q"'}
    assert (
        odd.value("select review_text from staging.stg_shop__reviews where review_id = 'r5'")
        == "two\nlines"
    )


def test_a_guest_line_takes_its_orders_customer(odd: Shop) -> None:
    """An order has one customer, also where a line of it has none."""
    assert odd.row(
        "select customer_id, line_count from core.fct_orders where order_id = 'half'"
    ) == (
        "c3",
        2,
    )


def test_discounts_below_zero_are_none(odd: Shop) -> None:
    """A discount is zero or more; one that is no number is none."""
    assert dict(
        odd.rows(
            "select order_id, discount_amount from core.fct_orders where order_id in ('n18', 'n19')"
        )
    ) == {"n18": 0, "n19": 0}


def test_cancelled_in_any_case(odd: Shop) -> None:
    """A status is compared without its case, and its order counts nowhere."""
    assert odd.row(
        "select is_cancelled, is_purchase, gross_amount, cancelled_amount "
        "from core.fct_orders where order_id = 'cancel'"
    ) == (True, False, 0, 5)


def test_the_last_of_repeated_keys_stays(odd: Shop) -> None:
    """Customers, products and reviews: the last by date; one without a date is the oldest."""
    assert odd.rejections("customers") == {
        "accepted": 5,
        "customer_id is there already": 1,
        "customer_id is missing": 1,
    }
    assert odd.value("select city from marts.dim_customers where customer_id = 'c1'") == "new"
    assert odd.rejections("products") == {"accepted": 2, "product_id is there already": 1}
    assert odd.rejections("reviews") == {
        "accepted": 4,
        "review_id is there already": 2,
        "rating is not a number": 1,
        "rating is not from 1 to 5": 2,
    }
    assert (
        odd.value("select review_text from staging.stg_shop__reviews where review_id = 'r1'")
        == "second"
    )


def test_a_review_may_be_a_text_without_stars(odd: Shop) -> None:
    """It is a review, but no part of an average; who gave no rating at all has none."""
    assert odd.rows(
        "select review_id, rating from staging.stg_shop__reviews "
        "where customer_id != 'c2' order by 1"
    ) == [("r1", 2), ("r2", None), ("r6", None)]
    assert odd.rows(
        "select customer_id, review_count, average_rating from marts.fct_customer_behavior "
        "where is_current and review_count > 0 order by 1"
    ) == [("c1", 2, 2), ("c4", 1, None)]


def test_odd_facts_about_customers_are_null(odd: Shop) -> None:
    """An age, income or day that does not fit its type is unknown."""
    facts = {
        customer: (age, income)
        for customer, age, income in odd.rows(
            "select customer_id, age, income_amount from staging.stg_shop__customers"
        )
    }
    assert facts["c2"] == (None, Decimal("1e15"))
    assert facts["c3"] == (None, None)
    assert facts["c4"][1] is None
    assert facts["007"] == (7, None)
    # born on 29 February 1980, today 2024-07-18
    assert odd.value("select age from marts.dim_customers where customer_id = 'c1'") == 44


def test_a_visit_ends_after_thirty_minutes(odd: Shop) -> None:
    """A pause of just 30 minutes is within a visit, one second more ends it."""
    visits = dict(
        odd.rows(
            "select customer_id, visit_count from marts.fct_customer_behavior "
            "where is_current and visit_count is not null"
        )
    )
    assert (visits["under"], visits["just"], visits["over"]) == (1, 1, 2)
    assert visits["becomes"] == 2
    assert "never" not in visits


def test_a_visitor_is_known_from_the_day_they_say_who(odd: Shop) -> None:
    """The visit before is known to be theirs only from then on."""
    assert odd.rows(
        "select started_at, known_at from intermediate.int_sessions "
        "where customer_id = 'becomes' order by 1"
    ) == [(datetime(2024, 3, 1, 10), datetime(2024, 3, 8, 10)), (datetime(2024, 3, 8, 10),) * 2]


def test_events_are_judged_alone(odd: Shop) -> None:
    """Unknown types are kept; a time or type that is missing is a reason to reject."""
    assert odd.rejections("events") == {
        "accepted": len(EVENTS) - 4,
        "occurred_at is not a time": 3,
        "event_type is missing": 1,
    }


# ---------------------------------------------------------------------------------------------
# Times, blanks, and words for nothing
# ---------------------------------------------------------------------------------------------

NOON = datetime(2024, 1, 5, 12)
TIMES: list[tuple[str, datetime | str]] = [
    ("2024-01-05 12:00:00", NOON),
    ("2024-01-05T12:00", NOON),
    ("2024-1-5 12:00:00.000", NOON),
    ("2024/01/05 12:00:00 PM", NOON),
    ("2024-01-05 12:00pm", NOON),
    ("2024-01-05 11:30:00 PM", datetime(2024, 1, 5, 23, 30)),
    ("2024-01-05 11:30\u202fAM", datetime(2024, 1, 5, 11, 30)),
    ("2024-01-05 12:15 am", datetime(2024, 1, 5, 0, 15)),
    # the offset is dropped, the shop's own clock is kept
    ("2024-01-05 12:00:00Z", NOON),
    ("2024-01-05T12:00:00.000+02:00", NOON),
    ("2024-01-05 12:00:00 -0500", NOON),
    ("2024-01-05 12:00:00 UTC", NOON),
    ("\u00a0\t2024-01-05 12:00:00\u3000", NOON),
    *((time, NO_TIME) for time in ("2024-01-05 13:00 PM", "2024-01-05 0:30 AM")),
    *((f"2024-01-05 11:30:00 {word}", NO_TIME) for word in ("Uhr", "12", "-", "CET", "foo PM")),
    *((word, NO_TIME) for word in ("epoch", "infinity", "2024-01-05 (BC)", "1/5/2024 11:30 PM")),
    *((word, "ordered_at is missing") for word in ("", "NULL", " nat ", "\\N", "-", "\u2003")),
]


def test_what_stands_behind_a_time_is_read_or_refused(make_shop: MakeShop) -> None:
    """No word is dropped: AM and PM count, an offset is left off, anything else is no time."""
    rows = [(f"o{place}", "p", time, 1, 1, "c") for place, (time, _) in enumerate(TIMES)]
    shop = make_shop(files={"orders.csv": table(COLUMNS, rows)}).up_to("base_shop__order_lines")
    read = dict(
        shop.rows(
            "select order_id, coalesce(rejection_reason, cast(ordered_at as varchar)) "
            "from staging.base_shop__order_lines"
        )
    )
    assert read == {f"o{place}": str(expected) for place, (_, expected) in enumerate(TIMES)}


def test_words_for_nothing(make_shop: MakeShop) -> None:
    """They are nobody as a customer, and themselves in a name; NA is a country and an id."""
    words = ["NULL", "nan", "None", "N/A", "-", "\\N", "\u00a0"]
    names = [*words[:6], None]
    rows = [
        (f"o{place}", "p", "2024-01-05", 1, 1, word, name)
        for place, (word, name) in enumerate(zip([*words, "NA"], [*names, "NA"], strict=True))
    ]
    files = {"orders.csv": table((*COLUMNS, "product_name"), rows)}
    shop = make_shop(files=files).up_to("stg_shop__order_lines")
    assert shop.rows(
        "select customer_id, product_name from staging.stg_shop__order_lines order by order_id"
    ) == [(None, name) for name in names] + [("NA", "NA")]
    kept = shop.with_vars(null_words=[]).up_to("stg_shop__order_lines")
    assert kept.value("select count(customer_id) from staging.stg_shop__order_lines") == 7


# ---------------------------------------------------------------------------------------------
# Seasons
# ---------------------------------------------------------------------------------------------


def test_a_season_with_a_gap_goes_on(make_shop: MakeShop) -> None:
    """A second season after 100 days stays; an order three times as long behind it does not."""
    second = season(date(2024, 10, 25), 120, "s")
    last = date(2024, 10, 25) + timedelta(days=118)
    assert date(2024, 10, 25) - LAST_DAY == timedelta(days=100)
    lone = [("lone", "p1", str(last + timedelta(days=301)), 1, 5, "c1")]
    rows = SEASON + second + lone
    shop = make_shop(files={"orders.csv": table(COLUMNS, rows)})
    shop.up_to("int_as_of_dates")
    assert shop.rejections() == {"accepted": len(SEASON) + len(second), BEHIND: 1}
    assert shop.value(
        "select max(as_of_date) from intermediate.int_as_of_dates"
    ) == last + timedelta(days=1)


# ---------------------------------------------------------------------------------------------
# Kinds of files
# ---------------------------------------------------------------------------------------------


def parquet(path: Path) -> None:
    """Order lines with types of their own: times, doubles, integers, booleans, and nulls."""
    count = 40
    pq.write_table(
        pa.table(
            {
                "order_id": pa.array(range(count), pa.int64()),
                "product_id": pa.array([day % 3 for day in range(count)], pa.int16()),
                "ordered_at": pa.array(
                    [datetime(2024, 1, 1, 8, 30) + timedelta(days=day) for day in range(count)],
                    pa.timestamp("us"),
                ),
                "quantity": pa.array([None, *[2.0] * (count - 1)], pa.float64()),
                "unit_price": pa.array([9.99] * count, pa.float64()),
                "customer_id": pa.array([None, *[day % 4 for day in range(1, count)]], pa.int32()),
                "is_fraud": pa.array([None, True, *[False] * (count - 2)], pa.bool_()),
                "order": pa.array(["kept"] * count),
            }
        ),
        path,
    )


REST_OF_STAGING = ("stg_shop__events", "stg_shop__reviews", "stg_shop__campaign_contacts")


@pytest.fixture(scope="module")
def files(make_shop: MakeShop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Six tables from six kinds of files."""
    path = tmp_path_factory.mktemp("parquet") / "lines.parquet"
    parquet(path)
    customers = table(
        ("customer_id", "city", "gender"), [(0, "Orléans", "f"), (1, "Åre", "m")]
    ).encode("latin-1")
    products = table(
        ("Artikel-Nr", "Preis", "Seit", "group"),
        [(0, "1.234,50", "31.12.2023", "x"), (1, "5,00", "01.02.2024", "y")],
        delimiter=";",
    )
    events = "\n".join(
        json.dumps(event)
        for event in (
            {"occurred_at": "2024-02-01T10:00:00", "event_type": "view", "customer_id": "1"},
            {"occurred_at": "2024-02-02T10:00:00", "event_type": "cart", "product_id": "0"},
            {"occurred_at": "2024-02-03 10:00:00", "event_type": "view", "page": "a\nb"},
        )
    )
    return make_shop(
        {
            "files": {"products": "products.csv"},
            "order_lines": {
                "from": str(path),
                "columns": {"channel": "order"},
            },
            "customers": {"from": "customers.csv"},
            "products": {
                "from": "products",
                "columns": {
                    "product_id": "Artikel-Nr",
                    "list_price": "replace(replace(\"Preis\", '.', ''), ',', '.')",
                    "launched_at": "strptime(\"Seit\", '%d.%m.%Y')",
                    "category": "group",
                },
            },
            "events": {"from": "events.jsonl"},
            "reviews": {"from": "reviews_*.csv"},
            "campaign_contacts": {"from": "contacts.csv"},
        },
        {
            "customers.csv": customers,
            "products.csv": products,
            "events.jsonl": events,
            "reviews_1.csv": table(("review_id", "rating", "customer_id"), [("a", 5, 1)]),
            "reviews_2.csv": table(("rating", "review_id", "review_text"), [(4, "b", "fine")]),
            "contacts.csv": table(
                ("campaign_id", "customer_id", "variant", "contacted_at", "has_visited"),
                [
                    ("spring", 1, "mail", "2024-01-15", "true"),
                    ("spring", 2, "none", "2024-01-15", 0),
                ],
                lineterminator="\r\n",
            ),
        },
    ).up_to("fct_orders", "stg_shop__customers", "stg_shop__products", *REST_OF_STAGING)


def test_parquet_with_types(files: Shop) -> None:
    """Typed columns keep their values, nulls are missing, a column may be called `order`."""
    assert files.rejections() == {"accepted": 39, "quantity is missing": 1}
    assert files.row(
        "select order_id, customer_id, ordered_at, gross_amount, is_fraud, channel "
        "from core.fct_orders where order_id = '1'"
    ) == ("1", "1", datetime(2024, 1, 2, 8, 30), Decimal("19.98"), True, "kept")


def test_latin_1(files: Shop) -> None:
    """A file that is not UTF-8 is read as Windows-1252, and its letters arrive."""
    assert files.rows("select customer_id, city from staging.stg_shop__customers order by 1") == [
        ("0", "Orléans"),
        ("1", "Åre"),
    ]


def test_decimal_commas_and_days_first(files: Shop) -> None:
    """Expressions read what the engine does not: 1.234,50 and 31.12.2023, after semicolons."""
    assert files.rows(
        "select product_id, list_price, launched_at, category "
        "from staging.stg_shop__products order by 1"
    ) == [
        ("0", Decimal("1234.5"), datetime(2023, 12, 31), "x"),
        ("1", Decimal("5"), datetime(2024, 2, 1), "y"),
    ]


def test_json_lines(files: Shop) -> None:
    """Each line's own keys are columns."""
    assert files.rows(
        "select occurred_at, event_type, customer_id, product_id, page "
        "from staging.stg_shop__events order by 1"
    ) == [
        (datetime(2024, 2, 1, 10), "view", "1", None, None),
        (datetime(2024, 2, 2, 10), "cart", None, "0", None),
        (datetime(2024, 2, 3, 10), "view", None, None, "a\nb"),
    ]


def test_glob_of_different_columns(files: Shop) -> None:
    """The files of a glob are put together by the names of their columns."""
    assert files.rows(
        "select review_id, rating, customer_id, review_text "
        "from staging.stg_shop__reviews order by 1"
    ) == [("a", 5, "1", None), ("b", 4, None, "fine")]


def test_windows_line_ends(files: Shop) -> None:
    """A line may end as on Windows."""
    assert files.rows(
        "select customer_id, variant, has_visited "
        "from staging.stg_shop__campaign_contacts order by 1"
    ) == [("1", "mail", True), ("2", "none", False)]


def staged(shop: Shop) -> Shop:
    """The shop with its order lines judged, and no more."""
    return shop.up_to("stg_shop__order_lines")


def test_values_in_json_stay_as_they_are(make_shop: MakeShop) -> None:
    """An id keeps its case and a time its own wall clock, as in a CSV."""
    ids = [f"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A{number}" for number in (11, 12)]
    content = "\n".join(
        json.dumps(
            {
                "order_id": order,
                "product_id": "007",
                "ordered_at": "2024-01-01T10:00:00+02:00",
                "quantity": 1,
                "unit_price": 7.10,
            }
        )
        for order in ids
    )
    shop = make_shop({"order_lines": {"from": "orders.jsonl"}}, {"orders.jsonl": content})
    assert staged(shop).rows(
        "select order_id, product_id, ordered_at, unit_price "
        "from staging.base_shop__order_lines order by 1"
    ) == [(order, "007", datetime(2024, 1, 1, 10), Decimal("7.1")) for order in ids]


def test_glob_of_different_encodings(make_shop: MakeShop) -> None:
    """Each file of a glob is read in its own encoding."""
    text = table(REQUIRED, [("é", "p", "2024-01-01", 1, 1)])
    shop = make_shop(
        {"order_lines": {"from": "o*.csv"}},
        {"o1.csv": text, "o2.csv": text.replace("é", "è").encode("latin-1")},
    )
    assert staged(shop).rows("select order_id from staging.base_shop__order_lines order by 1") == [
        ("è",),
        ("é",),
    ]


LONG = [(f"l{number}", "A", "2024-01-01", 1, 1, f"c{number % 9}") for number in range(30_000)]
HEADER = ",".join((*COLUMNS, "note"))


def long_file(*last: str) -> str:
    """30,000 plain lines, more than the reader looks at to learn the file's kind, then these."""
    plain = (",".join(map(str, (*line, ""))) for line in LONG)
    return "\n".join((HEADER, *plain, *last, ""))


@pytest.mark.parametrize(
    ("name", "content", "mapping"),
    [
        ("first quote", long_file('q,"A,\nB",2024-01-01,1,1,c1,"say ""hi"""'), {}),
        ("first comment", long_file("#q,A,2024-01-01,1,1,c1,"), {}),
        ("many fields", long_file("w,A,2024-01-01,1,1,c1,,,surplus", "q,A,2024-01-01,1,1,c1,"), {}),
        ("few fields", long_file("q,A,2024-01-01,1,1,c1,", "w,A,2024-01-01,1,1,c1").rstrip(), {}),
        ("other line ends", long_file("q,A,2024-01-01,1,1,c1,\r"), {}),
        ("byte order mark", "\ufeff" + long_file("q,A,2024-01-01,1,1,c1,"), {}),
        (
            "options",
            "Export of today\n" + long_file("q,A,2024-01-01,1,1,c1,").replace(",", "~"),
            {"skip": 1, "delim": "~"},
        ),
    ],
)
def test_what_comes_late_in_a_file(
    name: str, content: str, mapping: dict[str, Any], make_shop: MakeShop
) -> None:
    """Whatever comes after many plain lines, one record is one row, and none is lost or cut."""
    shop = make_shop(
        {"order_lines": {"from": {"path": "orders.csv", **mapping} if mapping else "orders.csv"}},
        {"orders.csv": content},
    )
    rejected = {f"record has too {name}": 1} if "fields" in name else {}
    assert staged(shop).rejections() == {"accepted": len(LONG) + 1, **rejected}, name
    assert shop.row(
        "select count(*) filter (where customer_id is null), count(*) filter (where order_id like "
        "'%q'), max(length(product_id)) from staging.stg_shop__order_lines"
    ) == (0, 1, 4 if name == "first quote" else 1)


def test_hashes_are_no_comments(make_shop: MakeShop) -> None:
    """Orders numbered #1, #2, … as Shopify does: no row of them is a comment."""
    rows = [(f"#{n}" if n % 3 else n, "A", "2024-01-01", 1, 1, f"c{n}#") for n in range(30)]
    shop = staged(make_shop(files={"orders.csv": table(COLUMNS, rows)}))
    assert shop.rejections() == {"accepted": 30}
    assert (
        shop.value("select count(*) from staging.base_shop__order_lines where order_id[1] = '#'")
        == 20
    )


def test_relations_of_the_database(make_shop: MakeShop) -> None:
    """A shop's tables may be tables of the build's own database, or of another."""
    shop = make_shop({"order_lines": {"from": "raw.lines"}})
    shop.database.parent.mkdir()
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.lines as select 'o' || i as order_id, 'p' as product_id, "
            "date '2024-01-01' + cast(i as int) as ordered_at, 1 as quantity, 2.5 as unit_price "
            "from range(10) as numbers (i)"
        )
    shop.up_to("fct_orders")
    assert shop.value("select sum(gross_amount) from core.fct_orders") == 25


# ---------------------------------------------------------------------------------------------
# Repeated lines, passthrough and pseudonyms
# ---------------------------------------------------------------------------------------------

REPEATED = [*SEASON, SEASON[0], SEASON[0], SEASON[1]]


@pytest.mark.parametrize(
    ("keep", "expected"),
    [(False, {"accepted": 100, "line is there already": 3}), (True, {"accepted": 103})],
)
def test_repeated_lines(keep: bool, expected: dict[str, int], make_shop: MakeShop) -> None:
    """A line that repeats another in all its columns is rejected, unless the shop keeps them."""
    shop = make_shop(
        files={"orders.csv": table(COLUMNS, REPEATED)}, keep_duplicate_lines=keep
    ).up_to("fct_orders")
    assert shop.rejections() == expected
    assert shop.value("select line_count from core.fct_orders where order_id = 'o0'") == (
        3 if keep else 1
    )


KEY = "a-long-secret-that-no-file-may-hold-92f1"
DOMAIN, PHONE, NAME = "unseen.example.org", "+49 30 5550123", "Annegret Vogelsang"
BIRTH_DATE, ADDRESS = "1980-05-05", "Lindenstieg 7"
# what begins every id, e-mail and note, and what else is personal
SECRETS = ("person-", DOMAIN, PHONE, NAME, BIRTH_DATE, ADDRESS, KEY)
RAW_CUSTOMERS = {f"person-{number:04d}" for number in range(7)}


@pytest.fixture(scope="module")
def pseudonyms(make_shop: MakeShop) -> Shop:
    """A shop of six tables with passthrough columns and customers under a keyed hash."""
    people = sorted(RAW_CUSTOMERS)
    lines = [
        (*line[:5], people[number % 7], "gift", f"to {people[number % 7]}", line[0])
        for number, line in enumerate(SEASON)
    ]
    lines.append(("bad", "p1", "2024-03-01", 0, 5, people[0], "gift", "to", "bad"))
    shop = make_shop(
        {
            "order_lines": {
                "from": "orders.csv",
                "safe_passthrough": {"kind": "upper(wrapping)", "again": "again"},
                "passthrough": ["note"],
            },
            "customers": {
                "from": "customers.csv",
                "safe_passthrough": ["tier"],
                "passthrough": ["address"],
            },
            "events": {"from": "events.csv"},
            "reviews": {"from": "reviews.csv"},
            "campaign_contacts": {"from": "contacts.csv"},
        },
        {
            "orders.csv": table((*COLUMNS, "wrapping", "note", "again"), lines),
            "customers.csv": table(
                ("customer_id", "email", "phone", "full_name", "birth_date", "tier", "address"),
                [
                    (person, f"{person}@{DOMAIN}", PHONE, NAME, BIRTH_DATE, "gold", ADDRESS)
                    for person in people
                ],
            ),
            "events.csv": table(
                ("occurred_at", "event_type", "customer_id"),
                [("2024-03-01 10:00:00", "view", person) for person in people],
            ),
            "reviews.csv": table(
                ("review_id", "rating", "order_id", "customer_id"),
                [(number, 5, f"o{2 * number}", None) for number in range(7)],
            ),
            "contacts.csv": table(
                ("campaign_id", "customer_id", "variant", "contacted_at"),
                [("spring", person, "mail", "2024-01-15") for person in people],
            ),
        },
        {"CUSTOMER_KEY": KEY, "DBT_WRITE_JSON": "true", "DBT_LOG_LEVEL_FILE": "debug"},
        pseudonymize_customers=True,
    )
    return shop.build().publish()


def test_safe_columns_alone_are_published(pseudonyms: Shop) -> None:
    """Passthrough columns that the shop has declared safe are attributes; the others are not."""
    attributes = json.loads(
        pseudonyms.value("select attributes from core.fct_order_lines where order_id = 'o0'")
    )
    assert attributes == {"kind": "GIFT", "again": "o0"}
    assert pseudonyms.rows("select distinct attributes from marts.dim_customers") == [
        ('{"tier":"gold"}',)
    ]
    assert pseudonyms.rows(
        "select distinct restricted_attributes from restricted.dim_customer_contacts"
    ) == [('{"address":"Lindenstieg 7"}',)]


def test_nothing_restricted_is_published(pseudonyms: Shop) -> None:
    """No e-mail, name, phone, note or raw id stands anywhere in the published file."""
    with duckdb.connect(str(pseudonyms.marts), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        assert tables
        text = "\n".join(
            str(row)
            for schema, name in tables
            for row in connection.execute(f'from "{schema}"."{name}"').fetchall()
        )
    for secret in SECRETS:
        assert secret not in text, secret


def test_nothing_restricted_is_in_a_byte_that_others_see(
    pseudonyms: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in the published file, the page, the docs, a log, an artifact, or on the console."""
    folder = pseudonyms.folder
    write_report(pseudonyms.marts, folder / "page.html", compiled_analyses(pseudonyms))
    assert pseudonyms.dbt("docs", "generate", "--static").code == 0
    print_summary(pseudonyms.marts, "EUR")
    shown = capsys.readouterr().out
    assert "customers" in shown
    files = [
        file
        for file in folder.rglob("*")
        if file.is_file() and file.parent.name != "build" and file.suffix != ".csv"
    ]
    assert {file.name for file in files} > {
        "tested.duckdb",
        "page.html",
        "static_index.html",
        "manifest.json",
        "run_results.json",
        "dbt.log",
        "output",
    }
    for secret in SECRETS:
        assert secret not in shown, secret
        assert [file for file in files if secret.encode() in file.read_bytes()] == [], secret


def test_pseudonyms_join(pseudonyms: Shop) -> None:
    """The same customer has the same hash in every table."""
    ids = {name for (name,) in pseudonyms.rows("select customer_id from marts.dim_customers")}
    assert len(ids) == 7
    assert all(len(name) == 64 for name in ids)
    for source in (
        "core.fct_orders",
        "marts.fct_customer_rfm",
        "restricted.dim_customer_contacts",
        "staging.stg_shop__campaign_contacts",
        "intermediate.int_events",
        "intermediate.int_reviews",
    ):
        found = {name for (name,) in pseudonyms.rows(f"select customer_id from {source}")}
        assert found == ids, source


def test_the_key_stands_in_no_file(pseudonyms: Shop) -> None:
    """The key is in no artifact, log or database."""
    files = [file for file in pseudonyms.folder.rglob("*") if file.is_file()]
    assert any(file.name == "manifest.json" for file in files)
    assert any(file.name == "dbt.log" for file in files)
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []


@pytest.mark.parametrize(("key", "is_same"), [(KEY, True), ("another key of a shop", False)])
def test_pseudonyms_hang_on_the_key(
    key: str, is_same: bool, pseudonyms: Shop, make_shop: MakeShop
) -> None:
    """The same key gives the same hashes in the next build, another key others."""
    again = make_shop(
        {"order_lines": {"from": str(pseudonyms.folder / "orders.csv")}},
        None,
        {"CUSTOMER_KEY": key},
        pseudonymize_customers=True,
    )
    staged(again)
    query = (
        "select distinct customer_id from staging.base_shop__order_lines where order_id like 'o%'"
    )
    assert (set(again.rows(query)) == set(pseudonyms.rows(query))) is is_same


def test_columns_of_a_file_without_a_header_keep_their_order(make_shop: MakeShop) -> None:
    """Names given to the reader stand for the columns in the order in which they are written."""
    names = ("z_order", "product", "a_time", "price")
    shop = make_shop(
        {
            "files": {
                "log": {
                    "path": "log.csv",
                    "header": False,
                    "columns": dict.fromkeys(names, "VARCHAR"),
                }
            },
            "order_lines": {
                "from": "log",
                "columns": {
                    "order_id": "z_order",
                    "product_id": "product",
                    "ordered_at": "a_time",
                    "quantity": "1",
                    "unit_price": "price",
                },
            },
        },
        {"log.csv": "o1,p1,2024-03-01,9.50\n"},
    )
    run = shop.dbt("--quiet", "run", "-s", "base_shop__order_days", "base_shop__order_lines")
    assert run.code == 0, run.output
    assert shop.row(
        "select order_id, product_id, unit_price, rejection_reason "
        "from staging.base_shop__order_lines"
    ) == ("o1", "p1", Decimal("9.5"), None)
