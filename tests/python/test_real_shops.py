"""Real shops give the figures that are known of them.

Figures of online_retail stand in the data's README; those of the other shops are computed here from
the raw files, by pandas or the csv module, and not with the project's SQL.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import MakeShop, Shop
from page import Figures, compiled_analyses, drawn, opened
from report import write_report
from scipy import stats

pytestmark = pytest.mark.shops


@pytest.fixture(scope="module")
def retail_kept(make_real_shop: MakeShop) -> Shop:
    """Online Retail with its repeated lines, monetary value by gross."""
    return make_real_shop(
        "online_retail", keep_duplicate_lines=True, monetary_measure="gross"
    ).up_to("fct_orders", "fct_customer_rfm", "dim_customers")


@pytest.fixture(scope="module")
def olist(make_real_shop: MakeShop) -> Shop:
    """Olist, from joined tables."""
    return make_real_shop("olist").build()


@pytest.fixture(scope="module")
def rees46(make_real_shop: MakeShop) -> Shop:
    """REES46, a clickstream whose purchases are the order lines."""
    return make_real_shop("rees46").build()


@pytest.fixture(scope="module")
def shopify(make_real_shop: MakeShop) -> Shop:
    """Shopify's own export."""
    return make_real_shop("shopify").build()


@pytest.fixture(scope="module")
def cdnow(make_real_shop: MakeShop) -> Shop:
    """CDNOW, of fixed width."""
    return make_real_shop("cdnow").build()


@pytest.fixture(scope="module")
def hillstrom(make_real_shop: MakeShop) -> Shop:
    """Hillstrom, a campaign without order lines."""
    return make_real_shop("hillstrom").build()


def read(real_data: Path, name: str) -> pd.DataFrame:
    """A raw CSV as text, an empty field as an empty text."""
    return pd.read_csv(real_data / name, dtype=str, keep_default_na=False)


# ---------------------------------------------------------------------------------------------
# Online Retail
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "figure"),
    [
        ("count(*)", 541_909),
        ("count(distinct order_id)", 25_900),
        ("count(distinct customer_id)", 4_372),
        ("count(*) filter (where customer_id is null)", 135_080),
        ("count(*) filter (where order_id like 'C%')", 9_288),
        ("count(*) filter (where cast(quantity as int) < 0)", 10_624),
        ("count(*) filter (where cast(unit_price as decimal(18, 4)) = 0)", 2_515),
        ("count(*) filter (where cast(unit_price as decimal(18, 4)) < 0)", 2),
        ("count(*) filter (where product_name is null)", 1_454),
        ("sum(cast(quantity as int))", 5_176_450),
        ("round(sum(cast(quantity as int) * cast(unit_price as decimal(18, 4))), 2)", 9_747_747.93),
    ],
)
def test_retail_is_read_whole(retail: Shop, expression: str, figure: float) -> None:
    """Every raw line reaches the project, as it is."""
    assert float(retail.value(f"select {expression} from shop.order_lines")) == figure


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("retail", {"accepted": 536_639, "line is there already": 5_268}),
        ("retail_kept", {"accepted": 541_907}),
    ],
)
def test_retail_rejections(
    name: str, expected: dict[str, int], request: pytest.FixtureRequest
) -> None:
    """Repeated lines go, unless the shop keeps them; prices below zero go always."""
    shop: Shop = request.getfixturevalue(name)
    assert shop.rejections() == {**expected, "unit_price is below zero": 2}


@pytest.mark.parametrize(
    ("name", "lines", "amount"),
    [("retail", 392_692, "8887208.894"), ("retail_kept", 397_884, "8911407.904")],
)
def test_retail_sales_to_known_customers(
    name: str, lines: int, amount: str, request: pytest.FixtureRequest
) -> None:
    """Lines with a customer, a quantity and a price above zero, and what they sum to."""
    shop: Shop = request.getfixturevalue(name)
    count, total = shop.row(
        "select count(*), sum(gross_amount) from core.fct_order_lines "
        "where customer_id is not null and gross_amount > 0"
    )
    assert count == lines
    assert f"{total:.3f}" == amount


