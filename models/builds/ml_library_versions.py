"""The versions of what fits are made with."""

from importlib.metadata import version

import customer_value
import pyarrow as pa

LIBRARIES = ("dbt-core", "duckdb", "numpy", "pandas", "scikit-learn", "scipy", "statsmodels")


def model(dbt, session):
    """One row per library, this project among them."""
    libraries = ["customer_value", *LIBRARIES]
    versions = [customer_value.__version__, *(version(library) for library in LIBRARIES)]
    return pa.table({"library": libraries, "version": versions})
