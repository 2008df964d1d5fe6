"""BG/NBD and Gamma-Gamma against differences, integrals, simulation and the package lifetimes."""

import datetime
from typing import Any

import numpy as np
import pytest
from customer_value import lifetime_value as ltv
from scipy import integrate, stats
from test_learned import load

fits = load("ml_lifetime_value_fits")
expectations = load("ml_lifetime_value_expectations")

CDNOW = np.array([0.2426, 4.4136, 0.7929, 2.4259])  # r, α, a, b as published, in weeks
DAY = datetime.date(2024, 1, 1)


def simulate(count: int, parameters: np.ndarray, seed: int = 0) -> np.ndarray:
    """Histories (x, t_x, T) of customers who live as BG/NBD says, columns by rows."""
    random = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    rates, leaving = random.gamma(r, 1 / alpha, count), random.beta(a, b, count)
    ages = random.integers(20, 80, count).astype(float)
    rows = []
    for rate, chance, age in zip(rates, leaving, ages, strict=True):
        x, last = 0, 0.0
        time = random.exponential(1 / rate)
        while time <= age:
            x, last = x + 1, time
            if random.random() < chance:
                break
            time += random.exponential(1 / rate)
        rows.append((x, last, age))
    return np.array(rows).T


def history_likelihood(logs: np.ndarray, x: float, active: float, age: float) -> float:
    """Logarithm of the likelihood of a history, integrated over rates and chances of stopping."""
    r, alpha, a, b = np.exp(logs)

    def of_rate(rate: float) -> float:
        alive, stopped = rate**x * np.exp(-rate * age), rate**x * np.exp(-rate * active)
        beta = stats.beta(a, b)
        stays = integrate.quad(lambda p: (1 - p) ** x * beta.pdf(p), 0, 1)[0]
        stops = integrate.quad(lambda p: p * (1 - p) ** (x - 1) * beta.pdf(p), 0, 1)[0] if x else 0
        return (stays * alive + stops * stopped) * stats.gamma(r, scale=1 / alpha).pdf(rate)

    return float(np.log(integrate.quad(of_rate, 0, np.inf, epsabs=1e-13)[0]))


@pytest.mark.parametrize("history", [(0, 0.0, 30.0), (1, 10.0, 30.0), (4, 20.0, 25.0)])
def test_likelihood_is_that_of_the_assumptions(history: tuple[float, ...]) -> None:
    """Equation 6 is the integral over what customers may be."""
    logs = np.log([1.3, 10.0, 1.7, 2.4])
    columns = [np.array([value]) for value in (*history, 1.0)]
    value, _ = ltv.bg_nbd_likelihood(*columns)(logs)
    assert value == pytest.approx(history_likelihood(logs, *history), abs=1e-6)


@pytest.mark.parametrize("kind", ["bg_nbd", "gamma_gamma"])
def test_gradients_are_those_of_differences(kind: str) -> None:
    """The analytic gradient equals central differences."""
    x, active, age = simulate(300, CDNOW)
    counts = np.arange(300) % 3 + 1.0
    if kind == "bg_nbd":
        likelihood, logs = ltv.bg_nbd_likelihood(x, active, age, counts), np.log(CDNOW * 1.3)
    else:
        again = x > 0
        means = 10 + 7 * np.sin(np.arange(again.sum()))
        likelihood = ltv.gamma_gamma_likelihood(x[again], means, counts[again])
        logs = np.log([6.0, 3.5, 14.0])
    steps = 1e-5 * np.eye(len(logs))
    differences = [
        (likelihood(logs + step)[0] - likelihood(logs - step)[0]) / 2e-5 for step in steps
    ]
    assert likelihood(logs)[1] == pytest.approx(differences, rel=1e-5, abs=1e-3)


