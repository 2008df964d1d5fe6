"""Write what a build learned of churn and segments to a file that another shop is scored with."""

import json
from pathlib import Path
from typing import NamedTuple

import duckdb

FEWEST_CUSTOMERS = 5  # in a segment: the center of fewer would tell what these did

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
# the categories of interests are the shop's own
CENTERS = """
select
    fits.segmentation,
    array_agg(features.feature order by features.feature_number) as features,
    any_value(fits.log_means) as log_means,
    any_value(fits.log_deviations) as log_deviations,
    any_value(fits.centers) as centers,
    any_value(fits.components) as components,
    any_value(fits.component_shares) as component_shares,
    any_value(sizes.smallest) as smallest
from {intermediate}.int_segment_centers as fits
inner join {intermediate}.int_segment_features as features
    on fits.segmentation = features.segmentation
inner join (
    select segmentation, fitted_as_of, min(customer_count) as smallest
    from (
        select segmentation, fitted_as_of, segment, count(*) as customer_count
        from {marts}.fct_customer_segments
        where is_current
        group by all
    )
    group by all
) as sizes
    on fits.segmentation = sizes.segmentation and fits.fitted_as_of = sizes.fitted_as_of
where fits.segmentation != 'interest' and not starts_with(fits.segmentation, 'carried_')
group by fits.segmentation
order by fits.segmentation
"""


class FreezeError(Exception):
    """Why no fit was written, in one sentence."""


class Frozen(NamedTuple):
    """What was written: the terms of churn, segmentations, and those with too small a segment."""

    terms: int
    segmentations: list[str]
    left_out: list[str]


def freeze(build: Path, file: Path, schema_prefix: str = "") -> Frozen:
    """Write the latest logistic regression of churn and today's centers of segments, as JSON.

    No customer is in it: coefficients, means and deviations over all customers fitted on, and
    centers of segments of five customers or more.

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
            segments = connection.execute(
                CENTERS.format(intermediate=f"{prefix}intermediate", marts=f"{prefix}marts")
            )
            columns = [column[0] for column in segments.description]
            fits = [dict(zip(columns, row, strict=True)) for row in segments.fetchall()]
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
    smallest = {one["segmentation"]: one.pop("smallest") for one in fits}
    fit = {
        "shop": shop,
        "task": "churn",
        "setting": rows[0][13],
        "fitted_as_of": str(rows[0][14]),
        "horizon_days": horizon_days,
        "features": [names[number] for number in used],
        "terms": terms,
        "segments": [one for one in fits if smallest[one["segmentation"]] >= FEWEST_CUSTOMERS],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.new")
    unfinished.write_text(json.dumps(fit, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)
    carried = [one["segmentation"] for one in fit["segments"]]
    return Frozen(len(terms), carried, [name for name in smallest if name not in carried])
