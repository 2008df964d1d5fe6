"""The functions of the Python models, against worked examples and independent computations."""

import importlib.util
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from customer_value.matrices import best_new, to_matrix, unit_rows
from scipy import sparse
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, silhouette_score

MODELS = Path(__file__).resolve().parents[2] / "models"
# customers 1 to 3 by products 100 to 103 of the worked example
BOUGHT = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=float)


def load(name: str) -> ModuleType:
    """A Python model as a module: dbt ships one file, so it is imported by its path."""
    (file,) = MODELS.rglob(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


similarities = load("ml_item_cosine")
ease = load("ml_item_ease")
recent = load("ml_item_recent")
contents = load("ml_content")
named = load("ml_name_words")
alternative = load("ml_segment_alternatives")
alike = load("ml_customer_similarities")
neighborly = load("ml_user_cosine")
factors = load("ml_factors")
factorized = load("ml_matrix_factorization")
fits = load("ml_segment_fits")


def test_item_cosine_of_the_worked_example() -> None:
    """Bought or not: 100-101 1, 100-102 and 101-102 .5, 102-103 .7071, the others 0."""
    found = similarities.cosine_neighbors(sparse.csr_matrix(BOUGHT), 10).toarray()
    expected = np.zeros((4, 4))
    for (i, j), value in {(0, 1): 1, (0, 2): 0.5, (1, 2): 0.5, (2, 3): 0.70711}.items():
        expected[i, j] = expected[j, i] = value
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("weighting", ["none", "history", "idf"])
def test_cosine_equals_the_dense_formula(weighting: str) -> None:
    """Every similarity of a random matrix, none above 1; shared buyers are counted exactly."""
    random = np.random.default_rng(1)
    dense = (random.random((60, 25)) < 0.2).astype(float)
    dense[0] = 1  # somebody who bought everything weighs nothing under idf
    user_item = sparse.csr_matrix(dense)
    weights = similarities.user_weights(user_item, weighting)
    weighted = dense * weights[:, None]
    norms = np.linalg.norm(weighted, axis=0)
    expected = weighted.T @ weighted / np.outer(norms, norms)
    np.fill_diagonal(expected, 0)
    found = similarities.cosine_neighbors(user_item, 25, weighting)
    assert found.toarray() == pytest.approx(expected, abs=1e-9)
    assert found.data.max() <= 1
    pairs = found.tocoo()
    shared = similarities.shared_buyers(user_item, found)
    assert shared.tolist() == (dense.T @ dense)[pairs.row, pairs.col].tolist()


def test_cosine_keeps_the_most_similar() -> None:
    """The best two neighbors of each product, and never the product itself."""
    random = np.random.default_rng(2)
    user_item = sparse.csr_matrix((random.random((200, 30)) < 0.15).astype(float))
    whole = similarities.cosine_neighbors(user_item, 30).toarray()
    best = similarities.cosine_neighbors(user_item, 2).toarray()
    assert np.diag(best).max() == 0
    assert (best > 0).sum(axis=1).max() <= 2
    assert best.max(axis=1) == pytest.approx(whole.max(axis=1))


@pytest.mark.parametrize("weighting", ["none", "history", "idf"])
def test_one_product_has_no_neighbor(weighting: str) -> None:
    """A shop with one product, or with one customer of one product, has no similar products."""
    for user_item in (sparse.csr_matrix(np.ones((3, 1))), sparse.csr_matrix(np.ones((1, 1)))):
        found = similarities.cosine_neighbors(user_item, 5, weighting)
        assert found.nnz == 0
        assert similarities.shared_buyers(user_item, found).tolist() == []
    held = sparse.csr_matrix(np.ones((3, 1)))
    best = best_new(held, sparse.csr_matrix((1, 1)), held, np.ones(1), 5)
    assert best.nnz == 0


def test_unknown_weighting_is_refused() -> None:
    """The message names the var and what it may be."""
    with pytest.raises(ValueError, match="weighting.*use none, history or idf"):
        similarities.user_weights(sparse.csr_matrix(BOUGHT), "cube")


def test_similarities_do_not_depend_on_the_order_of_rows() -> None:
    """The same pairs in another order give the same bits."""
    random = np.random.default_rng(3)
    rows, columns = (random.random((300, 40)) < 0.1).nonzero()
    shuffle, ones = random.permutation(len(rows)), np.ones(len(rows))
    one = similarities.cosine_neighbors(to_matrix(rows, columns, ones), 10, "history", 1)
    other = similarities.cosine_neighbors(
        to_matrix(rows[shuffle], columns[shuffle], ones), 10, "history", 2
    )
    assert (one != other).nnz == 0


def test_item_cosine_of_rated_examples() -> None:
    """Ratings: 100-101 .9374, 100-102 .3492, 101-102 .2301, 102-103 .8944, the others 0."""
    rated = np.array([[5, 3, 1, 0], [4, 5, 0, 0], [0, 0, 2, 1]], dtype=float)
    found = similarities.cosine_neighbors(sparse.csr_matrix(rated), 10).toarray()
    expected = np.zeros((4, 4))
    pairs = {(0, 1): 0.9374, (0, 2): 0.3492, (1, 2): 0.2301, (2, 3): 0.8944}
    for (i, j), value in pairs.items():
        expected[i, j] = expected[j, i] = value
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("measure", ["jaccard", "lift"])
def test_set_measures_equal_the_dense_formulas(measure: str) -> None:
    """Jaccard and lift of products that share enough customers, none below the floor."""
    random = np.random.default_rng(6)
    dense = (random.random((80, 20)) < 0.3).astype(float)
    both, sizes = dense.T @ dense, dense.sum(axis=0)
    chance = np.outer(sizes, sizes) / len(dense)
    either = sizes[:, None] + sizes - both
    expected = both / (either if measure == "jaccard" else chance)
    expected[both < 8] = 0
    np.fill_diagonal(expected, 0)
    found = similarities.set_neighbors(sparse.csr_matrix(dense), 20, measure, 8)
    assert found.toarray() == pytest.approx(expected)
    assert 0 < found.nnz < 20 * 19
    best = similarities.set_neighbors(sparse.csr_matrix(dense), 2, measure, 8).toarray()
    assert (best > 0).sum(axis=1).max() <= 2
    assert best.max(axis=1) == pytest.approx(expected.max(axis=1))


def test_jaccard_of_the_worked_example() -> None:
    """Customers 1 and 2 share two of three products, 1 and 3 one of four, 2 and 3 none."""
    found = similarities.set_neighbors(sparse.csr_matrix(BOUGHT.T), 3, "jaccard", 1).toarray()
    expected = [[0, 2 / 3, 1 / 4], [2 / 3, 0, 0], [1 / 4, 0, 0]]
    assert found == pytest.approx(np.array(expected))


@pytest.mark.parametrize("floor", [1, 8])
def test_adjusted_cosine_equals_the_dense_formula(floor: int) -> None:
    """Means off, then the cosine over the customers who rated both; only what is above zero."""
    random = np.random.default_rng(17)
    rated = np.where(random.random((80, 20)) < 0.3, random.integers(1, 6, (80, 20)), np.nan)
    rated[:, 19] = np.nan  # a product that nobody rated
    rated[5, :19] = 4.1  # who rates all alike says nothing
    centered = rated - np.nanmean(rated, axis=1, keepdims=True)
    centered[5] = np.where(np.isnan(rated[5]), np.nan, 0)  # their mean is not quite 4.1
    pairs = centered[:, :, None] * centered[:, None, :]  # nan where either is not rated
    own = np.where(np.isnan(pairs), 0, centered[:, :, None] ** 2).sum(axis=0)
    both = (~np.isnan(pairs)).sum(axis=0)
    whole = np.nansum(pairs, axis=0) / np.maximum(np.sqrt(own * own.T), 1e-9)
    np.fill_diagonal(whole, 0)
    assert (whole[both >= floor] < 0).any()
    expected = np.where((whole > 1e-9) & (both >= floor), whole, 0)
    user_item = sparse.csr_matrix(np.nan_to_num(rated))
    found = similarities.adjusted_neighbors(user_item, 20, floor, 2)
    assert found.toarray() == pytest.approx(expected, abs=1e-9)
    assert ((found.toarray() > 0) == (expected > 0)).all()
    assert 0 < found.nnz < 19 * 18
    assert found.data.max() <= 1
    best = similarities.adjusted_neighbors(user_item, 2, floor).toarray()
    assert (best > 0).sum(axis=1).max() <= 2
    assert best.max(axis=1) == pytest.approx(expected.max(axis=1), abs=1e-9)


def test_adjusted_cosine_by_hand() -> None:
    """Deviations (1, 0, −1), (1, 1, −2) and, of the first two products alone, (1, −1).

    Products 1 and 2: 1 · 0 + 1 · 1 − 1 · 1 = 0, so they have nothing to do with each other. With
    (1, 1, −2) in the third place: (0 + 1 + 1) / (√3 √2). Product 3 is always below the mean.
    """
    rated = np.array([[4, 3, 2], [5, 5, 2], [4, 2, 0]], dtype=float)
    assert similarities.adjusted_neighbors(sparse.csr_matrix(rated), 3, 1).nnz == 0
    rated[2] = [4, 4, 1]
    found = similarities.adjusted_neighbors(sparse.csr_matrix(rated), 3, 1).toarray()
    expected = np.zeros((3, 3))
    expected[0, 1] = expected[1, 0] = 2 / np.sqrt(6)
    assert found == pytest.approx(expected)


def test_adjusted_cosine_asks_who_rated_both() -> None:
    """Products 1 and 2 share a customer, who puts both above the mean: 1, whatever others say."""
    rated = np.array([[4, 4, 1], [5, 0, 1], [0, 5, 1]], dtype=float)
    found = similarities.adjusted_neighbors(sparse.csr_matrix(rated), 3, 1).toarray()
    assert found[0, 1] == found[1, 0] == 1
    assert similarities.adjusted_neighbors(sparse.csr_matrix(rated), 3, 2).nnz == 0


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1), (1, 4), (4, 1)])
def test_adjusted_cosine_of_very_small_shops(shape: tuple[int, int]) -> None:
    """No rows, one customer, one product; the same where each customer rates all alike."""
    for value in (0.0, 3.7):
        user_item = sparse.csr_matrix(np.full(shape, value))
        found = similarities.adjusted_neighbors(user_item, 5, 1)
        assert found.shape == (shape[1], shape[1])
        assert found.nnz == 0
        assert similarities.shared_buyers(user_item, found).tolist() == []
    alike = np.repeat([[3.7], [1.3], [5.0]], 7, axis=1)
    assert similarities.adjusted_neighbors(sparse.csr_matrix(alike), 5, 1).nnz == 0