@pytest.mark.parametrize("name", ["retail", "retail_kept"])
def test_retail_purchases(name: str, request: pytest.FixtureRequest) -> None:
    """Purchases by known customers, and how many each makes."""
    shop: Shop = request.getfixturevalue(name)
    assert shop.row(
        "select count(*), count(distinct customer_id) from core.fct_orders "
        "where is_purchase and customer_id is not null"
    ) == (18_532, 4_338)
    mean, median, once = shop.row(
        "select avg(purchase_count), median(purchase_count), "
        "avg(cast(purchase_count = 1 as int)) from marts.dim_customers where purchase_count > 0"
    )
    assert (round(mean, 3), median, round(once, 3)) == (4.272, 2, 0.344)


def test_retail_net_revenue(retail: Shop) -> None:
    """What known customers paid less what they sent back, without repeated lines."""
    net = retail.value("select sum(net_amount) from marts.dim_customers")
    assert f"{net:.2f}" == "8278519.42"
    assert retail.value("select count(*) from marts.dim_customers") == 4_372


def test_retail_rfm(retail_kept: Shop) -> None:
    """Means and medians of RFM as of 2011-12-10, as published."""
    as_of, *means = retail_kept.row(
        "select cast(as_of_date as string), round(avg(recency_days), 2), round(avg(frequency), 3), "
        "round(avg(cast(monetary_amount as double)), 2) "
        "from marts.fct_customer_rfm where is_current group by 1"
    )
    assert as_of == "2011-12-10"
    assert means == [93.06, 4.272, 2054.27]
    medians = retail_kept.row(
        "select median(recency_days), median(frequency), "
        "round(median(cast(monetary_amount as double)), 2) "
        "from marts.fct_customer_rfm where is_current"
    )
    # 4,338 is even: the median lies between 674.45 and 674.52
    assert medians[:2] == (51, 2)
    assert medians[2] == pytest.approx(674.48, abs=0.011)


def test_retail_products(retail: Shop, real_data: Path) -> None:
    """Codes that differ by letter case alone are one product."""
    raw = read(real_data, "online_retail/online_retail.csv.gz")
    codes = raw["StockCode"].str.strip().str.upper()
    assert retail.value("select count(*) from marts.dim_products") == 3_958 == codes.nunique()
    products = codes[codes.str.match(r"^[0-9]{5}")].nunique()
    assert (
        retail.value("select count(*) from marts.dim_products where not is_non_product") == products
    )


def test_retail_against_pandas(retail: Shop, real_data: Path) -> None:
    """Every customer's RFM and net revenue equals what pandas makes of the raw file."""
    raw = read(real_data, "online_retail/online_retail.csv.gz").drop_duplicates()
    raw = raw[raw["CustomerID"] != ""]
    raw["cents"] = (raw["UnitPrice"].astype(float) * 1_000).round().astype(np.int64) * raw[
        "Quantity"
    ].astype(np.int64)
    raw["day"] = pd.to_datetime(raw["InvoiceDate"]).dt.normalize()
    bought = raw[raw["cents"] > 0].groupby("CustomerID")
    expected = pd.DataFrame(
        {
            "recency_days": (pd.Timestamp("2011-12-10") - bought["day"].max()).dt.days,
            "frequency": bought["InvoiceNo"].nunique(),
            "monetary": raw.groupby("CustomerID")["cents"].sum(),
        }
    ).dropna()
    expected.index = expected.index.str.replace(".0", "")
    actual = pd.DataFrame(
        retail.rows(
            "select customer_id, recency_days, frequency, cast(monetary_amount as double) "
            "from marts.fct_customer_rfm where is_current"
        ),
        columns=["CustomerID", "recency_days", "frequency", "monetary"],
    ).set_index("CustomerID")
    assert set(actual.index) == set(expected.index)
    joined = actual.join(expected, rsuffix="_expected")
    assert (joined["recency_days"] == joined["recency_days_expected"]).all()
    assert (joined["frequency"] == joined["frequency_expected"]).all()
    assert (joined["monetary"] - joined["monetary_expected"] / 1_000).abs().max() < 0.0051


