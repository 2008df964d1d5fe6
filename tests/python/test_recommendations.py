"""The recommendations of the sample shop, computed again in plain NumPy, SciPy and pandas.

The shop is built so that every rule has something to decide: lists longer than the candidates of
one method, so that the fallbacks are asked; two methods on each list; few baskets for a bundle.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, combinations, groupby, islice
from operator import itemgetter

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, RECOMMENDED, Shop
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer

pytestmark = pytest.mark.shops

TODAY, BACKTEST = "2026-10-01", "2026-07-03"  # one horizon apart
LISTED, CANDIDATES = RECOMMENDED["recommendation_count"], RECOMMENDED["candidate_count"]
BASKETS = RECOMMENDED["bundle_min_baskets"]
NEIGHBORS, ALIKE, AUDIENCE, PARTNERS = 100, 200, 100, 10  # as they are
KEYS = ["customer_id", "product_id"]
BUY_AGAIN, DISCOVER = RECOMMENDED["buy_again_methods"], ["item_ease", "item_recent"]
FALLBACKS = ["content", "popular"]
RULES = {"buy_again": "frequency", "discover": "popular"}
EXPONENTS = {"item_cosine": 1, "item_ease": 1, "item_recent": 0, "content": 0.5}
EXPLAINED = [*EXPONENTS, "user_cosine", "matrix_factorization"]
close = partial(np.testing.assert_allclose, rtol=0)


@pytest.fixture(scope="module")
def shop(recommended: Shop) -> Shop:
    """The sample shop, built once."""
    return recommended


@pytest.fixture(scope="module")
def rated_shop(sample_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop up to its matrix, with ratings for taste."""
    rated = Shop(tmp_path_factory.mktemp("rated"), sample_shop.variables)
    return rated.with_vars(interaction_value="rating").up_to("int_interaction_matrix")


def read(shop: Shop, sql: str) -> pd.DataFrame:
    """The rows of a query over the build."""
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.execute(sql).df()


def dense(values: pd.Series, rows: pd.Index, columns: pd.Index) -> np.ndarray:
    """The values of a (row, column) index as a matrix, zeros where there are none."""
    return values.unstack().reindex(index=rows, columns=columns).fillna(0).to_numpy(float)


@dataclass(frozen=True)
class Day:
    """What a shop knew as of a date, from order lines, events and reviews, beside its tables."""

    shop: Shop
    day: str

    def table(self, name: str, index: list[str], where: str = "true") -> pd.DataFrame:
        """The rows of a table as of the date."""
        condition = f"as_of_date = date '{self.day}' and {where}"
        rows = read(self.shop, f"select * from {name} where {condition}")
        return rows.set_index(index).sort_index()

    def candidates(self, where: str = "true") -> pd.DataFrame:
        """Published candidates, with the product's place in the matrix."""
        rows = self.table("marts.fct_recommendation_candidates", KEYS, where)
        places = pd.Series(self.products.index, self.products["product_id"], name="product_index")
        return rows.join(places, on="product_id")

    def age(self, dates: pd.Series) -> pd.Series:
        """Whole days until the date."""
        return (pd.Timestamp(self.day) - dates.dt.normalize()).dt.days

    def matrix(self, values: pd.Series) -> np.ndarray:
        """Values by ids of customers and products as a matrix of all."""
        return dense(values, self.customers["customer_id"], self.products["product_id"])

    def cells(self, column: str) -> np.ndarray:
        """A column of the interaction matrix."""
        keys = ["customer_index", "product_index"]
        rows = self.table("intermediate.int_interaction_matrix", keys)
        return dense(rows[column], self.customers.index, self.products.index)

    def kernel(self, table: str, where: str = "true") -> np.ndarray:
        """What each product or customer says about each other."""
        index = (self.customers if "customer" in table else self.products).index
        rows = self.table(table, [index.name, "neighbor_index"], where)
        return dense(rows["similarity"], index, index)

    def neighbors(self, method: str) -> np.ndarray:
        """The kernel that a method uses."""
        return self.kernel("intermediate.int_chosen_neighbors", f"method = '{method}'")

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Everybody by number."""
        return self.table("intermediate.int_recommendation_customers", ["customer_index"])

    @cached_property
    def products(self) -> pd.DataFrame:
        """All products by number."""
        return self.table("intermediate.int_product_trends", ["product_index"])

    @cached_property
    def sold(self) -> pd.DataFrame:
        """Products in orders before the date, guests' orders too."""
        lines = read(self.shop, "select * from core.fct_order_lines where gross_amount > 0")
        lines["day"] = lines["ordered_at"].dt.normalize()
        return lines[~lines["is_non_product"] & (lines["day"] < self.day)]

    @cached_property
    def bought(self) -> pd.DataFrame:
        """Customer and product: how many days it was bought on, by half-life too, first, last."""
        days = self.sold[[*KEYS, "day"]].dropna().drop_duplicates()
        days["left"] = 0.5 ** (self.age(days["day"]) / 180)
        groups = days.groupby(KEYS)
        bought = groups["day"].agg(count="size", first="min", last="max")
        return bought.assign(frequency=groups["left"].sum(), age=self.age(bought["last"]))

    @cached_property
    def seen(self) -> pd.DataFrame:
        """Customer and product: the most that was done with it short of buying, and when."""
        order = ["occurred_at", "event_type", "session_id", "product_id", "page", "customer_id"]
        events = read(self.shop, "select * from staging.stg_shop__events").sort_values(order)
        device = ("v" + events["visitor_id"]).fillna("s" + events["session_id"])
        device = device.fillna("c" + events["customer_id"])
        login = events["occurred_at"].where(events["customer_id"].notna()).groupby(device).bfill()
        before = events["customer_id"].groupby(device).ffill()
        events["known_at"] = events["occurred_at"].where(before.notna(), login)
        events["customer_id"] = before.fillna(events["customer_id"].groupby(device).bfill())
        types = pd.read_csv(PROJECT / "seeds/reference/event_types.csv", index_col=0)
        weights = types["interest_weight"] / types["interest_weight"].max()
        events["interest"] = events["event_type"].map(weights[weights > 0].drop("purchase"))
        events = events[events["known_at"] < self.day].dropna(subset=[*KEYS, "interest"])
        events["left"] = events["interest"] * 0.5 ** (self.age(events["known_at"]) / 30)
        return events.groupby(KEYS)[["interest", "left", "known_at"]].max()


