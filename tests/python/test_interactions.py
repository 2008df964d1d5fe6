"""Any table of who took what, and when, is a shop: ratings, clicks, a recommender's data set.

Each shop answers several questions; the tests below it look at one each.
"""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import yaml
from conftest import PROJECT, MakeShop, ManyRuns, Shop
from test_odd_shops import table

pytestmark = pytest.mark.shops

MOVIELENS = PROJECT / "shops" / "movielens.yml"
FIRST_DAY = date(2024, 1, 1)
# a table of three columns as a shop
INTERACTIONS = {
    "order_lines": {
        "from": "orders.csv",
        "columns": {
            "order_id": "concat_ws('-', customer, product, day)",
            "product_id": "product",
            "ordered_at": "day",
            "quantity": "1",
            "unit_price": "1",
            "customer_id": "customer",
        },
    }
}


def taken(rows: list[tuple[str, str, int]]) -> dict[str, str]:
    """The one file of such a shop, from customers, products and days since the first."""
    dated = [(who, what, FIRST_DAY + timedelta(days=day)) for who, what, day in rows]
    return {"orders.csv": table(("customer", "product", "day"), dated)}


def reasons(shop: Shop) -> dict[str, str | None]:
    """{method: why it has nothing to propose today}."""
    return dict(
        shop.rows(
            "select method, reason_for_none from marts.rpt_recommendation_methods "
            "inner join intermediate.int_as_of_dates using (as_of_date) where is_current"
        )
    )


# ---------------------------------------------------------------------------------------------
# Nearly nothing
# ---------------------------------------------------------------------------------------------

NO_TEXTS = "products have no names, categories or descriptions"
NO_SECOND_DAY = "nobody bought anything on two days"
NOTHING_TOGETHER = "nothing was bought together with anything else that is still sold"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [("c1", f"p{step}", 9 * step) for step in range(12)],
            {"due_date": NO_SECOND_DAY, "item_ease": NOTHING_TOGETHER},
            id="one customer",
        ),
        pytest.param(
            [(f"c{step % 5}", "p1", 9 * step) for step in range(12)],
            {"due_date": None, "item_cosine": NOTHING_TOGETHER, "user_cosine": NOTHING_TOGETHER},
            id="one product",
        ),
    ],
)
def test_nothing_new_to_offer(
    rows: list[tuple[str, str, int]], expected: dict[str, str | None], make_shop: MakeShop
) -> None:
    """One customer has seen all there is, one product is all there is: only to buy it again."""
    shop = make_shop(INTERACTIONS, taken(rows))
    shop.up_to("int_recommendation_lists", "rpt_recommendation_methods")
    lists = shop.rows("select distinct list from intermediate.int_recommendation_lists")
    assert lists == [("buy_again",)]
    found = reasons(shop)
    assert {method: found[method] for method in expected} == expected
    proposing = {method for method, why in found.items() if why is None}
    assert proposing <= {"frequency", "personal_frequency", "due_date"}


# ---------------------------------------------------------------------------------------------
# Customer, product and time alone: a given train/test split, evaluated a second time
# ---------------------------------------------------------------------------------------------

REGULARIZATION = 300.0  # as ml_item_ease has it


def given_split() -> dict[str, Any]:
    """The vars that a comment of shops/movielens.yml gives for a split."""
    lines = MOVIELENS.read_text("utf-8").splitlines()
    return yaml.safe_load("\n".join(line[4:] for line in lines if line.startswith("#   ")))


@pytest.fixture(scope="module")
def ratings() -> tuple[np.ndarray, np.ndarray]:
    """Train and test as 200 users × 80 items: four tastes, and items of unequal fame."""
    random = np.random.default_rng(11)
    users, items = random.integers(4, size=200), np.arange(80) % 4
    fame = random.permutation(np.linspace(0.3, 1.7, 80))
    chance = np.where(users[:, None] == items, 0.45, 0.08) * fame
    seen = random.random((200, 80)) < chance
    is_test = random.random((200, 80)) < 0.25
    return seen & ~is_test, seen & is_test


