"""Products new to customers of the evaluation sample, by all methods that name neighbors."""

from customer_value.neighbor_scores import neighbor_scores


def model(dbt, session):
    """One row per as-of date, method, setting, sampled customer and product, the best of each."""
    return neighbor_scores(
        dbt.ref("int_interaction_matrix"),
        dbt.ref("int_product_neighbors"),
        dbt.ref("int_product_trends"),
        dbt.ref("int_listed_customers").filter("is_sampled"),
        dbt.ref("int_method_settings").filter("kind = 'neighbors'"),
        dbt.config.meta_get("count"),
        dbt.config.meta_get("threads"),
    )
