"""Products new to customers beyond the evaluation sample, by the methods that were chosen."""

from customer_value.neighbor_scores import neighbor_scores


def model(dbt, session):
    """One row per as-of date, chosen method, customer and product, the best of each."""
    return neighbor_scores(
        dbt.ref("int_interaction_matrix"),
        dbt.ref("int_product_neighbors"),
        dbt.ref("int_product_trends"),
        dbt.ref("int_listed_customers").filter("not is_sampled"),
        dbt.ref("int_chosen_methods").filter("kind = 'neighbors' and is_current and is_on_list"),
        dbt.config.meta_get("count"),
        dbt.config.meta_get("threads"),
    )
