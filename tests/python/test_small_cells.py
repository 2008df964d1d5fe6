"""Small groups cannot be read from a report, nor found by subtraction; all are guarded."""

import re
from itertools import product

import duckdb
import jinja2
import numpy as np
import pytest
from conftest import PROJECT

SIZE = 5
MACRO = (PROJECT / "macros/calculations/small_cells.sql").read_text("utf-8")
# reports without groups of people, each with what its rows are
WITHOUT_PEOPLE = {
    "rpt_assumptions": "assumptions",
    "rpt_campaigns": "whole campaigns",
    "rpt_churn_candidates": "methods, over all customers",
    "rpt_complaint_topics": "words",
    "rpt_data_quality": "columns",
    "rpt_demand_candidates": "methods, over products",
    "rpt_demand_history": "units of products",
    "rpt_drift": "features, over all customers",
    "rpt_drift_history": "features, over all customers",
    "rpt_feature_relevance": "features, over all customers",
    "rpt_input_changes": "tables and columns",
    "rpt_lifetime_value_coverage": "methods, over all customers",
    "rpt_lifetime_value_fit": "parameters",
    "rpt_list_choices": "blends, over all customers",
    "rpt_missing_inputs": "tables",
    "rpt_product_bundles": "rules of products",
    "rpt_propensity_candidates": "methods, over all visitors",
    "rpt_recommendation_methods": "methods, over all customers",
    "rpt_rejections": "raw rows",
    "rpt_roc_curve": "thresholds, over all customers",
    "rpt_segment_components": "directions, over all customers",
    "rpt_shop": "the shop",
    "rpt_spend_candidates": "methods, over all customers",
}

PEOPLE = {
    "customer_count",
    "visitor_count",
    "author_count",
    "contacted_count",
    "due_customer_count",
    "rows_scored",  # customers of a slice
}


def test_every_report_is_guarded() -> None:
    """A report ends with the macro, or is on the list of those that have no groups of people."""
    reports = {file.stem: file for file in (PROJECT / "models").rglob("rpt_*.sql")}
    unguarded = {
        name for name, file in reports.items() if "without_small_cells(" not in file.read_text()
    }
    assert unguarded == set(WITHOUT_PEOPLE)


def test_every_report_counts_people() -> None:
    """Five visits, orders or reviews may be of one customer, so these alone are no guard."""
    for file in (PROJECT / "models").rglob("rpt_*.sql"):
        guarded = re.search(
            r"without_small_cells\(.*?counts=\[(.*?)\]", file.read_text(), re.DOTALL
        )
        if guarded:
            assert set(re.findall(r"\w+", guarded[1])) & PEOPLE, file.stem


def suppressed(rows: list[tuple], keys: list[str], totals: list[list[str]]) -> dict[tuple, bool]:
    """{keys: whether it is suppressed} of rows (keys…, count), whose amount is 10 × the count."""
    columns = {name: {} for name in [*keys, "customer_count", "amount", "is_suppressed"]}
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {"model": {"columns": columns}, "min_cell_size": lambda: SIZE}
    environment.globals["return"] = str
    own = re.sub(r"{% macro min_cell_size.*?endmacro %}", "", MACRO, flags=re.DOTALL)
    call = f"{{{{ without_small_cells('final', ['customer_count'], {keys}, {totals}) }}}}"
    query = environment.from_string(own + call).render()
    with duckdb.connect() as connection:
        names = ", ".join(f"{name} integer" for name in [*keys, "customer_count", "amount"])
        connection.execute(f"create table final ({names})")
        marks = ", ".join("?" * (len(keys) + 2))
        connection.executemany(
            f"insert into final values ({marks})", [(*row, 10 * row[-1]) for row in rows]
        )
        found = connection.execute(query).fetchall()
    assert len(found) == len(rows)
    for row in found:
        hidden = row[-1]
        assert all((value is None) == hidden for value in row[len(keys) : -1])
    return {row[: len(keys)]: row[-1] for row in found}


def test_a_small_group_and_the_next_smallest_are_hidden() -> None:
    """Of 3, 40, 7 and 0 customers the 3 go, and the 7 with them, or 50 - 47 would tell."""
    rows = [(1, 3), (2, 40), (3, 7), (4, 0)]
    found = suppressed(rows, ["place"], [[]])
    assert found == {(1,): True, (2,): False, (3,): True, (4,): False}


def test_without_a_total_the_small_group_alone_is_hidden() -> None:
    """Where rows add up to nothing that is known, a subtraction tells nothing."""
    found = suppressed([(1, 3), (2, 40), (3, 7)], ["place"], [])
    assert found == {(1,): True, (2,): False, (3,): False}


def test_two_small_groups_hide_each_other_if_they_are_enough() -> None:
    """3 and 4 are seven customers together; 1 and 2 are three, and another has to go."""
    assert not suppressed([(1, 3), (2, 4), (3, 9)], ["place"], [[]])[(3,)]
    assert suppressed([(1, 1), (2, 2), (3, 9)], ["place"], [[]])[(3,)]


@pytest.mark.parametrize("seed", range(40))
def test_no_subtraction_tells_of_a_small_group(seed: int) -> None:
    """In any table of two ways, each line's hidden cells are two or more, of five or more."""
    random = np.random.default_rng(seed)
    shape = random.integers(2, 6, size=2)
    counts = random.integers(0, 14, size=shape)
    cells = list(product(range(shape[0]), range(shape[1])))
    rows = [(*cell, int(counts[cell])) for cell in cells]
    found = suppressed(rows, ["across", "down"], [["across"], ["down"]])
    hidden = np.array([found[cell] for cell in cells]).reshape(shape)
    assert hidden[(counts > 0) & (counts < SIZE)].all()
    assert not hidden[counts == 0].any()
    if not ((counts > 0) & (counts < SIZE)).any():
        assert not hidden.any()
    for line, gone in [*zip(counts, hidden, strict=True), *zip(counts.T, hidden.T, strict=True)]:
        whole = gone[line > 0].all()
        assert not gone.any() or whole or (gone.sum() > 1 and line[gone].sum() >= SIZE)
