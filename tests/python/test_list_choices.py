"""What lists are made of: chosen by closed windows, computed again with SciPy, on shops that ask.

A sparse shop, in which products that one customer bought are most; and one without dates, where
some products of each customer are hidden.
"""

import csv
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import Shop
from scipy import stats

pytestmark = pytest.mark.shops

COLUMNS = ["order_id", "product_id", "ordered_at", "quantity", "unit_price", "customer_id"]
TABLES = ["rpt_list_choices", "fct_customer_recommendations", "fct_recommendation_candidates"]
MOST_LOST = 0.002


def write(folder: Path, rows: list[list[object]], **variables: object) -> Shop:
    """A shop of order lines, built up to its lists."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lines.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    shop = {"name": "written", "folder": str(folder), "order_lines": {"from": "lines.csv"}}
    return Shop(folder / "build", {"shop": shop, **variables}).up_to(*TABLES)


@pytest.fixture(scope="module")
def sparse_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """900 customers and 5,000 products by Zipf's law, most of which one or two customers buy."""
    random = np.random.default_rng(3)
    weights = 1 / np.arange(1, 5_001) ** 0.8
    taste, group = random.integers(0, 20, 900), random.integers(0, 20, 5_000)
    rows: list[list[object]] = []
    for customer in range(900):
        own = weights * np.where(group == taste[customer], 8, 1)
        for visit, day in enumerate(sorted(random.integers(0, 480, 2 + random.geometric(0.2)))):
            date = np.datetime64("2024-01-01") + int(day)
            for product in random.choice(5_000, 1 + random.poisson(2.5), False, own / own.sum()):
                order = f"o{customer}-{visit}"
                rows.append([order, f"p{product}", date, 1, 2 + product % 50, f"c{customer}"])
    return write(tmp_path_factory.mktemp("sparse"), rows)