# ---------------------------------------------------------------------------------------------
# Olist
# ---------------------------------------------------------------------------------------------


def test_olist_counts(olist: Shop, real_data: Path) -> None:
    """All lines and reviews, and persons rather than one customer per order."""
    items = read(real_data, "olist/order_items.csv.gz")
    orders = read(real_data, "olist/orders.csv.gz")
    people = read(real_data, "olist/customers.csv.gz")
    lines = items.merge(orders, on="order_id").merge(people, on="customer_id")
    assert len(lines) == 8_365
    assert olist.rejections() == {"accepted": 8_365}
    assert (
        olist.value("select count(distinct customer_id) from core.fct_orders")
        == lines["customer_unique_id"].nunique()
        == 7_263
    )
    assert sum(olist.rejections("reviews").values()) == 8_225
    assert (
        olist.value("select count(*) from marts.dim_products")
        == read(real_data, "olist/products.csv.gz")["product_id"].nunique()
    )


def test_olist_amounts(olist: Shop, real_data: Path) -> None:
    """Each order's gross is the sum of its items' prices; cancelled orders count nowhere."""
    items = read(real_data, "olist/order_items.csv.gz")
    orders = read(real_data, "olist/orders.csv.gz").set_index("order_id")
    prices = items["price"].astype(float).groupby(items["order_id"]).sum().round(2)
    is_cancelled = orders["order_status"].isin(["canceled", "unavailable"])
    expected = {
        order: (0.0 if is_cancelled[order] else price, bool(is_cancelled[order]))
        for order, price in prices.items()
    }
    actual = olist.rows(
        "select order_id, cast(gross_amount as double), is_cancelled from core.fct_orders"
    )
    assert {order: (gross, cancelled) for order, gross, cancelled in actual} == expected


# ---------------------------------------------------------------------------------------------
# REES46
# ---------------------------------------------------------------------------------------------


def test_rees46_counts(rees46: Shop, real_data: Path) -> None:
    """Every event is kept; the last line, cut in the middle, is rejected, and no reason to stop."""
    raw = read(real_data, "rees46/events.csv.gz")
    assert len(raw) == 17_435
    assert rees46.rejections("events") == {"accepted": 17_434, "record has too few fields": 1}
    raw = raw[:-1]
    actual = dict(
        rees46.rows("select event_type, count(*) from staging.stg_shop__events group by 1")
    )
    assert actual == raw["event_type"].value_counts().to_dict()
    purchases = raw[raw["event_type"] == "purchase"]
    assert rees46.rejections() == {"accepted": len(purchases)}
    assert (
        rees46.value("select count(*) from core.fct_orders where is_purchase")
        == purchases["user_session"].nunique()
    )
    gross = rees46.value("select sum(gross_amount) from core.fct_orders")
    assert float(gross) == pytest.approx(purchases["price"].astype(float).sum(), abs=0.005)


def test_rees46_visits(rees46: Shop, real_data: Path) -> None:
    """A customer's visits are the sessions that the shop's log names.

    The line that is cut is rejected. One session has two customers, and is a visit of one of them.
    """
    raw = read(real_data, "rees46/events.csv.gz")[:-1]
    raw = raw[raw["user_id"] != ""]
    raw["session"] = raw["user_session"].where(raw["user_session"] != "", raw["user_id"])
    people = raw.groupby("session")["user_id"].agg(set)
    (shared,) = people[people.map(len) > 1]
    actual = dict(
        rees46.rows(
            "select customer_id, visit_count from marts.fct_customer_behavior "
            "where is_current and visit_count is not null"
        )
    )
    assert sum(actual.values()) == raw["session"].nunique()
    expected = raw.groupby("user_id")["session"].nunique().to_dict()
    assert {name: count for name, count in actual.items() if name not in shared} == {
        name: count for name, count in expected.items() if name not in shared
    }


