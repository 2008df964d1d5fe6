"""Visitors and carts of small shops, against computations of their own."""

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import MakeShop, Shop
from scipy.stats import norm, t
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

pytestmark = pytest.mark.shops

TODAY = date(2025, 3, 1)
DAYS = 7
BACKTEST = TODAY - timedelta(days=DAYS)
HEADERS = {
    "orders.csv": "order_id,product_id,ordered_at,quantity,unit_price,customer_id",
    "events.csv": "occurred_at,event_type,customer_id,session_id,product_id,duration_seconds",
    "reviews.csv": "review_id,rating,reviewed_at,product_id",
}
MAPPING = {
    "order_lines": {"from": "orders.csv"},
    "events": {"from": "events.csv"},
    "reviews": {"from": "reviews.csv"},
}
MARTS = (
    "fct_visitor_propensity",
    "fct_cart_propensity",
    "rpt_propensity_candidates",
    "rpt_feature_relevance",
    "fct_tree_rules",
)
FEATURES = [
    "recent_cart_count",
    "view_count",
    "recent_view_count",
    "cart_count",
    "favorite_count",
    "view_seconds",
    "days_since_last_seen",
    "days_since_first_seen",
    "days_since_last_cart",
    "product_purchase_days_count",
    "days_since_product_purchase",
    "product_buyer_count",
    "price_ratio",
    "visit_count",
    "recent_visit_count",
    "days_since_last_visit",
    "distinct_product_count",
    "open_cart_count",
    "purchase_count",
    "recent_purchase_count",
    "days_since_last_purchase",
    "average_gap_days",
    "average_rating",
]


def visited(count: int = 260, seed: int = 4) -> dict[str, list[str]]:
    """Twelve weeks of visits; what is put into the cart is often bought within some days."""
    draw = random.Random(seed)
    orders: set[tuple[date, str, str]] = set()
    events = []
    for number in range(count):
        customer, day = f"c{number:04}", TODAY - timedelta(days=draw.randint(70, 84))
        taste = draw.random()
        while (day := day + timedelta(days=draw.randint(2, 14))) < TODAY:
            session = f"{customer}@{day}"
            for place in range(draw.randint(1, 4)):
                product, at = f"p{draw.randint(0, 19):02}", f"{day} {10 + place}:0{place}"
                told = f"{customer},{session},{product}"
                events.append(f"{at}:00,view,{told},{draw.randint(3, 90)}")
                carted = draw.random() < 0.4
                if carted:
                    events.append(f"{at}:30,cart,{told},")
                elif draw.random() < 0.2:
                    events.append(f"{at}:40,favorite,{told},")
                if draw.random() < (0.6 if carted else 0.1) * taste:
                    orders.add((day + timedelta(days=draw.randint(0, 9)), customer, product))
    bought = sorted(order for order in orders if order[0] < TODAY)
    lines = [
        f"o{customer}{day},{product},{day} 20:00:00,{1 + number % 2},{4 + int(product[1:])},"
        f"{customer}"
        for number, (day, customer, product) in enumerate(bought)
    ]
    lines.append(f"last,p00,{TODAY - timedelta(days=1)} 09:00:00,1,4,c0000")
    reviews = [
        f"r{n},{1 + draw.randint(0, 4)},{TODAY - timedelta(days=n % 90)},p{n % 15:02}"
        for n in range(150)
    ]
    return {"orders.csv": lines, "events.csv": events, "reviews.csv": reviews}


def built(make_shop: MakeShop, rows: dict[str, list[str]], **variables: Any) -> Shop:
    """A shop of these rows, up to what is said of visitors and carts."""
    files = {name: "\n".join([HEADERS[name], *lines]) for name, lines in rows.items()}
    given = {"propensity_methods": ["logistic_regression"], "prediction_horizon_days": 30}
    return make_shop(MAPPING, files, **{**given, **variables}).up_to(*MARTS)


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """Two hundred and sixty customers who visit."""
    return built(make_shop, visited())


