"""The protocol of predictions: who is fitted on what, and by which windows a setting is chosen.

A fit as of a date learns from the window that closed on that date. A setting is taken in place of a
method's first one only where it had the lower Brier score in each of at least two windows that were
closed by the date, all made in the same way: so the window that is scored chooses nothing.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from customer_value.classifiers import MEAN, MEAN_OF, METHODS, RULES, Classifier

FEWEST_WINDOWS = 2


class Sample(NamedTuple):
    """Customers as of one date, in the order of what they did.

    numbers : customers × features, NaN where missing; words : customers × features, None where
    missing; number : the customers' places in the sample; came_back : of bool, None where it is not
    known yet what followed.
    """

    numbers: np.ndarray
    words: np.ndarray
    number: np.ndarray
    came_back: np.ndarray | None


class Trial(NamedTuple):
    """What a method gave as of a date: its setting, and probabilities of coming back.

    fitted : of the customers fitted on; tested : of those as of the date.
    """

    setting: str
    fitted: np.ndarray
    tested: np.ndarray


def read_sample(relation: Any, day: date) -> Sample:
    """The sample as of one date, sorted by what customers did and not by who they are.

    Parameters
    ----------
    relation
        The relation int_prediction_samples.
    day : date
        The as-of date.
    """
    rows = relation.filter(f"as_of_date = date '{day}'").select(
        "sample_number, cast(numbers as double[]) as numbers, words, has_purchased"
    )
    table = rows.order("sample_number").arrow().read_all()
    numbers = np.array(table["numbers"].to_pylist(), dtype=np.float64)
    words = np.array(table["words"].to_pylist(), dtype=object)
    number = table["sample_number"].to_numpy()
    known = table["has_purchased"]
    came_back = None if known.null_count else np.array(known.to_pylist(), dtype=bool)
    outcome = np.zeros(len(number)) if came_back is None else came_back
    order = np.lexsort((outcome, *numbers.T[::-1]))
    return Sample(
        numbers[order], words[order], number[order], None if came_back is None else outcome[order]
    )


def read_trials(samples: Any, dates: Any, windows: Any, features: Any) -> "Trials":
    """What trials need of the relations int_prediction_samples, …_dates, …_windows, …_features."""
    scored = dates.filter("is_scored").select("as_of_date, trained_as_of").arrow().read_all()
    trained = dict(zip(*(column.to_pylist() for column in scored.columns), strict=True))
    closed: dict[date, list[date]] = {}
    for row in windows.order("as_of_date, window_date").arrow().read_all().to_pylist():
        closed.setdefault(row["as_of_date"], []).append(row["window_date"])
    days = sorted({*trained, *trained.values()})
    return Trials(
        {day: read_sample(samples, day) for day in days}, trained, closed, feature_names(features)
    )


def feature_names(features: Any) -> list[str]:
    """The numbers' names in their order, of the relation int_prediction_features."""
    rows = features.filter("is_number").order("feature_number").select("feature")
    return rows.arrow().read_all()["feature"].to_pylist()


def method_names(methods: Any) -> list[str]:
    """The names of the relation int_churn_methods, in their order."""
    rows = methods.order("method_number").select("method")
    return rows.arrow().read_all()["method"].to_pylist()


def read_settings(trials: Any) -> dict[tuple[date, str], str]:
    """{(as-of date, method): setting} of the relation ml_churn_trials."""
    rows = trials.select("as_of_date, method, setting").distinct().arrow().read_all()
    return {(row["as_of_date"], row["method"]): row["setting"] for row in rows.to_pylist()}


def brier(probabilities: np.ndarray, came_back: np.ndarray) -> float:
    """The mean squared error of probabilities (Brier 1950), from 0 to 1."""
    return float(np.mean((probabilities - came_back) ** 2))


def chosen_setting(method: str, windows: list[dict[tuple[str, str], float]]) -> str:
    """The setting that a method takes, by the windows that were closed.

    Parameters
    ----------
    method : str
        A name of METHODS.
    windows : list of dict
        For each closed window the Brier scores by (method, setting).

    Returns
    -------
    str
        The first of the grid, unless others were better in each of at least two windows: then the
        best of these on average.
    """
    first, *others = (setting.name for setting in METHODS[method][1])
    if len(windows) < FEWEST_WINDOWS:
        return first
    better = [
        other
        for other in others
        if all(window[method, other] < window[method, first] for window in windows)
    ]

    def mean(name: str) -> float:
        return float(np.mean([window[method, name] for window in windows]))

    return min(better, key=mean, default=first)


