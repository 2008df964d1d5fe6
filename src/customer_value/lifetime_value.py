"""BG/NBD and Gamma-Gamma: how often customers will buy again, and what a purchase day is worth.

BG/NBD (Fader, Hardie, Lee 2005, "Counting your customers" the easy way, Marketing Science 24) says
that a customer buys at a steady rate, different between customers by a gamma distribution (r, α),
and stops for good after a purchase with a probability that differs by a beta distribution (a, b).
Gamma-Gamma (Fader, Hardie 2013, The gamma-gamma model of monetary value) says that what a customer
spends on a day scatters around a mean of his own, and that these means differ (p, q, v).

A history is (x, t_x, T): repeat purchase days, time from the first to the last of them, and time
from the first one to the end of what is known. All customers of one history count at once, and
what depends on x or on one of the times alone is computed once for each of its values.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, digamma, expit, gammaln, hyp2f1

BOUND = 9.0  # of the logarithms of parameters: e⁻⁹ to e⁹ in units in which times are about 30
AT_BOUND = 1e-3
MEAN_TIME = 30.0  # times are scaled to this mean, money to a mean of one
AGREEMENT = 0.01  # starts agree whose log-likelihoods differ by less
LARGEST_GRADIENT = 1e-5  # of the mean log-likelihood: above it a fit has not converged
STEP = 1e-4  # of the differences of the gradient that make the second derivatives
NEAREST_TO_ONE = 1e-6  # the formula of expected purchases divides by a - 1
LARGEST_FOR_SERIES = 100.0  # of a: far above it the hypergeometric function overflows
NODES = 64  # of the quadrature
REPEAT_COUNTS = 8  # repeat purchases 0 to 7 in the goodness of fit, and more in the last
# r, α, a, b and p, q, v, in the scaled units; spread over what shops were seen to have
BG_NBD_STARTS = (
    (0.5, 10.0, 0.8, 2.5),
    (1.0, 30.0, 1.0, 1.0),
    (0.1, 1.0, 0.1, 5.0),
    (2.0, 20.0, 2.0, 20.0),
    (0.3, 3.0, 0.3, 0.5),
)
GAMMA_GAMMA_STARTS = (
    (5.0, 4.0, 0.5),
    (1.0, 2.0, 1.0),
    (10.0, 10.0, 1.0),
    (2.0, 1.5, 3.0),
    (0.5, 5.0, 5.0),
)

Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Fit:
    """What maximum likelihood found.

    Attributes
    ----------
    parameters, standard_errors : np.ndarray
        In the units of the data; a standard error is nan where a parameter is at its bound or the
        second derivatives have no maximum.
    at_bound : np.ndarray
        Of bool: parameters that the data does not hold back from zero or infinity.
    log_likelihood : float
        Of all customers.
    largest_gradient : float
        Of the log-likelihood per customer, by the logarithms of parameters that are not at a bound.
    start_count, agreeing_start_count : int
        Starts, and those among them that end within `AGREEMENT` of the best.
    """

    parameters: np.ndarray
    standard_errors: np.ndarray
    at_bound: np.ndarray
    log_likelihood: float
    largest_gradient: float
    start_count: int
    agreeing_start_count: int

    @property
    def has_converged(self) -> bool:
        """Whether the gradient is about zero: so it is at a bound, too, where nothing is known."""
        return self.largest_gradient < LARGEST_GRADIENT

    @property
    def is_unknown(self) -> np.ndarray:
        """Of bool: parameters at a bound, or with a standard error as large as themselves."""
        return ~(self.standard_errors < self.parameters)


def curvature(likelihood: Likelihood, logs: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Second derivatives of a log-likelihood, by central differences of its gradient.

    Parameters
    ----------
    likelihood
        Gives value and gradient at the logarithms of parameters.
    logs : np.ndarray
        Shape (parameters,).
    free : np.ndarray
        Places of the parameters that are not held.

    Returns
    -------
    np.ndarray
        Free × free, symmetric.
    """
    steps = np.eye(len(logs))[free] * STEP
    differences = [
        (likelihood(logs + step)[1] - likelihood(logs - step)[1])[free] / (2 * STEP)
        for step in steps
    ]
    second = np.array(differences).reshape(len(free), len(free))
    return (second + second.T) / 2


