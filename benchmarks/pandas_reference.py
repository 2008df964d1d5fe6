"""Clean a generated shop, make its orders and their RFM scores with pandas alone.

What `benchmarks/bench.py` compares the project with: the same Parquet file, the same rules and the
same results, as a plain pandas script, neither slowed down nor tuned. Ids and other texts stay as
pandas reads them, every line goes through every rule, and nothing runs in Python per row or group.
Tuned for speed (categoricals, integer codes of ids, NumPy in place of groupby) it would take less
time and memory. The rules are written down here a second time, on purpose: none of the project's
SQL is read. Amounts, prices and quantities are whole numbers of 1/10000, so that sums are exact.
Line numbers follow the file's order here, not the project's order by content, and only the columns
of a generated shop are looked at.

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
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

GROUPS_FILE = Path(__file__).resolve().parents[1] / "seeds" / "reference" / "rfm_groups.csv"

# the defaults of dbt_project.yml
MIN_ORDER_DATE = pd.Timestamp("1995-01-01")
MAX_GAP = pd.Timedelta(days=180)
ORDER_SPAN = pd.Timedelta(days=60)
CANCELLED_STATUSES = ["cancelled", "canceled", "voided"]
NON_PRODUCT_PATTERN = (
    r"(?i)^(?:postage|post|shipping|delivery|freight|handling|fee|gift[ _-]?card|donation"
    r"|refund)s?$"
)
OUTLIER_THRESHOLD = 5
HORIZON = pd.Timedelta(days=90)
TRAINING_WINDOWS = 3
HISTORY_MONTHS = 12

UNITS = 10_000  # amounts, prices and quantities are whole numbers of 1/10000
LARGEST_NUMBER = 10**14 * UNITS  # what a decimal(18, 4) cannot hold any more
LARGEST_AMOUNT = 10**11 * UNITS


def main() -> None:
    """Run the three steps on the folder of the command line and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="holds order_lines.parquet, products.parquet")
    folder = parser.parse_args().folder

    steps: dict[str, dict[str, float]] = {}
    with measured("cleaning", steps):
        lines, rejected = clean_lines(read_texts(folder / "order_lines.parquet"))
    with measured("write cleaning", steps):
        write(folder / "pandas", clean_lines=lines, rejected_lines=rejected)
    with measured("orders", steps):
        lines = tell_orders_apart(lines)
        lines = add_amounts(lines, read_texts(folder / "products.parquet"))
        days = make_order_days(lines)
        orders = make_orders(days)
        customer_days = make_customer_order_days(days, orders)
    with measured("write orders", steps):
        write(folder / "pandas", lines=lines, days=days, orders=orders, customer_days=customer_days)
    with measured("rfm", steps):
        scores = make_rfm(days, customer_days)
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


def read_texts(path: Path) -> pd.DataFrame:
    """Read a Parquet file; its texts are trimmed, empty ones missing."""
    table = pd.read_parquet(path)
    for name in table.select_dtypes("str"):
        trimmed = table[name].str.strip()
        table[name] = trimmed.mask(trimmed == "")
    return table


def to_units(column: pd.Series) -> pd.Series:
    """Turn numbers, or texts of numbers, into whole units of 1/10000, missing if not a number."""
    units = (pd.to_numeric(column, errors="coerce") * UNITS).round()
    return units.where(units.abs() < LARGEST_NUMBER)


