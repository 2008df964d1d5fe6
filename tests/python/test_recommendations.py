"""The recommendations of the sample shop, computed again in plain NumPy, SciPy and pandas.

The shop is built so that every rule has something to decide: lists longer than the candidates of
one method, so that the fallbacks are asked; two methods on each list; few baskets for a bundle.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import FEW_SEGMENTS, PROJECT, Shop
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer

pytestmark = pytest.mark.shops

TODAY, BACKTEST, BACKTEST_END = "2026-10-01", "2026-07-03", "2026-10-01"
LISTED, CANDIDATES, NEIGHBORS, ALIKE = 40, 30, 100, 200
BASKETS, PARTNERS, AUDIENCE = 8, 3, 100
LISTS = {
    "buy_again": ["personal_frequency", "due_date"],
    "discover": ["item_ease", "item_recent"],
}
FALLBACKS = ["content", "popular"]
KEYS = ["customer_id", "product_id"]


@pytest.fixture(scope="module")
def shop(sample_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop, built once."""
    variables = {
        **FEW_SEGMENTS,
        "recommendation_count": LISTED,
        "buy_again_methods": LISTS["buy_again"],
        "bundle_min_baskets": BASKETS,
        "bundle_count": PARTNERS,
    }
    folder = tmp_path_factory.mktemp("recommended")
    return Shop(folder, {**sample_shop.variables, **variables}).build()