@pytest.fixture(scope="module", params=[TODAY, BACKTEST])
def day(shop: Shop, request: pytest.FixtureRequest) -> Day:
    """The shop as of today and as of the backtest."""
    return Day(shop, request.param)


def assert_matrix(
    day: Day, value: pd.Series, taste: pd.Series, weight: pd.Series, days: pd.Series
) -> None:
    """The matrix has these values, tastes, weights and ages, and knows what was bought."""
    close(day.cells("value"), day.matrix(value), atol=0)
    close(day.cells("is_bought"), day.matrix(day.bought["count"] > 0), atol=0)
    close(day.cells("recent_value"), day.matrix(taste * 0.5 ** (days / 30)), atol=1e-9)
    close(day.cells("weight"), day.matrix(weight), atol=1e-9)


def test_interaction_matrix(day: Day) -> None:
    """What is bought counts one; what is seen what was done with it; both less the longer ago."""
    cells = day.bought.join(day.seen, how="outer")
    is_bought = cells["last"].notna()
    assert (~is_bought).sum() > 100
    days = day.age(cells["last"].fillna(cells["known_at"]))
    weight = np.maximum(cells["left"].fillna(0), is_bought * 0.5 ** (days / 90))
    value = cells["interest"].where(~is_bought, 1)
    assert_matrix(day, value, value, weight, days)


@pytest.mark.parametrize("date", [TODAY, BACKTEST])
def test_interaction_matrix_of_ratings(rated_shop: Shop, date: str) -> None:
    """The last rating counts, less the longer ago; three of five points are no taste at all."""
    day = Day(rated_shop, date)
    reviews = read(rated_shop, "select * from staging.stg_shop__reviews").set_index(KEYS)
    reviews = reviews.loc[reviews["reviewed_at"] < date, ["reviewed_at", "rating"]]
    cells = day.bought.join(reviews, how="outer", validate="1:1")
    days = day.age(cells["reviewed_at"].fillna(cells["last"]))
    rating = cells["rating"].fillna(0)
    assert (rating > 0).sum() > 300
    taste = ((rating - 3) / 2).where(rating > 0, 0)
    assert_matrix(day, rating, taste, taste * 0.5 ** (days / 90), days)


