"""Every usual expression of the README does what it says, on a CSV as it is printed there."""

import io
import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import md5
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import PROJECT, MakeShop, ManyRuns, Shop
from test_odd_shops import table

pytestmark = pytest.mark.shops

NEW_YEARS_EVE = datetime(2025, 12, 31, 14, 5)
SIXTH = datetime(2025, 12, 6, 10, 37, 33)
# the contract's column, raw columns, their rows, what becomes of them; in the README's order
EXAMPLES: list[tuple[str, tuple[str, ...], list[tuple[str, ...]], list[Any]]] = [
    ("ordered_at", ("Date",), [("31/12/2025 14:05",)], [NEW_YEARS_EVE]),
    ("ordered_at", ("Date",), [("12/31/2025",)], [datetime(2025, 12, 31)]),
    ("ordered_at", ("Date",), [("12/31/2025 2:05 PM",)], [NEW_YEARS_EVE]),
    (
        "ordered_at",
        ("Date",),
        [("2025-12-06 10:37:33 -0500",)],
        [SIXTH],
    ),
    (
        "ordered_at",
        ("Date",),
        [("2025-12-31T23:30:00Z",), ("2025-08-31T23:30:00Z",)],
        [datetime(2026, 1, 1, 0, 30), datetime(2025, 9, 1, 1, 30)],
    ),
    ("ordered_at", ("Date",), [("1767225600",)], [datetime(2026, 1, 1)]),
    ("unit_price", ("Price",), [("1.234,50",)], [Decimal("1234.5")]),
    ("unit_price", ("Price",), [("1250",), ("5",)], [Decimal("12.5"), Decimal("0.05")]),
    ("unit_price", ("Price",), [("€ 12.50",)], [Decimal("12.5")]),
    ("line_amount", ("Total",), [("37.50",)], [Decimal("37.5")]),
    (
        "unit_price",
        ("Price", "Currency"),
        [("10.00", "USD"), ("10.00", "EUR")],
        [Decimal(9), Decimal(10)],
    ),
    ("quantity", (), [()], [Decimal(1)]),
    ("channel", (), [()], ["web"]),
    ("order_id", ("No",), [("1001",)], ["1001"]),
    ("customer_id", ("Customer ID",), [("0",), ("7",)], [None, "7"]),
    (
        "customer_id",
        ("Name", "Email"),
        [("#1", "a"), ("#1", ""), ("#2", "b")],
        ["a", "a", "b"],
    ),
    (
        "discount_amount",
        ("Name", "Discount", "Price", "Qty"),
        [("#1", "10", "10", "1"), ("#1", "", "20", "2"), ("#2", "", "5", "1")],
        [Decimal(2), Decimal(8), None],
    ),
    ("status", ("State",), [("storniert",), ("bezahlt",)], ["cancelled", "bezahlt"]),
]
PLAIN = {
    "order_id": "o",
    "product_id": "p",
    "ordered_at": "2025-12-31",
    "quantity": "3",
    "unit_price": "1",
}