@pytest.fixture(scope="module")
def as_given(ratings: tuple[np.ndarray, np.ndarray], make_shop: MakeShop) -> Shop:
    """The split as two files, mapped as the comment says; not yet built."""
    files = {
        name: table(
            ("user", "item", "rating"),
            ((f"u{user:03}", f"i{item:02}", 1 + item % 5) for user, item in np.argwhere(part)),
        )
        for name, part in zip(("train.csv", "test.csv"), ratings, strict=True)
    }
    given = given_split()
    mapping = {**given.pop("shop"), "files": {"train": "train.csv", "test": "test.csv"}}
    return make_shop(mapping, files, **given)


@pytest.fixture(scope="module")
def split(as_given: Shop) -> Shop:
    """The same without its ratings: who took what, and when, is all that is known."""
    shop = {**as_given.variables["shop"], "reviews": {"from": "none"}}
    return as_given.with_vars(shop=shop).build()


@pytest.mark.parametrize("method", ["item_cosine", "item_ease", "item_recent", "user_cosine"])
def test_three_columns_are_enough(split: Shop, method: str) -> None:
    """A method that learns from who took what proposes something to every customer."""
    assert split.value(
        "select count(distinct customer_id) from marts.fct_recommendation_candidates "
        f"where is_current and method = '{method}'"
    ) == split.value("select count(*) from marts.dim_customers")


def test_what_three_columns_cannot_tell(split: Shop) -> None:
    """Without texts there is nothing alike, without a second purchase nothing is due."""
    found = reasons(split)
    assert (found.pop("content"), found.pop("due_date")) == (NO_TEXTS, NO_SECOND_DAY)
    assert set(found.values()) == {None}


def dense_scores(train: np.ndarray, method: str) -> np.ndarray:
    """Users × items, by the textbook formula of each method."""
    train = train.astype(float)
    gram = train.T @ train
    if method == "popular":
        return np.tile(train.sum(axis=0), (len(train), 1))
    if method == "item_cosine":
        weighted = train / np.sqrt(np.maximum(train.sum(axis=1, keepdims=True), 1))
        norms = np.linalg.norm(weighted, axis=0)
        weights = np.where(gram >= 2, weighted.T @ weighted / np.outer(norms, norms), 0)
    else:
        inverse = np.linalg.inv(gram + REGULARIZATION * np.eye(len(gram)))
        weights = np.eye(len(gram)) - inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return train @ weights


def dense_ndcg(train: np.ndarray, test: np.ndarray, method: str) -> float:
    """Mean nDCG@10: all items ranked but those of train, users without test items left out."""
    scores = np.where(train, -np.inf, dense_scores(train, method).round(9))
    best = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    discounts = 1 / np.log2(np.arange(2, 12))
    gains = np.take_along_axis(test, best, axis=1) @ discounts
    sizes = test.sum(axis=1)
    ideals = np.cumsum(discounts)[np.minimum(sizes, 10) - 1]
    return float((gains / ideals)[sizes > 0].mean())


def scored(shop: Shop, method: str, columns: str = "value") -> tuple:
    """The row of the scorecard of one method's nDCG@10, or some of its columns."""
    return shop.row(
        f"select {columns} from marts.rpt_model_scorecard where task = 'recommendation' "
        f"and list = 'discover' and method = '{method}' and metric = 'ndcg' and k = 10 "
        "and slice = 'something to find' and as_of_date = '2000-01-15'"
    )


@pytest.mark.parametrize("method", ["popular", "item_cosine", "item_ease"])
def test_ndcg_equals_a_dense_evaluation(
    method: str, split: Shop, ratings: tuple[np.ndarray, np.ndarray]
) -> None:
    """The scorecard's nDCG@10 of a given split, and its number of users."""
    train, test = ratings
    value, users = scored(split, method, "value, rows_scored")
    assert users == (test.any(axis=1) & train.any(axis=1)).sum()
    assert float(value) == pytest.approx(dense_ndcg(train, test, method), abs=1e-5)