@pytest.mark.parametrize("customers", [70, 9], ids=["more customers", "more products"])
def test_ease_equals_the_dense_formula(customers: int) -> None:
    """B = I − P diag(1 / diag P) with P the regularized inverse, and its largest weights."""
    random = np.random.default_rng(7)
    dense = (random.random((customers, 15)) < 0.3).astype(float)
    fits = ease.item_weights(sparse.csr_matrix(dense), [30, 3])
    for regularization, weights in zip([30, 3], fits, strict=True):
        inverse = np.linalg.inv(dense.T @ dense + regularization * np.eye(15))
        expected = np.eye(15) - inverse / np.diag(inverse)
        np.fill_diagonal(expected, 0)
        assert weights == pytest.approx(expected, abs=1e-9)
    rows, columns, values = ease.largest(weights, 4)
    assert np.bincount(rows).tolist() == [4] * 15
    assert values == pytest.approx(expected[rows, columns], abs=1e-9)
    kept = np.abs(values).reshape(15, 4).min(axis=1)
    assert (np.abs(expected) > kept[:, None] + 1e-12).sum(axis=1).max() <= 3


def test_ease_leaves_out_what_few_customers_have() -> None:
    """Only where there are too many products; it steps aside where that does not help."""
    columns = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 4])
    assert ease.fitted(columns, 4).all()
    assert ease.fitted(columns, 3).tolist() == [True] * 7 + [False] * 3
    assert ease.fitted(columns, 2).tolist() == [True] * 7 + [False] * 3
    assert not ease.fitted(columns, 1).any()


