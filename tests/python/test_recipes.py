"""Every usual expression of the README does what it says, on a CSV as it is printed there."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml
from conftest import PROJECT, MakeShop, ManyRuns
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