@pytest.mark.parametrize("method", ["item_cosine", "item_ease"])
def test_taste_beats_fame(method: str, split: Shop) -> None:
    """Where tastes differ, methods that learn them are better than what is popular."""
    assert scored(split, method, "beats_baseline") == (True,)


def test_the_split_is_kept(split: Shop, ratings: tuple[np.ndarray, np.ndarray]) -> None:
    """The backtest knows the training rows and no other."""
    cells = split.rows(
        "select customer_id, product_id from intermediate.int_customer_product_purchases "
        "where as_of_date = '2000-01-15'"
    )
    assert set(cells) == {(f"u{user:03}", f"i{item:02}") for user, item in np.argwhere(ratings[0])}


def test_every_row_of_a_split_counts(
    as_given: Shop, ratings: tuple[np.ndarray, np.ndarray], many_runs: ManyRuns
) -> None:
    """No row of either file is rejected, be it as an order line or as a review."""
    tables = ("order_lines", "reviews")
    shop = replace(as_given, folder=as_given.folder / "staged")
    run = many_runs.run(shop, "run", "--select", *(f"+base_shop__{name}" for name in tables))
    assert run.code == 0, run.output
    rows = sum(part.sum() for part in ratings)
    assert [shop.rejections(name) for name in tables] == [{"accepted": rows}] * 2


# ---------------------------------------------------------------------------------------------
# Ratings: shops/movielens.yml on files of its format
# ---------------------------------------------------------------------------------------------

# as u.genre lists them, after unknown
GENRES = [
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary"),
    *("Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi"),
    *("Thriller", "War", "Western"),
]
PEOPLE, FILMS = 50, 20


def likes(user: int, film: int) -> bool:
    """Even people like the first ten films, odd people the others."""
    return user % 2 == film // 10


def rating_of(user: int, film: int) -> int:
    """4 or 5 for what a person likes, 1 or 2 for the rest, 0 for what is not rated.

    The last ten people have rated seven films that they do not like, and two that they do.
    """
    if user < 40:
        is_rated = (user * 7 + film * 3) % 5 > 1
        return is_rated * ((4 if likes(user, film) else 1) + (user + film) % 2)
    if likes(user, film):
        return 5 * ((user + film) % 5 == 0)
    return 2 * ((user + film) % 10 < 7)


RATED = np.array([[rating_of(user, film) for film in range(FILMS)] for user in range(PEOPLE)])