@pytest.fixture(scope="module")
def rated_shop(sample_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop up to its matrix, with ratings for taste."""
    variables = {**sample_shop.variables, "interaction_value": "rating"}
    rated = Shop(tmp_path_factory.mktemp("rated"), variables)
    model = "+int_interaction_matrix"
    run = rated.dbt("build", "--exclude-resource-type", "test", "unit_test", "-s", model)
    assert run.code == 0, run.output
    return rated


def read(shop: Shop, sql: str) -> pd.DataFrame:
    """The rows of a query over the build."""
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.execute(sql).df()


def dense(values: pd.Series, rows: pd.Index, columns: pd.Index) -> np.ndarray:
    """The values of a (row, column) index as a matrix, zeros where there are none."""
    return values.unstack().reindex(index=rows, columns=columns).fillna(0).to_numpy(float)


def close(found: object, expected: object, within: float) -> None:
    """No value is further from the expected one, missing ones being missing in both."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    np.testing.assert_allclose(found, expected, rtol=0, atol=within)


@dataclass(frozen=True)
class Day:
    """What a shop knew as of a date, from order lines, events and reviews."""

    shop: Shop
    day: str

    def table(self, name: str, index: list[str], where: str = "true") -> pd.DataFrame:
        """The rows of a table as of the date."""
        condition = f"as_of_date = date '{self.day}' and {where}"
        rows = read(self.shop, f"select * from {name} where {condition}")
        return rows.set_index(index).sort_index()

    def age(self, dates: pd.Series) -> pd.Series:
        """Whole days until the date."""
        return (pd.Timestamp(self.day) - dates.dt.normalize()).dt.days

    def matrix(self, values: pd.Series) -> np.ndarray:
        """Values by customer and product, ids or numbers, as a matrix of all."""
        if values.index.names == KEYS:
            return dense(values, self.customers["customer_id"], self.products["product_id"])
        return dense(values, self.customers.index, self.products.index)

    def cells(self, column: str) -> np.ndarray:
        """A column of the interaction matrix."""
        table = "intermediate.int_interaction_matrix"
        return self.matrix(self.table(table, ["customer_index", "product_index"])[column])

    def kernel(self, table: str, where: str = "true") -> np.ndarray:
        """What each product or customer says about each other."""
        name = "customer_index" if "customer" in table else "product_index"
        index = (self.customers if "customer" in table else self.products).index
        return dense(self.table(table, [name, "neighbor_index"], where)["similarity"], index, index)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Everybody by number."""
        return self.table("intermediate.int_recommendation_customers", ["customer_index"])

    @cached_property
    def products(self) -> pd.DataFrame:
        """All products by number."""
        return self.table("intermediate.int_product_trends", ["product_index"])

    @cached_property
    def listed(self) -> np.ndarray:
        """For whom lists are made."""
        return (self.customers["is_active"] & self.customers["is_scored"]).to_numpy()

    @cached_property
    def sold(self) -> pd.DataFrame:
        """Products in orders before the date, guests' orders too."""
        lines = read(self.shop, "select * from core.fct_order_lines where gross_amount > 0")
        lines["day"] = lines["ordered_at"].dt.normalize()
        return lines[~lines["is_non_product"] & (lines["day"] < self.day)]

    @cached_property
    def bought(self) -> pd.DataFrame:
        """Customer and product: how many days it was bought on, the first, the last."""
        days = self.sold[[*KEYS, "day"]].dropna().drop_duplicates()
        days["frequency"] = 0.5 ** (self.age(days["day"]) / 180)
        return days.groupby(KEYS).agg(
            count=("day", "size"),
            first=("day", "min"),
            last=("day", "max"),
            frequency=("frequency", "sum"),
        )

    @cached_property
    def seen(self) -> pd.DataFrame:
        """Customer and product: the most that was done with it short of buying, and when."""
        order = ["occurred_at", "event_type", "session_id", "product_id", "page", "customer_id"]
        events = read(self.shop, "select * from staging.stg_shop__events").sort_values(order)
        device = ("v" + events["visitor_id"]).fillna("s" + events["session_id"])
        device = device.fillna("c" + events["customer_id"])
        login = events["occurred_at"].where(events["customer_id"].notna())
        before = events["customer_id"].groupby(device).ffill()
        first_login = login.groupby(device).bfill()
        events["known_at"] = events["occurred_at"].where(before.notna(), first_login)
        events["customer_id"] = before.fillna(events["customer_id"].groupby(device).bfill())
        types = pd.read_csv(PROJECT / "seeds/reference/event_types.csv").set_index("event_type")
        weights = types["interest_weight"] / types["interest_weight"].max()
        events["interest"] = events["event_type"].map(weights[weights > 0].drop("purchase"))
        events = events[events["known_at"] < self.day].dropna(subset=[*KEYS, "interest"])
        events["left"] = events["interest"] * 0.5 ** (self.age(events["known_at"]) / 30)
        return events.groupby(KEYS).agg(
            interest=("interest", "max"), left=("left", "max"), last_seen=("known_at", "max")
        )

    @cached_property
    def rated(self) -> pd.DataFrame:
        """Customer and product: the last rating; one without a day is known today alone."""
        reviews = read(self.shop, "select * from staging.stg_shop__reviews")
        orders = read(self.shop, "select order_id, customer_id from core.fct_order_lines")
        buyers = orders.dropna().drop_duplicates("order_id").set_index("order_id")["customer_id"]
        reviews["customer_id"] = reviews["customer_id"].fillna(reviews["order_id"].map(buyers))
        undated = reviews["reviewed_at"].isna() & (self.day == TODAY)
        reviews = reviews[(reviews["reviewed_at"] < self.day) | undated].dropna(subset=KEYS)
        reviews = reviews.sort_values(["reviewed_at", "review_id"], na_position="first")
        return reviews.drop_duplicates(KEYS, keep="last").set_index(KEYS)[["reviewed_at", "rating"]]


@pytest.fixture(scope="module", params=[TODAY, BACKTEST])
def day(shop: Shop, request: pytest.FixtureRequest) -> Day:
    """The shop as of today and as of the backtest."""
    return Day(shop, request.param)


# ---------------------------------------------------------------------------------------------
# The interaction matrix and what is sold
# ---------------------------------------------------------------------------------------------


def test_interaction_matrix(day: Day) -> None:
    """What is bought counts one; what is seen what was done with it; both less the longer ago."""
    cells = day.bought.join(day.seen, how="outer")
    bought = cells["last"].notna()
    days = day.age(cells["last"].fillna(cells["last_seen"]))
    value = cells["interest"].where(~bought, 1)
    weight = np.maximum(cells["left"].fillna(0), bought * 0.5 ** (days / 90))
    assert (~bought).sum() > 100
    close(day.cells("value"), day.matrix(value), 0)
    close(day.cells("is_bought"), day.matrix(bought), 0)
    close(day.cells("recent_value"), day.matrix(value * 0.5 ** (days / 30)), 1e-9)
    close(day.cells("weight"), day.matrix(weight), 1e-9)


@pytest.mark.parametrize("date", [TODAY, BACKTEST])
def test_interaction_matrix_of_ratings(rated_shop: Shop, date: str) -> None:
    """The last rating counts, less the longer ago; three of five points are no taste at all."""
    day = Day(rated_shop, date)
    cells = day.bought.join(day.seen, how="outer").join(day.rated, how="outer")
    days = day.age(cells["reviewed_at"].fillna(cells["last"]).fillna(cells["last_seen"])).fillna(0)
    rating = cells["rating"].fillna(0)
    taste = ((rating - 3) / 2).where(rating > 0, 0)
    assert (rating > 0).sum() > 300
    close(day.cells("value"), day.matrix(rating), 0)
    close(day.cells("is_bought"), day.matrix(cells["last"].notna()), 0)
    close(day.cells("recent_value"), day.matrix(rating * 0.5 ** (days / 30)), 1e-9)
    close(day.cells("weight"), day.matrix(taste * 0.5 ** (days / 90)), 1e-9)


def test_products(day: Day) -> None:
    """Buyers of all time, of 30 days and by half-life; what is still sold, what is new."""
    buyers = day.bought.reset_index().assign(age=lambda rows: day.age(rows["last"]))
    found = day.products.set_index("product_id")
    catalog = read(day.shop, "select * from staging.stg_shop__products").set_index("product_id")
    launched = catalog["launched_at"].loc[lambda dates: dates < day.day]
    late = launched[day.age(launched) <= 90].index
    assert found.index.tolist() == sorted({*buyers["product_id"], *late})
    ages = buyers.groupby("product_id")["age"]
    counts = ages.size().reindex(found.index, fill_value=0)
    decayed = ages.agg(lambda age: (0.5 ** (age / 14)).sum()).reindex(found.index, fill_value=0)
    recent = ages.agg(lambda age: (age <= 30).sum()).reindex(found.index, fill_value=0)
    days = day.sold.groupby("product_id")["day"]
    launched = launched.reindex(found.index)
    last_sold = days.max().reindex(found.index).fillna(launched)
    first_sold = launched.fillna(days.min().reindex(found.index))
    assert found["buyer_count"].tolist() == counts.tolist()
    assert found["recent_buyer_count"].tolist() == recent.tolist()
    assert found["is_still_sold"].tolist() == (day.age(last_sold) <= 90).tolist()
    assert found["is_new"].tolist() == (day.age(first_sold) <= 90).tolist()
    close(found["trend"], (decayed + 1) / (counts + 1), 1e-9)


# ---------------------------------------------------------------------------------------------
# What products and customers say about each other
# ---------------------------------------------------------------------------------------------


def assert_best(found: np.ndarray, expected: np.ndarray, count: int) -> None:
    """Each row has its `count` largest expected values above zero, and no others."""
    kept = found > 0
    assert kept.sum() > 1_000
    close(found[kept], expected[kept], 2e-9)
    counts = kept.sum(axis=1)
    assert counts.max() <= count
    lowest = np.where(counts < count, 0, np.where(kept, found, np.inf).min(axis=1))
    left_out = np.where(kept, 0, expected).max(axis=1)
    assert (left_out <= lowest + 2e-9).all()


def without_self(matrix: np.ndarray) -> np.ndarray:
    """The matrix with nothing on its diagonal."""
    return matrix - np.diag(np.diag(matrix))


def cosine(rows: np.ndarray) -> np.ndarray:
    """The cosines of all rows, without those of a row with itself."""
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return without_self(rows @ rows.T)


def test_ease(day: Day) -> None:
    """All weights in closed form: 200 are kept of each product, more than there are."""
    values = day.cells("value")
    inverse = np.linalg.inv(values.T @ values + 300 * np.eye(values.shape[1]))
    weights = without_self(-inverse / np.diag(inverse))
    found = day.kernel("ml.ml_item_ease")
    assert found.shape[0] <= 200
    assert (found < 0).sum() > 1_000
    close(found, weights, 1e-9)


def test_item_recent(day: Day) -> None:
    """The dense formula, of each product the strongest hundred."""
    held, recent = day.cells("value"), day.cells("recent_value")
    shared = held / np.maximum((held > 0).sum(axis=1, keepdims=True), 1)
    scale = np.outer(np.sqrt(shared.sum(axis=0)), np.sqrt((held > 0).sum(axis=0)))
    weights = shared.T @ recent / np.maximum(scale, 1e-12)
    assert_best(day.kernel("ml.ml_item_recent"), without_self(weights), NEIGHBORS)


def test_item_cosine(day: Day) -> None:
    """Customers count by one over the root of their products; of the hundred two are shared."""
    held = day.cells("value")
    history = np.maximum((held > 0).sum(axis=1, keepdims=True), 1)
    found = day.kernel("ml.ml_product_similarities")
    assert_best(found, cosine((held / np.sqrt(history)).T), NEIGHBORS)
    shared = (held > 0).T.astype(int) @ (held > 0)
    used = day.kernel("intermediate.int_product_neighbors", "method = 'item_cosine'")
    close(used, np.where(shared >= 2, found, 0), 0)


def test_content(day: Day) -> None:
    """Scikit-learn's TF-IDF of name, category, brand, tags and description."""
    catalog = read(day.shop, "select * from staging.stg_shop__products").set_index("product_id")
    columns = ["product_name", "category", "brand", "tags", "description"]
    texts = catalog.loc[day.products["product_id"], columns].fillna("").agg(" ".join, axis=1)
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", min_df=2)
    expected = cosine(words.fit_transform(texts).toarray())
    assert_best(day.kernel("ml.ml_content_similarities"), expected, NEIGHBORS)


def test_customers_alike(day: Day) -> None:
    """Cosines of what customers have, for those whose lists are made."""
    expected = cosine(day.cells("value")) * day.listed[:, None]
    assert_best(day.kernel("ml.ml_customer_similarities"), expected, ALIKE)


# ---------------------------------------------------------------------------------------------
# Candidates of every method
# ---------------------------------------------------------------------------------------------


def by_neighbors(method: str, exponent: float) -> Callable[[Day], np.ndarray]:
    """What a customer has × what it says about each product × a power of the product's trend."""

    def scores(day: Day) -> np.ndarray:
        where = f"method = '{method}'"
        kernel = day.kernel("intermediate.int_product_neighbors", where)
        return day.cells("weight") @ kernel * day.products["trend"].to_numpy() ** exponent

    return scores


def by_customers(day: Day) -> np.ndarray:
    """What customers alike have lately."""
    alike = day.kernel("ml.ml_customer_similarities")
    return alike @ day.cells("recent_value") * day.products["trend"].to_numpy()


def by_factors(day: Day) -> np.ndarray:
    """The products of both's factors."""
    customers, products = (
        np.vstack(day.table("ml.ml_factors", ["entity_index"], f"entity = '{entity}'")["factors"])
        for entity in ("customer", "product")
    )
    scores = np.zeros((len(day.customers), len(day.products)))
    scores[: len(customers), : len(products)] = customers @ products.T
    return scores * day.products["trend"].to_numpy()


def by_popularity(day: Day) -> np.ndarray:
    """Buyers of the last 30 days."""
    return np.tile(day.products["recent_buyer_count"].to_numpy(float), (len(day.customers), 1))


def by_group(day: Day) -> np.ndarray:
    """Buyers of the last 30 days in the customer's RFM group."""
    groups = day.table("marts.fct_customer_rfm", ["customer_id"])["rfm_group"]
    buyers = day.bought[day.age(day.bought["last"]) <= 30].join(groups, on="customer_id")
    counts = buyers.groupby(["rfm_group", "product_id"]).size()
    of_customers = groups.reindex(day.customers["customer_id"])
    return dense(counts, of_customers.fillna("nobody"), day.products["product_id"])


def by_frequency(day: Day) -> np.ndarray:
    """Purchases by half-life × the root of one more than the recent buyers."""
    popularity = np.sqrt(1 + day.products["recent_buyer_count"].to_numpy())
    return day.matrix(day.bought["frequency"]) * popularity


def by_due_date(day: Day) -> np.ndarray:
    """Age over the usual gap, or the reverse: the customer's gaps and the product's mean one."""
    rows = day.bought.assign(
        span=(day.bought["last"] - day.bought["first"]).dt.days, gaps=day.bought["count"] - 1
    )
    sums = rows.groupby("product_id")[["span", "gaps"]].transform("sum")
    usual, age = (rows["span"] + sums["span"] / sums["gaps"]) / rows["count"], day.age(rows["last"])
    return day.matrix(np.minimum(age, usual) / np.maximum(age, usual))


TREND_EXPONENTS = {"item_cosine": 1, "item_ease": 1, "item_recent": 0, "content": 0.5}
METHODS = {
    **{method: by_neighbors(method, exponent) for method, exponent in TREND_EXPONENTS.items()},
    "user_cosine": by_customers,
    "matrix_factorisation": by_factors,
    "popular": by_popularity,
    "popular_in_group": by_group,
    "personal_frequency": by_frequency,
    "due_date": by_due_date,
}


@pytest.mark.parametrize("method", METHODS)
def test_candidates(day: Day, method: str) -> None:
    """Every customer's best that are still sold, new to them or their own, ranked by score and id."""
    candidates = "marts.fct_recommendation_candidates"
    found = day.table(candidates, KEYS, f"method = '{method}'")
    allowed = day.matrix(day.bought["count"] > 0) == (method in LISTS["buy_again"])
    allowed &= day.products["is_still_sold"].to_numpy() & day.listed[:, None]
    assert_best(day.matrix(found["score"]), np.where(allowed, METHODS[method](day), 0), CANDIDATES)
    places = found.sort_values(["score", "product_id"], ascending=[False, True])
    expected = places.groupby("customer_id").cumcount() + 1
    assert places["rank"].tolist() == expected.tolist()


# ---------------------------------------------------------------------------------------------
# Lists, reasons, audiences
# ---------------------------------------------------------------------------------------------


def scaled_candidates(day: Day) -> pd.DataFrame:
    """All candidates, each method's scores of a customer from zero to one."""
    rows = day.table("marts.fct_recommendation_candidates", ["customer_id"]).reset_index()
    scores = rows.groupby(["method", "customer_id"])["score"]
    low, high = scores.transform("min"), scores.transform("max")
    rows["scaled"] = ((rows["score"] - low) / (high - low)).where(high > low, 1).round(9)
    return rows


def numbered(rows: pd.DataFrame, order: list[str], ascending: list[bool]) -> pd.DataFrame:
    """The rows of each customer in order, their places from 1."""
    rows = rows.sort_values(order, ascending=ascending)
    return rows.assign(rank=rows.groupby("customer_id").cumcount() + 1)


@pytest.mark.parametrize("name", LISTS)
def test_lists(day: Day, name: str) -> None:
    """Methods count the same, the first of equals is named; short lists are filled in order."""
    candidates = scaled_candidates(day)
    precedence = {method: place for place, method in enumerate([*LISTS[name], *FALLBACKS])}
    candidates["place"] = candidates["method"].map(precedence)
    own = candidates[candidates["method"].isin(LISTS[name])]
    named = own.sort_values(["scaled", "place"], ascending=[False, True]).drop_duplicates(KEYS)
    sums = own.groupby(KEYS)["scaled"].sum().round(9).rename("sum")
    listed = named.drop(columns="scaled").join(sums, on=KEYS).rename(columns={"sum": "scaled"})
    listed = numbered(listed, ["scaled", "product_id"], [False, True])
    if name == "discover":
        more = candidates[candidates["method"].isin(FALLBACKS)].sort_values(["place", "rank"])
        more = pd.concat([listed[KEYS], more]).drop_duplicates(KEYS).dropna(subset="method")
        more = numbered(more, ["place", "rank"], [True, True])
        more["rank"] += more["customer_id"].map(listed.groupby("customer_id").size()).fillna(0)
        assert {*FALLBACKS} == {*more[more["rank"] <= LISTED]["method"]}
        listed = pd.concat([listed, more])
    listed = listed[listed["rank"] <= LISTED].set_index(["customer_id", "rank"]).sort_index()
    table = "marts.fct_customer_recommendations"
    found = day.table(table, ["customer_id", "rank"], f"list = '{name}'")
    assert found.index.tolist() == listed.index.tolist()
    assert found["product_id"].tolist() == listed["product_id"].tolist()
    assert found["method"].tolist() == listed["method"].tolist()
    close(found["score"], listed["scaled"], 3e-9)


def test_places(day: Day) -> None:
    """Every list is 1 to n, no product twice; today's are nothing but what is still sold."""
    lists = day.table("marts.fct_customer_recommendations", ["list", "customer_id"]).reset_index()
    groups = lists.groupby(["list", "customer_id"])
    assert (groups["rank"].agg("sum") == groups.size() * (groups.size() + 1) / 2).all()
    assert (groups["rank"].agg("max") == groups.size()).all()
    assert (groups["rank"].nunique() == groups.size()).all()
    assert (groups["product_id"].nunique() == groups.size()).all()
    sold = day.products.set_index("product_id")["is_still_sold"]
    assert sold[lists["product_id"]].all()


@pytest.mark.parametrize("method", list(METHODS)[:6])
def test_reasons(day: Day, method: str) -> None:
    """What a customer bought or saw that says most for the product, and its share of all that does."""
    name = method if method in TREND_EXPONENTS else "item_cosine"
    kernel = day.kernel("intermediate.int_product_neighbors", f"method = '{name}'")
    where = f"method = '{method}'"
    found = day.table("marts.fct_recommendation_candidates", KEYS, where).reset_index()
    customer = pd.Index(day.customers["customer_id"]).get_indexer(found["customer_id"])
    product = pd.Index(day.products["product_id"]).get_indexer(found["product_id"])
    speaks = np.maximum(day.cells("weight")[customer] * kernel.T[product], 0).round(9)
    had = day.matrix(day.bought["count"]) + day.matrix(day.seen["interest"]) > 0
    is_told = found["reason_product_id"].notna().to_numpy()
    assert is_told.sum() > 1_000
    assert is_told.tolist() == (speaks.sum(axis=1) > 0).tolist()
    speaks, found = speaks[is_told], found[is_told]
    reason = pd.Index(day.products["product_id"]).get_indexer(found["reason_product_id"])
    assert had[customer[is_told], reason].all()
    assert reason.tolist() == speaks.argmax(axis=1).tolist()
    close(found["reason_share"], speaks.max(axis=1) / speaks.sum(axis=1), 1e-6)


def test_lists_give_the_reasons_of_their_methods(day: Day) -> None:
    """The named method's reason for the same product; what is bought again is its own."""
    keys = [*KEYS, "method"]
    lists = day.table("marts.fct_customer_recommendations", keys)
    candidates = day.table("marts.fct_recommendation_candidates", keys).loc[lists.index]
    assert lists["reason_product_id"].equals(candidates["reason_product_id"])
    close(lists["reason_share"], candidates["reason_share"], 0)
    again = lists[lists["list"] == "buy_again"].reset_index()
    assert (again["reason_product_id"] == again["product_id"]).all()
    assert lists.loc[(slice(None), slice(None), "popular"), "reason_product_id"].isna().all()


def test_audiences(shop: Shop) -> None:
    """Today's discover lists turned around: who has the product highest, a hundred at most."""
    today = Day(shop, TODAY)
    table = "marts.fct_customer_recommendations"
    lists = today.table(table, ["customer_id"], "list = 'discover'").reset_index()
    order, ascending = ["product_id", "rank", "score", "customer_id"], [True, True, False, True]
    lists = lists.sort_values(order, ascending=ascending)
    lists["audience_rank"] = lists.groupby("product_id").cumcount() + 1
    keys = ["product_id", "audience_rank"]
    expected = lists[lists["audience_rank"] <= AUDIENCE].set_index(keys).sort_index()
    found = today.table("marts.fct_product_audiences", keys)
    assert len(found) == today.shop.value("select count(*) from marts.fct_product_audiences")
    columns = ["customer_id", "rank", "score", "method"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])


