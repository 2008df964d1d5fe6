"""What a shop's marts say, on one screen."""

from pathlib import Path

import duckdb
from publish import hidden_rows, read_marts
from terminal import show

# of orders all of which are guests'
NO_CUSTOMER = "No order has a customer: customer_id is not mapped, or no line has a value in it."


def print_summary(marts: Path, currency: str, schema_prefix: str = "") -> None:
    """Print rows read and rejected, customers, revenue and RFM groups of a published file.

    Parameters
    ----------
    marts : Path
        A file that `publish` wrote.
    currency : str
        Label of the shop's currency; may be empty.
    schema_prefix : str
        The var of that name with which the build was made.
    """
    with read_marts(marts, schema_prefix) as connection:
        _print_rows(connection)
        _print_sales(connection, currency)
        _print_groups(connection)
        _print_segments(connection)
        _print_predictions(connection, currency)
        _print_visitors(connection)
        _print_demand(connection)
        _print_orders(connection)
        _print_reviews(connection)
        _print_lists(connection)
        _print_bundles(connection)
        _print_actions(connection)
        _print_campaigns(connection)
        hidden = sum(hidden_rows(connection).values())
        if hidden:
            show(f"\nOf reports {hidden:,} rows are left out: so few are in them (min_cell_size)")
        _print_changes(connection)
    show(f"\nThe marts are in {marts}, described in README.md and by make docs.")


def _print_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """Print what is not as in the last build."""
    changes = connection.execute(
        "select finding from marts.rpt_input_changes where is_latest and has_warning order by 1"
    ).fetchall()
    if changes:
        show("\nNot as in the last build")
    for (finding,) in changes:
        show(f"  {finding}")


def _print_rows(connection: duckdb.DuckDBPyConnection) -> None:
    show("\nRows read")
    for table, rows, rejected in connection.execute(
        "select table_name, sum(row_count), sum(row_count) filter (where reason != 'accepted') "
        "from marts.rpt_rejections group by 1 order by 2 desc, 1"
    ).fetchall():
        show(f"  {table:<18} {rows:>12,}" + (f"   {rejected:,} rejected" if rejected else ""))
    reasons = connection.execute(
        "select row_count, table_name, reason from marts.rpt_rejections "
        "where reason != 'accepted' order by 1 desc, 2, 3"
    ).fetchall()
    if reasons:
        show("\nRejected, and kept with their reason in restricted.fct_rejected_rows of the build")
    for rows, table, reason in reasons:
        show(f"  {rows:>12,}   {table}: {reason}")
    unreadable = connection.execute(
        "select cast(round(row_count * invalid_share) as bigint), table_name, column_name "
        "from marts.rpt_data_quality as quality where invalid_share > 0 and not exists ("
        "  select 1 from marts.rpt_rejections as rejections "
        "  where rejections.table_name = quality.table_name "
        "  and starts_with(rejections.reason, quality.column_name || ' is not a')"
        ") order by 1 desc, 2, 3"
    ).fetchall()
    if unreadable:
        show("\nUnreadable, and taken as missing (counted in rpt_data_quality)")
    for rows, table, column in unreadable:
        show(f"  {rows:>12,}   {table}: {column}")
    assumptions = connection.execute(
        "select row_count, table_name, assumption from marts.rpt_assumptions "
        "where row_count > 0 order by 1 desc, 2, 3"
    ).fetchall()
    if assumptions:
        show("\nAssumed, where rows can be read in two ways (docs/DECISIONS.md)")
    for rows, table, assumption in assumptions:
        show(f"  {rows:>12,}   {table}: {assumption}")


def _print_sales(connection: duckdb.DuckDBPyConnection, currency: str) -> None:
    customers, buyers = connection.execute(
        "select count(*), count(*) filter (where purchase_count > 0) from marts.dim_customers"
    ).fetchone()
    purchases, guests, first, last = connection.execute(
        "select count(*) filter (where is_purchase), "
        "count(*) filter (where is_purchase and is_guest), min(order_date), max(order_date) "
        "from core.fct_orders where not is_cancelled"
    ).fetchone()
    (are_all_guests,) = connection.execute(
        "select bool_and(is_guest) from core.fct_orders"
    ).fetchone()
    gross, discount, returned, net = connection.execute(  # of lines, since orders are rounded
        "select sum(gross_amount), sum(discount_amount), sum(returned_amount), sum(net_amount) "
        "from core.fct_order_lines"
    ).fetchone()
    show(f"\nCustomers   {customers:>16,}   of whom {buyers:,} have bought")
    if are_all_guests:
        show(NO_CUSTOMER)
    if not purchases:
        show("Purchases                  0")
        return
    show(f"Purchases   {purchases:>16,}   from {first} to {last}, {guests:,} by guests")
    show(
        f"Net revenue {net:>16,.2f}   {currency}".rstrip()
        + f"   gross {gross:,.2f}, discount {discount:,.2f}, returned {returned:,.2f}"
    )


