"""Methods of forecasting demand beside statsmodels, their papers and calculations by hand."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from customer_value.demand import (
    CHANCE,
    DAMPING,
    LEVEL,
    METHODS,
    SIZE,
    SMOOTHINGS,
    TREND,
    History,
    learning_rows,
    sizes_and_gaps,
    smoothed,
)
from customer_value.demand_series import Demand, Origin
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.holtwinters import Holt, SimpleExpSmoothing

HORIZON = 4
WEEKS = np.random.default_rng(0).poisson(3, size=(60, 5)).astype(float)


def history(units: np.ndarray, largest: int = 0) -> History:
    """A history without promotions, up to a Monday."""
    return History(units, np.zeros_like(units), date(2026, 9, 28), largest)


def column(*units: float) -> np.ndarray:
    """One series."""
    return np.array(units, dtype=float)[:, None]


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_smoothing_is_that_of_statsmodels(smoothing: float) -> None:
    """Level and errors of one week ahead equal those of an independent implementation."""
    levels, errors = smoothed(WEEKS, smoothing)
    for series in range(WEEKS.shape[1]):
        units = WEEKS[:, series]
        model = SimpleExpSmoothing(
            units, initialization_method="known", initial_level=units[0]
        ).fit(smoothing_level=smoothing, optimized=False)
        assert levels[series] == pytest.approx(model.forecast(1)[0])
        assert errors[series] == pytest.approx(np.abs(units - model.fittedvalues).sum())


def test_each_series_takes_the_smoothing_with_the_least_past_error() -> None:
    """A series that jumps follows fast, one that only varies follows slowly."""
    jump = np.r_[np.ones(20), np.full(20, 9.0)]
    noise = np.tile([0.0, 2.0], 20)
    forecasts = METHODS["exponential_smoothing"](history(np.column_stack([jump, noise])), HORIZON)
    fast, slow = smoothed(jump[:, None], 0.5)[0][0], smoothed(noise[:, None], 0.05)[0][0]
    assert forecasts == pytest.approx(np.tile([fast, slow], (HORIZON, 1)))


def test_damped_trend_is_that_of_statsmodels() -> None:
    """The forecasts equal Holt's with a damped trend that begins at zero."""
    forecasts = METHODS["damped_trend"](history(WEEKS + np.arange(60)[:, None]), HORIZON)
    for series in range(WEEKS.shape[1]):
        units = WEEKS[:, series] + np.arange(60)
        model = Holt(
            units,
            damped_trend=True,
            initialization_method="known",
            initial_level=units[0],
            initial_trend=0,
        ).fit(smoothing_level=LEVEL, smoothing_trend=TREND, damping_trend=DAMPING, optimized=False)
        # statsmodels forecasts the first week, too, so its level begins one step earlier
        assert forecasts[:, series] == pytest.approx(model.forecast(HORIZON), rel=1e-3)


def test_croston_by_hand() -> None:
    """Croston (1972), with .1: sizes 6 and 3 and gaps 1 and 3 after 6, 0, 0, 3, 0."""
    units = column(6, 0, 0, 3, 0)
    size, gap = sizes_and_gaps(units, 0.1)
    assert (size[0], gap[0]) == (pytest.approx(5.7), pytest.approx(1.2))
    assert METHODS["croston"](history(units), 1)[0, 0] == pytest.approx(5.7 / 1.2)
    assert METHODS["sba"](history(units), 1)[0, 0] == pytest.approx(0.95 * 5.7 / 1.2)


def test_tsb_by_hand() -> None:
    """Teunter, Syntetos and Babai (2011): the chance falls in weeks without a sale."""
    assert (SIZE, CHANCE) == (0.2, 0.2)
    size = 6 + 0.2 * (3 - 6)
    chance = (1 * 0.8 * 0.8 + 0.2 * (1 - 1 * 0.8 * 0.8)) * 0.8
    forecasts = METHODS["tsb"](history(column(6, 0, 0, 3, 0)), 2)
    assert forecasts[:, 0] == pytest.approx([size * chance] * 2)


def test_croston_stays_and_tsb_falls_when_nothing_is_sold_any_more() -> None:
    """What Teunter et al. wrote it for: a product that dies."""
    dead = history(np.r_[np.full(20, 5.0), np.zeros(30)][:, None])
    assert METHODS["croston"](dead, 1)[0, 0] == pytest.approx(5)
    assert METHODS["tsb"](dead, 1)[0, 0] < 0.01


def test_sba_is_less_biased_than_croston() -> None:
    """Syntetos and Boylan (2005): over many sparse series Croston forecasts too much, SBA not."""
    rng = np.random.default_rng(1)
    units = (rng.random((300, 2_000)) < 0.2) * 5.0
    croston, sba = (METHODS[name](history(units), 1).mean() for name in ("croston", "sba"))
    assert croston > 1.02 > sba
    assert sba == pytest.approx(1, abs=0.02)