def recipes() -> list[str]:
    """The lines of the README's first table of expressions."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    rows = readme.partition("The usual expressions.")[2].partition("\n\nWhat takes more")[0]
    return re.findall(r"\| `([a-z_]+: .*?)`(?: \(.*\))? \|$", rows, flags=re.MULTILINE)


def test_every_recipe_has_an_example() -> None:
    """One for each line, in one order."""
    assert [recipe.partition(":")[0] for recipe in recipes()] == [column for column, *_ in EXAMPLES]


@pytest.mark.parametrize(
    ("recipe", "example"),
    list(zip(recipes(), EXAMPLES, strict=False)),
    ids=lambda value: str(value)[:40],
)
def test_recipe(recipe: str, example: tuple, make_shop: MakeShop, many_runs: ManyRuns) -> None:
    """The line, put under `columns:` as it stands, gives the values that it should."""
    column, raw, rows, expected = example
    others = [name for name in PLAIN if name != column]
    if column == "line_amount":
        others.remove("unit_price")
    lines = [
        (*(f"{PLAIN[name]}{place if name == 'order_id' else ''}" for name in others), *row)
        for place, row in enumerate(rows)
    ]
    shop = make_shop(
        {"order_lines": {"from": "orders.csv", "columns": yaml.safe_load(recipe)}},
        {"orders.csv": table((*others, *raw), lines)},
    )
    run = many_runs.run(shop, "run", "--select", "+stg_shop__order_lines")
    assert run.code == 0, run.output
    read = shop.rows(
        f"select {column} from staging.stg_shop__order_lines order by order_id, line_number"
    )
    assert [value for (value,) in read] == expected


# ---------------------------------------------------------------------------------------------
# What takes more than an expression
# ---------------------------------------------------------------------------------------------

DAY = "2025-12-31"
LINE = ("order_id", "product_id", "ordered_at", "quantity", "unit_price", "customer_id")
LINES = table(LINE, [("1", "A", DAY, 2, "5.00", "c"), ("2", "B", DAY, 1, "7.00", "")])
LOG = """203.0.113.7 - - [31/Dec/2025:14:05:00 +0100] "GET /product/MUG?a HTTP/1.1" 200 5 "-" "a, "
203.0.113.7 - - [31/Dec/2025:14:06:00 +0100] "GET /product/GONE HTTP/1.1" 404 51 "-" "a, b"
203.0.113.8 - eve [01/Jan/2026:00:00:30 +0100] "GET /product/CUP HTTP/2.0" 200 7 "/product/MUG" "c"
203.0.113.8 - eve [01/Jan/2026:00:00:31 +0100] "GET /style.css HTTP/2.0" 200 7 "/product/CUP" "c"
203.0.113.8 - eve [01/Jan/2026:00:00:32 +0100] "POST /cart HTTP/2.0" 200 7 "/product/CUP" "c"
"""
OF_LINES = "select order_id, product_id, ordered_at, quantity, unit_price, customer_id "
STAGED = OF_LINES + "from staging.stg_shop__order_lines order by all"


class Other(NamedTuple):
    """A shop in which one line of the README's second table is all that is missing."""

    under: str
    files: dict[str, str | bytes]
    mapping: dict[str, Any]
    query: str
    expected: list[tuple]


def zoned() -> bytes:
    """A Parquet file of a winter and a summer evening in New York."""
    file = io.BytesIO()
    sold_at = [datetime(2026, 1, 1, 4, 30, tzinfo=UTC), datetime(2025, 10, 1, 3, 30, tzinfo=UTC)]
    others = {name: ["1", "2"] for name in LINE if name != "ordered_at"}
    pq.write_table(pa.table({**others, "sold_at": sold_at}), file)
    return file.getvalue()