# ---------------------------------------------------------------------------------------------
# Bundles
# ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counts(shop: Shop) -> tuple[Counter, int]:
    """Baskets with each one, two and three frequent products, and how many baskets there are."""
    baskets = Day(shop, TODAY).sold.groupby("order_id")["product_id"].agg(set)
    single = Counter(chain.from_iterable(baskets))
    frequent = {product for product, count in single.items() if count >= BASKETS}
    found: Counter = Counter()
    for basket in baskets:
        for size in (1, 2, 3):
            found.update(combinations(sorted(basket & frequent), size))
    return found, len(baskets)


@pytest.fixture(scope="module")
def bundles(shop: Shop, counts: tuple[Counter, int]) -> pd.DataFrame:
    """The published rules beside their own counts: a of the one side, b of the other, both."""
    baskets, _ = counts
    rules = read(shop, "select * from marts.fct_product_bundles")
    sides = ["antecedent_product_id", "second_product_id"]
    rules["antecedent"] = [tuple(sorted(side.dropna())) for _, side in rules[sides].iterrows()]
    rules["consequent"] = [(product,) for product in rules["consequent_product_id"]]
    rules["items"] = [
        tuple(sorted(one + other))
        for one, other in zip(rules["antecedent"], rules["consequent"], strict=True)
    ]
    for name, column in {"a": "antecedent", "b": "consequent", "both": "items"}.items():
        rules[name] = rules[column].map(baskets)
    return rules