def good_methods(methods: list[str], windows: list[dict[tuple[str, str], float]]) -> list[str]:
    """The methods whose mean is taken: those better than the rule in every closed window.

    Without a closed window, or with fewer than two such methods, those of MEAN_OF that are tried.
    """
    (rule,) = RULES
    good = [
        method
        for method in methods
        if windows and all(window[method, "chosen"] < window[rule, "chosen"] for window in windows)
    ]
    if len(good) > 1:
        return good
    return [method for method in MEAN_OF if method in methods] or methods[:1]


class Trials:
    """All methods as of the dates of a shop, in the order of time.

    Parameters
    ----------
    samples : dict
        {as-of date: Sample}.
    trained : dict
        {as-of date that is scored: the date of the window that it learns from}.
    windows : dict
        {as-of date: the dates of its closed windows}.
    names : list of str
        The numbers' names.
    """

    def __init__(
        self,
        samples: dict[date, Sample],
        trained: dict[date, date],
        windows: dict[date, list[date]],
        names: list[str],
    ) -> None:
        self.samples, self.trained, self.windows, self.names = samples, trained, windows, names
        self.scores: dict[date, dict[tuple[str, str], float]] = {}
        self.told = {window for closed in windows.values() for window in closed}

    def fit(self, day: date, method: str, setting: str) -> Classifier:
        """A method fitted as of a date, on the window that had closed."""
        sample = self.samples[self.trained[day]]
        classifier = Classifier(method, setting, self.names)
        return classifier.fit(sample.numbers, sample.words, sample.came_back)

    def closed(self, day: date) -> list[dict[tuple[str, str], float]]:
        """The Brier scores of the windows that were closed as of a date."""
        return [self.scores[window] for window in self.windows.get(day, [])]

    def try_method(self, day: date, method: str) -> Trial:
        """One method as of one date; where a later date chooses by it, all its settings."""
        train, test = self.samples[self.trained[day]], self.samples[day]
        chosen = chosen_setting(method, self.closed(day))
        for setting in METHODS[method][1]:
            if setting.name != chosen and day not in self.told:
                continue
            classifier = self.fit(day, method, setting.name)
            tested = classifier.probabilities(test.numbers, test.words)
            if test.came_back is not None:
                self.scores[day][method, setting.name] = brier(tested, test.came_back)
            if setting.name == chosen:
                fitted = classifier.probabilities(train.numbers, train.words)
                trial = Trial(chosen, fitted, tested)
        return trial

    def run(self, methods: Iterable[str]) -> Iterable[tuple[date, str, Trial]]:
        """All trials, (as-of date, method, trial), date by date.

        Parameters
        ----------
        methods : iterable of str
            Names of METHODS, and `mean` for the mean of those that were good before.
        """
        tried = [*RULES, *(name for name in METHODS if name in methods and name not in RULES)]
        for day in sorted(self.trained):
            self.scores[day] = {}
            test, trials = self.samples[day], {}
            for method in tried:
                trials[method] = self.try_method(day, method)
            learned = [method for method in tried if method not in RULES]
            if MEAN in methods and learned:
                good = good_methods(learned, self.closed(day))
                parts = [trials[method] for method in good]
                trials[MEAN] = Trial(
                    ", ".join(good),
                    np.mean([part.fitted for part in parts], axis=0),
                    np.mean([part.tested for part in parts], axis=0),
                )
            for method, trial in trials.items():
                if test.came_back is not None:
                    self.scores[day][method, "chosen"] = brier(trial.tested, test.came_back)
                yield day, method, trial


def champion_classifiers(
    trials: Trials, day: date, method: str, settings: dict[tuple[date, str], str]
) -> list[Classifier]:
    """The classifiers whose mean is a method's probability as of a date, fitted.

    Parameters
    ----------
    trials : Trials
        What `read_trials` gives.
    day, method : date, str
        The as-of date and a name of METHODS, or `mean`.
    settings : dict
        What `read_settings` gives; that of `mean` names its methods.
    """
    parts = method_parts(day, method, settings)
    return [trials.fit(day, part, setting) for part, setting in parts.items()]


def method_parts(day: date, method: str, settings: dict[tuple[date, str], str]) -> dict[str, str]:
    """{method: setting} of a method, or of those whose mean it is; none of the R × FM cells."""
    if (day, method) not in settings:
        return {}
    parts = settings[day, method].split(", ") if method == MEAN else [method]
    return {part: settings[day, part] for part in parts}