OTHERS = [
    Other(
        "beside `shop`",
        {
            "orders.csv": table(
                (*LINE, "status"),
                [
                    (place, "A", DAY, 1, "1.00", "c", status)
                    for place, status in enumerate(("Completed", "On-hold", "failed", "refunded"))
                ],
            )
        },
        {"order_lines": {"from": "orders.csv"}},
        "select status, is_cancelled, net_amount from core.fct_order_lines order by order_id",
        [
            ("completed", False, 1),
            ("on-hold", True, 0),
            ("failed", True, 0),
            ("refunded", True, 0),
        ],
    ),
    Other(
        "`files`",
        {"lines.txt": "1;A;2025-12-31;2;5.00\n2;B;2025-12-31;1;7.00\n"},
        {
            "order_lines": {
                "from": "lines",
                "columns": {name: f"column{place}" for place, name in enumerate(LINE[:5])},
            }
        },
        STAGED,
        [
            ("1", "A", datetime(2025, 12, 31), 2, 5, None),
            ("2", "B", datetime(2025, 12, 31), 1, 7, None),
        ],
    ),
    Other(
        "`order_lines`",
        {
            "items.csv": table(LINE[:2] + LINE[3:5], [("1", "A", 2, "5"), ("1", "B", 1, "7")]),
            "orders.csv": table(("order_id", "ordered_at", "customer_id"), [("1", DAY, "c")]),
        },
        {"files": {"items": "items.csv", "orders": "orders.csv"}},
        STAGED,
        [
            ("1", "A", datetime(2025, 12, 31), 2, 5, "c"),
            ("1", "B", datetime(2025, 12, 31), 1, 7, "c"),
        ],
    ),
    Other(
        "`order_lines`",
        {
            "lines.csv": LINES,
            "refunds.csv": table(
                ("order_id", "product_id", "refunded_at", "quantity", "unit_price"),
                [("1", "A", "2026-01-15", 1, "4.50")],
            ),
        },
        {"files": {"lines": "lines.csv", "refunds": "refunds.csv"}},
        "select order_id, customer_id, ordered_at, quantity, net_amount "
        "from core.fct_order_lines order by 1, 3",
        [
            ("1", "c", datetime(2025, 12, 31), 2, 10),
            ("1", "c", datetime(2026, 1, 15), -1, Decimal("-4.5")),
            ("2", None, datetime(2025, 12, 31), 1, 7),
        ],
    ),
    Other(
        "`order_lines`",
        {
            "lines.csv": table(
                (*LINE, "refund_amount"),
                [
                    ("first", "A", DAY, 2, "5.00", "c", "2.50"),
                    ("first", "B", DAY, 1, "7.00", "c", ""),
                    ("each", "A", DAY, 2, "5.00", "d", "3.00"),
                    ("each", "B", f"{DAY} 10:00", 1, "7.00", "d", "3.00"),
                    ("whole", "A", DAY, 2, "5.00", "d", "0.00"),
                ],
            )
        },
        {"files": {"lines": "lines.csv"}},
        "select order_id, customer_id, sum(net_amount), "
        "sum(returned_amount) filter (where is_non_product) "
        "from core.fct_order_lines group by 1, 2 order by 1",
        [
            ("each", "d", 14, 3),
            ("first", "c", Decimal("14.5"), Decimal("2.5")),
            ("whole", "d", 10, None),
        ],
    ),
    Other(
        "`order_lines`",
        {
            "lines.csv": table(
                (*LINE, "currency"),
                [
                    ("1", "A", DAY, 2, "5.00", "c", "EUR"),
                    ("2", "A", DAY, 2, "5.00", "c", "USD"),
                    ("3", "A", DAY, 2, "5.00", "c", "XXX"),
                ],
            ),
            "rates.csv": table(("currency", "rate"), [("EUR", 1), ("USD", "0.91234")]),
        },
        {"files": {"lines": "lines.csv", "rates": "rates.csv"}},
        "select order_id, unit_price, line_amount, rejection_reason "
        "from staging.base_shop__order_lines order by 1",
        [
            ("1", 5, 10, None),
            ("2", Decimal("4.5617"), Decimal("9.1234"), None),
            ("3", None, None, "unit_price is missing"),
        ],
    ),
    Other(
        "`order_lines`",
        {
            "orders.jsonl": "\n".join(
                json.dumps({"id": 5600000000000000000 + place, **order})
                for place, order in enumerate(
                    [
                        {
                            "created_at": "2025-12-31T23:30:00-05:00",
                            "customer": {"id": 77, "name": "Ann"},
                            "line_items": [
                                {"sku": "MUG", "quantity": 1, "price": "20.00"},
                                {"sku": "CUP", "quantity": 2, "price": 5.5, "tags": ["a", "b"]},
                            ],
                        },
                        {
                            "created_at": "2026-01-01T09:30:00-05:00",
                            "customer": None,
                            "line_items": [{"sku": "MUG", "quantity": 1, "price": "20.00"}],
                        },
                        {
                            "created_at": "2026-01-02T09:30:00-05:00",
                            "customer": {"id": 77},
                            "line_items": [],
                        },
                    ]
                )
            )
        },
        {"files": {"orders": "orders.jsonl"}},
        STAGED,
        [
            ("5600000000000000000", "CUP", datetime(2025, 12, 31, 23, 30), 2, Decimal("5.5"), "77"),
            ("5600000000000000000", "MUG", datetime(2025, 12, 31, 23, 30), 1, 20, "77"),
            ("5600000000000000001", "MUG", datetime(2026, 1, 1, 9, 30), 1, 20, None),
        ],
    ),
    Other(
        "`order_lines.columns`",
        {"orders.parquet": zoned()},
        {"order_lines": {"from": "orders.parquet"}},
        "select order_id, ordered_at from staging.stg_shop__order_lines order by 1",
        [("1", datetime(2025, 12, 31, 23, 30)), ("2", datetime(2025, 9, 30, 23, 30))],
    ),
    Other(
        "`events`",
        {
            "visits.csv": table(
                ("customer_id", "product_id", "viewed_at", "bought_at"),
                [
                    ("c", "A", "2025-12-31 10:00:00", "2025-12-31 10:20:00"),
                    ("d", "B", "2025-12-31 11:00:00", ""),
                ],
            )
        },
        {"files": {"visits": "visits.csv"}, "order_lines": {"from": "none"}},
        "select customer_id, product_id, event_type, occurred_at "
        "from staging.base_shop__events order by 4",
        [
            ("c", "A", "view", datetime(2025, 12, 31, 10)),
            ("c", "A", "purchase", datetime(2025, 12, 31, 10, 20)),
            ("d", "B", "view", datetime(2025, 12, 31, 11)),
        ],
    ),
    Other(
        "`files`",
        {"access.log": LOG},
        {
            "order_lines": {"from": "none"},
            "events": {
                "from": "log",
                "columns": {"page": "line", "occurred_at": "'2025-12-31'", "event_type": "'x'"},
            },
        },
        "select page from staging.stg_shop__events order by 1",
        [(line,) for line in sorted(LOG.splitlines())],
    ),
    Other(
        "`events`",
        {"access.log": LOG},
        {"order_lines": {"from": "none"}},
        "select occurred_at, visitor_id, event_type, product_id "
        "from staging.stg_shop__events order by 1",
        [
            (datetime(2025, 12, 31, 14, 5), "203.0.113.7", "view", "MUG"),
            (datetime(2026, 1, 1, 0, 0, 30), "203.0.113.8", "view", "CUP"),
        ],
    ),
    Other(
        "`reviews.columns`",
        {"reviews.csv": table(("review_id", "Stars"), [("a", 4), ("b", 0), ("c", ""), ("d", 6)])},
        {"order_lines": {"from": "none"}, "reviews": {"from": "reviews.csv"}},
        "select review_id, rating from staging.stg_shop__reviews order by 1",
        [("a", 4), ("b", None), ("c", None)],
    ),
]


