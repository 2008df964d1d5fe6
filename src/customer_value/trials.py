"""The protocol of predictions: who is fitted on what, and by which windows a setting is chosen.

A fit as of a date learns from the window that closed on that date. A setting is taken in place of a
method's usual one, the first of its grid, only where it had the lower mean error in each of at
least two windows that were closed by the date, all made in the same way: so the window that is
scored chooses nothing, and it does not matter which other dates are scored.
One protocol serves all tasks: whether customers come back, and what they spend and visit.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from customer_value.classifiers import CHURN
from customer_value.days import matrix
from customer_value.predictors import Predictor, Task
from customer_value.regressors import PURCHASES, SPEND, VISITS

TASKS = {"churn": CHURN, "spend": SPEND, "visits": VISITS, "purchases": PURCHASES}
MEAN = "mean"  # of the good methods
FEWEST_WINDOWS = 2


class Sample(NamedTuple):
    """Customers as of one date, in the order of what they did.

    numbers : customers × features, NaN where missing; words : customers × features, None where
    missing; number : the customers' places in the sample; outcome : whether they came back, or an
    amount, None where it is not known yet what followed.
    """

    numbers: np.ndarray
    words: np.ndarray
    number: np.ndarray
    outcome: np.ndarray | None


class Trial(NamedTuple):
    """What a method gave as of a date: its setting, and its predictions.

    fitted : of the customers fitted on; tested : of those as of the date; is_usual : made with the
    usual setting, by which later dates choose; is_taken : made with the one that the date takes.
    """

    setting: str
    fitted: np.ndarray
    tested: np.ndarray
    is_usual: bool
    is_taken: bool


def read_sample(relation: Any, day: date, outcome: str) -> Sample:
    """The sample as of one date, sorted by what customers did and not by who they are.

    Parameters
    ----------
    relation
        The relation int_prediction_samples.
    day : date
        The as-of date.
    outcome : str
        The column that says what followed.
    """
    rows = relation.filter(f"as_of_date = date '{day}'").select(
        f"sample_number, cast(numbers as double[]) as numbers, words, "
        f"cast({outcome} as double) as outcome"
    )
    table = rows.order("sample_number").arrow().read_all()
    numbers = matrix(table["numbers"])
    words = matrix(table["words"])
    number = table["sample_number"].to_numpy()
    followed = None if table["outcome"].null_count else table["outcome"].to_numpy()
    order = np.lexsort((number * 0 if followed is None else followed, *numbers.T[::-1]))
    return Sample(
        numbers[order], words[order], number[order], None if followed is None else followed[order]
    )


def read_trials(task: str, samples: Any, dates: Any, windows: Any, features: Any) -> "Trials":
    """What trials of a task need.

    Parameters
    ----------
    task : str
        A name of TASKS.
    samples, dates, windows, features
        The relations int_prediction_samples, …_dates, …_windows, …_features.
    """
    scored = dates.filter(f"task = '{task}' and is_scored").select("as_of_date, trained_as_of")
    trained = dict(
        zip(*(column.to_pylist() for column in scored.arrow().read_all().columns), strict=True)
    )
    closed: dict[date, list[date]] = {}
    rows = windows.filter(f"task = '{task}'").order("as_of_date, window_date").arrow().read_all()
    for row in rows.to_pylist():
        closed.setdefault(row["as_of_date"], []).append(row["window_date"])
    days = sorted({*trained, *trained.values()})
    made = {day: read_sample(samples, day, TASKS[task].outcome) for day in days}
    return Trials(TASKS[task], made, trained, closed, feature_names(features))


def feature_names(features: Any) -> list[str]:
    """The numbers' names in their order, of the relation int_prediction_features."""
    rows = features.filter("is_number").order("feature_number").select("feature")
    return rows.arrow().read_all()["feature"].to_pylist()


def method_names(methods: Any, task: str) -> list[str]:
    """A task's names of the relation int_prediction_methods, in their order."""
    rows = methods.filter(f"task = '{task}'").order("method_number").select("method")
    return rows.arrow().read_all()["method"].to_pylist()


def read_settings(trials: Any, task: str) -> dict[tuple[date, str], str]:
    """{(as-of date, method): setting} of a task, of the relation ml_prediction_trials."""
    rows = trials.filter(f"task = '{task}' and is_taken")
    rows = rows.select("as_of_date, method, setting").distinct()
    found = rows.arrow().read_all().to_pylist()
    return {(row["as_of_date"], row["method"]): row["setting"] for row in found}


def chosen_setting(task: Task, method: str, windows: list[dict[tuple[str, str], float]]) -> str:
    """The setting that a method takes, by the windows that were closed.

    Parameters
    ----------
    task : Task
        What is predicted.
    method : str
        A name of the task's methods.
    windows : list of dict
        For each closed window the mean errors by (method, setting).

    Returns
    -------
    str
        The first of the grid, unless others were better in each of at least two windows: then the
        best of these on average.
    """
    first, *others = (setting.name for setting in task.methods[method].grid)
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


