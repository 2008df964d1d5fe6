"""The functions of the Python models, against worked examples and independent computations."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.metrics import silhouette_score

MODELS = Path(__file__).resolve().parents[2] / "models/ml"
# customers 1 to 3 by products 100 to 103 of the worked example
BOUGHT = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=float)


def load(name: str) -> ModuleType:
    """A Python model as a module: dbt ships one file, so it is imported by its path."""
    spec = importlib.util.spec_from_file_location(name, MODELS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


similarities = load("ml_product_similarities")
discoveries = load("ml_discover_scores")
centers = load("ml_segment_centers")
scores = load("ml_segment_scores")


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
    best = discoveries.discover(
        sparse.csr_matrix(np.ones((3, 1))), sparse.csr_matrix((1, 1)), np.ones(1), 5
    )
    assert best.nnz == 0


def test_unknown_weighting_is_refused() -> None:
    """The message names the var and what it may be."""
    with pytest.raises(ValueError, match="similarity_weighting.*use none, history or idf"):
        similarities.user_weights(sparse.csr_matrix(BOUGHT), "cube")


def test_similarities_do_not_depend_on_the_order_of_rows() -> None:
    """The same pairs in another order give the same bits."""
    random = np.random.default_rng(3)
    rows, columns = (random.random((300, 40)) < 0.1).nonzero()
    shuffle = random.permutation(len(rows))
    one = similarities.cosine_neighbors(similarities.to_matrix(rows, columns), 10, "history", 1)
    other = similarities.cosine_neighbors(
        similarities.to_matrix(rows[shuffle], columns[shuffle]), 10, "history", 2
    )
    assert (one != other).nnz == 0


def test_discover_equals_the_dense_formula() -> None:
    """Weights × similarities × trend over products not bought, those without trend left out."""
    random = np.random.default_rng(4)
    profile = random.random((40, 20)) * (random.random((40, 20)) < 0.2)
    similarity = random.random((20, 20)) * (random.random((20, 20)) < 0.5)
    trend = random.random(20)
    trend[3] = 0
    expected = profile @ similarity * trend
    expected[profile > 0] = 0
    found = discoveries.discover(
        sparse.csr_matrix(profile), sparse.csr_matrix(similarity), trend, 20
    ).toarray()
    assert found == pytest.approx(expected, abs=1e-9)
    best = discoveries.discover(
        sparse.csr_matrix(profile), sparse.csr_matrix(similarity), trend, 3
    ).toarray()
    assert (best > 0).sum(axis=1).max() <= 3
    assert best.max(axis=1) == pytest.approx(expected.max(axis=1))


def sample_of(points: np.ndarray, worth: np.ndarray | None = None) -> pd.DataFrame:
    """Points in the long shape of int_segment_samples."""
    customers, features = points.shape
    return pd.DataFrame(
        {
            "customer_id": np.repeat([f"c{n:04}" for n in range(customers)], features),
            "feature_number": np.tile(np.arange(1, features + 1), customers),
            "feature": np.tile([f"f{n}" for n in range(features)], customers),
            "log_value": points.ravel().astype(float),
            "monetary_amount": np.repeat(np.zeros(customers) if worth is None else worth, features),
        }
    )


def test_k_means_of_the_worked_examples() -> None:
    """(1,1) … (4,4): centers (1.5, 1.5) and (3.5, 3.5), inertia 2; (1,1) … (5,5): inertia 5."""
    four, five = (np.repeat(np.arange(1.0, n + 1), 2).reshape(-1, 2) for n in (4, 5))
    found, inertia = centers.fit(four, np.array([1.0, 1, 9, 9]), 2)
    assert found.tolist() == [[3.5, 3.5], [1.5, 1.5]]  # the more valuable segment first
    assert inertia == pytest.approx(2)
    labels = scores.assign(four, found)
    assert labels.tolist() == [1, 1, 0, 0]
    assert silhouette_score(four, labels) == pytest.approx(0.4667, abs=1e-4)
    assert centers.fit(five, np.ones(5), 2)[1] == pytest.approx(5)


def test_k_means_of_the_rating_matrix() -> None:
    """[[5, 0, 3], [0, 5, 0], [4, 2, 0]]: raw inertia 7, z-scored 2.7801."""
    matrix = np.array([[5.0, 0, 3], [0, 5, 0], [4, 2, 0]])
    assert centers.fit(matrix, np.zeros(3), 2)[1] == pytest.approx(7)
    points, _, _ = centers.standardize(matrix)
    assert centers.fit(points, np.zeros(3), 2)[1] == pytest.approx(2.7801, abs=1e-4)


def test_a_tie_goes_to_the_lower_label() -> None:
    """From centers (1,1) and (3,3) the point (2,2) is the first's."""
    assert scores.assign(np.array([[2.0, 2.0]]), np.array([[1.0, 1], [3, 3]])).tolist() == [0]


def test_constant_feature_and_few_customers() -> None:
    """A constant feature is all zeros; there are no more segments than different points."""
    points = np.array([[1.0, 7], [1, 7], [2, 7], [3, 7]])
    found = centers.fit_all(sample_of(points), 10)
    assert found["segment_count"].unique().tolist() == [1, 2, 3]
    assert (found.loc[found["feature"] == "f1", "center"] == 0).all()
    figures = scores.score_all(sample_of(points), found)
    assert figures["segment_count"].tolist() == [1, 2, 3]
    alone = centers.fit_all(sample_of(points[:1]), 10)
    assert alone["segment_count"].unique().tolist() == [1]
    assert scores.score_all(sample_of(points[:1]), alone)["stability"].isna().all()


def test_well_separated_groups_are_stable() -> None:
    """Three clear groups are found again; five segments of them are not."""
    random = np.random.default_rng(5)
    middles = np.array([[0.0, 0], [9, 0], [0, 9]])
    points = np.concatenate([middle + random.normal(size=(80, 2)) for middle in middles])
    found = centers.fit_all(sample_of(points, np.repeat([1.0, 2.0, 3.0], 80)), 5)
    figures = scores.score_all(sample_of(points), found).set_index("segment_count")
    assert figures.loc[3, "stability"] > 0.99 > figures.loc[5, "stability"]
    assert figures["silhouette"].idxmax() == 3
    # by mean worth, most valuable first: the third group, the second, the first
    three = found[found["segment_count"] == 3].pivot(
        index="segment", columns="feature", values="center"
    )
    assert three["f1"].idxmax() == 1
    assert three["f0"].idxmax() == 2