def _print_groups(connection: duckdb.DuckDBPyConnection) -> None:
    groups = connection.execute(
        "select as_of_date, rfm_group, customer_count, customer_share, revenue_share "
        "from marts.rpt_rfm_segments where is_current order by revenue_amount desc, rfm_group"
    ).fetchall()
    if not groups:
        show("\nNo RFM groups: no customer has bought anything.")
        return
    show(f"\nRFM groups as of {groups[0][0]}     customers             of revenue")
    for _, group, customers, share, revenue in groups:
        revenue_text = "" if revenue is None else f"{revenue:>8.1%}"
        show(f"  {group:<22} {customers:>12,} {share:>8.1%}   {revenue_text}")


def _print_segments(connection: duckdb.DuckDBPyConnection) -> None:
    profiles = connection.execute(
        "select distinct segmentation, segment, segment_name, customer_count, customer_share, "
        "revenue_share, segment_sentence from marts.rpt_segment_profiles "
        "where is_current and fitted_as_of = "
        "(select max(fitted_as_of) from marts.rpt_segment_profiles where is_current) order by 1, 2"
    ).fetchall()
    before = None
    width = max((len(profile[2]) for profile in profiles), default=0)
    for segmentation, _, name, customers, share, revenue, sentence in profiles:
        if segmentation != before:
            show(f"\nSegments by {segmentation}")
            before = segmentation
        revenue_text = "" if revenue is None else f"{revenue:.1%}"
        show(f"  {name:<{width}} {customers:>9,} {share:>7.1%} {revenue_text:>8}   {sentence}")


def _off(bias: float | None, above: str, below: str, of: str = "") -> str:
    """By how much a total, or a share `of` all, was off in the backtest; nothing without one."""
    if bias is None:
        return ""
    share = f"{abs(bias):.1%}{f' of {of}' if of else ''}"
    return f", {share} {above if bias > 0 else below} in the backtest"


def _print_predictions(connection: duckdb.DuckDBPyConnection, currency: str) -> None:
    """Print what all customers are expected to do, and how far that was off in the backtest."""
    customers, returning, method, bias, reason = connection.execute(
        "select count(*), sum(1 - churn_probability), min(method), min(backtest_bias), "
        "min(no_score_reason) from marts.fct_customer_churn where is_current"
    ).fetchone()
    if not customers:
        return
    if returning is None:
        show(f"\nNo predictions: {reason}")
        return
    spend, spend_method, spend_bias = connection.execute(
        "select sum(expected_spend_amount), min(spend_method), min(spend_backtest_bias) "
        "from marts.fct_customer_spend_forecast where is_current"
    ).fetchone()
    overdue, dated = connection.execute(
        "select count(*) filter (where is_overdue), count(expected_order_date) "
        "from marts.fct_customer_next_order where is_current"
    ).fetchone()
    show(f"\nExpected of {customers:,} customers within the horizon")
    show(f"  come back {returning:>16,.0f}   by {method}{_off(bias, 'too few', 'too many', 'all')}")
    if spend is not None:
        unit = f" {currency}" if currency else ""
        off = _off(spend_bias, "too much", "too little")
        show(f"  spend     {spend:>16,.2f}{unit}   by {spend_method}{off}")
    if dated:
        show(
            f"  overdue   {overdue:>16,}   are late: of ten such orders nine would have come by now"
        )