def test_recent_neighbors_equal_the_dense_formula() -> None:
    """Σ x r / n over √(Σ x / n) √(customers), shrunk by β, the product itself left out."""
    random = np.random.default_rng(8)
    held = (random.random((60, 12)) < 0.3).astype(float)
    lately = held * random.random((60, 12))
    shared = held / np.maximum(held.sum(axis=1), 1)[:, None]
    expected = shared.T @ lately
    expected /= np.sqrt(shared.sum(axis=0))[:, None] * np.sqrt(held.sum(axis=0))
    np.fill_diagonal(expected, 0)
    both = sparse.csr_matrix(held), sparse.csr_matrix(lately)
    for beta, found in zip([0, 5], recent.recent_neighbors(*both, 12, [0, 5]), strict=True):
        customers = held.sum(axis=0)
        assert found.toarray() == pytest.approx(expected * customers / (customers + beta))


def alike_names(names: list[str]) -> set[tuple[int, int]]:
    """The pairs that lists call alike: enough shared words, one of them telling in both."""
    found: dict[int, dict[int, tuple[int, bool]]] = {}
    for row, word, shared, is_telling in zip(*named.name_words(names), strict=True):
        found.setdefault(row, {})[word] = shared, is_telling
    return {
        (first, second)
        for first, second in permutations(found, 2)
        if (both := found[first].keys() & found[second].keys())
        and any(found[first][word][1] and found[second][word][1] for word in both)
        and len(both)
        >= max(words[word][0] for words in (found[first], found[second]) for word in both)
    }


def test_names_are_alike_that_share_most_of_their_words() -> None:
    """Three words of five, not of six; equal names; never itself, nor what has no name."""
    names = ["red tea cup", "blue tea cup", "tea cup in a box", "Red tea-cup", "", ""]
    assert alike_names(names) == {(0, 1), (1, 0), (0, 3), (3, 0), (1, 3), (3, 1)}
    five = ["a b c d e", "a b c x y", "a b c x y z"]
    assert alike_names(five) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert [len(column) for column in named.name_words(["", ""])] == [0, 0, 0, 0]


def test_names_that_are_alike_share_a_telling_word() -> None:
    """Of 300 names of one to nine words none that are alike is missed."""
    random = np.random.default_rng(11)
    odds = 1 / np.arange(1, 31)
    sets = [
        set(random.choice(30, random.integers(1, 10), replace=False, p=odds / odds.sum()).tolist())
        for _ in range(300)
    ]
    expected = {
        (first, second)
        for first, second in permutations(range(len(sets)), 2)
        if 10 * len(sets[first] & sets[second]) >= 6 * max(len(sets[first]), len(sets[second]))
    }
    assert alike_names([" ".join(f"w{word}" for word in words) for words in sets]) == expected
    assert len(expected) > 1000