def chi_squared(both: int, a: int, b: int, total: int) -> float:
    """Pearson's chi-squared of two by two cells by SciPy."""
    cells = [[both, a - both], [b - both, total - a - b + both]]
    return stats.chi2_contingency(cells, correction=False).statistic


def test_bundles(bundles: pd.DataFrame, counts: tuple[Counter, int]) -> None:
    """Support, confidence both ways, lift, conviction and chi-squared of every rule."""
    total = counts[1]
    a, b, both = (bundles[name] for name in ("a", "b", "both"))
    assert bundles["basket_count"].tolist() == both.tolist()
    assert bundles["antecedent_basket_count"].tolist() == a.tolist()
    assert bundles["consequent_basket_count"].tolist() == b.tolist()
    close(bundles["support"], both / total, 1e-6)
    close(bundles["confidence"], both / a, 1e-6)
    close(bundles["reverse_confidence"], both / b, 1e-6)
    close(bundles["lift"], both * total / (a * b), 1e-6)
    misses = (1 - both / a).where(both < a)
    close(bundles["conviction"], (1 - b / total) / misses, 1e-6)
    expected = [chi_squared(*row, total) for row in zip(both, a, b, strict=True)]
    close(bundles["chi_squared"], expected, 1e-5)
    order = bundles.sort_values(["chi_squared", "consequent_product_id"], ascending=[False, True])
    assert order["rank"].tolist() == (order.groupby("antecedent").cumcount() + 1).tolist()