def film_line(film: int) -> bytes:
    """A line of u.item, 24 columns in Latin-1: ten of one genre, ten of another, one of all."""
    genres = [["Sci-Fi"], ["Romance"], GENRES][film // 10]
    flags = [0, *(int(genre in genres) for genre in GENRES)]
    fields = (film, f'Café "{film}" (1995)', "01-Jan-1995", "", "http://us.imdb.com/M/", *flags)
    return "|".join(map(str, fields)).encode("latin-1")


@pytest.fixture(scope="module")
def films(make_shop: MakeShop) -> Shop:
    """Twenty films of two genres, rated by fifty people who like the one or the other."""
    start = int(datetime(1997, 9, 20, tzinfo=UTC).timestamp())
    lines = [
        f"{user}\t{film}\t{RATED[user, film]}\t{start + 86_400 * ((user * 11 + film * 5) % 200)}"
        for user, film in np.argwhere(RATED)
    ]
    given = yaml.safe_load(MOVIELENS.read_text("utf-8"))
    shop = make_shop(given.pop("shop"), None, **given, user_similarity="pearson")
    folder = shop.folder / "movielens"
    folder.mkdir()
    (folder / "u.data").write_text("\n".join(lines))
    (folder / "u.item").write_bytes(b"\n".join(film_line(film) for film in range(FILMS + 1)))
    (folder / "u.user").write_text(
        "\n".join(f"{user}|{20 + user}|M|writer|T8H1N" for user in range(PEOPLE))
    )
    return shop.build()


def test_movielens_is_a_shop(films: Shop) -> None:
    """Every rating is a review and an order line; films have titles and genres, people ages."""
    assert films.rejections() == films.rejections("reviews") == {"accepted": (RATED > 0).sum()}
    assert films.rejections("products") == {"accepted": FILMS + 1}
    products = "select product_name, tags from staging.stg_shop__products where product_id = "
    assert films.row(products + "'7'") == ('Café "7" (1995)', "Sci-Fi")
    assert films.row(products + "'20'")[1] == "|".join(GENRES)
    people = "select age, occupation from marts.dim_customers where customer_id = "
    assert films.row(people + "'3'") == (23, "writer")


@pytest.mark.parametrize("method", ["item_cosine", "item_ease", "item_recent", "discover"])
def test_low_ratings_count_against(films: Shop, method: str) -> None:
    """No film of the genre that a person rated low stands before one of the other."""
    source = (
        "marts.fct_customer_recommendations where list = 'discover'"
        if method == "discover"
        else f"marts.fct_recommendation_candidates where method = '{method}'"
    )
    ranks: dict[bool, list[tuple[str, int]]] = {True: [], False: []}
    for person, film, rank in films.rows(
        f"select customer_id, product_id, rank from {source} and is_current"
    ):
        ranks[likes(int(person), int(film))].append((person, rank))
    assert len({person for person, _ in ranks[True]}) == PEOPLE
    worst_liked = {person: rank for person, rank in sorted(ranks[True])}
    assert all(worst_liked[person] < rank for person, rank in ranks[False])


def test_adjusted_cosine_equals_the_formula(films: Shop) -> None:
    """Pair by pair: the customers who rated both, each less their own mean, and their cosine."""
    ratings = {
        person: {film: int(value) for film, value in enumerate(row) if value}
        for person, row in enumerate(RATED)
    }
    means = {person: sum(given.values()) / len(given) for person, given in ratings.items()}
    expected = {}
    for one, other in itertools.permutations(range(FILMS), 2):
        both = [person for person, given in ratings.items() if one in given and other in given]
        left = np.array([ratings[person][one] - means[person] for person in both])
        right = np.array([ratings[person][other] - means[person] for person in both])
        cosine = left @ right / (np.linalg.norm(left) * np.linalg.norm(right))
        if len(both) >= 20 and cosine > 0:
            expected[str(one), str(other)] = (pytest.approx(cosine, abs=1e-9), len(both))
    adjusted = films.with_vars(similarity_measure="adjusted_cosine")
    adjusted.build("--exclude-resource-type", "test", "--select", "ml_item_cosine")
    found = adjusted.rows(
        "select one.product_id, other.product_id, similarity, shared_buyer_count "
        "from ml.ml_item_cosine as pairs "
        "inner join intermediate.int_product_trends as one using (as_of_date, product_index) "
        "inner join intermediate.int_product_trends as other on "
        "other.as_of_date = pairs.as_of_date and other.product_index = pairs.neighbor_index "
        "where as_of_date = (select as_of_date from intermediate.int_as_of_dates where is_current)"
    )
    assert {(one, other): figures for one, other, *figures in found} == {
        pair: list(figures) for pair, figures in expected.items()
    }
    assert 0 < len(expected) < FILMS * (FILMS - 1)


def test_pearson_equals_the_dense_formula(films: Shop) -> None:
    """Rows less their own mean, their cosine, and nobody who is opposed."""
    is_rated = RATED > 0
    means = RATED.sum(axis=1) / is_rated.sum(axis=1)
    centered = np.where(is_rated, RATED - means[:, None], 0)
    unit = centered / np.linalg.norm(centered, axis=1)[:, None]
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, 0)
    found = np.zeros((PEOPLE, PEOPLE))
    for person, other, value in films.rows(
        "select customer_id, similar_customer_id, similarity "
        "from marts.fct_customer_similarities where as_of_date = "
        "(select as_of_date from intermediate.int_as_of_dates where is_current)"
    ):
        found[int(person), int(other)] = value
    assert found == pytest.approx(np.maximum(similarity, 0), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "value"), [("user_similarity", "pearson"), ("similarity_measure", "adjusted_cosine")]
)
def test_means_ask_for_ratings(
    many_runs: ManyRuns, make_shop: MakeShop, name: str, value: str
) -> None:
    """What was bought has no mean to differ from: one sentence says what to set."""
    shop = make_shop(INTERACTIONS, taken([("c1", "p1", 0)]), **{name: value})
    run = many_runs.run(shop, "run", "--select", "int_orders")
    assert run.code != 0
    assert f"set interaction_value to rating, or {name} to cosine" in run.output


