"""A fit that another shop made gives here what it gave there, and is scored like any other."""

import json
import shutil
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from conftest import Shop as SampleShop
from customer_value import carried
from customer_value.classifiers import CHURN
from customer_value.predictors import Predictor
from customer_value.trials import FEWEST_WINDOWS, Sample, Trials
from freeze import FreezeError, freeze

HORIZON = 90
SEGMENT_MODELS = [
    "int_segment_features",
    "int_segment_points",
    "ml_carried_centers",
    "int_segment_centers",
    "int_segment_members",
    "int_segment_facts",
    "int_segment_names",
    "fct_customer_segments",
    "int_segment_scorecard",
]


@pytest.fixture
def fit(sample_build: Path, tmp_path: Path) -> Path:
    """The sample shop's fit as a file."""
    file = tmp_path / "fits" / "sample_shop.json"
    frozen = freeze(sample_build, file)
    assert frozen.terms > 1
    assert (frozen.segmentations, frozen.left_out) == (["behavior", "value"], [])
    return file


class Shop:
    """What a relation rpt_shop answers."""

    def __init__(self, name: str, horizon_days: int = HORIZON) -> None:
        sql = "select ? as shop_name, ?::int as horizon_days"
        self.relation = duckdb.connect().sql(sql, params=[name, horizon_days])

    def select(self, columns: str) -> duckdb.DuckDBPyRelation:
        """Its columns."""
        return self.relation.select(columns)


@pytest.fixture(autouse=True)
def none_left() -> None:
    """No test leaves its fit to the next."""
    yield
    carried.register("", Shop("mine"))


def points(build: Path, day: date) -> tuple[list[str], np.ndarray]:
    """The customers as of a date and their numbers."""
    with duckdb.connect(str(build), read_only=True) as connection:
        rows = connection.execute(
            "select customer_id, cast(numbers as double[]) "
            "from intermediate.int_prediction_points where as_of_date = ? order by 1",
            [day],
        ).fetchall()
    numbers = [[np.nan if value is None else value for value in row] for _, row in rows]
    return [customer for customer, _ in rows], np.array(numbers, dtype=float)


def feature_names(build: Path) -> list[str]:
    """In their order."""
    with duckdb.connect(str(build), read_only=True) as connection:
        rows = connection.execute(
            "select feature from intermediate.int_prediction_features "
            "where population = 'customers' and is_number order by feature_number"
        ).fetchall()
    return [name for (name,) in rows]


def test_it_gives_what_it_gave_there(sample_build: Path, fit: Path) -> None:
    """On the customers of the shop that made it: the published probabilities, to six digits."""
    carried.register(str(fit), Shop("mine"))
    with duckdb.connect(str(sample_build), read_only=True) as connection:
        served = dict(
            connection.execute(
                "select customer_id, churn_probability from marts.fct_customer_churn "
                "where is_current and method = 'logistic_regression'"
            ).fetchall()
        )
        ((day,),) = connection.execute("select as_of_date from marts.rpt_shop").fetchall()
    customers, numbers = points(sample_build, day)
    predictor = Predictor(CHURN, "carried", "of sample_shop", feature_names(sample_build))
    words = np.empty((len(numbers), 0), dtype=object)
    predictor.fit(numbers, words, np.arange(len(numbers)) % 2)  # of which it learns nothing
    found = dict(zip(customers, 1 - predictor.predict(numbers, words), strict=True))
    assert len(served) > 1000
    assert {name: float(served[name]) for name in served} == pytest.approx(
        {name: found[name] for name in served}, abs=1e-6
    )


def test_it_is_scored_like_any_other(fit: Path, sample_build: Path) -> None:
    """In each window it has an error, beside the rule and what is fitted there."""
    carried.register(str(fit), Shop("mine"))
    names = feature_names(sample_build)
    random = np.random.default_rng(0)
    days = [date(2024, month, 1) for month in range(1, 3 + FEWEST_WINDOWS)]
    samples = {}
    for day in days:
        numbers = random.normal(3, 1, size=(300, len(names)))
        outcome = (random.random(300) < 0.4).astype(float)
        number, seen = np.arange(300), np.full(300, day, dtype="datetime64[D]")
        words = np.empty((300, 0), dtype=object)
        samples[day] = Sample(numbers, words, number, outcome, seen)
    trained = {day: [before] for before, day in pairwise(days)}
    trials = Trials(CHURN, samples, trained, {}, names)
    made = [(day, method) for day, method, _ in trials.run(["carried", "decision_tree"])]
    assert {method for _, method in made} >= {"carried", "decision_tree", "purchase_decay"}
    assert all(("carried", "of sample_shop") in trials.scores[day] for day in trained)


