"""Clean a generated shop, make its orders and their RFM scores with pandas alone.

What `benchmarks/bench.py` compares the project with: the same Parquet file, the same rules and the
same results, written the way one would in pandas. Text of few values is categorical, order ids are
whole numbers after one factorize, and money is whole units of 1/10000, so that sums are exact and
comparable to the last digit. The rules are written down here a second time, on purpose: none of
the project's SQL is read. Line numbers and ties between orders of the same second follow the file's
order here, which is cheaper than the project's order by content.

Each step is followed by writing its tables as Parquet, measured on its own, because the project's
tables are on disk when its steps are done.

Usage
-----
python benchmarks/pandas_reference.py build/bench/1000000

prints one JSON object: per step `seconds`, `processor_seconds` (of all threads) and
`peak_memory_bytes` (the largest resident memory of the process during the step, from Linux's VmHWM,
which is reset before each step), the same for the writing (`write cleaning` and so on), and
`counts`.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

GROUPS_FILE = Path(__file__).resolve().parents[1] / "seeds" / "reference" / "rfm_groups.csv"

# the defaults of dbt_project.yml
MIN_ORDER_DATE = np.datetime64("1995-01-01")
MAX_GAP_DAYS = 60
CANCELLED_STATUSES = ("cancelled", "canceled", "voided")
NON_PRODUCT_PATTERN = (
    r"(?i)^(?:postage|post|shipping|delivery|freight|handling|fee|gift[ _-]?card|donation)s?$"
)
OUTLIER_THRESHOLD = 5
HORIZON_DAYS = 90
TRAINING_WINDOWS = 3
HISTORY_MONTHS = 12

UNITS = 10_000  # amounts, prices and quantities are whole numbers of 1/10000
LARGEST_UNITS = 10**18
TEXTS = (
    "product_id",
    "customer_id",
    "status",
    "channel",
    "country",
    "payment_method",
    "promotion_code",
    "product_name",
    "product_category",
)
REASONS = (
    "accepted",
    "order_id is missing",
    "product_id is missing",
    "ordered_at is missing",
    "ordered_at is not a time",
    "quantity is missing",
    "quantity is not a number",
    "unit_price is missing",
    "unit_price is not a number",
    "quantity is zero",
    "unit_price is below zero",
    "quantity times unit_price is too large",
    "ordered_at is before min_order_date",
    "ordered_at is more than max_gap_days behind the other orders",
    "order has two customers",
    "line is there already",
)  # fmt: skip


def main() -> None:
    """Run the three steps on the folder of the command line and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="holds order_lines.parquet, products.parquet")
    folder = parser.parse_args().folder

    steps: dict[str, dict[str, float]] = {}
    with measured("cleaning", steps):
        lines, rejected = clean_lines(read_lines(folder / "order_lines.parquet"))
    with measured("write cleaning", steps):
        write(folder / "pandas", clean_lines=lines, rejected_lines=rejected)
    with measured("orders", steps):
        lines = add_amounts(lines, read_products(folder / "products.parquet"))
        orders = make_orders(lines)
        customer_orders = make_customer_orders(orders)
    with measured("write orders", steps):
        write(folder / "pandas", lines=lines, orders=orders, customer_orders=customer_orders)
    with measured("rfm", steps):
        scores = make_rfm(orders, customer_orders)
    with measured("write rfm", steps):
        write(folder / "pandas", rfm=scores)
    print(json.dumps({"steps": steps, "counts": count(lines, rejected, orders, scores)}))


@contextmanager
def measured(step: str, steps: dict[str, dict[str, float]]) -> Iterator[None]:
    """Note the seconds, processor seconds and peak memory, in bytes, of what is done inside."""
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    start, start_processor = time.perf_counter(), time.process_time()
    yield
    seconds, processor = time.perf_counter() - start, time.process_time() - start_processor
    status = Path("/proc/self/status").read_text()
    kilobytes = int(status.split("VmHWM:")[1].split()[0])
    steps[step] = {
        "seconds": seconds,
        "processor_seconds": processor,
        "peak_memory_bytes": 1024 * kilobytes,
    }


