"""The private report: its noise is as large as ε demands, and its budget is an end."""

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from private_report import PrivacyError, Settings, noise, read_settings, release
from publish import publish

SETTINGS = Settings(epsilon=1.0, budget=2.5, months=6, lowest=0.0, highest=50.0)
NOISELESS = SETTINGS._replace(epsilon=10.0, budget=1e9, months=3, highest=1e4)


@pytest.fixture(scope="module")
def marts(sample_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop, published."""
    file = tmp_path_factory.mktemp("marts") / "sample.duckdb"
    publish(sample_build, file)
    return file


def report(file: Path) -> list[dict]:
    """The rows of a report."""
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(("sensitivity", "epsilon"), [(12, 0.5), (1, 0.1), (60_000, 2.0)])
def test_noise_has_the_scale_that_epsilon_demands(sensitivity: int, epsilon: float) -> None:
    """Of 100,000 draws the mean is 0 and the mean size that of the discrete Laplace law.

    With a = e^(-1/scale) it is 2a / (1 - a^2) (Inusah and Kozubowski 2006). Five standard errors.
    """
    draws = np.array(noise(sensitivity, epsilon)([0] * 100_000), dtype=float)
    a = np.exp(-epsilon / sensitivity)
    size, deviation = 2 * a / (1 - a**2), np.sqrt(2 * a) / (1 - a)
    assert abs(draws.mean()) < 5 * deviation / np.sqrt(len(draws))
    error = np.sqrt(max(deviation**2 - size**2, 0) / len(draws))
    assert np.abs(draws).mean() == pytest.approx(size, abs=5 * error + 1e-6 * size)


def test_one_customer_changes_the_odds_by_the_factor_at_most() -> None:
    """Counts of 0 and of 1 give each number with odds between e^-ε and e^ε."""
    add, epsilon, draws = noise(1, 1.0), 1.0, 200_000
    without = np.bincount(np.clip(add([0] * draws), -3, 4) + np.int64(3), minlength=8)
    with_one = np.bincount(np.clip(add([1] * draws), -3, 4) + np.int64(3), minlength=8)
    odds = np.log(without / with_one)
    error = 5 * np.sqrt(1 / without + 1 / with_one)
    assert (np.abs(odds) <= epsilon + error).all()
    assert np.abs(odds).max() > epsilon / 2  # far less would be needless noise


def expected(marts: Path, settings: Settings) -> Iterator[tuple[str, str, int, float]]:
    """The report without noise, from the published tables and without the script's query."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        orders = connection.sql(
            "select o.customer_id, cast(date_trunc('month', order_date) as date) as m, "
            "o.net_amount::double as a, r.rfm_group as g from core.fct_orders o "
            "join marts.fct_customer_rfm r on r.customer_id = o.customer_id and r.is_current "
            "where not o.is_cancelled"
        ).df()
    orders["m"] = orders["m"].dt.strftime("%Y-%m-%d")
    months = sorted(month for month in orders["m"].unique() if month < "2026-10-01")
    each = orders.groupby(["m", "g", "customer_id"])["a"].sum()
    each = each.clip(settings.lowest, settings.highest).reset_index()
    for (month, group), rows in each.groupby(["m", "g"]):
        if month in months[-settings.months :]:
            yield month, group, len(rows), rows["a"].sum()


def test_the_report_is_the_truth_and_noise(marts: Path, tmp_path: Path) -> None:
    """Cell by cell within what noise can do: one draw of e^20 is further away."""
    made = report(release(marts, tmp_path, "sample", NOISELESS).report)
    truth = {row[:2]: row[2:] for row in expected(marts, NOISELESS)}
    groups = {row["rfm_group"] for row in made}
    months = {row["order_month"] for row in made}
    assert len(made) == len(groups) * len(months) == 3 * len(groups)
    half = NOISELESS.epsilon / 2
    for row in made:
        count, amount = truth.get((row["order_month"], row["rfm_group"]), (0, 0.0))
        assert abs(int(row["customer_count"]) - count) <= 20 * 3 / half
        assert abs(float(row["net_amount"]) - amount) <= 20 * 3 * NOISELESS.highest / half


def test_a_customer_beyond_the_bounds_is_cut(marts: Path, tmp_path: Path) -> None:
    """With a bound of five no cell has more than five for each of its customers, but for noise."""
    settings = NOISELESS._replace(highest=5.0)
    truth = {row[:2]: row[2:] for row in expected(marts, settings)}
    for row in report(release(marts, tmp_path, "sample", settings).report):
        count, _ = truth.get((row["order_month"], row["rfm_group"]), (0, 0.0))
        assert float(row["net_amount"]) <= 5 * count + 20 * 3 * 5 / 5


def test_the_budget_is_an_end(marts: Path, tmp_path: Path) -> None:
    """Two reports of 1 fit into 2.5, a third does not; what is left still suffices for .5."""
    first = release(marts, tmp_path, "sample", SETTINGS)
    second = release(marts, tmp_path, "sample", SETTINGS)
    assert (first.spent, second.spent) == (1.0, 2.0)
    assert first.report.read_text() != second.report.read_text()
    with pytest.raises(PrivacyError, match=r"2 of 2\.5 is spent"):
        release(marts, tmp_path, "sample", SETTINGS)
    assert sorted(file.name for file in tmp_path.glob("*.csv")) == [
        "sample_report_1.csv",
        "sample_report_2.csv",
    ]
    assert release(marts, tmp_path, "sample", SETTINGS._replace(epsilon=0.5)).spent == 2.5
    ledger = tmp_path / "sample_budget.duckdb"
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    with duckdb.connect(str(ledger), read_only=True) as connection:
        rows = connection.execute(
            "select release_number, epsilon, spent_epsilon from privacy_budget order by 1"
        ).fetchall()
    assert rows == [(1, 1.0, 1.0), (2, 1.0, 2.0), (3, 0.5, 2.5)]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"epsilon": 0.0}, "private_epsilon"),
        ({"epsilon": 50.0}, "private_epsilon"),
        ({"budget": 0.0}, "private_epsilon_budget"),
        ({"months": 0}, "private_months"),
        ({"lowest": 1.0}, "private_amount_bounds"),
        ({"highest": 0.0}, "private_amount_bounds"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    change: dict, word: str, marts: Path, tmp_path: Path
) -> None:
    """In one sentence with the var, and nothing is spent."""
    with pytest.raises(PrivacyError, match=word):
        release(marts, tmp_path, "sample", SETTINGS._replace(**change))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given",
    [("much", 3, 12, [0, 500]), (1, 3, None, [0, 500]), (1, 3, 12, 500), (1, 3, 12, [0, 5, 500])],
)
def test_settings_that_are_no_numbers_are_refused(given: tuple) -> None:
    """In one sentence that names the vars, without a traceback."""
    with pytest.raises(PrivacyError, match="have to be numbers"):
        read_settings(*given)
