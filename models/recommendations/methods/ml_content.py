"""Products that are described alike: TF-IDF of their texts.

Words and pairs of words of name, category, brand, tags and description, weighted by term frequency
times inverse document frequency (Spärck Jones 1972), rows of length one; the similarity is their
cosine, or Jaccard of the sets of words. It needs no purchase, so it serves new products.
"""

import numpy as np
import pyarrow as pa
from customer_value.days import day_table, days, result
from customer_value.matrices import without_diagonal
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sparse_dot_topn import sp_matmul_topn

NEIGHBORS = 100  # kept of each product: more than a list is long, so that lists can be filled
MIN_PRODUCTS = 2  # a word of one product alone makes nothing similar
MOST_PAIRS = 2e10  # of texts that share a word: a minute of one processor
PAIRS_AT_ONCE = 25_000_000  # of texts that are held in memory as sets are compared
SCHEMA = pa.schema(
    [
        ("as_of_date", pa.date32()),
        ("product_index", pa.int32()),
        ("neighbor_index", pa.int32()),
        ("similarity", pa.float64()),
    ]
)


def word_counts(texts: list[str]) -> sparse.csr_matrix:
    """Words and pairs of words of each text.

    A word of n texts makes n² pairs of texts that have to be compared, and says least where n is
    largest. The most frequent words are left out as stop words are, as many as it takes for the
    pairs of all words to be at most MOST_PAIRS.

    Returns
    -------
    sparse.csr_matrix
        Texts × words, of the words that stand in two texts or more.
    """
    words = CountVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", min_df=1)
    try:
        counts = words.fit_transform(texts)
    except ValueError:  # no text has a word
        return sparse.csr_matrix((len(texts), 0))
    documents = np.bincount(counts.indices, minlength=counts.shape[1])
    ordered = np.sort(documents).astype(np.float64)
    too_many = ordered[np.cumsum(ordered**2) > MOST_PAIRS].min(initial=np.inf)
    return counts[:, (documents >= MIN_PRODUCTS) & (documents < too_many)].tocsr()


def jaccard_neighbors(sets: sparse.csr_matrix, kept: int) -> sparse.csr_matrix:
    """The rows whose sets are most like each row's, itself among them.

    Parameters
    ----------
    sets : sparse.csr_matrix
        Texts × words, ones.
    kept : int
        How many to keep per text.

    Returns
    -------
    sparse.csr_matrix
        Texts × texts, size of both over size of either, at most `kept` a row.
    """
    sizes = np.diff(sets.indptr)
    pairs = np.cumsum(sets @ np.bincount(sets.indices, minlength=sets.shape[1]))
    ends = np.flatnonzero(np.diff(pairs // PAIRS_AT_ONCE)) + 1
    same = sparse.identity(sets.shape[0], format="csr")
    blocks = []
    for texts in np.split(np.arange(sets.shape[0]), ends):
        both = (sets[texts] @ sets.T).tocsr()
        own = np.repeat(sizes[texts], np.diff(both.indptr))
        both.data /= own + sizes[both.indices] - both.data
        blocks.append(sp_matmul_topn(both, same, top_n=kept, sort=True))
    return sparse.vstack(blocks, format="csr")


def text_neighbors(
    texts: list[str], neighbors: int, measure: str = "cosine", threads: int = 1
) -> sparse.csr_matrix:
    """The texts most like each text, without the text itself.

    Parameters
    ----------
    texts : list of str
        One per product.
    neighbors : int
        How many to keep per text.
    measure : str
        ``cosine`` of TF-IDF, or ``jaccard`` of the sets of words and pairs of words.
    threads : int
        Threads of the sparse product.

    Returns
    -------
    sparse.csr_matrix
        Texts × texts, similarities in (0, 1], at most `neighbors` a row.
    """
    counts = word_counts(texts)
    if counts.shape[1] == 0:
        return sparse.csr_matrix((len(texts), len(texts)))
    counts.sort_indices()
    kept = neighbors + 1  # the text itself is among them
    if measure == "jaccard":
        sets = counts.astype(np.float64)
        sets.data[:] = 1
        similar = jaccard_neighbors(sets, kept)
    else:
        weights = TfidfTransformer().fit_transform(counts)
        similar = sp_matmul_topn(
            weights, weights.T.tocsr(), top_n=kept, sort=True, n_threads=threads
        )
    np.minimum(similar.data, 1.0, out=similar.data)
    return without_diagonal(similar)


def model(dbt, session):
    """One row per as-of date, product and product that is described like it."""
    relation = dbt.ref("int_product_texts")
    measure = dbt.config.meta_get("measure")
    threads = dbt.config.meta_get("threads")
    tables = []
    described, pairs = None, None
    for day in days(relation):
        of_day = relation.filter(f"as_of_date = date '{day}'")
        texts = of_day.select("product_index, product_text").arrow().read_all()
        texts = texts.sort_by("product_index")
        index = texts["product_index"].to_numpy()
        words = texts["product_text"].to_pylist()
        if words != described:  # often nothing is new since the date before
            described, pairs = words, text_neighbors(words, NEIGHBORS, measure, threads).tocoo()
        tables.append(day_table(SCHEMA, day, index[pairs.row], index[pairs.col], pairs.data))
    return result(SCHEMA, tables)