def _print_visitors(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many visitors will buy, and how many things in their carts, or why nobody says."""
    for table, what in (("fct_visitor_propensity", "visitors"), ("fct_cart_propensity", "carts")):
        count, expected, days, method, bias, reason = connection.execute(
            "select count(*), sum(purchase_probability), min(horizon_days), min(method), "
            f"min(backtest_bias), min(no_score_reason) from marts.{table} where is_current"
        ).fetchone()
        if not count:
            continue
        if expected is None:
            show(f"\nNo probability of purchases of {count:,} {what}: {reason}")
            continue
        off = _off(bias, "too many", "too few", "all")
        show(f"\nOf {count:,} {what} {expected:,.0f} buy within {days} days, by {method}{off}")


def _print_orders(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many of the latest orders somebody should look at, and the oddest one."""
    recent, hold, verify, reason = connection.execute(
        "select count(*), count(*) filter (where suggested_action = 'hold'), "
        "count(*) filter (where suggested_action = 'verify'), min(no_score_reason) "
        "from marts.fct_order_anomalies where is_recent"
    ).fetchone()
    if not recent:
        return
    if reason is not None:
        show(f"\nOrders are not ranked by how odd they are: {reason}")
        return
    show(f"\nOf the {recent:,} latest orders {hold:,} are to be held and {verify:,} to be verified")
    for order, first in connection.execute(
        "select order_id, reason_1 from marts.fct_order_anomalies "
        "where is_recent and suggested_action != 'pass' order by risk_rank limit 3"
    ).fetchall():
        show(f"  {order:<12} {first}")


def _print_reviews(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many reviews complain, and what of."""
    reviews, complaints = connection.execute(
        "select coalesce(sum(review_count), 0), sum(complaint_count) from marts.rpt_satisfaction "
        "where level = 'shop'"
    ).fetchone()
    if not reviews:
        return
    topics = connection.execute(
        "select topic from marts.rpt_complaint_topics where level = 'shop' "
        "order by complaint_count desc, topic limit 3"
    ).fetchall()
    of = f": {'; '.join(topic for (topic,) in topics)}" if topics else ""
    show(f"\nOf {reviews:,} reviews {complaints:,} complain{of}")


def _print_demand(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many units will be sold, and how many products to order, or why not."""
    products, reason = connection.execute(
        "select count(distinct product_id), min(no_forecast_reason) filter (where not exists ("
        "  select 1 from marts.fct_product_demand_forecast where forecast_units is not null"
        ")) from marts.fct_product_demand_forecast where level = 'product'"
    ).fetchone()
    if not products:
        return
    if reason is not None:
        show(f"\nNo forecast of demand: {reason}")
        return
    units, low, high, weeks, method, bias = connection.execute(
        "select sum(forecast_units), sum(low_units), sum(high_units), max(week_ahead), "
        "min(method), min(backtest_bias) "
        "from marts.fct_product_demand_forecast where level = 'shop'"
    ).fetchone()
    between = "" if low is None else f", from {low:,.0f} to {high:,.0f}"
    show(f"\nExpected to be sold in {weeks} weeks from this Monday on")
    show(
        f"  units     {units:>16,.0f}   by {method}{between}{_off(bias, 'too much', 'too little')}"
    )
    stocked, short, over = connection.execute(
        "select count(*), count(*) filter (where is_understocked), "
        "count(*) filter (where is_overstocked) from marts.fct_inventory_advice"
    ).fetchone()
    if stocked:
        show(f"  to order  {short:>16,}   of {stocked:,} with a stock; {over:,} have too much")


def _print_lists(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the two lists of the customer who bought most often among those with both."""
    rows = connection.execute(
        "select customer_id, list, rank, coalesce(product_name, product_id), reason, "
        "beats_baseline "
        "from marts.fct_customer_recommendations where is_current and rank <= 3 and customer_id = ("
        "  select customer_id from marts.fct_customer_recommendations "
        "  inner join marts.dim_customers using (customer_id) where is_current "
        "  group by customer_id "
        "  order by count(distinct list) desc, max(purchase_count) desc, customer_id limit 1"
        ") order by list, rank"
    ).fetchall()
    before = None
    for customer, name, rank, product, reason, beats_baseline in rows:
        if name != before:
            verdict = {True: "better than its rule", False: "no better than its rule"}.get(
                beats_baseline, "not put to the test"
            )
            show(f"\nCustomer {customer}, {name} ({verdict} in the backtest)")
            before = name
        show(f"  {rank}. {product:<34} {reason}")


def _print_bundles(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many rules of bundles there are, or why there are none."""
    for rules, significant, reason in connection.execute(
        "select rule_count, significant_rule_count, reason_for_none from marts.rpt_product_bundles"
    ).fetchall():
        if reason:
            show(f"\nNo bundles: {reason}.")
        else:
            show(f"\nBundles     {rules:>16,} rules, of which {significant:,} are significant")


def _print_actions(connection: duckdb.DuckDBPyConnection) -> None:
    actions = connection.execute(
        "select action, contact_count, control_count, expected_value "
        "from marts.rpt_marketing_actions where contact_count > 0 order by expected_value desc, 1"
    ).fetchall()
    customers, silent = connection.execute(
        "select coalesce(sum(customer_count), 0), coalesce(sum(not_contactable_count), 0) "
        "from marts.rpt_marketing_actions"
    ).fetchone()
    if not customers:
        return
    show("\nActions             to contact   in control groups    expected value")
    for action, contacts, controls, value in actions:
        show(f"  {action:<22} {contacts:>5,} {controls:>19,} {value:>17,.2f}")
    show(
        f"  {silent:,} of {customers:,} customers are left alone: they have not consented "
        "(assume_consent), or no play fits them"
    )


def _print_campaigns(connection: duckdb.DuckDBPyConnection) -> None:
    results = connection.execute(
        "select campaign_id, arm, metric, mean_outcome, control_mean, low, high, "
        "coalesce(verdict, no_verdict_reason) from marts.rpt_campaign_results "
        "where not is_control and lift is not null order by all"
    ).fetchall()
    warnings = connection.execute(
        "select campaign_id, warning from marts.rpt_campaigns "
        "where warning is not null order by all"
    ).fetchall()
    if results or warnings:
        show("\nCampaigns, each arm beside its control group")
    for campaign, arm, metric, mean, control, low, high, verdict in results:
        show(
            f"  {campaign}, {arm}: {metric} {mean:.4f} beside {control:.4f}, "
            f"{low:+.4f} to {high:+.4f}: {verdict}"
        )
    for campaign, warning in warnings:
        show(f"  {campaign}: {warning}")
