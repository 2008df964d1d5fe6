"""rpt_fairness of the sample shop, against fairlearn on the same customers."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, demographic_parity_ratio, selection_rate
from scipy import stats
from sklearn.metrics import precision_score, recall_score

ATTRIBUTES = ("gender", "country", "age_band", "tenure", "value_tier")
HORIZON = 90
LARGE = 100  # min_customers: what may set the measure for others


@pytest.fixture(scope="module")
def build(sample_build: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the sample shop's build."""
    with duckdb.connect(str(sample_build), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def warned(build: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Who was called a high risk as of the backtest, and whose order lines show no purchase after.

    Made of the published tables alone, so that neither the model nor what it reads is used.
    """
    return build.sql(
        f"""
        select
            churn.customer_id,
            churn.as_of_date,
            churn.risk_level = 'high' as is_selected,
            churn.churn_probability,
            churn.customer_id not in (
                select customer_id from core.fct_orders
                where is_purchase and customer_id is not null
                and order_date >= churn.as_of_date
                and order_date < churn.as_of_date + interval {HORIZON} days
            ) as has_churned,
            coalesce(customers.gender, 'unknown') as gender,
            coalesce(customers.country, 'unknown') as country,
            coalesce(profiles.age_band, 'unknown') as age_band,
            case
                when profiles.tenure_days < 90 then 'below 90 days'
                when profiles.tenure_days < 365 then '90 days to a year'
                else 'a year and more'
            end as tenure,
            profiles.value_tier
        from marts.fct_customer_churn as churn
        inner join marts.fct_customer_profiles as profiles using (as_of_date, customer_id)
        inner join marts.dim_customers as customers using (customer_id)
        where not churn.is_current and churn.churn_probability is not null
        """
    ).df()


@pytest.fixture(scope="module")
def report(build: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The published rows."""
    rows = build.sql("from marts.rpt_fairness").df()
    numbers = rows.columns.drop(["as_of_date", "decision", "variant", "attribute", "group_name"])
    return rows.astype(dict.fromkeys(numbers, float)).set_index(["decision", "attribute"])


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_warnings_are_as_fairlearn_says(
    attribute: str, warned: pd.DataFrame, report: pd.DataFrame
) -> None:
    """Rate, precision and recall of each group; bias as the mean of its customers."""
    frame = MetricFrame(
        metrics={
            "selection_rate": selection_rate,
            "precision_rate": lambda y, chosen: precision_score(y, chosen, zero_division=np.nan),
            "recall": recall_score,
        },
        y_true=warned["has_churned"],
        y_pred=warned["is_selected"],
        sensitive_features=warned[attribute],
    ).by_group
    error = warned["churn_probability"].astype(float) - warned["has_churned"]
    frame["bias"] = error.groupby(warned[attribute]).mean()
    frame["outcome_rate"] = warned.groupby(attribute)["has_churned"].mean()
    found = report.loc[[("churn warning", attribute)]].set_index("group_name")
    pd.testing.assert_frame_equal(
        found[frame.columns].sort_index(),
        frame.astype(float).sort_index(),
        check_names=False,
        atol=1e-6,
        rtol=0,
    )


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_ratio_is_fairlearns(
    attribute: str, warned: pd.DataFrame, report: pd.DataFrame
) -> None:
    """Over the groups that are large and known the lowest ratio is the parity ratio."""
    sizes = warned[attribute].map(warned[attribute].value_counts())
    large = warned[(sizes >= LARGE) & (warned[attribute] != "unknown")]
    found = report.loc[[("churn warning", attribute)]]
    found = found[(found["customer_count"] >= LARGE) & (found["group_name"] != "unknown")]
    expected = demographic_parity_ratio(
        large["has_churned"], large["is_selected"], sensitive_features=large[attribute]
    )
    assert found["selection_ratio"].min() == pytest.approx(expected, abs=1e-6)


def test_intervals_and_warnings(report: pd.DataFrame) -> None:
    """Wilson's interval by SciPy; a warning is a ratio that is below .8 with its upper end, too."""
    for row in report.itertuples():
        interval = stats.binomtest(int(row.selected_count), int(row.customer_count)).proportion_ci(
            method="wilson"
        )
        assert (row.selection_low, row.selection_high) == pytest.approx(interval, abs=2e-5)
    known = report[(report["group_name"] != "unknown") & report["selection_ratio"].notna()]
    best = known["selection_rate"] / known["selection_ratio"]
    sure = (known["selection_high"] / best < 0.8) & (known["selection_ratio"] < 0.8)
    clear = known["selection_rate"] > 0  # of a rate of 0 the best one cannot be told
    assert (known["has_warning"][clear] == sure[clear]).all()
    assert known["has_warning"].any()


def test_each_decision_is_counted_once(
    build: duckdb.DuckDBPyConnection, report: pd.DataFrame
) -> None:
    """By each attribute the groups of a decision add up to the published tables' customers."""
    for decision, query in {
        "action": "select count(*), count(*) filter (where is_within_budget) "
        "from marts.fct_marketing_actions",
        "audience": "select (select count(*) from marts.dim_customers), "
        "count(distinct customer_id) from marts.fct_campaign_audiences",
        "product audience": "select (select count(*) from marts.dim_customers), "
        "count(distinct customer_id) from marts.fct_product_audiences",
        "discover list": "select (select count(*) from marts.fct_customer_profiles "
        "where not is_current), count(distinct customer_id) "
        "from marts.fct_customer_recommendations where not is_current and list = 'discover'",
    }.items():
        expected = build.execute(query).fetchone()
        for attribute in ATTRIBUTES:
            rows = report.loc[[(decision, attribute)]]
            found = rows["customer_count"].sum(), rows["selected_count"].sum()
            assert found == expected, (decision, attribute)


def test_lists_hit_as_order_lines_say(
    build: duckdb.DuckDBPyConnection, report: pd.DataFrame
) -> None:
    """Of customers with a discover list the share who bought one of its first ten."""
    ((expected,),) = build.execute(
        f"""
        select avg(has_bought::int) from (
            select lists.customer_id, bool_or(lines.order_id is not null) as has_bought
            from marts.fct_customer_recommendations as lists
            left join core.fct_order_lines as lines on
                lists.customer_id = lines.customer_id and lists.product_id = lines.product_id
                and not lines.is_cancelled and lines.gross_amount > 0
                and lines.ordered_at >= lists.as_of_date
                and lines.ordered_at < lists.as_of_date + interval {HORIZON} days
            where not lists.is_current and lists.list = 'discover' and lists.rank <= 10
            group by all
        )
        """
    ).fetchall()
    rows = report.loc[[("discover list", "gender")]]
    hits = (rows["precision_rate"] * rows["selected_count"]).sum()
    assert hits / rows["selected_count"].sum() == pytest.approx(expected, abs=1e-5)
