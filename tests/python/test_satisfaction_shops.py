"""Satisfaction of small shops and of Olist, against independent computations."""

import csv
import io
import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from conftest import MakeShop, Shop
from customer_value.plain_text import plain_words
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score
from test_satisfaction import GOOD, ILL, PLAIN

pytestmark = pytest.mark.shops

TODAY = date(2025, 1, 1)
HORIZON = 60
MARTS = (
    "fct_review_sentiment",
    "rpt_product_satisfaction",
    "rpt_satisfaction",
    "rpt_satisfaction_trend",
    "rpt_complaint_terms",
    "rpt_complaint_topics",
    "int_satisfaction_scorecard",
)
COLUMNS = ("review_id", "rating", "reviewed_at", "customer_id", "product_id", "review_text")
MAPPING = {"order_lines": {"from": "orders.csv"}, "reviews": {"from": "reviews.csv"}}
Review = tuple[Any, ...]


def table(columns: tuple[str, ...], rows: list[tuple]) -> str:
    """A CSV; None is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


ORDERS = table(
    ("order_id", "product_id", "ordered_at", "quantity", "unit_price", "customer_id"),
    [
        (f"o{n}", f"p{n % 9}", TODAY - timedelta(days=n % 300 + 1), 1, 5 + n % 4, f"c{n % 90}")
        for n in range(600)
    ],
)
PRODUCTS = table(
    ("product_id", "product_name", "category"),
    [(f"p{n}", f"Product {n}", "odd" if n % 2 else "even") for n in range(9)],
)


def wrote(count: int = 500, seed: int = 4) -> list[Review]:
    """Reviews of nine products, the first of which is worse than the others, and some odd ones."""
    draw = random.Random(seed)
    rows: list[Review] = []
    for n in range(count):
        product = draw.randrange(9)
        stars = draw.choices([1, 2, 3, 4, 5], [40, 20, 10, 10, 20] if product == 0 else
                             [8, 7, 10, 25, 50])[0]  # fmt: skip
        says = draw.choices(PLAIN, k=draw.randint(3, 8))
        says += draw.choices(GOOD if stars > 3 else ILL if stars < 3 else GOOD + ILL, k=2)
        draw.shuffle(says)
        text = " ".join(says) if draw.random() < 0.9 else None
        day = TODAY - timedelta(days=draw.randint(1, 290))
        rows.append((f"r{n}", stars, day, f"c{draw.randrange(90)}", f"p{product}", text))
    return [
        *rows,
        ("stars only", 5, None, "c1", "p1", None),
        ("no stars", None, TODAY - timedelta(days=3), "c2", "p1", "never again, broken and late"),
        ("turned", 5, TODAY - timedelta(days=3), "c3", "p1", "Broken! Late, refund; never."),
        ("no product", 1, TODAY - timedelta(days=3), "c4", None, "scratched"),
        ("signs", 1, TODAY - timedelta(days=2), "c4", "p2", "…!!!"),
        ("strange", None, TODAY - timedelta(days=2), "c4", "p2", "жжжж"),
    ]


def small(make_shop: MakeShop, reviews: list[Review], **variables: Any) -> Shop:
    """A shop of these reviews, not yet built."""
    files = {
        "orders.csv": ORDERS,
        "products.csv": PRODUCTS,
        "reviews.csv": table(COLUMNS, reviews),
    }
    mapping = MAPPING | {"products": {"from": "products.csv"}}
    return make_shop(mapping, files, prediction_horizon_days=HORIZON, **variables)


def checked(shop: Shop) -> Shop:
    """The shop's marts and what they need, with all data tests that this is enough for."""
    selected = [f"+{mart}" for mart in MARTS]
    return shop.build("--indirect-selection", "buildable", "--select", *selected)


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """Some five hundred reviews."""
    return checked(small(make_shop, wrote()))


