"""Similar products: the project's function beside implicit's CosineRecommender, on the same matrix.

The matrix is int_interaction_matrix of a build, as of today: who bought what, by whole numbers.
Both sides start from the same arrays of pairs, build their own sparse matrix and keep the 100 most
similar products of each product; preparation counts on both sides. Each side runs in a process of
its own, five times; seconds are the median, memory is the process' high-water mark above that of
holding the pairs. Customers count alike (similarity_weighting none), which is what implicit's does.

Usage
-----
python benchmarks/similarity_reference.py build/shop.duckdb
"""

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
from scipy import sparse

MODEL = Path(__file__).resolve().parents[1] / "models/ml/ml_product_similarities.py"
NEIGHBORS = 100
RUNS = 5
THREADS = 2


def read_pairs(database: Path) -> tuple[np.ndarray, np.ndarray]:
    """Customer and product numbers of who bought what as of today, each of shape (pairs,)."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select customer_index, product_index from intermediate.int_interaction_matrix "
            "where as_of_date = (select max(as_of_date) from intermediate.int_interaction_matrix) "
            "order by customer_index, product_index"
        ).fetchnumpy()
    return columns["customer_index"], columns["product_index"]


def ours(customers: np.ndarray, products: np.ndarray) -> sparse.csr_matrix:
    """The project's similarities, products × products."""
    spec = importlib.util.spec_from_file_location("similarities", MODEL)
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    user_item = model.to_matrix(customers, products)
    return model.cosine_neighbors(user_item, NEIGHBORS, "none", THREADS)


def theirs(customers: np.ndarray, products: np.ndarray) -> sparse.csr_matrix:
    """implicit's similarities, products × products, each product itself among its neighbors."""
    from implicit.nearest_neighbours import CosineRecommender

    user_item = sparse.csr_matrix((np.ones(len(customers)), (customers, products)))
    recommender = CosineRecommender(K=NEIGHBORS + 1, num_threads=THREADS)
    recommender.fit(user_item, show_progress=False)
    return recommender.similarity


def measure(side: str, database: Path) -> dict[str, float]:
    """Median seconds, memory in MB and the sum of similarities of one side, in this process."""
    customers, products = read_pairs(database)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        similarity = {"ours": ours, "implicit": theirs}[side](customers, products)
        seconds.append(time.perf_counter() - start)
    off_diagonal = similarity.sum() - similarity.diagonal().sum()
    return {
        "seconds": statistics.median(seconds),
        "memory_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "sum_of_similarities": float(off_diagonal),
        "pairs": len(customers),
    }


def main() -> None:
    """Measure both sides, each in a process of its own, and print their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "database", type=Path, help="a build with intermediate.int_interaction_matrix"
    )
    parser.add_argument("--side", choices=["ours", "implicit"], help="measure one, print JSON")
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(measure(arguments.side, arguments.database)))
        return
    results = {}
    for side in ("ours", "implicit"):
        command = [sys.executable, __file__, str(arguments.database), "--side", side]
        results[side] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    print(f"{'similar products':<18}{'ours':>12}{'implicit':>12}{'ratio':>8}")
    for figure in ("seconds", "memory_mb", "sum_of_similarities"):
        one, other = results["ours"][figure], results["implicit"][figure]
        print(f"{figure:<18}{one:>12,.2f}{other:>12,.2f}{one / other:>8.2f}")
    print(f"{'pairs':<18}{results['ours']['pairs']:>12,.0f}")


if __name__ == "__main__":
    main()