def triangles(pairs: set[tuple]) -> list[tuple]:
    """Three products of which each two are a pair."""
    products = sorted({product for pair in pairs for product in pair})
    return [
        three for three in combinations(products, 3) if pairs.issuperset(combinations(three, 2))
    ]


def test_bundles_are_complete(bundles: pd.DataFrame, counts: tuple[Counter, int]) -> None:
    """No strongest partner is missing, nor a triple of partners; every rule is there each way."""
    baskets, total = counts
    strength = {
        (one, other): chi_squared(both, baskets[one,], baskets[other,], total)
        for (one, other), both in ((items, n) for items, n in baskets.items() if len(items) == 2)
        if both >= BASKETS and both * total > baskets[one,] * baskets[other,]
    }
    by_strength = sorted(strength, key=lambda pair: (-round(strength[pair], 9), pair))
    partners = Counter()
    strongest = set()
    for pair in by_strength:
        if any(partners[product] < PARTNERS for product in pair):
            strongest.add(pair)
        partners.update(pair)
    rules = Counter(bundles["items"])
    pairs = {items for items in rules if len(items) == 2}
    assert len(strongest) > 100
    assert strongest <= pairs <= strength.keys()
    triples = {items for items in triangles(pairs) if baskets[items] >= BASKETS}
    assert len(triples) > 10
    assert rules == Counter({items: len(items) for items in pairs | triples})


