"""Order risk of small shops, against computations of their own from the order lines."""

import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pytest
from conftest import MakeShop, Shop
from sklearn.metrics import average_precision_score, roc_auc_score

pytestmark = pytest.mark.shops

START = datetime(2024, 1, 1, 8)
TODAY = datetime(2025, 1, 1)
HORIZON = 90
MARTS = ("fct_order_anomalies", "int_order_risk_scorecard")
COLUMNS = (
    "order_id,line_number,product_id,ordered_at,quantity,unit_price,customer_id,status,country,"
    "payment_method,is_fraud"
)
LIST_PRICES = {"p1": 10.0, "p2": 4.0}


class Line(NamedTuple):
    """A line of the file of orders."""

    order: str
    number: int
    product: str
    at: datetime
    quantity: int
    price: float
    customer: str
    status: str = "done"
    country: str = "GB"
    payment: str = "card"
    is_fraud: str = ""


def drawn(count: int = 900, seed: int = 11) -> list[Line]:
    """A year of orders: some cancelled, some given back, some odd, some at one time."""
    draw = random.Random(seed)
    lines: list[Line] = []
    for n in range(count):
        at = START + timedelta(minutes=draw.randint(0, 365 * 24 * 60 - 600))
        customer = draw.choice(["", *(f"c{k}" for k in range(60))])
        status = "cancelled" if draw.random() < 0.04 else "done"
        country = "FR" if draw.random() < 0.03 else "GB"
        payment = draw.choice(["card", "card", "card", "transfer"])
        times = [at] if draw.random() < 0.97 else [at + timedelta(minutes=k) for k in range(5)]
        for part, placed in enumerate(times):
            for number in range(draw.choice([1, 1, 2, 5])):
                product = f"p{draw.randint(1, 12)}"
                quantity = round(draw.lognormvariate(1, 0.7)) + 1
                price = round(3 + int(product[1:]) * draw.choice([0.9, 1, 1, 1.1]), 2)
                if draw.random() < 0.01:
                    quantity, price = quantity * 100, price * 8
                order = f"o{n}x{part}"
                line = Line(order, number + 1, product, placed, quantity, price, customer)
                lines.append(line._replace(status=status, country=country, payment=payment))
                if customer and draw.random() < (0.6 if quantity > 50 else 0.03):
                    back = placed + timedelta(days=draw.choice([0, 3, 20]), minutes=1)
                    lines.append(
                        line._replace(order=f"r{order}", at=back, quantity=-quantity, status="done")
                    )
    lines.append(Line("last", 1, "p1", TODAY - timedelta(minutes=5), 1, 9.5, "c1"))
    return [line for line in lines if line.at < TODAY]


def text(lines: list[Line]) -> str:
    """The file of orders."""
    return "\n".join([COLUMNS, *(",".join(map(str, line)) for line in lines)])


def built(make_shop: MakeShop, lines: list[Line], events: str | None = None, **given: Any) -> Shop:
    """A shop of these lines, up to order risk."""
    mapping = {"order_lines": {"from": "orders.csv"}, "products": {"from": "products.csv"}}
    prices = "\n".join(f"{product},{price}" for product, price in LIST_PRICES.items())
    files = {"orders.csv": text(lines), "products.csv": f"product_id,list_price\n{prices}"}
    if events is not None:
        mapping["events"], files["events.csv"] = {"from": "events.csv"}, events
    variables = {"prediction_horizon_days": HORIZON, **given}
    return make_shop(mapping, files, **variables).up_to(*MARTS)


def visited(lines: list[Line]) -> str:
    """Visits from the second half of the year on, an hour before most orders."""
    draw = random.Random(2)
    rows = ["occurred_at,event_type,customer_id"]
    for line in lines:
        visit = line.at - timedelta(hours=draw.choice([1, 1, 1, 80]))
        if line.number == 1 and line.customer and visit > datetime(2024, 7, 1):
            rows.append(f"{visit},view,{line.customer}")
    return "\n".join(rows)


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """A year of nine hundred orders, with visits from July on."""
    return built(make_shop, drawn(), visited(drawn()))