def clean_lines(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the raw lines into clean ones, typed, and rejected ones with a reason.

    Returns
    -------
    tuple of pandas.DataFrame
        Clean lines: each with its own customer, numbers are in units of 1/10000; a discount has a
        price below zero.
        Rejected lines: the raw columns and `reason`.
    """
    typed = raw.assign(
        ordered_at=pd.to_datetime(raw["ordered_at"], errors="coerce"),
        quantity=to_units(raw["quantity"]),
        unit_price=to_units(raw["unit_price"]),
        discount_amount=to_units(raw["discount_amount"]).fillna(0).clip(lower=0),
    )
    reason = judge_alone(raw, typed)
    reason[reason.isna() & is_discount_alone(typed, reason)] = "unit_price is below zero"
    reason[reason.isna() & raw.duplicated()] = "line is there already"

    numbers = ["quantity", "unit_price", "discount_amount"]
    lines = typed[reason.isna()].astype(dict.fromkeys(numbers, "int64"))
    lines["line_number"] = lines.groupby("order_id").cumcount() + 1
    return lines, raw.assign(reason=reason)[reason.notna()]


def is_discount_alone(typed: pd.DataFrame, reason: pd.Series) -> pd.Series:
    """Say which prices below zero stand on an order that sells nothing that day."""
    discounts = typed[reason.isna() & (typed["unit_price"] < 0)]
    sales = typed[
        reason.isna()
        & (typed["unit_price"] > 0)
        & (typed["quantity"] > 0)
        & typed["order_id"].isin(discounts["order_id"])
    ]
    days = [
        pd.MultiIndex.from_arrays([lines["order_id"], lines["ordered_at"].dt.normalize()])
        for lines in (discounts, sales)
    ]
    return pd.Series(typed.index.isin(discounts.index[~days[0].isin(days[1])]), typed.index)


def tell_orders_apart(lines: pd.DataFrame) -> pd.DataFrame:
    """Give another customer on an order's number, or a purchase long after, an order of its own."""
    orders = lines.groupby("order_id").agg(
        line_count=("line_number", "size"),
        known_count=("customer_id", "count"),
        customer_count=("customer_id", "nunique"),
        first_at=("ordered_at", "min"),
        last_at=("ordered_at", "max"),
    )
    span = orders["last_at"].dt.normalize() - orders["first_at"].dt.normalize()
    is_blank = (orders["known_count"] > 0) & (orders["known_count"] < orders["line_count"])
    unclear = orders.index[(orders["customer_count"] > 1) | is_blank | (span > ORDER_SPAN)]
    parts = lines[lines["order_id"].isin(unclear)].copy()
    if parts.empty:
        return lines

    parts["day"] = parts["ordered_at"].dt.normalize()
    parts["is_return"] = parts["quantity"] < 0
    parts = parts.sort_values(["order_id", "ordered_at", "is_return", "line_number"])
    of_the_day = parts.groupby(["order_id", "day"])["customer_id"].transform("min")
    parts["customer_id"] = parts["customer_id"].fillna(of_the_day)
    before = parts.groupby("order_id")["customer_id"].ffill()
    parts["customer_id"] = parts["customer_id"].mask(
        parts["customer_id"].isna() & parts["is_return"], before
    )
    customer = ["order_id", "customer_id"]
    parts["bought"] = parts["day"].where(~parts["is_return"])
    previous = parts.groupby(customer, dropna=False)["bought"].transform(
        lambda day: day.ffill().shift()
    )
    parts["is_far"] = ~parts["is_return"] & (parts["day"] - previous > ORDER_SPAN)
    parts["run"] = parts.groupby(customer, dropna=False)["is_far"].cumsum()
    run = [*customer, "run"]
    parts["started_at"] = parts.groupby(run, dropna=False)["ordered_at"].transform("min")
    starts = parts.drop_duplicates(run)[["started_at", *run]]
    starts = starts.sort_values(["order_id", "started_at", "customer_id", "run"])
    starts["part"] = starts.groupby("order_id").cumcount() + 1
    parts["part"] = parts[run].merge(starts, on=run)["part"].to_numpy()
    parts["order_id"] = parts["order_id"].where(
        parts["part"] == 1, parts["order_id"] + "#" + parts["part"].astype(str)
    )
    lines = lines.copy()
    lines.loc[parts.index, customer] = parts[customer]
    return lines


def judge_alone(raw: pd.DataFrame, typed: pd.DataFrame) -> pd.Series:
    """Say why each line is rejected by itself, missing where it is not."""
    day = typed["ordered_at"].dt.normalize()
    last_day = last_ordinary_day(typed["order_id"], day)
    quantity = typed["quantity"].abs()
    amount = quantity * typed["unit_price"].abs() / UNITS
    is_too_large = (quantity >= LARGEST_AMOUNT) | (amount >= LARGEST_AMOUNT)
    conditions = {  # the first that holds counts
        "order_id is missing": raw["order_id"].isna(),
        "product_id is missing": raw["product_id"].isna(),
        "ordered_at is missing": raw["ordered_at"].isna(),
        "ordered_at is not a time": day.isna(),
        "quantity is missing": raw["quantity"].isna(),
        "quantity is not a number": quantity.isna(),
        "quantity is zero": quantity == 0,
        "unit_price is missing": raw["unit_price"].isna(),
        "unit_price is not a number": typed["unit_price"].isna(),
        "unit_price is below zero": (typed["unit_price"] < 0) & (typed["quantity"] < 0),
        "quantity times unit_price is too large": is_too_large,
        "discount_amount is too large": typed["discount_amount"] >= LARGEST_AMOUNT,
        "ordered_at is before min_order_date": day < MIN_ORDER_DATE,
        "ordered_at is more than max_gap_days behind the other orders": day > last_day,
    }
    reason = np.select(list(conditions.values()), list(conditions), default=None)
    return pd.Series(reason, index=raw.index)


def last_ordinary_day(order_id: pd.Series, day: pd.Series) -> pd.Timestamp:
    """Find the last day before a gap that is long for the shop and has few orders behind it."""
    orders = order_id[day >= MIN_ORDER_DATE].groupby(day).nunique()  # per day, days in order
    gap = orders.index.to_series().diff()
    earlier = orders.cumsum() - orders
    is_beginning = earlier**2 < orders.sum()
    is_end = (orders.sum() - earlier) ** 2 < orders.sum()
    own = gap[~is_beginning & ~is_end].max()
    likely = gap.max() if pd.isna(own) else max(MAX_GAP, 3 * own)
    longest = gap.where(~is_beginning | (gap <= likely)).cummax().shift().ffill()
    is_break = is_end & (gap > MAX_GAP) & ~(gap <= 3 * longest)
    return orders.index[~is_break.cummax()].max()


def add_amounts(lines: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Add the product, the amounts, in units of 1/10000, and the flags of each line."""
    products = products[["product_id", "product_name", "category"]]
    products = products.dropna(subset="product_id").drop_duplicates("product_id", keep="last")
    lines = lines.merge(products, on="product_id", how="left")

    quantity = lines["quantity"]
    amount = (quantity.abs() * lines["unit_price"].abs() + UNITS // 2) // UNITS
    is_cancelled = lines["status"].str.lower().isin(CANCELLED_STATUSES)
    is_discount = lines["unit_price"] < 0
    is_sale = (quantity > 0) & ~is_discount & ~is_cancelled

    lines["is_cancelled"] = is_cancelled
    lines["is_non_product"] = lines["product_id"].str.match(NON_PRODUCT_PATTERN) | is_discount
    lines["is_outlier"] = find_outliers(amount)
    lines["gross_amount"] = amount.where(is_sale, 0)
    lines["discount_amount"] = lines["discount_amount"].where(is_sale, 0)
    lines["discount_amount"] += amount.where(is_discount & ~is_cancelled, 0)
    lines["returned_amount"] = amount.where((quantity < 0) & ~is_cancelled, 0)
    lines["cancelled_amount"] = amount.where((quantity > 0) & ~is_discount & is_cancelled, 0)
    lines["net_amount"] = (
        lines["gross_amount"] - lines["discount_amount"] - lines["returned_amount"]
    )
    return lines


def find_outliers(amount: pd.Series) -> pd.Series:
    """Flag the amounts whose logarithm is far from the median of those above zero."""
    logs = np.log1p(amount / UNITS).round(6)
    positive = logs[amount > 0]
    if positive.empty:
        return amount > 0
    median = np.quantile(positive, 0.5, method="inverted_cdf")
    distance = (positive - median).abs()
    spread = 1.4826 * np.quantile(distance, 0.5, method="inverted_cdf") or 1.2533 * distance.mean()
    return (amount > 0) & ((logs - median).abs() > OUTLIER_THRESHOLD * spread)


def make_order_days(lines: pd.DataFrame) -> pd.DataFrame:
    """Sum the lines of each order and day, amounts in units of 1/10000."""
    is_product = (lines["quantity"] > 0) & ~lines["is_non_product"] & ~lines["is_cancelled"]
    lines = lines.assign(
        order_date=lines["ordered_at"].dt.normalize(),
        paid_at=lines["ordered_at"].where(lines["gross_amount"] > 0),
        counted_quantity=lines["quantity"].where(is_product, 0),
    )
    days = lines.groupby(["order_id", "order_date"], as_index=False).agg(
        customer_id=("customer_id", "min"),
        first_line_at=("ordered_at", "min"),
        last_line_at=("ordered_at", "max"),
        first_paid_at=("paid_at", "min"),
        line_count=("line_number", "size"),
        unit_count=("counted_quantity", "sum"),
        gross_amount=("gross_amount", "sum"),
        discount_amount=("discount_amount", "sum"),
        returned_amount=("returned_amount", "sum"),
        net_amount=("net_amount", "sum"),
        cancelled_amount=("cancelled_amount", "sum"),
        is_cancelled=("is_cancelled", "all"),
        status=("status", "min"),
        channel=("channel", "min"),
        country=("country", "min"),
        payment_method=("payment_method", "min"),
        promotion_code=("promotion_code", "min"),
    )
    # a product counts on its first day in the order
    products = lines[is_product].groupby(["order_id", "product_id"])["order_date"].min()
    counts = products.reset_index().groupby(["order_id", "order_date"], as_index=False)
    days = days.merge(counts.agg(product_count=("product_id", "size")), how="left")
    return days.fillna({"product_count": 0})


def make_orders(days: pd.DataFrame) -> pd.DataFrame:
    """Sum the days of each order."""
    amounts = [name for name in days if name.endswith("_amount")]
    sums = dict.fromkeys(["line_count", "product_count", "unit_count", *amounts], "sum")
    texts = ["customer_id", "status", "channel", "country", "payment_method", "promotion_code"]
    times = {"first_line_at": "min", "first_paid_at": "min", "last_line_at": "max"}
    orders = days.groupby("order_id", as_index=False).agg(
        sums | dict.fromkeys(texts, "min") | times | {"is_cancelled": "all"}
    )
    orders["ordered_at"] = orders["first_paid_at"].fillna(orders["first_line_at"])
    orders["order_date"] = orders["ordered_at"].dt.normalize()
    orders["is_purchase"] = orders["gross_amount"] > 0
    orders["is_outlier"] = find_outliers(orders["gross_amount"])
    return orders


def make_customer_order_days(days: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Put the days of known customers' orders in order of time and number their purchases.

    Weekdays go from 1 to 7, Monday first, dayparts from 1 to 4; `gap_days` are the days since the
    last purchase day, missing on the same and on the first.
    """
    by_time = days[days["customer_id"].notna() & ~days["is_cancelled"]]
    bought = orders[["order_id", "order_date", "is_purchase"]]
    by_time = by_time.merge(bought, on=["order_id", "order_date"], how="left")
    by_time["is_purchase"] = by_time["is_purchase"].eq(True)
    by_time["ordered_at"] = by_time["first_paid_at"].fillna(by_time["first_line_at"])
    by_time = by_time.sort_values(["ordered_at", "order_id"])
    by_time["weekday_number"] = by_time["order_date"].dt.day_of_week + 1
    by_time["daypart_number"] = by_time["ordered_at"].dt.hour // 6 + 1

    purchases = by_time[by_time["is_purchase"]].groupby("customer_id")
    gap_days = purchases["order_date"].diff().dt.days
    by_time["purchase_number"] = purchases.cumcount() + 1
    by_time["gap_days"] = gap_days[gap_days > 0]
    by_time["is_new_purchase_day"] = (by_time["purchase_number"] == 1) | by_time["gap_days"].notna()
    return by_time


def as_of_dates(order_days: pd.DataFrame) -> list[pd.Timestamp]:
    """List the days as of which RFM is made: today, backtest, training windows, month starts."""
    days = order_days.loc[~order_days["is_cancelled"], "order_date"]
    today = days.max() + pd.Timedelta(days=1)
    dates = [today, today - HORIZON]
    for window in range(1, TRAINING_WINDOWS + 1):
        dates += [today - HORIZON * window, today - HORIZON - HORIZON * window]
    month = today.replace(day=1)
    dates += [month - pd.DateOffset(months=back) for back in range(HISTORY_MONTHS + 1)]
    return sorted({date for date in dates if date > days.min()})


def make_rfm(order_days: pd.DataFrame, customer_days: pd.DataFrame) -> pd.DataFrame:
    """Score every buyer as of every date: one row per date and buyer, money in cents."""
    parts = []
    for date in as_of_dates(order_days):
        parts.append(score_buyers(customer_days[customer_days["order_date"] < date], date))
    scores = pd.concat(parts, ignore_index=True)
    scores = scores.merge(pd.read_csv(GROUPS_FILE), on=["recency_score", "fm_score"], how="left")
    is_below = scores["frequency"] < scores["min_frequency"]
    scores["rfm_group"] = scores["group_below"].where(is_below, scores["rfm_group"])
    return scores


def score_buyers(known: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    """Measure and score the buyers among the `known` days of orders, as of `date`."""
    purchases = known[known["is_purchase"]]
    buyers = purchases.groupby("customer_id").agg(
        first_purchase_date=("order_date", "min"),
        last_purchase_date=("order_date", "max"),
        frequency=("order_date", "size"),
    )
    net = known.groupby("customer_id")["net_amount"].sum().reindex(buyers.index)
    buyers["as_of_date"] = date
    buyers["recency_days"] = (date - buyers["last_purchase_date"]).dt.days
    buyers["monetary_amount"] = np.sign(net) * ((net.abs() + 50) // 100)
    buyers["recency_score"] = 6 - quintile(buyers["recency_days"])
    buyers["frequency_score"] = quintile(buyers["frequency"])
    buyers["monetary_score"] = quintile(buyers["monetary_amount"])
    buyers["fm_score"] = quintile(buyers["frequency_score"] + buyers["monetary_score"])
    return buyers.reset_index()


def quintile(values: pd.Series) -> np.ndarray:
    """Count the quintiles of `values`, by the inverted cdf, below each value, plus one."""
    cuts = np.quantile(values, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
    return np.searchsorted(cuts, values) + 1


def count(
    lines: pd.DataFrame, rejected: pd.DataFrame, orders: pd.DataFrame, scores: pd.DataFrame
) -> dict[str, int]:
    """Count what bench.py counts in the project's tables, under the same names."""
    counts = {"clean lines": len(lines), "rejected lines": len(rejected)}
    for reason, n in rejected["reason"].value_counts().items():
        counts[f"rejected: {reason}"] = int(n)
    counts |= {
        "outlier lines": int(lines["is_outlier"].sum()),
        "orders": len(orders),
        "purchases": int(orders["is_purchase"].sum()),
        "outlier orders": int(orders["is_outlier"].sum()),
        "products on orders": int(orders["product_count"].sum()),
        "net amount of orders, 1/10000": int(orders["net_amount"].sum()),
        "rfm rows": len(scores),
    }
    for date, n in scores["as_of_date"].value_counts().items():
        counts[f"rfm rows {date:%Y-%m-%d}"] = int(n)
    current = scores[scores["as_of_date"] == scores["as_of_date"].max()]
    for column in ["recency_score", "frequency_score", "monetary_score", "fm_score", "rfm_group"]:
        for value, n in current[column].value_counts().items():
            counts[f"{column} {value}"] = int(n)
    counts["monetary amount now, 1/100"] = int(current["monetary_amount"].sum())
    return counts


if __name__ == "__main__":
    main()
