"""How many threads linear algebra uses, which decides in what order it sums."""

from threadpoolctl import threadpool_limits


def sum_in_one_order() -> None:
    """Let BLAS and OpenMP use one thread from here on: sums are the same on any machine.

    The limit is the process's, not the caller's, and is not given back: another model that runs at
    the same time would go on with sums of another order.
    """
    threadpool_limits(1)