def test_every_review_has_a_score_or_a_reason(shop: Shop) -> None:
    """One row each; why there is no score is said; odd ones are what they should be."""
    assert shop.value("select count(*) from marts.fct_review_sentiment") == len(wrote())
    found = {
        row[0]: row[1:]
        for row in shop.rows(
            "select review_id, sentiment, contradiction, is_complaint, no_score_reason "
            "from marts.fct_review_sentiment"
        )
    }
    no_text, unknown = (
        "The review has no text.",
        "Nothing in the text is known from reviews with stars.",
    )
    assert found["stars only"] == (None, None, False, no_text)
    assert found["no stars"] == ("negative", None, True, None)
    assert found["turned"] == ("negative", "text below stars", False, None)
    assert found["no product"] == ("negative", None, True, None)
    assert found["signs"] == (None, None, True, no_text)
    assert found["strange"] == (None, None, False, unknown)


def test_equal_texts_have_equal_scores(shop: Shop) -> None:
    """Whatever their stars, and whether they have any."""
    scores: dict[str, set] = {}
    texts = {row[0]: plain_words(row[-1]) for row in wrote()}
    for review, score in shop.rows(
        "select review_id, sentiment_score from marts.fct_review_sentiment "
        "where sentiment_score is not null"
    ):
        scores.setdefault(texts[review], set()).add(score)
    assert {len(values) for values in scores.values()} == {1}


def test_scorecard_is_scikit_learns(shop: Shop) -> None:
    """AUC, accuracy and Brier score of every method and protocol, over reviews with stars."""
    groups: dict[tuple, list[tuple]] = {}
    for *key, is_positive, score in shop.rows(
        "select protocol, as_of_date, method, is_positive, sentiment_score "
        "from intermediate.int_review_trials"
    ):
        groups.setdefault(tuple(key), []).append((is_positive, float(score)))
    figures = {
        row[:4]: float(row[4])
        for row in shop.rows(
            "select protocol, as_of_date, method, metric, value "
            "from intermediate.int_satisfaction_scorecard where slice = 'all reviews'"
        )
    }
    assert {key[0] for key in groups} == {"cross_validation", "time_cut"}
    for key, pairs in groups.items():
        positive, score = (np.array(column) for column in zip(*pairs, strict=True))
        expected = {
            "auc": roc_auc_score(positive, score),
            "accuracy": accuracy_score(positive, score > 0.5),
            "brier": brier_score_loss(positive, score),
            "bias": np.mean(score - positive),
        }
        for metric, value in expected.items():
            assert figures[(*key, metric)] == pytest.approx(value, abs=2e-6), (key, metric)


def test_auc_interval_is_as_recomputed(shop: Shop) -> None:
    """The difference to the rule with DeLong's variance, by the definition over all pairs."""
    rows = shop.rows(
        "select m.is_positive, m.sentiment_score, r.sentiment_score "
        "from intermediate.int_review_trials as m inner join intermediate.int_review_trials as r "
        "using (protocol, as_of_date, review_id) where protocol = 'time_cut' "
        "and m.method = 'words_and_characters' and r.method = 'one_word'"
    )
    positive, *scores = np.array(rows, dtype=float).T
    found = []
    for score in scores:
        above, below = score[positive == 1], score[positive == 0]
        wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
        found.append((wins.mean(axis=1), wins.mean(axis=0)))
    first, second = found[0][0] - found[1][0], found[0][1] - found[1][1]
    error = np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    value, low, high = shop.row(
        "select value, low, high from intermediate.int_satisfaction_scorecard "
        "where metric = 'auc_difference' and method = 'words_and_characters' "
        "and protocol = 'time_cut' and slice = 'all reviews'"
    )
    expected = [first.mean(), first.mean() - 1.96 * error, min(first.mean() + 1.96 * error, 1)]
    assert [float(value), float(low), float(high)] == pytest.approx(expected, abs=2e-6)