def test_products(day: Day) -> None:
    """Buyers of all time, of 30 days and by half-life; what is still sold, what is new."""
    catalog = read(day.shop, "select * from staging.stg_shop__products").set_index("product_id")
    launched = catalog["launched_at"].loc[lambda dates: dates < day.day]
    found = day.products.set_index("product_id")
    groups = dict(iter(day.bought["age"].groupby("product_id")))
    known = {*groups, *launched.index[day.age(launched) <= 90]}
    assert {*found.index} == known
    assert len(found) == len(known)
    ages = [groups.get(product, pd.Series()) for product in found.index]
    days = day.sold.groupby("product_id")["day"].agg(["min", "max"]).reindex(found.index)
    launched = launched.reindex(found.index)
    last_sold, since = days["max"].fillna(launched), launched.fillna(days["min"])
    buyers, recent = (
        np.array([weigh(age) for age in ages])
        for weigh in (len, lambda age: (0.5 ** (age.astype(float) / 14)).sum())
    )
    mean = recent.sum() / buyers.sum()
    spread = ((recent - buyers * mean) ** 2).sum() / (mean * (1 - mean)) - buyers.sum()
    alike = max(spread / (buyers * (buyers - 1)).sum(), 1e-9)
    prior = np.clip(1 / alike - 1, 1, 10)
    trend = (recent + prior * mean) / (buyers + prior)
    assert found["buyer_count"].tolist() == [len(age) for age in ages]
    assert found["recent_buyer_count"].tolist() == [(age <= 30).sum() for age in ages]
    assert found["is_still_sold"].tolist() == (day.age(last_sold) <= 90).tolist()
    assert found["is_new"].tolist() == (day.age(since) <= 90).tolist()
    close(found["trend"], trend, atol=1e-9)
    name = catalog["product_name"].reindex(found.index)
    sales = (days["max"], days["min"], catalog["launched_at"].reindex(found.index))
    order = pd.DataFrame(dict(enumerate([-buyers, -recent, *sales, name])), index=found.index)
    ascending = [True, True, False, True, False, True]
    assert order.sort_values([*order], ascending=ascending).index.equals(found.index)


def assert_best(found: np.ndarray, expected: np.ndarray, count: int, within: float = 2e-9) -> None:
    """Each row has its `count` largest expected values above zero, and no others."""
    kept, counts = found > 0, (found > 0).sum(axis=1)
    assert counts.sum() > 1_000
    close(found[kept], expected[kept], atol=within)
    assert counts.max() <= count
    lowest = np.where(counts < count, 0, np.where(kept, found, np.inf).min(axis=1))
    assert (np.where(kept, 0, expected).max(axis=1) <= lowest + within).all()


def cosine(rows: np.ndarray) -> np.ndarray:
    """The cosines of all rows, without those of a row with itself."""
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows @ rows.T * (1 - np.eye(len(rows)))


def test_item_ease(day: Day) -> None:
    """All weights in closed form: 200 are kept of each product, more than there are products."""
    values, found = day.cells("value"), day.kernel("ml.ml_item_ease", "setting = 300")
    assert len(found) <= 200
    assert (found < 0).sum() > 1_000
    inverse = np.linalg.inv(values.T @ values + 300 * np.eye(len(found)))
    close(found, -inverse / np.diag(inverse) * (1 - np.eye(len(found))), atol=1e-9)


def test_item_recent(day: Day) -> None:
    """The dense formula, of each product the strongest hundred."""
    held, recent = day.cells("value"), day.cells("recent_value")
    shared = held / np.maximum((held > 0).sum(axis=1, keepdims=True), 1)
    scale = np.sqrt(np.outer(shared.sum(axis=0), (held > 0).sum(axis=0)))
    weights = shared.T @ recent / np.maximum(scale, 1e-12) * (1 - np.eye(len(scale)))
    assert_best(day.kernel("ml.ml_item_recent", "setting = 0"), weights, NEIGHBORS)


def test_item_cosine(day: Day) -> None:
    """Customers count one over the root of their products; two have both, of the best hundred."""
    held, found = day.cells("value"), day.kernel("ml.ml_item_cosine")
    history = np.maximum((held > 0).sum(axis=1, keepdims=True), 1)
    similar = cosine((held / np.sqrt(history)).T)
    shared = (held > 0).T.astype(int) @ (held > 0)
    least = np.sort(similar, axis=1)[:, [-NEIGHBORS]]
    close(found[found > 0], similar[found > 0], atol=2e-9)
    assert (shared < 2)[similar > 0].any()
    assert ((similar >= least - 1e-9) & (shared >= 2))[found > 0].all()
    assert (found > 0)[(similar > least + 1e-9) & (shared >= 2)].all()
    close(day.neighbors("item_cosine"), found, atol=0)


def test_content(day: Day) -> None:
    """Scikit-learn's TF-IDF of name, category, brand, tags and description."""
    catalog = read(day.shop, "select * from staging.stg_shop__products").set_index("product_id")
    columns = ["product_name", "category", "brand", "tags", "description"]
    texts = catalog.loc[day.products["product_id"], columns].fillna("").agg(" ".join, axis=1)
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", min_df=2)
    expected = cosine(words.fit_transform(texts).toarray())
    assert_best(day.kernel("ml.ml_content"), expected, NEIGHBORS)