def test_last_year_and_last_weeks_by_hand() -> None:
    """The week h ahead is that of 52 weeks before it; without a year the mean of eight weeks."""
    units = column(*range(100))
    assert METHODS["seasonal_naive"](history(units), 3)[:, 0].tolist() == [48, 49, 50]
    assert METHODS["seasonal_naive"](history(units[:50]), 3)[:, 0].tolist() == [45.5, 45.5, 0]
    assert METHODS["window_average"](history(units), 2)[:, 0].tolist() == [95.5, 95.5]
    assert METHODS["naive"](history(units), 2)[:, 0].tolist() == [99, 99]


def test_arima_is_that_of_statsmodels_with_the_lowest_aicc() -> None:
    """The largest series has an ARIMA, the others are smoothed."""
    rng = np.random.default_rng(2)
    units = np.maximum(50 + np.cumsum(rng.normal(0, 3, size=(80, 2)), axis=0), 0)
    fits = [
        ARIMA(units[:, 0], order=order, trend="n" if order[1] else "c").fit()
        for order in ((0, 1, 1), (1, 0, 0), (1, 1, 1), (0, 1, 2), (2, 1, 0))
    ]
    forecasts = METHODS["arima"](history(units, 1), HORIZON)
    best = min(fits, key=lambda fit: fit.aicc)
    assert forecasts[:, 0] == pytest.approx(best.forecast(HORIZON))
    smooth = METHODS["exponential_smoothing"](history(units), HORIZON)
    assert forecasts[:, 1] == pytest.approx(smooth[:, 1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weeks", [1, 8, 30, 104])
def test_every_method_lives_with_every_history(method: str, weeks: int) -> None:
    """One week, late beginnings, only zeros after the first, a gap of a year: finite and not below
    zero; a series that has not begun has no forecast that counts."""
    units = np.zeros((weeks, 6))
    units[:, 0] = 3
    units[-1, 1], units[:-1, 1] = 5, np.nan
    units[0, 2] = 1
    units[[0, -1], 3] = 2
    units[:, 4] = np.random.default_rng(3).poisson(0.3, weeks)
    units[:, 5] = 1e6
    forecasts = METHODS[method](history(units, 6), HORIZON)
    assert forecasts.shape == (HORIZON, 6)
    assert np.isfinite(np.delete(forecasts, 4, axis=1)).all()
    assert (np.nan_to_num(forecasts) >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_order_of_series_changes_nothing(method: str) -> None:
    """No method knows where a series stands among the others."""
    rng = np.random.default_rng(4)
    units = rng.poisson(rng.gamma(1, 5, size=200), size=(60, 200)).astype(float)
    order = rng.permutation(200)
    there = METHODS[method](history(units), HORIZON)[:, order]
    assert METHODS[method](history(units[:, order]), HORIZON) == pytest.approx(there, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_no_method_sees_what_follows(method: str) -> None:
    """Weeks after the origin are not in what a method is given: later ones change nothing."""
    rng = np.random.default_rng(5)
    units = rng.poisson(4, size=(70, 50)).astype(float)
    changed = units.copy()
    changed[60:] = 1_000
    ids = np.array([f"p{place}" for place in range(50)], dtype=object)
    origin = Origin(date(2026, 7, 20), 60, np.arange(50), 50)
    tables = [
        Demand(ids, np.full(50, None), one, np.zeros_like(one), [origin], 2)
        .products(origin)
        .forecasts(method, HORIZON)
        for one in (units, changed)
    ]
    assert tables[0].equals(tables[1])


def test_regressions_learn_from_closed_windows_alone() -> None:
    """The outcome of the latest window is the four weeks before the origin, and none after it."""
    units = np.arange(1, 41, dtype=float)[:, None] @ np.ones((1, 2))
    rows, outcomes = learning_rows(history(units), HORIZON)
    assert (
        sorted(set(outcomes))
        == [np.mean(range(k, k + 4)) for k in range(5, 38, 4)][-len(set(outcomes)) :]
    )
    assert len(rows) == len(outcomes)
    assert max(rows[:, 0] ** 2) == 36


def test_totals_are_sums_and_products_shown_are_those_still_sold() -> None:
    """A category's series is the sum of its products; a product no longer sold counts in it."""
    units = np.array([[np.nan, 1, 2], [4, 0, 2], [4, 0, 2]], dtype=float)
    ids, names = (np.array(list(word), dtype=object) for word in ("abc", "xxy"))
    origin = Origin(date(2026, 9, 28), 3, np.array([2, 0, 1]), 2)
    demand = Demand(ids, names, units, np.zeros_like(units), [origin], 0)
    shown = demand.products(origin).forecasts("naive", 1)
    assert shown["item"].to_pylist() == ["c", "a"]
    assert shown["forecast_units"].to_pylist() == [2, 4]
    category, shop = demand.totals(origin)
    assert category.items.tolist() == ["x", "y"]
    assert category.history.units[:, 0].tolist() == [1, 4, 4]
    assert shop.history.units[:, 0].tolist() == [3, 6, 6]
    assert isinstance(shown, pa.Table)