class Placed(NamedTuple):
    """An order as it was placed."""

    at: datetime
    customer: str
    lines: list[Line]

    @property
    def amount(self) -> float:
        """What it was worth."""
        return sum(line.quantity * line.price for line in self.lines)


@pytest.fixture(scope="module")
def placed() -> dict[str, Placed]:
    """{order id: what was ordered}, cancelled ones included."""
    orders: dict[str, list[Line]] = {}
    for line in drawn():
        if line.quantity > 0:
            orders.setdefault(line.order, []).append(line)
    return {order: Placed(lines[0].at, lines[0].customer, lines) for order, lines in orders.items()}


def score(value: float, own: list[float], shop: list[float]) -> float:
    """Standard deviations above the mean of one's own past, five of the shop's added."""
    if not shop:
        return 0.0
    center = np.mean(shop)
    weight = len(own) + 5
    mean = (sum(own) + 5 * center) / weight
    squares = np.var(own) * len(own) if own else 0.0
    return (value - mean) / math.sqrt(0.01 + (squares + 5 * np.var(shop)) / weight)


def test_features_are_recomputed(shop: Shop, placed: dict[str, Placed]) -> None:
    """Each feature by loops over all orders that were placed before."""
    rows = shop.rows(
        "select order_id, line_count, unit_count, order_amount, largest_line_amount, "
        "largest_quantity, customer_order_count, hour_order_count, "
        "orders_before_new_payment_method, orders_before_new_country, customer_amount_score, "
        "shop_amount_score, product_quantity_score, customer_quantity_score, price_deviation "
        "from intermediate.int_order_risk_features"
    )
    assert {row[0] for row in rows} == placed.keys()
    for row in random.Random(1).sample(rows, 150):
        order = placed[row[0]]
        earlier = [one for one in placed.values() if one.at < order.at]
        own = [one for one in earlier if order.customer and one.customer == order.customer]
        days_before = [one for one in earlier if one.at.date() < order.at.date()]
        all_amounts = [math.log1p(one.amount) for one in days_before]
        quantities = [math.log1p(line.quantity) for one in days_before for line in one.lines]
        own_quantities = [math.log1p(line.quantity) for one in own for line in one.lines]
        known = [line for one in earlier for line in one.lines]
        of_products, of_customer, deviations = [], [], []
        for line in order.lines:
            same = [other for other in known if other.product == line.product]
            usual = LIST_PRICES.get(line.product)
            if usual is None and same:
                usual = math.exp(np.mean([math.log(other.price) for other in same]))
            deviations.append(abs(math.log(line.price / usual)) if usual else 0.0)
            value = math.log1p(line.quantity)
            of_products.append(
                score(value, [math.log1p(other.quantity) for other in same], quantities)
            )
            of_customer.append(score(value, own_quantities, quantities))
        hour = [
            one
            for one in placed.values()
            if order.customer
            and one is not order
            and one.customer == order.customer
            and order.at - timedelta(hours=1) <= one.at <= order.at
        ]
        first = order.lines[0]
        methods = {one.lines[0].payment for one in own}
        countries = {one.lines[0].country for one in own}
        amounts = [line.quantity * line.price for line in order.lines]
        expected = [
            len(order.lines),
            sum(line.quantity for line in order.lines),
            sum(amounts),
            max(amounts),
            max(line.quantity for line in order.lines),
            len(own),
            len(hour),
            0 if first.payment in methods else len(own),
            0 if first.country in countries else len(own),
            score(math.log1p(order.amount), [math.log1p(one.amount) for one in own], all_amounts),
            score(math.log1p(order.amount), [], all_amounts),
            max(of_products),
            max(of_customer),
            max(deviations),
        ]
        assert [float(value) for value in row[1:]] == pytest.approx(expected, abs=2e-4), row[0]


