"""Read weekly demand as series: of products, of categories and of the shop, as of each origin."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from customer_value.demand import METHODS, History

SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("level", pa.string()),
        ("item", pa.string()),
        ("method", pa.string()),
        ("week_ahead", pa.int32()),
        ("forecast_units", pa.float64()),
    ]
)
DAYS = 7
SEEN_WEEKS = 104  # before an origin, as in the macro demand_history_weeks


class Origin(NamedTuple):
    """The products that were known as of a date.

    day : the as-of date; last_week : weeks before it; places : shape (products,), columns of the
    matrix of weeks, those still sold first and by revenue; still_sold : how many are still sold.
    """

    day: date
    last_week: int
    places: np.ndarray
    still_sold: int


class Series(NamedTuple):
    """Series of one level as of an origin.

    level : product, category or shop; items : shape (series,), their names; history : of all of
    them; shown : how many, from the first on, have forecasts.
    """

    level: str
    items: np.ndarray
    history: History
    shown: int

    def forecasts(self, method: str, horizon: int, most: int | None = None) -> pa.Table:
        """A method's forecasts of the series shown, in the shape of SCHEMA.

        Parameters
        ----------
        method : str
            A name of METHODS.
        horizon : int
            Weeks ahead.
        most : int or None
            How many series at most, from the first on.
        """
        items = self.items[: self.shown][:most]
        ahead = METHODS[method](self.history, horizon)[:, : len(items)]
        rows = len(items) * horizon
        columns = [
            pa.repeat(pa.scalar(self.history.day), rows),
            pa.repeat(self.level, rows),
            pa.array(np.tile(items, horizon), pa.string()),
            pa.repeat(method, rows),
            pa.array(np.repeat(np.arange(1, horizon + 1), len(items)), pa.int32()),
            pa.array(ahead.ravel(), pa.float64()),
        ]
        return pa.Table.from_arrays(columns, schema=SCHEMA)


class Demand:
    """Weekly demand of all products, and what was known of it as of each origin.

    Parameters
    ----------
    product_ids, categories : np.ndarray
        Shape (products,); a category may be None.
    units, promoted : np.ndarray
        Weeks × products; units are NaN before a product was first sold.
    origins : list of Origin
        In the order of time.
    largest : int
        Of how many products and how many categories an ARIMA is fitted; 0 for none, nor the shop's.
    """

    def __init__(
        self,
        product_ids: np.ndarray,
        categories: np.ndarray,
        units: np.ndarray,
        promoted: np.ndarray,
        origins: list[Origin],
        largest: int,
    ) -> None:
        self.product_ids, self.categories = product_ids, categories
        self.units, self.promoted = units, promoted
        self.origins, self.largest = origins, largest

    def products(self, origin: Origin) -> Series:
        """The products' series as of an origin; shown are those still sold."""
        weeks = slice(max(origin.last_week - SEEN_WEEKS, 0), origin.last_week)
        history = History(
            self.units[weeks, origin.places],
            self.promoted[weeks, origin.places],
            origin.day,
            min(self.largest, origin.still_sold),
        )
        return Series("product", self.product_ids[origin.places], history, origin.still_sold)

    def totals(self, origin: Origin) -> Iterator[Series]:
        """The totals as of an origin: of the categories, the largest first, and of the shop."""
        units = self.products(origin).history.units
        names = self.categories[origin.places]
        sums = {
            name: total(units[:, names == name])
            for name in sorted({name for name in names if name is not None})
        }
        largest = sorted(sums, key=lambda name: (-np.nansum(sums[name]), name))
        shop = {"": total(units)} if len(origin.places) else {}
        for level, kept in (("category", {name: sums[name] for name in largest}), ("shop", shop)):
            if kept:
                weeks = np.column_stack(list(kept.values()))
                history = History(weeks, np.zeros_like(weeks), origin.day, self.largest)
                yield Series(level, np.array(list(kept), dtype=object), history, len(kept))


def total(units: np.ndarray) -> np.ndarray:
    """The sum of series, shape (weeks,); NaN before the first one began."""
    return np.where(np.isnan(units).all(axis=1), np.nan, np.nansum(units, axis=1))


def read_demand(weeks: Any, products: Any, origins: Any, largest: int) -> Demand:
    """The demand of a shop.

    Parameters
    ----------
    weeks, products, origins
        The relations int_demand_weeks, int_demand_products, int_demand_origins.
    largest : int
        Of how many products and how many categories an ARIMA is fitted.
    """
    known = products.filter("is_current").order("revenue_rank, product_id")
    known = known.select("product_id, category, first_week, last_week").arrow().read_all()
    ids = known["product_id"].combine_chunks()
    sold = weeks.filter("unit_count > 0").select(
        "product_id, week_number, cast(unit_count as double), cast(promotion_day_count as double)"
    )
    place, week, units, promotion_days = (column for column in sold.arrow().read_all().columns)
    place = pc.index_in(place, ids)
    at = week.to_numpy() - 1, place.to_numpy()
    shape = known["last_week"][0].as_py() if known.num_rows else 0, len(ids)
    unit_weeks, promoted = np.zeros(shape), np.zeros(shape)
    unit_weeks[at], promoted[at] = units.to_numpy(), promotion_days.to_numpy() / DAYS
    unit_weeks[np.arange(shape[0])[:, None] < known["first_week"].to_numpy() - 1] = np.nan
    days = origins.filter("is_forecast").order("as_of_date").select("as_of_date")
    found = []
    for day in days.arrow().read_all()["as_of_date"].to_pylist():
        rows = products.filter(f"as_of_date = date '{day}'")
        rows = rows.order("is_forecast desc, revenue_rank, product_id")
        table = rows.select("product_id, last_week, is_forecast").arrow().read_all()
        if table.num_rows:
            places = pc.index_in(table["product_id"], ids).to_numpy()
            still_sold = pc.sum(table["is_forecast"]).as_py()
            found.append(Origin(day, table["last_week"][0].as_py(), places, still_sold))
    return Demand(
        ids.to_numpy(zero_copy_only=False),
        known["category"].to_numpy(),
        unit_weeks,
        promoted,
        found,
        largest,
    )
