"""The words of products' names, by which lists see the same thing in other colors and sizes.

Two names are alike when at least 60 % of the words of the longer one are in both: of a name with n
words at least m = ⌈.6 n⌉. With the words of both in one order, the rarest first, two such names
share one of the first n − m + 1 of each (Chaudhuri, Ganti and Kaushik 2006, A primitive operator
for similarity joins in data cleaning). These are the telling words: names that share none of them
need not be compared.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, read_day, result
from sklearn.feature_extraction.text import CountVectorizer

PERCENT = 60  # of the words of the longer name
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("word_index", pa.int32()),
        ("shared_word_count", pa.int32()),
        ("is_telling", pa.bool_()),
    ]
)


def name_words(names: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The distinct words of each name.

    Parameters
    ----------
    names : list of str
        One per product.

    Returns
    -------
    tuple of np.ndarray
        Of each word of a name: the place of the name, the number of the word, the rarest being 0,
        how many words a name that is alike shares with it, and whether the word is telling.
    """
    words = CountVectorizer(token_pattern=r"(?u)\b\w+\b", binary=True)
    try:
        sets = words.fit_transform(names)
    except ValueError:  # no name has a word
        return (*np.zeros((3, 0), np.int64), np.zeros(0, bool))
    rarest = np.argsort(np.bincount(sets.indices, minlength=sets.shape[1]), kind="stable")
    number = np.empty_like(rarest)
    number[rarest] = np.arange(len(rarest))
    sets.indices = number[sets.indices]
    sets.has_sorted_indices = False
    sets.sort_indices()
    counts = np.diff(sets.indptr)
    row = np.repeat(np.arange(len(names)), counts)
    place = np.arange(sets.nnz) - sets.indptr[row]
    shared = -(-PERCENT * counts // 100)
    return row, sets.indices, shared[row], place <= (counts - shared)[row]


def model(dbt, session):
    """One row per as-of date, product and word of its name."""
    relation = dbt.ref("int_product_texts")
    tables = []
    for day in days(relation):
        index, names = read_day(relation, day, "product_index, coalesce(product_name, '')")
        row, *columns = name_words(names.tolist())
        tables.append(day_table(SCHEMA, day, index[row], *columns))
    return result(SCHEMA, tables)