def test_customers_alike(day: Day) -> None:
    """Cosines of what customers have, for those whose lists are made."""
    expected = cosine(day.cells("value")) * day.customers[["is_active"]].to_numpy()
    assert_best(day.kernel("ml.ml_customer_similarities"), expected, ALIKE)


def due(day: Day) -> np.ndarray:
    """Age over the usual gap, or the reverse: the customer's gaps and the product's mean one."""
    rows, dates = day.bought, day.bought[["first", "last"]]
    rows = rows.assign(span=dates.diff(axis=1)["last"].dt.days, gaps=rows["count"] - 1)
    sums = rows.groupby("product_id")[["span", "gaps"]].transform("sum")
    usual = (rows["span"] + sums["span"] / sums["gaps"]) / rows["count"]
    return day.matrix(np.minimum(rows["age"], usual) / np.maximum(rows["age"], usual))


def group_buyers(day: Day) -> np.ndarray:
    """Buyers of the last 30 days in the customer's RFM group."""
    groups = day.table("marts.fct_customer_rfm", ["customer_id"])["rfm_group"]
    buyers = day.bought[day.bought["age"] <= 30].join(groups, on="customer_id")
    own = groups.reindex(day.customers["customer_id"]).fillna("nobody")
    counts = buyers.groupby(["rfm_group", "product_id"]).size()
    return dense(counts, own, day.products["product_id"])


def scores(day: Day, method: str) -> np.ndarray:
    """What a method says about all customers and products."""
    trend, recent = (day.products[name].to_numpy() for name in ("trend", "recent_buyer_count"))
    still_sold, buyers = (day.products[name] for name in ("is_still_sold", "buyer_count"))
    ever = buyers.to_numpy() / (1 + buyers[still_sold].max())
    match method:
        case "user_cosine":
            alike = day.kernel("ml.ml_customer_similarities")
            return alike @ day.cells("recent_value") * trend
        case "matrix_factorization":
            rows = day.table("ml.ml_factors", ["entity", "entity_index"])["factors"]
            factors = pd.DataFrame([*rows], rows.index)
            customers = factors.loc["customer"].reindex(day.customers.index, fill_value=0)
            products = factors.loc["product"].reindex(day.products.index, fill_value=0)
            return customers.to_numpy() @ products.to_numpy().T * trend
        case "popular":
            return np.tile(recent + ever, (len(day.customers), 1))
        case "popular_in_group":
            counts = group_buyers(day)
            return np.where(counts > 0, counts + ever, 0)
        case "personal_frequency":
            return day.matrix(day.bought["frequency"]) * np.sqrt(1 + recent)
        case "due_date":
            return due(day)
    return day.cells("weight") @ day.neighbors(method) * trend ** EXPONENTS[method]


@pytest.mark.parametrize("method", [*EXPLAINED, "popular", "popular_in_group", *BUY_AGAIN])
def test_candidates(day: Day, method: str) -> None:
    """Every customer's best that are still sold, new to them or their own, by score and place."""
    found = day.candidates(f"method = '{method}'")
    allowed = day.matrix(day.bought["count"] > 0) == (method in BUY_AGAIN)
    allowed &= day.products["is_still_sold"].to_numpy() & day.customers[["is_active"]].to_numpy()
    within = 1e-7 if method == "matrix_factorization" else 2e-9  # it counts with half the digits
    expected = np.where(allowed, scores(day, method), 0)
    assert_best(day.matrix(found["score"]), expected, CANDIDATES, within)
    found = found.reset_index().sort_values(["score", "product_index"], ascending=[False, True])
    assert found["rank"].tolist() == (found.groupby("customer_id").cumcount() + 1).tolist()
    assert (found["reason_product_id"] == found["product_id"]).all() == (method in BUY_AGAIN)


def placed(rows: pd.DataFrame, order: list[str], ascending: list[bool]) -> pd.DataFrame:
    """The rows in order, with each customer's places from 1."""
    rows = rows.sort_values(order, ascending=ascending)
    return rows.assign(position=rows.groupby("customer_id").cumcount() + 1)