def test_texts_that_share_words_are_alike() -> None:
    """Equal texts have 1, texts without a common word, or without words, 0."""
    texts = ["red tea cup", "red tea cup", "blue tea pot", "wooden horse", ""]
    found = contents.text_neighbors(texts, 5).toarray()
    assert found[0, 1] == pytest.approx(1)
    assert 0 < found[0, 2] < 1
    assert found[3:].sum() == found[:, 3:].sum() == np.diag(found).sum() == 0
    assert contents.text_neighbors(["", ""], 5).nnz == 0
    sets = contents.text_neighbors(["a b", "b c", "c d", "a b"], 5, "jaccard").toarray()
    assert sets[0, 3] == pytest.approx(1)
    # of "a", "b", "c", "a b" the texts have {a, b, a b} and {b, c}
    assert sets[0, 1] == pytest.approx(1 / 4)


def test_sets_are_compared_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few pairs are held at once, similarities are those of the sets themselves."""
    random = np.random.default_rng(7)
    texts = [" ".join(random.permutation(list("abcdefgh"))[:4]) for _ in range(60)]
    words = [set(text.split()) | {f"{a} {b}" for a, b in pairwise(text.split())} for text in texts]
    common = {
        word for word, count in Counter(w for text in words for w in text).items() if count > 1
    }
    words = [text & common for text in words]
    expected = np.array([[len(a & b) / len(a | b) for b in words] for a in words])
    np.fill_diagonal(expected, 0)
    for at_once in (50, 500, 25_000_000):
        monkeypatch.setattr(contents, "PAIRS_AT_ONCE", at_once)
        found = contents.text_neighbors(texts, len(texts), "jaccard").toarray()
        assert found == pytest.approx(expected)


def test_words_of_too_many_texts_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most frequent go first, those of one frequency together, until few pairs are left."""
    texts = [f"cup {color} {number % 9}" for number in range(27) for color in ("red", "blue")]
    # one word stands in all, 4 words and pairs in half, 9 numbers in 6, 18 pairs in 3
    all_pairs = 54**2 + 4 * 27**2 + 9 * 6**2 + 18 * 3**2
    for most, left in [
        (all_pairs, {54: 1, 27: 4, 6: 9, 3: 18}),
        (all_pairs - 1, {27: 4, 6: 9, 3: 18}),
        (all_pairs - 54**2 - 1, {6: 9, 3: 18}),
        (1, {}),
    ]:
        monkeypatch.setattr(contents, "MOST_PAIRS", most)
        found = contents.word_counts(texts)
        assert Counter(np.bincount(found.indices, minlength=found.shape[1]).tolist()) == left


RATED = {
    "all rated": (
        [[5, 3, 4], [4, 5, 2], [2, 4, 5]],
        {(0, 1): 0.906520, (0, 2): 0.885438, (1, 2): 0.844444},
    ),
    "sparse ratings": (
        [[5, 3, 1, 0], [4, 5, 0, 0], [0, 0, 2, 1]],
        {(0, 1): 0.9239, (0, 2): 0.1512},
    ),
    "bought or not": (BOUGHT, {(0, 1): 0.8165, (0, 2): 0.4082}),
    "three by three": ([[5, 0, 3], [0, 5, 0], [4, 2, 0]], {(0, 2): 0.7670, (1, 2): 0.4472}),
}


@pytest.mark.parametrize("name", RATED)
def test_customer_cosine_of_the_worked_examples(name: str) -> None:
    """Cosines of customers' rows, as published."""
    rows, pairs = RATED[name]
    matrix = sparse.csr_matrix(np.array(rows, dtype=float))
    found = alike.customer_neighbors(matrix, np.arange(3), 3).toarray()
    expected = np.zeros((3, 3))
    for (u, v), value in pairs.items():
        expected[u, v] = expected[v, u] = value
    assert found == pytest.approx(expected, abs=1e-4)


def test_pearson_disagrees_with_cosine() -> None:
    """All three correlate below zero in the worked example, so nobody has a neighbor."""
    rows = np.array([[5, 3, 4], [4, 5, 2], [2, 4, 5]], dtype=float)
    found = alike.customer_neighbors(sparse.csr_matrix(rows), np.arange(3), 3, "pearson")
    assert found.nnz == 0
    rows = np.array([[1, 2, 3], [2, 3, 4]], dtype=float)
    found = alike.customer_neighbors(sparse.csr_matrix(rows), np.arange(2), 3, "pearson")
    assert found.toarray() == pytest.approx(np.array([[0, 1], [1, 0]]))
    with pytest.raises(ValueError, match="user_similarity.*use cosine or pearson"):
        alike.customer_neighbors(sparse.csr_matrix(rows), np.arange(2), 3, "euclid")


def test_user_lists_of_the_worked_example() -> None:
    """New to the customer: 1 is offered 103, 2 is offered 102, 3 is offered 100 and 101."""
    rated = np.array([[5, 3, 1, 0], [4, 5, 0, 0], [0, 0, 2, 1]], dtype=float)
    matrix = sparse.csr_matrix(rated)
    similarity = alike.customer_neighbors(matrix, np.arange(3), 3)
    bought = sparse.csr_matrix((rated > 0).astype(float))
    lists = best_new(similarity, matrix, bought, np.ones(4), 4).toarray()
    assert [set(np.flatnonzero(row)) for row in lists] == [{3}, {2}, {0, 1}]


