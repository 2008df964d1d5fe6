"""Campaigns, actions, audiences and profiles of the sample shop, against figures made anew."""

import csv
import hashlib
import stat
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT
from export import ExportError, export, safe_cell
from generate_shop import CAMPAIGNS
from publish import publish
from scipy import stats

DEFAULTS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"][
    "customer_value"
]
SEEDS = PROJECT / "seeds"
TODAY = date(2026, 10, 1)


@pytest.fixture(scope="module")
def build(sample_build: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the sample shop's build."""
    with duckdb.connect(str(sample_build), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def orders(build: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Each day of each order of a customer's, as core has it."""
    return build.sql(
        "select order_id, customer_id, order_date, min(ordered_at) as ordered_at, "
        "sum(gross_amount) as gross, sum(discount_amount) as discount, "
        "sum(returned_amount) as returned, sum(net_amount) as net from "
        "(select *, cast(ordered_at as date) as order_date from core.fct_order_lines "
        "where not is_cancelled and customer_id is not null) group by all"
    ).df()


@pytest.fixture(scope="module")
def purchases(build: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Each purchase with its time."""
    return build.sql(
        "select order_id, customer_id, order_date, ordered_at from core.fct_orders "
        "where is_purchase and customer_id is not null"
    ).df()


def test_campaigns_are_as_recomputed(
    build: duckdb.DuckDBPyConnection, orders: pd.DataFrame, purchases: pd.DataFrame
) -> None:
    """Conversion and spend of each arm, from raw contacts and orders, by scipy's test of Welch."""
    contacts = pd.read_csv(SEEDS / "sample_shop" / "campaign_contacts.csv")
    contacts = contacts.drop_duplicates()
    contacts["contacted_at"] = pd.to_datetime(contacts["contacted_at"], errors="coerce")
    contacts = contacts.dropna(subset=["campaign_id", "customer_id", "variant", "contacted_at"])
    days = pd.Timedelta(days=DEFAULTS["campaign_outcome_days"])
    contacts["ends"] = contacts["contacted_at"].dt.normalize() + days
    paid = build.sql(
        "select order_id, min(ordered_at) as paid_at from core.fct_order_lines "
        "where gross_amount > 0 and not is_cancelled group by 1"
    ).df()
    bought = contacts.merge(purchases.drop(columns="ordered_at"), on="customer_id")
    bought = bought.merge(paid, on="order_id")
    in_time = (bought["paid_at"] >= bought["contacted_at"]) & (bought["paid_at"] < bought["ends"])
    spent = bought[in_time].merge(
        orders[["order_id", "order_date", "net"]], on="order_id", suffixes=("", "_line")
    )
    spent = spent[spent["order_date_line"] < spent["ends"]]
    key = ["campaign_id", "customer_id"]
    contacts = contacts.set_index(key)
    contacts["spend"] = spent.groupby(key)["net"].sum().astype(float)
    contacts["conversion"] = contacts["spend"].notna().astype(float)
    contacts["spend"] = contacts["spend"].fillna(0)
    results = build.sql("from marts.rpt_campaign_results where not is_control").df()
    assert len(results) == 8  # two campaigns, two arms and two metrics; visits are not known yet
    for row in results.itertuples():
        rows = contacts.loc[row.campaign_id]
        arm = rows.loc[rows["variant"] == row.arm, row.metric]
        control = rows.loc[rows["variant"] == "control", row.metric]
        expected = stats.ttest_ind(arm, control, equal_var=False)
        interval = expected.confidence_interval()
        assert row.contacted_count == len(arm)
        assert float(row.lift) == pytest.approx(arm.mean() - control.mean(), abs=1e-6)
        assert float(row.low) == pytest.approx(interval.low, abs=2e-3 * interval.high)
        assert float(row.high) == pytest.approx(interval.high, abs=2e-3 * interval.high)
        assert float(row.p_value) == pytest.approx(expected.pvalue, rel=0.01, abs=1e-6)


def test_campaigns_hold_the_truth(build: duckdb.DuckDBPyConnection) -> None:
    """The generator's own effect is within a wide interval of what the arms show."""
    shown = {
        (campaign, arm): (float(lift), float(high - low) / 3.92)
        for campaign, arm, lift, low, high in build.execute(
            "select campaign_id, arm, lift, low, high from marts.rpt_campaign_results "
            "where metric = 'conversion' and not is_control"
        ).fetchall()
    }
    assert len(shown) == 4
    for campaign in CAMPAIGNS:
        for arm, truth in zip(campaign.variants[1:], campaign.uplift[1:], strict=True):
            lift, error = shown[campaign.name, arm]
            assert abs(lift - truth) < 3 * error


def test_who_has_not_consented_is_left_alone(build: duckdb.DuckDBPyConnection) -> None:
    """No action, no audience and no product's audience names one; the report counts them."""
    customers = pd.read_csv(SEEDS / "sample_shop" / "customers.csv", dtype=str)
    consent = customers.drop_duplicates("customer_id", keep="last")
    yes = set(consent.loc[consent["has_marketing_consent"].str.lower() == "true", "customer_id"])
    for table in ("fct_marketing_actions", "fct_campaign_audiences", "fct_product_audiences"):
        (named,) = zip(
            *build.execute(f"select distinct customer_id from marts.{table}").fetchall(),
            strict=True,
        )
        assert named
        assert not set(named) - yes, table
    ((everybody, left_alone),) = build.execute(
        "select sum(customer_count), sum(not_contactable_count) from marts.rpt_marketing_actions"
    ).fetchall()
    ((customer_count, action_count),) = build.execute(
        "select (select count(*) from marts.dim_customers), "
        "(select count(*) from marts.fct_marketing_actions)"
    ).fetchall()
    assert everybody == customer_count
    assert left_alone == customer_count - action_count


def test_expected_values_are_their_parts(build: duckdb.DuckDBPyConnection) -> None:
    """Probability, lift, order and margin come from where they are said to, and multiply."""
    actions = build.sql("from marts.fct_marketing_actions").df().set_index("customer_id")
    churn = build.sql("from marts.fct_customer_churn where is_current").df()
    churn = churn.set_index("customer_id")["churn_probability"].astype(float)
    behavior = build.sql("from marts.fct_customer_behavior where is_current").df()
    behavior = behavior.set_index("customer_id")
    foretold = actions["probability_source"] == "foretold"
    assert 0 < foretold.sum() < len(actions)
    expected = 1 - churn.reindex(actions.index)
    assert np.allclose(actions.loc[foretold, "purchase_probability"].astype(float),
                       expected[foretold])  # fmt: skip
    assert set(actions.loc[~foretold, "purchase_probability"].astype(float)) == {
        DEFAULTS["assumed_purchase_probability"]
    }
    own = behavior["average_order_amount"].astype(float).reindex(actions.index)
    has_own = actions["order_amount_source"] == "measured for the customer"
    assert (has_own == own.notna()).all()
    assert np.allclose(actions.loc[has_own, "order_amount"].astype(float), own[has_own])
    products = pd.read_csv(SEEDS / "sample_shop" / "products.csv").drop_duplicates("product_id")
    lines = build.sql(
        "select product_id, quantity, gross_amount - discount_amount as sold "
        "from core.fct_order_lines where quantity > 0 and not is_cancelled "
        "and not is_non_product and ordered_at < date '2026-10-01' "
        "and ordered_at >= date '2025-10-01'"
    ).df()
    lines = lines.merge(products[["product_id", "unit_cost"]], on="product_id").astype(
        {"quantity": float, "sold": float}
    )
    lines = lines.dropna(subset="unit_cost")
    cost = (lines["quantity"] * lines["unit_cost"]).sum()
    assert np.allclose(actions["margin_share"].astype(float), 1 - cost / lines["sold"].sum())
    probability = actions["purchase_probability"].astype(float)
    added = np.minimum(probability * actions["relative_lift"].astype(float), 1 - probability)
    value = added * actions["order_amount"].astype(float) * actions["margin_share"].astype(float)
    value -= actions["contact_cost"].astype(float)
    assert np.allclose(actions["expected_value"].astype(float), value, atol=2e-3)
    ranked = actions.sort_values("priority")["expected_value"].astype(float)
    assert ranked.is_monotonic_decreasing
    assert (actions["is_worthwhile"] == (actions["expected_value"] > 0)).all()


def test_control_groups_are_drawn_by_hash(build: duckdb.DuckDBPyConnection) -> None:
    """Who is in a control group hangs on audience and customer alone, and is about the share."""
    rows = build.execute(
        "select audience, customer_id, arm from marts.fct_campaign_audiences"
    ).fetchall()
    limit = int(DEFAULTS["control_share"] * 16**8)
    for audience, customer, arm in rows:
        digest = hashlib.md5(f"{audience}\x1f{customer}".encode()).hexdigest()
        assert (arm == "control") == (int(digest[:8], 16) < limit)
    share = sum(arm == "control" for *_, arm in rows) / len(rows)
    assert abs(share - DEFAULTS["control_share"]) < 0.03


def test_lifecycle_is_as_recomputed(
    build: duckdb.DuckDBPyConnection, purchases: pd.DataFrame
) -> None:
    """Everybody has one stage, made here from the days of their purchases."""
    days = purchases[["customer_id", "order_date"]].drop_duplicates().sort_values("order_date")
    days = days[days["order_date"] < pd.Timestamp(TODAY)]
    history = days.groupby("customer_id")["order_date"].apply(list)
    mean_gaps = history[history.str.len() > 1].map(
        lambda dates: (dates[-1] - dates[0]).days / (len(dates) - 1)
    )
    ordered = np.sort(mean_gaps.to_numpy())
    shop_gap = ordered[int(np.ceil(len(ordered) / 2)) - 1]
    least = DEFAULTS["shortest_gap_days"]

    def stage(dates: list[pd.Timestamp]) -> str:
        count = len(dates)
        own = (dates[-1] - dates[0]).days / (count - 1) if count > 2 else shop_gap
        since = round((pd.Timestamp(TODAY) - dates[-1]).days / max(own, least), 2)
        if since >= 3:
            return "lapsed"
        if since >= 1.5:
            return "cooling"
        if count > 1:
            before = (dates[-2] - dates[0]).days / (count - 2) if count > 3 else shop_gap
            if round((dates[-1] - dates[-2]).days / max(before, least), 2) >= 3:
                return "won_back"
        return "new" if count == 1 else "active" if count < 5 else "loyal"

    actual = dict(
        build.execute(
            "select customer_id, lifecycle_stage from marts.fct_customer_lifecycle where is_current"
        ).fetchall()
    )
    expected = history.map(stage).to_dict()
    assert actual.keys() == expected.keys()
    differing = [customer for customer in actual if actual[customer] != expected[customer]]
    assert len(differing) <= 2  # hundredths are rounded from six digits there
    assert len(set(actual.values())) == 6


def test_profiles_are_of_the_customer(
    build: duckdb.DuckDBPyConnection, purchases: pd.DataFrame
) -> None:
    """What a customer likes, as lift over all, and the score; dim_customers has everybody."""
    lines = build.sql(
        "select distinct lines.customer_id, lines.product_id, min(lines.product_category) "
        "as product_category, min(cast(lines.ordered_at as date)) as bought_on "
        "from core.fct_order_lines as lines inner join core.fct_orders as orders using (order_id) "
        "where orders.is_purchase and lines.gross_amount > 0 and not lines.is_cancelled "
        "and not lines.is_non_product and lines.customer_id is not null "
        "group by lines.order_id, lines.customer_id, lines.product_id"
    ).df()
    lines = lines.drop_duplicates(["customer_id", "product_id", "bought_on"])
    lines = lines.dropna(subset="product_category")
    share = lines.groupby("customer_id")["product_category"].value_counts(normalize=True)
    of_shop = lines["product_category"].value_counts(normalize=True)
    lift = share / of_shop.reindex(share.index.get_level_values(1)).to_numpy()
    profiles = build.sql("from marts.fct_customer_profiles where is_current").df()
    known = profiles.dropna(subset="liked_category")
    expected = [lift[row.customer_id, row.liked_category] for row in known.itertuples()]
    actual = known["liked_category_lift"].astype(float)
    assert np.allclose(actual, expected, rtol=0.02)
    scored = profiles.dropna(subset="value_score")
    place = {
        "recency": -build.sql("from marts.fct_customer_rfm where is_current").df()
        .set_index("customer_id")["recency_days"].astype(float),
    }  # fmt: skip
    rfm = build.sql("from marts.fct_customer_rfm where is_current").df().set_index("customer_id")
    place |= {"frequency": rfm["frequency"], "monetary": rfm["monetary_amount"].astype(float)}
    ranks = {name: (v.rank(method="min") - 1) / (len(v) - 1) for name, v in place.items()}
    churn = build.sql("from marts.fct_customer_churn where is_current").df()
    ranks["retention"] = 1 - churn.set_index("customer_id")["churn_percentile"].astype(float)
    weights = DEFAULTS["value_score_weights"]
    score = sum(weights[name] * ranks[name] for name in weights)
    assert np.allclose(scored["value_score"].astype(float), score[scored["customer_id"]], atol=1e-5)
    ((customers, stages),) = build.execute(
        "select count(*), count(lifecycle_stage) from marts.dim_customers"
    ).fetchall()
    assert customers == stages


def test_an_audience_is_exported(sample_build: Path, tmp_path: Path) -> None:
    """Contacts stand in the first file alone, and both are for their owner."""
    marts = tmp_path / "marts" / "sample.duckdb"
    publish(sample_build, marts)
    written = export(marts, sample_build, tmp_path / "out", "win_back", ("email", "phone"))
    contact, count, control, control_count, unreachable_count = written
    assert stat.S_IMODE(contact.stat().st_mode) == stat.S_IMODE(control.stat().st_mode) == 0o600
    with contact.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count > 0
    assert all("@" in row["email"] and row["arm"] == "contact" for row in rows)
    with control.open(encoding="utf-8", newline="") as file:
        controls = list(csv.DictReader(file))
    assert len(controls) == control_count > 0
    assert "email" not in controls[0]
    assert not {row["customer_id"] for row in rows} & {row["customer_id"] for row in controls}
    assert sorted((tmp_path / "out").iterdir()) == [contact, control]
    with duckdb.connect(str(sample_build), read_only=True) as connection:
        reached = connection.execute(
            "select arm, count(email || phone), count(*) from marts.fct_campaign_audiences "
            "inner join restricted.dim_customer_contacts using (customer_id) "
            "where audience = 'win_back' group by arm order by arm"
        ).fetchall()
    assert [row[1] for row in reached] == [count, control_count]
    assert sum(row[2] - row[1] for row in reached) == unreachable_count > 0
    with pytest.raises(ExportError, match="name one of"):
        export(marts, sample_build, tmp_path / "out", "nobody")
    with pytest.raises(ExportError, match="name some of email"):
        export(marts, sample_build, tmp_path / "out", "win_back", ("birth_date",))
    with pytest.raises(ExportError, match="run make build first"):
        export(tmp_path / "none.duckdb", sample_build, tmp_path / "out", "win_back")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@sum(a1)", "'@sum(a1)"),
        ("-1+cmd|x", "'-1+cmd|x"),
        ("\t=1", "'\t=1"),
        ("+44 7700 900777", "+44 7700 900777"),
        (-5, "-5"),
        (None, ""),
        ("Ann", "Ann"),
    ],
)
def test_no_cell_is_a_formula(value: object, cell: str) -> None:
    """A spreadsheet runs none of them, and telephones stay telephones."""
    assert safe_cell(value) == cell