def read(rows: dict[str, list[str]], name: str) -> pd.DataFrame:
    """A file as a frame."""
    columns = HEADERS[name].split(",")
    return pd.DataFrame([line.split(",") for line in rows[name]], columns=columns)


def customers_as_of(
    lines: pd.DataFrame, events: pd.DataFrame, day: pd.Timestamp, since: pd.Timestamp
) -> pd.DataFrame:
    """What is known of each visitor before a day."""
    seen = events[(events["at"] < day) & (events["at"] >= since)]
    visits = seen.groupby(["customer_id", "session_id"])["at"].min().reset_index()
    told = visits.groupby("customer_id")["at"].agg(visit_count="count", last="max")
    recent = visits[visits["at"] >= day - pd.Timedelta(days=DAYS)]
    told["recent_visit_count"] = recent.groupby("customer_id").size()
    told["days_since_last_visit"] = (day - told.pop("last").dt.normalize()).dt.days
    before = lines[lines["day"] < day]
    orders = before.groupby(["customer_id", "order_id"])["day"].min().reset_index()
    told["purchase_count"] = orders.groupby("customer_id").size()
    told["recent_purchase_count"] = orders[orders["day"] >= since].groupby("customer_id").size()
    last = orders.groupby("customer_id")["day"].max()
    told["days_since_last_purchase"] = (day - last).dt.days
    days = orders.drop_duplicates(["customer_id", "day"]).sort_values(["customer_id", "day"])
    gaps = days.groupby("customer_id")["day"].diff().dt.days
    told["average_gap_days"] = gaps.groupby(days["customer_id"]).mean()
    sums = before.groupby("customer_id")[["amount", "quantity"]].sum()
    told["usual_price"] = sums["amount"] / sums["quantity"]
    counts = ["recent_visit_count", "purchase_count", "recent_purchase_count"]
    return told.fillna(dict.fromkeys(counts, 0))


def looks_as_of(events: pd.DataFrame, day: pd.Timestamp, since: pd.Timestamp) -> pd.DataFrame:
    """What each customer did with each product in the four windows before a day."""
    seen = events[(events["at"] < day) & (events["at"] >= since)]
    recent = seen["at"] >= day - pd.Timedelta(days=DAYS)
    keys = ["customer_id", "product_id"]
    told = seen.groupby(keys)["day"].agg(first="min", last="max")
    for kind in ("view", "cart", "favorite"):
        of_kind = seen["event_type"] == kind
        told[f"{kind}_count"] = seen[of_kind].groupby(keys).size()
        told[f"recent_{kind}_count"] = seen[of_kind & recent].groupby(keys).size()
    told = told.fillna({name: 0 for name in told if name.endswith("_count")})
    carted = seen[seen["event_type"] == "cart"].groupby(keys)["day"].max()
    told["last_cart"] = carted
    views = seen[seen["event_type"] == "view"]
    told["view_seconds"] = views.groupby(keys)["duration_seconds"].sum()
    told["days_since_last_seen"] = (day - told["last"]).dt.days
    told["days_since_first_seen"] = (day - told["first"]).dt.days
    told["days_since_last_cart"] = (day - told["last_cart"]).dt.days
    return told