@pytest.mark.parametrize("pairs_at_once", [1, 200_000])
def test_reasons_of_customers_alike_equal_the_dense_formula(
    pairs_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts add up to the score; the largest is named, however few pairs are held at a time."""
    monkeypatch.setattr(neighborly, "PAIRS_AT_ONCE", pairs_at_once)
    random = np.random.default_rng(12)
    held = (random.random((40, 15)) < 0.3).astype(float)
    lately = held * random.random((40, 15))
    customers = np.array([3, 4, 9, 20, 39])
    bought, recently = sparse.csr_matrix(held), sparse.csr_matrix(lately)
    neighbors = alike.customer_neighbors(bought, customers, 7)
    stored = best_new(neighbors, recently, bought[customers], np.ones(15), 15)
    stored.sort_indices()
    unit = unit_rows(bought)
    found = list(neighborly.contributions(unit, recently, customers, neighbors, stored))
    parts = np.vstack([part.toarray() for part in found])
    assert parts.sum(axis=1) == pytest.approx(stored.data)
    reason, share = map(
        np.concatenate, zip(*(neighborly.reasons(part) for part in found), strict=True)
    )
    assert reason.tolist() == parts.round(9).argmax(axis=1).tolist()
    assert share == pytest.approx(parts.max(axis=1) / parts.sum(axis=1))


def test_reasons_of_nothing() -> None:
    """A score that nothing speaks for has no reason; of equal parts the first product is named."""
    parts = sparse.csr_matrix([[0.0, 0, 0], [0, 0.5, 0.5], [-1, 0, 0]])
    product, share = neighborly.reasons(parts)
    assert product.tolist() == [-1, 1, -1]
    assert share.tolist() == [0, 0.5, 0]


def test_factorization_of_the_worked_example() -> None:
    """All cells given, rank 2: squared error 2.7225, the square of the third singular value."""
    dense = np.array([[5, 0, 3], [0, 5, 0], [4, 2, 0]], dtype=float)
    places = np.indices(dense.shape).reshape(2, -1)
    cells = sparse.csr_matrix((dense.ravel(), places), shape=dense.shape)
    users, items = factors.fit_ratings(cells, 2, 1e-9, 500)
    assert ((dense - users @ items.T) ** 2).sum() == pytest.approx(2.7225, abs=1e-3)


def test_rated_cells_alone_are_fitted() -> None:
    """What is not rated is not taken for zero: half of a matrix of rank one gives it all."""
    random = np.random.default_rng(9)
    truth = np.outer(random.uniform(1, 2, 30), random.uniform(1, 2, 20))
    seen = random.random(truth.shape) < 0.5
    users, items = factors.fit_ratings(sparse.csr_matrix(truth * seen), 1, 1e-6, 100)
    assert users @ items.T == pytest.approx(truth, abs=1e-2)


def test_implicit_factors_do_not_depend_on_threads() -> None:
    """The same vectors to the last bit, on one thread or two."""
    random = np.random.default_rng(10)
    matrix = sparse.csr_matrix((random.random((90, 40)) < 0.2).astype(float))
    one, two = (factors.fit_implicit(matrix, 8, 0.01, 5, threads) for threads in (1, 2))
    assert np.array_equal(one.user_factors, two.user_factors)
    assert np.array_equal(one.item_factors, two.item_factors)


@pytest.mark.parametrize("is_rated", [False, True])
def test_customers_that_are_not_fitted_are_solved_for(is_rated: bool) -> None:
    """Their vectors are the least squares of what they have, products being given."""
    random = np.random.default_rng(14)
    values = random.integers(1, 6, (60, 30)) * (random.random((60, 30)) < 0.3).astype(float)
    values[:, 0] += values.sum(axis=1) == 0
    matrix, fitted = sparse.csr_matrix(values), np.arange(0, 60, 2)
    users, items = factors.fit(matrix, fitted, is_rated)
    for user in range(1, 60, 2):
        had = values[user] > 0
        rows, weights = items[had], values[user, had]
        left = rows.T @ rows * is_rated + 0.1 * (had.sum() if is_rated else 1) * np.eye(64)
        if not is_rated:
            left += items.T @ items + rows.T @ np.diag(weights - 1) @ rows
        assert users[user] == pytest.approx(np.linalg.solve(left, rows.T @ weights), abs=1e-4)
    alone = factors.fit(matrix[fitted], np.arange(30), is_rated)
    assert np.array_equal(users[fitted], alone[0])
    assert np.array_equal(items, alone[1])


def test_best_products_equal_the_dense_formula() -> None:
    """Vectors' products × trend over products not bought."""
    random = np.random.default_rng(11)
    users, items = random.normal(size=(25, 4)), random.normal(size=(12, 4))
    trend, bought = random.random(12), random.random((25, 12)) < 0.2
    trend[2] = 0
    known = sparse.csr_matrix(bought)
    expected = users @ items.T * trend
    expected[bought] = 0
    expected = np.maximum(expected, 0)
    rows, columns, values = factorized.best_products(users, items, trend, known, 12)
    found = np.zeros_like(expected)
    found[rows, columns] = values
    assert found == pytest.approx(expected, abs=1e-5)  # in single precision
    rows, columns, values = factorized.best_products(users, items, trend, known, 2)
    assert np.bincount(rows).max() <= 2
    best = np.zeros(25)
    np.maximum.at(best, rows, values)
    assert best == pytest.approx(expected.max(axis=1), abs=1e-5)


@pytest.mark.parametrize("is_rated", [False, True])
@pytest.mark.parametrize("held_at_once", [1, 16_000_000])
def test_reasons_of_factors_equal_the_dense_formula(
    is_rated: bool, held_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts add up to the least squares' score; the largest is named, however few are held."""
    monkeypatch.setattr(factorized, "HELD_AT_ONCE", held_at_once)
    random = np.random.default_rng(13)
    ratings = random.integers(1, 6, (20, 9)) * (random.random((20, 9)) < 0.4)
    ratings[:, 0] += ratings.sum(axis=1) == 0  # everybody has something
    history, items = sparse.csr_matrix(ratings.astype(float)), random.normal(size=(9, 3))
    pairs = np.argwhere(random.random((20, 9)) < 0.5)
    found = factorized.reasons(history, items, *pairs.T, 0.2, is_rated)
    for (user, item), product, share in zip(pairs, *found, strict=True):
        had = np.flatnonzero(ratings[user])
        rows, values = items[had], ratings[user, had]
        if is_rated:
            left = rows.T @ rows + 0.2 * len(had) * np.eye(3)
        else:
            left = items.T @ items + rows.T @ np.diag(values - 1) @ rows + 0.2 * np.eye(3)
        parts = values * (rows @ np.linalg.solve(left, items[item]))
        vector = np.linalg.solve(left, rows.T @ values)
        assert parts.sum() == pytest.approx(vector @ items[item])
        parts = np.maximum(parts, 0)
        assert share == pytest.approx(parts.max() / max(parts.sum(), 1e-12))
        assert product == had[parts.argmax()]
    if is_rated:
        assert factors.solve(history, items, 0.2)[user] == pytest.approx(vector)


def test_best_new_equals_the_dense_formula() -> None:
    """Weights × similarities × trend over products not bought, those without trend left out."""
    random = np.random.default_rng(4)
    profile = random.normal(size=(40, 20)) * (random.random((40, 20)) < 0.3)
    bought = (profile != 0) & (random.random((40, 20)) < 0.7)
    similarity = random.normal(size=(20, 20)) * (random.random((20, 20)) < 0.5)
    trend = random.random(20)
    trend[3] = 0
    expected = np.maximum(profile @ similarity * trend, 0)
    expected[bought] = 0
    given = [sparse.csr_matrix(values) for values in (profile, similarity, bought.astype(float))]
    found = best_new(*given, trend, 20).toarray()
    assert found == pytest.approx(expected, abs=1e-9)
    best = best_new(*given, trend, 3).toarray()
    assert (best > 0).sum(axis=1).max() <= 3
    assert best.max(axis=1) == pytest.approx(expected.max(axis=1))


def points_in_a_row(count: int) -> np.ndarray:
    """(1, 1), (2, 2), … of the worked examples."""
    return np.repeat(np.arange(1.0, count + 1), 2).reshape(-1, 2)


def fit_raw(points: np.ndarray, segments: int) -> tuple[np.ndarray, float]:
    """Centers of so many segments of points as they are, and their inertia."""
    largest = len(np.unique(points, axis=0))
    found = fits.fit(points, largest)[segments]
    return found, fits.compactness(points, found)["inertia"]


def test_k_means_of_the_worked_examples() -> None:
    """(1,1) … (4,4): centers (1.5, 1.5) and (3.5, 3.5), inertia 2; (1,1) … (5,5): inertia 5."""
    four = points_in_a_row(4)
    found, inertia = fit_raw(four, 2)
    assert inertia == pytest.approx(2)
    labels = fits.assign(four, found)
    ordered = fits.in_order(found, labels, np.array([1.0, 1, 9, 9]))
    assert ordered.tolist() == [[3.5, 3.5], [1.5, 1.5]]  # the more valuable segment first
    assert fits.assign(four, ordered).tolist() == [1, 1, 0, 0]
    assert fits.silhouettes(four, [labels]) == pytest.approx([0.4667], abs=1e-4)
    assert fit_raw(points_in_a_row(5), 2)[1] == pytest.approx(5)


def test_one_pass_of_the_worked_example() -> None:
    """{1, 2}, {3, 4, 5} of (1,1) … (5,5): inertia 5, silhouette .4676."""
    five = points_in_a_row(5)
    centers = np.array([[1.5, 1.5], [4.0, 4.0]])
    labels = fits.assign(five, centers)
    assert labels.tolist() == [0, 0, 1, 1, 1]
    assert fits.compactness(five, centers)["inertia"] == pytest.approx(5)
    assert fits.silhouettes(five, [labels]) == pytest.approx([0.4676], abs=1e-4)


def test_k_means_of_the_rating_matrix() -> None:
    """[[5, 0, 3], [0, 5, 0], [4, 2, 0]]: raw inertia 7, z-scored 2.7801."""
    matrix = np.array([[5.0, 0, 3], [0, 5, 0], [4, 2, 0]])
    assert fit_raw(matrix, 2)[1] == pytest.approx(7)
    points, _, _ = fits.standardize(matrix)
    assert fit_raw(points, 2)[1] == pytest.approx(2.7801, abs=1e-4)


def test_a_tie_goes_to_the_lower_label() -> None:
    """From centers (1,1) and (3,3) the point (2,2) is the first's."""
    assert fits.assign(np.array([[2.0, 2.0]]), np.array([[1.0, 1], [3, 3]])).tolist() == [0]


def test_constant_feature_and_few_customers() -> None:
    """A constant feature is all zeros; there are no more segments than different points."""
    points = np.array([[1.0, 7], [1, 7], [2, 7], [3, 7]])
    found = fits.fit_all(points, np.zeros(4), 10)
    assert [row["segment_count"] for row in found] == [1, 2, 3]
    assert (np.array(found[2]["centers"])[:, 1] == 0).all()
    for few in (points[:1], points[:2], points[1:3]):
        rows = fits.fit_all(few, np.zeros(len(few)), 10)
        assert len(rows) == len(np.unique(few, axis=0))
        assert all("stability" not in row for row in rows)  # one segment, or each customer one


def groups_of_three(count: int) -> np.ndarray:
    """So many customers around each of three points that are far apart."""
    random = np.random.default_rng(5)
    middles = np.array([[0.0, 0], [9, 0], [0, 9]])
    return np.concatenate([middle + random.normal(size=(count, 2)) for middle in middles])


def test_well_separated_groups_are_stable() -> None:
    """Three clear groups are found again; five segments of them are not."""
    worth = np.repeat([1.0, 2.0, 3.0], 80)
    found = fits.fit_all(groups_of_three(80), worth, 5)
    assert found[2]["stability"] > 0.99 > found[4]["stability"]
    assert max(found[1:], key=lambda row: row["silhouette"])["segment_count"] == 3
    # by mean worth, most valuable first: the third group, the second, the first
    three = np.array(found[2]["centers"])
    assert three[:, 1].argmax() == 0
    assert three[:, 0].argmax() == 1


def test_refits_search_anew() -> None:
    """Four segments of three groups: refits halve this group or that, so their Rand index is low.

    Started from the segments of all customers, each refit would find these again.
    """
    points = groups_of_three(80)
    found = fits.refits(points, 5)
    centers = fits.fit(points, 5)[4]
    labels = fits.assign(points, centers)
    none_small = np.array([], dtype=int)
    again = [(places, of_sample[4]) for places, of_sample in found]
    anew = fits.stability(points, labels, none_small, again)
    assert anew["stability"] < 0.9
    same = fits.stability(points, labels, none_small, [(found[0][0], centers)])
    assert same["stability"] == 1


def test_jaccard_of_the_customers_in_common() -> None:
    """A segment is found again with two of its three customers and a stranger: 2 / 4.

    Over two samples, of which the other draws none of them, the mean is .25.
    """
    first = np.array([0, 0, 0, 1, 1, 1])
    second = np.array([2, 2, 0, 2, 0, 0])
    assert fits.best_jaccard(first, second, 0) == 0.5
    assert fits.best_jaccard(first[3:], second[3:], 0) == 0
    points = np.array([[1.0], [1], [2], [1], [3], [3]])
    refit = np.array([[3.0], [9], [1]])
    refitted = [(np.arange(6), refit), (np.array([3, 4, 5]), refit)]
    figures = fits.stability(points, first, np.array([0]), refitted)
    assert figures["small_segment_jaccard"] == 0.25
    assert figures["small_segment_count"] == 1


def test_small_segments_are_judged_by_themselves() -> None:
    """Three customers far from 240 others are found again, where halves of the others are not."""
    random = np.random.default_rng(15)
    points = np.concatenate([random.normal(size=(240, 2)), np.full((3, 2), 40.0)])
    points[-3:] += [[0, 0], [1, 0], [0, 1]]
    found = fits.fit_all(points, np.ones(len(points)), 4)
    assert [row["small_segment_count"] for row in found[1:]] == [1, 1, 1]
    assert [row["small_segment_jaccard"] for row in found[1:]] == [1, 1, 1]
    assert found[1]["stability"] == 1 > found[2]["stability"]
    assert found[1]["stability_deviation"] == 0 < found[2]["stability_deviation"]


def test_order_of_rows_changes_nothing() -> None:
    """The same fits to the last bit, in whatever order customers come."""
    random = np.random.default_rng(16)
    points = np.log1p(random.gamma(1, 2, size=(300, 3))).round(1)
    worth = random.integers(0, 9, len(points)).astype(float)
    order = random.permutation(len(points))
    one, other = fits.fit_all(points, worth, 4), fits.fit_all(points[order], worth[order], 4)
    for row, again in zip(one, other, strict=True):
        for name, value in row.items():
            assert np.array_equal(value, again[name]), name


def test_few_starts_are_as_good_as_many() -> None:
    """Squares beside the best of fifty restarts, on customers without any groups.

    Fifty restarts from another seed differ by up to .3 %.
    """
    random = np.random.default_rng(6)
    points, _, _ = fits.standardize(np.log1p(random.gamma(1, 2, size=(1_000, 3))))
    found = fits.fit_all(points, np.ones(len(points)), 10)
    ratios = [
        row["inertia"]
        / KMeans(row["segment_count"], n_init=50, random_state=1).fit(points).inertia_
        for row in found
    ]
    assert max(ratios) <= 1.005
    assert np.mean(ratios) <= 1.001


def test_figures_equal_scikit_learn() -> None:
    """Adjusted Rand index and silhouettes, of several divisions and one customer alone."""
    random = np.random.default_rng(7)
    points = random.normal(size=(300, 4))
    first, second = random.integers(0, 3, 300), random.integers(0, 5, 300)
    second[first == 0] = 0
    second[0] = 5
    assert fits.adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second))
    assert fits.adjusted_rand(first, 2 - first) == 1
    divisions = [first, second, np.zeros(300, dtype=int)]
    expected = [silhouette_score(points, first), silhouette_score(points, second), np.nan]
    assert fits.silhouettes(points, divisions) == pytest.approx(expected, nan_ok=True)