def test_p_values(bundles: pd.DataFrame, counts: tuple[Counter, int]) -> None:
    """No less than SciPy's p-value times the pairs and triples tested, and near it where small."""
    pairs = {items for items in bundles["items"] if len(items) == 2}
    tests = sum(len(items) == 2 for items in counts[0]) + 3 * len(triangles(pairs))
    exact = stats.chi2.sf(bundles["chi_squared"], 1) * tests
    found = bundles["corrected_p_value"]
    assert (found >= np.minimum(exact, 1) * (1 - 1e-6)).all()
    clear = bundles["chi_squared"] > 10
    assert clear.sum() > 50
    assert (found[clear] <= np.minimum(1.2 * exact[clear], 1)).all()
    significant = (bundles["lift"] > 1) & (found < 0.05)
    assert bundles["is_significant"].tolist() == significant.tolist()
    assert 20 < significant.sum() < len(significant)


# ---------------------------------------------------------------------------------------------
# Figures of the backtest
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Backtest:
    """One method's lists of those who had bought before, in columns by place, and what they bought."""

    day: Day
    method: str
    found: pd.DataFrame
    to_find: pd.Series


@pytest.fixture(scope="module", params=["item_ease", "personal_frequency"])
def backtest(shop: Shop, request: pytest.FixtureRequest) -> Backtest:
    """A method of each list as of the backtest."""
    day, after = Day(shop, BACKTEST), Day(shop, BACKTEST_END)
    is_own = request.param in LISTS["buy_again"]
    buyers = day.bought.index.unique("customer_id")
    bought = after.sold[after.sold["day"] >= BACKTEST].dropna(subset="customer_id")
    later = pd.MultiIndex.from_frame(bought[KEYS].drop_duplicates())
    later = later[later.isin(day.bought.index) == is_own]
    candidates = "marts.fct_recommendation_candidates"
    found = day.table(candidates, KEYS, f"method = '{request.param}'").reset_index()
    found["is_hit"] = pd.MultiIndex.from_frame(found[KEYS]).isin(later)
    sizes = later.to_frame(index=False).groupby("customer_id").size()
    return Backtest(
        day,
        request.param,
        found[found["customer_id"].isin(buyers)],
        sizes.reindex(buyers, fill_value=0),
    )