@pytest.fixture(scope="module")
def undated_shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, dict[str, set[str]]]:
    """700 customers who like three of twelve groups of products, all on one day.

    A quarter of what each customer has is kept back, to score the lists by.
    """
    random = np.random.default_rng(4)
    popular = 1 / (1 + np.arange(25)) ** 0.7
    rows: list[list[object]] = []
    kept: dict[str, set[str]] = {}
    for customer in range(700):
        groups = random.choice(12, 3, replace=False)
        own = np.full(300, 0.02) * np.tile(popular, 12)
        for place in groups:
            own[place * 25 : place * 25 + 25] += popular
        has = random.choice(300, random.integers(15, 60), False, own / own.sum())
        kept[f"c{customer}"] = {f"p{product}" for product in has[: len(has) // 4]}
        rows += [
            [f"o{customer}", f"p{product}", "2024-05-05", 1, 5, f"c{customer}"]
            for product in has[len(has) // 4 :]
        ]
    return write(tmp_path_factory.mktemp("undated"), rows, use_recency=False), kept


def read(shop: Shop, sql: str) -> pd.DataFrame:
    """The rows of a query over the build."""
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.execute(sql).df()


def pooled(trials: pd.DataFrame, blend: str, other: str) -> pd.Series:
    """Each customer's mean difference of two blends over the windows."""
    by_blend = trials.pivot_table(
        index=["as_of_date", "customer_id"], columns="blend", values="ndcg", fill_value=0
    )
    by_blend = by_blend.reindex(columns=[blend, other], fill_value=0)
    return (by_blend[blend] - by_blend[other]).groupby("customer_id").mean()


def check_choice(shop: Shop, choices: pd.DataFrame, day: pd.Timestamp, name: str) -> None:
    """Holm's procedure over paired t-tests of the two latest closed windows."""
    dates = read(shop, "select * from intermediate.int_recommendation_dates")
    closed = dates[(dates["closed_date"] <= day) & (dates["is_training"] | dates["is_backtest"])]
    windows = closed["as_of_date"].nlargest(2)
    trials = read(shop, f"select * from intermediate.int_blend_trials where list = '{name}'")
    trials = trials[trials["as_of_date"].isin(windows)].astype({"ndcg": float})
    blends = sorted({*choices["blend"]} - {"default", "rule", "varied"})
    wins, p = {}, {}
    for blend in blends:
        each = [pooled(trials[trials["as_of_date"] == w], blend, "default") for w in windows]
        wins[blend] = all(difference.mean() > 0 for difference in each)
        difference = pooled(trials, blend, "default")
        t = stats.ttest_1samp(difference, 0, alternative="greater") if difference.any() else None
        p[blend] = 1.0 if t is None else t.pvalue
        row = choices.set_index("blend").loc[blend]
        assert float(row["difference"]) == pytest.approx(difference.mean(), abs=1e-6)
        assert row["customer_count"] == len(difference)
    order = sorted(blends, key=p.__getitem__)
    beyond = np.logical_and.accumulate(
        [p[blend] < 0.025 / (len(order) - place) for place, blend in enumerate(order)]
    )
    better = {blend for blend, is_beyond in zip(order, beyond, strict=True) if is_beyond}
    better = {blend for blend in better if wins[blend]}
    mean = choices.set_index("blend")["ndcg"].astype(float)
    expected = max(better, key=mean.__getitem__) if better else "default"
    (chosen,) = choices.loc[choices["is_chosen"], "blend"]
    assert chosen == expected
    against = pooled(trials, chosen, "rule")
    high = against.mean() + stats.t.ppf(0.975, len(against) - 1) * stats.sem(against)
    assert choices["is_rule_served"].any() == (high < 0)
    if "varied" in mean:
        lost = pooled(trials, "varied", "default")
        low = lost.mean() - stats.t.ppf(0.975, len(lost) - 1) * (
            stats.sem(lost) if any(lost) else 0
        )
        assert choices["is_varied"].any() == (low >= -MOST_LOST)


def test_choices_are_those_of_scipy(sparse_shop: Shop) -> None:
    """As of today and of the backtest, by windows that were closed then."""
    choices = read(sparse_shop, "select * from marts.rpt_list_choices")
    discover = choices[choices["list"] == "discover"]
    assert set(discover["window_count"]) == {2}
    for day, of_day in discover.groupby("as_of_date"):
        check_choice(sparse_shop, of_day, day, "discover")


def test_a_sparse_shop_is_not_served_less_than_its_rule(sparse_shop: Shop) -> None:
    """What is surely worse than what is popular is not served; the scorecard keeps both."""
    choices = read(sparse_shop, "select * from marts.rpt_list_choices where is_current")
    chosen = choices[(choices["list"] == "discover") & choices["is_chosen"]].iloc[0]
    assert chosen["blend"] != "default"  # which is far worse here
    methods = read(
        sparse_shop,
        "select distinct method from marts.fct_customer_recommendations "
        "where is_current and list = 'discover'",
    )["method"]
    assert chosen["is_rule_served"] == (set(methods) == {"popular"})
    assert ("customers get the rule's list" in chosen["reason"]) == chosen["is_rule_served"]
    shown = read(
        sparse_shop,
        "select method, value from intermediate.int_recommendation_scorecard where metric = 'ndcg' "
        "and k = 10 and slice = 'something to find' and method in ('discover', 'popular')",
    )
    assert len(shown) == 2


def test_an_undated_shop_chooses_by_hidden_products(
    undated_shop: tuple[Shop, dict[str, set[str]]],
) -> None:
    """Its list finds at least as much of what was kept back as item_ease alone."""
    shop, kept = undated_shop
    choices = read(shop, "select * from marts.rpt_list_choices where is_current")
    discover = choices[choices["list"] == "discover"]
    assert set(discover["window_count"]) == {2}
    check_choice(shop, discover, discover["as_of_date"].iloc[0], "discover")
    gains = 1 / np.log2(np.arange(2, 12))

    def ndcg(rows: pd.DataFrame) -> float:
        """The mean over customers, none = 0."""
        hits = [p in kept[c] for c, p in zip(rows["customer_id"], rows["product_id"], strict=True)]
        gain = pd.Series(gains[rows["rank"] - 1] * hits).groupby(rows["customer_id"]).sum()
        ideal = {c: gains[: len(products)].sum() for c, products in kept.items()}
        return float(np.mean([gain.get(c, 0) / ideal[c] for c in kept]))

    columns = "select customer_id, product_id, rank from marts"
    where = "where is_current and rank <= 10"
    listed = read(shop, f"{columns}.fct_customer_recommendations {where} and list = 'discover'")
    alone = read(shop, f"{columns}.fct_recommendation_candidates {where} and method = 'item_ease'")
    assert ndcg(listed) >= ndcg(alone) > 0.1