def test_principal_components_are_scikit_learns() -> None:
    """Directions and shares as of PCA, the largest loading above 0; no third thing is made up."""
    random = np.random.default_rng(3)
    values = random.normal(size=(400, 4)) @ np.diag([3, 2, 1, 1]) @ random.normal(size=(4, 4))
    points, *_ = fits.standardize(values)
    components, shares = fits.principal_components(points)
    expected = PCA(2).fit(points)
    assert np.abs(components) == pytest.approx(np.abs(expected.components_), abs=1e-8)
    assert shares == pytest.approx(expected.explained_variance_ratio_, abs=1e-8)
    largest = np.abs(components).argmax(axis=1)
    assert (components[[0, 1], largest] > 0).all()
    assert (components @ components.T).round(8).tolist() == np.eye(2).tolist()


@pytest.mark.parametrize(
    ("values", "shares"),
    [
        ([[1.0, 2.0, 3.0]], [0, 0]),  # one customer
        ([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]], [1, 0]),  # a constant feature
        ([[1.0], [2.0], [4.0]], [1, 0]),  # one feature
        ([[2.0, 2.0], [2.0, 2.0]], [0, 0]),  # customers who do not differ
    ],
)
def test_principal_components_that_are_not_there(values: list, shares: list) -> None:
    """A direction in which nobody differs is 0 and explains nothing."""
    points, *_ = fits.standardize(np.array(values))
    components, found = fits.principal_components(points)
    assert found.tolist() == shares
    assert np.linalg.norm(components, axis=1).round(6).tolist() == shares