def log_standard_errors(likelihood: Likelihood, logs: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Standard errors of the logarithms of parameters, from the curvature at the maximum.

    Parameters
    ----------
    likelihood
        Of all customers: value and gradient at the logarithms of parameters.
    logs : np.ndarray
        Shape (parameters,): the maximum.
    free : np.ndarray
        Places of the parameters that are not at a bound; the others are held.

    Returns
    -------
    np.ndarray
        Shape (parameters,); nan where there is none.
    """
    errors = np.full(len(logs), np.nan)
    if not len(free):
        return errors
    information = -curvature(likelihood, logs, free)
    if np.all(np.isfinite(information)) and np.linalg.eigvalsh(information).min() > 0:
        errors[free] = np.sqrt(np.diag(np.linalg.inv(information)))
    return errors


def maximize(
    likelihood: Likelihood, starts: tuple[tuple[float, ...], ...], count: float
) -> tuple[np.ndarray, Fit]:
    """The maximum of a log-likelihood over bounded log-parameters, from several starts.

    Parameters
    ----------
    likelihood
        Of all customers: value and gradient at the logarithms of parameters.
    starts : tuple
        Parameters to start from.
    count : float
        Customers, so that tolerances mean the same in shops of any size.

    Returns
    -------
    tuple
        The logarithms of the best parameters, and the fit, in the units of `likelihood`.
    """

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = likelihood(logs)
        return -value / count, -gradient / count

    ends = [
        minimize(
            loss,
            np.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * len(start),
            options={"maxiter": 1000, "maxfun": 2000, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 20},
        )
        for start in starts
    ]
    best = min(ends, key=lambda end: end.fun)
    at_bound = np.abs(best.x) > BOUND - AT_BOUND
    errors = log_standard_errors(likelihood, best.x, np.flatnonzero(~at_bound))
    return best.x, Fit(
        parameters=np.exp(best.x),
        standard_errors=np.exp(best.x) * errors,
        at_bound=at_bound,
        log_likelihood=float(-best.fun * count),
        largest_gradient=float(np.abs(best.jac[~at_bound]).max(initial=0.0)),
        start_count=len(starts),
        agreeing_start_count=sum((end.fun - best.fun) * count < AGREEMENT for end in ends),
    )


def in_units(fit: Fit, factors: np.ndarray, log_likelihood_shift: float = 0.0) -> Fit:
    """A fit in the units of the data.

    Parameters
    ----------
    fit : Fit
        In scaled units.
    factors : np.ndarray
        Shape (parameters,): what each is multiplied by.
    log_likelihood_shift : float
        What the change of units adds, where densities change with the unit.
    """
    return Fit(
        parameters=fit.parameters * factors,
        standard_errors=fit.standard_errors * factors,
        at_bound=fit.at_bound,
        log_likelihood=fit.log_likelihood + log_likelihood_shift,
        largest_gradient=fit.largest_gradient,
        start_count=fit.start_count,
        agreeing_start_count=fit.agreeing_start_count,
    )


def bg_nbd_likelihood(
    repeats: np.ndarray, active: np.ndarray, age: np.ndarray, counts: np.ndarray
) -> Likelihood:
    """The log-likelihood of BG/NBD (Fader, Hardie, Lee 2005, equation 6) with its gradient.

    Parameters
    ----------
    repeats, active, age : np.ndarray
        x, t_x and T of each unique history, times in one unit.
    counts : np.ndarray
        Customers of each.

    Returns
    -------
    Likelihood
        Of log r, log α, log a, log b.
    """
    # what depends on x or on a time alone is summed once for each of its values
    xs, x_of = np.unique(repeats, return_inverse=True)
    ages, age_of = np.unique(age, return_inverse=True)
    x_counts = np.bincount(x_of, counts)
    age_counts, age_repeats = np.bincount(age_of, counts), np.bincount(age_of, counts * repeats)
    total = counts.sum()
    # who bought once cannot have stopped
    again = repeats > 0
    x_of, age_of, x, n = x_of[again], age_of[again], repeats[again], counts[again]
    actives, active_of = np.unique(active[again], return_inverse=True)
    later = np.maximum(xs, 1) - 1

    def likelihood(logs: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = np.exp(logs)
        log_active, log_age = np.log(alpha + actives), np.log(alpha + ages)
        odds = (r + x) * (log_age[age_of] - log_active[active_of])
        odds += (logs[2] - np.log(b + later))[x_of]  # logarithm of having stopped over being alive
        by_x = (
            gammaln(r + xs) - gammaln(r) + r * logs[1]
            + gammaln(a + b) + gammaln(b + xs) - gammaln(b) - gammaln(a + b + xs)
        )  # fmt: skip
        age_rates = r * age_counts + age_repeats
        value = x_counts @ by_x - age_rates @ log_age + n @ np.logaddexp(0, odds)

        gone = n * expit(odds)
        gone_by_x = np.bincount(x_of, gone, len(xs))
        by_age, by_active = np.bincount(age_of, gone, len(ages)), np.bincount(active_of, gone)
        gone *= x
        age_gone = r * by_age + np.bincount(age_of, gone, len(ages))
        active_gone = r * by_active + np.bincount(active_of, gone)
        ends = digamma(a + b) - digamma(a + b + xs)
        slopes = np.array(
            [
                x_counts @ (digamma(r + xs) - digamma(r) + logs[1])
                - (age_counts - by_age) @ log_age - by_active @ log_active,
                total * r / alpha
                - (age_rates - age_gone) @ (1 / (alpha + ages))
                - active_gone @ (1 / (alpha + actives)),
                x_counts @ ends + gone_by_x.sum() / a,
                x_counts @ (ends + digamma(b + xs) - digamma(b)) - gone_by_x @ (1 / (b + later)),
            ]
        )  # fmt: skip
        return float(value), slopes * (r, alpha, a, b)

    return likelihood


def fit_bg_nbd(repeats: np.ndarray, active: np.ndarray, age: np.ndarray, counts: np.ndarray) -> Fit:
    """BG/NBD by maximum likelihood.

    Parameters
    ----------
    repeats, active, age : np.ndarray
        x, t_x and T of each unique history, times in weeks; somebody has bought again.
    counts : np.ndarray
        Customers of each.

    Returns
    -------
    Fit
        Of r, α (weeks), a, b.
    """
    order = np.lexsort((age, active, repeats))
    repeats, active, age, counts = (
        column[order].astype(np.float64) for column in (repeats, active, age, counts)
    )
    scale = MEAN_TIME * counts.sum() / max(counts @ age, 1e-9)
    likelihood = bg_nbd_likelihood(repeats, active * scale, age * scale, counts)
    _, fit = maximize(likelihood, BG_NBD_STARTS, counts.sum())
    # times enter as α + t, so another unit multiplies the likelihood by scale ^ x of each customer
    shift = float(counts @ repeats) * np.log(scale)
    return in_units(fit, np.array([1.0, 1 / scale, 1.0, 1.0]), shift)


def gamma_gamma_likelihood(
    repeats: np.ndarray, means: np.ndarray, counts: np.ndarray
) -> Likelihood:
    """The log-likelihood of Gamma-Gamma (Fader, Hardie 2013, equation 1a) with its gradient.

    Parameters
    ----------
    repeats, means : np.ndarray
        x and the mean amount of a repeat purchase day, both above zero.
    counts : np.ndarray
        Customers of each.

    Returns
    -------
    Likelihood
        Of log p, log q, log v.
    """
    xs, x_of = np.unique(repeats, return_inverse=True)
    x_counts = np.bincount(x_of, counts)
    log_sums = np.bincount(x_of, counts * np.log(means))
    totals = repeats * means
    total = counts.sum()

    def likelihood(logs: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, v = np.exp(logs)
        log_totals = np.log(v + totals)
        by_x = np.bincount(x_of, counts * log_totals)
        shapes = p * xs
        value = (
            x_counts @ (gammaln(shapes + q) - gammaln(shapes) - gammaln(q) + q * logs[2])
            + (shapes - 1) @ log_sums + x_counts @ (shapes * np.log(xs))
            - (shapes + q) @ by_x
        )  # fmt: skip
        inverse_by_x = np.bincount(x_of, counts / (v + totals))
        slopes = np.array(
            [
                x_counts @ (xs * (digamma(shapes + q) - digamma(shapes) + np.log(xs)))
                + xs @ log_sums - xs @ by_x,
                x_counts @ (digamma(shapes + q) - digamma(q)) + total * logs[2] - by_x.sum(),
                total * q / v - (shapes + q) @ inverse_by_x,
            ]
        )  # fmt: skip
        return float(value), slopes * (p, q, v)

    return likelihood


def fit_gamma_gamma(repeats: np.ndarray, means: np.ndarray, counts: np.ndarray) -> Fit:
    """Gamma-Gamma by maximum likelihood.

    Parameters
    ----------
    repeats, means : np.ndarray
        x and the mean amount of a repeat purchase day, both above zero.
    counts : np.ndarray
        Customers of each.

    Returns
    -------
    Fit
        Of p, q and v, the last in the unit of the means.
    """
    order = np.lexsort((means, repeats))
    repeats, means, counts = (
        column[order].astype(np.float64) for column in (repeats, means, counts)
    )
    unit = float(counts @ means) / counts.sum()
    likelihood = gamma_gamma_likelihood(repeats, means / unit, counts)
    _, fit = maximize(likelihood, GAMMA_GAMMA_STARTS, counts.sum())
    return in_units(fit, np.array([1.0, 1.0, unit]), -counts.sum() * float(np.log(unit)))


def rank_correlation(first: np.ndarray, second: np.ndarray, counts: np.ndarray) -> float:
    """Spearman's correlation of two columns whose rows each stand for several customers.

    Parameters
    ----------
    first, second : np.ndarray
        Of one length; equal values share the mean of their ranks.
    counts : np.ndarray
        Customers of each row.

    Returns
    -------
    float
        From -1 to 1; nan where one of the columns is constant.
    """
    total = counts.sum()
    centered = []
    for column in (first, second):
        values, places = np.unique(column, return_inverse=True)
        sizes = np.bincount(places, counts, len(values))
        centered.append((np.cumsum(sizes) - (sizes - 1) / 2 - (total + 1) / 2)[places])
    one, other = centered
    spread = np.sqrt((counts @ one**2) * (counts @ other**2))
    return float(counts @ (one * other) / spread) if spread > 0 else float("nan")


def expected_if_alive(
    parameters: np.ndarray, repeats: np.ndarray, age: np.ndarray, time: np.ndarray | float
) -> np.ndarray:
    """Expected purchases of a customer who has not stopped (Fader, Hardie, Lee 2005, equation 10).

    Equation 10 is this times the probability of being alive. Its hypergeometric function is
    rewritten by Euler's transformation (Abramowitz and Stegun 1964, 15.3.3), since with b in the
    thousands the original overflows.

    Parameters
    ----------
    parameters : np.ndarray
        r, α, a, b, α in the unit of the times.
    repeats, age : np.ndarray
        x and T.
    time : np.ndarray or float
        How far ahead.

    Returns
    -------
    np.ndarray
        Of the arguments' common shape, zero or more.
    """
    r, alpha, a, b = parameters
    if a > LARGEST_FOR_SERIES:
        return expected_by_quadrature(parameters, repeats, age, time)
    if abs(a - 1) < NEAREST_TO_ONE:
        a = 1 + NEAREST_TO_ONE
    z = time / (alpha + age + time)
    left = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + repeats - 1, z)
    return np.maximum((a + b + repeats - 1) / (a - 1) * (1 - left), 0.0)


def expected_by_quadrature(
    parameters: np.ndarray, repeats: np.ndarray, age: np.ndarray, time: np.ndarray | float
) -> np.ndarray:
    """The same, by Gauss-Legendre quadrature over the quantiles of the drop-out probability.

    Who has not stopped has a drop-out probability p of Beta(a, b + x) and a rate λ of
    Gamma(r + x, α + T); given both the purchases within t are (1 - exp(-λ p t)) / p in the mean,
    and over λ the exponential is ((α + T) / (α + T + p t))^(r + x). It holds for any a, and is
    exact enough where a is large and p hardly varies.

    Parameters and result are those of `expected_if_alive`.
    """
    r, alpha, a, b = parameters
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros(np.broadcast_shapes(np.shape(repeats), np.shape(age), np.shape(time)))
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        p = betaincinv(a, b + repeats, node)
        stays = -(r + repeats) * np.log1p(p * time / (alpha + age))
        total += weight * -np.expm1(stays) / p
    return total


def probability_alive(
    parameters: np.ndarray, repeats: np.ndarray, active: np.ndarray, age: np.ndarray
) -> np.ndarray:
    """Whether a customer has not stopped; one for all who bought once (Fader, Hardie, Lee 2005).

    The models do the same in SQL; tests compare the two.

    Parameters
    ----------
    parameters : np.ndarray
        r, α, a, b.
    repeats, active, age : np.ndarray
        x, t_x and T.
    """
    r, alpha, a, b = parameters
    log_odds = np.log(a) - np.log(b + np.maximum(repeats, 1) - 1)
    log_odds = log_odds + (r + repeats) * np.log((alpha + age) / (alpha + active))
    return np.where(repeats > 0, 1 / (1 + np.exp(np.minimum(log_odds, 700.0))), 1.0)


def discounted_if_alive(
    parameters: np.ndarray, repeats: np.ndarray, age: np.ndarray, times: np.ndarray, rate: float
) -> np.ndarray:
    """Expected purchases of a customer who has not stopped, each discounted to today.

    Parameters
    ----------
    parameters : np.ndarray
        r, α, a, b.
    repeats, age : np.ndarray
        x and T, of one shape.
    times : np.ndarray
        Ends of the steps, ascending; a purchase is discounted as in the middle of its step.
    rate : float
        The discount per unit of time: a purchase at t is worth exp(-rate t).
    """
    before = np.concatenate(([0.0], times[:-1]))
    discounts = np.exp(-rate * (before + times) / 2)
    total, known = np.zeros(len(repeats)), np.zeros(len(repeats))
    for time, discount in zip(times, discounts, strict=True):
        expected = expected_if_alive(parameters, repeats, age, float(time))
        total += discount * (expected - known)
        known = expected
    return total


def repeat_count_probabilities(parameters: np.ndarray, time: np.ndarray) -> np.ndarray:
    """How probable 0, 1, 2, … repeat purchases are (Fader, Hardie, Lee 2005, equation 8).

    Parameters
    ----------
    parameters : np.ndarray
        r, α, a, b.
    time : np.ndarray
        Shape (times,), above zero or zero.

    Returns
    -------
    np.ndarray
        Times × `REPEAT_COUNTS` + 1, the last for all higher counts; rows sum to one.
    """
    r, alpha, a, b = parameters
    x = np.arange(REPEAT_COUNTS)
    share = (time / (alpha + time))[:, None]
    counts = np.exp(gammaln(r + x) - gammaln(r) - gammaln(x + 1))
    negative_binomial = (1 - share) ** r * counts * share**x
    ends = gammaln(a + b) - gammaln(b)
    staying = np.exp(ends + gammaln(b + x) - gammaln(a + b + x))
    later = np.maximum(x, 1)
    leaving = np.exp(ends + np.log(a) + gammaln(b + later - 1) - gammaln(a + b + later))
    more = 1 - (np.cumsum(negative_binomial, axis=1) - negative_binomial)
    probabilities = staying * negative_binomial + np.where(x > 0, leaving * more, 0.0)
    return np.column_stack((probabilities, np.maximum(1 - probabilities.sum(axis=1), 0.0)))