def check_served_rule(day: Day, name: str, rows: pd.DataFrame, rule: str) -> None:
    """Today's list is its rule's where the backtest says that it is surely worse."""
    sold = day.products.set_index("product_id")["is_still_sold"]
    own = rows[(rows["method"] == rule) & rows["product_id"].map(sold)]
    expected = placed(own, ["score", "product_index"], [False, True])
    expected = expected.set_index(KEYS).sort_index()
    found = day.table("marts.fct_customer_recommendations", KEYS, f"list = '{name}'")
    # candidates end at CANDIDATES, the list goes on with what is sold of what they had
    assert found.loc[expected.index, "rank"].tolist() == expected["position"].tolist()
    bought = day.bought[day.bought.index.get_level_values("product_id").map(sold)]
    active = found.index.unique("customer_id")
    had = bought.groupby("customer_id").size()[active].clip(upper=LISTED)
    assert found.groupby("customer_id").size().equals(had.rename_axis(found.index.names[0]))
    assert {*found["method"]} == {rule}
    assert not found["beats_baseline"].any()


@pytest.mark.parametrize(("name", "methods"), [("buy_again", BUY_AGAIN), ("discover", DISCOVER)])
def test_lists(day: Day, name: str, methods: list[str]) -> None:
    """Methods count the same, the first of equals is named; short lists are filled in order."""
    rows = day.candidates().reset_index()
    where = f"is_chosen and as_of_date = '{day.day}'"
    choices = read(day.shop, f"select * from intermediate.int_list_choices where {where}")
    served = choices.set_index("list")["is_rule_served"].to_dict()
    assert served == {"buy_again": True, "discover": False}
    if served[name]:
        return check_served_rule(day, name, rows, RULES[name])
    rows["number"] = rows["method"].map({m: n for n, m in enumerate([*methods, *FALLBACKS])})
    score = rows.groupby(["method", "customer_id"])["score"]
    low, high = score.transform("min"), score.transform("max")
    rows["scaled"] = ((rows["score"] - low) / (high - low)).where(high > low, 1).round(9)
    own = rows[rows["method"].isin(methods)]
    own = own.sort_values(["scaled", "number"], ascending=[False, True])
    own["scaled"] = own.groupby(KEYS)["scaled"].transform("sum").round(9)
    expected = placed(own.drop_duplicates(KEYS), ["scaled", "product_index"], [False, True])
    if name == "discover":
        more = rows[rows["method"].isin(FALLBACKS)].sort_values("number")
        more = pd.concat([expected, more]).drop_duplicates(KEYS).iloc[len(expected) :]
        more = placed(more, ["number", "rank"], [True, True])
        before = more["customer_id"].map(expected.groupby("customer_id").size())
        more["position"] += before.fillna(0).astype(int)  # who has no candidates of their own
        assert {*FALLBACKS} == {*more.loc[more["position"] <= LISTED, "method"]}
        expected = pd.concat([expected, more])
    expected = expected[expected["position"] <= LISTED].set_index(KEYS).sort_index()
    found = day.table("marts.fct_customer_recommendations", KEYS, f"list = '{name}'")
    assert found.index.tolist() == expected.index.tolist()
    assert found["rank"].tolist() == expected["position"].tolist()
    assert found["method"].tolist() == expected["method"].tolist()
    assert found["reason_product_id"].equals(expected["reason_product_id"])
    close(found["reason_share"], expected["reason_share"], atol=0)
    close(found["score"], expected["scaled"], atol=3e-9)
    places = found.sort_values("rank").groupby("customer_id")["rank"].agg(list)
    assert places.map(lambda ranks: ranks == [*range(1, len(ranks) + 1)]).all()
    assert found.index.is_unique


def contributions(day: Day, method: str, customer: np.ndarray, product: np.ndarray) -> np.ndarray:
    """What each product that a customer has adds to the score of another, before its trend."""
    held = day.cells("value")
    match method:
        case "user_cosine":
            unit = held / np.maximum(np.linalg.norm(held, axis=1, keepdims=True), 1e-12)
            alike = day.kernel("ml.ml_customer_similarities") > 0
            recent = day.cells("recent_value")
            rows = [
                unit[u] * ((alike[u] * recent[:, j]) @ unit)
                for u, j in zip(customer, product, strict=True)
            ]
            return np.array(rows)
        case "matrix_factorization":
            rows = day.table("ml.ml_factors", ["entity", "entity_index"])["factors"]
            items = np.zeros((len(day.products), len(rows.iloc[0])))
            items[rows["product"].index] = [*rows["product"]]
            parts = np.zeros((len(customer), len(items)))
            for u in np.unique(customer):
                pairs, weights = customer == u, held[u][:, None]
                had = items[held[u] > 0]
                left = items.T @ items + had.T @ (had * (weights[held[u] > 0] - 1))
                inverse = np.linalg.inv(left + 0.1 * np.eye(len(left)))
                parts[pairs] = (weights * items @ inverse @ items[product[pairs]].T).T
            return parts
    return day.cells("weight")[customer] * day.neighbors(method).T[product]