@pytest.mark.parametrize(
    ("content", "shop", "words"),
    [
        (None, Shop("mine"), "no file that make freeze of this version wrote"),
        ("{}", Shop("mine"), "no file that make freeze of this version wrote"),
        ("not json", Shop("mine"), "no file that make freeze of this version wrote"),
        ("fit", Shop("sample_shop"), "has seen what it would foretell"),
        ("fit", Shop("mine", 30), "looks 90 days ahead"),
    ],
)
def test_what_cannot_be_carried_is_refused(
    content: str | None, shop: Shop, words: str, fit: Path, tmp_path: Path
) -> None:
    """In one sentence, and no method is left."""
    file = fit
    if content != "fit":
        file = tmp_path / "given.json"
        if content is not None:
            file.write_text(content)
    with pytest.raises(ValueError, match=words):
        carried.register(str(file), shop)
    assert "carried" not in CHURN.methods


def test_no_customer_is_in_a_fit(fit: Path, sample_build: Path) -> None:
    """It holds names of features, numbers over all customers, and centers of many."""
    content = json.loads(fit.read_text())
    assert set(content) == {
        "shop",
        "task",
        "setting",
        "fitted_as_of",
        "horizon_days",
        "features",
        "terms",
        "segments",
    }
    assert set(content["features"]) <= set(feature_names(sample_build))


def test_a_small_segment_is_not_told(sample_build: Path, tmp_path: Path) -> None:
    """Where one has four customers, its center would tell of them: the segmentation is left out."""
    build = tmp_path / "sample_shop.duckdb"  # its views name it
    shutil.copy(sample_build, build)
    with duckdb.connect(str(build)) as connection:
        connection.execute(
            "delete from marts.fct_customer_segments "
            "where is_current and segmentation = 'value' and segment = 1 and customer_id not in ("
            "select customer_id from marts.fct_customer_segments "
            "where is_current and segmentation = 'value' and segment = 1 limit 4)"
        )
    frozen = freeze(build, tmp_path / "fit.json")
    assert (frozen.segmentations, frozen.left_out) == (["behavior"], ["value"])


def test_other_features_are_refused(fit: Path, sample_build: Path) -> None:
    """A center says nothing on other features; the sentence names those that it needs."""
    with duckdb.connect(str(sample_build), read_only=True) as connection:
        features = connection.sql("from intermediate.int_segment_features")
        read = carried.read_segments(str(fit), Shop("mine"), features)
        assert [one["segmentation"] for one in read] == ["carried_behavior", "carried_value"]
        fewer = features.filter("feature != 'frequency'")
        with pytest.raises(ValueError, match="value has the features recency_days, frequency, mon"):
            carried.read_segments(str(fit), Shop("mine"), fewer)


def test_segments_are_carried_and_scored(
    fit: Path, sample_build: Path, sample_shop: SampleShop, tmp_path: Path
) -> None:
    """By the centers of a shop that is its twin everybody is where they are by their own."""
    content = json.loads(fit.read_text()) | {"shop": "twin"}
    fit.write_text(json.dumps(content))
    build = tmp_path / "sample_shop.duckdb"  # its views name it
    shutil.copy(sample_build, build)
    shop = replace(sample_shop, environment={"CUSTOMER_VALUE_DATABASE": str(build)})
    shop = shop.with_vars(carried_fit=str(fit))
    run = shop.dbt("--quiet", "run", "--select", *SEGMENT_MODELS)
    assert run.code == 0, run.output
    with duckdb.connect(str(build), read_only=True) as connection:
        moved = connection.execute(
            """
            select count(*) filter (where own.segment != carried.segment), count(*)
            from marts.fct_customer_segments as own
            inner join marts.fct_customer_segments as carried using (as_of_date, customer_id)
            where own.is_current and carried.segmentation = 'carried_' || own.segmentation
            """
        ).fetchall()
        ((customers,),) = connection.execute(
            "select count(*) from marts.fct_customer_segments "
            "where is_current and segmentation in ('value', 'behavior')"
        ).fetchall()
        scored = connection.execute(
            "select method, count(value), count(baseline_value) "
            "from intermediate.int_segment_scorecard where method like 'carried%' group by all "
            "order by 1"
        ).fetchall()
    assert moved == [(0, customers)]
    assert scored == [("carried_behavior", 3, 3), ("carried_value", 3, 3)]


def test_without_a_build_nothing_is_frozen(tmp_path: Path) -> None:
    """One sentence says what to do."""
    with pytest.raises(FreezeError, match="run make build first"):
        freeze(tmp_path / "none.duckdb", tmp_path / "fit.json")
    with duckdb.connect(str(tmp_path / "empty.duckdb")) as connection:
        connection.execute("create table nothing as select 1")
    with pytest.raises(FreezeError, match="has no fit of churn"):
        freeze(tmp_path / "empty.duckdb", tmp_path / "fit.json")
    assert not (tmp_path / "fit.json").exists()