# ---------------------------------------------------------------------------------------------
# Views, launches and filters
# ---------------------------------------------------------------------------------------------

KINDS = ("tea", "cups", "books", "lamps")
TODAY = FIRST_DAY + timedelta(days=200)
VIEWED = [(f"c{who:02}", f"p{who:02}") for who in range(10)] + [("looker", "p02")]


def shelf() -> Iterator[tuple[Any, ...]]:
    """24 products in four categories at 5 to 120, and a tea that was just launched."""
    for product in range(24):
        kind = KINDS[product % 4]
        yield f"p{product:02}", f"{kind} {product}", kind, None
    yield "fresh", "tea 24", "tea", TODAY - timedelta(days=11)


@pytest.fixture(scope="module")
def seen(make_shop: MakeShop) -> Shop:
    """Forty customers who bought, ten of whom also looked, and one who only looked."""
    random = np.random.default_rng(5)
    rows = []
    for who in range(40):
        for step in range(6):
            product = (who % 4 + 4 * int(random.integers(6))) if step < 4 else random.integers(24)
            day = FIRST_DAY + timedelta(days=(199 - 5 * who) % 40 + 32 * step)
            price = 5 + 5 * int(product)
            rows.append((f"o{who}-{step}", f"p{int(product):02}", day, 1, price, f"c{who:02}"))
    seen_at = f"{TODAY - timedelta(days=4)} 10:00:00"
    return make_shop(
        {name: {"from": f"{name}.csv"} for name in ("order_lines", "products", "events")},
        {
            "order_lines.csv": table(
                ("order_id", "product_id", "ordered_at", "quantity", "unit_price", "customer_id"),
                rows,
            ),
            "products.csv": table(
                ("product_id", "product_name", "category", "launched_at"), shelf()
            ),
            "events.csv": table(
                ("occurred_at", "event_type", "customer_id", "product_id"),
                [(seen_at, "view", *viewed) for viewed in VIEWED],
            ),
        },
        as_of_date=str(TODAY),
    ).build()


def test_views_enter_the_profile(seen: Shop) -> None:
    """What was looked at and not bought is in the matrix, with less weight than a purchase."""
    cells = seen.rows(
        "select customer_id, product_id, weight from intermediate.int_interaction_matrix "
        "inner join intermediate.int_recommendation_customers using (as_of_date, customer_index) "
        "inner join intermediate.int_product_trends using (as_of_date, product_index) "
        "where not is_bought and is_current order by all"
    )
    bought = set(seen.rows("select customer_id, product_id from core.fct_order_lines"))
    assert [cell[:2] for cell in cells] == sorted(set(VIEWED) - bought)
    # one point where a purchase is five, four days of a half-life of thirty ago
    assert {round(weight, 6) for *_, weight in cells} == {round(0.2 * 0.5 ** (4 / 30), 6)}


def test_who_only_looked_is_offered_what_is_similar(seen: Shop) -> None:
    """A customer without a purchase gets a list from the one product looked at, with reasons."""
    offered = seen.rows(
        "select product_id, reason_product_id, reason from marts.fct_customer_recommendations "
        "where is_current and list = 'discover' and customer_id = 'looker' and method != 'popular'"
    )
    assert offered
    assert all(because == "p02" and "looked at" in reason for _, because, reason in offered)
    similar = seen.rows(
        "select other.product_id from intermediate.int_product_neighbors as neighbors "
        "inner join intermediate.int_product_trends as product using (as_of_date, product_index) "
        "inner join intermediate.int_product_trends as other "
        "on other.as_of_date = neighbors.as_of_date and other.product_index = neighbor_index "
        "where product.product_id = 'p02' and method = 'item_cosine' and other.is_still_sold "
        f"and neighbors.as_of_date = '{TODAY}'"
    )
    candidates = seen.rows(
        "select product_id from marts.fct_recommendation_candidates "
        "where is_current and customer_id = 'looker' and method = 'item_cosine'"
    )
    assert sorted(candidates) == sorted(similar)


