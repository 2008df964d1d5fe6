"""Methods of forecasting weekly demand: each gives, of many series at once, the weeks that follow.

A history is an array of weeks × series, NaN before a series began and zero in a week without a
sale. A method sees the history up to an origin and nothing later, and gives horizon × series.
"""

import contextlib
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from customer_value.predictors import SEED, Method, Predictor, Setting, Task, prepared
from customer_value.regressors import boosting, ridge
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from statsmodels.tsa.arima.model import ARIMA

YEAR = 52  # weeks
WINDOW = 8  # weeks that are averaged
SMOOTHINGS = (0.05, 0.1, 0.2, 0.3, 0.5)  # of which each series takes one (docs/models/demand.md)
LEVEL, TREND, DAMPING = 0.2, 0.05, 0.8  # of the damped trend
INTERMITTENT = 0.1  # Croston's smoothing, as Syntetos and Boylan (2005) use it
SIZE, CHANCE = 0.2, 0.2  # of TSB
ORDERS = ((0, 1, 1), (1, 0, 0), (1, 1, 1), (0, 1, 2), (2, 1, 0))  # of ARIMA: (p, d, q)
FEWEST_ARIMA_WEEKS = 26  # with fewer its parameters are guesses
STARTS = 13  # of windows, one before the other, that regressions learn from: a year of four weeks
FIT_ROWS = 20_000  # at most
SOLD_WEEKS = 13  # a series without a sale for longer is not learned from
LAGS = 4


class History(NamedTuple):
    """What is known of series as of an origin.

    units : weeks × series, NaN before a series began; promoted : weeks × series, the share of days
    with a promotion; day : the day after the last week; largest : for how many series, from the
    first on, an ARIMA is fitted.
    """

    units: np.ndarray
    promoted: np.ndarray
    day: date
    largest: int


def flat(forecast: np.ndarray, horizon: int) -> np.ndarray:
    """The same for every week ahead, horizon × series."""
    return np.tile(forecast, (horizon, 1))


def naive(history: History, horizon: int) -> np.ndarray:
    """The last week, again."""
    return flat(history.units[-1], horizon)


def window_average(history: History, horizon: int) -> np.ndarray:
    """The mean of the last eight weeks, or of those since the series began."""
    last = history.units[-WINDOW:]
    counts = np.maximum((~np.isnan(last)).sum(axis=0), 1)
    return flat(np.nansum(last, axis=0) / counts, horizon)


def seasonal_naive(history: History, horizon: int) -> np.ndarray:
    """The same weeks a year ago; without them the mean of the last eight weeks."""
    units, usual = history.units, window_average(history, horizon)
    ago = [len(units) + week - YEAR for week in range(horizon)]
    year = [units[week] if 0 <= week < len(units) else usual[0] * np.nan for week in ago]
    return np.where(np.isnan(year), usual, year)