def test_shrunk_ratings_are_as_recomputed(shop: Shop) -> None:
    """Bühlmann and Straub by hand: the worst product is below the others, and drawn to them."""
    ratings: dict[str, list[float]] = {}
    for _, stars, _, _, product, _ in wrote():
        if product and stars:
            ratings.setdefault(product, []).append(stars)
    groups = {product: np.array(stars, dtype=float) for product, stars in ratings.items()}
    sizes = np.array([len(stars) for stars in groups.values()])
    means = np.array([stars.mean() for stars in groups.values()])
    count, mean = sizes.sum(), (sizes * means).sum() / sizes.sum()
    within = sum(((stars - stars.mean()) ** 2).sum() for stars in groups.values())
    within /= count - len(groups)
    between = ((sizes * (means - mean) ** 2).sum() - (len(groups) - 1) * within) / (
        count - (sizes**2).sum() / count
    )
    weight = within / between
    expected = (sizes * means + weight * mean) / (sizes + weight)
    found = dict(shop.rows("select product_id, shrunk_rating from marts.rpt_product_satisfaction"))
    assert [float(found[product]) for product in groups] == pytest.approx(list(expected), abs=2e-6)
    assert shop.rows(
        "select product_id from marts.rpt_product_satisfaction where rating_level = 'below'"
    ) == [("p0",)]


def test_counts_add_up(shop: Shop) -> None:
    """Months add up to dated reviews, products and categories to the reviews that name one."""
    reviews = wrote()
    months, shops, products, categories = shop.row(
        "select (select sum(review_count) from marts.rpt_satisfaction_trend where level = 'shop'), "
        "(select review_count from marts.rpt_satisfaction where level = 'shop'), "
        "(select sum(review_count) from marts.rpt_product_satisfaction), "
        "(select sum(review_count) from marts.rpt_satisfaction where level = 'category')"
    )
    assert months == sum(row[2] is not None for row in reviews)
    assert shops == len(reviews)
    assert products == categories == sum(row[4] is not None for row in reviews)


def test_complaint_terms_are_as_recomputed(shop: Shop) -> None:
    """Counts from the texts themselves; nothing that fewer than three people wrote."""
    said = [
        (set(plain_words(text).split()), stars, customer, product)
        for _, stars, _, customer, product, text in wrote()
        if text
    ]
    rows = shop.rows(
        "select term, complaint_count, author_count from marts.rpt_complaint_terms "
        "where level = 'product' and group_key = 'p0' and term not like '% %'"
    )
    assert {row[0] for row in rows} <= set(ILL)
    for term, complaints, authors in rows:
        those = [customer for words, stars, customer, product in said
                 if term in words and product == "p0" and (stars or 5) < 3]  # fmt: skip
        assert (complaints, authors) == (len(those), len(set(those)))
    best = shop.rows("select term from marts.rpt_complaint_terms where level = 'shop'")
    assert {term for (term,) in best[:3]} <= set(ILL) | {
        f"{one} {other}" for one in ILL for other in ILL
    }
    assert shop.value("select min(author_count) from marts.rpt_complaint_terms") >= 3


def test_ids_change_nothing(make_shop: MakeShop, shop: Shop) -> None:
    """Other ids of reviews, customers and products, in another order: the same scores and words."""
    draw = random.Random(9)
    again = [
        (
            f"x{len(review)}{review[::-1]}",
            stars,
            day,
            f"y{customer[::-1]}",
            product and f"p{8 - int(product[1:])}",
            text,
        )
        for review, stars, day, customer, product, text in wrote()
    ]
    draw.shuffle(again)
    other = small(make_shop, again).up_to(*MARTS)
    for query in (
        "select rating, reviewed_at, sentiment_score, sentiment, topic "
        "from marts.fct_review_sentiment",
        "select * from intermediate.int_satisfaction_scorecard",
        "select review_count, shrunk_rating, main_topic, main_term "
        "from marts.rpt_product_satisfaction",
        "select * from marts.rpt_complaint_terms where level = 'shop'",
        "select * from ml.ml_complaint_topics",
    ):
        assert other.rows(f"{query} order by all") == shop.rows(f"{query} order by all"), query