@pytest.mark.parametrize("method", EXPLAINED)
def test_reasons(day: Day, method: str) -> None:
    """Of what a customer bought or saw, what says most for the product, and its share."""
    found = day.candidates(f"method = '{method}'").reset_index()
    products = pd.Index(day.products["product_id"])
    customer = pd.Index(day.customers["customer_id"]).get_indexer(found["customer_id"])
    product, reason = (products.get_indexer(found[f"{name}product_id"]) for name in ("", "reason_"))
    speaks = np.maximum(contributions(day, method, customer, product), 0).round(9)
    told = reason >= 0
    assert told.sum() > 1_000
    assert told.tolist() == speaks.any(axis=1).tolist()
    had = day.matrix(day.bought["count"]) + day.matrix(day.seen["interest"]) > 0
    assert had[customer[told], reason[told]].all()
    largest = speaks[told].max(axis=1)
    close(speaks[told, reason[told]], largest, atol=2e-8)
    close(found.loc[told, "reason_share"], largest / speaks[told].sum(axis=1), atol=2e-6)


def test_audiences(shop: Shop) -> None:
    """Today's discover lists turned around: who has consented and has the product highest, a
    hundred at most.
    """
    columns = ["product_id", "customer_id", "rank", "score", "method"]
    where = f"list = 'discover' and as_of_date = '{TODAY}'"
    lists = read(shop, f"select * from marts.fct_customer_recommendations where {where}")
    consent = "select customer_id from staging.stg_shop__customers where has_marketing_consent"
    lists = lists[lists["customer_id"].isin(read(shop, consent)["customer_id"])]
    customers = Day(shop, TODAY).customers["customer_id"]
    lists["place"] = lists["customer_id"].map(dict(zip(customers, customers.index, strict=True)))
    order, ascending = ["product_id", "rank", "score", "place"], [True, True, False, True]
    expected = lists.sort_values(order, ascending=ascending).groupby("product_id").head(AUDIENCE)
    found = read(shop, "from marts.fct_product_audiences order by product_id, audience_rank")
    assert (found["audience_rank"] == found.groupby("product_id").cumcount() + 1).all()
    assert found[columns].to_numpy().tolist() == expected[columns].to_numpy().tolist()


@pytest.fixture(scope="module")
def baskets(shop: Shop) -> tuple[int, Counter]:
    """How many baskets there are, and how many with each one, two and three frequent products."""
    contents = Day(shop, TODAY).sold.groupby("order_id")["product_id"].agg(set)
    single = Counter(chain.from_iterable(contents))
    frequent = {product for product, count in single.items() if count >= BASKETS}
    sets = [sorted(basket & frequent) for basket in contents]
    counts = Counter(chain.from_iterable(combinations(s, n) for s in sets for n in (1, 2, 3)))
    return len(contents), counts


@pytest.fixture(scope="module")
def places(shop: Shop, baskets: tuple[int, Counter]) -> dict[str, tuple]:
    """Where a product stands beside its equals: what is in more baskets first, then by name."""
    products = read(shop, "select product_id, product_name from staging.stg_shop__products")
    names = dict(products.itertuples(index=False))
    singles = {key[0]: count for key, count in baskets[1].items() if len(key) == 1}
    return {product: (-count, names[product], product) for product, count in singles.items()}


@pytest.fixture(scope="module")
def rules(shop: Shop, places: dict[str, tuple]) -> pd.DataFrame:
    """The published rules, with all their products, those of the left side and the right one's
    place.
    """
    rows = read(shop, "select * from marts.fct_product_bundles")
    rows["place"] = rows["consequent_product_id"].map(places)
    names = [f"{side}_product_id" for side in ("antecedent", "second", "consequent")]
    sides = rows[names].astype(object).where(rows[names].notna(), None).to_numpy()
    rows["left"] = [tuple(sorted(filter(None, side[:2]))) for side in sides]
    return rows.assign(products=[tuple(sorted(filter(None, side))) for side in sides])


def chi_squared(both: int, one: int, other: int, total: int) -> float:
    """Pearson's of two by two cells, by SciPy."""
    cells = [[both, one - both], [other - both, total - one - other + both]]
    return stats.chi2_contingency(cells, correction=False).statistic


def triangles(pairs: set[tuple]) -> list[tuple]:
    """Three products of which each two are a pair."""
    threes = combinations(sorted({*chain.from_iterable(pairs)}), 3)
    return [three for three in threes if pairs.issuperset(combinations(three, 2))]


