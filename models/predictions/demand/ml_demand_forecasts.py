"""What the chosen method and the rule forecast, as of every origin, for all products still sold."""

from customer_value.days import result
from customer_value.demand import ARIMA_METHOD
from customer_value.demand_series import SCHEMA, read_demand
from customer_value.threads import sum_in_one_order


def model(dbt, session):
    """One row per origin, product, method (the chosen one and the rule) and week ahead."""
    sum_in_one_order()
    relation = dbt.ref("int_demand_weeks")
    horizon = int(dbt.config.meta_get("demand_weeks"))
    choices = dbt.ref("int_demand_choices").filter("is_chosen or is_rule")
    methods = choices.order("method_number").select("method").arrow().read_all()["method"]
    methods = methods.to_pylist()
    largest = int(dbt.config.meta_get("arima_max_series")) if ARIMA_METHOD in methods else 0
    demand = read_demand(
        relation, dbt.ref("int_demand_products"), dbt.ref("int_demand_origins"), largest
    )
    tables = [
        products.forecasts(method, horizon)
        for products in map(demand.products, demand.origins)
        for method in methods
    ]
    return result(SCHEMA, tables)