def test_what_followed_the_backtest_changes_nothing_in_it(make_shop: MakeShop, shop: Shop) -> None:
    """Other stars and texts after it: what is learned from as of the backtest stays the same."""
    backtest = TODAY - timedelta(days=HORIZON)
    turned = [
        row if row[2] is None or row[2] < backtest else (row[0], 3, *row[2:5], "something else")
        for row in wrote()
    ]
    other = small(make_shop, turned).up_to(*MARTS)
    query = (
        "select * from ml.ml_review_sentiment where is_learned_from "
        f"and as_of_date = '{backtest}' order by all"
    )
    assert len(shop.rows(query)) > 200
    assert other.rows(query) == shop.rows(query)


def test_no_text_is_published(shop: Shop) -> None:
    """No column of a public table holds a review's words."""
    texts = {plain_words(row[-1]) for row in wrote() if row[-1] and len(row[-1]) > 30}
    for mart in (name for name in MARTS if not name.startswith("int_")):
        for row in shop.rows(f"select * from marts.{mart}"):
            assert not texts & {plain_words(value) for value in row if isinstance(value, str)}


DAY = TODAY - timedelta(days=9)
FEW: dict[str, tuple[list[Review], str]] = {
    "none": ([], "There are no reviews."),
    "no texts": (
        [(f"r{n}", 1 + n % 5, DAY, f"c{n}", "p1", None) for n in range(300)],
        "No review has a text.",
    ),
    "few": (wrote(60)[:60], "reviews to learn from"),
    "all five stars": (
        [(row[0], 5, *row[2:]) for row in wrote(300)],
        "different texts with four or five stars and 0 with one or two",
    ),
    "one product, the same text": (
        [(f"r{n}", 5 if n % 2 else 1, DAY, f"c{n}", "p1", "ok 👍") for n in range(1000)],
        "there are 1 different texts",
    ),
    "all later": (
        [(row[0], row[1], TODAY + timedelta(days=9), *row[3:]) for row in wrote(300)[:300]],
        "There are no reviews.",
    ),
}


@pytest.mark.parametrize("kind", FEW)
def test_too_little_has_a_reason(make_shop: MakeShop, kind: str) -> None:
    """Green, no score, and one sentence that says why."""
    reviews, words = FEW[kind]
    found = small(make_shop, reviews).up_to(*MARTS)
    reason, method, terms, topics = found.row(
        "select no_score_reason, method, no_terms_reason, no_topics_reason "
        "from marts.rpt_satisfaction where level = 'shop'"
    )
    assert words in reason
    assert (method, terms, topics) == (None, reason, reason)
    assert found.value("select count(sentiment_score) from marts.fct_review_sentiment") == 0
    assert found.value("select count(*) from intermediate.int_satisfaction_scorecard") == 0


LANGUAGES = {
    "chinese": ("很好 质量不错", "质量太差 退货"),
    "hindi": ("बहुत अच्छा उत्पाद", "खराब उत्पाद टूटा"),
    "french": ("Très bien reçu", "Jamais reçu, déçu"),
    "emoji": ("👍❤️", "👎😡"),
    "html": ("<p>Works&nbsp;fine</p>", "<div>Does <b>NOT</b> work</div>"),
}