# ---------------------------------------------------------------------------------------------
# Shopify
# ---------------------------------------------------------------------------------------------


def test_shopify_orders(shopify: Shop, real_data: Path) -> None:
    """Each order's gross is the file's Subtotal and its discounts; no e-mail is published."""
    with (real_data / "shopify" / "orders_export.csv").open(encoding="utf-8", newline="") as file:
        raw = list(csv.DictReader(file))
    assert len(raw) == 121
    assert shopify.rejections() == {"accepted": 121}
    first = {row["Name"]: row for row in raw if row["Subtotal"]}
    assert len(first) == 51
    orders = {
        order: (float(gross), float(discount))
        for order, gross, discount in shopify.rows(
            "select order_id, gross_amount + cancelled_amount, discount_amount from core.fct_orders"
        )
    }
    assert orders.keys() == first.keys()
    for order, row in first.items():
        gross, discount = orders[order]
        assert gross - discount == pytest.approx(float(row["Subtotal"]), abs=0.011), order


def test_shopify_customers(shopify: Shop, real_data: Path) -> None:
    """Two customers, under a hash; their addresses stand in the restricted schema alone."""
    raw = read(real_data, "shopify/orders_export.csv")
    emails = {email.lower() for email in raw["Email"] if email}
    assert shopify.value("select count(*) from marts.dim_customers") == 2 == len(emails)
    assert {
        email.lower()
        for (email,) in shopify.rows("select email from restricted.dim_customer_contacts")
    } == emails
    for table in ("core.fct_orders", "core.fct_order_lines", "marts.dim_customers"):
        for email in emails:
            found = shopify.value(
                f"select count(*) from {table} as line "
                f"where contains(lower(cast(line as varchar)), '{email}')"
            )
            assert found == 0, table


# ---------------------------------------------------------------------------------------------
# CDNOW
# ---------------------------------------------------------------------------------------------


def test_cdnow(cdnow: Shop, real_data: Path) -> None:
    """Rows, and every customer's last day, purchases (free ones too) and dollars."""
    raw = pd.read_csv(
        real_data / "cdnow" / "CDNOW_sample.txt",
        sep=r"\s+",
        header=None,
        names=["master", "customer", "day", "units", "dollars"],
        dtype={"customer": str},
    )
    assert (len(raw), raw["customer"].nunique()) == (6_919, 2_357)
    assert sum(cdnow.rejections().values()) == 6_919
    raw["cents"] = (raw["dollars"] * 100).round().astype(int)
    assert raw["cents"].sum() == 24_409_194
    raw["day"] = pd.to_datetime(raw["day"], format="%Y%m%d")
    bought = raw.groupby("customer")
    expected = {
        customer: (day.date(), count, cents)
        for customer, day, count, cents in zip(
            bought["day"].max().index,
            bought["day"].max(),
            bought["day"].size(),
            bought["cents"].sum(),
            strict=True,
        )
    }
    actual = {
        customer: (day, count, round(100 * float(gross)))
        for customer, day, count, gross in cdnow.rows(
            "select customer_id, last_purchase_date, purchase_count, gross_amount "
            "from marts.dim_customers where purchase_count > 0"
        )
    }
    assert actual == expected
    assert cdnow.value("select count(*) from marts.dim_customers") == 2_357


# ---------------------------------------------------------------------------------------------
# Hillstrom
# ---------------------------------------------------------------------------------------------


