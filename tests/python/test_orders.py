"""What orders add up to: to the last digit, on the day of each line, and one order per order."""

import random
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from conftest import MakeShop, Shop
from test_odd_shops import table

pytestmark = pytest.mark.shops

COLUMNS = ("order_id", "line_number", "product_id", "ordered_at", "quantity", "unit_price")
COLUMNS = (*COLUMNS, "line_amount", "discount_amount", "customer_id", "status")
FIRST = date(2024, 1, 1)


def four(amount: Decimal) -> Decimal:
    """An amount of a line, to four decimals."""
    return amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def fine_lines(seed: int = 3) -> list[dict]:
    """Lines with prices of 2, 4 and 6 decimals and up to 10,000 units, some with an own amount."""
    chance = random.Random(seed)
    lines = []
    for number in range(1_500):
        places = chance.choice([2, 4, 6])
        line = {
            "order_id": f"o{number // 3}",
            "product_id": f"p{chance.randrange(9)}",
            "ordered_at": f"{FIRST + timedelta(days=number // 12)} 10:00:{number % 60:02}",
            "quantity": chance.choice([1, 3, 250, 9_999, 10_000, -1, -7]),
            "customer_id": f"c{number // 3 % 40}",
            "discount_amount": Decimal(chance.randrange(0, 300)).scaleb(-2) if number % 9 else None,
        }
        if number % 5:
            line["unit_price"] = Decimal(chance.randrange(1, 10**places)).scaleb(-places)
        else:
            line["line_amount"] = Decimal(chance.randrange(1, 10**8)).scaleb(-4)
        lines.append(line)
    return lines


def net(line: dict) -> Decimal:
    """What a line brings: its amount less its discount, or below zero what is given back."""
    amount = line.get("line_amount")
    if amount is None:
        amount = four(abs(line["quantity"]) * line["unit_price"])
    if line["quantity"] < 0:
        return -amount
    return amount - (line["discount_amount"] or 0)


def csv(lines: list[dict]) -> str:
    """The lines as a CSV with all of COLUMNS."""
    return table(COLUMNS, [[line.get(name) for name in COLUMNS] for line in lines])


@pytest.fixture(scope="module")
def fine(make_shop: MakeShop) -> Shop:
    """A shop of fine prices."""
    return make_shop(files={"orders.csv": csv(fine_lines())}).up_to(
        "fct_orders", "rpt_sales", "fct_customer_rfm", "rpt_cohort_retention"
    )


def test_money_adds_up_to_the_last_digit(fine: Shop) -> None:
    """Lines, sales and cohorts have what the shop's own amounts add up to; orders are rounded."""
    lines = fine_lines()
    total = sum(map(net, lines), Decimal(0))
    assert fine.rejections() == {"accepted": len(lines)}
    assert fine.value("select sum(net_amount) from core.fct_order_lines") == total
    assert fine.value("select sum(net_amount) from marts.rpt_sales") == total
    orders: dict[str, Decimal] = {}
    for line in lines:
        orders[line["order_id"]] = orders.get(line["order_id"], Decimal(0)) + net(line)
    published = dict(fine.rows("select order_id, net_amount from core.fct_orders"))
    assert published.keys() == orders.keys()
    assert all(abs(orders[name] - amount) <= Decimal("0.005") for name, amount in published.items())
    bought = {line["customer_id"] for line in lines if line["quantity"] > 0}
    of_buyers = sum((net(line) for line in lines if line["customer_id"] in bought), Decimal(0))
    assert fine.value("select sum(net_amount) from marts.rpt_cohort_retention") == of_buyers