def test_several_languages_at_once(make_shop: MakeShop) -> None:
    """Scripts with and without blanks, emoji, HTML, empty and very long texts, one word."""
    draw = random.Random(2)
    rows: list[Review] = []
    for n in range(600):
        good, ill = LANGUAGES[draw.choice(list(LANGUAGES))]
        stars = draw.choice([1, 5])
        text = f"{good if stars == 5 else ill} {draw.choice(PLAIN)} {draw.choice(PLAIN)}"
        rows.append((f"r{n}", stars, DAY, f"c{n % 80}", f"p{n % 9}", text))
    rows += [
        ("long", 5, DAY, "c1", "p1", "good " * 20_000),
        ("wide", 1, DAY, "c1", "p1", "差" * 100_000),
        ("empty", 1, DAY, "c1", "p1", ""),
        ("blank", 1, DAY, "c1", "p1", " \t "),
        ("word", None, DAY, "c1", "p1", "bien"),
        *((f"same{n}", 5, DAY, f"c{n % 80}", "p1", "OK") for n in range(1000)),
    ]
    found = checked(small(make_shop, rows))
    auc, rows_scored = found.row(
        "select value, rows_scored from intermediate.int_satisfaction_scorecard "
        "where metric = 'auc' and method = 'words_and_characters' and protocol = 'cross_validation'"
    )
    assert auc > 0.99
    assert rows_scored >= 1600
    terms = found.rows("select term from marts.rpt_complaint_terms")
    assert {"👎", "😡", "退货"} <= {word for (term,) in terms for word in term.split()}


def test_the_fit_is_bounded(make_shop: MakeShop, shop: Shop) -> None:
    """With fewer texts to learn from all are scored still."""
    bounded = small(make_shop, wrote(), fit_sample_reviews=100).up_to(*MARTS)
    assert bounded.value("select max(n) from (select count(*) as n from "
                         "intermediate.int_review_samples group by as_of_date)") == 100  # fmt: skip
    count = "select count(sentiment_score) from marts.fct_review_sentiment"
    assert bounded.value(count) >= shop.value(count) - 5


@pytest.fixture(scope="module")
def olist(make_real_shop: MakeShop) -> Shop:
    """Olist's orders and reviews."""
    return checked(make_real_shop("olist"))


def test_olist_reaches_what_is_known_to_be_reached(olist: Shop) -> None:
    """By identical text an AUC of .955 at least, better than one word; as good a quarter later."""
    figures = {
        row[:3]: row[3:]
        for row in olist.rows(
            "select protocol, method, metric, value, beats_baseline "
            "from intermediate.int_satisfaction_scorecard as card "
            "inner join intermediate.int_review_dates using (as_of_date) "
            "where slice = 'all reviews' and (is_current or protocol = 'time_cut')"
        )
    }
    for protocol in ("cross_validation", "time_cut"):
        value, _ = figures[protocol, "words_and_characters", "auc"]
        assert value >= 0.955
        assert figures[protocol, "words_and_characters", "brier"][1]
        assert figures[protocol, "one_word", "auc"][0] < 0.85


def test_olist_complains_in_portuguese(olist: Shop) -> None:
    """No language is set anywhere; what was not received and money back are among the first."""
    terms = [
        term
        for (term,) in olist.rows(
            "select term from marts.rpt_complaint_terms where level = 'shop' order by term_rank"
        )
    ]
    assert terms[:2] == ["nao", "nao recebi"]
    topics = " ".join(
        topic
        for (topic,) in olist.rows(
            "select topic from marts.rpt_complaint_topics where level = 'shop'"
        )
    )
    assert {"dinheiro", "estoque", "defeito"} <= set(topics.replace(",", "").split())


def test_an_orders_review_is_of_each_product(olist: Shop) -> None:
    """Olist's reviews name orders: they count for every product of theirs."""
    expected = olist.value(
        "select count(*) from (select distinct r.review_id, l.product_id "
        "from staging.stg_shop__reviews as r inner join core.fct_order_lines as l using (order_id) "
        "cross join (select as_of_date from intermediate.int_as_of_dates where is_current) "
        "where reviewed_at < as_of_date and ordered_at < as_of_date and not l.is_non_product)"
    )
    assert olist.value("select sum(review_count) from marts.rpt_product_satisfaction") == expected