def longer_recipes() -> list[tuple[str, str]]:
    """Where each line of the README's second table belongs, and the line."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    rows = readme.partition("\n\nWhat takes more")[2].partition("\n\nTwo things")[0]
    return re.findall(r"^\| .* \| (.*?) \| `(\w+: .*?)`(?: \(.*\))? \|$", rows, re.MULTILINE)


def placed(mapping: dict[str, Any], under: str, recipe: str) -> dict[str, Any]:
    """A shop's mapping with a line of the README where it belongs."""
    keys = under.strip("`").split(".")
    within = mapping = deepcopy(mapping)
    for key in keys:
        within = within.setdefault(key, {})
    within |= yaml.safe_load(recipe)
    return mapping


def test_every_longer_recipe_has_an_example() -> None:
    """One for each line, in one order."""
    assert [under for under, _ in longer_recipes()] == [other.under for other in OTHERS]


@pytest.mark.parametrize(
    ("recipe", "other"),
    [
        pytest.param(recipe, other, id=recipe[:40])
        for (_, recipe), other in zip(longer_recipes(), OTHERS, strict=False)
    ],
)
def test_longer_recipe(recipe: str, other: Other, make_shop: MakeShop, many_runs: ManyRuns) -> None:
    """The line, put where the README says, gives the values that it should."""
    mapping, variables = other.mapping, {}
    if other.under == "beside `shop`":
        variables = yaml.safe_load(recipe)
    else:
        mapping = placed(mapping, other.under, recipe)
    if " from log " in recipe:
        mapping = placed(mapping, "`files`", longer_recipes()[OTHERS.index(other) - 1][1])
    shop = make_shop(mapping, other.files, **variables)
    (table_read,) = re.findall(r"from \w+\.(\w+)", other.query)
    run = many_runs.run(shop, "run", "--select", f"+{table_read}")
    assert run.code == 0, run.output
    assert shop.rows(other.query) == other.expected


# ---------------------------------------------------------------------------------------------
# Shopify's refunds, which stand on an order's first line alone
# ---------------------------------------------------------------------------------------------

EXPORT = (
    *("Name", "Email", "Financial Status", "Accepts Marketing", "Currency", "Subtotal", "Shipping"),
    *("Taxes", "Total", "Discount Code", "Discount Amount", "Created at", "Lineitem quantity"),
    *("Lineitem name", "Lineitem price", "Lineitem sku", "Billing Name", "Billing City"),
    *("Billing Country", "Shipping Country", "Notes", "Cancelled at", "Payment Method"),
    *("Refunded Amount", "Vendor", "Tags", "Source", "Lineitem discount", "Phone"),
)