def good_methods(
    task: Task, methods: list[str], windows: list[dict[tuple[str, str], float]]
) -> list[str]:
    """The methods whose mean is taken: those better than the rule in every closed window.

    All by their usual settings. Without a closed window, or with fewer than two such methods, those
    of `mean_of` that are tried.
    """
    usual = {method: task.methods[method].grid[0].name for method in [task.rule, *methods]}
    good = [
        method
        for method in methods
        if windows
        and all(
            window[method, usual[method]] < window[task.rule, usual[task.rule]]
            for window in windows
        )
    ]
    if len(good) > 1:
        return good
    return usual_methods(task, methods)


def usual_methods(task: Task, methods: list[str]) -> list[str]:
    """The methods whose mean is taken where no window tells which are good."""
    return [method for method in task.mean_of if method in methods] or methods[:1]


def mean_trial(parts: dict[str, Trial], is_usual: bool, is_taken: bool) -> Trial:
    """The mean of trials, {method: trial}; its setting names the methods."""
    return Trial(
        ", ".join(parts),
        np.mean([part.fitted for part in parts.values()], axis=0),
        np.mean([part.tested for part in parts.values()], axis=0),
        is_usual,
        is_taken,
    )


class Trials:
    """All methods as of the dates of a shop, in the order of time.

    Parameters
    ----------
    task : Task
        What is predicted.
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
        task: Task,
        samples: dict[date, Sample],
        trained: dict[date, date],
        windows: dict[date, list[date]],
        names: list[str],
    ) -> None:
        self.task, self.samples, self.names = task, samples, names
        self.trained, self.windows = trained, windows
        self.scores: dict[date, dict[tuple[str, str], float]] = {}
        self.told = {window for closed in windows.values() for window in closed}

    def fit(self, day: date, method: str, setting: str) -> Predictor:
        """A method fitted as of a date, on the window that had closed."""
        sample = self.samples[self.trained[day]]
        predictor = Predictor(self.task, method, setting, self.names)
        return predictor.fit(sample.numbers, sample.words, sample.outcome)

    def closed(self, day: date) -> list[dict[tuple[str, str], float]]:
        """The mean errors of the windows that were closed as of a date."""
        return [self.scores[window] for window in self.windows.get(day, [])]

    def try_method(self, day: date, method: str) -> list[Trial]:
        """One method as of one date; where a later date chooses by it, with all its settings."""
        train, test = self.samples[self.trained[day]], self.samples[day]
        taken = chosen_setting(self.task, method, self.closed(day))
        usual = self.task.methods[method].grid[0].name
        trials = []
        for setting in self.task.methods[method].grid:
            if setting.name != taken and day not in self.told:
                continue
            predictor = self.fit(day, method, setting.name)
            tested = predictor.predict(test.numbers, test.words)
            if test.outcome is not None:
                self.scores[day][method, setting.name] = self.task.loss(tested, test.outcome)
            if setting.name in (taken, usual):
                fitted = predictor.predict(train.numbers, train.words)
                is_usual, is_taken = setting.name == usual, setting.name == taken
                trials.append(Trial(setting.name, fitted, tested, is_usual, is_taken))
        return trials

    def means(self, day: date, trials: dict[str, list[Trial]]) -> list[Trial]:
        """The means of the methods as of one date, {method: trials}, as `try_method` gives them."""
        good = good_methods(self.task, list(trials), self.closed(day))
        taken = {name: next(one for one in trials[name] if one.is_taken) for name in good}
        if day not in self.told:
            return [mean_trial(taken, False, True)]
        names = usual_methods(self.task, list(trials))
        usual = {name: next(one for one in trials[name] if one.is_usual) for name in names}
        if [id(one) for one in taken.values()] == [id(one) for one in usual.values()]:
            return [mean_trial(taken, True, True)]
        return [mean_trial(usual, True, False), mean_trial(taken, False, True)]

    def run(self, methods: Iterable[str]) -> Iterable[tuple[date, str, Trial]]:
        """All trials, (as-of date, method, trial), date by date.

        Parameters
        ----------
        methods : iterable of str
            Names of the task's methods, and `mean` for the mean of those that were good before.
        """
        rule = self.task.rule
        tried = [name for name in self.task.methods if name in methods or name == rule]
        for day in sorted(self.trained):
            self.scores[day] = {}
            trials = {method: self.try_method(day, method) for method in tried}
            learned = {method: made for method, made in trials.items() if method != rule}
            if MEAN in methods and learned:
                trials[MEAN] = self.means(day, learned)
            for method, made in trials.items():
                for trial in made:
                    yield day, method, trial


def champion_predictors(
    trials: Trials, day: date, method: str, settings: dict[tuple[date, str], str]
) -> list[Predictor]:
    """The predictors whose mean is a method's prediction as of a date, fitted.

    Parameters
    ----------
    trials : Trials
        What `read_trials` gives.
    day, method : date, str
        The as-of date and a name of the task's methods, or `mean`.
    settings : dict
        What `read_settings` gives; that of `mean` names its methods.
    """
    parts = method_parts(day, method, settings)
    return [trials.fit(day, part, setting) for part, setting in parts.items()]


def method_parts(day: date, method: str, settings: dict[tuple[date, str], str]) -> dict[str, str]:
    """{method: setting} of a method, or of those whose mean it is; none of a rule in SQL."""
    if (day, method) not in settings:
        return {}
    parts = settings[day, method].split(", ") if method == MEAN else [method]
    return {part: settings[day, part] for part in parts}
