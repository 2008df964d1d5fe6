"""Products whose names share most of their words: the same thing in other colors and sizes.

Two names are alike when at least 60 % of the words of the longer one are in both.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sparse_dot_topn import sp_matmul_topn

SHARE = 0.6  # of the words of the longer name
MOST = 500  # products alike kept of each
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("alike_index", pa.int32()),
    ]
)


def alike_names(names: list[str], threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of names that share most of their words.

    Parameters
    ----------
    names : list of str
        One per product.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    tuple of np.ndarray
        The places of both names: each pair in both orders, at most `MOST` of each.

    Notes
    -----
    Of sets a and b the cosine |a ∩ b| / √(|a| |b|) is at least |a ∩ b| / max(|a|, |b|), so the
    pairs sought are among those whose cosine is large enough.
    """
    none = np.zeros(0, np.int64)
    words = CountVectorizer(token_pattern=r"(?u)\b\w+\b", binary=True, dtype=np.float64)
    try:
        sets = words.fit_transform(names)
    except ValueError:  # no name has a word
        return none, none
    sizes = np.asarray(sets.sum(axis=1)).ravel()
    unit = (sparse.diags(1 / np.sqrt(np.maximum(sizes, 1))) @ sets).tocsr()
    unit.sort_indices()
    close = sp_matmul_topn(
        unit, unit.T.tocsr(), top_n=MOST + 1, threshold=SHARE - 1e-9, sort=True, n_threads=threads
    ).tocoo()
    first, second = sizes[close.row], sizes[close.col]
    shared = close.data * np.sqrt(first * second)
    is_alike = (shared >= SHARE * np.maximum(first, second) - 1e-6) & (close.row != close.col)
    return close.row[is_alike], close.col[is_alike]


def model(dbt, session):
    """One row per as-of date, product and other product whose name is like it."""
    relation = dbt.ref("int_product_texts")
    threads = dbt.config.meta_get("threads")
    tables = []
    for day in days(relation):
        index, names = read_day(relation, day, "product_index, coalesce(product_name, '')")
        order = np.argsort(index)
        product, alike = alike_names(names[order].tolist(), threads)
        tables.append(day_table(SCHEMA, day, index[order][product], index[order][alike]))
    return result(session, relation, SCHEMA, tables)
