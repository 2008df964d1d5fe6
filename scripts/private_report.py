"""One noised copy of the main report, for readers who must not learn of any one customer.

It is customers and net revenue by RFM group and month, with differential privacy (Dwork and Roth
2014, The Algorithmic Foundations of Differential Privacy, section 3.3): whether a customer is in
the data or not changes the probability of any report by a factor of e^ε at most. Each customer is
in one group and in each month at most once, with an amount between two bounds, so what one can
change is known, and OpenDP's discrete Laplace noise hides as much. Each report spends ε, and what
is spent stays spent: two reports together tell as much as one with the sum of both.
"""

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from publish import read_marts

CENTS = 100
QUERY = """
with months as (
    select unnest(range(
        date_trunc('month', as_of_date) - interval {months} month,
        date_trunc('month', as_of_date),
        interval 1 month
    )) as order_month
    from marts.rpt_shop
),
groups as (select distinct rfm_group from marts.rpt_rfm_segments where is_current),
customer_months as (
    select
        rfm.rfm_group,
        date_trunc('month', orders.order_date) as order_month,
        least(greatest(sum(orders.net_amount), {lowest}), {highest}) as amount
    from core.fct_orders as orders
    inner join marts.fct_customer_rfm as rfm
        on orders.customer_id = rfm.customer_id and rfm.is_current
    where not orders.is_cancelled
    group by orders.customer_id, rfm.rfm_group, order_month
)
select
    cast(months.order_month as date),
    groups.rfm_group,
    count(customer_months.amount),
    cast(round(coalesce(sum(customer_months.amount), 0) * 100) as bigint)
from months
cross join groups
left join customer_months
    on months.order_month = customer_months.order_month
    and groups.rfm_group = customer_months.rfm_group
group by all
order by all
"""


class PrivacyError(Exception):
    """Why no report was made, in one sentence."""


class Settings(NamedTuple):
    """What a report may tell: its ε, that of all together, and the bounds of what one can change.

    `lowest` and `highest` are the bounds of a customer's net amount in a month, in the shop's
    currency; `months` is how many of the last whole months there are.
    """

    epsilon: float
    budget: float
    months: int
    lowest: float
    highest: float


class Released(NamedTuple):
    """What was written, its number, what all have spent, and how far numbers are off on average."""

    report: Path
    number: int
    spent: float
    count_error: float
    amount_error: float


def noise(sensitivity: int, epsilon: float) -> Callable[[list[int]], list[int]]:
    """OpenDP's discrete Laplace mechanism for whole numbers.

    Parameters
    ----------
    sensitivity : int
        By how much one customer can change all numbers together, as a sum of absolute changes.
    epsilon : float
        What may be spent.

    Returns
    -------
    Callable
        From numbers to numbers with noise, whose mean absolute size is nearly sensitivity / ε.

    Raises
    ------
    PrivacyError
        If OpenDP is not installed.
    """
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise PrivacyError("OpenDP is not there: make private-report adds it.") from error
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    scale = dp.binary_search_param(
        lambda scale: dp.m.make_laplace(*space, scale=scale), d_in=sensitivity, d_out=epsilon
    )
    return dp.m.make_laplace(*space, scale=scale)


def read_settings(epsilon: Any, budget: Any, months: Any, bounds: Any) -> Settings:
    """The settings of a shop's vars.

    Raises
    ------
    PrivacyError
        If one is no number, or the bounds are not two.
    """
    try:
        lowest, highest = bounds
        return Settings(float(epsilon), float(budget), int(months), float(lowest), float(highest))
    except (TypeError, ValueError) as error:
        raise PrivacyError(
            "The vars private_epsilon, private_epsilon_budget and private_months have to be "
            f"numbers, and private_amount_bounds two, but are {epsilon}, {budget}, {months} and "
            f"{bounds}."
        ) from error