def test_wards_groups_are_scikit_learns() -> None:
    """For each number of groups the same division as of AgglomerativeClustering."""
    points = np.random.default_rng(5).normal(size=(200, 3))
    for count, labels in alternative.by_ward(points, 6).items():
        expected = AgglomerativeClustering(count).fit_predict(points)
        assert adjusted_rand_score(labels, expected) == 1, count


def test_alternatives_find_groups_and_show_noise_as_noise() -> None:
    """Three groups of eighty, and thirty strewn far around: the same figures in another order."""
    random = np.random.default_rng(1)
    strewn = random.uniform(-40, 50, size=(30, 2))
    points = np.vstack([groups_of_three(80), strewn])
    worth, order = np.ones(len(points)), random.permutation(len(points))
    found = list(alternative.alternatives(points, worth, ["ward", "hdbscan"], 4))
    again = list(alternative.alternatives(points[order], worth, ["ward", "hdbscan"], 4))
    assert found == again
    assert [(row["method"], row["segment_count"]) for row in found] == [
        ("ward", 2),
        ("ward", 3),
        ("ward", 4),
        ("hdbscan", 3),
    ]
    assert [row["noise_share"] for row in found[:3]] == [0, 0, 0]
    assert found[3]["noise_share"] == pytest.approx(30 / 270, abs=0.02)
    assert found[3]["stability"] > 0.8


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1.0, 2.0]], []),
        (
            [[1.0, 2.0]] * 30,
            [{"method": "hdbscan", "segment_count": 0, "customer_count": 30, "noise_share": 1.0}],
        ),
    ],
)
def test_alternatives_where_nobody_differs(rows: list, expected: list[dict]) -> None:
    """One customer is no group, and thirty who are alike are noise without figures."""
    values = np.array(rows)
    found = alternative.alternatives(values, np.ones(len(values)), ["ward", "hdbscan"], 4)
    assert list(found) == expected