def test_days_without_visit_are_recomputed(shop: Shop, placed: dict[str, Placed]) -> None:
    """From the second day of the log on: days since the last visit, or since the first day."""
    visits: dict[str, list[datetime]] = {}
    for row in visited(drawn()).split("\n")[1:]:
        at, _, customer = row.split(",")
        visits.setdefault(customer, []).append(datetime.fromisoformat(at))
    first = min(at for times in visits.values() for at in times).date()
    last = max(at for times in visits.values() for at in times).date()
    rows = shop.rows(
        "select order_id, days_without_visit from intermediate.int_order_risk_features"
    )
    for order_id, days in rows:
        order = placed[order_id]
        day = order.at.date()
        expected = None
        if order.customer and first < day <= last:
            seen = [at.date() for at in visits.get(order.customer, []) if at <= order.at]
            expected = (day - max(seen, default=first)).days
        assert days == expected, order_id
    assert shop.value(
        "select count(*) from intermediate.int_order_risk_rules where rule_id = 'R09'"
    )


def test_outcomes_are_recomputed(shop: Shop, placed: dict[str, Placed]) -> None:
    """Cancelled by status, or half of the amount given back line for line within 14 days."""
    given_back = [line for line in drawn() if line.quantity < 0]
    rows = shop.rows("select order_id, is_undone, is_closed from intermediate.int_order_outcomes")
    assert {undone for _, undone, _ in rows} == {True, False, None}
    for order_id, is_undone, is_closed in rows:
        order = placed[order_id]
        undone = 0.0
        for line in order.lines:
            if line.status == "cancelled" or any(
                order.customer
                and back.customer == line.customer
                and back.product == line.product
                and -back.quantity == line.quantity
                and line.at <= back.at < line.at + timedelta(days=14)
                for back in given_back
            ):
                undone += line.quantity * line.price
        closed = order.at.date() + timedelta(days=15) <= TODAY.date()
        assert is_closed == closed
        happened = 2 * undone >= order.amount - 1e-9
        assert is_undone == (True if happened else False if closed else None), order_id


def test_rules_are_the_seeds(shop: Shop) -> None:
    """An order breaks the rules whose threshold its feature exceeds; their weights add up."""
    rules = shop.rows("select rule_id, feature, threshold, weight from reference.order_risk_rules")
    expected = set()
    for rule_id, feature, threshold, _ in rules:
        expected |= {
            (order_id, rule_id)
            for (order_id,) in shop.rows(
                "select order_id from intermediate.int_order_risk_features "
                f"where {feature} > {threshold}"
            )
        }
    found = set(shop.rows("select order_id, rule_id from intermediate.int_order_risk_rules"))
    assert found == expected
    assert {rule for _, rule in found} == {rule[0] for rule in rules}
    weights = {rule[0]: rule[3] for rule in rules}
    sums: dict[str, int] = {}
    for order_id, rule in found:
        sums[order_id] = sums.get(order_id, 0) + weights[rule]
    published = dict(shop.rows("select order_id, rule_weight from marts.fct_order_anomalies"))
    assert {order: weight for order, weight in published.items() if weight} == sums


def orders_of_methods() -> dict[str, Callable[[tuple], tuple]]:
    """How each method sorts (lines, amount, rule weight, anomaly score, time, id)."""
    return {
        "few_lines_then_value": lambda row: (row[0], -row[1], row[4], row[5]),
        "rules": lambda row: (-row[2], -row[1], row[4], row[5]),
        "isolation_forest": lambda row: (-row[3], -row[1], row[4], row[5]),
    }