def figures(backtest: Backtest, k: int, customers: str) -> dict[str, float]:
    """The scorecard of a method at k."""
    rows = backtest.day.shop.rows(
        "select metric, value from marts.rpt_model_scorecard where task = 'recommendation' "
        f"and method = '{backtest.method}' and k = {k} and slice = '{customers}'"
    )
    return {metric: float(value) for metric, value in rows}


@pytest.mark.parametrize("k", [5, 10, 20])
@pytest.mark.parametrize("customers", ["all customers", "something to find"])
def test_hits(backtest: Backtest, customers: str, k: int) -> None:
    """Precision, recall, F1, nDCG, MAP and hit rate of all customers with a history."""
    sizes = backtest.to_find
    if customers == "something to find":
        sizes = sizes[sizes > 0]
    hits = backtest.found.pivot(index="customer_id", columns="rank", values="is_hit")
    hits = hits.reindex(index=sizes.index, columns=range(1, k + 1)).fillna(False).to_numpy(float)
    places, sizes = np.arange(1, k + 1), sizes.to_numpy()
    precision, recall = hits.mean(axis=1), hits.sum(axis=1) / np.maximum(sizes, 1)
    ideal = np.arange(k) < sizes[:, None]
    gains, precisions = 1 / np.log2(places + 1), hits.cumsum(axis=1) / places
    expected = {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / np.maximum(precision + recall, 1e-12),
        "ndcg": hits @ gains / np.maximum(ideal @ gains, 1e-12),
        "average_precision": (hits * precisions).sum(axis=1) / np.clip(sizes, 1, k),
        "hit_rate": hits.any(axis=1),
    }
    found = figures(backtest, k, customers)
    assert hits.sum() > 50
    assert {name: found[name] for name in expected} == pytest.approx(
        {name: values.mean() for name, values in expected.items()}, abs=2e-6
    )