def test_hillstrom(hillstrom: Shop, real_data: Path) -> None:
    """64,000 contacts; each arm's visits, conversions and spend, and the published differences."""
    raw = pd.read_csv(real_data / "hillstrom" / "hillstrom.csv.gz")
    assert hillstrom.rejections("campaign_contacts") == {"accepted": 64_000}
    assert hillstrom.rejections("customers") == {"accepted": 64_000}
    actual = pd.DataFrame(
        hillstrom.rows(
            "select variant, count(*), avg(cast(has_visited as int)), "
            "avg(cast(has_converted as int)), avg(cast(spend_amount as double)) "
            "from staging.stg_shop__campaign_contacts group by 1"
        ),
        columns=["segment", "size", "visit", "conversion", "spend"],
    ).set_index("segment")
    arms = raw.groupby("segment")
    assert actual["size"].to_dict() == arms.size().to_dict()
    for measure in ("visit", "conversion", "spend"):
        assert np.allclose(actual[measure], arms[measure].mean()[actual.index], atol=1e-9)
    mens, womens, control = (
        actual.loc[name] for name in ("Mens E-Mail", "Womens E-Mail", "No E-Mail")
    )
    assert round(100 * (mens["visit"] - control["visit"]), 2) == 7.66
    assert round(100 * (womens["visit"] - control["visit"]), 2) == 4.52
    assert round(100 * (mens["conversion"] - control["conversion"]), 2) == 0.68
    assert round(100 * (womens["conversion"] - control["conversion"]), 2) == 0.31
    assert round(mens["spend"] - control["spend"], 3) == 0.770
    assert round(womens["spend"] - control["spend"], 3) == 0.424


@pytest.mark.parametrize(
    ("arm", "metric", "lift", "low", "high"),
    [
        ("Mens E-Mail", "visit", 0.0766, 0.0700, 0.0832),
        ("Mens E-Mail", "conversion", 0.0068, 0.0050, 0.0086),
        ("Mens E-Mail", "spend", 0.770, 0.485, 1.055),
        ("Womens E-Mail", "visit", 0.0452, 0.0389, 0.0516),
        ("Womens E-Mail", "conversion", 0.0031, 0.0015, 0.0047),
        ("Womens E-Mail", "spend", 0.424, 0.169, 0.680),
    ],
)
def test_hillstrom_lifts(
    hillstrom: Shop, arm: str, metric: str, lift: float, low: float, high: float
) -> None:
    """The published differences with their intervals; CUPED is there, and does not matter."""
    *found, reduction, cuped = hillstrom.row(
        "select lift, low, high, variance_reduction, cuped_lift from marts.rpt_campaign_results "
        f"where arm = '{arm}' and metric = '{metric}' and verdict = 'more'"
    )
    digits = 3 if metric == "spend" else 4
    assert [round(float(number), digits) for number in found] == [lift, low, high]
    assert 0 <= float(reduction) < 0.01
    assert abs(float(cuped) - float(found[0])) < 0.01 * float(found[0])


def test_hillstrom_is_a_fair_draw(hillstrom: Shop, real_data: Path) -> None:
    """The arms are of one size by χ²; which is best by a simulation of what is known of each."""
    raw = pd.read_csv(real_data / "hillstrom" / "hillstrom.csv.gz")
    expected = stats.chisquare(raw["segment"].value_counts()).pvalue
    ratio, mismatch, warning = hillstrom.row(
        "select sample_ratio_p_value, has_ratio_mismatch, warning from marts.rpt_campaigns"
    )
    assert round(expected, 2) == round(float(ratio), 2) == 0.90
    assert not mismatch
    assert warning is None
    draw = np.random.default_rng(7)
    arms = raw.groupby("segment")["conversion"]
    successes, counts = arms.sum(), arms.count()
    drawn_rates = draw.beta(1 + successes, 1 + counts - successes, size=(400_000, 3))
    simulated = pd.Series((drawn_rates.argmax(axis=1)[:, None] == range(3)).mean(axis=0),
                          index=successes.index).rename({"No E-Mail": "control"})  # fmt: skip
    found = dict(
        hillstrom.rows(
            "select arm, probability_is_best from marts.rpt_campaign_results "
            "where metric = 'conversion'"
        )
    )
    for arm, probability in found.items():
        assert abs(float(probability) - simulated[arm]) < 0.0005


