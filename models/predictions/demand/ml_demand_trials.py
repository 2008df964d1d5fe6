"""Every method of forecasting demand, as of every origin, on the products that are compared.

Beside the products stand the totals of categories and of the shop, each forecast as a series of
its own, to compare with the sum of products that is published.
"""

from customer_value.days import result
from customer_value.demand import ARIMA_METHOD, TOTAL_METHODS
from customer_value.demand_series import SCHEMA, read_demand
from customer_value.threads import sum_in_one_order

COMPARED_PRODUCTS = 500  # those with the highest revenue: what a shop looks at, and few are sparse


def model(dbt, session):
    """One row per origin, level, product or total, method and week ahead."""
    sum_in_one_order()
    relation = dbt.ref("int_demand_weeks")
    horizon = int(dbt.config.meta_get("demand_weeks"))
    methods = dbt.ref("int_demand_methods").order("method_number").select("method")
    methods = methods.arrow().read_all()["method"].to_pylist()
    largest = int(dbt.config.meta_get("arima_max_series")) if ARIMA_METHOD in methods else 0
    demand = read_demand(
        relation, dbt.ref("int_demand_products"), dbt.ref("int_demand_origins"), largest
    )
    tables = []
    for origin in demand.origins:
        products = demand.products(origin)
        tables += [products.forecasts(one, horizon, COMPARED_PRODUCTS) for one in methods]
        for totals in demand.totals(origin):
            tables += [totals.forecasts(one, horizon) for one in methods if one in TOTAL_METHODS]
    return result(SCHEMA, tables)
