"""Every usual expression of the README does what it says, on a CSV as it is printed there."""

import re
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

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
        ("Name", "Discount", "Price"),
        [("#1", "6", "10"), ("#1", "", "20"), ("#2", "", "5")],
        [Decimal(2), Decimal(4), None],
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
    rows = readme.partition("The usual expressions.")[2].partition("\n\nOther things")[0]
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