def test_scorecard_is_recomputed(shop: Shop) -> None:
    """Precision, lift, AUC, average precision and the paired difference by their definitions."""
    cards = shop.rows(
        "select protocol, as_of_date, method, metric, k, value, low, baseline_value "
        "from intermediate.int_order_risk_scorecard where list = 'cancelled_orders'"
    )
    assert {card[0] for card in cards} == {"in_sample", "time_cut"}
    found = {(card[0], *card[2:5]): card[5:] for card in cards}
    for protocol, current in (("in_sample", True), ("time_cut", False)):
        rows = shop.rows(
            "select s.line_count, s.order_amount, s.rule_weight, s.anomaly_score, s.placed_at, "
            "s.order_id, o.is_undone from intermediate.int_order_risk_scores as s "
            "inner join intermediate.int_order_outcomes as o using (order_id) "
            f"where o.is_closed and o.is_undone is not null and s.is_current = {current}"
        )
        sorted_hits = {
            method: [(row[5], row[6]) for row in sorted(rows, key=key)]
            for method, key in orders_of_methods().items()
        }
        rule = [order for order, hit in sorted_hits["few_lines_then_value"][:100] if hit]
        share = sum(row[6] for row in rows) / len(rows)
        for method, places in sorted_hits.items():
            hits = np.array([hit for _, hit in places])
            turned = -np.arange(len(hits))
            value = float(found[protocol, method, "auc", None][0])
            assert value == pytest.approx(roc_auc_score(hits, turned), abs=1e-6)
            value = float(found[protocol, method, "average_precision", None][0])
            assert value == pytest.approx(average_precision_score(hits, turned), abs=1e-6)
            for k in (50, 100):
                value, low, _ = found[protocol, method, "precision", k]
                p = hits[:k].mean()
                assert float(value) == pytest.approx(p, abs=1e-6)
                z = 1.96**2 / k
                wilson = (p + z / 2 - math.sqrt(z * (p * (1 - p) + z / 4))) / (1 + z)
                assert float(low) == pytest.approx(wilson, abs=2e-6)
                lift = float(found[protocol, method, "lift", k][0])
                assert lift == pytest.approx(p / share, abs=2e-6)
            if method != "few_lines_then_value":
                own = {order for order, hit in places[:100] if hit}
                pairs = np.zeros(100)
                more, fewer = len(own - set(rule)), len(set(rule) - own)
                pairs[:more], pairs[more : more + fewer] = 1, -1
                value, low, _ = found[protocol, method, "precision_difference", 100]
                margin = 1.98422 * pairs.std(ddof=1) / 10 + 0.01
                assert float(value) == pytest.approx(pairs.mean(), abs=1e-6)
                assert float(low) == pytest.approx(pairs.mean() - margin, abs=2e-5)


def test_marts_ranks_and_actions(shop: Shop) -> None:
    """Every order has a place; the oddest are held, the next verified, and each has a reason."""
    rows = shop.rows(
        "select risk_rank, risk_score, suggested_action, reason_1, anomaly_score, method "
        "from marts.fct_order_anomalies order by risk_rank"
    )
    count = len(rows)
    assert [row[0] for row in rows] == list(range(1, count + 1))
    assert [row[4] for row in rows] == sorted((row[4] for row in rows), reverse=True)
    assert {row[5] for row in rows} == {"isolation_forest"}
    for place, (_, share, action, reason, *_) in enumerate(rows):
        assert float(share) >= (count - 1 - place) / (count - 1) - 1e-6
        expected = "hold" if share > 0.998 else "verify" if share > 0.98 else "pass"
        assert action == expected
        assert reason or action == "pass"


def told(shop: Shop) -> list[tuple]:
    """What is said of each order, without ids."""
    return shop.rows(
        "select placed_at, order_amount, risk_score, anomaly_score, suggested_action, rule_weight, "
        "is_undone from marts.fct_order_anomalies order by all"
    )


def test_ids_change_nothing(make_shop: MakeShop, shop: Shop) -> None:
    """Other ids of orders, customers and products, in another order: the same scores."""
    draw = random.Random(8)

    def renamed(lines: list[Line]) -> list[Line]:
        customers = {f"c{k}": f"z{(k * 37) % 61}" for k in range(60)} | {"": ""}
        other = [
            line._replace(order=f"{line.order[::-1]}q", customer=customers[line.customer])
            for line in lines
        ]
        draw.shuffle(other)
        return other

    assert told(built(make_shop, renamed(drawn()), visited(renamed(drawn())))) != []
    visits = visited(drawn()).split("\n")
    names = {f"c{k}": f"z{(k * 37) % 61}" for k in range(60)}
    events = [
        visits[0],
        *(f"{row.rpartition(',')[0]},{names[row.rpartition(',')[2]]}" for row in visits[1:]),
    ]
    other = built(make_shop, renamed(drawn()), "\n".join(events))
    assert told(other) == told(shop)