def test_a_price_is_not_rounded_before_it_is_multiplied(fine: Shop) -> None:
    """Each line has the amount of its own price; one that gives its amount has it by its units."""
    expected = {
        (line["ordered_at"], line["product_id"]): line for line in fine_lines() if line["quantity"]
    }
    rows = fine.rows(
        "select cast(ordered_at as varchar), product_id, quantity, unit_price, "
        "gross_amount + returned_amount from core.fct_order_lines"
    )
    assert any(price != round(price, 4) for _, _, _, price, _ in rows)
    for moment, product, quantity, price, amount in rows:
        line = expected[moment, product]
        if "line_amount" in line:
            assert amount == line["line_amount"]
            assert abs(price * abs(quantity) - amount) <= Decimal("0.0001")
        else:
            assert (price, amount) == (line["unit_price"], four(abs(quantity) * price))


# ---------------------------------------------------------------------------------------------
# Lines that can be read in two ways
# ---------------------------------------------------------------------------------------------


def season() -> list[dict]:
    """Half a year of ordinary orders around the odd ones."""
    return [
        {
            "order_id": f"s{day}",
            "line_number": "1",
            "product_id": f"p{day % 5}",
            "ordered_at": f"{FIRST + timedelta(days=day)} 09:00:00",
            "quantity": 1,
            "unit_price": "10",
            "customer_id": f"c{day % 7}",
        }
        for day in range(0, 200, 2)
    ]


def odd_line(order: str, number: str, day: str, quantity: int, price: str, **others: str) -> dict:
    """One line of product p1."""
    return {
        "order_id": order,
        "line_number": number,
        "product_id": "p1",
        "ordered_at": f"2024-{day} 12:00:00",
        "quantity": quantity,
        "unit_price": price,
        **others,
    }


ODD = [
    # a refund on the order's own number, months later
    odd_line("refunded", "1", "01-10", 1, "100", customer_id="a"),
    odd_line("refunded", "2", "04-25", -1, "100", customer_id="a"),
    # a discount as a line of its own, and one without a sale
    odd_line("promoted", "1", "02-01", 1, "50", customer_id="b"),
    odd_line("promoted", "2", "02-01", 1, "-5", customer_id="b"),
    odd_line("promoted", "3", "02-02", 1, "-5", customer_id="b"),
    # the same line in two exports, with ids that are no small numbers
    odd_line("exported", "9000000002", "02-01", 1, "20", customer_id="d", status="pending"),
    odd_line("exported", "9000000002", "02-01", 1, "20", customer_id="d", status="paid"),
    odd_line("exported", "gid://line/7", "02-01", 1, "20", customer_id="d"),
    # a number that is used again: by another customer, and in the next year's count
    odd_line("shared", "1", "02-01", 1, "30", customer_id="e"),
    odd_line("shared", "2", "02-01", 1, "40", customer_id="f"),
    odd_line("again", "1", "01-05", 1, "60", customer_id="g"),
    odd_line("again", "2", "05-05", 1, "70", customer_id="g"),
    odd_line("again", "3", "05-09", -1, "70", customer_id="g"),
    # the customer on the first line alone
    odd_line("blank", "1", "03-01", 1, "80", customer_id="h"),
    odd_line("blank", "2", "03-01", 1, "90"),
    # money given back without a product
    odd_line("kind", "1", "03-01", 1, "15", customer_id="i"),
    odd_line("kind", "2", "03-03", 0, "", line_amount="4", customer_id="i"),
]


@pytest.fixture(scope="module")
def odd_orders(make_shop: MakeShop) -> Shop:
    """A season with all of them, through every data test."""
    return make_shop(
        files={"orders.csv": csv(season() + ODD)}, backtest_dates=["2024-04-01"]
    ).build()


def test_orders_on_one_number_are_told_apart(odd_orders: Shop) -> None:
    """Each has its customer, its day and its amounts; nothing is merged."""
    rows = odd_orders.rows(
        "select order_id, customer_id, cast(order_date as varchar), gross_amount, net_amount, "
        "cast(last_changed_at as date) from core.fct_orders where order_id not like 's%' "
        "or order_id like 'shared%' order by 1"
    )
    assert rows == [
        ("again", "g", "2024-01-05", 60, 60, date(2024, 1, 5)),
        ("again#2", "g", "2024-05-05", 70, 0, date(2024, 5, 9)),
        ("blank", "h", "2024-03-01", 170, 170, date(2024, 3, 1)),
        ("exported", "d", "2024-02-01", 40, 40, date(2024, 2, 1)),
        ("kind", "i", "2024-03-01", 15, 11, date(2024, 3, 3)),
        ("promoted", "b", "2024-02-01", 50, 45, date(2024, 2, 1)),
        ("refunded", "a", "2024-01-10", 100, 0, date(2024, 4, 25)),
        ("shared", "e", "2024-02-01", 30, 30, date(2024, 2, 1)),
        ("shared#2", "f", "2024-02-01", 40, 40, date(2024, 2, 1)),
    ]


