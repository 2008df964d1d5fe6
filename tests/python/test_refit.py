"""A fit that is held is what would have been fitted on that day, and it serves all later dates."""

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from conftest import Shop

HELD = "2026-07-03"  # the sample shop's backtest, whose own fits are in the sample build
MODELS = [
    "int_drift_since_fit",
    "int_fit_dates",
    "int_interest_categories",
    "int_interest_points",
    "int_segment_points",
    "int_segment_samples",
    "ml_segment_fits",
    "int_segment_verdicts",
    "int_segment_choices",
    "int_segment_centers",
    "int_segment_members",
    "int_prediction_dates",
    "int_prediction_windows",
    "int_prediction_points",
    "int_prediction_samples",
    "ml_prediction_trials",
    "ml_prediction_coefficients",
]
CENTERS = """
select segmentation, centers, log_means, log_deviations
from intermediate.int_segment_centers where fitted_as_of = ? order by all
"""
TERMS = """
select task, method, setting, term_number, feature_number, word, coefficient, center
from ml.ml_prediction_coefficients
where task in ('churn', 'spend', 'visits') and as_of_date = ? order by all
"""


@pytest.fixture(scope="module")
def held(sample_build: Path, sample_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop's build, with its fits held as of the backtest."""
    folder = tmp_path_factory.mktemp("held")
    database = folder / "sample_shop.duckdb"  # its views name it
    shutil.copy(sample_build, database)
    shop = replace(sample_shop, environment={"CUSTOMER_VALUE_DATABASE": str(database)})
    shop = shop.with_vars(refit={"frozen": HELD})
    run = shop.dbt("--quiet", "run", "--select", *MODELS)
    assert run.code == 0, run.output
    return database


def rows(database: Path, sql: str, *values: str) -> list[tuple]:
    """Of a build."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql, values).fetchall()


def test_segments_are_those_of_the_day(sample_build: Path, held: Path) -> None:
    """One fit, which the build without it has as its backtest's, serves all dates from then on."""
    assert rows(held, CENTERS, HELD) == rows(sample_build, CENTERS, HELD) != []
    found = rows(
        held,
        "select distinct segmentation, fitted_as_of::text, is_own_fit "
        "from intermediate.int_segment_members where as_of_date >= ?::date order by 1",
        HELD,
    )
    assert found == [(name, HELD, True) for name in ("behavior", "interest", "value")]


def test_predictions_of_today_are_made_by_the_fit_of_the_day(
    sample_build: Path, held: Path
) -> None:
    """Term by term, where the fit of the day itself is another one than today's."""
    ((today,),) = rows(sample_build, "select as_of_date::text from marts.rpt_shop")
    of_the_day = rows(sample_build, TERMS, HELD)
    assert rows(held, TERMS, today) == of_the_day != rows(sample_build, TERMS, today)
    assert rows(held, TERMS, HELD) == of_the_day
