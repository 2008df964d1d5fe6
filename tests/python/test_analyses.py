"""The questions of analyses/: each has its page, reads marts alone, runs, and has right numbers."""

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, MakeShop, ManyRuns, Shop
from statsmodels.stats.proportion import proportion_confint
from test_house import MARTS, NOT_SPARK, sql_of
from test_odd_shops import COLUMNS, small, table

FILES = sorted((PROJECT / "analyses").glob("*.sql"))
NAMES = [file.stem for file in FILES]
ABOUT_PRODUCTS = {"bundles_across_categories", "products_returned_most", "products_running_out"}
HORIZON, YEAR, FEWEST, MOST = 90, 365, 20, 100
QUARTER = pd.Timedelta(days=HORIZON)


def test_each_has_its_page() -> None:
    """The file begins with its question, and so does its description; then comes the grain."""
    page = yaml.safe_load((PROJECT / "analyses/_analyses.yml").read_text(encoding="utf-8"))
    described = {analysis["name"]: analysis["description"] for analysis in page["analyses"]}
    assert sorted(described) == NAMES
    assert len(NAMES) == 12
    for file in FILES:
        (question,) = re.findall(r"\A-- (.*\?)\n", file.read_text(encoding="utf-8"))
        assert described[file.stem].startswith(f"{question} One row per "), file.stem


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_short_and_in_total_order(file: Path) -> None:
    """Short lines, no word that Spark has not, places that end in a key, a hundred of them."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(len(line) <= 100 and line == line.rstrip() for line in lines)
    # without a limit of its own, since `dbt show` adds one
    assert lines[-2:] == [f"where place <= {MOST}", "order by place"]
    assert re.search(r" \w+ asc\n +\) as int\n +\) as place,\n", "\n".join(lines))
    found = [word for word in NOT_SPARK if re.search(word, sql_of(file), flags=re.IGNORECASE)]
    assert not found


def test_they_read_marts_alone(many_runs: ManyRuns) -> None:
    """What an analysis reads is published, so that it runs on the published file, too."""
    manifest = many_runs.manifest.to_dict()["nodes"]
    nodes = [node for node in manifest.values() if node["resource_type"] == "analysis"]
    assert sorted(node["name"] for node in nodes) == NAMES
    for node in nodes:
        read = [manifest[other] for other in node["depends_on"]["nodes"]]
        assert read
        assert all(other["name"].startswith(MARTS) for other in read), node["name"]
        assert all(other["schema"] in ("core", "marts") for other in read), node["name"]


# ---------------------------------------------------------------------------------------------
# They run
# ---------------------------------------------------------------------------------------------


def answers(shop: Shop, many_runs: ManyRuns, folder: Path) -> dict[str, pd.DataFrame]:
    """{analysis: its rows}. It is compiled beside the shop, whose file others may be reading."""
    run = many_runs.run(
        replace(shop, folder=folder), "compile", "--select", "resource_type:analysis"
    )
    assert run.code == 0, run.output
    compiled = folder / "target/compiled/customer_value/analyses"
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return {
            name: connection.sql((compiled / f"{name}.sql").read_text(encoding="utf-8")).df()
            for name in NAMES
        }


@pytest.fixture(scope="module")
def found(
    recommended: Shop, many_runs: ManyRuns, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pd.DataFrame]:
    """What each analysis says of the sample shop."""
    return answers(recommended, many_runs, tmp_path_factory.mktemp("asked"))


@pytest.mark.shops
@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_answer(name: str, found: dict[str, pd.DataFrame]) -> None:
    """Of the sample shop each analysis has something to say, in a hundred rows at the most."""
    rows = found[name]
    assert rows["place"].tolist() == list(range(1, len(rows) + 1))
    assert 1 <= len(rows) <= MOST
    assert rows.notna().any().all()  # no column is always empty


@pytest.mark.shops
@pytest.mark.parametrize("name", ["header without rows", "one product"])
def test_small_shops_give_no_error(
    name: str, make_shop: MakeShop, many_runs: ManyRuns, tmp_path: Path
) -> None:
    """Without orders nothing is said."""
    found = answers(small(make_shop, name), many_runs, tmp_path)
    assert name != "header without rows" or not any(map(len, found.values()))


GUESTS = [(f"g{n}", "ab"[n % 2], f"2024-0{1 + n % 6}-02", 1, 10, None) for n in range(80)]
RETURNS = [(f"g{n}", "a", "2024-06-09", -1, 10, None) for n in (0, 2, 4, 6)]


@pytest.mark.shops
def test_of_guests_products_alone_are_told(
    make_shop: MakeShop, many_runs: ManyRuns, tmp_path: Path
) -> None:
    """Without customers nothing is said of them; 4 of 40 came back of a, and none of b."""
    nodes = many_runs.manifest.to_dict()["nodes"]
    marts = {
        nodes[other]["name"]
        for node in nodes.values()
        if node["resource_type"] == "analysis"
        for other in node["depends_on"]["nodes"]
    }
    shop = make_shop(files={"orders.csv": table(COLUMNS, [*GUESTS, *RETURNS])})
    found = answers(shop.up_to(*sorted(marts)), many_runs, tmp_path)
    assert {name for name, answer in found.items() if len(answer)} <= ABOUT_PRODUCTS
    (row,) = found["products_returned_most"].to_dict("records")
    assert (row["product_id"], row["category"], row["order_count"]) == ("a", "unknown", 40)
    assert (row["return_share"], row["others_return_share"]) == (0.1, 0)
    assert row["excess_amount"] == 40


# ---------------------------------------------------------------------------------------------
# Their numbers
# ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def core(recommended: Shop) -> dict[str, pd.DataFrame]:
    """The tables that are computed from, and today."""
    tables = {
        "lines": "select * from core.fct_order_lines",
        "orders": "select * from core.fct_orders",
        "products": "select * from marts.dim_products",
        "rfm": "select * from marts.fct_customer_rfm",
    }
    with duckdb.connect(str(recommended.database), read_only=True) as connection:
        read = {name: connection.sql(sql).df() for name, sql in tables.items()}
    for name, columns in {"lines": ("gross_amount", "net_amount", "returned_amount")}.items():
        read[name][list(columns)] = read[name][list(columns)].astype(float)
    read["lines"]["day"] = read["lines"]["ordered_at"].dt.normalize()
    return read


@pytest.fixture(scope="module")
def today(core: dict[str, pd.DataFrame]) -> pd.Timestamp:
    """The day after the last line that counts."""
    lines = core["lines"]
    return lines.loc[~lines["is_cancelled"], "day"].max() + pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def newcomers(core: dict[str, pd.DataFrame], today: pd.Timestamp) -> pd.DataFrame:
    """Customers whose first 90 days are over: their first order, and what they did in them."""
    orders = core["orders"]
    bought = orders[orders["is_purchase"] & orders["customer_id"].notna()]
    first = bought.sort_values(["ordered_at", "order_id"]).groupby("customer_id").head(1)
    first = first[first["order_date"] <= today - QUARTER].set_index("customer_id")
    later = bought[bought["customer_id"].isin(first.index)].copy()
    start = later["customer_id"].map(first["order_date"])
    later = later[(later["order_date"] > start) & (later["order_date"] < start + QUARTER)]
    first["returned"] = first.index.isin(later["customer_id"])
    undiscounted = later["discount_amount"].astype(float) == 0
    first["paid_in_full"] = first.index.isin(later.loc[undiscounted, "customer_id"])
    lines = core["lines"][core["lines"]["customer_id"].isin(first.index)]
    start = lines["customer_id"].map(first["order_date"])
    inside = lines[(lines["day"] >= start) & (lines["day"] < start + QUARTER)]
    first["spent"] = inside.groupby("customer_id")["net_amount"].sum()
    return first


@pytest.mark.shops
def test_who_came_for_a_discount(found: dict[str, pd.DataFrame], newcomers: pd.DataFrame) -> None:
    """Customers by the code of their first order; some have none and still a discount."""
    discounted = newcomers["discount_amount"].astype(float) > 0
    other = np.where(discounted, "a discount without a code", "full price")
    came_with = newcomers["promotion_code"].fillna(pd.Series(other, newcomers.index))
    groups = newcomers.groupby(came_with).agg(
        customer_count=("order_id", "size"),
        returned_customer_count=("returned", "sum"),
        full_price_customer_count=("paid_in_full", "sum"),
        spent=("spent", "sum"),
    )
    rows = found["discounted_first_purchases"].set_index("came_with")
    assert {"WELCOME10", "full price"} <= set(rows.index)
    for name in groups.columns[:3]:
        assert rows[name].sort_index().tolist() == groups[name].tolist()
    per_customer = groups["spent"] / groups["customer_count"]
    np.testing.assert_allclose(
        rows["amount_per_customer"].sort_index().astype(float), per_customer, atol=0.0051
    )
    rates = groups["full_price_customer_count"] / groups["customer_count"]
    np.testing.assert_allclose(rows["full_price_rate"].sort_index(), rates, atol=1e-6)
    assert rows["full_price_rate"].is_monotonic_decreasing


@pytest.mark.shops
def test_first_products(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame], newcomers: pd.DataFrame
) -> None:
    """Rates by product of the first day, Wilson's interval by statsmodels, and all others' rate."""
    lines = core["lines"]
    sold = lines[(lines["gross_amount"] > 0) & ~lines["is_non_product"]]
    sold = sold[sold["day"] == sold["customer_id"].map(newcomers["order_date"])]
    pairs = sold[["customer_id", "product_id"]].drop_duplicates()
    pairs["returned"] = pairs["customer_id"].map(newcomers["returned"])
    counts = pairs.groupby("product_id")["returned"].agg(["size", "sum"])
    counts = counts[counts["size"] >= FEWEST].astype(int)
    rows = found["first_products"].set_index("product_id").sort_index()
    assert len(rows) > 30
    assert rows.index.tolist() == counts.index.tolist()
    assert rows["customer_count"].tolist() == counts["size"].tolist()
    assert rows["returned_customer_count"].tolist() == counts["sum"].tolist()
    low, _ = proportion_confint(counts["sum"], counts["size"], method="wilson")
    np.testing.assert_allclose(rows["return_rate_low"], low, atol=2e-5)  # 1.96 is rounded
    others = (newcomers["returned"].sum() - counts["sum"]) / (len(newcomers) - counts["size"])
    np.testing.assert_allclose(rows["others_return_rate"], others, atol=1e-6)
    assert found["first_products"]["return_rate_low"].is_monotonic_decreasing


@pytest.mark.shops
def test_value_of_a_retention_point(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame], today: pd.Timestamp
) -> None:
    """One of a hundred customers of today, times what those who came back brought."""
    rfm, lines, orders = core["rfm"], core["lines"], core["orders"]
    start = today - QUARTER
    then = rfm[rfm["as_of_date"] == start].set_index("customer_id")
    bought = orders[orders["is_purchase"] & (orders["order_date"] >= start)]
    then["returned"] = then.index.isin(bought["customer_id"])
    then["spent"] = lines[lines["day"] >= start].groupby("customer_id")["net_amount"].sum()
    now = rfm[rfm["is_current"]].groupby("rfm_group").size()
    rows = found["value_of_a_retention_point"].set_index("rfm_group")
    assert rows["customer_count"].sort_index().tolist() == now.tolist()
    assert rows["point_amount"].notna().sum() >= 3
    for group, row in rows.iterrows():
        mine = then[then["rfm_group"] == group]
        back = mine[mine["returned"]]
        assert (row["earlier_customer_count"], row["returned_customer_count"]) == (
            len(mine),
            len(back),
        )
        assert row["retention_rate"] == pytest.approx(len(back) / len(mine), abs=1e-6)
        if len(back) >= FEWEST:
            worth = now[group] / 100 * back["spent"].sum() / len(back)
            assert float(row["point_amount"]) == pytest.approx(worth, abs=0.0051)
            assert row["no_amount_reason"] is None or pd.isna(row["no_amount_reason"])
        else:
            assert pd.isna(row["point_amount"])
            assert row["no_amount_reason"] == "Fewer than 20 of them came back."


@pytest.mark.shops
def test_products_returned_most(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame]
) -> None:
    """From the lines: what came back of each product, and of the others of its category."""
    lines = core["lines"]
    lines = lines[~lines["is_non_product"]]
    amounts = lines.groupby("product_id")[["gross_amount", "returned_amount"]].sum()
    sold = lines[lines["gross_amount"] > 0]
    amounts["orders"] = sold.groupby("product_id")["order_id"].nunique()
    amounts["category"] = core["products"].set_index("product_id")["category"].fillna("unknown")
    sums = amounts.groupby("category")[["gross_amount", "returned_amount"]].transform("sum")
    others = sums - amounts[["gross_amount", "returned_amount"]]
    rate = others["returned_amount"] / others["gross_amount"]
    amounts["excess"] = amounts["returned_amount"] - rate * amounts["gross_amount"]
    amounts = amounts[(amounts["orders"] >= FEWEST) & (amounts["excess"] > 0)]
    rows = found["products_returned_most"].set_index("product_id")
    assert sorted(rows.index) == sorted(amounts.index)
    expected = amounts.loc[rows.index, "excess"]
    np.testing.assert_allclose(rows["excess_amount"].astype(float), expected, atol=0.06)
    assert rows["excess_amount"].is_monotonic_decreasing


@pytest.mark.shops
def test_revenue_concentration(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame], today: pd.Timestamp
) -> None:
    """The tenths of a year's buyers, by NumPy's own way of cutting a list into ten."""
    rows = found["revenue_concentration"]
    assert rows["to_date"].nunique() == 2
    lines = core["lines"][core["lines"]["customer_id"].notna()]
    for end, tenths in rows.groupby("to_date"):
        assert end in (today, today - pd.Timedelta(days=YEAR))
        inside = lines[(lines["day"] < end) & (lines["day"] >= end - pd.Timedelta(days=YEAR))]
        sums = inside.groupby("customer_id")[["gross_amount", "net_amount"]].sum()
        bought = sums.loc[sums["gross_amount"] > 0, "net_amount"].sort_values(ascending=False)
        place = np.arange(len(bought)) * 10 // len(bought)
        parts = bought.groupby(place).agg(["size", "sum", "min"])
        assert tenths["customer_count"].tolist() == parts["size"].tolist()
        np.testing.assert_allclose(tenths["net_amount"].astype(float), parts["sum"], atol=0.0051)
        np.testing.assert_allclose(
            tenths["smallest_amount"].astype(float), parts["min"], atol=0.0051
        )
        share = parts["sum"].cumsum() / bought.sum()
        np.testing.assert_allclose(tenths["revenue_share_so_far"], share, atol=1e-6)
        assert tenths["is_whole_year"].all() == (lines["day"].min() <= tenths["from_date"].iloc[0])


@pytest.mark.shops
def test_groups_moving_down(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame], today: pd.Timestamp
) -> None:
    """Who has lower scores than in September, and what they brought in the year before."""
    rfm, lines = core["rfm"], core["lines"]
    assert today == pd.Timestamp("2026-10-01")
    start = pd.Timestamp("2026-09-01")
    columns = ["rfm_group", "recency_score", "fm_score"]
    now = rfm[rfm["is_current"]].set_index("customer_id")[columns]
    both = now.join(
        rfm[rfm["as_of_date"] == start].set_index("customer_id")[columns],
        suffixes=("", "_then"),
        how="inner",
    )
    fell = both["recency_score"] + both["fm_score"] < (
        both["recency_score_then"] + both["fm_score_then"]
    )
    moved = both[fell & (both["rfm_group"] != both["rfm_group_then"])].copy()
    year = lines[(lines["day"] < start) & (lines["day"] >= start - pd.Timedelta(days=YEAR))]
    moved["amount"] = year.groupby("customer_id")["net_amount"].sum()
    groups = moved.groupby(["rfm_group_then", "rfm_group"])["amount"].agg(["size", "sum"])
    rows = found["groups_moving_down"]
    assert set(rows["from_date"]) == {start}
    rows = rows.set_index(["from_group", "to_group"]).sort_index()
    assert rows.index.tolist() == groups.index.tolist()
    assert rows["customer_count"].tolist() == groups["size"].tolist()
    np.testing.assert_allclose(rows["year_amount"].astype(float), groups["sum"], atol=0.0051)
    assert rows["customer_count"].sum() > 50


@pytest.mark.shops
def test_bundles_across_categories(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame]
) -> None:
    """Baskets with both products, and those that chance would give, counted from the lines."""
    lines = core["lines"]
    sold = lines[(lines["quantity"] > 0) & ~lines["is_cancelled"] & ~lines["is_non_product"]]
    first = sold.groupby(["order_id", "product_id"])["day"].min().reset_index()
    baskets = first.groupby(["order_id", "day"])["product_id"].apply(frozenset)
    rows = found["bundles_across_categories"]
    pairs = {
        frozenset(pair) for pair in zip(rows["product_id"], rows["added_product_id"], strict=True)
    }
    assert len(pairs) == len(rows)  # no pair twice
    for row in rows.itertuples():
        one, two = (
            sum(i in basket for basket in baskets) for i in (row.product_id, row.added_product_id)
        )
        both = sum({row.product_id, row.added_product_id} <= basket for basket in baskets)
        assert row.basket_count == both
        assert row.confidence == pytest.approx(both / one, abs=1e-6)
        assert row.confidence >= both / two - 1e-6
        assert row.basket_count_by_chance == pytest.approx(one * two / len(baskets), rel=1e-4)
        assert row.category != row.added_category


@pytest.mark.shops
def test_each_customer_is_one_of_the_question(
    found: dict[str, pd.DataFrame], core: dict[str, pd.DataFrame], recommended: Shop
) -> None:
    """Lists of customers hold the group, score and review that their question names."""
    now = core["rfm"][core["rfm"]["is_current"]].set_index("customer_id")
    lists = ("customers_to_win_back", "cooling_champions", "unhappy_valuable_customers")
    groups = {name: set(now.loc[found[name]["customer_id"], "rfm_group"]) for name in lists}
    assert groups["customers_to_win_back"] <= {"previously_loyal", "at_risk"}
    assert groups["cooling_champions"] == {"champions"}
    unhappy = found["unhappy_valuable_customers"]
    assert (now.loc[unhappy["customer_id"], "monetary_score"] >= 4).all()
    assert (unhappy["rating"].dropna() <= 2).all()
    with duckdb.connect(str(recommended.database), read_only=True) as connection:
        later = connection.execute(
            "select count(*) from marts.fct_review_sentiment as reviews inner join unhappy "
            "on reviews.customer_id = unhappy.customer_id "
            "and reviews.reviewed_at > unhappy.reviewed_at"
        )
        assert later.fetchone() == (0,)
    # nobody is offered what is no longer sold
    sold = core["products"].loc[core["products"]["is_still_sold"], "product_id"]
    assert set(found["customers_to_win_back"]["offered_product_id"].dropna()) <= set(sold)
