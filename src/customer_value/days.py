"""Read what a Python model needs of one as-of date, and give back what it made of all dates."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SAME = (date, str, bool)  # what stands for a column whose rows are all the same


def days(relation: Any) -> list[date]:
    """The as-of dates that a relation has rows of, in order.

    Parameters
    ----------
    relation
        What ``dbt.ref`` gives; it has a column as_of_date.
    """
    column = relation.select("as_of_date").arrow().read_all()["as_of_date"]
    return sorted(pc.unique(column).to_pylist())


def read_day(relation: Any, day: date, columns: str) -> list[np.ndarray]:
    """The columns of one date's rows, as arrays.

    Parameters
    ----------
    relation
        What ``dbt.ref`` gives, or rows of it; it has a column as_of_date.
    day : date
        The as-of date.
    columns : str
        Names or SQL expressions, with commas between.

    Returns
    -------
    list of np.ndarray
        One per column, of one length, in whatever order the rows have.
    """
    rows = relation.filter(f"as_of_date = date '{day}'").select(columns).arrow().read_all()
    return [column.to_numpy() for column in rows.columns]


def matrix(lists: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Lists of one length as an array, rows × places; NaN, or None of words, where one is missing.

    Parameters
    ----------
    lists : pa.Array or pa.ChunkedArray
        Shape (rows,), of lists.
    """
    values = pc.list_flatten(lists).to_numpy(zero_copy_only=False) if len(lists) else np.zeros(0)
    return values.reshape(len(lists), len(values) // max(len(lists), 1))


def served_customers(customers: Any, methods: Any, model: str) -> Any:
    """The listed customers for whom a costly model scores products.

    Parameters
    ----------
    customers, methods
        The relations int_listed_customers and int_recommendation_methods.
    model : str
        The name of the model.

    Returns
    -------
    relation
        Rows of `customers`: all where a list asks a method of this model, else the evaluation
        sample as of the dates that are published, since only lists' methods are chosen among.
    """
    asked = methods.filter(f"model = '{model}' and is_on_list").select("method").arrow().read_all()
    return customers if asked.num_rows else customers.filter("is_sampled and not is_training")


def settings(relation: Any, method: str) -> list[int]:
    """The settings of a method of neighbors, the usual one first.

    Parameters
    ----------
    relation
        The relation int_method_settings.
    method : str
        Its name in the macro recommendation_methods.
    """
    rows = relation.filter(f"method = '{method}'")
    table = rows.order("is_usual desc, setting").select("setting").arrow().read_all()
    return table["setting"].to_pylist()


def day_table(schema: pa.Schema, *columns: Any) -> pa.Table:
    """Rows as of one date.

    Parameters
    ----------
    schema : pa.Schema
        Types and names.
    *columns
        The columns in the schema's order: arrays of one length, or a date, a text or a bool that
        all rows have.
    """
    (length,) = {len(column) for column in columns if not isinstance(column, SAME)}
    arrays = [
        pa.repeat(pa.scalar(column, field.type), length)
        if isinstance(column, SAME)
        else pa.array(column, field.type)
        for field, column in zip(schema, columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def result(schema: pa.Schema, tables: list[pa.Table]) -> pa.Table:
    """What a model returns: its tables under each other, with the schema's types at zero rows too.

    Parameters
    ----------
    schema : pa.Schema
        The schema of all tables.
    tables : list of pa.Table
        As `day_table` makes them; may be empty.
    """
    return pa.concat_tables(tables) if tables else schema.empty_table()
