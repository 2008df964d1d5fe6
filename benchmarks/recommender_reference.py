"""The recommenders beside their counterparts of the library implicit, on the same matrix.

The matrix is int_interaction_matrix of a build, as of today: who bought what, by whole numbers.

- similar products: the 100 most similar of each product (item_cosine, customers counting alike,
  which is what implicit's CosineRecommender does);
- products for customers: the 50 best new ones of each listed customer by those similarities,
  beside ItemItemRecommender.recommend;
- matrix factorization: 64 factors, and the 50 best new products of 20,000 customers, beside
  AlternatingLeastSquares, with which the project fits: the ratio is what is put around it.

implicit has no counterpart of content, item_recent and popular, and none of customers alike for
some customers alone. Both sides start from the same arrays and build their own sparse matrices;
preparation counts. Each task of each side runs in a process of its own; seconds are the median of
its runs, memory is the process' high-water mark above that of holding the arrays.

Usage
-----
python benchmarks/recommender_reference.py build/shop.duckdb
"""

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
from customer_value.matrices import best_new
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from scipy import sparse

METHODS = Path(__file__).resolve().parents[1] / "models/recommendations/methods"
NEIGHBORS, BEST, FACTORS, ITERATIONS, COSTLY = 100, 50, 64, 15, 20_000
THREADS = 2
SIDES = ("ours", "implicit")


@dataclass(frozen=True)
class Pairs:
    """Who bought what: pairs of numbers, and the numbers of the customers whose lists are made."""

    customers: np.ndarray
    products: np.ndarray
    listed: np.ndarray

    def matrix(self) -> sparse.csr_matrix:
        """Customers × products, ones where bought."""
        ones = np.ones(len(self.customers))
        return sparse.csr_matrix((ones, (self.customers, self.products)))


def load(name: str) -> ModuleType:
    """A Python model of the project, as a module."""
    spec = importlib.util.spec_from_file_location(name, METHODS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_pairs(database: Path) -> Pairs:
    """Who bought what as of today."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select customer_index, product_index, is_listed "
            "from intermediate.int_interaction_matrix "
            "where is_bought and as_of_date = "
            "(select max(as_of_date) from intermediate.int_interaction_matrix) "
            "order by customer_index, product_index"
        ).fetchnumpy()
    customers = columns["customer_index"]
    return Pairs(customers, columns["product_index"], np.unique(customers[columns["is_listed"]]))


def our_similarities(pairs: Pairs) -> sparse.csr_matrix:
    """Products × products."""
    return load("ml_item_cosine").cosine_neighbors(pairs.matrix(), NEIGHBORS, "none", THREADS)


def their_recommender(pairs: Pairs) -> CosineRecommender:
    """implicit's, fitted; each product is among its own neighbors."""
    recommender = CosineRecommender(K=NEIGHBORS + 1, num_threads=THREADS)
    recommender.fit(pairs.matrix(), show_progress=False)
    return recommender


def our_products(pairs: Pairs) -> np.ndarray:
    """Scores of the best new products of each listed customer."""
    bought = pairs.matrix()[pairs.listed]
    trend = np.ones(bought.shape[1])
    similarity = our_similarities(pairs)
    return best_new(bought, similarity, bought, trend, BEST, THREADS)


def their_products(pairs: Pairs) -> np.ndarray:
    """The same of implicit, zeros where there are fewer."""
    bought = pairs.matrix()[pairs.listed]
    recommender = their_recommender(pairs)
    _, scores = recommender.recommend(pairs.listed, bought, N=BEST)
    return np.maximum(scores, 0)


def our_factors(pairs: Pairs) -> np.ndarray:
    """Scores of the best new products of some customers."""
    user_item = pairs.matrix()
    fitted = load("ml_factors").fit_implicit(user_item, FACTORS, 0.1, ITERATIONS, THREADS)
    customers, products = fitted.user_factors, fitted.item_factors
    some = pairs.listed[:COSTLY]
    trend = np.ones(len(products))
    _, _, scores = load("ml_matrix_factorization").best_products(
        customers[some], products, trend, user_item[some], BEST, THREADS
    )
    return scores


def their_factors(pairs: Pairs) -> np.ndarray:
    """The same of implicit."""
    user_item = pairs.matrix()
    recommender = AlternatingLeastSquares(
        FACTORS,
        regularization=0.1,
        alpha=1.0,
        iterations=ITERATIONS,
        num_threads=THREADS,
        random_state=0,
        dtype=np.float64,
    )
    recommender.fit(user_item, show_progress=False)
    some = pairs.listed[:COSTLY]
    _, scores = recommender.recommend(some, user_item[some], N=BEST)
    return np.maximum(scores, 0)


def off_diagonal(similarity: sparse.csr_matrix) -> float:
    """The sum of similarities with others."""
    return similarity.sum() - similarity.diagonal().sum()


# {task: (runs, what each side does and gives as one number, which both must agree on)}
TASKS: dict[str, tuple[int, dict[str, Callable[[Pairs], float]]]] = {
    "similar products": (
        5,
        {
            "ours": lambda pairs: off_diagonal(our_similarities(pairs)),
            "implicit": lambda pairs: off_diagonal(their_recommender(pairs).similarity),
        },
    ),
    "products for customers": (
        3,
        {
            "ours": lambda pairs: our_products(pairs).sum(),
            "implicit": lambda pairs: their_products(pairs).sum(),
        },
    ),
    "matrix factorization": (
        1,
        {
            "ours": lambda pairs: our_factors(pairs).sum(),
            "implicit": lambda pairs: their_factors(pairs).sum(),
        },
    ),
}


def measure(task: str, side: str, database: Path) -> dict[str, float]:
    """Median seconds, memory in MB and the result of one side, in this process."""
    pairs = read_pairs(database)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    runs, sides = TASKS[task]
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        result = sides[side](pairs)
        seconds.append(time.perf_counter() - start)
    return {
        "seconds": statistics.median(seconds),
        "memory in MB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "sum of scores": float(result),
    }


def main() -> None:
    """Measure both sides of each task, each in a process of its own, and print their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "database", type=Path, help="a build with intermediate.int_interaction_matrix"
    )
    parser.add_argument("--task", choices=TASKS, help="measure one …")
    parser.add_argument("--side", choices=SIDES, help="… of one side, print JSON")
    arguments = parser.parse_args()
    if arguments.task:
        print(json.dumps(measure(arguments.task, arguments.side, arguments.database)))
        return
    pairs = read_pairs(arguments.database)
    print(
        f"{len(pairs.customers):,} pairs, {pairs.customers.max(initial=-1) + 1:,} customers "
        f"({len(pairs.listed):,} listed), {pairs.products.max(initial=-1) + 1:,} products"
    )
    print(f"{'':<40}{'ours':>14}{'implicit':>14}{'ratio':>8}")
    for task in TASKS:
        command = [sys.executable, __file__, str(arguments.database), "--task", task, "--side"]
        ours, theirs = (
            json.loads(subprocess.run([*command, side], check=True, capture_output=True).stdout)
            for side in SIDES
        )
        for figure, value in ours.items():
            ratio = value / theirs[figure]
            name = f"{task}, {figure}"
            print(f"{name:<40}{value:>14,.2f}{theirs[figure]:>14,.2f}{ratio:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