def test_what_followed_changes_no_feature(make_shop: MakeShop, shop: Shop) -> None:
    """As of October, with a file that ends there: the same features of the orders before."""
    day = "2024-10-01"
    before = [line for line in drawn() if line.at < datetime.fromisoformat(day)]
    header, *visits = visited(drawn()).split("\n")
    events = "\n".join([header, *(row for row in visits if row < day)])
    then = built(make_shop, before, events, as_of_date=day)
    query = "select * from intermediate.int_order_risk_features"
    last = max(row.split(" ")[0] for row in events.split("\n")[1:])
    assert then.rows(f"{query} where order_date <= '{last}' order by order_id") == shop.rows(
        f"{query} where order_date <= '{last}' order by order_id"
    )
    assert then.value("select count(*) from marts.fct_order_anomalies") > 500
    # and with all the file, as of that day
    again = built(make_shop, drawn(), visited(drawn()), as_of_date=day)
    assert told(again) == told(then)


# ---------------------------------------------------------------------------------------------
# Odd shops
# ---------------------------------------------------------------------------------------------


def simple(count: int, **change: Callable[[int], Any]) -> list[Line]:
    """So many orders of one line in the year before today, one after the other."""
    lines = []
    for n in range(count):
        at = TODAY - timedelta(minutes=1 + (count - 1 - n) * 300 * 1440 // max(count, 1))
        line = Line(f"o{n}", 1, f"p{n % 9}", at, 1 + n % 4, 2.0 + n % 7, f"c{n % 30}")
        lines.append(line._replace(**{name: of(n) for name, of in change.items()}))
    return lines


def test_shop_of_single_lines(make_shop: MakeShop) -> None:
    """Where every order is one line, the forest still tells the one of ten thousand pieces."""
    lines = simple(400, quantity=lambda n: 10_000 if n == 250 else 1 + n % 4)
    found = built(make_shop, lines)
    assert found.row(
        "select order_id, suggested_action, reason_1 from marts.fct_order_anomalies "
        "where risk_rank = 1"
    ) == ("o250", "hold", "R06: 1 line for 70,000")


def test_shop_of_guests(make_shop: MakeShop) -> None:
    """Without customers nobody has an outcome by returns, a past, or orders within the hour."""
    lines = simple(300, customer=lambda n: "", at=lambda n: START + timedelta(days=n % 300))
    found = built(make_shop, lines)
    assert found.row(
        "select count(*), count(risk_score), count(is_undone) from marts.fct_order_anomalies"
    ) == (300, 300, 0)
    assert found.rows("select * from intermediate.int_order_risk_scorecard") == []
    assert (
        found.rows(
            "select distinct rule_id from intermediate.int_order_risk_rules "
            "where rule_id in ('R05', 'R07', 'R08', 'R09')"
        )
        == []
    )


def test_orders_without_a_time(make_shop: MakeShop) -> None:
    """Ten orders of one customer on one day, which has no time: not ten within an hour."""
    midnight = datetime(2024, 6, 3)

    def at(n: int) -> datetime:
        return midnight if n < 10 else datetime(2024, 1, 1) + timedelta(days=n)

    lines = simple(200, at=at, customer=lambda n: "c1")
    found = built(make_shop, lines)
    assert (
        found.value("select max(hour_order_count) from intermediate.int_order_risk_features") == 0
    )
    # those of one day do not know of each other
    assert (
        found.value(
            "select count(distinct customer_order_count) from intermediate.int_order_risk_features "
            "where order_date = '2024-06-03'"
        )
        == 1
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (simple(99), "Fewer than 100 orders"),
        (simple(150, at=lambda n: TODAY - timedelta(hours=n + 1)), "less than 14 days ago"),
        (
            simple(
                150,
                product=lambda n: "p1",
                quantity=lambda n: 1,
                price=lambda n: 5.0,
                customer=lambda n: f"c{n}",
            ),
            "No order differs",
        ),
    ],
    ids=["few", "short", "alike"],
)
def test_too_little_has_a_reason(make_shop: MakeShop, lines: list[Line], reason: str) -> None:
    """No score and no action, but a sentence; rules are told all the same."""
    found = built(make_shop, lines)
    ((*nothing, sentence),) = found.rows(
        "select distinct risk_score, risk_rank, suggested_action, method, beats_baseline, "
        "no_score_reason from marts.fct_order_anomalies"
    )
    assert nothing == [None] * 5
    assert reason in sentence
    assert sentence.endswith(".")
    assert found.value("select count(*) from marts.fct_order_anomalies") == len(lines)


