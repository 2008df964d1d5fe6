"""What Python models share that run at the same time, as threads of one process."""

import ast
import importlib

import duckdb
from threadpoolctl import threadpool_limits


def sum_in_one_order() -> None:
    """Let BLAS and OpenMP use one thread from here on: sums are the same on any machine.

    The limit is the process's, not the caller's, and is not given back: another model that runs at
    the same time would go on with sums of another order.
    """
    threadpool_limits(1)


def import_libraries(_: duckdb.DuckDBPyConnection, models: list[str]) -> None:
    """Import what Python models import, before the first of them runs.

    Two threads that first import a package and a module of it at the same moment wait for each
    other; Python then lets one go on with a module that is half loaded ("partially initialized").

    Parameters
    ----------
    models : list of str
        The models' code.
    """
    for model in models:
        for statement in ast.parse(model).body:
            if isinstance(statement, ast.ImportFrom):
                importlib.import_module(statement.module)
            elif isinstance(statement, ast.Import):
                for name in statement.names:
                    importlib.import_module(name.name)
