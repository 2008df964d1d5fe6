"""The choice of the number of segments and their names, in shops of a few hundred customers."""

import random
import re
from math import sqrt

import pytest
from conftest import MakeShop, Shop
from scipy import stats

MODELS = ("fct_segment_candidates", "rpt_segment_profiles", "fct_customer_segments")
HEADER = "order_id,product_id,ordered_at,quantity,unit_price,customer_id"


def bought(customers: int) -> list[str]:
    """Orders of three kinds of customers: regulars, large one-time buyers, and small ones.

    One in forty returns more than they buy.
    """
    draw = random.Random(11)
    lines, order = [], 0
    for customer in range(customers):
        kind = customer % 3
        purchases, price, products = ((9, 20, 3), (1, 90, 6), (1, 4, 1))[kind]
        for _ in range(max(1, round(draw.gauss(purchases, purchases / 4)))):
            order += 1
            day = draw.randint(1, 28) if kind == 2 else draw.randint(1, 28) // 2 + 14
            month = draw.randint(7, 12) if kind == 0 else draw.randint(1, 12)
            for product in range(max(1, round(draw.gauss(products, 1)))):
                amount = round(draw.lognormvariate(0, 0.4) * price, 2)
                key = f"o{order},p{customer % 7 + product}"
                lines.append(f"{key},2024-{month:02}-{day:02},{1 + kind % 2},{amount},c{customer}")
        if customer % 40 == 2:
            lines.append(f"r{customer},p1,2024-12-28,-1,{price * 60},c{customer}")
    return lines


def renamed(lines: list[str]) -> list[str]:
    """The same lines in another order, with other ids of customers in another order, too."""
    draw = random.Random(12)
    ids = sorted({line.rpartition(",")[2] for line in lines})
    others = [f"x{number:04}" for number in range(len(ids))]
    draw.shuffle(others)
    names = dict(zip(ids, others, strict=True))
    given = [(line.rpartition(",")[0], line.rpartition(",")[2]) for line in lines]
    again = [f"{rest},{names[customer]}" for rest, customer in given]
    draw.shuffle(again)
    return again


def built(make_shop: MakeShop, lines: list[str], **variables: object) -> Shop:
    """A shop of these lines, up to its segments; not all its customers are fitted."""
    files = {"orders.csv": "\n".join([HEADER, *lines])}
    return make_shop(files=files, fit_sample_customers=250, **variables).up_to(*MODELS)


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """Three hundred customers, of whom up to ten segments are tried."""
    return built(make_shop, bought(300), max_segments=10)


def candidates(shop: Shop) -> dict[tuple, list[dict]]:
    """The published rows of each fit, in the order of the number of segments."""
    names = (
        "fitted_as_of, segmentation, segment_count, stability, stability_deviation, "
        "resample_count, stability_bound, small_segment_jaccard, is_stable, is_chosen, reason"
    )
    fits: dict[tuple, list[dict]] = {}
    for row in shop.rows(f"select {names} from marts.fct_segment_candidates order by 1, 2, 3"):
        named = dict(zip(names.split(", "), row, strict=True))
        fits.setdefault(row[:2], []).append(named)
    return fits


def bound(row: dict) -> float:
    """The one-sided 95 % Student bound of the mean, by SciPy."""
    quantile = stats.t.ppf(0.95, row["resample_count"] - 1)
    error = float(row["stability_deviation"]) / sqrt(row["resample_count"])
    return float(row["stability"]) - quantile * error


def shortfalls(row: dict) -> tuple[float, float]:
    """By how much the bound falls short of .8, and the small segment of .75; below 0 by none."""
    jaccard = row["small_segment_jaccard"]
    return 0.8 - float(bound(row)), -1 if jaccard is None else 0.75 - float(jaccard)