def write(folder: Path, **tables: pd.DataFrame) -> None:
    """Write tables as Parquet files of their names."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


# --------------------------------------------------------------------------------------------
# Cleaning
# --------------------------------------------------------------------------------------------


def read_lines(path: Path) -> pd.DataFrame:
    """Read the order lines, texts of few values as categoricals in alphabetical order.

    Returns
    -------
    pandas.DataFrame
        One row per line on the file; texts are trimmed, empty ones missing.
    """
    names = pq.read_schema(path).names
    texts = [name for name in TEXTS if name in names]
    table = pq.read_table(path, read_dictionary=texts)
    lines = table.to_pandas(split_blocks=True, self_destruct=True)
    del table
    for name in texts:
        lines[name] = trim_categories(lines[name])
    order_ids = lines["order_id"].str.strip(" ")
    lines["order_id"] = order_ids.mask(order_ids == "")
    return lines


def trim_categories(column: pd.Series) -> pd.Series:
    """Trim a categorical text, empty to missing, its categories sorted and in order."""
    trimmed = column.cat.categories.astype("str").str.strip(" ")
    categories = sorted(set(trimmed) - {""})
    position = {category: code for code, category in enumerate(categories)}
    codes = np.array([*(position.get(text, -1) for text in trimmed), -1], dtype=np.int32)
    values = pd.Categorical.from_codes(
        codes[column.cat.codes], categories=pd.Index(categories, dtype="str"), ordered=True
    )
    return pd.Series(values, index=column.index)


def to_units(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Turn numbers, or texts of numbers, into whole units of 1/10000.

    Returns
    -------
    tuple of numpy.ndarray
        int64 units, shape (n,), 0 where there is none; bool, shape (n,), true where there is one.
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.rint(values * UNITS)
    is_valid = np.abs(values) < LARGEST_UNITS
    return np.where(is_valid, values, 0).astype(np.int64), is_valid


class Values(NamedTuple):
    """The values of n lines, shape (n,) each."""

    order: np.ndarray  # code of the order id, -1 where missing
    ordered_at: np.ndarray  # datetime64[us]
    quantity: np.ndarray  # int64, units of 1/10000
    is_quantity: np.ndarray  # whether there is one
    unit_price: np.ndarray  # int64, units of 1/10000
    is_price: np.ndarray  # whether there is one


def clean_lines(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the raw lines into clean ones, typed, and rejected ones with a reason.

    Returns
    -------
    tuple of pandas.DataFrame
        Clean lines: `order` is the code of the order id, quantity and unit_price are in units.
        Rejected lines: the raw columns and `reason`.
    """
    order, order_ids = pd.factorize(raw["order_id"])
    ordered_at = pd.to_datetime(raw["ordered_at"], errors="coerce").to_numpy("datetime64[us]")
    values = Values(order, ordered_at, *to_units(raw["quantity"]), *to_units(raw["unit_price"]))
    reason = judge_alone(raw, values)
    customer = judge_orders(raw, order, reason, len(order_ids))
    return type_lines(raw, values, reason, customer), raw[reason > 0].assign(
        reason=pd.Categorical.from_codes(reason[reason > 0], categories=list(REASONS))
    )


def type_lines(
    raw: pd.DataFrame, values: Values, reason: np.ndarray, customer: np.ndarray
) -> pd.DataFrame:
    """Make the clean lines; `customer` is the code of each order's customer."""
    is_clean = reason == 0
    columns = [name for name in TEXTS[2:] if name in raw]
    lines = raw.loc[is_clean, ["order_id", "product_id", *columns]].reset_index(drop=True)
    lines["order"] = values.order[is_clean]
    lines["customer_id"] = pd.Categorical.from_codes(
        customer[lines["order"]], dtype=raw["customer_id"].dtype
    )
    lines["line_number"] = lines.groupby("order").cumcount() + 1
    lines["ordered_at"] = values.ordered_at[is_clean]
    lines["quantity"] = values.quantity[is_clean]
    lines["unit_price"] = values.unit_price[is_clean]
    discount = raw["discount_amount"] if "discount_amount" in raw else pd.Series(0, raw.index)
    lines["discount_amount"] = np.maximum(to_units(discount[is_clean])[0], 0)
    return lines