def carts_as_of(rows: dict[str, list[str]], as_of: date) -> pd.DataFrame:
    """Every cart as of a day with its features on their scales and whether it was bought."""
    lines, events, reviews = (read(rows, name) for name in HEADERS)
    day = pd.Timestamp(as_of)
    since = day - pd.Timedelta(days=4 * DAYS)
    lines["day"] = pd.to_datetime(lines["ordered_at"]).dt.normalize()
    lines["quantity"] = lines["quantity"].astype(float)
    lines["amount"] = lines["quantity"] * lines["unit_price"].astype(float)
    events["at"] = pd.to_datetime(events["occurred_at"])
    events["day"] = events["at"].dt.normalize()
    events["duration_seconds"] = pd.to_numeric(events["duration_seconds"])
    keys = ["customer_id", "product_id"]
    told = looks_as_of(events, day, since)
    bought = lines[lines["day"] < day].drop_duplicates([*keys, "day"])
    told["product_purchase_days_count"] = bought.groupby(keys).size()
    told["last_bought"] = bought.groupby(keys)["day"].max()
    told["days_since_product_purchase"] = (day - told["last_bought"]).dt.days
    told["in_cart"] = told["last_cart"].notna() & ~(told["last_cart"] <= told["last_bought"])
    told = told.fillna({"product_purchase_days_count": 0}).reset_index()
    of_customer = told.groupby("customer_id")
    told["distinct_product_count"] = of_customer["product_id"].transform("size")
    told["open_cart_count"] = of_customer["in_cart"].transform("sum")
    told = told[~(told["last_bought"] >= told["last"])]
    sums = lines[lines["day"] < day].groupby("product_id")[["amount", "quantity"]].sum()
    price = sums["amount"] / sums["quantity"]
    buyers = bought[bought["day"] >= since].groupby("product_id").size()
    told["product_buyer_count"] = told["product_id"].map(buyers).fillna(0)
    rated = reviews[pd.to_datetime(reviews["reviewed_at"]) < day]
    rating = rated["rating"].astype(float).groupby(rated["product_id"]).mean()
    told["average_rating"] = told["product_id"].map(rating)
    people = customers_as_of(lines, events, day, since)
    told = told.join(people, on="customer_id")
    told["price_ratio"] = told["product_id"].map(price) / told.pop("usual_price")
    for name in FEATURES:
        if name != "average_rating":
            told[name] = np.log1p(told[name].astype(float)).round(6)
    after = lines[(lines["day"] >= day) & (lines["day"] < day + pd.Timedelta(days=DAYS))]
    pairs = set(zip(after["customer_id"], after["product_id"], strict=True))
    told["bought"] = [
        key in pairs for key in zip(told["customer_id"], told["product_id"], strict=True)
    ]
    return told