def expected_choice(rows: list[dict]) -> tuple[int, str, list[dict]]:
    """The number of segments by the rule, how its reason begins, and which rows fail first."""
    judged = [row for row in rows if row["stability"] is not None]
    fail = [row for row in judged if max(shortfalls(row)) > 0]
    passed = [row["segment_count"] for row in judged if row not in fail]
    usual = [count for count in passed if 3 <= count <= 7]
    if usual:
        before = [row for row in fail if max(usual) < row["segment_count"] <= 7]
        return max(usual), "The most from 3 to 7 segments", before
    fine = [count for count in passed if count > 7]
    if fine:
        before = [row for row in fail if 3 <= row["segment_count"] < min(fine)]
        return min(fine), "The fewest above 7 segments", before
    if 2 in passed:
        return 2, "Two segments are found again", fail
    best = max(judged, key=lambda row: (row["stability"], -row["segment_count"]))
    return best["segment_count"], "No number of segments is stable", fail


def assert_reason_is_as_recomputed(rows: list[dict]) -> list[dict]:
    """From the figures of one fit: its number, and the whole reason; the rows that fail."""
    for row in rows[1:]:
        assert float(row["stability_bound"]) == pytest.approx(bound(row), abs=1e-4)
    count, beginning, fail = expected_choice(rows)
    (chosen,) = [row for row in rows if row["is_chosen"]]
    assert chosen["segment_count"] == count
    assert all(row["reason"] is None for row in rows if row is not chosen)
    assert all(row["is_stable"] == (max(shortfalls(row)) <= 0) for row in rows[1:])
    number = r"\d\.\d{3}"
    failures, numbers = [], [float(chosen["stability"]), bound(chosen)]
    for row in fail:
        index, small = shortfalls(row)
        parts = [f" by {number}"] * (index > 0) + [f" by {number} in a small segment"] * (small > 0)
        failures.append(str(row["segment_count"]) + " and".join(parts))
        numbers += [shortfall for shortfall in (index, small) if shortfall > 0]
    pattern = (
        rf"{beginning}.*: adjusted Rand index {number}, with 95 % confidence at least {number}, "
        rf"and 0\.800 is asked for\."
    ) + (f" These fail: {', '.join(failures)}\\." if fail else "")
    reason = chosen["reason"]
    assert re.fullmatch(pattern, reason), (pattern, reason)
    said = re.findall(number, reason.replace("0.800 is asked for", ""))
    assert [float(figure) for figure in said] == pytest.approx(numbers, abs=0.0011)
    return fail


def test_choice_and_reason_are_as_recomputed(shop: Shop) -> None:
    """From the published figures alone: the number, and which failed by how much."""
    fits = candidates(shop)
    assert len(fits) == 4
    assert any([assert_reason_is_as_recomputed(rows) for rows in fits.values()])


def test_names_are_unique_and_true(shop: Shop) -> None:
    """No two segments of a fit have the same words, nor words that their medians gainsay."""
    rows = shop.rows(
        "select distinct fitted_as_of, segmentation, segment, "
        "regexp_replace(segment_name, '^[0-9]+ ', ''), segment_sentence, "
        "revenue_amount from marts.rpt_segment_profiles where as_of_date = fitted_as_of"
    )
    assert len({(day, name, words) for day, name, _, words, _, _ in rows}) == len(rows)
    pattern = r"bought (once|twice|[\d,]+ times), last (a|[\d,]+) days? ago, -?[\d,.]+ in all"
    for _, _, _, words, sentence, revenue in rows:
        found = re.match(pattern, sentence)
        assert found, sentence
        days = 1 if found[2] == "a" else int(found[2].replace(",", ""))
        assert days <= 90 or "recent" not in words.split(", ")
        assert days > 30 or "lapsed" not in words.split(", ")
        assert found[1] not in ("once", "twice") or "frequent" not in words.split(", ")
        assert (revenue < 0) == ("return more than they buy" in words)
        assert revenue >= 0 or "spend" not in words
    assert any(revenue < 0 for *_, revenue in rows)


def test_ids_and_order_of_rows_change_nothing(make_shop: MakeShop, shop: Shop) -> None:
    """The same figures, choices and names when ids are renamed and rows are shuffled."""
    lines = bought(300)
    again = built(make_shop, renamed(lines), max_segments=10)
    drawn = "select fitted_as_of, log_values from intermediate.int_segment_samples order by all"
    assert again.rows(drawn) == shop.rows(drawn)
    for table in ("marts.fct_segment_candidates", "marts.rpt_segment_profiles"):
        sql = f"select * from {table} order by all"
        assert again.rows(sql) == shop.rows(sql), table
