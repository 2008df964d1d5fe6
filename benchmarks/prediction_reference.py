"""Predictions beside the libraries that they use, or that do the same, on a build's own customers.

- lifetime value: the fit of BG/NBD as of today (five starts, with standard errors) beside one fit
  of lifetimes' BetaGeoFitter on the same unique histories, which must find the same parameters;
- trials: how much of the processor time of trying all methods is scikit-learn's own;
- demand: the smoothing of all products at once beside statsmodels, one of them after the other,
  with the same smoothings, which must find the same levels.

Usage
-----
python benchmarks/prediction_reference.py build/shop.duckdb
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from customer_value import predictors
from customer_value.demand import SMOOTHINGS, exponential_smoothing
from customer_value.demand_series import read_demand
from customer_value.lifetime_value import fit_bg_nbd
from customer_value.threads import sum_in_one_order
from customer_value.trials import TASKS, method_names, read_trials
from lifetimes import BetaGeoFitter
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

SMOOTHED_BY_STATSMODELS = 200  # products, from which the seconds of all are told


def processor_seconds(act: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call takes on the processor, and what it gives."""
    start = time.process_time()
    result = act()
    return time.process_time() - start, result


def compare_fits(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the seconds of both fits, their ratio and their log-likelihoods."""
    columns = connection.execute(
        "select repeat_count, active_days / 7 as active, age_days / 7 as age, customer_count "
        "from intermediate.int_purchase_patterns where as_of_date = "
        "(select max(as_of_date) from intermediate.int_purchase_patterns) "
        "order by repeat_count, active_days, age_days"
    ).fetchnumpy()
    repeats, active, age, counts = (
        columns[name].astype(float) for name in ("repeat_count", "active", "age", "customer_count")
    )
    ours, fit = processor_seconds(lambda: fit_bg_nbd(repeats, active, age, counts))
    fitter = BetaGeoFitter()
    theirs, _ = processor_seconds(lambda: fitter.fit(repeats, active, age, weights=counts))
    found = np.array([fitter.params_[name] for name in ("r", "alpha", "a", "b")])
    difference = np.abs(fit.parameters / found - 1).max()
    print(f"BG/NBD of {counts.sum():,.0f} customers, {len(counts):,} histories")
    print(f"  ours {ours:.2f} s, lifetimes {theirs:.2f} s, ratio {ours / theirs:.2f}")
    print(f"  parameters differ by {difference:.1%} at the most")


def share_of_scikit_learn(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the seconds of all trials of each task, and the share of fitting and predicting."""
    inside = 0.0

    def timed(act: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            nonlocal inside
            seconds, result = processor_seconds(lambda: act(*arguments))
            inside += seconds
            return result

        return run

    def wrapped(make: Callable[..., Any]) -> Callable[..., Any]:
        def build(**values: Any) -> Any:
            estimator = make(**values)
            for name in ("fit", "predict", "predict_proba"):
                if hasattr(estimator, name) or name == "fit":
                    object.__setattr__(estimator, name, timed(getattr(estimator, name)))
            return estimator

        return build

    relations = [
        connection.table(f"intermediate.int_prediction_{name}")
        for name in ("samples", "dates", "windows", "features")
    ]
    methods = connection.table("intermediate.int_prediction_methods")
    for name, task in TASKS.items():
        inside = 0.0
        told = {
            method: predictors.Method(wrapped(made.make), made.grid)
            for method, made in task.methods.items()
        }

        def run(name: str = name, task: predictors.Task = task, told: dict = told) -> int:
            trials = read_trials(name, *relations)
            trials.task = task._replace(methods=told)
            return sum(len(trial.tested) for *_, trial in trials.run(method_names(methods, name)))

        seconds, count = processor_seconds(run)
        share = inside / seconds if seconds else 0
        print(f"{name}: {seconds:.1f} s for {count:,} predictions, {share:.0%} scikit-learn's")


def compare_smoothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the seconds of smoothing all products' weeks, and of statsmodels for so many."""
    weeks, products, origins = (
        connection.table(f"intermediate.int_demand_{name}")
        for name in ("weeks", "products", "origins")
    )
    demand = read_demand(weeks, products, origins, 0)
    if not demand.origins:
        return
    history = demand.products(demand.origins[-1]).history
    ours, forecasts = processor_seconds(lambda: exponential_smoothing(history, 1))
    count = min(history.units.shape[1], SMOOTHED_BY_STATSMODELS)

    def one_by_one() -> list[float]:
        levels = []
        for series in history.units.T[:count]:
            units = series[~np.isnan(series)]
            fits = [
                SimpleExpSmoothing(
                    units, initialization_method="known", initial_level=units[0]
                ).fit(smoothing_level=smoothing, optimized=False)
                for smoothing in SMOOTHINGS
            ]
            best = min(fits, key=lambda fit: np.abs(fit.resid[1:]).sum())
            levels.append(float(best.forecast(1)[0]))
        return levels

    theirs, levels = processor_seconds(one_by_one)
    theirs *= history.units.shape[1] / count
    difference = np.abs(forecasts[0, :count] - levels).max()
    print(f"demand of {history.units.shape[1]:,} products, {len(history.units)} weeks")
    print(f"  ours {ours:.2f} s, statsmodels {theirs:.1f} s, ratio {ours / theirs:.5f}")
    print(f"  forecasts differ by {difference:.1e} units at the most")


def main() -> None:
    """Measure on the build whose file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path, help="a build with the predictions")
    arguments = parser.parse_args()
    np.seterr(all="ignore")
    sum_in_one_order()
    with duckdb.connect(str(arguments.database), read_only=True) as connection:
        compare_fits(connection)
        share_of_scikit_learn(connection)
        compare_smoothing(connection)


if __name__ == "__main__":
    main()