def exported(name: str, items: list[tuple[str, int, str]], **order: str) -> list[list[str]]:
    """An order's rows in Shopify's export; what the order says stands on the first alone."""
    rows = []
    for place, (sku, quantity, price) in enumerate(items):
        values = {
            "Name": name,
            "Created at": f"2025-03-0{name[-1]} 10:00:00 +0100",
            "Lineitem sku": sku,
            "Lineitem name": sku.lower(),
            "Lineitem quantity": str(quantity),
            "Lineitem price": price,
            "Lineitem discount": "0.00",
            "Vendor": "own",
        }
        if place == 0:
            values |= {"Currency": "EUR", "Financial Status": "paid", "Discount Amount": "0.00"}
            values |= {"Refunded Amount": "0.00", "Source": "web"}
            values |= {key.replace("_", " "): value for key, value in order.items()}
        rows.append([values.get(column, "") for column in EXPORT])
    return rows


@pytest.fixture(scope="module")
def refunded(make_shop: MakeShop, many_runs: ManyRuns) -> Shop:
    """shops/shopify.yml on orders that are refunded in every way."""
    rows = [
        *exported(
            "#1",
            [("PAN", 1, "30.00"), ("LID", 2, "10.00")],
            Email="a@example.org",
            Subtotal="45.00",
            Total="53.00",
            Discount_Amount="5.00",
        ),
        # all of it, with 8.00 of shipping
        *exported(
            "#2",
            [("POT", 1, "80.00")],
            Email="A@example.org",
            Subtotal="80.00",
            Total="88.00",
            Refunded_Amount="88.00",
            Financial_Status="refunded",
        ),
        *exported(
            "#3",
            [("PAN", 2, "25.00"), ("CUP", 1, "25.00")],
            Email="b@example.org",
            Subtotal="75.00",
            Total="75.00",
            Refunded_Amount="25.50",
            Financial_Status="partially_refunded",
        ),
        *exported(
            "#4",
            [("PAN", 1, "60.00"), ("CUP", 1, "9.00")],
            Email="b@example.org",
            Subtotal="69.00",
            Total="69.00",
            Currency="CHF",
            Refunded_Amount="10.00",
        ),
        *exported(
            "#5",
            [("POT", 1, "40.00")],
            Email="b@example.org",
            Subtotal="40.00",
            Total="40.00",
            Cancelled_at="2025-03-06 09:00:00 +0100",
            Refunded_Amount="40.00",
        ),
    ]
    variables = yaml.safe_load((PROJECT / "shops" / "shopify.yml").read_text("utf-8"))
    mapping = variables.pop("shop") | {"name": "tested", "files": {"orders": "orders_export.csv"}}
    shop = make_shop(mapping, {"orders_export.csv": table(EXPORT, rows)}, **variables)
    run = many_runs.run(shop, "build", "--select", "+fct_orders", "--exclude-resource-type", "test")
    assert run.code == 0, run.output
    return shop


def test_shopify_refunds_lower_net(refunded: Shop) -> None:
    """By what the goods cost at most; an order that was cancelled counts nowhere anyway."""
    assert refunded.rows(
        "select order_id, gross_amount, discount_amount, returned_amount, net_amount "
        "from core.fct_orders order by 1"
    ) == [
        ("#1", 50, 5, 0, 45),
        ("#2", 80, 0, 80, 0),
        ("#3", 75, 0, Decimal("25.5"), Decimal("49.5")),
        ("#5", 0, 0, 0, 0),
    ]
    assert refunded.rows(
        "select product_id, quantity, returned_amount, is_non_product, is_return "
        "from core.fct_order_lines where product_id = 'refund' and not is_cancelled order by 3"
    ) == [("refund", 0, Decimal("25.5"), True, True), ("refund", 0, 80, True, True)]


def test_shopify_orders_in_another_currency(refunded: Shop) -> None:
    """Their lines are rejected, so that they are counted and not added."""
    assert refunded.rejections() == {"accepted": 9, "unit_price is missing": 2}
    assert refunded.rows(
        "select customer_id, sum(net_amount) from core.fct_orders group by 1 order by 2"
    ) == [
        (md5(b"a@example.org").hexdigest(), 45),
        (md5(b"b@example.org").hexdigest(), Decimal("49.5")),
    ]