@pytest.mark.parametrize("k", [5, 10, 20])
def test_catalog(backtest: Backtest, k: int) -> None:
    """Coverage, novelty, share of what is new, diversity and Gini's coefficient of what is shown."""
    day = backtest.day
    shown = backtest.found[backtest.found["rank"] <= k]
    products = day.products.set_index("product_id")
    exposure = shown.groupby("product_id").size().reindex(products.index, fill_value=0).to_numpy()
    buyers = day.bought.groupby("product_id").size()
    known = len(backtest.to_find)
    listed = day.matrix(shown.set_index(KEYS)["rank"])
    content = day.kernel("intermediate.int_product_neighbors", "method = 'content'")
    pairs = [
        content[one, other]
        for places in (
            np.where(row > 0, row, np.inf).argsort()[: (row > 0).sum()] for row in listed
        )
        for one, other in combinations(places, 2)
    ]
    differences = np.abs(exposure[:, None] - exposure)
    expected = {
        "coverage": (exposure > 0).mean(),
        "novelty": -np.log2(shown["product_id"].map(buyers).fillna(1) / known).mean(),
        "new_share": shown["product_id"].map(products["is_new"]).mean(),
        "diversity": 1 - np.mean(pairs),
        "gini": differences.mean() / (2 * exposure.mean()),
    }
    found = figures(backtest, k, "all customers")
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=2e-6)
