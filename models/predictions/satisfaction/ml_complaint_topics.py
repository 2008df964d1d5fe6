"""What complaints are about: topics as groups of words that stand together in them.

Non-negative matrix factorization (Lee and Seung 1999) of TF-IDF, begun from the singular vectors
(Boutsidis and Gallopoulos 2008), of the words that are not everyday ones and that several people
wrote. A topic's name is its strongest terms.
"""

import warnings

import numpy as np
import pyarrow as pa
from customer_value.threads import sum_in_one_order
from scipy import sparse
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer

MOST_TOPICS = 10  # what a person reads
TEXTS_PER_TOPIC = 20
TERMS_KEPT = 50  # of each topic
NAMED_TERMS = 4
ITERATIONS = 400
SEED = 0
SCHEMA = pa.schema(
    [
        ("topic_number", pa.int32()),
        ("topic", pa.string()),
        ("term_number", pa.int32()),
        ("term_rank", pa.int32()),
        ("weight", pa.float64()),
    ]
)


def topic_count(texts: int, terms: int) -> int:
    """How many topics: one for twenty texts, ten at the most, none where there is one or none."""
    count = min(MOST_TOPICS, texts // TEXTS_PER_TOPIC, terms - 1)
    return count if count > 1 else 0


def topic_name(terms: list[str]) -> str:
    """The strongest terms, without those that another one holds.

    Parameters
    ----------
    terms : list of str
        The strongest first.
    """
    named: list[str] = []
    for term in terms:
        words = set(term.split(" "))
        if not any(words & set(other.split(" ")) for other in named):
            named.append(term)
    return ", ".join(named[:NAMED_TERMS])


def topics(has: sparse.csr_matrix) -> np.ndarray:
    """Topics × terms, rows of length one, the topic of most texts first.

    So a topic of many words of little weight does not take all texts that have some of them.

    Parameters
    ----------
    has : sparse.csr_matrix
        Texts × terms, 1 where a text has the term.
    """
    has = has[np.diff(has.indptr) > 0]
    count = topic_count(*has.shape)
    if not count:
        return np.zeros((0, has.shape[1]))
    rows = TfidfTransformer().fit_transform(has)
    model = NMF(count, init="nndsvda", random_state=SEED, max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # good enough to name topics
        of_texts = model.fit_transform(rows)
    lengths = np.linalg.norm(model.components_, axis=1)
    weights = model.components_ / np.where(lengths > 0, lengths, 1)[:, None]
    texts = np.bincount((of_texts * lengths).argmax(axis=1), minlength=count)
    kept = np.flatnonzero(lengths > 0)
    return weights[kept[np.argsort(-texts[kept], kind="stable")]]


def topic_table(weights: np.ndarray, numbers: np.ndarray, names: list[str]) -> pa.Table:
    """The strongest terms of each topic, with its name.

    Parameters
    ----------
    weights : np.ndarray
        Topics × terms.
    numbers, names
        The terms' numbers and themselves, in alphabetical order.
    """
    rows = []
    for topic, line in enumerate(weights, start=1):
        order = np.argsort(-np.round(line, 6), kind="stable")[:TERMS_KEPT]
        kept = [k for k in order if line[k] > 1e-6]
        name = topic_name([names[k] for k in kept])
        for rank, k in enumerate(kept, start=1):
            rows.append(
                {
                    "topic_number": topic,
                    "topic": name,
                    "term_number": int(numbers[k]),
                    "term_rank": rank,
                    "weight": float(line[k]),
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def model(dbt, session):
    """One row per topic and term, of the strongest."""
    sum_in_one_order()
    most = dbt.config.meta_get("most_texts")
    known = dbt.ref("int_topic_terms").order("term").arrow().read_all()
    drawn = dbt.ref("ml_complaint_terms").filter(f"text_number <= {most}")
    pairs = drawn.order("text_number, term_number").arrow().read_all()
    numbers = known["term_number"].to_numpy()
    text, term = pairs["text_number"].to_numpy(), pairs["term_number"].to_numpy()
    place = np.full(int(max([*numbers, *term], default=0)) + 1, -1)
    place[numbers] = np.arange(len(numbers))
    kept = place[term] >= 0
    shape = (int(max(text, default=0)) + 1, len(numbers))
    ones = np.ones(int(kept.sum()))
    has = sparse.csr_matrix((ones, (text[kept], place[term[kept]])), shape=shape)
    return topic_table(topics(has), numbers, known["term"].to_pylist())