def judge_alone(raw: pd.DataFrame, values: Values) -> np.ndarray:
    """Say why each of the n lines is rejected by itself.

    Returns
    -------
    numpy.ndarray
        int8, shape (n,): positions in REASONS, 0 for none.
    """
    day = values.ordered_at.astype("datetime64[D]")
    last_day = last_ordinary_day(values.order, day)
    amount = np.abs(values.quantity.astype(np.float64) * values.unit_price)
    conditions = {
        "order_id is missing": values.order < 0,
        "product_id is missing": raw["product_id"].isna().to_numpy(),
        "ordered_at is missing": raw["ordered_at"].isna().to_numpy(),
        "ordered_at is not a time": np.isnat(values.ordered_at),
        "quantity is missing": raw["quantity"].isna().to_numpy(),
        "quantity is not a number": ~values.is_quantity,
        "unit_price is missing": raw["unit_price"].isna().to_numpy(),
        "unit_price is not a number": ~values.is_price,
        "quantity is zero": values.quantity == 0,
        "unit_price is below zero": values.unit_price < 0,
        "quantity times unit_price is too large": amount >= float(LARGEST_UNITS) * UNITS,
        "ordered_at is before min_order_date": day < MIN_ORDER_DATE,
        "ordered_at is more than max_gap_days behind the other orders": day > last_day,
    }
    reason = np.zeros(len(raw), dtype=np.int8)
    for name, condition in reversed(conditions.items()):  # the first that holds is written last
        reason[condition] = REASONS.index(name)
    return reason


def last_ordinary_day(order: np.ndarray, day: np.ndarray) -> np.datetime64:
    """Find the last day of a run of order days that is the first or large enough.

    Parameters
    ----------
    order
        Order codes, shape (n,), -1 where missing.
    day
        datetime64[D], shape (n,).
    """
    is_known = (order >= 0) & (day >= MIN_ORDER_DATE)
    order_days = pd.DataFrame({"day": day[is_known], "order": order[is_known]}).drop_duplicates()
    counts = order_days.groupby("day").size()  # orders per day, days in order
    days = counts.index.to_numpy("datetime64[D]")
    if not len(days):
        return np.datetime64("9999-12-31")
    gaps = np.diff(days, prepend=days[0]).astype(int)
    run = np.cumsum(gaps > MAX_GAP_DAYS)
    run_counts = counts.groupby(run).transform("sum").to_numpy(dtype=np.float64)
    is_ordinary = (run == 0) | (run_counts**2 >= counts.sum())
    return days[is_ordinary][-1]


def judge_orders(
    raw: pd.DataFrame, order: np.ndarray, reason: np.ndarray, order_count: int
) -> np.ndarray:
    """Reject, in `reason`, the orders of two customers and the lines that are there already.

    Returns
    -------
    numpy.ndarray
        int32, shape (order_count,): the first customer code of each order, -1 for a guest's.
    """
    customers = raw["customer_id"].cat.codes.to_numpy()
    is_known = (reason == 0) & (customers >= 0)
    of_order = pd.Series(customers[is_known]).groupby(order[is_known]).agg(["min", "max"])
    customer = np.full(order_count, -1, dtype=np.int32)
    customer[of_order.index] = of_order["min"]
    has_two = np.zeros(order_count, dtype=bool)
    has_two[of_order.index] = of_order["min"] != of_order["max"]

    # equal lines are equal in a few columns: only those that are are compared in all
    few = raw[["product_id", "ordered_at", "quantity", "unit_price"]].assign(order=order)
    candidates = np.flatnonzero(few.duplicated(keep=False).to_numpy() & (reason == 0))
    is_repeated = raw.iloc[candidates].duplicated().to_numpy()

    is_of_two = (reason == 0) & has_two[order]  # order -1 has a reason already
    reason[candidates[is_repeated]] = REASONS.index("line is there already")
    reason[is_of_two] = REASONS.index("order has two customers")
    return customer