def test_fit_finds_what_made_the_customers() -> None:
    """Within three standard errors, from all starts; the order of rows does not matter."""
    truth = np.array([0.6, 9.0, 0.7, 2.5])
    histories = np.vstack((simulate(20_000, truth), np.ones(20_000)))
    fit = ltv.fit_bg_nbd(*histories)
    assert np.all(np.abs(fit.parameters - truth) < 3 * fit.standard_errors)
    assert fit.agreeing_start_count == fit.start_count
    assert fit.has_converged
    assert not fit.is_unknown.any()
    again = ltv.fit_bg_nbd(*histories[:, ::-1])
    assert np.array_equal(again.parameters, fit.parameters)


def test_days_or_weeks_are_one_fit() -> None:
    """α alone has a unit of time, v alone one of money, and densities change with the unit."""
    x, active, age = simulate(2_000, CDNOW)
    ones = np.ones_like(x)
    weeks, days = ltv.fit_bg_nbd(x, active, age, ones), ltv.fit_bg_nbd(x, active * 7, age * 7, ones)
    assert days.parameters == pytest.approx(weeks.parameters * [1, 7, 1, 1], rel=1e-4)
    shift = -x.sum() * np.log(7)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood + shift, abs=1e-4)


def test_nobody_who_stops_is_a_bound() -> None:
    """Where customers never stop the fit converges, all starts agree, and a or b is unknown."""
    x, active, age = simulate(3_000, np.array([1.0, 8.0, 1e-6, 1e3]))
    row = fits.fit_purchases({}, x, active * 7, age * 7, np.ones_like(x))
    assert row["status"] == "drop_out_not_identified"
    assert row["is_usable"]
    assert row["largest_gradient"] < ltv.LARGEST_GRADIENT


@pytest.mark.parametrize("a", [1e-4, 0.5, 1.0, 1.0 + 1e-9, 3.0])
@pytest.mark.parametrize("b", [0.7, 2.4, 8_000.0])
def test_expected_purchases_are_those_of_simulated_lives(a: float, b: float) -> None:
    """Equation 10 equals the integral of the rate of purchases, for any a and b.

    A customer who is alive has had x purchases in T: rates are gamma (r + x, α + T), chances of
    stopping beta (a, b + x), and a rate of λ with a chance of p gives (1 - exp(-λ p t)) / p.
    """
    r, alpha, x, age, time = 0.6, 9.0, 3.0, 40.0, 26.0
    grid = np.linspace(0.0005, 0.9995, 1000)
    rates = stats.gamma(r + x, scale=1 / (alpha + age)).ppf(grid)[:, None]
    nodes, weights = np.polynomial.legendre.leggauss(200)
    chances = stats.beta(a, b + x).ppf((nodes + 1) / 2)[None, :].clip(1e-12)
    bought = -np.expm1(-rates * chances * time) / chances
    expected = (bought @ (weights / 2)).mean()
    found = ltv.expected_if_alive(np.array([r, alpha, a, b]), np.array([x]), np.array([age]), time)
    assert found == pytest.approx(expected, rel=2e-3)


def test_probabilities_of_counts_add_up_to_what_is_expected() -> None:
    """Rows sum to one, and equal what simulated customers did."""
    x, _, age = simulate(20_000, CDNOW)
    probabilities = ltv.repeat_count_probabilities(CDNOW, age)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    expected = probabilities.sum(axis=0)
    actual = np.bincount(np.minimum(x, ltv.REPEAT_COUNTS).astype(int))
    assert np.all(np.abs(actual - expected) < 4 * np.sqrt(expected))


def test_one_time_buyers_are_alive() -> None:
    """P(alive) is one for them, and no overflow comes of a long silence."""
    x, active, age = np.array([0.0, 5.0, 9_000.0]), np.array([0.0, 1.0, 1.0]), np.full(3, 500.0)
    alive = ltv.probability_alive(CDNOW, x, active, age)
    assert alive[0] == 1
    assert np.all((alive[1:] >= 0) & (alive[1:] < 1e-3))


