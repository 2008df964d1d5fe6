"""docs/TERMS.md names only what there is, and every mart; what is not here has a reason."""

import re

import pytest
from conftest import PROJECT, ManyRuns
from test_house import MARTS

PAGE = PROJECT / "docs/TERMS.md"
COLUMN = re.compile(r"`((?:dim|fct|rpt)_\w+)(?:\.(\w+))?`")
LINK = re.compile(r"\[[^\]]+\]\(([^)#]*)(?:#([\w-]+))?\)")
REASON = re.compile(r"Not here(, because| yet:) \S+( \S+){4,}\.")
KNOWN = """
    recency; frequency; RFM; cohort; churn; retention; as-of date; leakage; point in time;
    backtest; censoring; hazard; drift; PSI; cosine; Pearson; Jaccard; EASE; ALS; precision;
    recall; F1; nDCG; MAP; MRR; coverage; novelty; diversity; cold start; support;
    confidence; lift; conviction; k-means; elbow; silhouette; Davies-Bouldin;
    Calinski-Harabasz; adjusted Rand index; Gini coefficient; DBSCAN; PCA; k-fold;
    bootstrap; federated learning; transfer learning; ROC; AUC; Brier; calibration; Holm;
    DeLong; Student's t; entropy; information gain; decision tree; random forest; gradient
    boosting; hidden Markov model; SHAP; LIME; CLV; BG/NBD; Pareto/NBD; Gamma-Gamma; ARIMA;
    Croston; TSB; WAPE; MASE; RMSSE; TF-IDF; NMF; BERT; CNN; LSTM; transformer; GNN; GAN;
    A/B test; uplift; propensity to buy; propensity score; bandit; reinforcement learning;
    isolation forest; fairness; next best action; anomaly detection; safety stock
"""


def rows() -> list[tuple[str, str, str]]:
    """(term, what it is, where) of every row of the page's tables."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    assert all(len(row) == 3 for row in cells)
    stripped = [tuple(cell.strip() for cell in row) for row in cells]
    return [row for row in stripped if row[0] not in ("term", "---")]


@pytest.fixture(scope="module")
def marts(many_runs: ManyRuns) -> dict[str, set[str]]:
    """{mart: its columns} of dbt's manifest."""
    nodes = many_runs.manifest.to_dict()["nodes"].values()
    return {
        node["name"]: set(node["columns"])
        for node in nodes
        if node["resource_type"] == "model" and node["name"].startswith(MARTS)
    }


def test_every_term_stands_once() -> None:
    """Each has a sentence, and none is there twice; those of the field are there."""
    terms = [name.strip() for term, _, _ in rows() for name in term.split(",")]
    assert len(terms) == len(set(terms))
    assert not {" ".join(name.split()) for name in KNOWN.split(";")} - set(terms)
    assert all(what.endswith(".") for _, what, _ in rows())


def test_every_term_is_somewhere_or_not_here_with_a_reason() -> None:
    """The third cell has a column or a page; or else a whole sentence says why it is not here."""
    for term, _, where in rows():
        if where.startswith("Not here"):
            assert REASON.fullmatch(where), term
        else:
            rest = LINK.sub("", COLUMN.sub("", where))
            assert rest.strip(" ,") == "", f"{term}: {rest}"
            assert all(column for _, column in COLUMN.findall(where)), term
            assert COLUMN.search(where) or LINK.search(where), term


def test_every_column_is_one_of_its_mart(marts: dict[str, set[str]]) -> None:
    """What is named as a mart is one, and what is named as its column is one of it."""
    named = COLUMN.findall(PAGE.read_text(encoding="utf-8"))
    assert not {mart for mart, _ in named} - marts.keys()
    missing = {(mart, column) for mart, column in named if column and column not in marts[mart]}
    assert not missing


def test_every_mart_is_named(marts: dict[str, set[str]]) -> None:
    """A reader finds each table of the project by a term that it answers to."""
    named = {mart for _, _, where in rows() for mart, _ in COLUMN.findall(where)}
    assert not marts.keys() - named


def test_every_link_leads_somewhere() -> None:
    """A page or file that is linked is there, and so is the heading of this page."""
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    for path, anchor in LINK.findall(text):
        assert not path or (PAGE.parent / path).is_file(), path
        assert path or anchor in anchors, anchor
