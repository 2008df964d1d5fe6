"""Demand of small and of real shops, against independent computations."""

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import MakeShop, Shop
from customer_value.demand import METHODS

pytestmark = pytest.mark.shops

HEADER = "order_id,product_id,ordered_at,quantity,unit_price,customer_id,product_category"
TODAY = date(2025, 1, 1)  # a Wednesday: the week's Monday is 2024-12-30
MONDAY = pd.Timestamp("2024-12-30")
WEEKS = 60
SMOOTHINGS = (0.05, 0.1, 0.2, 0.3, 0.5)
ORIGINS = [MONDAY - pd.Timedelta(weeks=4 * number) for number in range(7)]
MARTS = (
    "fct_product_demand_forecast",
    "rpt_demand_history",
    "rpt_demand_candidates",
    "fct_inventory_advice",
)


def sold(products: int = 60, weeks: int = WEEKS, name: str = "p{}", seed: int = 1) -> list[str]:
    """Lines of products of different size, some sold rarely, some begun late, some ended."""
    draw, lines = random.Random(seed), []
    for product in range(products):
        mean = draw.lognormvariate(1, 1.2)
        begins, ends = draw.choice([0, 0, 0, weeks // 2]), draw.choice([weeks] * 5 + [weeks // 2])
        for week in range(begins, ends):
            for _ in range(draw.randint(0, 3)):
                units = max(1, round(draw.expovariate(1 / mean)))
                day = TODAY - timedelta(days=7 * (weeks - week) - draw.randint(0, 6))
                lines.append(
                    f"o{len(lines)},{name.format(product)},{day},{units},5,c{draw.randint(1, 50)},"
                    f"{'ab'[product % 2]}"
                )
    lines.append(f"last,{name.format(0)},{TODAY - timedelta(days=1)},1,5,c1,a")
    return lines


def built(make_shop: MakeShop, lines: list[str], products: str | None = None, **given: Any) -> Shop:
    """A shop of these order lines, up to what is said of demand."""
    mapping: dict[str, Any] = {"order_lines": {"from": "orders.csv"}}
    files = {"orders.csv": "\n".join([HEADER, *lines])}
    if products is not None:
        files["products.csv"], mapping["products"] = products, {"from": "products.csv"}
    methods = [method for method in METHODS if method != "naive"]
    return make_shop(mapping, files, **{"demand_methods": methods, **given}).up_to(*MARTS)


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """Sixty products over sixty weeks, with a stock of each."""
    stock = "\n".join(f"p{number},{number * 3},{number}" for number in range(60))
    return built(make_shop, sold(), "product_id,stock_quantity,lead_time_days\n" + stock)


@pytest.fixture(scope="module")
def weeks() -> pd.DataFrame:
    """Weeks × products from the lines themselves, NaN before a product's first week."""
    lines = pd.DataFrame([line.split(",") for line in sold()], columns=HEADER.split(","))
    monday = pd.to_datetime(lines["ordered_at"]).dt.to_period("W-SUN").dt.start_time
    units = lines["quantity"].astype(int).groupby([monday, lines["product_id"]]).sum().unstack()
    units = units[units.index < MONDAY]
    first = pd.to_datetime(lines["ordered_at"]).min()
    whole = pd.date_range(units.index.min(), MONDAY - pd.Timedelta(weeks=1), freq="7D")
    units = units.reindex(whole[whole >= first])
    begun = units.notna().cumsum() > 0
    early = pd.to_datetime(lines["ordered_at"]).groupby(lines["product_id"]).min() < units.index[0]
    begun.loc[:, early[early].index] = True
    return units.fillna(0).where(begun)


def smoothed(units: pd.Series) -> float:
    """Exponential smoothing with the smoothing of the least past error, by pandas."""
    known = units.dropna()
    levels = {one: known.ewm(alpha=one, adjust=False).mean() for one in SMOOTHINGS}
    errors = {one: (known - level.shift()).abs().sum() for one, level in levels.items()}
    return float(levels[min(SMOOTHINGS, key=errors.get)].iloc[-1])


def forecasts(weeks: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """Of each product still sold as of an origin: smoothed, the last week, and what followed."""
    known = weeks[weeks.index < origin]
    recent = known.iloc[-13:]
    active = recent.columns[(recent > 0).any()]
    followed = weeks[(weeks.index >= origin)].iloc[:4].fillna(0)
    return pd.DataFrame(
        {
            "smoothed": known[active].apply(smoothed),
            "naive": known[active].iloc[-1],
            "followed": [followed[product].to_numpy() for product in active],
            "change": known[active].diff().abs().mean(),
        }
    )


def test_forecasts_are_as_recomputed(shop: Shop, weeks: pd.DataFrame) -> None:
    """Each product's forecast of today is that of pandas' smoothing, the same for every week."""
    mine = forecasts(weeks, MONDAY)["smoothed"]
    rows = shop.rows(
        "select product_id, min(forecast_units), max(forecast_units), count(*), min(as_of_date) "
        "from marts.fct_product_demand_forecast "
        "where level = 'product' and forecast_units is not null group by 1"
    )
    assert {row[4] for row in rows} == {MONDAY.date()}
    assert {row[0]: float(row[1]) for row in rows} == pytest.approx(mine.to_dict(), abs=1e-6)
    assert all(low == high and count == 4 for _, low, high, count, _ in rows)


@pytest.mark.parametrize(
    ("method", "column"), [("exponential_smoothing", "smoothed"), ("naive",) * 2]
)
def test_figures_are_as_recomputed(
    shop: Shop, weeks: pd.DataFrame, method: str, column: str
) -> None:
    """WAPE, bias, the total's error and MASE over the three reported origins."""
    parts = pd.concat([forecasts(weeks, origin) for origin in ORIGINS[1:4]])
    errors = [np.abs(row.followed - row[column]) for _, row in parts.iterrows()]
    total = np.sum([row.followed.sum() for _, row in parts.iterrows()])
    expected = {
        "wape": np.sum([error.sum() for error in errors]) / total,
        "bias": 4 * parts[column].sum() / total - 1,
        "total_wape": np.sum(
            [abs(row.followed.sum() - 4 * row[column]) for _, row in parts.iterrows()]
        )
        / total,
        "mase": np.nanmean(
            [
                error.mean() / (change or np.nan)
                for error, change in zip(errors, parts["change"], strict=True)
            ]
        ),
    }
    published = {
        metric: float(value)
        for metric, value in shop.rows(
            "select metric, value from intermediate.int_demand_scorecard "
            f"where slice = 'all products' and method = '{method}' "
            "and metric in ('wape', 'bias', 'total_wape', 'mase')"
        )
    }
    assert published == pytest.approx(expected, abs=2e-6)


def test_verdict_is_as_recomputed(shop: Shop, weeks: pd.DataFrame) -> None:
    """The paired interval of a ratio of sums, product by product, decides with the bias."""
    parts = [forecasts(weeks, origin) for origin in ORIGINS[1:4]]
    rows = pd.concat(parts)
    rows["units"] = [followed.sum() for followed in rows["followed"]]
    for name in ("smoothed", "naive"):
        rows[f"error_{name}"] = [
            np.abs(followed - forecast).sum()
            for followed, forecast in zip(rows["followed"], rows[name], strict=True)
        ]
    sums = rows.drop(columns="followed").groupby(level=0).sum()
    total = sums["units"].sum()
    difference = (sums["error_smoothed"] - sums["error_naive"]).sum() / total
    deviations = sums["error_smoothed"] - sums["error_naive"] - difference * sums["units"]
    count = len(sums)
    error = np.sqrt((deviations**2).sum() / (count * (count - 1))) * count / total
    value, low, high, beats = shop.row(
        "select value, low, high, beats_baseline from intermediate.int_demand_scorecard "
        "where slice = 'compared products' and method = 'exponential_smoothing' "
        "and metric = 'wape_difference'"
    )
    assert float(value) == pytest.approx(difference, abs=2e-6)
    assert (float(high) - float(low)) / 2 == pytest.approx(2.0 * error, rel=0.02)
    bias = 4 * rows["smoothed"].sum() / total - 1
    assert beats == (float(high) < 0 and abs(bias) <= 0.15)
    assert beats


def test_totals_are_sums_of_products(shop: Shop) -> None:
    """In every week the categories and the shop are what their products add up to."""
    for level, group in (("category", "category, week_ahead"), ("shop", "week_ahead")):
        totals, sums = (
            shop.rows(
                f"select {group}, sum(forecast_units) from marts.fct_product_demand_forecast "
                f"where level = '{one}' group by all order by all"
            )
            for one in (level, "product")
        )
        assert totals == sums


def test_history_holds_every_unit(shop: Shop, weeks: pd.DataFrame) -> None:
    """Weeks are filled with zeros from the first one on, and no unit is lost."""
    rows = shop.rows(
        "select product_id, count(*), sum(unit_count) from marts.rpt_demand_history "
        "where level = 'product' and not is_forecast group by 1"
    )
    assert {row[0]: row[1] for row in rows} == weeks.notna().sum().to_dict()
    assert {row[0]: float(row[2]) for row in rows} == weeks.sum().to_dict()
    sums = shop.rows(
        "select level, sum(unit_count) from marts.rpt_demand_history group by 1 order by 1"
    )
    assert {total for _, total in sums} == {sums[0][1]}


def test_interval_holds_four_fifths(shop: Shop) -> None:
    """Of the weeks after the reported origins about 80 % lie within; all hold their forecast."""
    coverage = shop.value(
        "select value from intermediate.int_demand_scorecard "
        "where metric = 'coverage' and method = 'exponential_smoothing'"
    )
    assert 0.74 <= coverage <= 0.86
    assert not shop.rows(
        "select * from marts.fct_product_demand_forecast "
        "where forecast_units not between low_units and high_units"
    )


def test_advice_is_as_recomputed(shop: Shop) -> None:
    """Reorder points by the textbook's formula, from the published forecast and interval."""
    rows = shop.rows(
        "select a.product_id, a.stock_quantity, a.lead_time_days, a.reorder_point_units, "
        "a.suggested_units, avg(f.forecast_units), avg(f.high_units - f.low_units) "
        "from marts.fct_inventory_advice as a inner join marts.fct_product_demand_forecast as f "
        "using (product_id) where f.forecast_units is not null group by all"
    )
    assert len(rows) > 40
    for _, stock, lead, reorder, suggested, weekly, width in rows:
        spread = float(width) / 2 / 1.2815515655
        point = float(weekly) * lead / 7 + 1.6448536 * spread * np.sqrt(lead / 7)
        assert float(reorder) == pytest.approx(point, rel=2e-3, abs=1e-6)
        order = np.ceil(float(reorder) + 2 * float(weekly) - float(stock))
        assert suggested == (order if stock < reorder else 0)
    assert shop.value(
        "select count(*) from marts.fct_inventory_advice where no_advice_reason is not null"
    )


def test_names_of_products_change_nothing(shop: Shop, make_shop: MakeShop) -> None:
    """Other ids in another order: the same forecasts, figures and choice."""
    lines = sold(name="x{}")
    renamed = [
        line.replace(f",x{number},", f",{97 - number},")
        for line in lines
        for number in [int(line.split(",")[1][1:])]
    ]
    other = built(make_shop, renamed[::-1])
    for sql in (
        "select week_ahead, method, forecast_units, low_units, high_units "
        "from marts.fct_product_demand_forecast order by all",
        "select * from marts.rpt_demand_candidates order by all",
    ):
        assert other.rows(sql) == shop.rows(sql)


def test_later_sales_change_nothing(shop: Shop, make_shop: MakeShop) -> None:
    """As of a past day the forecasts are those of the file that ended then."""
    later = [
        f"later{number},p{number},{TODAY + timedelta(days=number)},9,5,c1,a" for number in range(9)
    ]
    then = built(make_shop, [*sold(), *later], as_of_date=str(TODAY))
    sql = (
        "select product_id, week_ahead, forecast_units, low_units "
        "from marts.fct_product_demand_forecast where level = 'product' order by all"
    )
    assert then.rows(sql) == shop.rows(sql)


def test_what_is_forecast_as_of_an_origin_was_forecast_then(
    shop: Shop, make_shop: MakeShop
) -> None:
    """As of each origin every method says what it said in a build of that Monday."""
    day = ORIGINS[1].date()
    then = built(make_shop, sold(), as_of_date=str(day))
    sql = f"select * from ml.ml_demand_trials where as_of_date = '{day}' order by all"
    assert then.rows(sql) == shop.rows(sql)
    assert shop.value(f"select count(*) from ({sql})") > 1000


def weekly(product: str, weeks: int, quantity: int = 1) -> list[str]:
    """One line a week, up to the day before today."""
    return [
        f"{product}{week},{product},{TODAY - timedelta(days=1 + 7 * week)},{quantity},5,c{week},a"
        for week in range(weeks)
    ]


ODD = {
    "one week": (weekly("p", 1), "There are 0 whole weeks of sales, and 8 are needed"),
    "six weeks": (weekly("p", 6), "There are 4 whole weeks of sales, and 8 are needed"),
    "one product": (weekly("p", 40), None),
    "returns above sales": (
        [*weekly("p", 40), *(line.replace(",1,5,c", ",-3,5,r") for line in weekly("p", 40)[1:])],
        None,
    ),
    "gap of a year": ([*weekly("p", 10), *weekly("q", 70)[62:]], None),
    "guests": ([line.replace(f",c{n},", ",,") for n, line in enumerate(weekly("p", 40))], None),
    "fees alone": ([line.replace(",p,", ",postage,") for line in weekly("p", 40)], None),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_shops_are_green(name: str, make_shop: MakeShop) -> None:
    """With what there is, or with the reason why there is nothing."""
    lines, reason = ODD[name]
    given = {"max_gap_days": 1000} if name == "gap of a year" else {}
    odd = built(make_shop, lines, **given)
    reasons = odd.rows(
        "select distinct no_forecast_reason from marts.fct_product_demand_forecast "
        "where level = 'product' and forecast_units is null"
    )
    known = odd.value(
        "select count(*) from marts.fct_product_demand_forecast where forecast_units is not null"
    )
    if name == "fees alone":
        assert (reasons, known) == ([], 0)
    elif reason:
        assert known == 0
        assert [text.partition(":")[0] for (text,) in reasons] == [reason]
    else:
        assert known
        assert not odd.rows(
            "select * from marts.fct_product_demand_forecast "
            "where low_units < 0 or (forecast_units is null) = (no_forecast_reason is null)"
            " and level = 'product'"
        )
    assert odd.value("select count(*) from marts.fct_inventory_advice") == 0


def test_no_orders_at_all(make_shop: MakeShop) -> None:
    """A shop without order lines has empty tables."""
    none = make_shop({"order_lines": {"from": "none"}}).up_to(*MARTS)
    for mart in MARTS:
        assert none.value(f"select count(*) from marts.{mart}") == 0


@pytest.fixture(scope="module")
def retail_figures(retail: Shop) -> dict[tuple[str, str], tuple[float, float]]:
    """{(slice, metric): (value, the rule's)} of the published method."""
    rows = retail.rows(
        "select slice, metric, value, baseline_value from marts.rpt_model_scorecard "
        "inner join intermediate.int_demand_served using (method) where task = 'demand'"
    )
    return {row[:2]: (float(row[2]), float(row[3])) for row in rows}


def test_retail_beats_the_last_week(retail_figures: dict) -> None:
    """Of the 500 products with most revenue: at most .82 of the rule's error, the total near."""
    wape, rule = retail_figures["compared products", "wape"]
    assert wape <= 0.82 * rule
    assert rule == pytest.approx(0.723, abs=0.001)
    assert abs(retail_figures["compared products", "bias"][0]) <= 0.15
    total, rule_total = retail_figures["shop, as a sum", "total_wape"]
    assert total < rule_total


def test_retail_interval(retail_figures: dict) -> None:
    """The interval of 80 % holds from 74 to 86 % of the weeks."""
    assert 0.74 <= retail_figures["all products", "coverage"][0] <= 0.86


def test_retail_giant_orders_are_no_demand(retail: Shop) -> None:
    """80,995 and 74,215 pieces were taken back within the hour: counted, and not forecast."""
    assert retail.rows(
        "select product_id, taken_back_unit_count from intermediate.int_demand_weeks "
        "where taken_back_unit_count > 70000 order by 2"
    ) == [("23166", 74215)]
