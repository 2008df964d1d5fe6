"""Write the fit of churn of a build to a file that another shop can be scored with."""

import json
from pathlib import Path

import duckdb

TERMS = """
select
    term_number,
    coefficient,
    center,
    feature_number,
    is_missing,
    mean,
    deviation,
    fill,
    other_feature_number,
    other_mean,
    other_deviation,
    other_fill,
    word,
    setting,
    as_of_date
from {ml}.ml_prediction_coefficients
where
    task = 'churn'
    and method = 'logistic_regression'
    and as_of_date = (
        select max(as_of_date) from {ml}.ml_prediction_coefficients where task = 'churn'
    )
order by term_number
"""


class FreezeError(Exception):
    """Why no fit was written, in one sentence."""


def freeze(build: Path, file: Path, schema_prefix: str = "") -> int:
    """Write the latest logistic regression of churn, as JSON; the number of its terms.

    No customer is in it: coefficients, and means and deviations over all customers fitted on.

    Parameters
    ----------
    build : Path
        The build file.
    file : Path
        What to write.
    schema_prefix : str
        The var of that name with which the build was made.

    Raises
    ------
    FreezeError
        If there is no build with such a fit, it is in use, or the fit has words, such as countries,
        that another shop does not have.
    """
    if not build.exists():
        raise FreezeError(f"{build} is not there: run make build first.")
    prefix = f"{schema_prefix}_" * bool(schema_prefix)
    try:
        with duckdb.connect(str(build), read_only=True) as connection:
            rows = connection.execute(TERMS.format(ml=f"{prefix}ml")).fetchall()
            ((shop, horizon_days),) = connection.execute(
                f"select shop_name, horizon_days from {prefix}marts.rpt_shop"
            ).fetchall()
            names = dict(
                connection.execute(
                    f"select feature_number, feature from {prefix}intermediate."
                    "int_prediction_features where population = 'customers' and is_number"
                ).fetchall()
            )
    except duckdb.IOException as error:
        raise FreezeError(f"{build} is in use: freeze when that is done.") from error
    except duckdb.CatalogException as error:
        raise FreezeError(f"{build} has no fit of churn: run make build first.") from error
    if not rows:
        raise FreezeError(
            "There is no logistic regression of churn: name it in churn_methods, or wait until "
            "there is enough history."
        )
    if any(row[12] is not None for row in rows):
        raise FreezeError(
            "The fit has words of feature_columns, which another shop does not have: build without "
            "feature_columns first."
        )
    used = sorted({number for row in rows for number in (row[3], row[8]) if number is not None})
    terms = []
    for row in rows:
        features = []
        for number, missing, mean, deviation, fill in ((row[3:8]), (row[8], False, *row[9:12])):
            if number is not None:
                place = {"place": used.index(number), "is_missing": bool(missing)}
                features.append(place | {"mean": mean, "deviation": deviation, "fill": fill})
        terms.append({"coefficient": row[1], "center": row[2], "features": features})
    fit = {
        "shop": shop,
        "task": "churn",
        "setting": rows[0][13],
        "fitted_as_of": str(rows[0][14]),
        "horizon_days": horizon_days,
        "features": [names[number] for number in used],
        "terms": terms,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.new")
    unfinished.write_text(json.dumps(fit, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)
    return len(terms)