def test_events_of_some_leave_nobody_out(seen: Shop) -> None:
    """Everybody has a list today, every row of it a reason."""
    assert seen.row(
        "select count(distinct customer_id), bool_and(length(reason) > 10) "
        "from marts.fct_customer_recommendations where is_current and list = 'discover'"
    ) == (41, True)


def test_a_launch_is_offered_before_it_is_bought(seen: Shop) -> None:
    """What nobody bought yet is a candidate by its text, from its launch on."""
    found = seen.rows(
        "select distinct as_of_date, method, reason_product_id "
        "from marts.fct_recommendation_candidates "
        "where product_id = 'fresh' and method != 'popular'"
    )
    assert {(day, method) for day, method, _ in found} == {(TODAY, "content")}
    assert {because for *_, because in found} <= {f"p{tea:02}" for tea in range(0, 24, 4)}


FILTERS = {
    "discover_new_categories": True,
    "discover_price_band": [0.5, 2],
    "discover_max_per_category": 2,
}
# rows of discover that a filter forbids, from the order lines alone
FORBIDDEN = {
    "discover_new_categories": (
        "select count(*) from offered inner join bought using (as_of_date, customer_id, category)"
    ),
    "discover_price_band": (
        "select count(*) from offered inner join usual using (as_of_date, customer_id) "
        "inner join prices using (as_of_date, product_id) "
        "where price not between 0.5 * usual_price and 2 * usual_price"
    ),
    "discover_max_per_category": (
        "select count(*) from (select 1 from offered "
        "group by as_of_date, customer_id, category having count(*) > 2)"
    ),
}
KNOWN = """
with offered as (
    select as_of_date, customer_id, product_id, category
    from marts.fct_customer_recommendations
    inner join staging.stg_shop__products using (product_id)
    where list = 'discover'
),
lines as (
    select as_of_date, customer_id, product_id, category, quantity, gross_amount
    from core.fct_order_lines
    inner join staging.stg_shop__products using (product_id)
    inner join (select distinct as_of_date from offered) on ordered_at < as_of_date
),
bought as (select distinct as_of_date, customer_id, category from lines),
prices as (
    select as_of_date, product_id, sum(gross_amount) / sum(quantity) as price
    from lines group by all
),
usual as (
    select as_of_date, customer_id, sum(gross_amount) / sum(quantity) as usual_price
    from lines group by all
)
"""


@pytest.fixture(scope="module")
def filtered(seen: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The same shop with all filters, its lists made again."""
    folder = shutil.copytree(seen.folder, tmp_path_factory.mktemp("filtered") / "shop")
    shop = replace(seen, folder=folder).with_vars(**FILTERS)
    folders = (f"path:models/recommendations/{name}" for name in ("lists", "serving"))
    return shop.build("--select", *folders, "fct_customer_recommendations")


@pytest.mark.parametrize("name", FILTERS)
def test_filters_hold_on_every_row(name: str, seen: Shop, filtered: Shop) -> None:
    """No row of discover is against a filter, be it of a fallback; without filters some are."""
    assert seen.value(KNOWN + FORBIDDEN[name]) > 0
    assert filtered.value(KNOWN + FORBIDDEN[name]) == 0


def test_filters_leave_something(filtered: Shop) -> None:
    """Most customers still have something new to discover."""
    customers = filtered.value(
        "select count(distinct customer_id) from marts.fct_customer_recommendations "
        "where is_current and list = 'discover'"
    )
    assert customers > 20
