"""Every decision column has its reason, and the pages about numbers name only what there is."""

import re

import pytest
from conftest import PROJECT, ManyRuns
from test_house import MARTS

EXPLAINED = PROJECT / "docs/EXPLAINED.md"
COLUMN = re.compile(r"`((?:dim|fct|rpt)_\w+)\.(\w+)`")
# {mart: {decision column: the columns that say why, or why there is none}}
DECISIONS = {
    "dim_customers": {
        "rfm_group": {"rfm_group_reason"},
        "lifecycle_stage": {"lifecycle_reason"},
        "customer_tier": {"customer_tier_reason"},
        "risk_level": {"churn_reason"},
        "expected_value_amount": {"expected_value_reason"},
        "expected_order_date": {"expected_order_reason"},
        "next_best_action": {"next_best_action_reason"},
    },
    "fct_customer_profiles": {
        "rfm_group": {"rfm_group_reason"},
        "lifecycle_stage": {"lifecycle_reason"},
        "customer_tier": {"customer_tier_reason"},
        "risk_level": {"churn_reason"},
        "expected_value_amount": {"expected_value_reason"},
        "expected_order_date": {"expected_order_reason"},
        "next_best_action": {"next_best_action_reason"},
    },
    "fct_customer_churn": {"risk_level": {"reason_1", "no_explanation_reason", "no_score_reason"}},
    "fct_customer_lifetime_value": {
        f"expected_value_{days}_days": {f"value_reason_{days}_days"} for days in (30, 90, 365)
    },
    "fct_customer_spend_forecast": {
        "expected_spend_amount": {"no_spend_reason"},
        "expected_visit_count": {"no_visits_reason"},
    },
    "fct_customer_next_order": {"expected_order_date": {"no_date_reason"}},
    "fct_customer_recommendations": {"rank": {"reason", "reason_share"}},
    "fct_visitor_propensity": {"propensity_level": {"reason_1", "no_score_reason"}},
    "fct_cart_propensity": {"propensity_level": {"reason_1", "no_score_reason"}},
    "fct_marketing_actions": {
        "action": {"reason"},
        "expected_value": {"probability_source", "lift_source", "margin_source"},
    },
    "fct_campaign_audiences": {"arm": {"reason"}},
    "fct_churn_alerts": {"signal": {"meaning", "what_changed"}},
    "fct_inventory_advice": {"suggested_units": {"no_advice_reason"}},
    "fct_product_demand_forecast": {"forecast_units": {"no_forecast_reason"}},
    "fct_order_anomalies": {"suggested_action": {"reason_1", "no_score_reason"}},
    "fct_review_sentiment": {"sentiment": {"no_score_reason"}},
    "fct_customer_tags": {"tag": {"evidence"}},
    "rpt_campaign_results": {"verdict": {"no_verdict_reason"}},
    "rpt_list_choices": {"is_chosen": {"reason"}},
    "fct_segment_candidates": {"is_chosen": {"reason", "finding"}},
    "rpt_drift": {"has_drifted": {"no_index_reason"}},
    "rpt_input_changes": {"has_warning": {"finding"}},
    "fct_model_runs": {"fitted_as_of": {"fit_reason"}},
}
# names by which a column decides; another mart that has one is to be on the list above
DECISIVE = re.compile(
    r"risk_level|suggested_\w+|next_best_action|action|tier|\w*_level|lifecycle_stage|arm"
)


@pytest.fixture(scope="module")
def marts(many_runs: ManyRuns) -> dict[str, set[str]]:
    """{mart: its columns} of dbt's manifest."""
    return {
        node["name"]: set(node["columns"])
        for node in many_runs.manifest.to_dict()["nodes"].values()
        if node["resource_type"] == "model" and node["name"].startswith(MARTS)
    }


def test_every_decision_has_its_reason(marts: dict[str, set[str]]) -> None:
    """Beside each column that decides stand those that say why."""
    for mart, decisions in DECISIONS.items():
        for column, reasons in decisions.items():
            assert {column, *reasons} <= marts[mart], (mart, column)


def test_no_mart_of_customers_decides_without_a_reason(marts: dict[str, set[str]]) -> None:
    """A mart with such a column and a customer is on the list."""
    deciding = {
        name
        for name, columns in marts.items()
        if "customer_id" in columns and any(map(DECISIVE.fullmatch, columns))
    }
    assert deciding - set(DECISIONS) <= {"fct_customer_lifecycle"}  # the parts of a reason


def test_what_is_explained_is_there(marts: dict[str, set[str]]) -> None:
    """Each section names columns that there are, has one formula, and its parts and a reason."""
    text = EXPLAINED.read_text(encoding="utf-8")
    for mart, column in COLUMN.findall(text):
        assert column in marts[mart], (mart, column)
    sections = text.split("\n## ")[1:]
    assert len(sections) > 12
    for section in sections:
        title = section.partition("\n")[0]
        assert len(re.findall(r"^> .+$", section, flags=re.MULTILINE)) == 1, title
        assert "\nParts: " in section, title
        assert re.search(r"Reason( where there is n(o|one)[^:]*)?: ", section), title


def test_tests_that_pages_name_are_there() -> None:
    """A page that points to a test points to one that is run."""
    tests = "\n".join(
        file.read_text(encoding="utf-8") for file in (PROJECT / "tests/python").glob("*.py")
    )
    for page in (PROJECT / "docs").rglob("*.md"):
        for name in re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")):
            assert f"def {name}(" in tests, (page.name, name)