def test_bundles(rules: pd.DataFrame, baskets: tuple[int, Counter]) -> None:
    """Support, confidence both ways, lift, conviction and chi-squared of every rule."""
    total, counts = baskets
    both, left = rules["products"].map(counts), rules["left"].map(counts)
    right = rules["consequent_product_id"].map(lambda product: counts[product,])
    expected = {
        "basket_count": both,
        "antecedent_basket_count": left,
        "consequent_basket_count": right,
        "support": both / total,
        "confidence": both / left,
        "reverse_confidence": both / right,
        "lift": both * total / (left * right),
        "conviction": (1 - right / total) / (1 - both / left).where(both < left),
        "chi_squared": [chi_squared(*row, total) for row in zip(both, left, right, strict=True)],
    }
    for name, values in expected.items():
        close(rules[name], values, atol=1e-6)
    order = rules.sort_values(["chi_squared", "place"], ascending=[False, True])
    assert order["rank"].tolist() == (order.groupby("left").cumcount() + 1).tolist()


def test_bundles_are_complete(
    rules: pd.DataFrame, baskets: tuple[int, Counter], places: dict[str, tuple]
) -> None:
    """No strongest partner is missing, nor a triple of them; each left side has its ten best."""
    total, counts = baskets
    strength = {
        (one, other): chi_squared(both, counts[one,], counts[other,], total)
        for (one, other), both in ((key, n) for key, n in counts.items() if len(key) == 2)
        if both >= BASKETS and both * total > counts[one,] * counts[other,]
    }
    strongest, partners = set(), Counter()
    by_strength = {
        pair: (-round(strength[pair], 9), *sorted(map(places.get, pair))) for pair in strength
    }
    for pair in sorted(by_strength, key=by_strength.get):
        if min(partners[product] for product in pair) < PARTNERS:
            strongest.add(pair)
        partners.update(pair)
    pairs = {products for products in rules["products"] if len(products) == 2}
    triples = {products for products in triangles(pairs) if counts[products] >= BASKETS}
    assert strongest <= pairs <= strength.keys()
    every = []
    for products in pairs | triples:
        for right in products:
            left = tuple(product for product in products if product != right)
            together, alone = counts[products], (counts[left], counts[right,])
            every.append((left, -round(chi_squared(together, *alone, total), 9), right))
    sides = groupby(sorted(every), key=itemgetter(0))
    best = [rule for _, side in sides for rule in islice(side, PARTNERS)]
    found = zip(rules["left"], rules["consequent_product_id"], strict=True)
    assert sorted(found) == sorted((left, right) for left, *_, right in best)
    assert min(len(strength) - len(pairs), len(strongest), len(triples)) > 10
    assert len(every) > len(best)


def test_p_values(rules: pd.DataFrame, baskets: tuple[int, Counter]) -> None:
    """No less than SciPy's p-value times the pairs and triples tested, and near it where small."""
    pairs = {products for products in rules["products"] if len(products) == 2}
    tests = sum(len(products) == 2 for products in baskets[1]) + 3 * len(triangles(pairs))
    exact = stats.chi2.sf(rules["chi_squared"], 1) * tests
    found, is_clear = rules["corrected_p_value"], rules["chi_squared"] > 10
    assert (found >= np.minimum(exact, 1) * (1 - 1e-6)).all()
    assert (found <= np.minimum(1.2 * exact, 1))[is_clear].all()
    is_significant = (rules["lift"] > 1) & (found < 0.05)
    assert rules["is_significant"].tolist() == is_significant.tolist()
    assert 50 < is_significant.sum() < is_clear.sum() < len(rules)


@pytest.fixture(scope="module", params=["item_ease", "personal_frequency"])
def backtest(shop: Shop, request: pytest.FixtureRequest) -> tuple:
    """A method's candidates for all who had bought before, its rule's, what they had to find, and
    the method's figures.
    """
    day, where = Day(shop, BACKTEST), f"method = '{request.param}'"
    buyers = day.bought.index.unique("customer_id")
    after = Day(shop, TODAY).sold.query("day >= @BACKTEST").dropna(subset="customer_id")
    later = pd.MultiIndex.from_frame(after[KEYS].drop_duplicates())
    later = later[later.isin(day.bought.index) == (request.param in BUY_AGAIN)]
    sizes = later.get_level_values("customer_id").value_counts().reindex(buyers, fill_value=0)
    rule = "frequency" if request.param in BUY_AGAIN else "popular"
    candidates = []
    for method in (request.param, rule):
        rows = day.candidates(f"method = '{method}'")
        rows = rows.assign(is_hit=rows.index.isin(later)).reset_index()
        candidates.append(rows[rows["customer_id"].isin(buyers)])
    figures = day.table("marts.rpt_model_scorecard", ["slice", "metric", "k"], where)
    return day, *candidates, sizes, figures