def test_hillstrom_tells_who_responds(hillstrom: Shop, real_data: Path) -> None:
    """Women's e-mail brings those who bought women's before; told after many comparisons."""
    raw = pd.read_csv(real_data / "hillstrom" / "hillstrom.csv.gz")
    lifts = {}
    for bought, rows in raw.groupby("womens"):
        visits = rows.groupby("segment")["visit"].mean()
        lifts[bought] = visits["Womens E-Mail"] - visits["No E-Mail"]
    found = pd.DataFrame(
        hillstrom.rows(
            "select metric, arm, attribute, attribute_value, lift, other_lift, p_value, "
            "adjusted_p_value, responds_differently from marts.rpt_campaign_segments"
        ),
        columns=["metric", "arm", "attribute", "value", "lift", "other", "p", "adjusted", "tells"],
    )
    cell = found.query(
        "metric == 'visit' and arm == 'Womens E-Mail' and attribute == 'womens' and value == '1'"
    ).iloc[0]
    assert round(100 * float(cell["lift"]), 2) == round(100 * lifts[1], 2) == 7.31
    assert round(100 * float(cell["other"]), 2) == round(100 * lifts[0], 2) == 1.11
    assert cell["tells"]
    tested = found.dropna(subset="p")
    assert np.allclose(
        tested["adjusted"].astype(float),
        stats.false_discovery_control(tested["p"].astype(float)),
        atol=1e-6,
    )
    telling = tested[tested["tells"].astype(bool)]
    assert set(telling["arm"]) == {"Womens E-Mail"}
    assert set(telling["attribute"]) == {"mens", "womens"}


def test_hillstrom_has_no_orders(hillstrom: Shop) -> None:
    """Without order lines all customers are prospects, and all else is there and empty."""
    assert hillstrom.rows("select distinct rfm_group from marts.dim_customers") == [("prospects",)]
    assert hillstrom.value("select count(*) from core.fct_orders") == 0
    assert hillstrom.value("select count(*) from marts.fct_customer_rfm") == 0


def test_retail_without_consent_events_or_campaigns(retail: Shop) -> None:
    """Nobody is contacted, which is counted; everybody has a stage; what needs more is empty."""
    for table in ("fct_marketing_actions", "fct_campaign_audiences", "fct_product_audiences",
                  "rpt_funnel", "rpt_paths", "rpt_search_terms", "rpt_campaigns",
                  "rpt_campaign_results", "rpt_recommendation_feedback"):  # fmt: skip
        assert retail.value(f"select count(*) from marts.{table}") == 0, table
    customers = retail.value("select count(*) from marts.dim_customers")
    for what in ("customer_count", "not_contactable_count"):
        assert retail.value(f"select sum({what}) from marts.rpt_marketing_actions") == customers
    buyers = retail.value("select count(*) from marts.fct_customer_rfm where is_current")
    stages, tiers = retail.row(
        "select count(lifecycle_stage), count(customer_tier) from marts.fct_customer_lifecycle "
        "where is_current"
    )
    assert stages == tiers == buyers
    assert retail.value("select count(lifecycle_stage) from marts.dim_customers") == customers
    assert (
        retail.value("select sum(customer_count) from marts.rpt_rfm_grid where is_current")
        == buyers
    )
    missing = retail.rows("select shop_table from marts.rpt_missing_inputs where not is_there")
    assert {table for (table,) in missing} == {
        "customers", "products", "events", "reviews", "campaign_contacts"
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------
# Their pages
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retail", "olist", "rees46", "shopify", "cdnow", "hillstrom"])
def test_page_is_drawn(name: str, request: pytest.FixtureRequest) -> None:
    """Every figure is drawn or says why there is none, on a phone, too; the page can be mailed."""
    shop = request.getfixturevalue(name).publish()
    page = shop.folder / "page.html"
    write_report(shop.marts, page, compiled_analyses(shop))
    assert page.stat().st_size < 8_000_000
    figures = Figures(page).found
    assert all(figure["finding"].endswith((".", "!", "?")) for figure in figures.values())
    with opened(page, 390) as tab:
        marks = drawn(tab)
        assert all(marks.values()), marks
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