def test_shop_without_rows(make_shop: MakeShop) -> None:
    """A header alone builds green."""
    found = built(make_shop, [])
    assert found.value("select count(*) from marts.fct_order_anomalies") == 0


def test_wholesaler_with_one_giant(make_shop: MakeShop) -> None:
    """Enormous orders of one customer are odd beside the shop, not beside their own past."""
    lines = simple(
        400,
        customer=lambda n: "giant" if n % 10 == 0 else f"c{n % 30}",
        quantity=lambda n: 5_000 + n if n % 10 == 0 else 1 + n % 4,
    )
    found = built(make_shop, lines)
    late, of_customer, of_shop = found.row(
        "select count(*), max(customer_amount_score), min(shop_amount_score) "
        "from intermediate.int_order_risk_features "
        "where customer_id = 'giant' and customer_order_count >= 20"
    )
    assert late == 20
    assert of_customer < 2 < of_shop


def labelled(telling: bool) -> list[Line]:
    """A year of orders; one in twelve is fraud: many pieces for little, where labels tell."""
    draw = random.Random(4)
    fraud = [draw.random() < 1 / 12 for _ in range(1500)]
    pieces = [(20 if told and telling else 1) + draw.randint(0, 5) for told in fraud]
    return simple(
        1500,
        is_fraud=lambda n: str(fraud[n]).lower(),
        quantity=lambda n: pieces[n],
        price=lambda n: round((2.0 + (n * 7919) % 50) / pieces[n], 2),
        customer=lambda n: f"c{n % 200}",
    )


def test_labels_are_learned_from(make_shop: MakeShop) -> None:
    """Where labels tell, the classifier finds frauds after the backtest and is served."""
    found = built(make_shop, labelled(True))
    value, beats = found.row(
        "select value, beats_baseline from intermediate.int_order_risk_scorecard "
        "where list = 'fraudulent_orders' and method = 'logistic_regression' "
        "and metric = 'precision' and k = 100"
    )
    rows = found.rows(
        "select s.logistic_regression_rank, s.fraud_score, o.is_fraud "
        "from intermediate.int_order_risk_scores as s "
        "inner join intermediate.int_order_outcomes as o using (order_id) "
        "where not s.is_current and o.is_closed order by 1"
    )
    assert float(value) == pytest.approx(np.mean([row[2] for row in rows[:100]]), abs=1e-6)
    assert beats
    assert found.rows("select distinct method, beats_baseline from marts.fct_order_anomalies") == [
        ("logistic_regression", True)
    ]


def test_ids_change_no_fraud_score(make_shop: MakeShop) -> None:
    """Orders that are alike but for their numbers, in another order: the same scores by time."""
    lines = [
        line._replace(product="p1", customer="", quantity=2 + n % 3, price=5.0)
        for n, line in enumerate(labelled(True))
    ]
    other = [line._replace(order=line.order[::-1] + "x") for line in reversed(lines)]
    query = "select placed_at, fraud_score from marts.fct_order_anomalies order by all"
    rows = built(make_shop, lines).rows(query)
    assert all(score is not None for _, score in rows)
    assert built(make_shop, other).rows(query) == rows


def test_labels_of_the_future_are_not_learned_from(make_shop: MakeShop) -> None:
    """Labels of orders after the backtest may say anything: its scores stay."""
    lines = labelled(True)
    backtest = TODAY - timedelta(days=HORIZON + 14)
    turned = [
        line._replace(is_fraud="true" if line.is_fraud == "false" else "false")
        if line.at >= backtest
        else line
        for line in lines
    ]
    query = (
        "select order_id, fraud_score from intermediate.int_order_risk_scores "
        "where not is_current order by all"
    )
    assert built(make_shop, turned).rows(query) == built(make_shop, lines).rows(query)


def test_labels_that_tell_nothing_are_not_served(make_shop: MakeShop) -> None:
    """The classifier is there beside its rule, and orders are ranked by the forest."""
    found = built(make_shop, labelled(False))
    assert found.value("select count(fraud_score) from marts.fct_order_anomalies") == 1500
    ((method, _),) = found.rows(
        "select distinct method, beats_baseline from marts.fct_order_anomalies"
    )
    assert method in ("isolation_forest", "few_lines_then_value")
