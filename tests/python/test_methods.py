"""A method of recommending is added by a file and a line, then told and scored like all others."""

import shutil
from dataclasses import replace

import pytest
from conftest import FEW_SEGMENTS, PROJECT, Shop

pytestmark = pytest.mark.shops

CANDIDATES = "marts.fct_recommendation_candidates"
# products of one category, the more alike the nearer their numbers
SAME_SHELF = """
with texts as (

    select * from {{ ref('int_product_texts') }}

)

select
    texts.as_of_date,
    texts.product_index,
    neighbors.product_index as neighbor_index,
    1 / cast(1 + abs(texts.product_index - neighbors.product_index) as double) as similarity

from texts

inner join texts as neighbors
    on
        texts.as_of_date = neighbors.as_of_date
        and texts.category = neighbors.category
        and texts.product_index != neighbors.product_index
"""
EXTRA_METHODS = {
    "own_favorites": {"model": "int_own_favorites", "kind": "customers", "list": "buy_again"},
    "second_ease": {"model": "ml_item_ease", "kind": "neighbors"},
    "same_shelf": {"model": "int_same_shelf", "kind": "neighbors", "wording": "alike"},
}


@pytest.fixture(scope="module")
def shop(sample_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample shop in a project with two more models, and three more methods."""
    project = tmp_path_factory.mktemp("adapted")
    for folder in ("models", "macros", "seeds", "src", "tests/generic"):
        shutil.copytree(PROJECT / folder, project / folder)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, project)
    methods = project / "models/recommendations/methods"
    shutil.copy(methods / "int_personal_frequency.sql", methods / "int_own_favorites.sql")
    (methods / "int_same_shelf.sql").write_text(SAME_SHELF, encoding="utf-8")
    variables = {
        **FEW_SEGMENTS,
        "extra_methods": EXTRA_METHODS,
        "discover_methods": ["same_shelf"],
        "list_choices": {"discover": "default"},
        "fallback_methods": ["popular"],
    }
    shop = Shop(tmp_path_factory.mktemp("shop"), {**sample_shop.variables, **variables})
    return replace(shop, project=project).up_to(
        "fct_customer_recommendations",
        "fct_recommendation_candidates",
        "rpt_recommendation_methods",
        "rpt_model_scorecard",
    )


@pytest.mark.parametrize(
    ("copy", "method"), [("own_favorites", "personal_frequency"), ("second_ease", "item_ease")]
)
def test_a_copy_is_told_and_scored_like_its_original(shop: Shop, copy: str, method: str) -> None:
    """Under another name a model gives the same candidates, sentences, list and figures."""
    for table in (CANDIDATES, "marts.rpt_model_scorecard"):
        rows = f"select * exclude (method) from {table} where method = "
        assert shop.value(f"select count(*) from {table} where method = '{copy}'") > 100
        for one, other in ((copy, method), (method, copy)):
            assert shop.rows(f"{rows} '{one}' except all {rows} '{other}'") == []


def test_favorites_are_told_as_bought(shop: Shop) -> None:
    """Nobody is told that they looked at what they bought."""
    assert shop.rows(
        f"select distinct left(reason, 12), reason_product_id = product_id from {CANDIDATES} "
        "where method = 'own_favorites'"
    ) == [("Bought it on", True)]


def test_a_method_of_a_file_is_on_the_list(shop: Shop) -> None:
    """Discover is made of the added method; its reasons are worded as declared, and parts of it."""
    methods = shop.rows(
        "select distinct method from marts.fct_customer_recommendations "
        "where list = 'discover' order by 1"
    )
    assert methods == [("popular",), ("same_shelf",)]
    assert shop.rows(
        "select count(*) > 1000, bool_and(reason like 'Like %, which this one %'), "
        "bool_and(product.category = because.category) "
        "from marts.fct_customer_recommendations as lists "
        "inner join marts.dim_products as product using (product_id) "
        "inner join marts.dim_products as because on because.product_id = reason_product_id "
        "where method = 'same_shelf'"
    ) == [(True, True, True)]
    assert shop.value(
        "select count(*) from marts.rpt_recommendation_methods "
        "where method = 'same_shelf' and reason_for_none is null"
    ) == len(shop.rows("select distinct as_of_date from marts.fct_customer_recommendations"))


def test_rules_are_methods(shop: Shop) -> None:
    """Popular and frequency have as many candidates as any method, and are what lists must beat."""
    assert shop.rows(
        f"select method, max(rank) from {CANDIDATES} "
        "where method in ('popular', 'popular_in_group', 'item_cosine', 'frequency') "
        "group by 1 order by 1"
    ) == [("frequency", 30), ("item_cosine", 30), ("popular", 30), ("popular_in_group", 30)]
    assert shop.rows(
        "select distinct list, baseline from marts.rpt_model_scorecard "
        "where task = 'recommendation' order by 1"
    ) == [("buy_again", "frequency"), ("discover", "popular")]


def test_popular_is_what_is_popular(shop: Shop) -> None:
    """Each customer's candidates of popular are the most bought of 30 days that are new to them."""
    wrong = shop.value(
        f"""
        with bought as (
            select distinct customer_id, product_id from core.fct_order_lines
            where gross_amount > 0 and not is_non_product and customer_id is not null
                and ordered_at < date '2026-10-01'
        ),
        recent as (
            select product_id, count(distinct customer_id) as buyers from core.fct_order_lines
            where gross_amount > 0 and not is_non_product and customer_id is not null
                and ordered_at >= date '2026-09-01' and ordered_at < date '2026-10-01'
            group by 1
        ),
        found as (
            select customer_id, product_id, coalesce(buyers, 0) as buyers, rank
            from {CANDIDATES} left join recent using (product_id)
            where is_current and method = 'popular'
        ),
        missed as (
            select found.customer_id, max(recent.buyers) as buyers
            from (select distinct customer_id from found) as found
            cross join recent
            inner join marts.dim_products using (product_id)
            anti join bought using (customer_id, product_id)
            anti join found as own using (customer_id, product_id)
            where is_still_sold
            group by 1
        )
        select count(*) from found inner join missed using (customer_id)
        where found.buyers < missed.buyers
        """
    )
    assert wrong == 0