def test_discount_is_between_its_ends() -> None:
    """Without a rate nothing is lost; with 10 % a year about half of that in the year's middle."""
    x, age = np.array([0.0, 3.0]), np.array([280.0, 280.0])
    expected, free = expectations.expectations(CDNOW, x, age, 365, 0.0)
    assert free == pytest.approx(expected)
    _, discounted = expectations.expectations(CDNOW, x, age, 365, 0.1)
    assert np.all((discounted > expected / 1.1) & (discounted < expected))
    assert discounted / expected == pytest.approx([0.957, 0.957], abs=0.005)
    assert np.isnan(expectations.expectations(CDNOW, x, age, 90, 0.1)[1]).all()


def test_rank_correlation_counts_customers() -> None:
    """As SciPy's over the customers one by one; a constant column has none."""
    first, second = np.array([1, 2, 2, 5]), np.array([3.0, 3.0, 1.0, 9.0])
    counts = np.array([4, 1, 7, 2])
    single = stats.spearmanr(np.repeat(first, counts), np.repeat(second, counts)).statistic
    assert ltv.rank_correlation(first, second, counts) == pytest.approx(single)
    assert np.isnan(ltv.rank_correlation(np.ones(4), second, counts))


@pytest.mark.parametrize("customers", [1, 500])
def test_one_time_buyers_alone_are_not_fitted(customers: int) -> None:
    """Nobody bought again: no parameters, and a status that says so."""
    age = np.arange(customers)
    nothing = np.zeros(customers)
    rows = fits.fits_of(DAY, [nothing, nothing, age, np.ones(customers)], [np.zeros(0)] * 3)
    assert [row["status"] for row in rows] == ["too_few_repeat_buyers"] * 2
    assert not any(row["is_usable"] or "parameters" in row for row in rows)


def test_equal_amounts_are_no_error() -> None:
    """A shop of one price has no spread to find: a fit at a bound, with finite numbers."""
    row = fits.fit_spend({}, np.ones(50), np.full(50, 10.0), np.ones(50))
    assert row["status"] in ("spread_not_identified", "not_converged", "mean_not_finite")
    assert np.isfinite(row["parameters"]).all()


def test_lifetimes_gives_the_same() -> None:
    """The package lifetimes, where it is installed, finds the same parameters and expectations."""
    lifetimes = pytest.importorskip("lifetimes")
    x, active, age = simulate(3_000, CDNOW)
    oracle = lifetimes.BetaGeoFitter().fit(x, active, age)
    fit = ltv.fit_bg_nbd(x, active, age, np.ones_like(x))
    parameters = [oracle.params_[name] for name in ("r", "alpha", "a", "b")]
    assert fit.parameters == pytest.approx(parameters, rel=1e-3)
    expected = ltv.expected_if_alive(fit.parameters, x, age, 26.0)
    expected = expected * ltv.probability_alive(fit.parameters, x, active, age)
    theirs = oracle.conditional_expected_number_of_purchases_up_to_time(26.0, x, active, age)
    assert expected == pytest.approx(np.asarray(theirs), rel=5e-3, abs=1e-4)


@pytest.mark.parametrize(
    "parameters", [(0.25, 4.4, 99, 20), (0.25, 4.4, 101, 2000), (0.0058, 8.34, 8103, 7212)]
)
def test_expectation_of_customers_who_stop_alike(parameters: tuple[float, ...]) -> None:
    """With a large, as where hardly anybody buys twice, the mean is that of an integral over p."""
    r, alpha, a, b = parameters
    for x, age in ((0, 3.0), (1, 20.0), (40, 70.0)):
        chance = stats.beta(a, b + x)

        def worth(p: float, x: int = x, age: float = age, chance: Any = chance) -> float:
            left = ((alpha + age) / (alpha + age + p * 52)) ** (r + x)
            return chance.pdf(p) * (1 - left) / p

        expected, _ = integrate.quad(worth, chance.ppf(1e-13), chance.ppf(1 - 1e-13), limit=200)
        found = ltv.expected_if_alive(np.array(parameters), np.array([x]), np.array([age]), 52.0)
        assert found == pytest.approx([expected], rel=1e-4)