def test_a_refund_is_known_from_its_own_day_on(odd_orders: Shop) -> None:
    """As of a day before it the customer is worth the whole order; sales have it in its month."""
    worth = dict(
        odd_orders.rows(
            "select as_of_date, monetary_amount from marts.fct_customer_rfm where customer_id = 'a'"
        )
    )
    assert worth.keys() >= {date(2024, 4, 1), date(2024, 5, 1)}
    assert {day: 0 if day > date(2024, 4, 25) else 100 for day in worth} == worth
    assert odd_orders.value(
        "select sum(returned_amount) from marts.rpt_sales where sales_month = '2024-04-01'"
    ) == Decimal(100)


def test_what_is_assumed_is_counted(odd_orders: Shop) -> None:
    """Every reading that could be another one has its number of rows; the rest is rejected."""
    assert dict(
        odd_orders.rows(
            "select assumption, row_count from marts.rpt_assumptions where row_count > 0"
        )
    ) == {
        "a price below zero on an order of that day is a discount": 1,
        "a quantity of zero with an amount is money given back": 1,
        "a line without a customer is of the order's customer": 1,
        "another customer on an order's number is another order": 1,
        "an order's number long after its last purchase is another order": 2,
    }
    assert odd_orders.rejections() == {
        "accepted": len(season()) + len(ODD) - 2,
        "unit_price is below zero": 1,
        "order_id and line_number are there already": 1,
    }


def test_discounts_with_a_minus_sign(make_shop: MakeShop) -> None:
    """Where most discounts have one, they are discounts, and the others are none."""
    lines = [line | {"discount_amount": "-1"} for line in season()]
    lines[3]["discount_amount"], lines[4]["discount_amount"] = "1", "0"
    shop = make_shop(files={"orders.csv": csv(lines)}).up_to("fct_orders", "rpt_assumptions")
    assert shop.value("select sum(discount_amount) from core.fct_orders") == len(lines) - 2
    assert dict(
        shop.rows("select assumption, row_count from marts.rpt_assumptions where row_count > 0")
    ) == {
        "discounts have a minus sign": len(lines) - 2,
        "a discount of the other sign is none": 1,
    }


@pytest.mark.parametrize(
    ("days", "rejected"),
    [
        pytest.param([91 * quarter for quarter in range(10)], 0, id="a quarterly buyer"),
        pytest.param([*range(30), *range(94, 120)], 0, id="a pause of 64 days"),
        pytest.param([*range(0, 300, 3), 300 + 30_000], 1, id="a mistyped year"),
        pytest.param([0, *range(7_000, 7_300, 3), 17_000], 1, id="two mistyped years"),
    ],
)
def test_gaps_are_judged_by_the_shop(days: list[int], rejected: int, make_shop: MakeShop) -> None:
    """A mistyped year must not move today; a shop with long gaps of its own is taken whole."""
    start = datetime(2004, 1, 1, 10)
    rows = [
        (f"o{day}", "1", "p1", str(start + timedelta(days=day)), 1, 5, None, None, "c1", None)
        for day in days
    ]
    shop = make_shop(files={"orders.csv": table(COLUMNS, rows)}).up_to("stg_shop__order_lines")
    assert shop.rejections().get("accepted") == len(days) - rejected
    last = max(days[: len(days) - rejected])
    assert shop.value(
        "select max(ordered_at) from staging.stg_shop__order_lines"
    ) == start + timedelta(days=last)