def smoothed(units: np.ndarray, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """Simple exponential smoothing (Brown 1956), begun with the first week.

    Returns
    -------
    tuple of np.ndarray
        The level after the last week and the sum of absolute errors of one week ahead, each of
        shape (series,).
    """
    level, errors = units[0].copy(), np.zeros(units.shape[1])
    for week in units[1:]:
        error = np.nan_to_num(week - level)
        errors += np.abs(error)
        level = np.where(np.isnan(level), week, level + smoothing * error)
    return level, errors


def exponential_smoothing(history: History, horizon: int) -> np.ndarray:
    """Simple exponential smoothing, the smoothing of each series that with the least past error."""
    levels, errors = zip(*(smoothed(history.units, one) for one in SMOOTHINGS), strict=True)
    best = np.argmin(errors, axis=0)
    return flat(np.take_along_axis(np.array(levels), best[None], axis=0)[0], horizon)


def damped_trend(history: History, horizon: int) -> np.ndarray:
    """Exponential smoothing with a trend that dies away (Gardner and McKenzie 1985)."""
    level = history.units[0].copy()
    trend = np.zeros_like(level)
    for week in history.units[1:]:
        ahead = level + DAMPING * trend
        error = np.nan_to_num(week - ahead)
        level = np.where(np.isnan(level), week, ahead + LEVEL * error)
        trend = DAMPING * trend + LEVEL * TREND * error
    steps = np.cumsum(DAMPING ** np.arange(1, horizon + 1))
    return np.maximum(level + steps[:, None] * trend, 0)


def sizes_and_gaps(units: np.ndarray, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """Croston (1972): how much is sold when something is, and weeks from one time to the next.

    Both begin with the first sale and change in weeks with a sale.
    """
    size, gap, since = (np.full(units.shape[1], start) for start in (np.nan, np.nan, 0.0))
    for week in units:
        begins, sold = np.isnan(size), week > 0
        since = np.where(np.isnan(week), 0, since + 1)
        size = np.where(sold, np.where(begins, week, size + smoothing * (week - size)), size)
        gap = np.where(sold, np.where(begins, since, gap + smoothing * (since - gap)), gap)
        since = np.where(sold, 0, since)
    return size, gap


def croston(history: History, horizon: int) -> np.ndarray:
    """Size over gap (Croston 1972)."""
    size, gap = sizes_and_gaps(history.units, INTERMITTENT)
    return flat(size / gap, horizon)


def sba(history: History, horizon: int) -> np.ndarray:
    """Croston less what it is too high by (Syntetos and Boylan 2005)."""
    return (1 - INTERMITTENT / 2) * croston(history, horizon)


def tsb(history: History, horizon: int) -> np.ndarray:
    """Size times the chance of a sale, which falls in weeks without (Teunter et al. 2011)."""
    size, chance = (np.full(history.units.shape[1], np.nan) for _ in range(2))
    for week in history.units:
        begins, sold = np.isnan(size), week > 0
        size = np.where(sold, np.where(begins, week, size + SIZE * (week - size)), size)
        chance = np.where(begins, np.where(sold, 1, np.nan), chance + CHANCE * (sold - chance))
    return flat(size * chance, horizon)


def arima_ahead(units: np.ndarray, horizon: int) -> np.ndarray:
    """The forecasts of one series by the ARIMA with the lowest AICc (Hurvich and Tsai 1989).

    Parameters
    ----------
    units : np.ndarray
        Shape (weeks,), NaN before the series began. With d = 0 the model has a mean.
    horizon : int
        Weeks ahead.

    Returns
    -------
    np.ndarray
        Shape (horizon,), no less than zero; NaN where there are too few weeks, or all are alike.
    """
    known = units[~np.isnan(units)]
    if len(known) < FEWEST_ARIMA_WEEKS or known.min() == known.max():
        return np.full(horizon, np.nan)
    fits = []
    for order in ORDERS:
        with warnings.catch_warnings(), contextlib.suppress(np.linalg.LinAlgError, ValueError):
            warnings.simplefilter("ignore")  # that it did not converge, which AICc tells
            fits.append(ARIMA(known, order=order, trend="n" if order[1] else "c").fit())
    fits = [fit for fit in fits if np.isfinite(fit.aicc)]
    if not fits:
        return np.full(horizon, np.nan)
    return np.maximum(min(fits, key=lambda fit: fit.aicc).forecast(horizon), 0)


def arima(history: History, horizon: int) -> np.ndarray:
    """ARIMA of the largest series, exponential smoothing of all others, and where there is none."""
    forecasts = exponential_smoothing(history, horizon)
    for series in range(min(history.largest, forecasts.shape[1])):
        ahead = arima_ahead(history.units[:, series], horizon)
        if np.isfinite(ahead).all():
            forecasts[:, series] = ahead
    return forecasts


def perceptron(width: int) -> Pipeline:
    """A multi-layer perceptron with one hidden layer."""
    network = MLPRegressor(hidden_layer_sizes=(width,), max_iter=200, random_state=SEED)
    network.set_params(alpha=1.0, tol=1e-3, n_iter_no_change=5, learning_rate_init=0.005)
    return make_pipeline(*prepared(), network)


REGRESSIONS = Task(
    outcome="units",
    methods={
        "ridge": Method(ridge, [Setting("usual", None, {"strength": 10.0})]),
        "gradient_boosting": Method(boosting, [Setting("usual", None, {"leaves": 8})]),
        "neural_network": Method(perceptron, [Setting("usual", None, {"width": 16})]),
    },
    rule=None,
    mean_of=(),
    is_amount=True,
)


def means(weeks: np.ndarray) -> np.ndarray:
    """The mean of each series' known weeks, NaN where none is."""
    counts = (~np.isnan(weeks)).sum(axis=0)
    return np.where(counts > 0, np.nansum(weeks, axis=0) / np.maximum(counts, 1), np.nan)


def lag_features(history: History, horizon: int) -> np.ndarray:
    """What regressions see of each series: series × features, NaN where not known.

    Roots of the last four weeks, of means over 8 and 26 weeks, and of the weeks a year before
    those that are forecast; weeks since the first and the last sale; days with promotions in the
    last week and the last four; and, once a year has been seen, the middle of the weeks forecast
    as a point on the year's circle.
    """
    units, promoted = history.units, history.promoted
    count, series = units.shape
    lags = [units[-lag] if lag <= count else np.full(series, np.nan) for lag in range(1, LAGS + 1)]
    year = units[max(count - YEAR, 0) : max(count - YEAR + horizon, 0)]
    roots = [*lags, means(units[-8:]), means(units[-26:]), means(year)]
    ages = (~np.isnan(units)).sum(axis=0)
    since = np.argmax(np.vstack([units[::-1] > 0, np.ones((1, series), bool)]), axis=0)
    middle = history.day + timedelta(days=7 * horizon // 2)
    turn = middle.timetuple().tm_yday / 365.25 if count > YEAR else np.nan
    columns = [
        *(np.sqrt(one) for one in roots),
        np.log1p(ages),
        np.log1p(since),
        promoted[-1],
        promoted[-LAGS:].mean(axis=0),
        np.full(series, np.sin(2 * np.pi * turn)),
        np.full(series, np.cos(2 * np.pi * turn)),
    ]
    return np.column_stack(columns)


def earlier(history: History, weeks: int) -> History:
    """The history as it was so many weeks ago."""
    day = history.day - timedelta(days=7 * weeks)
    return History(history.units[:-weeks], history.promoted[:-weeks], day, 0)


def learning_rows(history: History, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """What regressions learn from: closed windows before the origin, one before the other.

    Returns
    -------
    tuple of np.ndarray
        Rows × features, and the mean units of a week in the window, shape (rows,). Of too many,
        every so-manieth in the order of what was sold.
    """
    rows, outcomes = [], []
    for start in range(1, STARTS + 1):
        back = start * horizon
        if len(history.units) <= back + LAGS:
            break
        before = earlier(history, back)
        sold = (before.units[-SOLD_WEEKS:] > 0).any(axis=0)
        followed = history.units[len(before.units) :][:horizon, sold]
        rows.append(lag_features(before, horizon)[sold])
        outcomes.append(followed.mean(axis=0))
    if not rows:
        return np.zeros((0, 0)), np.zeros(0)
    features, outcome = np.concatenate(rows), np.concatenate(outcomes)
    order = np.lexsort((outcome, *features.T[::-1]))
    order = order[:: -(-len(order) // FIT_ROWS)]
    return features[order], outcome[order]


def regression(method: str) -> Callable[[History, int], np.ndarray]:
    """A method that is fitted on all series at once; the same for every week ahead.

    Parameters
    ----------
    method : str
        A name of REGRESSIONS.
    """

    def forecast(history: History, horizon: int) -> np.ndarray:
        rows, outcomes = learning_rows(history, horizon)
        if not len(rows):
            return window_average(history, horizon)
        names = [str(place) for place in range(rows.shape[1])]
        predictor = Predictor(REGRESSIONS, method, "usual", names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # trials tell how good it is
            predictor.fit(rows, np.empty((len(rows), 0), dtype=object), outcomes)
        known = ~np.isnan(history.units[-1])
        tested = lag_features(history, horizon)[known]
        forecasts = np.full(history.units.shape[1], np.nan)
        forecasts[known] = predictor.predict(tested, np.empty((len(tested), 0), dtype=object))
        return flat(forecasts, horizon)

    return forecast


METHODS: dict[str, Callable[[History, int], np.ndarray]] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "window_average": window_average,
    "exponential_smoothing": exponential_smoothing,
    "damped_trend": damped_trend,
    "croston": croston,
    "sba": sba,
    "tsb": tsb,
    "arima": arima,
    **{method: regression(method) for method in REGRESSIONS.methods},
}
ARIMA_METHOD = "arima"
TOTAL_METHODS = (  # what totals are forecast by as series of their own
    "naive",
    "seasonal_naive",
    "window_average",
    "exponential_smoothing",
    "damped_trend",
    ARIMA_METHOD,
)