# --------------------------------------------------------------------------------------------
# Orders
# --------------------------------------------------------------------------------------------


def read_products(path: Path) -> pd.DataFrame:
    """Read the products' names and categories, one row per product id."""
    products = pd.read_parquet(path, columns=["product_id", "product_name", "category"])
    products["product_id"] = products["product_id"].str.strip(" ")
    return products.dropna(subset="product_id").drop_duplicates("product_id", keep="last")


def add_amounts(lines: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Add the amounts, in units of 1/10000, the flags and the product of each line, in place."""
    quantity = lines["quantity"].to_numpy()
    amount = (np.abs(quantity) * lines["unit_price"].to_numpy() + UNITS // 2) // UNITS
    if "status" in lines:
        statuses = lines["status"].cat.categories.str.lower().isin(CANCELLED_STATUSES)
        is_cancelled = np.append(statuses, False)[lines["status"].cat.codes]
    else:
        is_cancelled = np.zeros(len(lines), dtype=bool)
    is_sale = (quantity > 0) & ~is_cancelled
    product = lines["product_id"].cat
    is_non_product = product.categories.str.match(NON_PRODUCT_PATTERN)[product.codes]

    lines["is_cancelled"] = is_cancelled
    lines["is_non_product"] = is_non_product
    lines["is_outlier"] = find_outliers(amount)
    lines["gross_amount"] = np.where(is_sale, amount, 0)
    lines["discount_amount"] = np.where(is_sale, lines["discount_amount"], 0)
    lines["returned_amount"] = np.where((quantity < 0) & ~is_cancelled, amount, 0)
    lines["cancelled_amount"] = np.where((quantity > 0) & is_cancelled, amount, 0)
    lines["net_amount"] = (
        lines["gross_amount"] - lines["discount_amount"] - lines["returned_amount"]
    )
    found = products.set_index("product_id").reindex(product.categories)
    for name, source in [("product_name", "product_name"), ("product_category", "category")]:
        values = pd.Categorical(found[source])
        given = pd.Categorical.from_codes(
            np.append(values.codes, -1)[product.codes], dtype=values.dtype
        )
        if name in lines:  # the line's own name goes first
            given = lines[name].astype("str").fillna(pd.Series(given).astype("str"))
        lines[name] = given
    return lines


def find_outliers(amount: np.ndarray) -> np.ndarray:
    """Flag the amounts whose logarithm is far from the median of those above zero.

    Parameters
    ----------
    amount
        int64, shape (n,), units of 1/10000.

    Returns
    -------
    numpy.ndarray
        bool, shape (n,).
    """
    logs = np.log1p(amount / UNITS).round(6)
    positive = logs[amount > 0]
    if not len(positive):
        return np.zeros(len(amount), dtype=bool)
    middle = (len(positive) - 1) // 2
    median = np.partition(positive, middle)[middle]
    distance = np.abs(positive - median)
    spread = 1.4826 * np.partition(distance, middle)[middle] or 1.2533 * distance.mean()
    return (amount > 0) & (np.abs(logs - median) > OUTLIER_THRESHOLD * spread)


def make_orders(lines: pd.DataFrame) -> pd.DataFrame:
    """Sum the lines of each order.

    Returns
    -------
    pandas.DataFrame
        One row per order: amounts in units of 1/10000, `customer` a code (-1 for guests),
        `order_date` datetime64[D] as days since 1970 (int32).
    """
    is_unit = (lines["quantity"] > 0) & ~lines["is_cancelled"] & ~lines["is_non_product"]
    lines["unit_count"] = np.where(is_unit, lines["quantity"], 0)
    groups = lines.groupby("order", sort=True)
    sums = ["unit_count", "gross_amount", "discount_amount", "returned_amount", "net_amount",
            "cancelled_amount"]  # fmt: skip
    smallest = ["customer_id", "ordered_at", "status", "channel", "country", "payment_method",
                "promotion_code"]  # fmt: skip
    orders = pd.concat(
        [
            groups["order_id"].first(),
            groups.size().rename("line_count"),
            groups[sums].sum(),
            groups[[name for name in smallest if name in lines]].min(),
            groups["is_cancelled"].all(),
        ],
        axis=1,
    )
    is_product = (lines["quantity"] > 0) & ~lines["is_non_product"]
    codes = lines["product_id"].cat.codes.to_numpy(np.int64)[is_product]
    pairs = lines["order"].to_numpy()[is_product] * (codes.max(initial=0) + 1) + codes
    distinct = pd.unique(pairs) // (codes.max(initial=0) + 1)
    size = int(orders.index.max()) + 1 if len(orders) else 0
    orders["product_count"] = np.bincount(distinct, minlength=size)[orders.index]
    orders["customer"] = orders["customer_id"].cat.codes
    orders["order_date"] = orders["ordered_at"].to_numpy("datetime64[D]").astype(np.int32)
    orders["is_purchase"] = orders["gross_amount"] > 0
    orders["is_outlier"] = find_outliers(orders["gross_amount"].to_numpy())
    return orders


def make_customer_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Sort the known customers' orders by time and number their purchases.

    Adds `purchase_number` to `orders`, in place.

    Returns
    -------
    pandas.DataFrame
        One row per order of a customer that was not cancelled, in order of time, with weekday
        (1 to 7, Monday first), daypart (1 to 4) and, on a new purchase day, days since the last.
    """
    by_time = orders[orders["customer"] >= 0].sort_values(["ordered_at"], kind="stable")
    by_time = by_time[~by_time["is_cancelled"]]
    purchases = by_time[by_time["is_purchase"]]
    orders["purchase_number"] = purchases.groupby("customer").cumcount() + 1

    days = purchases[["customer", "order_date"]].drop_duplicates()
    by_time["gap_days"] = days.groupby("customer")["order_date"].diff()
    by_time["is_new_purchase_day"] = by_time.index.isin(days.index)
    by_time["weekday_number"] = (by_time["order_date"] + 3) % 7 + 1
    by_time["daypart_number"] = by_time["ordered_at"].dt.hour // 6 + 1
    return by_time


# --------------------------------------------------------------------------------------------
# RFM
# --------------------------------------------------------------------------------------------


def as_of_dates(orders: pd.DataFrame) -> np.ndarray:
    """List the days as of which RFM is made: today, backtest, training windows, month starts.

    Returns
    -------
    numpy.ndarray
        datetime64[D], ascending, the last one is today.
    """
    known = orders.loc[~orders["is_cancelled"], "order_date"].to_numpy().astype("datetime64[D]")
    today = known.max() + 1
    origins = [today, today - HORIZON_DAYS]
    dates = origins + [
        origin - HORIZON_DAYS * window
        for origin in origins
        for window in range(1, TRAINING_WINDOWS + 1)
    ]
    month = today.astype("datetime64[M]")
    dates += [(month - back).astype("datetime64[D]") for back in range(HISTORY_MONTHS + 1)]
    return np.unique([date for date in dates if date > known.min()])


def make_rfm(orders: pd.DataFrame, customer_orders: pd.DataFrame) -> pd.DataFrame:
    """Score every buyer as of every date.

    Returns
    -------
    pandas.DataFrame
        One row per date and buyer: recency_days, frequency, monetary_amount (cents), the four
        scores (1 to 5) and the group.
    """
    narrow = customer_orders[["customer", "order_date", "is_purchase", "net_amount"]]
    times = customer_orders["ordered_at"].to_numpy()
    groups = read_groups()
    parts = []
    for date in as_of_dates(orders):
        known = narrow.iloc[: np.searchsorted(times, date)]
        day = int(date.astype(int))
        part = add_scores(measure_customers(known, day), groups)
        parts.append(part.assign(as_of_date=np.int32(day)))
    scores = pd.concat(parts, ignore_index=True)
    scores["customer_id"] = pd.Categorical.from_codes(
        scores.pop("customer"), dtype=orders["customer_id"].dtype
    )
    return scores


def measure_customers(known: pd.DataFrame, day: int) -> pd.DataFrame:
    """Measure recency, frequency and money of the buyers among `known` orders, as of `day`."""
    groups = known[known["is_purchase"]].groupby("customer")["order_date"]
    buyers = groups.agg(["min", "max", "size"])
    buyers.columns = ["first_purchase_date", "last_purchase_date", "frequency"]
    net = known.groupby("customer")["net_amount"].sum().reindex(buyers.index).to_numpy()
    buyers["recency_days"] = day - buyers["last_purchase_date"]
    buyers["monetary_amount"] = np.sign(net) * ((np.abs(net) + 50) // 100)
    return buyers.reset_index()


def add_scores(buyers: pd.DataFrame, groups: pd.Categorical) -> pd.DataFrame:
    """Score the buyers of one date by quintiles, in place.

    Parameters
    ----------
    buyers
        What measure_customers returns.
    groups
        Shape (25,): the group by recency score and FM score, in that order.
    """
    buyers["recency_score"] = 6 - quintile(buyers["recency_days"].to_numpy())
    buyers["frequency_score"] = quintile(buyers["frequency"].to_numpy())
    buyers["monetary_score"] = quintile(buyers["monetary_amount"].to_numpy())
    fm = (buyers["frequency_score"] + buyers["monetary_score"]).to_numpy()
    buyers["fm_score"] = quintile(fm)
    cell = (buyers["recency_score"] - 1) * 5 + buyers["fm_score"] - 1
    buyers["rfm_group"] = groups[cell.to_numpy()]
    return buyers


def quintile(values: np.ndarray) -> np.ndarray:
    """Count the quintiles of `values`, by the inverted cdf, below each value, plus one.

    Returns
    -------
    numpy.ndarray
        int8, shape of `values`, 1 to 5.
    """
    ranks = [-(-len(values) * fifth // 5) - 1 for fifth in range(1, 5)]
    cuts = np.partition(values, ranks)[ranks]
    return np.searchsorted(cuts, values, side="left").astype(np.int8) + np.int8(1)


def read_groups() -> pd.Categorical:
    """Read the 25 groups, by recency score and FM score."""
    with GROUPS_FILE.open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["recency_score"], row["fm_score"]))
    return pd.Categorical([row["rfm_group"] for row in rows])


# --------------------------------------------------------------------------------------------
# Counts to compare
# --------------------------------------------------------------------------------------------


def count(
    lines: pd.DataFrame, rejected: pd.DataFrame, orders: pd.DataFrame, scores: pd.DataFrame
) -> dict[str, int]:
    """Count what bench.py counts in the project's tables, under the same names."""
    counts = {"clean lines": len(lines), "rejected lines": len(rejected)}
    reasons = rejected["reason"].value_counts()
    counts |= {f"rejected: {reason}": int(n) for reason, n in reasons.items() if n}
    counts |= {
        "outlier lines": int(lines["is_outlier"].sum()),
        "orders": len(orders),
        "purchases": int(orders["is_purchase"].sum()),
        "outlier orders": int(orders["is_outlier"].sum()),
        "products on orders": int(orders["product_count"].sum()),
        "net amount of orders, 1/10000": int(orders["net_amount"].sum()),
        "rfm rows": len(scores),
    }
    current = scores[scores["as_of_date"] == scores["as_of_date"].max()]
    for day, n in scores["as_of_date"].value_counts().items():
        counts[f"rfm rows {np.datetime64(day, 'D')}"] = int(n)
    for column in ["recency_score", "frequency_score", "monetary_score", "fm_score", "rfm_group"]:
        for value, n in current[column].value_counts().items():
            counts[f"{column} {value}"] = int(n)
    counts["monetary amount now, 1/100"] = int(current["monetary_amount"].sum())
    return counts


if __name__ == "__main__":
    main()