def check(settings: Settings) -> None:
    """Refuse settings that mean nothing.

    Raises
    ------
    PrivacyError
        If one is out of its range.
    """
    if not 0 < settings.epsilon <= 10:
        raise PrivacyError(
            f"The var private_epsilon is {settings.epsilon}: set it above 0, to 10 at most."
        )
    if settings.budget <= 0:
        raise PrivacyError(f"The var private_epsilon_budget is {settings.budget}: set it above 0.")
    if not 1 <= settings.months <= 60:
        raise PrivacyError(f"The var private_months is {settings.months}: set it from 1 to 60.")
    if not settings.lowest <= 0 < settings.highest:
        raise PrivacyError(
            f"The var private_amount_bounds is [{settings.lowest}, {settings.highest}]: the first "
            "must not be above 0, and the second must be."
        )


def release(
    marts: Path, folder: Path, shop: str, settings: Settings, schema_prefix: str = ""
) -> Released:
    """Write one report as CSV, once its ε is written down as spent.

    Parameters
    ----------
    marts : Path
        The published file.
    folder : Path
        Where the reports are, and the file with the budget, which is for its owner alone.
    shop : str
        Its name, which the files begin with.
    settings : Settings
        What may be told.
    schema_prefix : str
        The var of that name with which the build was made.

    Raises
    ------
    PrivacyError
        If there are no marts, a setting means nothing, or the budget does not suffice. Nothing is
        written then, and nothing is spent.
    """
    check(settings)
    if not marts.exists():
        raise PrivacyError(f"{marts} is not there: run make build first.")
    with read_marts(marts, schema_prefix, suppressed=True) as connection:
        values = {name: settings[place] for place, name in enumerate(settings._fields)}
        cells = connection.execute(QUERY.format(**values)).fetchall()
        ((today,),) = connection.execute("select as_of_date from marts.rpt_shop").fetchall()
    if today is None or not cells:
        raise PrivacyError("There are no customers with orders, of whom a report could tell.")
    # half of ε for the customers, half for their money; a customer is in each month once
    half = settings.epsilon / 2
    largest = round(max(settings.highest, -settings.lowest) * CENTS)
    add_to_counts = noise(settings.months, half)
    add_to_cents = noise(settings.months * largest, half)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, spent = _spend(folder / f"{shop}_budget.duckdb", today, settings)
    counts = add_to_counts([count for _, _, count, _ in cells])
    amounts = add_to_cents([cents for *_, cents in cells])
    file = folder / f"{shop}_report_{number}.csv"
    with file.open("w", newline="", encoding="utf-8") as report:
        writer = csv.writer(report)
        writer.writerow(["order_month", "rfm_group", "customer_count", "net_amount"])
        for (month, group, *_), count, cents in zip(cells, counts, amounts, strict=True):
            writer.writerow([month, group, count, f"{cents / CENTS:.2f}"])
    count_error = settings.months / half
    return Released(file, number, spent, count_error, count_error * largest / CENTS)


def _spend(ledger: Path, today: object, settings: Settings) -> tuple[int, float]:
    """Write down what a report spends; its number, and what all have spent.

    Raises
    ------
    PrivacyError
        If the budget does not suffice.
    """
    mask = os.umask(0o077)
    try:
        with duckdb.connect(str(ledger)) as connection:
            connection.execute(
                "create table if not exists privacy_budget (release_number integer, "
                "as_of_date date, epsilon double, spent_epsilon double, budget_epsilon double, "
                "months integer, lowest_amount double, highest_amount double)"
            )
            ((last, before),) = connection.execute(
                "select coalesce(max(release_number), 0), coalesce(sum(epsilon), 0) "
                "from privacy_budget"
            ).fetchall()
            spent = before + settings.epsilon
            if spent > settings.budget * (1 + 1e-9):
                raise PrivacyError(
                    f"The budget does not suffice: {before:g} of {settings.budget:g} is spent, and "
                    f"this report would spend {settings.epsilon:g}. Hand out an earlier report, or "
                    "raise private_epsilon_budget if readers may learn more."
                )
            connection.execute(
                "insert into privacy_budget values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    last + 1,
                    today,
                    settings.epsilon,
                    spent,
                    settings.budget,
                    settings.months,
                    settings.lowest,
                    settings.highest,
                ],
            )
    finally:
        os.umask(mask)
    return last + 1, spent