def regression(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """Probabilities of a logistic regression on deviations, filled by the median, with flags."""
    mean, deviation = train[FEATURES].mean(), train[FEATURES].std(ddof=0)
    scaled = (train[FEATURES] - mean) / deviation
    median, missing = scaled.median(), scaled.columns[scaled.isna().any()]

    def matrix(frame: pd.DataFrame) -> np.ndarray:
        filled = ((frame[FEATURES] - mean) / deviation).fillna(median)
        return np.column_stack([filled, frame[missing].isna()])

    fitted = LogisticRegression(C=0.01, tol=1e-10, max_iter=5000)
    fitted.fit(matrix(train), train["bought"])
    return fitted.predict_proba(matrix(test))[:, 1]


def test_verdict_on_carts_is_as_recomputed(shop: Shop) -> None:
    """From the raw rows: probabilities, and paired Brier scores with a customer counted once."""
    rows = visited()
    weeks = [BACKTEST - timedelta(days=DAYS * back) for back in (1, 2, 3)]
    train = pd.concat([carts_as_of(rows, week) for week in weeks])
    test = carts_as_of(rows, BACKTEST)
    counts = train["recent_cart_count"].to_numpy()[:, None]
    rule = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(counts, train["bought"])
    test["rule"] = rule.predict_proba(test["recent_cart_count"].to_numpy()[:, None])[:, 1]
    test["model"] = regression(train, test)
    served = shop.rows(
        "select customer_id, product_id, purchase_probability from marts.fct_cart_propensity "
        f"where as_of_date = '{BACKTEST}' and method = 'logistic_regression'"
    )
    expected = test.set_index(["customer_id", "product_id"])["model"]
    found = pd.Series({(customer, product): float(value) for customer, product, value in served})
    assert len(found) == len(expected) > 500
    assert found.sort_index().to_numpy() == pytest.approx(
        expected.sort_index().to_numpy(), abs=2e-4
    )
    errors = {
        name: ((test[name] - test["bought"]) ** 2).groupby(test["customer_id"]).mean()
        for name in ("model", "rule")
    }
    difference = errors["model"] - errors["rule"]
    margin = t.ppf(norm.cdf(1.96), len(difference) - 1) * difference.sem()
    value, low, high, verdict, customers, setting = shop.row(
        "select s.value, s.low, s.high, s.beats_baseline, s.rows_scored, c.setting "
        "from intermediate.int_probability_scorecard as s "
        "inner join marts.rpt_propensity_candidates as c using (task, as_of_date, method) "
        "where task = 'cart_propensity' and metric = 'brier_difference' "
        "and method = 'logistic_regression'"
    )
    assert setting == "all features, L2"
    assert customers == len(difference)
    assert [float(value), float(low), float(high)] == pytest.approx(
        [difference.mean(), difference.mean() - margin, difference.mean() + margin], abs=2e-5
    )
    assert verdict == (difference.mean() + margin < 0)
    assert float(
        shop.value(
            "select value from intermediate.int_probability_scorecard where metric = 'brier' "
            "and task = 'cart_propensity' and method = 'carted_recently'"
        )
    ) == pytest.approx(errors["rule"].mean(), abs=2e-5)


def test_figures_are_scikit_learns(shop: Shop) -> None:
    """Area, precision, recall and F1 of each method and task in the backtest."""
    for task, method, auc, precision, recall, f1 in shop.rows(
        "select task, method, auc, precision_rate, recall, f1 "
        "from marts.rpt_propensity_candidates where is_backtest"
    ):
        happened, probability, called = np.array(
            shop.rows(
                "select has_happened, probability, is_called "
                f"from intermediate.int_probability_ranks where task = '{task}' "
                f"and method = '{method}' and as_of_date = '{BACKTEST}' and not is_fitted_on"
            ),
            dtype=float,
        ).T
        assert [float(figure) for figure in (auc, precision or 0, recall, f1)] == pytest.approx(
            [
                roc_auc_score(happened, probability),
                precision_score(happened, called, zero_division=0),
                recall_score(happened, called),
                f1_score(happened, called),
            ],
            abs=2e-6,
        ), (task, method)


def test_everybody_has_a_score_and_a_place(shop: Shop) -> None:
    """Every visitor and cart of both dates, levels by percentile, places from 1 on."""
    for mart in ("fct_visitor_propensity", "fct_cart_propensity"):
        scored, unscored, dates = shop.row(
            "select count(purchase_probability), count(no_score_reason), "
            f"count(distinct as_of_date) from marts.{mart}"
        )
        assert (scored > 400, unscored, dates) == (True, 0, 2)
        assert (
            shop.value(
                f"select count(*) from marts.{mart} "
                "where (reason_1 is null) = (no_explanation_reason is null) "
                "or abs(effect_1) < abs(effect_2) or abs(effect_2) < abs(effect_3)"
            )
            == 0
        )
        assert shop.value(f"select count(reason_3) from marts.{mart}") > 400
        assert (
            shop.value(
                f"select count(*) from marts.{mart} "
                "where (propensity_percentile > 0.8) != (propensity_level = 'high')"
            )
            == 0
        )
    assert (
        shop.value(
            "select count(*) from (select count(*) as n, max(customer_rank) as last, "
            "count(distinct customer_rank) as places from marts.fct_cart_propensity "
            "group by as_of_date, customer_id) where n != last or n != places"
        )
        == 0
    )
    tasks = {"churn", "visitor_propensity", "cart_propensity"}
    for mart in ("rpt_feature_relevance", "fct_tree_rules"):
        found = {task for (task,) in shop.rows(f"select distinct task from marts.{mart}")}
        assert found <= tasks
    assert {"visitor_propensity", "cart_propensity"} <= {
        task for (task,) in shop.rows("select distinct task from marts.rpt_feature_relevance")
    }


def test_ids_change_nothing(make_shop: MakeShop, shop: Shop) -> None:
    """Other customers' and products' ids in another order: the same probabilities."""
    rows = visited()
    draw = random.Random(9)
    customers = [f"c{n:04}" for n in range(260)]
    products = [f"p{n:02}" for n in range(20)]
    names = {
        **dict(zip(customers, draw.sample([f"x{n}" for n in range(260)], 260), strict=True)),
        **dict(zip(products, draw.sample([f"q{n}" for n in range(20)], 20), strict=True)),
    }
    renamed = {
        name: [",".join(names.get(word, word) for word in line.split(",")) for line in lines]
        for name, lines in rows.items()
    }
    for lines in renamed.values():
        draw.shuffle(lines)
    other = built(make_shop, renamed)
    for query in (
        "select as_of_date, purchase_probability, propensity_percentile, method, view_count "
        "from marts.fct_cart_propensity",
        "select * exclude (customer_id) from marts.fct_visitor_propensity",
        "select * from marts.rpt_propensity_candidates",
        "select * from marts.rpt_feature_relevance where task != 'churn'",
    ):
        assert other.rows(f"{query} order by all") == shop.rows(f"{query} order by all")


def test_what_followed_the_backtest_changes_nothing_in_it(make_shop: MakeShop, shop: Shop) -> None:
    """Without orders, events and reviews after it the backtest says the same."""
    place = {"orders.csv": 2, "events.csv": 0, "reviews.csv": 2}
    rows = {
        name: [line for line in lines if line.split(",")[place[name]] < str(BACKTEST)]
        for name, lines in visited().items()
    }
    other = built(make_shop, rows, as_of_date=str(TODAY))
    for mart in ("fct_visitor_propensity", "fct_cart_propensity"):
        query = (
            "select * exclude (beats_baseline, backtest_bias) "
            f"from marts.{mart} where not is_current order by all"
        )
        assert other.rows(query) == shop.rows(query)
        assert other.value(f"select count(*) from marts.{mart} where not is_current") > 200


def few(kind: str) -> dict[str, list[str]]:
    """The rows of a shop that knows too little."""
    rows = visited(60 if kind == "few visitors" else 150)
    if kind == "no events":
        rows["events.csv"] = []
    if kind == "a week of events":
        begin = str(TODAY - timedelta(days=DAYS))
        rows["events.csv"] = [line for line in rows["events.csv"] if line >= begin]
    if kind == "nothing of the cart is bought":
        rows["orders.csv"] = [
            line.replace(f",p{line.split(',')[1][1:]},", ",elsewhere,")
            for line in rows["orders.csv"]
        ]
    return rows


@pytest.mark.parametrize(
    ("kind", "task", "words"),
    [
        ("no events", "cart_propensity", "no customer is known to have visited"),
        ("a week of events", "visitor_propensity", "7 days of events, and 14 are needed"),
        ("few visitors", "visitor_propensity", "customers to learn from, and 100 are needed"),
        ("nothing of the cart is bought", "cart_propensity", "0 were followed by a purchase"),
    ],
)
def test_too_little_has_a_reason(make_shop: MakeShop, kind: str, task: str, words: str) -> None:
    """No score, one sentence that says why beside each method, and a green build."""
    found = built(make_shop, few(kind))
    ((reason,),) = found.rows(
        "select distinct no_score_reason from marts.rpt_propensity_candidates "
        f"where task = '{task}' and is_current"
    )
    assert words in reason.lower()
    assert reason[0].isupper()
    assert reason.endswith(".")
    mart = "fct_cart_propensity" if task == "cart_propensity" else "fct_visitor_propensity"
    rows = found.rows(
        "select distinct purchase_probability, method, propensity_level, no_score_reason "
        f"from marts.{mart} where is_current"
    )
    assert rows == ([] if kind == "no events" else [(None, None, None, reason)])


def test_the_sample_shops_verdict_on_carts_is_as_recomputed(sample_shop: Shop) -> None:
    """From its events and order lines: which carts, which were bought, the rule, the verdict."""
    found = sample_shop.up_to("fct_cart_propensity", "int_probability_scorecard")
    today = found.value("select as_of_date from intermediate.int_as_of_dates where is_current")
    events = pd.DataFrame(
        found.rows(
            "select customer_id, product_id, occurred_at, known_at, event_type = 'cart' "
            "from intermediate.int_events "
            "where customer_id is not null and product_id is not null "
            "and event_type in ('view', 'cart', 'favorite')"
        ),
        columns=["customer", "product", "at", "known", "is_cart"],
    )
    lines = pd.DataFrame(
        found.rows(
            "select customer_id, product_id, cast(ordered_at as date) from core.fct_order_lines "
            "where customer_id is not null and gross_amount > 0"
        ),
        columns=["customer", "product", "day"],
    )
    keys = ["customer", "product"]
    days = pd.to_datetime(lines["day"])

    def carts(back: int) -> pd.DataFrame:
        """Products looked at and not bought since, as of some weeks ago: carted, bought."""
        day = pd.Timestamp(today) - pd.Timedelta(days=7 * back)
        seen = events[(events["known"] < day) & (events["at"] >= day - pd.Timedelta(days=28))]
        last = seen.groupby(keys)["at"].max().dt.normalize()
        before = days[days < day].groupby([lines[key] for key in keys]).max().reindex(last.index)
        told = last[~(before >= last)].to_frame("last")
        recent = seen[seen["is_cart"] & (seen["at"] >= day - pd.Timedelta(days=7))]
        told["carted"] = recent.groupby(keys).size().reindex(told.index).fillna(0)
        after = lines[(days >= day) & (days < day + pd.Timedelta(days=7))]
        told["bought"] = told.index.isin(pd.MultiIndex.from_frame(after[keys]))
        return told

    train, test = pd.concat([carts(back) for back in (2, 3, 4)]), carts(1)
    rule = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    rule.fit(train[["carted"]], train["bought"])
    test["rule"] = rule.predict_proba(test[["carted"]])[:, 1]
    served = found.rows(
        "select customer_id, product_id, purchase_probability from marts.fct_cart_propensity "
        "where not is_current and method = 'logistic_regression'"
    )
    test["model"] = pd.Series({(customer, product): float(p) for customer, product, p in served})
    assert len(served) == len(test) >= 100
    assert test["model"].notna().all()
    errors = [
        ((test[name] - test["bought"]) ** 2).groupby("customer").mean()
        for name in ("model", "rule")
    ]
    difference = errors[0] - errors[1]
    margin = t.ppf(norm.cdf(1.96), len(difference) - 1) * difference.sem()
    figures = found.rows(
        "select value, low, high, beats_baseline, rows_scored "
        "from intermediate.int_probability_scorecard where task = 'cart_propensity' "
        "and metric = 'brier_difference' and method = 'logistic_regression'"
    )
    ((value, low, high, verdict, customers),) = figures
    assert customers == len(difference)
    assert [float(value), float(low), float(high)] == pytest.approx(
        [difference.mean(), difference.mean() - margin, difference.mean() + margin], abs=2e-5
    )
    assert verdict == (difference.mean() + margin < 0)


def test_a_log_of_some_hours_has_no_score(make_real_shop: MakeShop) -> None:
    """REES46, two hours and fifty minutes of clicks: everybody is there, with the reason."""
    found = make_real_shop("rees46").up_to(*MARTS[:3])
    reason = "There is 1 day of events, and 14 are needed: propensity_days twice."
    for mart, count in (("fct_visitor_propensity", 4504), ("fct_cart_propensity", 11899)):
        rows = found.rows(
            "select count(*), count(purchase_probability), min(no_score_reason), "
            f"max(no_score_reason) from marts.{mart} where is_current"
        )
        assert rows == [(count, 0, reason, reason)]
    assert (
        found.value(
            "select count(*) from intermediate.int_probability_scorecard "
            "where task in ('visitor_propensity', 'cart_propensity')"
        )
        == 0
    )