def metrics_of(candidates: pd.DataFrame, to_find: pd.Series, k: int) -> dict[str, np.ndarray]:
    """Each customer's precision, recall, F1, nDCG, MAP and hit rate of the first k places."""
    hits = candidates.pivot(index="customer_id", columns="rank", values="is_hit")
    hits = hits.reindex(index=to_find.index, columns=range(1, k + 1)).eq(True).to_numpy(float)
    places, sizes = np.arange(1, k + 1), to_find.to_numpy()
    precision, recall = hits.mean(axis=1), hits.sum(axis=1) / np.maximum(sizes, 1)
    gains, ideal = 1 / np.log2(places + 1), places <= sizes[:, None]
    assert hits.sum() > 50
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / np.maximum(precision + recall, 1e-12),
        "ndcg": hits @ gains / np.maximum(ideal @ gains, 1e-12),
        "average_precision": (hits * hits.cumsum(axis=1) / places).sum(axis=1) / sizes.clip(1, k),
        "hit_rate": hits.any(axis=1),
    }


def interval(values: np.ndarray, least: float) -> list[float]:
    """The mean, and its interval by Student's t at the level of 1.96, within what can be."""
    margin = stats.t.ppf(stats.norm.cdf(1.96), len(values) - 1) * stats.sem(values)
    mean = values.mean()
    return [mean, max(mean - margin, least), min(mean + margin, 1)]


@pytest.mark.parametrize("k", [5, 10, 20])
def test_hits(backtest: tuple, k: int) -> None:
    """The metrics of all with a history, or something to find; differences of who has a list."""
    _, candidates, rule, to_find, figures = backtest
    own, others = metrics_of(candidates, to_find, k), metrics_of(rule, to_find, k)
    is_served = to_find.index.isin(candidates["customer_id"])
    columns = ["value", "low", "high"]
    for slice_, rows in (("all customers", to_find >= 0), ("something to find", to_find > 0)):
        served = rows & is_served
        for name in own:
            found = figures.loc[slice_, name, k]
            close(found[columns].astype(float), interval(own[name][rows], 0), atol=2e-6)
            close(float(found["baseline_value"]), others[name][rows].mean(), atol=2e-6)
            difference = figures.loc[slice_, f"{name}_difference", k]
            values = (own[name] * 1.0 - others[name])[served]
            close(difference[columns].astype(float), interval(values, -1), atol=2e-6)
            assert difference["rows_scored"] == len(values) >= 100
            verdict = difference["low"] > 0 if (name, k) == ("ndcg", 10) else None
            assert np.count_nonzero(values) >= 20 or verdict is None
            for said in (found["beats_baseline"], difference["beats_baseline"]):
                assert said == verdict if verdict is not None else pd.isna(said)
        coverage = figures.loc[slice_].loc["customer_coverage"]["value"].astype(float).item()
        assert coverage == pytest.approx(served.sum() / rows.sum(), abs=1e-6)


@pytest.mark.parametrize("k", [5, 10, 20])
def test_catalog(backtest: tuple, k: int) -> None:
    """Coverage, novelty, diversity, the share of what is new, Gini's coefficient of exposure."""
    day, candidates, _, to_find, figures = backtest
    shown = candidates[candidates["rank"] <= k]
    products = day.products.set_index("product_id")
    exposure = shown["product_id"].value_counts().reindex(products.index, fill_value=0).to_numpy()
    buyers = day.bought.groupby("product_id").size() / len(to_find)
    content = pd.DataFrame(day.neighbors("content"), products.index, products.index).stack()
    lists = shown.sort_values("rank").groupby("customer_id")["product_id"]
    pairs = [*chain.from_iterable(combinations(names, 2) for _, names in lists)]
    expected = {
        "coverage": (exposure > 0).mean(),
        "novelty": -np.log2(shown["product_id"].map(buyers)).mean(),
        "diversity": 1 - content.loc[pairs].mean(),
        "new_share": products["is_new"][shown["product_id"]].mean(),
        "gini": np.abs(exposure[:, None] - exposure).mean() / (2 * exposure.mean()),
    }
    for name, value in expected.items():
        close(figures.loc["all customers", name, k]["value"], value, atol=2e-6)
